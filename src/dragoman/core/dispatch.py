"""The lane of one carrier: what may go out, what is on its way, what comes back.

A lane never holds more than the carrier's window in memory; everything else waits on disk and
is claimed when there is room.  Facts (answers, receipts) go to the writer, which makes them
durable.  Knows no socket and no SQL.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from dragoman.core.complaints import count_complaints
from dragoman.core.counters import Counters
from dragoman.core.ports import Answer, Carrier, Delivery, Verdict
from dragoman.core.receipts import Habits
from dragoman.model.extras import NO_EXTRAS, parse_extras
from dragoman.model.messages import (
    FLASH,
    RAW,
    TABLES,
    TABLES_BIT,
    WANTS_RECEIPT,
    WANTS_REPORT,
    Message,
    Outgoing,
)
from dragoman.model.submissions import Alphabet
from dragoman.sms import national
from dragoman.sms.coding import MessageClass, NoSuchCoding, encode_data_coding
from dragoman.sms.national_tables import languages_called
from dragoman.sms.segments import Segments, segment, segment_raw

if TYPE_CHECKING:
    from dragoman.core.awaited import Awaited

RESEND, WAIT, FAIL = "resend", "wait", "fail"
AGED_SHARE = 8  # of so many segments one is claimed by age alone, however many are urgent


class Facts(Protocol):
    """Where a lane brings what happened; the writer's side."""

    awaited: "Awaited"  # the messages whose customers wait for a carrier's word

    def settle(self, lane: "Lane", answers: Sequence[Answer]) -> None:
        """Make answers durable."""

    def receive(self, lane: "Lane", deliveries: Sequence[Delivery]) -> None:
        """Make deliveries durable, then acknowledge them."""

    def requeue(self, lane: "Lane", outgoings: Sequence[Outgoing]) -> None:
        """Put messages that did not leave back into the queue on disk."""

    def want_claim(self, lane: "Lane") -> None:
        """Ask for queued messages of this lane in the next group."""


class Flight(msgspec.Struct):
    """A message of several segments on its way: how many are unanswered, and the worst news."""

    left: int
    rejected: Answer | None = None
    uncertain: Answer | None = None
    again: bool = False

    def is_doubted_once(self) -> bool:
        """Tell whether a segment is in doubt that is never sent again."""
        return self.uncertain is not None and self.uncertain.once


