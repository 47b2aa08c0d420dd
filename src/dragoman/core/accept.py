"""From a request to messages that are stored, charged and on their way: the decisions.

`prepare` judges a submission without touching the store; `afford` decides about the money with
the balances that the group's transaction holds.  Writing is `core.writer`'s.
"""

from collections.abc import Callable, Iterable

import msgspec

from dragoman.core import screen
from dragoman.core.fingerprints import Mark, guard
from dragoman.core.holdback import keep_quiet
from dragoman.core.prefixes import Way, choose
from dragoman.core.snapshot import Snapshot, View
from dragoman.dialects.exchange import Dialect
from dragoman.model.extras import NO_EXTRAS, Extras, render_extras
from dragoman.model.messages import (
    FLASH,
    HAS_URL,
    RAW,
    TABLES_BIT,
    WANTS_RECEIPT,
    WANTS_REPORT,
    Message,
    rank_of,
)
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import (
    Alphabet,
    Content,
    Crediting,
    Outcome,
    Submit,
    Submitted,
)
from dragoman.model.world import Price
from dragoman.sms import lookalikes, national
from dragoman.sms.addresses import normalise
from dragoman.sms.alphabets import AlphabetError
from dragoman.sms.national_tables import Language
from dragoman.sms.segments import Segments, TooManySegments, segment, segment_raw

BAD_DESTINATION = Refusal(Reason.BAD_DESTINATION)
NO_ROUTE = Refusal(Reason.NO_ROUTE)
NO_PRICE = Refusal(Reason.NO_PRICE)
TOO_LONG = Refusal(Reason.TOO_LONG)
BAD_MESSAGE = Refusal(Reason.BAD_MESSAGE)
DRY = Refusal(Reason.INSUFFICIENT_CREDIT)
EMPTY = Refusal(Reason.INSUFFICIENT_CREDIT, detail="empty")
# Whatever is longer is refused for that; nobody else waits until its every letter was looked at.
TEXT_MOST = 256 * 160
_SCHEDULED, _QUEUED, _REJECTED = int(State.SCHEDULED), int(State.QUEUED), int(State.REJECTED)
_SENDING = int(State.SENDING)


class Before(msgspec.Struct):
    """What a submission was before a transaction judged it: its lists, and what was in them."""

    lists: tuple[list[Outcome], list[Message | None]]
    outcomes: list[Outcome]
    messages: list[Message | None]
    cost_u: int
    carrier_wait_s: float


class Prepared(msgspec.Struct):
    """A submission that may be stored: one outcome and one message for each recipient.

    `messages` runs parallel to `outcomes`; a refused recipient has None, or its row where the
    dialect keeps refused ones.  `answer` is called once, after the commit or its failure.
    """

    account_id: int
    crediting: Crediting
    stop_on_error: bool
    outcomes: list[Outcome]
    messages: list[Message | None]
    accepted_us: int
    cost_u: int = 0
    refusal: Refusal | None = None  # of the whole, found by `afford`
    talks: bool = False  # its messages begin conversations
    pool: tuple[str, ...] = ()  # what their sender is chosen of, where it was left out
    cut: Segments | None = None  # the text's segments, where they are known here
    carrier_wait_s: float = 0.0  # how long the answer waits for the carriers'; 0: not at all
    report_url: str = ""  # where the request wants its status reports
    answer: Callable[[Submitted], None] | None = None
    mark: Mark | None = None  # where a repeat is to be recognised
    due_us: int = 0  # when the customer wants it to leave
    before: Before | None = None  # where a transaction changed more than ids and states

    def remember(self) -> None:
        """Keep what came, before some of it is refused: the transaction may be undone."""
        if self.before is None:
            copied = msgspec.structs.replace
            self.before = Before(
                (self.outcomes, self.messages),
                [copied(outcome) for outcome in self.outcomes],
                [message and copied(message) for message in self.messages],
                self.cost_u,
                self.carrier_wait_s,
            )

    def restore(self) -> None:
        """Be again what came: the transaction was undone, and another one will judge."""
        before, self.before, self.refusal = self.before, None, None
        if before is not None:
            self.outcomes, self.messages = before.lists
            self.outcomes[:], self.messages[:] = before.outcomes, before.messages
            self.cost_u, self.carrier_wait_s = before.cost_u, before.carrier_wait_s
        for message in self.messages:
            if message is not None and message.state == _SENDING:
                message.state = _QUEUED


