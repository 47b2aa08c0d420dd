"""A carrier that speaks SMPP 3.4, over one or several binds that share window, rate and fate.

Writes what it is given, reports what became of it once per socket read, and turns "too fast"
into a lower pace.  Never keeps a message, never decides to send one again.
Source: SMPP 3.4 sections 4.4 (submit_sm), 4.6 (deliver_sm), 5.1.3 (command_status).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from math import inf
from typing import cast

from dragoman.carriers.bind import Bind, Phase, Surroundings
from dragoman.carriers.deliveries import DeliveryReader, Plan
from dragoman.carriers.pace import Flow
from dragoman.carriers.profile import BIND_KINDS, SmppProfile, read_profile, statuses
from dragoman.carriers.submits import SubmitWriter, Unsendable
from dragoman.core.ports import Answer, CarrierStatus, Delivery, Sink, Verdict
from dragoman.model.messages import Outgoing
from dragoman.net.clock import Timer
from dragoman.net.smpp_link import SmppLink
from dragoman.protocols.smpp.codec import EncodeError
from dragoman.protocols.smpp.events import Event, LateResponse, Request, Response, TimedOut
from dragoman.protocols.smpp.pdus import (
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    MessageResponse,
    SubmitSmResp,
)
from dragoman.protocols.smpp.statuses import (
    FLOW_CONTROL,
    CommandStatus,
    status_meaning,
    status_name,
)

log = logging.getLogger(__name__)

_S = CommandStatus
# What is wrong with the message or its recipient is wrong at every carrier.
FINAL_STATUSES = frozenset(
    {
        _S.ESME_RINVMSGLEN,
        _S.ESME_RINVDSTADR,
        _S.ESME_RINVNUMDESTS,
        _S.ESME_RINVESMCLASS,
        _S.ESME_RINVSCHED,
        _S.ESME_RINVEXPIRY,
        _S.ESME_RX_R_APPN,
    }
)
# Sent back to a deliver_sm that could not be stored: the carrier offers it again.
RESTART_S = 5.0
TRY_AGAIN = int(_S.ESME_RX_T_APPN)

_DELIVER_OK = DeliverSmResp()
_DATA_OK = DataSmResp()


class SmppCarrier:
    """Implements `core.ports.Carrier`."""

    def __init__(
        self,
        carrier_id: int,
        name: str,
        options: Mapping[str, object] | SmppProfile,
        password: str,
        sink: Sink,
        around: Surroundings,
    ) -> None:
        """Read the options; raise `profile.OptionError` naming what is wrong with them."""
        profile = options if isinstance(options, SmppProfile) else read_profile(options)
        self.carrier_id = carrier_id
        self.name = name
        self.profile = profile
        self._sink = sink
        self._clock = around.clock
        self._writer = SubmitWriter(profile)
        self._reader = DeliveryReader(
            carrier_id,
            unmarked_receipts=profile.unmarked_receipts,
            plan=Plan(profile.country_code, profile.national_prefix, profile.shortcode_digits),
        )
        self._flow = Flow(profile.rate, self._clock.now_s())
        self._throttles = statuses(profile.throttle_statuses, FLOW_CONTROL)
        self._final = statuses(profile.final_statuses, FINAL_STATUSES) - set(
            profile.elsewhere_statuses
        )
        tls = profile.context()
        self._binds = [
            Bind(f"{name}/{number}", kind, profile, password, tls, around, self)
            for number in range(1, profile.binds + 1)
            for kind in BIND_KINDS[profile.bind]
        ]
        self._submitters = [bind for bind in self._binds if bind.may_submit]
        self._tasks: dict[Bind, asyncio.Task[None]] = {}
        self._begun: tuple[int, Bind] | None = None  # a long message in the middle of a batch
        self._room_timer: Timer | None = None
        self._room_at_s = inf
        self._stopping = False
        self._idle: asyncio.Event | None = None
        self._sent = 0
        self._last_sent_us = 0

    # What the core asks

    async def start(self) -> None:
        """Begin to connect; every bind keeps itself alive from now on."""
        for bind in self._binds:
            self._run(bind)

    def _run(self, bind: Bind) -> None:
        task = asyncio.create_task(bind.run(), name=f"bind {bind.name}")
        task.add_done_callback(partial(self._ended, bind))
        self._tasks[bind] = task

    def _ended(self, bind: Bind, task: asyncio.Task[None]) -> None:
        """Start a bind again that a mistake of ours has ended: a carrier never dies in silence."""
        if task.cancelled() or task.exception() is None or self._stopping:
            return
        log.error("bind %s ended; it is started again", bind.name, exc_info=task.exception())
        bind.abort_link()
        self._clock.call_at(self._clock.now_s() + RESTART_S, partial(self._run_again, bind))

    def _run_again(self, bind: Bind) -> None:
        if not self._stopping:
            self._run(bind)

    def free(self) -> int:
        """Count the segments that would be taken now."""
        if self._stopping:
            return 0
        room = 0
        for bind in self._submitters:
            room += bind.free()
        flow = self._flow
        if room and not flow.is_open:
            now_s = self._clock.now_s()
            most, room = room, flow.room(now_s, room)
            if room < most:
                self._look_again(flow.due_s(now_s))
        return room

    def submit(self, batch: Sequence[Outgoing]) -> None:
        """Write the segments; what finds no room after all is answered BUSY in a moment."""
        now_us, now_s = self._clock.now_us(), self._clock.now_s()
        refused: list[Answer] = []
        written = 0
        for bind, run in self._share_out(batch):
            if bind is None:
                why = "no bind has room"
                refused += [Answer(o, Verdict.BUSY, now_us, detail=why) for o in run]
            else:
                written += self._write(bind, run, now_us, now_s, refused)
        self._flow.sent(written, now_s)
        self._sent += written
        self._last_sent_us = now_us
        if refused:
            # Not from within: whoever submits is not prepared for answers before it returns.
            asyncio.get_running_loop().call_soon(self._sink.answered, refused)

    def status(self) -> CarrierStatus:
        """Give the state for people."""
        submitters = self._submitters or self._binds
        down = next((bind for bind in submitters if bind.phase is not Phase.BOUND), None)
        return CarrierStatus(
            self.name,
            self._state(submitters),
            tuple(bind.line() for bind in self._binds),
            self._why(down) if down is not None else "",
            self.profile.window * len(self._submitters),
            sum(bind.outstanding() for bind in self._submitters),
            self.profile.rate,
            self._flow.learnt,
            self._sent,
            self._last_sent_us,
        )

    async def drain(self, grace_s: float) -> None:
        """Take nothing more, wait for answers, unbind, close."""
        self._stopping = True
        if self._room_timer is not None:
            self._room_timer.cancel()
        self._idle = asyncio.Event()
        loop = asyncio.get_running_loop()
        end_s = loop.time() + grace_s
        if any(bind.outstanding() for bind in self._binds):
            try:
                async with asyncio.timeout_at(end_s):
                    await self._idle.wait()
            except TimeoutError:
                pass  # what has no answer now is told as uncertain when its link closes
        for bind, task in self._tasks.items():
            bind.unbind()
            if bind.link is None:
                task.cancel()
        if self._tasks:
            left_s = max(1.0, end_s - loop.time())
            _, late = await asyncio.wait(self._tasks.values(), timeout=left_s)
            for bind, task in self._tasks.items():
                if task in late:
                    bind.abort()
                    task.cancel()
            if late:
                await asyncio.wait(late)
        self._tasks.clear()

    # Out

    def _share_out(self, batch: Sequence[Outgoing]) -> list[tuple[Bind | None, Sequence[Outgoing]]]:
        """Give each segment a bind: the roomiest, and one and the same for a whole message."""
        submitters = self._submitters
        if len(submitters) == 1 and submitters[0].free() >= len(batch):
            return [(submitters[0], batch)]
        rooms = {bind: bind.free() for bind in submitters}
        runs: list[tuple[Bind | None, Sequence[Outgoing]]] = []
        start = 0
        while start < len(batch):
            first = batch[start]
            end = start + 1
            while end < len(batch) and batch[end].message_id == first.message_id:
                end += 1
            bind = self._bind_for(first, end - start, rooms)
            room = rooms[bind] if bind is not None else len(batch)
            end = min(end, start + room)
            if bind is not None:
                rooms[bind] -= end - start
                last = batch[end - 1]
                self._begun = (last.message_id, bind) if last.number < last.total else None
            runs.append((bind, batch[start:end]))
            start = end
        return runs

    def _bind_for(self, first: Outgoing, segments: int, rooms: dict[Bind, int]) -> Bind | None:
        if self._begun is not None and self._begun[0] == first.message_id and first.number > 1:
            bind = self._begun[1]
            if rooms[bind] >= segments:
                return bind
        bind = max(rooms, key=rooms.__getitem__)
        return bind if rooms[bind] > 0 else None

    def _write(
        self,
        bind: Bind,
        run: Sequence[Outgoing],
        now_us: int,
        now_s: float,
        refused: list[Answer],
    ) -> int:
        link = cast("SmppLink", bind.link)
        request, submit_sm = link.session.request, self._writer.submit_sm
        written = 0
        for outgoing in run:
            outgoing.submitted_us = now_us
            try:
                request(submit_sm(outgoing, now_us), now_s, outgoing)
            except (Unsendable, EncodeError) as error:
                refused.append(
                    Answer(outgoing, Verdict.REJECTED, now_us, elsewhere=True, detail=str(error))
                )
            except Exception:  # the others of the batch would be in nobody's hands
                log.exception("carrier %s: a segment could not be written", self.name)
                why = "could not be written: a fault of the gateway"
                refused.append(
                    Answer(outgoing, Verdict.REJECTED, now_us, elsewhere=True, detail=why)
                )
            else:
                written += 1
        link.unwritten += written
        link.wake()
        return written

    # In

    def bind_events(self, bind: Bind, events: list[Event]) -> None:
        """Sort one batch into answers and deliveries, and report each kind at once."""
        now_us, now_s = self._clock.now_us(), self._clock.now_s()
        answers: list[Answer] = []
        deliveries: list[Delivery] = []
        accepted = 0
        throttled_s = -inf  # when the last one was sent that came back as "too fast"
        for event in events:
            kind = type(event)
            if kind is Response:
                response = cast("Response", event)
                pdu = response.pdu
                if not response.status and type(pdu) is SubmitSmResp:
                    accepted += 1
                    ref = pdu.message_id.decode("latin-1")
                    answers.append(Answer(cast("Outgoing", response.context), 0, now_us, ref))
                elif response.status in self._throttles:
                    throttled_s = max(throttled_s, now_s - response.elapsed_s)
                    answers.append(self._busy(response, now_us))
                else:
                    answers.append(self._rejection(response, now_us))
            elif kind is Request:
                deliveries.append(self._delivery(bind, cast("Request", event), now_us))
            else:
                self._take_rare(bind, event, answers, now_us, now_s)
        if accepted:
            self._flow.accepted(accepted, now_s)
        if throttled_s > -inf:
            self._flow.throttled(throttled_s, now_s)
        if answers:
            self._sink.answered(answers)
        if deliveries:
            self._sink.delivered(deliveries)
        if answers:
            self._sink.room()
            if self._idle is not None:
                self._check_idle()

    def _take_rare(
        self, bind: Bind, event: Event, answers: list[Answer], now_us: int, now_s: float
    ) -> None:
        match event:
            case TimedOut(context=Outgoing() as outgoing):
                bind.overdue(now_s)
                detail = f"no answer within {self.profile.response_timeout_s:g} s"
                answers.append(Answer(outgoing, Verdict.UNCERTAIN, now_us, detail=detail))
            case LateResponse():
                bind.answered_late()
                answers.append(self._late(event, now_us))
            case _:
                bind.take(event)

    def _busy(self, event: Response, now_us: int) -> Answer:
        outgoing = cast("Outgoing", event.context)
        detail = status_name(event.status)
        return Answer(outgoing, Verdict.BUSY, now_us, status=event.status, detail=detail)

    def _rejection(self, event: Response | LateResponse, now_us: int) -> Answer:
        status = event.status
        return Answer(
            cast("Outgoing", event.context),
            Verdict.REJECTED,
            now_us,
            status=status,
            elsewhere=status not in self._final,
            detail=f"{status_name(status)}: {status_meaning(status)}",
        )

    def _late(self, event: LateResponse, now_us: int) -> Answer:
        """Say what an answer means that came after its segment was told as uncertain."""
        if event.status or not isinstance(event.pdu, MessageResponse):
            return self._rejection(event, now_us)
        ref = event.pdu.message_id.decode("latin-1")
        outgoing = cast("Outgoing", event.context)
        return Answer(outgoing, Verdict.SENT, now_us, ref, detail="answered late")

    def _delivery(self, bind: Bind, event: Request, now_us: int) -> Delivery:
        pdu = cast("DeliverSm | DataSm", event.pdu)
        done = _DELIVER_OK if type(pdu) is DeliverSm else _DATA_OK
        link = cast("SmppLink", bind.link)
        acknowledge = partial(_acknowledge, link, event.sequence, done)
        try:
            return self._reader.read(pdu, acknowledge, now_us)
        except Exception:  # refused or not answered, it would come again for ever
            log.exception("carrier %s: a delivery could not be read; it is set aside", self.name)
            return self._reader.unread(pdu, acknowledge, now_us)

    # What the binds tell

    def bind_writable(self, bind: Bind) -> None:
        """Tell the core that there may be room."""
        self._sink.room()

    def bind_lost(
        self, bind: Bind, unwritten: Sequence[Outgoing], unanswered: Sequence[Outgoing]
    ) -> None:
        """Answer for what has no answer: it never left, or it may have arrived."""
        now_us = self._clock.now_us()
        if self._begun is not None and self._begun[1] is bind:
            self._begun = None
        cut = [
            Answer(outgoing, Verdict.UNCERTAIN, now_us, cut=True, detail=bind.why)
            for outgoing in unanswered
        ]
        busy = [Answer(outgoing, Verdict.BUSY, now_us, detail=bind.why) for outgoing in unwritten]
        self._sink.answered(cut + busy)
        if self._idle is not None:
            self._check_idle()

    def bind_changed(self, bind: Bind) -> None:
        """Tell the core; a bind that came up also brings room."""
        self._sink.changed()
        if bind.phase is Phase.BOUND:
            self._sink.room()

    def _check_idle(self) -> None:
        if self._idle is not None and not any(bind.outstanding() for bind in self._binds):
            self._idle.set()

    def _look_again(self, due_s: float) -> None:
        """Call `room` when the pace allows more; one timer is enough for all who ask."""
        if due_s >= self._room_at_s:
            return
        if self._room_timer is not None:
            self._room_timer.cancel()
        self._room_at_s = due_s
        self._room_timer = self._clock.call_at(due_s, self._more_room)

    def _more_room(self) -> None:
        self._room_timer = None
        self._room_at_s = inf
        if not self._stopping:
            self._sink.room()

    # For people

    def _state(self, submitters: Sequence[Bind]) -> str:
        phases = {bind.phase for bind in submitters}
        if self._stopping or phases == {Phase.STOPPED}:
            return "stopped"
        if Phase.BOUND in phases:
            return "up"
        return "connecting" if phases & {Phase.CONNECTING, Phase.BINDING} else "down"

    def _why(self, bind: Bind) -> str:
        if bind.phase is not Phase.WAITING:
            return bind.why
        wait_s = max(0.0, bind.retry_s - self._clock.now_s())
        return f"{bind.why}; tried again in {wait_s:.0f} s"


def _acknowledge(
    link: SmppLink,
    sequence: int,
    response: DeliverSmResp | DataSmResp,
    stored: bool,  # noqa: FBT001 (the core's own words: see Delivery)
) -> None:
    """Answer a delivery once its fate is known; a link that is gone needs no answer."""
    if link.session.respond(sequence, response, 0 if stored else TRY_AGAIN):
        link.wake()
