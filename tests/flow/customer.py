"""A plain HTTP/1.1 client: what a customer's program is, without a library's help."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

TIMEOUT_S = 30.0


class Answer(NamedTuple):
    """One whole answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class Customer:
    """One connection, kept for all requests; requests may be pipelined."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Ask and wait for the answer."""
        self.write(request(method, target, headers or {}, body))
        return await self.answer()

    async def get(self, target: str) -> Answer:
        return await self.ask("GET", target)

    async def post_json(self, target: str, fields: object) -> Answer:
        body = json.dumps(fields).encode()
        return await self.ask("POST", target, {"content-type": "application/json"}, body)

    async def send(
        self, recipients: str | Sequence[str], message: str = "Hello", **fields: object
    ) -> list[int]:
        """Send as a customer of Itec does; give the ids of the messages."""
        return ids_of(await self.post_json(SEND, itec(recipients, message, **fields)))

    def write(self, octets: bytes) -> None:
        """Write octets as they are."""
        self.writer.write(octets)

    async def answer(self) -> Answer:
        """Wait for the next answer."""
        async with asyncio.timeout(TIMEOUT_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status_line, *lines = head.split("\r\n")[:-2]
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(status_line.split()[1]), headers, body)

    async def rest(self) -> bytes:
        """Wait until the gateway closes; give what it still wrote."""
        async with asyncio.timeout(TIMEOUT_S):
            return await self.reader.read()


SEND = "/itec/api/sendsms"


def itec(recipients: str | Sequence[str], message: str, **fields: object) -> dict[str, object]:
    """Give the fields of a request to Itec's interface."""
    to = recipients if isinstance(recipients, str) else list(recipients)
    login = {"username": "alice", "password": "secret"}
    return {**login, "recipients": to, "sender": "Dragoman", "message": message, **fields}


def ids_of(answer: Answer) -> list[int]:
    """Give the message ids of a success of Itec's interface."""
    said: Any = json.loads(answer.body)
    assert answer.status == 200, answer
    assert said["success"] is True, said
    return [entry["messageid"] for entry in said["details"] if entry["status"] == "P"]


def request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Give the octets of a request."""
    lines = [f"{method} {target} HTTP/1.1", "host: gateway.test"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method == "POST":
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@asynccontextmanager
async def customer(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Customer]:
    """Connect to a gateway, over TLS if there is a context for it."""
    name = "localhost" if tls else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    try:
        yield Customer(reader, writer)
    finally:
        writer.close()
