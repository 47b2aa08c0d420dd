"""`send` and `status`: one message in, and its whole life out.

`send` decides with the very functions that serve customers, and writes what they decided; the
running gateway finds it in its queue.
"""

import asyncio
from collections.abc import Callable

import msgspec

from dragoman.cli.carriers import known_carriers
from dragoman.cli.contents import PLAIN, Form, content_of, text_of
from dragoman.cli.frame import Opened, Refused, Shown, instant_us, now_us
from dragoman.cli.lookup import account_called, names_of
from dragoman.cli.screen import STYLES, Screen, clock, iso
from dragoman.cli.timeline import Line, Names, counted, timeline
from dragoman.cli.waiting import Carriers, why_not_ended
from dragoman.core.accept import Prepared, numbers_of, prepare
from dragoman.core.barred import barred
from dragoman.core.conversations import Conversations
from dragoman.core.holdback import tell
from dragoman.core.limits import tally
from dragoman.core.recipients import recall
from dragoman.core.snapshot import Snapshot, View, compile_world
from dragoman.core.worldfile.sorts import render_amount
from dragoman.dialects import intellisoftware, unified
from dragoman.dialects.exchange import Ask, Dialect, Settings
from dragoman.model.barring import EVERYONE
from dragoman.model.extras import parse_extras
from dragoman.model.messages import QUIET, RAW, Message
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import FINAL, State
from dragoman.model.submissions import Credentials, Crediting, Submit
from dragoman.protocols.http import Request
from dragoman.store import hot
from dragoman.store.barred import bars_of
from dragoman.store.database import Tx
from dragoman.store.ids import reserve
from dragoman.store.queries import Life, find_life, messages_of_submission
from dragoman.store.world import read_world

LOOK_S = 0.2  # how often a waiting command looks
MOST_RECIPIENTS = 1_000


def _no_request(request: Request, settings: Settings) -> Ask:
    raise NotImplementedError


def _no_credentials(ask: Ask, settings: Settings) -> Credentials | Refusal:
    raise NotImplementedError


def _first_found(refusal: Refusal, single: bool) -> int:
    return 0


# What an operator types is no vendor's language; it has no exchanges and needs no password.
CLI = Dialect(
    name="cli",
    exchanges=(),
    read=_no_request,
    credentials=_no_credentials,
    rank=_first_found,
    crediting=Crediting.WHOLE,
)


class Wish(msgspec.Struct, frozen=True):
    """What is to be sent, as the command line says it."""

    account: str
    recipients: str
    text: str
    sender: str = ""
    at: str = ""  # empty: at once
    priority: int | None = None
    validity_s: int | None = None
    form: Form = PLAIN


async def send(opened: Opened, wish: Wish, wait_s: float) -> Shown:
    """Accept a text for an account as if it had asked, and follow it if that is wished."""
    prepared, currency = await accept(opened, wish.account, submit_of(wish))
    messages = [message for message in prepared.messages if message is not None]
    ids = [message.id for message in messages]
    if wait_s:
        ids_left = await _ended(opened, ids, wait_s)
        return await _followed(opened, ids, ids_left, wait_s)
    refused = [outcome for outcome in prepared.outcomes if outcome.refusal is not None]

    def people(screen: Screen) -> None:
        for message in messages:
            price = f"{render_amount(message.charge_u)} {currency}"
            screen.spans(
                (f"{message.id}", "bold"),
                (f"  +{message.recipient}  {counted(message.segments, 'segment')}, {price}", ""),
            )
            if message.flags & QUIET:
                screen.note(f"quiet hours until {clock(message.due_us or 0)}")
        for outcome in refused:
            screen.line(f"refused  {outcome.token}: {refusal_words(outcome.refusal)}", "red")
        if messages:
            screen.line(f"follow with: dragoman status {messages[0].id}", "dim")

    data = {
        "messages": [
            {"id": m.id, "recipient": m.recipient, "segments": m.segments} for m in messages
        ],
        "refused": [{"recipient": o.token, "reason": refusal_words(o.refusal)} for o in refused],
    }
    return Shown(data, people, code=1 if refused else 0)


def submit_of(wish: Wish) -> Submit:
    """Give the submission that is wished for."""
    tokens = tuple(word for item in wish.recipients.split(",") if (word := item.strip()))
    if not tokens:
        raise Refused("there is no recipient")
    if len(tokens) > MOST_RECIPIENTS:
        raise Refused(f"{len(tokens):,} recipients are too many for one command; split them")
    validity_s = wish.validity_s
    return Submit(
        sender=wish.sender,
        tokens=tokens,
        content=content_of(text_of(wish.text), wish.form),
        due_us=instant_us(wish.at) if wish.at else 0,
        priority=wish.priority,
        validity_us=None if validity_s is None else validity_s * 1_000_000,
    )