def prepare(
    snapshot: Snapshot,
    view: View,
    dialect: Dialect,
    submit: Submit,
    up: Callable[[int], bool],
    now_us: int,
    faults: tuple[Refusal, ...] = (),
) -> Prepared | Refusal:
    """Judge a submission; give what is to be stored, or the refusal of the whole.

    `faults` are what the caller found (throttled, draining).  Of several refusals the one is
    told that the dialect's order of checks puts first.
    """
    settings = view.settings[dialect.name]
    content = submit.content
    if settings.get("smart_encoding"):
        content = final(view, dialect, content)
    found = [*submit.faults, *faults]
    _judge_request(view, submit, now_us, found)
    cut = _cut(view, content)
    if isinstance(cut, Refusal):
        found.append(cut)
    single = len(submit.tokens) == 1
    judged = _judge_recipients(snapshot, view, dialect, submit)
    _judge_name(snapshot, submit.sender, judged, found)
    if found or isinstance(cut, Refusal):
        if single and judged[0][0].refusal is not None:
            found.append(judged[0][0].refusal)
        return min(found, key=lambda refusal: dialect.rank(refusal, single))
    if settings.get("mixed") == "refuse":
        bad = next((outcome.refusal for outcome, _, _ in judged if outcome.refusal), None)
        if bad is not None:
            return bad
    prepared = Prepared(
        view.account.id,
        dialect.crediting,
        bool(settings.get("stop_on_error")),
        [outcome for outcome, _, _ in judged],
        [],
        now_us,
        cut=cut,
        carrier_wait_s=view.carrier_wait_s,
        due_us=submit.due_us,
    )
    _fill(prepared, view, dialect, submit, content, cut, judged, up)
    if view.quiet is not None:
        keep_quiet(view.quiet, prepared.messages, now_us)
    if submit.context or view.dialogue.pool:
        prepared.talks = True
        prepared.pool = view.dialogue.pool
    if content.replaced or submit.extras is not NO_EXTRAS:
        _add_extras(prepared, submit.extras, content)
    if snapshot.mute:
        _want_no_more(prepared, snapshot.mute)
    if view.duplicate_us:
        _guard(prepared, view, dialect, submit)
    return prepared


def _guard(prepared: Prepared, view: View, dialect: Dialect, submit: Submit) -> None:
    """Mark a submission of an account whose repeats are looked for."""
    action = view.settings[dialect.name].get("duplicate_action")
    prepared.mark = guard(
        prepared.messages,
        prepared.outcomes,
        submit,
        view.duplicate_us,
        refuses=action == "refuse",
        keeps_refused=dialect.keeps_refused,
    )


def final(view: View, dialect: Dialect, content: Content) -> Content:
    """Give a content in its final characters: look-alikes replaced where the account wants that."""
    if not view.settings[dialect.name].get("smart_encoding") or content.alphabet is not None:
        return content
    if len(content.text) > TEXT_MOST:
        return content
    text = lookalikes.replace(content.text)
    if text == content.text:
        return content
    return msgspec.structs.replace(content, text=text, replaced=lookalikes.swaps(content.text))


def _judge_request(view: View, submit: Submit, now_us: int, found: list[Refusal]) -> None:
    """Find what the account's state and rules have against the whole submission."""
    if (refusal := screen.judge_account(view, now_us)) is not None:
        found.append(refusal)
    if view.senders is not None and submit.sender:
        refusal = screen.judge_sender(view, submit.sender)
        if refusal is not None:
            found.append(refusal)
    if submit.due_us and (refusal := screen.judge_due(view, submit.due_us, now_us)) is not None:
        found.append(refusal)
    text = submit.content.text
    if (view.spam or view.templates) and len(text) <= TEXT_MOST:
        refusal = screen.judge_text(view, text)
        if refusal is not None:
            found.append(refusal)


# A recipient's outcome so far, and for a good one its way and its price.
Judged = tuple[Outcome, Way | None, Price | None]


def _judge_name(
    snapshot: Snapshot, sender: str, judged: list[Judged], found: list[Refusal]
) -> None:
    """Find what the carriers on the recipients' ways have against a sender that is a name."""
    if not sender or (sender.isalnum() and sender.isascii()):
        return  # every charset of carriers has these, in an octet each
    refusal = screen.judge_name(snapshot, sender, (way for _, way, _ in judged))
    if refusal is not None:
        found.append(refusal)


