"""Between a front process, which speaks with customers, and the core process, which stores.

One socket pair per front; frames both ways, many submissions or answers in each: what gathered in
one turn of the event loop travels together, or in frames of a handful.  Both ends live here, so
that one reader sees the whole wire.  Knows no dialect.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable
from enum import IntEnum
from functools import partial
from typing import cast

import msgspec

from dragoman.core.accept import Prepared
from dragoman.core.counters import Counters
from dragoman.core.fingerprints import Mark, lost_key
from dragoman.core.repeats import Gone
from dragoman.front.metrics import Sample, Tally
from dragoman.front.serve import Intake
from dragoman.model.lists import ListChange
from dragoman.model.messages import Message
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Crediting, Outcome, Submitted
from dragoman.sms.segments import Segments

log = logging.getLogger(__name__)

PARCELS_AT_ONCE = 16  # a frame goes out with so many, so that the core begins while we read on
HEADER_OCTETS = 5  # length of what follows, and the kind of frame
OUTCOME_UNKNOWN = Refusal(Reason.TIMEOUT)
NOT_GIVEN = Refusal(Reason.INTERNAL, detail="store")


class Kind(IntEnum):
    """What a frame holds."""

    SUBMISSIONS = 0  # front to core: [Parcel]
    ANSWERS = 1  # core to front: [(serial, Submitted)]
    CARRIERS = 2  # core to front: [carrier id], those that are up
    COUNTS = 3  # front to core: {name: how much more}
    DRAIN = 4  # core to front: take no more, finish, leave
    READY = 5  # front to core: customers are answered
    SAMPLES = 6  # front to core: {metric: its value now}
    GONE = 7  # front to core: a client that did not wait for its answer
    CHANGE = 8  # front to core: (serial, ListChange)
    CHANGED = 9  # core to front: (serial, Refusal or None)


class Parcel(msgspec.Struct, array_like=True, gc=False):
    """A prepared submission on its way to the core."""

    serial: int
    account_id: int
    crediting: Crediting
    stop_on_error: bool
    outcomes: list[Outcome]
    messages: list[Message | None]
    accepted_us: int
    cost_u: int
    carrier_wait_s: float
    report_url: str = ""
    mark: Mark | None = None
    due_us: int = 0
    talks: bool = False
    pool: tuple[str, ...] = ()
    cut: Segments | None = None  # of a text of one segment; others are cut anew, for their id


_encode = msgspec.msgpack.Encoder().encode
_decode_parcels = msgspec.msgpack.Decoder(list[Parcel]).decode
_decode_answers = msgspec.msgpack.Decoder(list[tuple[int, Submitted]]).decode
_decode_change = msgspec.msgpack.Decoder(tuple[int, ListChange]).decode
_decode_changed = msgspec.msgpack.Decoder(tuple[int, Refusal | None]).decode
_decode_carriers = msgspec.msgpack.Decoder(list[int]).decode
_decode_counts = msgspec.msgpack.Decoder(dict[str, int]).decode
_decode_gone = msgspec.msgpack.Decoder(Gone).decode
_decode_samples = msgspec.msgpack.Decoder(dict[str, float]).decode


class _End(asyncio.Protocol):
    """One end of the pair: frames in, frames out.

    A frame is written at once.  uvloop would write it at the end of its turn, and the other process
    stand still that long: two that work by turns reach no more than one.
    """

    def __init__(self, taken: Callable[[Kind, bytes], None], lost: Callable[[], None]) -> None:
        self._taken = taken
        self._lost = lost
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._pair: socket.socket | None = None

    async def use(self, pair: socket.socket) -> None:
        """Let the event loop drive this end of the pair."""
        pair.setblocking(False)
        self._pair = pair
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=pair)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by class

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        at = 0
        while len(buffer) - at >= HEADER_OCTETS:
            end = at + HEADER_OCTETS + int.from_bytes(buffer[at : at + 4], "big")
            if len(buffer) < end:
                break
            self._taken(Kind(buffer[at + 4]), bytes(buffer[at + HEADER_OCTETS : end]))
            at = end
        del buffer[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._pair = None
        self._lost()

    @property
    def is_open(self) -> bool:
        """Whether somebody is at the other end."""
        return self._transport is not None

    def send(self, kind: Kind, value: object) -> None:
        """Send one frame; what cannot be sent any more is the other end's loss."""
        if self._transport is not None:
            body = _encode(value)
            frame = len(body).to_bytes(4, "big") + bytes((kind,)) + body
            if not self._transport.get_write_buffer_size():
                frame = frame[self._write_now(frame) :]
            if frame:
                self._transport.write(frame)

    def _write_now(self, frame: bytes) -> int:
        """Give how many octets the socket took."""
        try:
            return self._pair.send(frame) if self._pair is not None else 0
        except OSError:  # it is full, or lost, which the transport finds out
            return 0

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class RelayClient:
    """The front's end: stores by asking the core."""

    def __init__(self, counters: Counters, drain: Callable[[], None]) -> None:
        """Take the counters that are reported, and what to do when the core wants to end."""
        self.up: frozenset[int] = frozenset()
        self._counters = counters
        self._told: dict[str, int] = {}
        self._shown: dict[str, float] = {}
        self._drain = drain
        self._serial = 0
        self._waiting: dict[int, Prepared] = {}
        self._changing: dict[int, Callable[[Refusal | None], None]] = {}
        self._parcels: list[Parcel] = []
        self._flushes = False  # at the end of this turn of the loop
        self._end = _End(self._take, self._lost)

    async def connect(self, pair: socket.socket) -> None:
        """Use the inherited end of the pair."""
        await self._end.use(pair)

    def ready(self) -> None:
        """Tell the core that customers are answered."""
        self._end.send(Kind.READY, None)

    def is_up(self, carrier_id: int) -> bool:
        """Tell whether a carrier is bound, as the core last said."""
        return carrier_id in self.up

    def accept(self, prepared: Prepared) -> None:
        """Have a submission stored and charged; see `Intake`."""
        self._serial += 1
        if prepared.answer is not None:
            self._waiting[self._serial] = prepared
        if not self._parcels and not self._flushes:
            self._flushes = True
            asyncio.get_running_loop().call_soon(self._end_turn)
        self._parcels.append(
            Parcel(
                self._serial,
                prepared.account_id,
                prepared.crediting,
                prepared.stop_on_error,
                prepared.outcomes,
                prepared.messages,
                prepared.accepted_us,
                prepared.cost_u,
                prepared.carrier_wait_s,
                prepared.report_url,
                prepared.mark,
                prepared.due_us,
                prepared.talks,
                prepared.pool,
                cut if (cut := prepared.cut) is not None and len(cut.user_data) == 1 else None,
            )
        )
        if len(self._parcels) == PARCELS_AT_ONCE:
            self._flush()

    def gone(self, gone: Gone) -> None:
        """Tell that a client left without its answer, after the submissions read before."""
        if self._parcels:
            self._flush()
        self._end.send(Kind.GONE, gone)

    def change_list(self, change: ListChange, answer: Callable[[Refusal | None], None]) -> None:
        """Have a member of a subscription list changed; see `Intake`."""
        if not self._end.is_open:
            answer(OUTCOME_UNKNOWN)
            return
        self._serial += 1
        self._changing[self._serial] = answer
        self._end.send(Kind.CHANGE, (self._serial, change))

    def report(self, samples: Iterable[Sample]) -> None:
        """Tell the core what was counted since the last time, and the metrics as they are now."""
        now = {name: getattr(self._counters, name) for name in Counters.__slots__}
        more = {k: v - self._told.get(k, 0) for k, v in now.items() if v != self._told.get(k, 0)}
        self._told = now
        if more:
            self._end.send(Kind.COUNTS, more)
        shown = {name: value for name, _labels, value in samples}
        if shown != self._shown:
            self._shown = shown
            self._end.send(Kind.SAMPLES, shown)

    def close(self) -> None:
        """Leave: everything was answered."""
        self._end.close()

    def _end_turn(self) -> None:
        self._flushes = False
        if self._parcels:
            self._flush()

    def _flush(self) -> None:
        parcels, self._parcels = self._parcels, []
        if self._end.is_open:
            try:
                self._end.send(Kind.SUBMISSIONS, parcels)
            except Exception:  # noqa: BLE001  # it is told of each
                self._flush_singly(parcels)
        else:
            # The core went while these were read: unanswered, they would hold up our leaving,
            # and with it the port that the next gateway wants.
            self._give_up()

    def _flush_singly(self, parcels: list[Parcel]) -> None:
        """Send what can be sent of a frame that cannot; refuse the rest."""
        for parcel in parcels:
            try:
                self._end.send(Kind.SUBMISSIONS, [parcel])
            except Exception:
                log.exception("a submission cannot be given to the core")
                prepared = self._waiting.pop(parcel.serial, None)
                if prepared is not None and prepared.answer is not None:
                    prepared.answer(Submitted(prepared.outcomes, refusal=NOT_GIVEN))

    def _take(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.ANSWERS:
                for serial, submitted in _decode_answers(body):
                    prepared = self._waiting.pop(serial, None)
                    if prepared is not None and prepared.answer is not None:
                        prepared.answer(submitted)
            case Kind.CHANGED:
                serial, refusal = _decode_changed(body)
                if (told := self._changing.pop(serial, None)) is not None:
                    told(refusal)
            case Kind.CARRIERS:
                self.up = frozenset(_decode_carriers(body))
            case Kind.DRAIN:
                self._drain()
            case _:
                log.warning("the core sent a frame of kind %s", kind.name)

    def _lost(self) -> None:
        """Give up on the core, which is gone: what it was asked last may be stored, or not."""
        self._give_up()
        self._drain()

    def _give_up(self) -> None:
        """Answer whoever waits for the core that nobody knows."""
        waiting, self._waiting = self._waiting, {}
        for prepared in waiting.values():
            if prepared.answer is not None:
                prepared.answer(Submitted(prepared.outcomes, refusal=OUTCOME_UNKNOWN))
        changing, self._changing = self._changing, {}
        for told in changing.values():
            told(OUTCOME_UNKNOWN)


class RelayHost:
    """The core's end, one for each front."""

    def __init__(
        self, intake: Intake, counters: Counters, tally: Tally, ready: Callable[[], None]
    ) -> None:
        """Take who stores, what reports are added to, and who hears of readiness."""
        self.ended = asyncio.Event()
        self._intake = intake
        self._counters = counters
        self._tally = tally
        self._ready = ready
        self._answers: list[tuple[int, Submitted]] = []
        self._end = _End(self._take, self._lost)

    async def connect(self, pair: socket.socket) -> None:
        """Use our end of the pair."""
        await self._end.use(pair)

    def tell_carriers(self, up: Iterable[int]) -> None:
        """Tell the front which carriers are bound."""
        self._end.send(Kind.CARRIERS, list(up))

    def drain(self) -> None:
        """Ask the front to finish and leave."""
        self._end.send(Kind.DRAIN, None)

    def _take(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.SUBMISSIONS:
                for parcel in _decode_parcels(body):
                    self._intake.accept(
                        Prepared(
                            parcel.account_id,
                            parcel.crediting,
                            parcel.stop_on_error,
                            parcel.outcomes,
                            parcel.messages,
                            parcel.accepted_us,
                            parcel.cost_u,
                            carrier_wait_s=parcel.carrier_wait_s,
                            report_url=parcel.report_url,
                            answer=partial(self._answer, parcel),
                            cut=parcel.cut,
                            mark=parcel.mark,
                            due_us=parcel.due_us,
                            talks=parcel.talks,
                            pool=parcel.pool,
                        )
                    )
            case Kind.CHANGE:
                serial, change = _decode_change(body)
                self._intake.change_list(change, partial(self._changed, serial))
            case Kind.COUNTS:
                for name, more in _decode_counts(body).items():
                    setattr(self._counters, name, getattr(self._counters, name) + more)
            case Kind.GONE:
                self._intake.gone(_decode_gone(body))
            case Kind.SAMPLES:
                self._tally.hear(self, _decode_samples(body))
            case Kind.READY:
                self._ready()
            case _:
                log.warning("a front sent a frame of kind %s", kind.name)

    def _lost(self) -> None:
        self._tally.bury(self)
        self.ended.set()

    def _answer(self, parcel: Parcel, submitted: Submitted) -> None:
        if not self._end.is_open:
            self._lose(parcel, submitted)
            return
        if not self._answers:
            asyncio.get_running_loop().call_soon(self._flush)
        self._answers.append((parcel.serial, submitted))

    def _lose(self, parcel: Parcel, submitted: Submitted) -> None:
        """Remember the answer of a front that died, and all its customers' connections with it."""
        key = lost_key(parcel.messages, parcel.outcomes, parcel.due_us, parcel.pool)
        if key:
            self._intake.gone(Gone(parcel.account_id, key, submitted))

    def _changed(self, serial: int, refusal: Refusal | None) -> None:
        self._end.send(Kind.CHANGED, (serial, refusal))

    def _flush(self) -> None:
        answers, self._answers = self._answers, []
        self._end.send(Kind.ANSWERS, answers)
