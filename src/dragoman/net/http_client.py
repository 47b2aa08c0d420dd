"""A lean HTTP/1.1 client: kept connections, one call at a time on each, only the status counts.

Knows no customer and decides no retry.  Redirects are not followed, bodies are read and thrown
away, no proxy is asked.  A full client costs the event loop twice as much (docs/performance.md).
Sources: RFC 9110, RFC 9112; parsing by httptools.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import cast
from urllib.parse import unquote, urlsplit

import httptools
import msgspec

from dragoman import __version__
from dragoman.net.reach import Resolve, is_public
from dragoman.protocols.http import Request, render_basic

IDLE_S = 30.0  # how long a connection that nobody needs is kept
BODY_OCTETS = 1 << 20  # of an answer at most; whoever sends more is hung up on
HEAD_OCTETS = 1 << 16


class CallFailed(Exception):
    """A call brought no answer; the words say why, `is_down` that the far end is not there."""

    def __init__(self, why: str, *, is_down: bool = True) -> None:
        super().__init__(why)
        self.is_down = is_down


class Place(msgspec.Struct, frozen=True):
    """Where connections of one pool lead."""

    is_tls: bool
    host: str  # as DNS knows it
    port: int


def place_of(url: str) -> tuple[Place, str, str]:
    """Give where an address leads, its Host header, and its Basic log-in if it holds one.

    Raises CallFailed for an address that cannot be called.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except (ValueError, UnicodeError):
        host, parts, port = "", urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not host:
        raise CallFailed("not an http or https address", is_down=False)
    is_tls = parts.scheme == "https"
    shown = f"[{host}]" if ":" in host else host
    login = ""
    if parts.username is not None:
        login = render_basic(unquote(parts.username), unquote(parts.password or "").encode())
    named = f"{shown}:{port}" if port is not None else shown
    return Place(is_tls, host, port or (443 if is_tls else 80)), named, login


class HttpClient:
    """Calls addresses; connections are kept between calls to the same place."""

    def __init__(
        self,
        resolve: Resolve,
        *,
        tls: ssl.SSLContext,
        allow_private: Callable[[], bool],
        timeout_s: float = 10.0,
    ) -> None:
        """Take how names are looked up, whom to trust, and whether private places are allowed."""
        self._resolve = resolve
        self._tls = tls
        self._allow_private = allow_private
        self._timeout_s = timeout_s
        self._idle: dict[Place, list[_Connection]] = {}

    async def call(self, url: str, request: Request) -> int:
        """Make one call and give the status of its answer; raises CallFailed if there is none."""
        place, named, login = place_of(url)
        octets = _render(request, named, login)
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + self._timeout_s
        while (connection := self._kept(place)) is not None:
            try:
                return await self._ask(connection, place, octets, deadline_s)
            except _Stale:  # it was closed while nobody looked; nothing of the call was answered
                continue
        connection = await self._connect(place, deadline_s)
        try:
            return await self._ask(connection, place, octets, deadline_s)
        except _Stale:
            raise CallFailed("the connection was closed before an answer") from None

    def close(self) -> None:
        """Close what is kept."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    def _kept(self, place: Place) -> "_Connection | None":
        """Give a kept connection that still stands and is still allowed."""
        connections = self._idle.get(place, [])
        oldest_s = asyncio.get_running_loop().time() - IDLE_S
        while connections:
            connection = connections.pop()
            is_allowed = connection.is_public or self._allow_private()
            if connection.is_open and connection.idle_since_s > oldest_s and is_allowed:
                return connection
            connection.close()
        return None

    async def _ask(
        self, connection: "_Connection", place: Place, octets: bytes, deadline_s: float
    ) -> int:
        status = await connection.ask(octets, deadline_s)
        if connection.is_open:
            connection.idle_since_s = asyncio.get_running_loop().time()
            self._idle.setdefault(place, []).append(connection)
        return status

    async def _connect(self, place: Place, deadline_s: float) -> "_Connection":
        try:
            async with asyncio.timeout_at(deadline_s):
                return await self._open(place, deadline_s)
        except TimeoutError:
            raise CallFailed("no connection in time") from None

    async def _open(self, place: Place, deadline_s: float) -> "_Connection":
        """Connect to an address of the place that was checked, and to no other."""
        try:
            addresses = await self._resolve(place.host)
        except (OSError, UnicodeError) as error:
            raise CallFailed(f"no address for the name ({_words(error)})") from None
        allowed = [a for a in addresses if self._allow_private() or is_public(a)]
        if not allowed:
            raise CallFailed("a private address; gateway.callback_private allows those")
        loop = asyncio.get_running_loop()
        last: OSError | None = None
        for left, address in zip(range(len(allowed), 0, -1), allowed, strict=True):
            # An address that swallows everything, as IPv6 often does, leaves time for the next.
            share_s = (deadline_s - loop.time()) / left
            try:
                async with asyncio.timeout(share_s if left > 1 else None):
                    return await self._open_at(place, address)
            except ssl.SSLCertVerificationError as error:
                raise CallFailed(f"certificate: {error.verify_message}") from None
            except OSError as error:  # TimeoutError is one
                last = error
        raise CallFailed(f"cannot connect ({_words(last)})") from None

    async def _open_at(self, place: Place, address: str) -> "_Connection":
        _, protocol = await asyncio.get_running_loop().create_connection(
            lambda: _Connection(is_public(address)),
            address,
            place.port,
            ssl=self._tls if place.is_tls else None,
            server_hostname=place.host if place.is_tls else None,
        )
        return protocol

    def sweep(self) -> None:
        """Close what nobody has needed for a while."""
        oldest_s = asyncio.get_running_loop().time() - IDLE_S
        for place, connections in list(self._idle.items()):
            kept = [c for c in connections if c.is_open and c.idle_since_s > oldest_s]
            for connection in connections:
                if connection not in kept:
                    connection.close()
            if kept:
                self._idle[place] = kept
            else:
                del self._idle[place]


def _words(error: Exception | None) -> str:
    """Give the system's words without what asyncio puts around them."""
    words = getattr(error, "strerror", None) or str(error)
    return words if isinstance(words, str) else type(error).__name__