def _cut(view: View, content: Content) -> Segments | Refusal:
    try:
        if content.alphabet is Alphabet.BINARY:
            cut = segment_raw(content.udh, content.octets)
        else:
            cut = segment(
                content.text, content.alphabet, one=content.one or None, each=content.each or None
            )
    except TooManySegments:
        return TOO_LONG
    except AlphabetError:
        return BAD_MESSAGE
    limit = min(content.max_segments or view.max_segments, view.max_segments)
    return cut if len(cut) <= limit else TOO_LONG


def numbers_of(view: View, dialect: str, tokens: Iterable[str]) -> list[int]:
    """Give the numbers that recipients' tokens mean, without those that mean none."""
    plan = view.numbering[dialect]
    read = (normalise(token, plan.cc, plan.trunk, plan.nsn) for token in tokens)
    return [int(number) for number in read if number]


def _judge_recipients(
    snapshot: Snapshot, view: View, dialect: Dialect, submit: Submit
) -> list[Judged]:
    """Normalise and judge each recipient; equal ones are one where the dialect says so."""
    settings = view.settings[dialect.name]
    plan = view.numbering[dialect.name]
    check = dialect.check_number
    judged: list[Judged] = []
    seen: set[str] = set()
    for token in submit.tokens:
        number = normalise(token, plan.cc, plan.trunk, plan.nsn) or ""
        if dialect.distinct:
            if (number or token) in seen:
                continue
            seen.add(number or token)
        if not number:
            judged.append((Outcome(token, "", refusal=BAD_DESTINATION), None, None))
        elif check is not None and (refusal := check(token, number, settings)) is not None:
            judged.append((Outcome(token, number, refusal=refusal), None, None))
        else:
            judged.append(_judge(snapshot, view, token, number))
    return judged


def _judge(snapshot: Snapshot, view: View, token: str, number: str) -> Judged:
    way = view.ways.find(number)
    price = None
    if way is None:
        refusal: Refusal | None = NO_ROUTE
    else:
        refusal = screen.judge_recipient(snapshot, view, number)
        if refusal is None and view.tariff is not None:
            price = view.tariff.find(number)
            if price is None:
                refusal = NO_PRICE
    return Outcome(token, number, refusal=refusal), way, price


def _fill(  # one argument for each thing that a row is made of
    prepared: Prepared,
    view: View,
    dialect: Dialect,
    submit: Submit,
    content: Content,
    cut: Segments,
    judged: list[Judged],
    up: Callable[[int], bool],
) -> None:
    """Make the rows: good recipients queued with route and price, refused ones if kept."""
    now_us, is_raw = prepared.accepted_us, content.alphabet is Alphabet.BINARY
    due_us = submit.due_us or None
    validity_us = view.validity_us if submit.validity_us is None else submit.validity_us
    expires_us = (due_us or now_us) + validity_us if validity_us else None  # None: for ever
    rank = rank_of(view.priority if submit.priority is None else submit.priority)
    waits = _QUEUED if due_us is None else _SCHEDULED
    plain, forms = _forms(prepared, view, dialect, submit, content, cut)
    keeps = dialect.keeps_refused and any(o.refusal is None for o in prepared.outcomes)
    for ticket, (outcome, way, price) in enumerate(judged, now_us):
        refusal = outcome.refusal
        if refusal is not None and not keeps:
            prepared.messages.append(None)
            continue
        price_u = price.price_u if price is not None else 0
        carrier_id = choose(way, up, ticket) if way is not None else 0
        alphabet, flags, segments = forms.get(carrier_id, plain) if forms else plain
        charge_u = price_u * segments
        prepared.messages.append(
            Message(
                id=0,
                submission_id=0,
                account_id=prepared.account_id,
                dialect=dialect.name,
                state=waits if refusal is None else _REJECTED,
                sender=submit.sender,
                recipient=outcome.number or outcome.token,
                text=content.text,
                alphabet=alphabet,
                flags=flags,
                segments=segments,
                price_u=price_u,
                charge_u=charge_u,
                carrier_id=carrier_id,
                accepted_us=now_us,
                changed_us=now_us,
                expires_us=expires_us,
                due_us=due_us,
                one=content.one,
                each=content.each,
                context=submit.context,
                detail="" if refusal is None else _told(refusal),
                udh=content.udh if is_raw else None,
                octets=content.octets if is_raw else None,
                rank=rank,
            )
        )
        if refusal is None:
            prepared.cost_u += charge_u
            outcome.cost_u, outcome.segments = charge_u, segments