async def accept(opened: Opened, account: str, submit: Submit) -> tuple[Prepared, str]:
    """Judge, charge and store a submission, and say in which currency; Refused says why not."""
    snapshot, view, is_up = await rules_of(opened, account, submit.tokens)
    prepared = prepare(snapshot, view, CLI, submit, is_up, now_us())
    if isinstance(prepared, Refusal):
        raise Refused(f"refused: {refusal_words(prepared)}")
    _refuse_if_nobody_is_left(prepared)
    async with opened.database.transaction() as tx:
        await _store(tx, snapshot, prepared, account)
    return prepared, view.account.currency


def _refuse_if_nobody_is_left(prepared: Prepared) -> None:
    if all(outcome.refusal is not None for outcome in prepared.outcomes):
        faults = [f"{o.token}: {refusal_words(o.refusal)}" for o in prepared.outcomes]
        raise Refused("refused, and nothing was sent", faults)


async def rules_of(
    opened: Opened, account: str, tokens: tuple[str, ...]
) -> tuple[Snapshot, View, Callable[[int], bool]]:
    """Give the world, an account's view of it, and which carriers are up."""
    carriers, _, _ = await known_carriers(opened)
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        owner = account_called(world, account)
        snapshot = compile_world(world, {CLI.name: CLI})
        view = snapshot.views[account]
        numbers = numbers_of(view, CLI.name, tokens)
        # A command asks for few numbers, so it does not read the lists.
        listed = barred(await bars_of(tx, [EVERYONE, owner.id], numbers))
    snapshot = msgspec.structs.replace(snapshot, barred=listed)
    return snapshot, view, lambda carrier_id: _is_up(carriers, carrier_id)


def _is_up(carriers: Carriers, carrier_id: int) -> bool:
    status = carriers.status(carrier_id)
    # Without a gateway nobody knows; then the operator's first choice is as good as any.
    return carriers.node is None or (status is not None and status.state == "up")


async def _store(tx: Tx, snapshot: Snapshot, prepared: Prepared, account: str) -> None:
    account_id = prepared.account_id
    purses = await hot.balances(tx, [account_id])
    balance_u, overdraft_u = purses.get(account_id, (0, 0))
    recent = await recall(tx, snapshot.allowances, [prepared])
    recent.judge(prepared)
    _refuse_if_nobody_is_left(prepared)
    counts = await tally(tx, snapshot, [prepared])
    cost_u = counts.afford(prepared, balance_u, overdraft_u)
    if prepared.refusal is not None and prepared.refusal.reason is Reason.THROTTLED:
        what = prepared.refusal.detail
        raise Refused(f"refused: beyond the {what}: see `dragoman account show {account}`")
    if prepared.refusal is not None:
        why = refusal_words(prepared.refusal)
        raise Refused(
            f"refused: {why}; it costs {render_amount(prepared.cost_u)}, and"
            f" {render_amount(balance_u + overdraft_u)} may be spent:"
            f" `dragoman account credit {account} AMOUNT`"
        )
    conversations = Conversations(lambda: snapshot)
    await conversations.load(tx)
    talking = conversations.concerned([prepared])
    await conversations.choose_senders(tx, talking)
    messages = [message for message in prepared.messages if message is not None]
    first = await reserve(tx, "message", len(messages))
    for number, message in enumerate(messages, first):
        message.id, message.submission_id = number, first
    await hot.insert_messages(tx, messages)
    await conversations.keep(tx, talking)
    await tell(tx, snapshot, messages)
    await hot.spend(tx, [(account_id, cost_u)])
    await counts.write(tx)
    recent.note(prepared)
    await recent.write(tx)


# Words for the refusals that an operator can do something about; the others speak for themselves.
ADVICE = {
    Reason.NO_ROUTE: "no [[route]] of the world file covers it",
    Reason.NO_PRICE: "no [[price]] of the world file covers it",
    Reason.ACCOUNT_DISABLED: "enabled or expires in the world file say so",
    Reason.BAD_DESTINATION: "write it as +447700900123",
    Reason.BAD_SENDER: "see senders of the account in the world file",
    Reason.BAD_SCHEDULE: "it has passed, or schedule_max_days of the account forbids it",
    Reason.TOO_LONG: "see max_parts of the account in the world file",
    Reason.OPTED_OUT: "`dragoman optout show` and `dragoman block show` say since when",
    Reason.DO_NOT_DISTURB: "`dragoman dnd show` says since when",
}


def refusal_words(refusal: Refusal | None) -> str:
    """Give why something is refused, and what can be done about it."""
    if refusal is None:
        return ""
    advice = ADVICE.get(refusal.reason) or refusal.detail
    return f"{refusal.reason.value}{f' ({advice})' if advice else ''}"


