"""A customer's web server, which takes what it is told to, and can fail in every way."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status} Word", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class Heard:
    """One call, as it came."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return self.headers["x-dragoman-event"]


@dataclass
class Endpoint:
    """`answers` are used up one by one, then all is well; None hangs up without a word."""

    answers: list[bytes | None] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    taken: list[Heard] = field(default_factory=list)  # those answered well
    port: int = 0
    drip_s: float = 0.0  # between the octets of an answer
    is_silent: bool = False
    cuts: bool = False  # hangs up after what it wrote
    connections: int = 0
    default: bytes | None = OK
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        try:
            while True:
                heard = await read(reader)
                if heard is None:
                    break
                self.heard.append(heard)
                if not await self._answer(heard, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def _answer(self, heard: Heard, writer: asyncio.StreamWriter) -> bool:
        given = self.answers.pop(0) if self.answers else self.default
        self.changed.set()
        if self.is_silent:
            await asyncio.sleep(3600)
        if given is None:
            writer.transport.abort()
            return False
        for octet in [given] if not self.drip_s else [bytes([o]) for o in given]:
            writer.write(octet)
            await writer.drain()
            await asyncio.sleep(self.drip_s)
        if self.cuts:
            return False
        if given.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
            self.taken.append(heard)
        self.changed.set()
        return True

    async def until(self, count: int, timeout_s: float = 20.0) -> list[Heard]:
        """Wait until so many calls were answered well."""
        await self.until_holds(lambda: len(self.taken) >= count, timeout_s)
        return self.taken

    async def until_holds(self, holds: Callable[[], bool], timeout_s: float = 20.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


async def read(reader: asyncio.StreamReader) -> Heard | None:
    """Read one request; None where the caller has hung up."""
    head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not head:
        return None
    line, *rest = head.decode("latin-1").split("\r\n")
    headers = {}
    for each in rest:
        name, _, value = each.partition(": ")
        headers[name.lower()] = value
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Heard(line, {k: v for k, v in headers.items() if k}, body)


@asynccontextmanager
async def endpoint(
    *answers: bytes | None, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Endpoint]:
    """Give an endpoint that listens on loopback."""
    one = Endpoint(answers=list(answers))
    server = await asyncio.start_server(one.serve, "127.0.0.1", port, ssl=tls)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        for writer in list(one.writers):
            writer.transport.abort()
