"""`outbox`: what customers are still to be told, and what was given up."""

from collections.abc import Sequence

import msgspec

from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.lookup import account_called, names_of
from dragoman.cli.screen import Screen, clock, iso
from dragoman.cli.timeline import Names, counted
from dragoman.core.notify import Errand
from dragoman.core.outbox import account_of, endpoint_name, shown_url
from dragoman.model.events import ListChanged, MessageReceived, MmsReceived, StatusReport
from dragoman.store import outbox
from dragoman.store.database import Tx
from dragoman.store.outbox import DEAD, Item
from dragoman.store.world import read_world


async def show_outbox(opened: Opened, account: str, limit: int, *, dead: bool) -> Shown:
    """List what waits, endpoint by endpoint, what was given up first."""
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        lanes = await _lanes(tx, account_called(world, account).id if account else None, dead=dead)
        counts = {lane: await outbox.count(tx, lane) for lane in lanes}
        items = [item for lane in lanes for item in await outbox.page(tx, lane, limit)][:limit]
    names = names_of(world)

    def people(screen: Screen) -> None:
        if not items:
            screen.line("nothing was given up" if dead else "everybody has been told everything")
            return
        heads = ("id", "account", "where", "event", "tries", "next", "why")
        screen.table(heads, [_row(item, names) for item in items], right=("id", "tries"))
        left = sum(counts.values()) - len(items)
        if left:
            screen.line(f"and {left:,} more")
        if any(item.lane.startswith(DEAD) for item in items):
            screen.line(
                "try what was given up again with: dragoman outbox replay ID... (or --account)",
                "dim",
            )

    data = {
        "outbox": [_data(item, names) for item in items],
        "endpoints": [
            {
                "account": names.account(_account(lane)),
                "where": endpoint_name(lane.removeprefix(DEAD)),
                "given_up": lane.startswith(DEAD),
                "count": count,
            }
            for lane, count in counts.items()
        ],
    }
    return Shown(data, people)


async def _lanes(tx: Tx, account_id: int | None, *, dead: bool) -> list[str]:
    """Give the lanes that are meant, those of what was given up first."""
    lanes = await outbox.lanes(tx)
    return sorted(
        (
            lane
            for lane in lanes
            if (account_id is None or _account(lane) == account_id)
            and (lane.startswith(DEAD) or not dead)
        ),
        key=lambda lane: (not lane.startswith(DEAD), lane),
    )


def _account(lane: str) -> int:
    return account_of(lane.removeprefix(DEAD))


def _row(item: Item, names: Names) -> tuple[object, ...]:
    is_dead = item.lane.startswith(DEAD)
    return (
        item.id,
        names.account(_account(item.lane)),
        endpoint_name(item.lane.removeprefix(DEAD)),
        _errand(item).id,
        item.attempts,
        "given up" if is_dead else clock(item.due_us),
        item.why,
    )


def _errand(item: Item) -> Errand:
    return msgspec.json.decode(item.payload, type=Errand)


def _data(item: Item, names: Names) -> dict[str, object]:
    errand = _errand(item)
    return {
        "id": item.id,
        "account": names.account(_account(item.lane)),
        "where": endpoint_name(item.lane.removeprefix(DEAD)),
        "form": errand.form,
        "event_id": errand.id,
        "given_up": item.lane.startswith(DEAD),
        "attempts": item.attempts,
        "since": iso(item.since_us),
        "due": iso(item.due_us),
        "why": item.why,
    }


async def show_item(opened: Opened, job_id: int) -> Shown:
    """Show one event whole: what it tells, to whom, and why it waits."""
    async with opened.database.reading() as tx:
        names = names_of(await read_world(tx))
        item = await _found(tx, job_id)
    errand = _errand(item)
    data = {
        **_data(item, names),
        "address": shown_url(errand.url) if errand.url else "",
        "event": msgspec.to_builtins(errand.event),
    }

    def people(screen: Screen) -> None:
        screen.spans((f"{item.id}", "bold"), (f"  {_words(errand)}", ""))
        where = shown_url(errand.url) if errand.url else endpoint_name(item.lane)
        facts = (
            ("account", names.account(_account(item.lane))),
            ("where", f"{where}, in {errand.form}"),
            ("event", errand.id),
            ("since", clock(item.since_us)),
            ("tries", str(item.attempts)),
            ("next", "given up" if item.lane.startswith(DEAD) else clock(item.due_us)),
            ("why", item.why),
        )
        for name, words in facts:
            screen.line(f"{name:<9}{words}")

    return Shown(data, people)


def _words(errand: Errand) -> str:
    match errand.event:
        case StatusReport() as report:
            return f"message {report.message_id} is {report.state.word}"
        case MessageReceived() as received:
            return f"message from {received.sender}"
        case MmsReceived() as mms:
            return f"MMS from {mms.sender}"
        case ListChanged() as change:
            return f"{change.number} on list {change.list_name}"


async def _found(tx: Tx, job_id: int) -> Item:
    item = await outbox.find(tx, job_id)
    if item is None:
        raise Refused(
            f"the outbox has no {job_id}: it was told by now, or dropped; see `dragoman outbox"
            " list`"
        )
    return item


async def replay(opened: Opened, job_ids: Sequence[int], account: str) -> Shown:
    """Let events be tried at once: those named, or all that was given up for an account."""
    _one_of(job_ids, account)
    done = 0
    async with opened.database.transaction() as tx:
        for job_id in job_ids:
            item = await _found(tx, job_id)
            done += await outbox.replay(tx, item.lane, now_us(), job_id)
        if account:
            owner = account_called(await read_world(tx), account)
            for lane in await _lanes(tx, owner.id, dead=True):
                done += await outbox.replay(tx, lane, now_us())
    return Shown(
        {"replayed": done}, lambda screen: screen.line(f"{counted(done, 'event')} to be told again")
    )


async def drop(opened: Opened, job_ids: Sequence[int], account: str) -> Shown:
    """Forget events: those named, or all that was given up for an account."""
    _one_of(job_ids, account)
    done = 0
    async with opened.database.transaction() as tx:
        for job_id in job_ids:
            item = await _found(tx, job_id)
            done += await outbox.drop(tx, item.lane, job_id)
        if account:
            owner = account_called(await read_world(tx), account)
            for lane in await _lanes(tx, owner.id, dead=True):
                done += await outbox.drop(tx, lane)
    return Shown(
        {"dropped": done}, lambda screen: screen.line(f"{counted(done, 'event')} forgotten")
    )


def _one_of(job_ids: Sequence[int], account: str) -> None:
    if bool(job_ids) == bool(account):
        raise Refused("name events by their ids, or with --account all that was given up for it")
