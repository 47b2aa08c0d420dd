"""One SMPP connection as a value: octets and clock readings in, events and octets out.

The same class is ESME and SMSC.  It keeps the state table, the window, the sequence numbers
and the timers, and it answers enquire_link and unbind; everything else is its owner's decision.
It refuses to know sockets and clocks: `now` is any monotonic reading in seconds.
Source: SMPP 3.4 sections 2.2, 2.3 (states), 5.1.4 (sequence numbers), 7.2 (timers).
"""

from __future__ import annotations

from math import inf

import msgspec

from dragoman.protocols.smpp.codec import (
    DECODERS,
    HEADER,
    HEADER_OCTETS,
    LARGEST_SEQUENCE,
    MOST_FRAME_OCTETS,
    BodyError,
    encode,
)
from dragoman.protocols.smpp.events import (
    BindRefused,
    BindRequest,
    Bound,
    Closed,
    CloseReason,
    Event,
    LateResponse,
    Notice,
    PeerError,
    Request,
    Response,
    TimedOut,
    Unbound,
)
from dragoman.protocols.smpp.pdus import (
    COMMANDS,
    RESPONSE_BIT,
    AlertNotification,
    Bind,
    BindResponse,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    Unbind,
    UnbindResp,
    command_name,
)
from dragoman.protocols.smpp.states import ALLOWED, BOUND, BOUND_BY, OPERATIONS, Role, State
from dragoman.protocols.smpp.statuses import CommandStatus
from dragoman.protocols.smpp.tlvs import Tag, find_number
from dragoman.protocols.smpp.window import Sent, Window


class LocalProtocolError(RuntimeError):
    """Our own side asked for what the protocol forbids; nothing was sent."""


class Timers(msgspec.Struct, frozen=True):
    """How long a session waits (SMPP 3.4 section 7.2); `inf` switches a timer off.

    The silence after which we ask whether the peer is still there should be shorter than the
    idle limit of any firewall on the way.
    """

    session_init_s: float = 30.0
    enquire_link_s: float = 30.0
    response_s: float = 30.0
    inactivity_s: float = inf


# What an owner sends by `request`, and gets as Request: neither binds nor what has no answer.
_ORDINARY = frozenset(
    command
    for command in OPERATIONS
    if command.response is not None and not issubclass(command, Bind)
)
_LENGTH_OCTETS = 4


