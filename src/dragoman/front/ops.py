"""What those who run the gateway ask it: whether it is alive and ready, how much it did.

A listener of its own, never the public one.  Knows no core: it is given functions that answer.
"""

import socket
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from dragoman.front.listener import Limits, Listener
from dragoman.front.metrics import Exposition, Samples
from dragoman.front.paths import fold
from dragoman.front.shared import Respond
from dragoman.protocols.http import Request, Response

# Few ask here, and none of them sends much; but a queue of scrapers must not become a leak.
LIMITS = Limits(
    target_octets=4_096, header_octets=8_192, body_octets=0, pipelined=4, connections=100
)


class Ops:
    """The listener for probes, Prometheus and the commands that ask a running gateway."""

    def __init__(
        self,
        samples: Samples,
        readiness: Callable[[], Sequence[str]],
        status: Callable[[], Any],
    ) -> None:
        """Take what is asked: numbers, the reasons not to be ready, the whole state as a value."""
        self._exposition = Exposition(samples)
        self._readiness = readiness
        self._status = status
        self._listener = Listener(self._serve, LIMITS)
        self._pages: dict[str, Callable[[Request], Response]] = {
            "/": self._index,
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/metrics": self._metrics,
            "/status.json": self._status_json,
        }

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._listener.port

    async def start(self, host: str, port: int) -> None:
        """Listen."""
        await self._listener.start(host, port)

    async def adopt(self, sock: socket.socket) -> None:
        """Listen on a socket that is bound already."""
        await self._listener.adopt(sock)

    async def stop(self) -> None:
        """Listen no more."""
        await self._listener.drain(0.5)

    def _serve(self, request: Request, respond: Respond) -> None:
        page = self._pages.get(fold(request.path))
        respond(page(request) if page else Response(404, b"404 Not Found\n"))

    def _index(self, _request: Request) -> Response:
        return Response(200, "".join(f"{path}\n" for path in self._pages if path != "/").encode())

    def _healthz(self, _request: Request) -> Response:
        """Say that the event loop turns; whether it can do its work is readiness."""
        return Response(200, b"alive\n")

    def _readyz(self, _request: Request) -> Response:
        reasons = self._readiness()
        if not reasons:
            return Response(200, b"ready\n")
        return Response(503, "".join(f"{reason}\n" for reason in reasons).encode())

    def _metrics(self, request: Request) -> Response:
        page, content_type = self._exposition.render(request.headers.get("accept", ""))
        return Response(200, page, content_type)

    def _status_json(self, _request: Request) -> Response:
        return Response(200, msgspec.json.encode(self._status()), "application/json")