async def _ended(opened: Opened, ids: list[int], wait_s: float) -> list[int]:
    """Wait until messages have ended; give those that have not in time."""
    left = list(ids)
    end_us = now_us() + int(wait_s * 1_000_000)
    while left and now_us() < end_us:
        async with opened.database.reading() as tx:
            lives = [await find_life(tx, message_id) for message_id in left]
        left = [
            life.message.id for life in lives if life and State(life.message.state) not in FINAL
        ]
        if left:
            await asyncio.sleep(LOOK_S)
    return left


async def _followed(opened: Opened, ids: list[int], left: list[int], wait_s: float) -> Shown:
    told = await _lives(opened, ids)
    late = f"{counted(len(left), 'message')} not ended after {wait_s:g} s" if left else ""
    good = all(life.state == State.DELIVERED.word for life in told)
    return _shown(told, late, code=0 if good else 1)


async def status(opened: Opened, ref: str) -> Shown:
    """Show the whole life of a message, by any id that a customer may have been told."""
    told = await lives_of(opened, ref)
    if not told:
        raise Refused(
            f"there is no message {ref!r}; ids are numbers, unified's UUIDs, or the 20 digits of"
            " intellisoftware"
        )
    return _shown(told)


async def lives_of(opened: Opened, ref: str) -> "list[ToldLife]":
    """Give the lives of the messages behind an id; only a request's id has several."""
    return await _lives(opened, await ids_of(opened, ref.strip()))


async def ids_of(opened: Opened, ref: str) -> list[int]:
    """Give the messages that an id names, in whatever form a customer was told it."""
    if submission_id := intellisoftware.parse_id(ref):
        async with opened.database.reading() as tx:
            return await messages_of_submission(tx, submission_id)
    number = unified.parse_id(ref) or (int(ref) if ref.isascii() and ref.isdigit() else 0)
    return [number] if 0 < number < 1 << 53 else []


class ToldLife(msgspec.Struct, frozen=True):
    """A life with its lines."""

    life: Life
    names: Names
    lines: list[Line]

    @property
    def state(self) -> str:
        """Give where the message stands."""
        return State(self.life.message.state).word

    def show(self, screen: Screen) -> None:
        """Show the head, then a line for each thing that happened."""
        screen.spans(
            (f"message {self.life.message.id}", "bold"),
            ("  ", ""),
            (self.state, f"bold {STYLES.get(self.state, '')}"),
        )
        for line in self.lines:
            at = clock(line.at_us) if line.at_us else ""
            screen.spans((f"  {at:<23}  ", "dim"), (f"{line.what:<15}", "bold"), (line.words, ""))

    def data(self) -> dict[str, object]:
        """Give the life for programs."""
        message = self.life.message
        return {
            **_message_data(self.life),
            "account": self.names.account(message.account_id),
            "carrier": self.names.carrier(message.carrier_id) if message.carrier_id else None,
            "charge": self.names.money(message.account_id, message.charge_u),
            "timeline": [
                {"at": iso(line.at_us), "what": line.what, "words": line.words}
                for line in self.lines
            ],
        }


async def _lives(opened: Opened, ids: list[int]) -> list[ToldLife]:
    carriers, _, _ = await known_carriers(opened)
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        lives = [life for i in ids if (life := await find_life(tx, i)) is not None]
    names = names_of(world)
    return [
        ToldLife(life, names, timeline(life, names, why_not_ended(life.message, carriers)))
        for life in lives
    ]


def _shown(told: list[ToldLife], note: str = "", code: int = 0) -> Shown:
    def people(screen: Screen) -> None:
        for life in told:
            life.show(screen)
        if note:
            screen.note(note)

    return Shown([life.data() for life in told], people, code)


def _octets(message: Message) -> dict[str, object]:
    """Give what travels where that is no text, in hexadecimal."""
    if not message.flags & RAW:
        return {}
    return {"udh": (message.udh or b"").hex(), "octets": (message.octets or b"").hex()}


def _message_data(life: Life) -> dict[str, object]:
    message = life.message
    return {
        "id": message.id,
        "submission_id": message.submission_id,
        "uuid": unified.render_id(message.id),
        "state": State(message.state).word,
        "dialect": message.dialect,
        "sender": message.sender,
        "recipient": message.recipient,
        "text": message.text,
        **_octets(message),
        **msgspec.to_builtins(parse_extras(message.extras)),
        "segments": [
            {**msgspec.structs.asdict(row), "number": row.id & 0xFF, "state": State(row.state).word}
            for row in life.segments
        ],
        "accepted": iso(message.accepted_us),
        "changed": iso(message.changed_us),
        "due": iso(message.due_us or 0),
        "expires": iso(message.expires_us or 0),
        "priority": message.priority,
        "detail": message.detail,
    }
