"""One client's connection: requests to the handler, answers out in the order of the requests.

Knows no vendor and no account, and sets no timer: the listener's sweep looks at the deadlines.
Source: RFC 9112 (9.3 persistence and pipelining; 9.6 tear-down).
"""

import asyncio
import logging
import math
from collections import deque
from enum import IntEnum
from http import HTTPStatus
from typing import cast

from dragoman.front.intake import Awaits, Intake
from dragoman.front.peers import parse_address, seat_of
from dragoman.front.replies import CONTINUE, ENDS, STAYS, STAYS_BY_NAME, refusal, render_response
from dragoman.front.shared import Shared
from dragoman.protocols.http import Request, Response

log = logging.getLogger(__name__)

PATIENCE_S = 0.1  # who closes sooner has only said that no request follows
SLICE_OCTETS = 4_096  # how much is parsed between two looks at how many requests wait


class Phase(IntEnum):
    """How far a connection has come."""

    OPEN = 0
    ENDING = 1  # the answers that are owed, and nothing more is read
    LINGERING = 2  # our last octet is on its way; the client's close is waited for
    LOST = 3


# An enum's member costs a look-up in its class each time, and these are asked for often.
_OPEN, _ENDING, _LINGERING, _LOST = Phase


class Turn:
    """One request's place in the order of answers."""

    __slots__ = ("connection", "request", "response", "started_s")

    def __init__(self, connection: "Connection", request: Request) -> None:
        self.connection = connection
        self.request = request
        self.response: Response | None = None
        self.started_s = 0.0

    def respond(self, response: Response) -> bool:
        """Answer the request: now or later, from the event loop, once.

        False when the client is not there any more.
        """
        if self.response is not None:
            raise RuntimeError(f"{self.request.method} {self.request.path} has been answered")
        self.response = response
        return self.connection.answered(self)