class Session:
    """One end of one SMPP connection.

    Feed it with `receive` and `tick`, write what `take_output` gives after each call, and call
    `tick` no later than `next_deadline`; where octets wait to be read, `receive` goes first.
    """

    def __init__(
        self,
        role: Role,
        now: float,
        *,
        timers: Timers | None = None,
        window: int = 100,
        late_limit: int = 10_000,
        first_sequence: int = 1,
    ) -> None:
        self.role = role
        self._timers = timers or Timers()
        self._window = Window(window, self._timers.response_s, late_limit)
        self._next_sequence = first_sequence
        self._output: list[bytes] = []
        self._partial = bytearray()
        self._wanted = _LENGTH_OCTETS
        self._bind: tuple[Bind, int] | None = None
        self._opened_at = now
        self._heard_at = now
        self._active_at = now
        self._probed_at: float | None = None
        self._unbind: tuple[int, float] | None = None
        self.state: State
        self._may_send: frozenset[type[Pdu]]
        self._expected: frozenset[int]
        self._enter(State.OPEN)

    # What the owner asks

    @property
    def is_bound(self) -> bool:
        """Whether messages may travel."""
        return self.state in BOUND

    @property
    def window_free(self) -> int:
        """How many requests may be sent now; none unless bound."""
        return self._window.free if self._may_send else 0

    def outstanding(self) -> list[tuple[int, object]]:
        """Return sequence and context of the requests without an answer, oldest first."""
        return [(sequence, sent.context) for sequence, sent in self._window.outstanding.items()]

    def take_output(self) -> bytes:
        """Return everything that is to be written now, in one piece."""
        output = b"".join(self._output)
        self._output.clear()
        return output

    # What the owner does

    def bind(self, pdu: Bind) -> int:
        """Send a bind (ESME); Bound or BindRefused will follow."""
        if type(pdu) not in ALLOWED[self.role, self.state] or self._bind:
            raise LocalProtocolError(f"{pdu.command_name} in {self._where()}")
        sequence = self._send(pdu)
        self._bind = pdu, sequence
        return sequence

    def request(self, pdu: Pdu, now: float, context: object = None) -> int:
        """Send a request and return its sequence number; `context` comes back with the answer."""
        if type(pdu) not in self._may_send:
            raise LocalProtocolError(f"{pdu.command_name} in {self._where()}")
        window = self._window
        if len(window.outstanding) >= window.size:
            raise LocalProtocolError(f"the window of {window.size} is full")
        sequence = self._send(pdu)
        window.add(sequence, Sent(pdu.command_id | RESPONSE_BIT, now, context))
        self._active_at = now
        return sequence

    def notify(self, pdu: Outbind | AlertNotification) -> int:
        """Send what has no answer (SMSC)."""
        if type(pdu) not in ALLOWED[self.role, self.state]:
            raise LocalProtocolError(f"{pdu.command_name} in {self._where()}")
        return self._send(pdu)

    def respond(self, sequence: int, pdu: Pdu, status: int = 0) -> bool:
        """Answer a Request or BindRequest; return whether there is still somebody to answer to.

        False is no mistake: the peer may leave while a commit is on its way to the disk.
        """
        if not pdu.command_id & RESPONSE_BIT:
            raise LocalProtocolError(f"{pdu.command_name} is no response")
        if self.state is State.UNBOUND or self.state is State.CLOSED:
            return False
        if self.state is State.OPEN or isinstance(pdu, BindResponse):
            self._answer_bind(sequence, pdu, status)
        else:
            self._output.append(encode(pdu, sequence, status))
        return True

    def unbind(self, now: float) -> int:
        """Send unbind; nothing but responses may follow, then Unbound will be told."""
        if self.state not in BOUND or self._unbind:
            raise LocalProtocolError(f"unbind in {self._where()}")
        sequence = self._send(Unbind())
        self._unbind = sequence, now + self._timers.response_s
        self._may_send = frozenset()
        return sequence

    def connection_lost(self) -> list[Event]:
        """Take note that the connection has ended; whoever has no answer gets none."""
        return self._close(CloseReason.CONNECTION_LOST)

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take what one read of the socket gave and return what happened, in order."""
        events: list[Event] = []
        if self.state is State.CLOSED:
            return events
        # Whatever comes proves that the peer is there, even before its enquire_link_resp.
        self._heard_at = now
        self._probed_at = None
        if self._partial:
            self._partial += data
            if len(self._partial) < self._wanted:
                return events
            data = bytes(self._partial)
            self._partial.clear()
        position = self._read_frames(data, now, events)
        if position < len(data):
            self._keep(data[position:], events)
        if events:
            self._active_at = now
        return events

    # Time

    def next_deadline(self) -> float:
        """Return when `tick` must be called at the latest; `inf` if never."""
        match self.state:
            case State.CLOSED | State.UNBOUND:
                return inf
            case State.OPEN:
                return self._opened_at + self._timers.session_init_s
        due = min(self._window.expiry_at, self._liveness_due())
        if self._unbind:
            return min(due, self._unbind[1])
        return min(due, self._active_at + self._timers.inactivity_s)

    def tick(self, now: float) -> list[Event]:
        """Do what has become due and return what happened."""
        events: list[Event] = []
        if now < self.next_deadline():
            return events
        if self.state is State.OPEN:
            return self._close(CloseReason.BIND_TIMEOUT)
        if now >= self._window.expiry_at:
            expired = self._window.expire(now)
            events += [TimedOut(sent.context, sequence) for sequence, sent in expired]
        if self._unbind:
            if now >= self._unbind[1]:
                events += self._close(CloseReason.UNBIND_TIMEOUT)
                return events
        elif now >= self._active_at + self._timers.inactivity_s:
            self.unbind(now)
        if now >= self._liveness_due():
            if self._probed_at is None:
                self._send(EnquireLink())
                self._probed_at = now
            else:
                events += self._close(CloseReason.PEER_SILENT)
        return events

    def _liveness_due(self) -> float:
        """When to ask whether the peer is there, or, having asked, to give up.

        Giving up takes no longer than the silence before it, so that a connection that is
        dead is known within two intervals, however patient the response timer is.
        """
        timers = self._timers
        if self._probed_at is None:
            return self._heard_at + timers.enquire_link_s
        return self._probed_at + min(timers.enquire_link_s, timers.response_s)

    # Octets in

    def _read_frames(self, data: bytes, now: float, events: list[Event]) -> int:
        """Take all whole frames and return where the next begins.

        The two cases that carry the traffic are told apart here, all others in `_take`.
        """
        position = 0
        last_start = len(data) - HEADER_OCTETS
        outstanding = self._window.outstanding
        unpack = HEADER.unpack_from
        while position <= last_start:
            length, command_id, status, sequence = unpack(data, position)
            end = position + length
            if not HEADER_OCTETS <= length <= MOST_FRAME_OCTETS or end > len(data):
                break
            start = position + HEADER_OCTETS
            position = end
            if command_id & RESPONSE_BIT:
                sent = outstanding.get(sequence)
                if sent is not None and sent.answer_id == command_id:
                    del outstanding[sequence]
                    pdu = DECODERS[command_id](data, start, end)
                    elapsed_s = now - sent.sent_at
                    events.append(Response(pdu, status, sent.context, sequence, elapsed_s))
                    continue
            elif command_id in self._expected:
                try:
                    pdu = DECODERS[command_id](data, start, end)
                except BodyError as error:
                    events += self._refuse(command_id, sequence, error.status, str(error))
                else:
                    events.append(Request(pdu, sequence))
                continue
            events += self._take(data[start:end], (command_id, status, sequence), now)
        return position

    def _keep(self, rest: bytes, events: list[Event]) -> None:
        """Keep the beginning of a frame, or end the session where it is none."""
        if len(rest) < _LENGTH_OCTETS:
            self._wanted = _LENGTH_OCTETS
        else:
            self._wanted = int.from_bytes(rest[:_LENGTH_OCTETS], "big")
            if not HEADER_OCTETS <= self._wanted <= MOST_FRAME_OCTETS:
                self._lose_framing(events)
                return
        self._partial += rest

    def _lose_framing(self, events: list[Event]) -> None:
        answer = CommandStatus.ESME_RINVCMDLEN
        self._output.append(encode(GenericNack(), 0, answer))
        what = f"a command_length of {self._wanted}"
        events.append(PeerError(what, 0, 0, answer))
        events += self._close(CloseReason.FRAMING_LOST)

    # What the peer sent besides plain requests and punctual answers

    def _take(self, body: bytes, header: tuple[int, int, int], now: float) -> list[Event]:
        command_id, status, sequence = header
        decoder = DECODERS.get(command_id)
        if decoder is None:
            what = f"{command_name(command_id)} is not in SMPP 3.4"
            return self._refuse(command_id, sequence, CommandStatus.ESME_RINVCMDID, what)
        try:
            pdu = decoder(body, 0, len(body))
        except BodyError as error:
            return self._refuse(command_id, sequence, error.status, str(error))
        match pdu:
            case EnquireLink():
                self._output.append(encode(EnquireLinkResp(), sequence))
                return []
            case EnquireLinkResp():
                # That octets came has been noted already, and it is all we asked.
                return []
            case Bind():
                return self._take_bind(pdu, sequence)
            case BindResponse():
                return self._take_bind_response(pdu, status, sequence)
            case Unbind():
                return self._take_unbind(sequence)
            case UnbindResp():
                return self._take_unbind_response(pdu, sequence)
            case GenericNack():
                return self._take_nack(pdu, status, sequence, now)
            case Outbind() | AlertNotification():
                return self._take_notice(pdu, sequence)
        if command_id & RESPONSE_BIT:
            return self._take_late_response(pdu, status, sequence, now)
        what = f"{pdu.command_name} in {self._where()}"
        return self._refuse(command_id, sequence, CommandStatus.ESME_RINVBNDSTS, what)

    def _take_late_response(self, pdu: Pdu, status: int, sequence: int, now: float) -> list[Event]:
        """Match an answer to a request that was given up, or say that nobody asked."""
        sent = self._window.take_late(sequence, pdu.command_id)
        if sent is None:
            return [self._unasked(pdu, sequence)]
        return [LateResponse(pdu, status, sent.context, sequence, now - sent.sent_at)]

    def _take_nack(self, pdu: GenericNack, status: int, sequence: int, now: float) -> list[Event]:
        """Let a generic_nack settle whatever request it answers."""
        if self._bind and self._bind[1] == sequence and self.role is Role.ESME:
            return self._take_bind_response(pdu, status, sequence)
        if self._unbind and self._unbind[0] == sequence:
            return self._take_unbind_response(pdu, sequence)
        sent, is_late = self._window.take(sequence)
        if sent is None:
            return [self._unasked(pdu, sequence)]
        event = LateResponse if is_late else Response
        return [event(pdu, status, sent.context, sequence, now - sent.sent_at)]

    def _take_bind(self, pdu: Bind, sequence: int) -> list[Event]:
        what = f"{pdu.command_name} in {self._where()}"
        if self.role is Role.ESME:
            answer = CommandStatus.ESME_RINVBNDSTS
            return self._refuse(pdu.command_id, sequence, answer, what)
        if self._bind or self.state is not State.OPEN:
            answer = CommandStatus.ESME_RALYBND
            return self._refuse(pdu.command_id, sequence, answer, what)
        self._bind = pdu, sequence
        return [BindRequest(pdu, sequence)]

    def _take_bind_response(
        self, pdu: BindResponse | GenericNack, status: int, sequence: int
    ) -> list[Event]:
        """Take the verdict on our bind; the state follows what we asked, not the answer's id."""
        if self._bind is None or self._bind[1] != sequence or self.role is Role.SMSC:
            return [self._unasked(pdu, sequence)]
        command = type(self._bind[0])
        self._bind = None
        if status or isinstance(pdu, GenericNack):
            return [BindRefused(command, status)]
        self._enter(BOUND_BY[command])
        return [Bound(command, pdu.system_id, find_number(pdu.tlvs, Tag.sc_interface_version))]

    def _take_notice(self, pdu: Outbind | AlertNotification, sequence: int) -> list[Event]:
        if type(pdu) in ALLOWED[self.role.peer, self.state]:
            return [Notice(pdu)]
        return [PeerError(f"{pdu.command_name} in {self._where()}", pdu.command_id, sequence, None)]

    def _take_unbind(self, sequence: int) -> list[Event]:
        self._output.append(encode(UnbindResp(), sequence))
        if self.state is State.UNBOUND:
            return []
        self._enter(State.UNBOUND)
        return [Unbound(by_peer=True)]

    def _take_unbind_response(self, pdu: UnbindResp | GenericNack, sequence: int) -> list[Event]:
        """End the bind even where the peer refuses: nobody is kept against their will."""
        if self._unbind is None or self._unbind[0] != sequence or self.state not in BOUND:
            return [self._unasked(pdu, sequence)]
        self._enter(State.UNBOUND)
        return [Unbound(by_peer=False)]

    def _refuse(
        self, command_id: int, sequence: int, status: CommandStatus, what: str
    ) -> list[Event]:
        """Tell the peer of its mistake by the response that fits, and the owner by an event.

        A response is never answered: two ends that nack each other's nacks never stop.
        """
        answer: Pdu | None = None
        if not command_id & RESPONSE_BIT:
            command = COMMANDS.get(command_id)
            if command is None:
                answer = GenericNack()
            elif command.response is not None:
                answer = command.response()
        if answer is None:
            return [PeerError(what, command_id, sequence, None)]
        self._output.append(encode(answer, sequence, status))
        return [PeerError(what, command_id, sequence, status)]

    def _unasked(self, pdu: Pdu, sequence: int) -> PeerError:
        what = f"{pdu.command_name} answers nothing that was asked"
        return PeerError(what, pdu.command_id, sequence, None)

    # Octets out

    def _send(self, pdu: Pdu) -> int:
        sequence = self._next_sequence
        self._output.append(encode(pdu, sequence))
        self._next_sequence = sequence + 1 if sequence < LARGEST_SEQUENCE else 1
        return sequence

    def _answer_bind(self, sequence: int, pdu: Pdu, status: int) -> None:
        """Send the owner's verdict on the peer's bind and enter the state that it opens."""
        if self._bind is None or self._bind[1] != sequence or self.role is Role.ESME:
            raise LocalProtocolError(f"no bind with sequence {sequence} waits for an answer")
        bind = self._bind[0]
        if type(pdu) not in (bind.response, GenericNack):
            raise LocalProtocolError(f"{pdu.command_name} does not answer {bind.command_name}")
        self._output.append(encode(pdu, sequence, status))
        self._bind = None
        if not status and isinstance(pdu, BindResponse):
            self._enter(BOUND_BY[type(bind)])

    # State

    def _enter(self, state: State) -> None:
        self.state = state
        self._may_send = ALLOWED[self.role, state] & _ORDINARY
        self._expected = frozenset(
            command.command_id for command in ALLOWED[self.role.peer, state] & _ORDINARY
        )

    def _close(self, reason: CloseReason) -> list[Event]:
        if self.state is State.CLOSED:
            return []
        self._enter(State.CLOSED)
        return [Closed(reason)]

    def _where(self) -> str:
        return f"state {self.state.name} of the {self.role.name}"
