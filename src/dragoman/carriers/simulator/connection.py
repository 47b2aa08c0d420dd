"""One ESME's connection to the SMSC simulator.

Takes binds and submits, hands out what waits for its system_id.  What goes wrong is `faults`'.
"""

from typing import TYPE_CHECKING, cast

from dragoman.carriers.simulator.reports import Parcel
from dragoman.net.smpp_link import SmppLink
from dragoman.protocols.smpp.events import (
    BindRequest,
    Event,
    PeerError,
    Request,
    Response,
    TimedOut,
    Unbound,
)
from dragoman.protocols.smpp.pdus import (
    INTERFACE_VERSION,
    BindTransmitter,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    Pdu,
    QuerySm,
    ReplaceSm,
    ReplaceSmResp,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
)
from dragoman.protocols.smpp.statuses import CommandStatus, status_name
from dragoman.protocols.smpp.tlvs import Tag, number

if TYPE_CHECKING:
    from dragoman.carriers.simulator.smsc import Smsc

# Operations that a simulator of handsets has no use for, and how it declines them.
DECLINED: dict[type[Pdu], tuple[Pdu, CommandStatus]] = {
    CancelSm: (CancelSmResp(), CommandStatus.ESME_RCANCELFAIL),
    ReplaceSm: (ReplaceSmResp(), CommandStatus.ESME_RREPLACEFAIL),
    SubmitMulti: (SubmitMultiResp(), CommandStatus.ESME_RSUBMITFAIL),
    DataSm: (DataSmResp(), CommandStatus.ESME_RINVCMDID),
}


class Connection:
    """Owner of one link at the SMSC's end."""

    def __init__(self, smsc: "Smsc") -> None:
        self.smsc = smsc
        self.link: SmppLink | None = None
        self.system_id = ""
        self.is_receiving = False
        self.is_bound = False
        self.submits = 0  # seen on this connection
        self.unanswered = 0
        self._said_goodbye = False

    # What the link tells

    def link_opened(self, link: SmppLink) -> None:
        """Enter the simulator's books."""
        self.link = link
        self.smsc.opened(self)

    def link_events(self, link: SmppLink, events: list[Event]) -> None:
        """Take one read: all submits at once, all else as it comes."""
        submits: list[Request] = []
        answered = taken = 0
        for event in events:
            kind = type(event)
            if kind is Request:
                request = cast("Request", event)
                if type(request.pdu) is SubmitSm:
                    submits.append(request)
                else:
                    self._decline(request)
            elif kind is Response:
                answered += 1
                response = cast("Response", event)
                if not response.status:
                    taken += 1
                else:
                    self.smsc.offer_later(self, cast("Parcel", response.context))
            else:
                self._take_rare(event)
        if submits:
            self.submits += len(submits)
            self.smsc.take(self, submits)
        if answered:
            self.smsc.acknowledged(self, taken)

    def link_writable(self, link: SmppLink) -> None:
        """Go on delivering."""
        self.smsc.deliver(self.system_id)

    def link_lost(self, link: SmppLink, error: Exception | None) -> None:
        """Leave the simulator's books; what was not acknowledged is offered again."""
        parcels = [cast("Parcel", context) for _, context in link.session.outstanding()]
        self.smsc.lost(self, parcels, said_goodbye=self._said_goodbye)
        self.link = None

    # What the simulator does

    def hand_over(self, parcel: Parcel, now_s: float) -> None:
        """Send a deliver_sm; there must be window."""
        link = cast("SmppLink", self.link)
        link.session.request(parcel.pdu, now_s, parcel)
        link.wake()

    def describe(self) -> str:
        """Give one line for people."""
        peer = self.link.peer if self.link is not None else "?"
        return f"{self.system_id} from {peer}, {self.submits} submit_sm"

    def room(self) -> int:
        """Count the deliver_sm that may be sent now."""
        if not self.is_receiving or self.link is None or self.link.is_paused:
            return 0
        return self.link.session.window_free

    def answer(self, sequence: int, pdu: Pdu, status: int = 0) -> None:
        """Answer a request; one who has gone gets no answer."""
        if self.link is not None and self.link.session.respond(sequence, pdu, status):
            self.link.wake()

    # What is rare

    def _take_rare(self, event: Event) -> None:
        match event:
            case BindRequest():
                self._judge_bind(event)
            case TimedOut(context=Parcel() as parcel):
                self.smsc.offer_later(self, parcel)
            case Unbound():
                self._said_goodbye = True
                self.is_bound = self.is_receiving = False
            case PeerError(what=what):
                self.smsc.say(f"the ESME sent what it should not: {what}")
            case _:
                pass

    def _judge_bind(self, event: BindRequest) -> None:
        pdu = event.pdu
        system_id = pdu.system_id.decode("latin-1")
        status = self.smsc.judge_bind(system_id, pdu.password.decode("latin-1"))
        word = pdu.command_name
        if status:
            self.smsc.say(f"{word} {system_id} refused: {status_name(status)}")
            self.answer(event.sequence, pdu.response(), status)
            if self.link is not None:
                self.link.close()
            return
        self.smsc.say(f"{word} {system_id}")
        self.system_id = system_id
        self.is_bound = True
        self.is_receiving = not isinstance(pdu, BindTransmitter)
        own_id = self.smsc.options.system_id.encode()
        tlvs = (number(Tag.sc_interface_version, INTERFACE_VERSION),)
        self.answer(event.sequence, pdu.response(own_id, tlvs))
        self.smsc.bound(self)

    def _decline(self, request: Request) -> None:
        if isinstance(request.pdu, QuerySm):
            answer, status = self.smsc.query(request.pdu)
            self.answer(request.sequence, answer, status)
            return
        declined, refusal = DECLINED[type(request.pdu)]
        self.answer(request.sequence, declined, refusal)
