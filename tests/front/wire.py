"""A connection without a socket: what the event loop would do, one step at a time."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from dragoman.front.access_log import AccessLog
from dragoman.front.connection import Connection
from dragoman.front.peers import TrustedProxies
from dragoman.front.replies import refusal
from dragoman.front.shared import Handler, Limits, OnError, Respond, Shared
from dragoman.protocols.http import Request, Response


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class Desk:
    """A handler that keeps the requests; they are answered when the test says so."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.waiting: list[Respond] = []

    def __call__(self, request: Request, respond: Respond) -> None:
        self.requests.append(request)
        self.waiting.append(respond)


def echo(request: Request, respond: Respond) -> None:
    """Answer at once with all that was understood."""
    respond(Response(200, f"{request.method} {request.path}\n".encode() + request.body))


def make_shared(
    handler: Handler = echo,
    limits: Limits | None = None,
    *,
    clock: Callable[[], float] | None = None,
    on_error: OnError = lambda _request, _error: refusal(500),
    access_log: AccessLog | None = None,
    proxies: TrustedProxies | None = None,
) -> Shared:
    """Give what a listener would share among its connections."""
    return Shared(handler, limits or Limits(), on_error, access_log, proxies, clock or Clock())


class Wire(asyncio.Transport):
    """The transport of one connection; `send` is the client's, `sent` is what it gets."""

    def __init__(self, shared: Shared, peer: str = "127.0.0.1") -> None:
        super().__init__({"peername": (peer, 50_000)})
        self.sent = b""
        self.unsent_octets = 0
        self.is_paused = False
        self.is_eof = False
        self.state = "open"
        self._arrived = bytearray()
        self.shared = shared
        self.connection = Connection(shared)
        self.connection.connection_made(self)

    def send(self, data: bytes, piece_octets: int = 65_536) -> bytes:
        """Have octets arrive, so many at once; give what the client got for them."""
        before = len(self.sent)
        self._arrived += data
        while self._arrived and self.state == "open" and not self.is_paused:
            buffer = self.connection.get_buffer(-1)
            piece = self._arrived[: min(piece_octets, len(buffer))]
            del self._arrived[: len(piece)]
            buffer[: len(piece)] = piece
            self.connection.buffer_updated(len(piece))
        return self.sent[before:]

    def send_eof(self) -> None:
        """Have the client close its half."""
        if not self.connection.eof_received():
            self.close()

    def turn(self) -> None:
        """Do what the listener does at the end of each turn of the loop."""
        self.shared.write_due()

    def lose(self) -> None:
        """End the connection as the event loop does."""
        self.state = "lost"
        self.connection.connection_lost(None)

    @property
    def unread_octets(self) -> int:
        """What the client has sent and we have not taken off the socket."""
        return len(self._arrived)

    def write(self, data: Any) -> None:
        assert not self.is_eof
        if self.state == "open":
            self.sent += data

    def write_eof(self) -> None:
        self.is_eof = True

    def close(self) -> None:
        if self.state == "open":
            self.state = "closed"

    def abort(self) -> None:
        self.state = "aborted"

    def is_closing(self) -> bool:
        return self.state != "open"

    def pause_reading(self) -> None:
        assert not self.is_paused
        self.is_paused = True

    def resume_reading(self) -> None:
        assert self.is_paused
        self.is_paused = False

    def get_write_buffer_size(self) -> int:
        return self.unsent_octets


def answer(body: str, ending: str = "", status: str = "200 OK", allow: str = "") -> bytes:
    """Give a whole answer as `echo` and the listener write it."""
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Cache-Control: no-store\r\n{allow}Content-Length: {len(body.encode())}\r\n"
        f"{ending}\r\n{body}"
    ).encode()


CLOSES = "Connection: close\r\n"
STAYS = "Connection: keep-alive\r\n"


def refused(status: int, ending: str = CLOSES) -> bytes:
    """Give the listener's own answer; by default it closes."""
    words = f"{status} {HTTPStatus(status).phrase}"
    if status == 405:
        return answer("", ending, words, "Allow: GET, POST\r\n")
    return answer(f"{words}\n", ending, words)


GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def post(fields: bytes, body: bytes = b"") -> bytes:
    """Give a POST with further fields."""
    return b"POST /p HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n" + body


def numbered(*numbers: int) -> bytes:
    """Give requests that can be told apart."""
    return b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % number for number in numbers)


def ready(*numbers: int) -> bytes:
    """Give answers that can be told apart."""
    return b"".join(answer(str(number)) for number in numbers)
