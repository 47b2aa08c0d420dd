"""The HTTP listener: a port, its connections, and the one timer that they share.

Knows no vendor: `handler` is called with each request and a function that takes its answer.
A framework would cost more than all the rest of a message's way, hence a bare protocol
(docs/adr/0005).
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from dragoman.config import ConfigError, Http
from dragoman.front.access_log import AccessLog
from dragoman.front.connection import Connection
from dragoman.front.peers import TrustedProxies
from dragoman.front.replies import refusal
from dragoman.front.shared import Counts, Handler, Limits, OnError, OnGone, Respond, Shared
from dragoman.protocols.http import Request, Response

__all__ = [
    "Counts",
    "Handler",
    "Limits",
    "Listener",
    "Respond",
    "listener_for",
    "tls_context",
    "tls_for",
]

log = logging.getLogger(__name__)

BACKLOG = 1_024  # connections that the kernel completes while we are busy


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Give the context to serve https with a certificate chain and its key, both PEM.

    Raises OSError (ssl.SSLError is one) when they cannot be read or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def tls_for(http: Http) -> ssl.SSLContext | None:
    """Give the context that the settings ask for, None for plain HTTP.

    Raises ConfigError when the certificate cannot be used.
    """
    if not http.certificate:
        return None
    try:
        return tls_context(Path(http.certificate), Path(http.key))
    except ssl.SSLError as error:
        raise ConfigError(
            f"http.certificate {http.certificate} and http.key {http.key}: they must be PEM files"
            f" that belong together ({error.reason or error})"
        ) from error
    except OSError as error:
        file = http.key if Path(http.certificate).is_file() else http.certificate
        name = "http.key" if file == http.key else "http.certificate"
        raise ConfigError(f"{name} {file} cannot be read: {error.strerror}") from error


def listener_for(
    http: Http,
    handler: Handler,
    *,
    on_error: OnError,
    on_gone: OnGone | None = None,
    access_log: AccessLog | None = None,
    most_body: Callable[[], int] | None = None,
) -> "Listener":
    """Give the listener that the settings ask for, not started.

    `most_body` gives the octets that a body may have at the moment, in place of the settings'.
    Raises ConfigError when the certificate cannot be used.
    """
    limits = Limits(
        target_octets=http.max_line,
        body_octets=http.max_body,
        pipelined=http.max_pipelined,
        connections=http.max_connections,
        connections_per_address=http.max_connections_per_address,
        header_timeout_s=http.header_timeout_s,
        body_timeout_s=http.body_timeout_s,
        idle_timeout_s=http.idle_timeout_s,
        write_timeout_s=http.write_timeout_s,
    )
    proxies = TrustedProxies(http.trusted_proxies) if http.trusted_proxies else None
    return Listener(
        handler,
        limits,
        on_error=on_error,
        on_gone=on_gone,
        access_log=access_log,
        tls=tls_for(http),
        proxies=proxies,
        most_body=most_body,
    )


def listen_on(host: str, port: int) -> socket.socket:
    """Bind an address; an empty host is every address of this machine, of both families.

    Raises OSError when it cannot be had.
    """
    if host:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    dual = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual else socket.AF_INET
    return socket.create_server(("", port), family=family, backlog=BACKLOG, dualstack_ipv6=dual)


class Listener:
    """One port.  `async with` starts nothing; it drains at the end."""

    def __init__(
        self,
        handler: Handler,
        limits: Limits | None = None,
        *,
        on_error: OnError | None = None,
        on_gone: OnGone | None = None,
        access_log: AccessLog | None = None,
        tls: ssl.SSLContext | None = None,
        proxies: TrustedProxies | None = None,
        clock: Callable[[], float] | None = None,
        most_body: Callable[[], int] | None = None,
    ) -> None:
        """Make a listener; `clock` gives monotonic seconds, the event loop's if not given."""
        self._loop = asyncio.get_running_loop()
        self._limits = limits or Limits()
        self._tls = tls
        self._shared = Shared(
            handler=handler,
            limits=self._limits,
            on_error=on_error or _internal_error,
            access_log=access_log,
            proxies=proxies,
            clock=clock or self._loop.time,
        )
        if on_gone is not None:
            self._shared.on_gone = on_gone
        if most_body is not None:
            self._shared.most_body = most_body
        self._shared.write_soon = lambda: self._loop.call_soon(self._shared.write_due)
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.port = 0

    @property
    def counts(self) -> Counts:
        """What was seen since the start."""
        return self._shared.counts

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._shared.clients)

    def samples(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """Give what was seen as metrics: name, labels, value."""
        counts = self.counts
        yield "dragoman_http_connections_open", {}, self.connections
        yield "dragoman_http_connections_total", {}, counts.accepted
        yield "dragoman_http_requests_total", {}, counts.requests
        yield "dragoman_http_unreadable_total", {}, counts.unreadable
        yield "dragoman_http_timed_out_total", {}, counts.timed_out
        yield "dragoman_http_turned_away_total", {}, counts.turned_away

    async def start(self, host: str, port: int) -> None:
        """Listen; `port` 0 takes a free one.  Raises OSError when the address cannot be had."""
        await self.adopt(listen_on(host, port))

    async def adopt(self, sock: socket.socket) -> None:
        """Listen on a socket that is bound already, and that other processes may share."""
        self._server = await self._loop.create_server(
            lambda: Connection(self._shared),
            sock=sock,
            backlog=BACKLOG,
            ssl=self._tls,
            ssl_handshake_timeout=self._limits.header_timeout_s if self._tls else None,
            ssl_shutdown_timeout=self._limits.linger_s if self._tls else None,
        )
        self.port = int(self._server.sockets[0].getsockname()[1])
        self._shared.draining = False
        self._wind()

    async def drain(self, grace_s: float) -> None:
        """Accept nobody, let requests that are under way finish for `grace_s`, close the rest."""
        shared = self._shared
        shared.draining = True
        if self._server is not None:
            self._server.close()
            self._server = None
        emptied = asyncio.Event()
        shared.on_empty = emptied.set
        for client in tuple(shared.clients):
            client.drain()
        try:
            if shared.clients:
                async with asyncio.timeout(grace_s):
                    await emptied.wait()
        except TimeoutError:
            log.warning("%d connections closed before their answers", len(shared.clients))
        finally:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            for client in tuple(shared.clients):
                client.abort()

    def sweep(self) -> None:
        """Look at every connection's deadline; the timer does it a few times a second."""
        now = self._shared.now = self._shared.clock()
        for client in tuple(self._shared.clients):
            client.sweep(now)
        if self._shared.access_log is not None:
            self._shared.access_log.flush()

    def _wind(self) -> None:
        """Sweep once now and then: one timer, however many connections there are."""
        limits = self._limits
        shortest_s = min(limits.header_timeout_s, limits.idle_timeout_s, limits.linger_s)
        self.sweep()
        self._timer = self._loop.call_later(max(0.02, min(1.0, shortest_s / 4)), self._wind)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.drain(0)


def _internal_error(_request: Request, _error: Exception) -> Response:
    return refusal(500)
