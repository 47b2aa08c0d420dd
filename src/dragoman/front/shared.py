"""What all connections of one listener have in common, and how much each of them may ask for."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from dragoman.front.access_log import AccessLog
from dragoman.front.peers import TrustedProxies
from dragoman.protocols.http import Request, Response

Respond = Callable[[Response], bool | None]  # False: nobody is there any more
Handler = Callable[[Request, Respond], object]
OnError = Callable[[Request, Exception], Response]
OnGone = Callable[[Request], None]

READ_OCTETS = 65_536


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of anything one listener takes from a client; times in seconds."""

    target_octets: int = 65_536
    header_octets: int = 32_768  # names and values, and 32 for each field
    body_octets: int = 1_048_576
    pipelined: int = 32
    connections: int = 1_000
    connections_per_address: int = 0  # 0: as many as `connections`
    header_timeout_s: float = 10.0  # from a request's first octet to the end of its head
    body_timeout_s: float = 30.0  # from there to the end of its body
    idle_timeout_s: float = 75.0  # between two requests
    write_timeout_s: float = 30.0  # while the client takes nothing of what we wrote
    linger_s: float = 2.0  # after our last octet, until the client has closed too


class Counts:
    """What a listener has seen since it started, as plain integers."""

    __slots__ = ("accepted", "requests", "timed_out", "turned_away", "unreadable")

    def __init__(self) -> None:
        self.accepted = 0  # connections
        self.requests = 0
        self.timed_out = 0  # connections that a deadline ended while the client owed something
        self.turned_away = 0  # connections over the cap
        self.unreadable = 0  # requests that did not get as far as the handler


class Client(Protocol):
    """A connection as the listener sees it."""

    def sweep(self, now: float) -> None:
        """Act on a deadline that has passed."""

    def drain(self) -> None:
        """Close as soon as nothing is owed."""

    def abort(self) -> None:
        """Close at once."""

    def write_ready(self) -> None:
        """Write the answers that are ready."""


class Shared:
    """The one object that a listener and its connections both hold."""

    __slots__ = (
        "access_log",
        "buffer",
        "clients",
        "clock",
        "counts",
        "draining",
        "due",
        "handler",
        "limits",
        "most_body",
        "now",
        "on_empty",
        "on_error",
        "on_gone",
        "peers",
        "proxies",
        "write_soon",
    )

    def __init__(
        self,
        handler: Handler,
        limits: Limits,
        on_error: OnError,
        access_log: AccessLog | None,
        proxies: TrustedProxies | None,
        clock: Callable[[], float],
    ) -> None:
        self.handler = handler
        self.limits = limits
        self.most_body: Callable[[], int] = lambda: limits.body_octets
        self.on_error = on_error
        self.access_log = access_log
        self.proxies = proxies
        self.clock = clock
        self.now = clock()  # as of the last sweep: near enough for deadlines, and free
        # One buffer for all connections: what a read brings is used up before the next read.
        self.buffer = memoryview(bytearray(READ_OCTETS))
        self.clients: set[Client] = set()
        self.peers: dict[bytes, int] = {}  # connections by address, where they are limited
        self.due: list[Client] = []  # have answers to write at the end of this turn of the loop
        self.draining = False
        self.counts = Counts()
        self.write_soon: Callable[[], object] = lambda: None  # the listener's, once per turn
        self.on_empty: Callable[[], object] = lambda: None
        self.on_gone: OnGone = lambda _: None  # told of each request whose client did not wait

    def write_later(self, client: Client) -> None:
        """Have a client's answers written, in one piece, at the end of this turn of the loop."""
        if not self.due:
            self.write_soon()
        self.due.append(client)

    def write_due(self) -> None:
        """Write what was answered during the turn of the loop."""
        due, self.due = self.due, []
        for client in due:
            client.write_ready()

    def forget(self, client: Client, peer: bytes) -> None:
        """Hold a client no more."""
        self.clients.discard(client)
        if peer in self.peers:
            self.peers[peer] -= 1
            if not self.peers[peer]:
                del self.peers[peer]
        if not self.clients:
            self.on_empty()