class Lane:
    """What one carrier of this node is doing."""

    def __init__(
        self,
        carrier: Carrier,
        facts: Facts,
        counters: Counters,
        options: object,
        clock_us: Callable[[], int],
    ) -> None:
        """Take the carrier, and of its options those that are decided here."""
        table = options if isinstance(options, dict) else {}
        self.carrier = carrier
        self.carrier_id = carrier.carrier_id
        self.on_uncertain = str(table.get("on_uncertain", WAIT))
        self.on_cut = str(table.get("on_cut", RESEND))
        self.receipts = str(table.get("receipts", "all"))
        self.habits = Habits(str(table.get("id_form", "auto")))
        self.languages = languages_called(table.get("languages", ()))
        self.in_order = bool(table.get("in_order", False))
        self.flights: dict[int, Flight] = {}
        self.up = False  # bound: messages may leave now or soon
        self.down_since_us = clock_us()
        self.backlog = True  # until a claim came back short, messages may wait on disk
        self.reserved = 0  # segments that are promised room but not yet submitted
        # Answered, but on disk still `sending`: a crash would send them again, so for what is
        # stored as `sending` beside them they take up room.
        self.unsettled = 0
        self.stopping = False
        self.complaints: Counter[str] = Counter()  # since they were last told
        self._facts = facts
        self._counters = counters
        self._clock_us = clock_us
        self._ready: deque[Outgoing] = deque()
        self._unaged = 0  # segments claimed since one was by age alone
        self._busy: set[str] = set()  # recipients with a segment on the wire, if order matters

    def reserve(self, segments: int) -> bool:
        """Promise room to a message that is about to be stored as `sending`; False: queue it.

        Nobody overtakes: while others wait on disk or in memory, new ones wait behind them.
        """
        if self.backlog or self._ready or self.stopping:
            return False
        if self.carrier.free() - self.reserved - self.unsettled < segments:
            return False
        self.reserved += segments
        return True

    def release(self, segments: int) -> None:
        """Give promised room back: the group was not stored."""
        self.reserved -= segments

    def room(self) -> None:
        """Learn from the carrier that more may be submitted; ready ones first, then the disk."""
        if self._ready:
            self._submit_ready()
        if self.backlog and not self._ready and self.claimable() > 0:
            self._facts.want_claim(self)

    def changed(self) -> None:
        """Learn that the carrier went up or down."""
        was_up, self.up = self.up, self.carrier.status().state == "up"
        if was_up and not self.up:
            self.down_since_us = self._clock_us()
        self.backlog = True
        if self._ready and not self.up:
            # What did not leave goes back to disk: a carrier that is down holds nothing here.
            self._give_back(list(self._ready))
            self._ready.clear()
        self.room()

    def claimable(self) -> int:
        """Count the segments that a claim may fetch now."""
        if self.stopping:
            return 0
        return max(0, self.carrier.free() - self.reserved - len(self._ready))

    def aged_share(self, segments: int) -> int:
        """Count the segments of a claim that go by age alone: a share, kept over many claims."""
        share, self._unaged = divmod(self._unaged + segments, AGED_SHARE)
        return share

    def reads(self, message: Message) -> bool:
        """Tell whether the carrier lets the national tables of a message through."""
        return self.languages.issuperset(shifts_of(message).named().values())

    def send(self, batch: Iterable[Outgoing], reserved: int) -> None:
        """Submit what the writer stored as `sending`; `reserved` segments were promised for it."""
        self.reserved -= reserved
        for outgoing in batch:
            if outgoing.total > 1:
                self.flights.setdefault(outgoing.message_id, Flight(0)).left += 1
            self._ready.append(outgoing)
        self._submit_ready()

    def answered(self, answers: Sequence[Answer]) -> None:
        """Take what became of submitted segments; BUSY ones wait here for their next turn."""
        if self._facts.awaited.messages:
            self._facts.awaited.adjust(answers)
        if self.in_order:
            self._busy.difference_update(a.outgoing.recipient for a in answers)
        bad = [a for a in answers if a.verdict]
        if bad:
            count_complaints(self.complaints, bad)
        busy = [a for a in bad if a.verdict == Verdict.BUSY]
        if busy:
            answers = [a for a in answers if a.verdict != Verdict.BUSY]
            self._counters.answered_busy += len(busy)
            returned = [a.outgoing for a in busy]
            if self.up and not self.stopping:
                self._ready.extendleft(reversed(returned))
            else:
                self._give_back(returned)
        if answers:
            self._settle(answers)
        self.room()

    def delivered(self, deliveries: Sequence[Delivery]) -> None:
        """Take receipts and messages from handsets."""
        self._facts.receive(self, deliveries)

    def waiting_here(self) -> int:
        """Count the segments in memory that are stored as `sending` but not on the wire."""
        return len(self._ready)

    def held(self) -> set[int]:
        """Give the messages that have segments here which are not on the wire."""
        return {outgoing.message_id for outgoing in self._ready}

    def give_up(self) -> None:
        """Put everything that did not leave back on disk, for a shutdown in good order."""
        self.stopping = True
        self._give_back(list(self._ready))
        self._ready.clear()

    def _submit_ready(self) -> None:
        room = self.carrier.free()
        if room <= 0:
            return
        ready = self._ready
        if self.in_order:
            batch = self._in_turn(room)
        elif len(ready) <= room:
            batch = list(ready)
            ready.clear()
        else:
            batch = [ready.popleft() for _ in range(room)]
        if batch:
            self._counters.submitted += len(batch)
            self.carrier.submit(batch)

    def _in_turn(self, room: int) -> list[Outgoing]:
        """Take what may go out while each recipient has one segment on the wire at most."""
        batch: list[Outgoing] = []
        held: list[Outgoing] = []
        while self._ready and len(batch) < room:
            outgoing = self._ready.popleft()
            if outgoing.recipient in self._busy:
                held.append(outgoing)
            else:
                self._busy.add(outgoing.recipient)
                batch.append(outgoing)
        self._ready.extendleft(reversed(held))
        return batch

    def _settle(self, answers: Sequence[Answer]) -> None:
        self.unsettled += len(answers)
        self._facts.settle(self, answers)

    def _give_back(self, outgoings: list[Outgoing]) -> None:
        if not outgoings:
            return
        lone = []
        for outgoing in outgoings:
            flight = self.flights.get(outgoing.message_id) if outgoing.total > 1 else None
            if flight is None:
                lone.append(outgoing)
                continue
            flight.left -= 1
            flight.again = True
            if flight.left == 0 and flight.uncertain is not None and flight.uncertain.once:
                # Its customer is told of the doubt, so the whole is not begun again.
                flight.left = 1
                self._settle([flight.uncertain])
            elif flight.left == 0:
                lone.append(outgoing)
                del self.flights[outgoing.message_id]
        if lone:
            self.backlog = True
            self._facts.requeue(self, lone)


