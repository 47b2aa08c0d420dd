"""Two sessions on a pretend wire, and time that passes when the test says so."""

from dragoman.protocols.smpp.events import BindRequest, Bound, Event
from dragoman.protocols.smpp.pdus import Bind, BindResponse, BindTransceiver
from dragoman.protocols.smpp.session import Session, Timers
from dragoman.protocols.smpp.states import Role
from dragoman.protocols.smpp.tlvs import Tag, number

TIMERS = Timers(session_init_s=5, enquire_link_s=10, response_s=4)


class Wire:
    """Both ends and what each has been told."""

    def __init__(self, *, timers: Timers = TIMERS, window: int = 100) -> None:
        self.now = 100.0
        self.esme = Session(Role.ESME, self.now, timers=timers, window=window)
        self.smsc = Session(Role.SMSC, self.now, timers=timers, window=window)
        self.to_esme: list[Event] = []
        self.to_smsc: list[Event] = []

    def pump(self) -> None:
        """Carry octets until both are silent."""
        while (up := self.esme.take_output()) + (down := self.smsc.take_output()):
            self.to_smsc += self.smsc.receive(up, self.now) if up else []
            self.to_esme += self.esme.receive(down, self.now) if down else []

    def told_esme(self) -> list[Event]:
        """Carry octets and return what the ESME is told."""
        self.pump()
        told, self.to_esme = self.to_esme, []
        return told

    def told_smsc(self) -> list[Event]:
        """Carry octets and return what the SMSC is told."""
        self.pump()
        told, self.to_smsc = self.to_smsc, []
        return told

    def wait(self, seconds: float) -> None:
        """Let time pass, deadline by deadline, carrying octets after each."""
        until = self.now + seconds
        while (due := min(self.esme.next_deadline(), self.smsc.next_deadline())) <= until:
            self.now = max(due, self.now)
            self.to_esme += self.esme.tick(self.now)
            self.to_smsc += self.smsc.tick(self.now)
            self.pump()
        self.now = until


def bound(bind: Bind | None = None, *, timers: Timers = TIMERS, window: int = 100) -> Wire:
    """Return a wire with a bind on it."""
    wire = Wire(timers=timers, window=window)
    pdu = bind or BindTransceiver(b"app", b"secret")
    sequence = wire.esme.bind(pdu)
    assert wire.told_smsc() == [BindRequest(pdu, sequence)]
    answer = pdu.response(b"smsc", (number(Tag.sc_interface_version, 0x34),))
    assert isinstance(answer, BindResponse)
    assert wire.smsc.respond(sequence, answer)
    assert wire.told_esme() == [Bound(type(pdu), b"smsc", 0x34)]
    assert wire.esme.state is wire.smsc.state
    return wire