def _render(request: Request, named: str, login: str) -> bytes:
    target = f"{request.path}?{request.query.decode()}" if request.query else request.path
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {named}", _AGENT]
    if login and "authorization" not in request.headers:
        lines.append(f"Authorization: {login}")
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    if request.body or request.method == "POST":
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + request.body


_AGENT = f"User-Agent: dragoman/{__version__}\r\nAccept: */*"


class _Stale(Exception):
    """The connection ended before the first octet of an answer."""


class _Connection(asyncio.Protocol):
    """One connection: a call, its answer, and then perhaps the next call."""

    def __init__(self, is_public: bool) -> None:  # noqa: FBT001
        self.is_public = is_public
        self.is_open = False
        self.idle_since_s = 0.0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._status = 0  # of the answer that is being read
        self._octets = 0
        self._has_begun = False

    # What the client asks.

    def ask(self, octets: bytes, deadline_s: float) -> asyncio.Future[int]:
        """Write a call; the answer's status comes, or the reason why none does."""
        loop = asyncio.get_running_loop()
        answer = self._answer = loop.create_future()
        self._status = self._octets = 0
        self._has_begun = False
        if self._transport is None or not self.is_open:
            answer.set_exception(_Stale())
            return answer
        self._transport.write(octets)
        timer = loop.call_at(deadline_s, self._late)
        answer.add_done_callback(lambda _: timer.cancel())
        return answer

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    # What the transport tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.close()  # it speaks without being asked
            return
        self._has_begun = True
        self._octets += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"not an HTTP answer ({error})")
        else:
            if self._octets > (BODY_OCTETS if self._status else HEAD_OCTETS):
                self._end()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        answer = self._answer
        if answer is None or answer.done():
            return
        if self._status:
            answer.set_result(self._status)  # a body without a length ends so
        elif self._has_begun:
            answer.set_exception(CallFailed("the connection was lost within the answer"))
        else:
            answer.set_exception(_Stale())

    # What the parser finds.

    def on_headers_complete(self) -> None:
        status = int(self._parser.get_status_code())
        self._status = status if status >= 200 else 0

    def on_message_complete(self) -> None:
        if not self._status:
            return  # 100 Continue, 103 Early Hints: the answer is still to come
        if not self._parser.should_keep_alive():
            self.close()
        answer = self._answer
        if answer is not None and not answer.done():
            answer.set_result(self._status)

    # How a call ends early.

    def _late(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._end()

    def _end(self) -> None:
        """Hang up; where the status is known it counts, however long its body goes on."""
        answer = self._answer
        self.close()
        if answer is None or answer.done():
            return
        if self._status:
            answer.set_result(self._status)
        else:
            answer.set_exception(CallFailed("no answer in time"))

    def _fail(self, why: str) -> None:
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(CallFailed(why, is_down=False))
