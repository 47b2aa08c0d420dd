"""A TCP connection that carries one SMPP session: octets between a socket and a `Session`.

One read of the socket becomes one batch of events to the owner; whatever is to be written in a
turn of the event loop leaves in one write.  Decides nothing: who binds, what is answered and
what is sent is the owner's.  Source: SMPP 3.4 section 2.1 (one session on one connection).
"""

import asyncio
import ssl
from collections.abc import Callable
from math import inf
from typing import Protocol, cast

from dragoman.net.clock import Clock, Timer
from dragoman.protocols.smpp.events import Event
from dragoman.protocols.smpp.session import Session
from dragoman.protocols.smpp.states import State

# Above this the kernel has long stopped taking octets, so the peer has stopped reading.
WRITE_HIGH_OCTETS = 256 * 1024
# A peer that does not read would keep a closed connection for ever with what is unwritten.
LINGER_S = 2.0

_OVER = (State.UNBOUND, State.CLOSED)


class LinkOwner(Protocol):
    """What happens on a link is told to its owner, from within the event loop."""

    def link_opened(self, link: "SmppLink") -> None:
        """Learn that the connection stands; a session may now speak."""

    def link_events(self, link: "SmppLink", events: list[Event]) -> None:
        """Take what one read of the socket, or the passing of time, brought."""

    def link_writable(self, link: "SmppLink") -> None:
        """Learn that the peer reads again."""

    def link_lost(self, link: "SmppLink", error: Exception | None) -> None:
        """Learn that the connection is gone; nothing comes from this link any more."""


class SmppLink(asyncio.Protocol):
    """One connection and its session; `session` is open to the owner for requests and answers.

    After the owner made the session say something it calls `wake`; the octets leave at the end
    of this turn of the event loop.  `unwritten` counts the owner's requests that did not: they
    never left, so whoever sent them may send them again without fear.
    """

    def __init__(self, session: Session, owner: LinkOwner, clock: Clock) -> None:
        self.session = session
        self.unwritten = 0
        self.is_paused = False  # the peer does not read: writing more would only fill memory
        self.is_open = False
        self.peer = ""
        self._owner = owner
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._flushing = False
        self._is_closing = False
        self._timer: Timer | None = None
        self._timer_at = inf
        self._call_soon = asyncio.get_running_loop().call_soon

    # What the owner does

    def wake(self) -> None:
        """Write what the session has to say, once the present turn of the event loop is over."""
        if not self._flushing:
            self._flushing = True
            self._call_soon(self._flush)

    def close(self) -> None:
        """Close once everything is written."""
        self._is_closing = True
        self.wake()

    def abort(self) -> None:
        """Close now and forget what is unwritten."""
        if self._transport is not None:
            self._transport.abort()

    def hold_reading(self) -> None:
        """Read nothing until `resume_reading`; the peer's writes pile up at its own end."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def write_raw(self, octets: bytes) -> None:
        """Put octets on the wire that no session made; for simulators that misbehave."""
        self._flush()
        if self._transport is not None:
            self._transport.write(octets)

    # What the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_OCTETS)
        self.is_open = True
        self.peer = _address(transport.get_extra_info("peername"))
        self._owner.link_opened(self)
        self.wake()

    def data_received(self, data: bytes) -> None:
        """Hand one read to the session and its events to the owner."""
        events = self.session.receive(data, self._clock.now_s())
        self._tell(events)

    def pause_writing(self) -> None:
        """Take note that the peer does not read."""
        self.is_paused = True

    def resume_writing(self) -> None:
        """Take note that the peer reads again."""
        self.is_paused = False
        self.wake()
        self._owner.link_writable(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End; the session keeps who has no answer, for the owner to look at."""
        self.is_open = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.session.connection_lost()
        self._owner.link_lost(self, exc)

    # Inside

    def _tell(self, events: list[Event]) -> None:
        if events:
            self._owner.link_events(self, events)
            if self.session.state in _OVER:
                self._is_closing = True
        if not self._flushing:
            self._flushing = True
            self._call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        transport = self._transport
        if transport is None or not self.is_open:
            return
        output = self.session.take_output()
        if output:
            transport.write(output)
        self.unwritten = 0
        if self._is_closing:
            self._finish(transport)
            return
        due = self.session.next_deadline()
        if due < self._timer_at:
            self._arm(due)

    def _finish(self, transport: asyncio.Transport) -> None:
        if transport.is_closing():
            return
        transport.close()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._clock.call_at(self._clock.now_s() + LINGER_S, self.abort)

    def _arm(self, due: float) -> None:
        """Set the one timer.  It is only ever brought forward: most deadlines move away."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        self._timer = self._clock.call_at(due, self._tick) if due < inf else None

    def _tick(self) -> None:
        self._timer = None
        self._timer_at = inf
        if not self.is_open:
            return
        self._tell(self.session.tick(self._clock.now_s()))


async def connect(
    make: Callable[[], SmppLink],
    host: str,
    port: int,
    *,
    timeout_s: float,
    tls: ssl.SSLContext | None = None,
    tls_name: str | None = None,
) -> SmppLink:
    """Open a connection and give its link; raise OSError (TimeoutError is one) if that fails."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout_s):
        _, link = await loop.create_connection(
            make, host, port, ssl=tls, server_hostname=(tls_name or host) if tls else None
        )
    return link


async def listen(
    make: Callable[[], SmppLink],
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
) -> asyncio.Server:
    """Accept connections; each gets a link of its own."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(make, host, port, ssl=tls, backlog=1024)


def _address(peername: object) -> str:
    match peername:
        case (str(host), int(port), *_):
            return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        case _:
            return "?"