def segments_of(message: Message, cut: Segments | None = None) -> list[Outgoing]:
    """Give the segments of a message as they go to its carrier.

    The reference of a long message comes from its id, so that a segment sent again is the same
    segment to the handset.  `cut` spares the work where it was done already.
    """
    if cut is None or message.segments > 1 or message.flags & TABLES:
        cut = _cut(message)
    priority = message.priority if message.rank is not None else 0
    extras = parse_extras(message.extras) if message.extras is not None else NO_EXTRAS
    udh_octets, total = cut.udh_octets, len(cut.user_data)
    coding, to_display = _PLAIN[message.alphabet], False
    if message.flags & FLASH:
        coding, to_display = _flash(message)
    wants_report = bool(message.flags & WANTS_REPORT)
    return [
        Outgoing(
            message.id,
            number,
            total,
            message.carrier_id,
            message.sender,
            message.recipient,
            coding,
            octets[:udh_octets],
            octets[udh_octets:],
            bool(message.flags & WANTS_RECEIPT),
            message.expires_us or 0,
            0,
            to_display,
            priority,
            wants_report,
            extras,
        )
        for number, octets in enumerate(cut.user_data, 1)
    ]


def shifts_of(message: Message) -> national.Shifts:
    """Give the national tables that a message is written in."""
    return national.shifts_in((message.flags & TABLES) >> TABLES_BIT)


def plainly(message: Message) -> Message:
    """Give a message as it goes without national tables, and so in more segments.

    What was charged stays: the customer was told a price.
    """
    cut = segment(message.text)
    return msgspec.structs.replace(
        message,
        alphabet=cut.alphabet,
        flags=message.flags & ~TABLES,
        segments=len(cut.user_data),
    )


def _cut(message: Message) -> Segments:
    if message.flags & RAW:
        return segment_raw(message.udh or b"", message.octets or b"", message.id)
    if message.flags & TABLES:
        return national.segment(message.text, shifts_of(message), message.id)
    return segment(
        message.text,
        Alphabet(message.alphabet),
        message.id,
        one=message.one or None,
        each=message.each or None,
    )


def _flash(message: Message) -> tuple[int, bool]:
    """Give the coding that says flash; or the plain one, and that flash is to be said beside it."""
    try:
        return encode_data_coding(Alphabet(message.alphabet), MessageClass.FLASH), False
    except NoSuchCoding:
        return _PLAIN[message.alphabet], True


_PLAIN = {alphabet.value: encode_data_coding(alphabet) for alphabet in Alphabet}