class Connection(asyncio.BufferedProtocol):
    """One connection; it never raises into the event loop, whatever the client sends."""

    __slots__ = (
        "_feeding",
        "_half_closed",
        "_idle_deadline",
        "_intake",
        "_is_due",
        "_is_tls",
        "_owes_continue",
        "_paused",
        "_peer",
        "_phase",
        "_seat",
        "_shared",
        "_stall_deadline",
        "_transport",
        "_turns",
        "_unread",
    )

    _intake: Intake
    _transport: asyncio.Transport

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._peer = ""
        self._seat = b""  # what counts as its address; empty: it is not limited
        self._phase = _OPEN
        self._turns: deque[Turn] = deque()
        self._unread = bytearray()  # read, but more requests wait than we take at once
        self._feeding = False
        self._paused = False
        self._half_closed = False
        self._is_tls = False
        self._is_due = False
        self._owes_continue = False
        self._stall_deadline = 0.0  # 0: the client takes what we write

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet a client, or turn it away when there are too many."""
        shared = self._shared
        self._transport = cast("asyncio.Transport", transport)
        self._is_tls = transport.get_extra_info("ssl_object") is not None
        peername = transport.get_extra_info("peername")
        address = parse_address(str(peername[0])) if peername else None
        self._peer = str(address or "")
        self._intake = Intake(shared, self, self._peer)
        shared.counts.accepted += 1
        is_full = len(shared.clients) >= shared.limits.connections
        shared.clients.add(self)
        most = shared.limits.connections_per_address
        if most and address is not None and not self._intake.is_trusted:
            self._seat = seat_of(address)
            held = shared.peers.get(self._seat, 0)
            shared.peers[self._seat] = held + 1
            is_full = is_full or held >= most
            if held >= 2 * most:  # so many that have been told so and linger
                shared.counts.turned_away += 1
                self.abort()
                return
        if is_full or shared.draining:
            shared.counts.turned_away += 1
            self._transport.write(render_response(refusal(HTTPStatus.SERVICE_UNAVAILABLE), ENDS))
            self._end()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the listener's one buffer for a read."""
        return self._shared.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what was read; what is too much at once waits in `_unread`."""
        if self._phase is not _OPEN:
            self._set_reading()
            return
        data = self._shared.buffer[:nbytes]
        if nbytes > SLICE_OCTETS or self._unread or not self._has_room():
            self._unread += data
            self._pump()
            return
        self._feeding = True
        self._feed(data)
        self._feeding = False
        self.write_ready()

    def eof_received(self) -> bool:
        """Let a client that has closed its half still have the answers that it waits for."""
        if self._turns and not self._is_tls:
            self._tell_gone(self._shared.clock() - PATIENCE_S)
            self._half_closed = True
            self._phase = _ENDING
            return True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client; handlers that still work for it answer into the void."""
        self._phase = _LOST
        if self._turns:
            self._tell_gone(math.inf)
        self._unread.clear()
        self._turns.clear()
        self._intake.lose()
        self._shared.forget(self, self._seat)

    def pause_writing(self) -> None:
        """Take no more requests from a client that does not read our answers."""
        self._stall_deadline = self._shared.now + self._shared.limits.write_timeout_s
        self._set_reading()

    def resume_writing(self) -> None:
        """Go on: the client reads again."""
        self._stall_deadline = 0.0
        self._pump()

    # What the listener calls.

    def sweep(self, now: float) -> None:
        """Act on a deadline that has passed."""
        if self._stall_deadline:
            if now >= self._stall_deadline:
                self._shared.counts.timed_out += 1
                self.abort()
        elif now >= self._intake.deadline:
            if self._phase is _LINGERING:
                self._give_up()
            elif self._phase is _OPEN and not self._unread:
                self._time_out()

    def drain(self) -> None:
        """Close as soon as nothing is owed."""
        if self._phase is _OPEN and self._intake.awaits is Awaits.REQUEST:
            if self._turns:
                self._phase = _ENDING
            else:
                self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def write_ready(self) -> None:
        """Write, in one piece, the answers that are ready and that no earlier one holds up."""
        self._is_due = False
        turns = self._turns
        if turns and turns[0].response is not None:
            octets = self._render(turns.popleft())
            if turns and turns[0].response is not None:
                octets = self._render_more(octets)
            self._transport.write(octets)
            if not turns:
                self._all_answered()
        if self._paused:
            self._pump()

    # What the intake calls.

    def take(self, request: Request, *, is_last: bool) -> None:
        """Give a request its turn, and the handler the request."""
        shared = self._shared
        turn = Turn(self, request)
        self._turns.append(turn)
        self._owes_continue = False
        shared.counts.requests += 1
        if is_last:
            self._phase = _ENDING
        turn.started_s = shared.clock()
        if request.method not in {"GET", "POST"}:
            turn.response = refusal(HTTPStatus.METHOD_NOT_ALLOWED)
            return
        try:
            shared.handler(request, turn.respond)
        except Exception as error:  # noqa: BLE001 - one request's bug must not end the others
            self._apologise(turn, error)

    def encourage(self) -> None:
        """Tell the client that its body is wanted, after the answers that are owed."""
        if self._turns:
            self._owes_continue = True
        else:
            self._transport.write(CONTINUE)

    # What a turn calls.

    def answered(self, turn: Turn) -> bool:
        """Write the answer now, or with the others of this turn of the loop."""
        turns = self._turns
        if self._phase is _LOST:
            self._note(turn, 0)
            return False
        if not self._feeding and not self._is_due and turns[0] is turn:
            if len(turns) == 1:
                self.write_ready()
            else:
                self._is_due = True
                self._shared.write_later(self)
        return True

    # Writing.

    def _render(self, turn: Turn) -> bytes:
        response = cast("Response", turn.response)
        if self._phase is _ENDING and not self._turns:
            ending = ENDS
        elif "connection" in turn.request.headers:
            ending = STAYS_BY_NAME
        else:
            ending = STAYS
        try:
            octets = render_response(response, ending)
        except (ValueError, UnicodeError):
            log.exception("an answer to %r cannot be written", turn.request.path)
            turn.response = refusal(HTTPStatus.INTERNAL_SERVER_ERROR)
            octets = render_response(turn.response, ending)
        if self._shared.access_log is not None:
            self._note(turn, len(octets))
        return octets

    def _render_more(self, octets: bytes) -> bytes:
        pieces = [octets]
        while self._turns and self._turns[0].response is not None:
            pieces.append(self._render(self._turns.popleft()))
        return b"".join(pieces)

    def _all_answered(self) -> None:
        if self._phase is _ENDING:
            self._end()
            return
        if self._intake.awaits is Awaits.REQUEST:
            self._intake.deadline = self._shared.now + self._shared.limits.idle_timeout_s
        if self._owes_continue:
            self._owes_continue = False
            self._transport.write(CONTINUE)

    def _note(self, turn: Turn, octets: int) -> None:
        shared = self._shared
        if shared.access_log is not None and turn.response is not None:
            took_s = shared.clock() - turn.started_s
            shared.access_log.note(turn.request, turn.response.status, octets, took_s)

    def _apologise(self, turn: Turn, error: Exception) -> None:
        """Answer for a handler that failed."""
        log.error("%s %r failed", turn.request.method, turn.request.path, exc_info=error)
        if turn.response is not None:
            return
        try:
            turn.response = self._shared.on_error(turn.request, error)
        except Exception:
            log.exception("and so did the words for it")
            turn.response = refusal(HTTPStatus.INTERNAL_SERVER_ERROR)

    # Reading.

    def _pump(self) -> None:
        """Parse what waits in `_unread`, as far as there is room."""
        if self._feeding:
            return
        self._feeding = True
        while self._unread and self._has_room():
            piece = bytes(self._unread[:SLICE_OCTETS])
            del self._unread[:SLICE_OCTETS]
            self._feed(piece)
            self.write_ready()
        self._feeding = False
        self._set_reading()

    def _feed(self, data: bytes | memoryview) -> None:
        refused = self._intake.feed(data)
        if refused is not None:
            self._refuse(refused)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer in our own words after all that is owed, and read nothing more."""
        self._shared.counts.unreadable += 1
        turn = Turn(self, Request("-", "-", peer=self._peer))
        turn.started_s = self._shared.clock()
        turn.response = refusal(status)
        self._turns.append(turn)
        self._phase = _ENDING
        self._unread.clear()

    def _has_room(self) -> bool:
        return (
            len(self._turns) < self._shared.limits.pipelined
            and not self._stall_deadline
            and self._phase is _OPEN
        )

    def _set_reading(self) -> None:
        """Read from the socket if there is room, or if nothing but the client's close can come."""
        wanted = self._phase is _LINGERING or (not self._unread and self._has_room())
        if self._phase is _LOST or wanted is not self._paused:
            return
        self._paused = not wanted
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    # Ending.

    def _tell_gone(self, before_s: float) -> None:
        """Tell of the requests that were made before an instant and have no answer yet."""
        for turn in self._turns:
            if turn.response is None and turn.started_s < before_s:
                self._shared.on_gone(turn.request)

    def _time_out(self) -> None:
        if self._intake.awaits is not Awaits.REQUEST:
            self._shared.counts.timed_out += 1
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
            self.write_ready()
        elif not self._turns:
            self._end()

    def _end(self) -> None:
        """Close our half, and leave the client time to read and to close its own.

        Closing at once while something of the client's is unread makes the kernel reset the
        connection, and the client may lose the answer (RFC 9112 section 9.6).
        """
        self._phase = _LINGERING
        self._intake.finish()
        self._intake.deadline = self._shared.now + self._shared.limits.linger_s
        self._unread.clear()
        if self._is_tls or self._half_closed:
            self._transport.close()
        else:
            try:
                self._transport.write_eof()
            except OSError:  # the client has reset the connection, and we have not read that yet
                self.abort()
            self._set_reading()

    def _give_up(self) -> None:
        """End a connection that the client does not close, once it has what we wrote."""
        if self._transport.get_write_buffer_size():
            self._stall_deadline = self._shared.now + self._shared.limits.write_timeout_s
        else:
            self.abort()