# How a text travels by one carrier, in a message's columns: alphabet, flags, segments.
Form = tuple[int, int, int]


def _reported(prepared: Prepared, view: View, dialect: Dialect, submit: Submit) -> int:
    """Give the flags of messages whose customer asked to be told what becomes of them."""
    if submit.receipt_url:
        prepared.report_url = submit.receipt_url
        return WANTS_REPORT | HAS_URL
    return WANTS_REPORT if dialect.name in view.targets.reports else 0


def _forms(
    prepared: Prepared,
    view: View,
    dialect: Dialect,
    submit: Submit,
    content: Content,
    cut: Segments,
) -> tuple[Form, dict[int, Form]]:
    """Give how a text travels, and the carriers by which it goes in another way."""
    is_raw = content.alphabet is Alphabet.BINARY
    flags = WANTS_RECEIPT * submit.wants_receipt | FLASH * content.flash | RAW * is_raw
    if submit.wants_receipt and (submit.receipt_url or view.targets.reports):
        flags |= _reported(prepared, view, dialect, submit)
    plain = int(cut.alphabet), flags, len(cut.user_data)
    return plain, _in_tables(view, content, plain) if view.tables else {}


def _in_tables(view: View, content: Content, plain: Form) -> dict[int, Form]:
    """Give the carriers by which a text goes in national tables and fewer segments.

    Where the customer's own type names GSM 7-bit or Latin-1, or sizes of the vendor's, it stays so.
    """
    if content.alphabet not in {None, Alphabet.UCS2} or content.one or content.each:
        return {}
    _, flags, segments = plain
    plans: dict[frozenset[Language], national.Plan] = {}
    forms: dict[int, Form] = {}
    for carrier_id, languages in view.tables.items():
        best = plans.get(languages)
        if best is None:
            best = plans[languages] = national.cheapest(content.text, languages)
        if best.shifts != national.PLAIN and best.segments < segments:
            tables = best.shifts.octet() << TABLES_BIT
            forms[carrier_id] = best.alphabet, flags | tables, best.segments
    return forms


def _add_extras(prepared: Prepared, extras: Extras, content: Content) -> None:
    """Give the rows what few messages have."""
    stored = render_extras(msgspec.structs.replace(extras, replaced=content.replaced))
    for message in prepared.messages:
        if message is not None:
            message.extras = stored


def _told(refusal: Refusal) -> str:
    """Give what the timeline says of a refused recipient."""
    return f"{refusal.reason.value}: {refusal.detail}" if refusal.detail else refusal.reason.value


def _want_no_more(prepared: Prepared, mute: frozenset[int]) -> None:
    """Let messages end as sent whose carrier never tells more of them."""
    for message in prepared.messages:
        if message is not None and message.carrier_id in mute:
            message.flags &= ~WANTS_RECEIPT


def afford(prepared: Prepared, balance_u: int, overdraft_u: int) -> int:
    """Decide which messages the account can pay; give what they cost together.

    WHOLE: all good ones or none.  STOP: in order until dry, the rest is cut off.  EACH: each
    for itself.  Refused ones lose their row, unless the dialect keeps them.
    """
    room_u = balance_u + overdraft_u
    refusal = DRY if room_u > 0 else EMPTY
    mode = prepared.crediting
    if mode == Crediting.WHOLE:
        if prepared.cost_u <= room_u or prepared.cost_u == 0:
            return prepared.cost_u
        prepared.remember()
        prepared.refusal = refusal
        prepared.outcomes, prepared.messages = [], []
        return 0
    spent_u = 0
    for index, outcome in enumerate(prepared.outcomes):
        message = prepared.messages[index]
        if outcome.refusal is None and message is not None:
            if spent_u + outcome.cost_u <= room_u or outcome.cost_u == 0:
                spent_u += outcome.cost_u
                continue
            prepared.remember()
            outcome.refusal = DRY if room_u - spent_u > 0 else EMPTY
            outcome.cost_u = 0
            prepared.messages[index] = None
            if mode == Crediting.EACH:
                continue
        elif not (
            prepared.stop_on_error and outcome.refusal and outcome.refusal.reason not in _GOES_ON
        ):
            continue
        prepared.remember()
        del prepared.outcomes[index + 1 :], prepared.messages[index + 1 :]
        break
    return spent_u


# What does not stop a list even where errors stop it.
_GOES_ON = frozenset({Reason.BAD_DESTINATION, Reason.NO_ROUTE, Reason.NO_PRICE})
