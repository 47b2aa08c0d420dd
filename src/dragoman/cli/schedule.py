"""`schedule` and `queue cancel`: what is to leave later, and calling back what has not left.

Cancelling works in small transactions, so that traffic goes on between them, and it holds by the
store alone: the gateway claims only what is queued.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable

import msgspec

from dragoman.cli.frame import Opened, Refused, Shown, instant_us, now_us
from dragoman.cli.lookup import account_called, names_of
from dragoman.cli.messages import CLI, ids_of
from dragoman.cli.screen import Screen, clock, iso
from dragoman.cli.timeline import Names, counted, quoted
from dragoman.core.screen import PAST, SCHEDULE_MAX_DAYS, judge_due
from dragoman.core.snapshot import compile_world
from dragoman.core.worldfile.sorts import render_amount
from dragoman.model.messages import QUIET, Message
from dragoman.model.states import State
from dragoman.store import hot
from dragoman.store import schedule as store
from dragoman.store.lookups import find_messages
from dragoman.store.queries import messages_of_submission
from dragoman.store.world import read_world

BATCH = 500
PAUSE_S = 0.05  # before asking again for what the gateway had in its hands
PATIENCE_S = 3.0  # how long a carrier's answer is waited for
NOT_LEFT = (State.SCHEDULED, State.QUEUED)


class Wish(msgspec.Struct, frozen=True):
    """What is to be called back: messages by their ids, or all of an account."""

    refs: tuple[str, ...] = ()
    account: str = ""
    whole: bool = False  # the other messages of the same requests, too
    note: str = ""


class Tally(msgspec.Struct):
    """What came of calling back."""

    cancelled: list[int] = []
    refunds_u: Counter[int] = msgspec.field(default_factory=Counter)  # by account
    others: Counter[str] = msgspec.field(default_factory=Counter)  # by state


async def show_schedule(opened: Opened, account: str, limit: int) -> Shown:
    """Show what is scheduled, the next to leave first."""
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        account_id = account_called(world, account).id if account else None
        messages = await store.scheduled(tx, limit, account_id)
    names = names_of(world)

    def people(screen: Screen) -> None:
        if not messages:
            screen.line("nothing is scheduled")
            return
        screen.table(
            ("id", "due", "account", "recipient", "charge", "text", "why"),
            [_cells(message, names) for message in messages],
            right=("id", "charge"),
        )

    return Shown([_data(message, names) for message in messages], people)


def _cells(message: Message, names: Names) -> tuple[object, ...]:
    return (
        message.id,
        clock(message.due_us or 0),
        names.account(message.account_id),
        f"+{message.recipient}",
        names.money(message.account_id, message.charge_u),
        quoted(message.text),
        _why(message),
    )


def _why(message: Message) -> str:
    return "quiet hours" if message.flags & QUIET else "schedule"


def _data(message: Message, names: Names) -> dict[str, object]:
    return {
        "id": message.id,
        "submission_id": message.submission_id,
        "due": iso(message.due_us or 0),
        "account": names.account(message.account_id),
        "recipient": message.recipient,
        "charge": render_amount(message.charge_u),
        "text": message.text,
        "why": _why(message),
    }


async def change(opened: Opened, ref: str, at: str) -> Shown:
    """Give a scheduled message another time to leave; its validity moves along."""
    ids = await ids_of(opened, ref.strip())
    now = now_us()
    due_us = now if at == "now" else instant_us(at)
    async with opened.database.transaction() as tx:
        views = compile_world(await read_world(tx), {CLI.name: CLI}).views_by_id
        messages = await find_messages(tx, ids)
        if not messages:
            raise Refused(f"there is no message {ref!r}")
        for message in messages:
            view = views.get(message.account_id)
            refusal = judge_due(view, due_us, now) if view is not None and at != "now" else None
            if refusal is not None:
                raise Refused(_beyond(refusal is PAST, due_us))
            if not await store.put_off(tx, message.id, due_us, now):
                raise Refused(f"message {message.id} is {State(message.state).word}: too late")
            words = f"from {clock(message.due_us or 0)} to {clock(due_us)}"
            await hot.note(tx, [(message.id, now, "reschedule", words)])
    words = f"{counted(len(ids), 'message')} to leave at {clock(due_us)}"
    return Shown({"messages": ids, "due": iso(due_us)}, lambda screen: screen.line(words))


def _beyond(is_past: bool, due_us: int) -> str:
    if is_past:
        return f"{clock(due_us)} has passed; `--at now` lets it leave at once"
    return (
        f"{clock(due_us)} is too far ahead; schedule_max_days of the account in the world file"
        f" says how far ({SCHEDULE_MAX_DAYS} if it does not)"
    )


async def cancel(opened: Opened, wish: Wish, *, queued: bool) -> Shown:
    """Call back what has not left, and give back all that it cost."""
    ids = await _wanted(opened, wish, queued=queued)
    tally = await call_back(opened, ids, wish.note or "by the operator")
    async with opened.database.reading() as tx:
        names = names_of(await read_world(tx))
    others = ", ".join(f"{count:,} {state}" for state, count in sorted(tally.others.items()))

    def people(screen: Screen) -> None:
        back = [names.money(i, amount_u) for i, amount_u in sorted(tally.refunds_u.items())]
        given = f", {' and '.join(back)} given back" if back else ""
        screen.line(f"{counted(len(tally.cancelled), 'message')} cancelled{given}")
        if others:
            screen.note(f"too late for {others}")

    data = {
        "cancelled": tally.cancelled,
        "refunds": {names.account(i): render_amount(u) for i, u in sorted(tally.refunds_u.items())},
        "too_late": dict(tally.others),
    }
    return Shown(data, people, code=1 if wish.refs and not tally.cancelled else 0)


async def _wanted(opened: Opened, wish: Wish, *, queued: bool) -> list[int]:
    """Give the messages that are meant."""
    if bool(wish.refs) == bool(wish.account):
        raise Refused("name messages by their ids, or an account with --account")
    if wish.account:
        async with opened.database.reading() as tx:
            account_id = account_called(await read_world(tx), wish.account).id
            return await (store.open_of if queued else store.scheduled_of)(tx, account_id)
    ids: dict[int, None] = {}
    for ref in wish.refs:
        named = await ids_of(opened, ref.strip())
        async with opened.database.reading() as tx:
            found = await find_messages(tx, named)
            if not found:
                raise Refused(f"there is no message {ref!r}")
            requests = {message.submission_id for message in found} if wish.whole else set()
            for request in sorted(requests):
                named += await messages_of_submission(tx, request)
        ids |= dict.fromkeys(named)
    return list(ids)


async def call_back(opened: Opened, ids: Iterable[int], why: str) -> Tally:
    """Cancel messages in batches; one on its way is waited for, since it may come back."""
    tally = Tally()
    left = list(ids)
    wanted = frozenset(left)
    end_us = now_us() + int(PATIENCE_S * 1_000_000)
    while left:
        batch, left = left[:BATCH], left[BATCH:]
        async with opened.database.transaction() as tx:
            done = await store.cancel(tx, batch, now_us(), why)
            states = {m.id: State(m.state) for m in await find_messages(tx, batch)}
        tally.cancelled += done.ids
        tally.refunds_u.update(done.refunds_u)
        is_late = now_us() >= end_us
        again = [
            i
            for i, state in states.items()
            if state in NOT_LEFT or (state == State.SENDING and not is_late)
        ]
        if again:
            left += again
            await asyncio.sleep(PAUSE_S)
    cancelled = frozenset(tally.cancelled)
    async with opened.database.reading() as tx:
        others = await find_messages(tx, wanted - cancelled)
    tally.others.update(State(message.state).word for message in others)
    return tally
