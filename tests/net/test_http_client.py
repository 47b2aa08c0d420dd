"""The client of callbacks against servers as they are: over real sockets, octet by octet."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from dragoman.net.http_client import CallFailed, HttpClient
from dragoman.protocols.http import Request

POST = Request("POST", "/in", body=b"a=1")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@asynccontextmanager
async def server(
    act: Act, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[int]:
    """Let a server act on each connection; gives its port."""
    acting: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        acting.add(task)
        try:
            await act(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    listening = await asyncio.start_server(serve, host, port, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for task in acting:
            task.cancel()
        await asyncio.gather(*acting, return_exceptions=True)


def client(names: dict[str, list[str]] | None = None, **options: Any) -> HttpClient:
    """Give a client for which names mean what a test says."""

    async def resolve(host: str) -> list[str]:
        return list((names or {}).get(host, [host]))

    settings: dict[str, Any] = {
        "tls": ssl.create_default_context(),
        "allow_private": lambda: True,
        "timeout_s": 0.5,
    }
    return HttpClient(resolve, **{**settings, **options})


async def asked(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\na=1")


def saying(*chunks: bytes, then: Act | None = None) -> Act:
    """Give a server that answers each call with these octets, one write for each."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await asked(reader)
            for chunk in chunks:
                writer.write(chunk)
                await writer.drain()
            if then is not None:
                await then(reader, writer)
                return

    return act


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


ANSWERS: dict[str, tuple[Act, int]] = {
    "plain": (saying(OK), 200),
    "octet by octet": (saying(*(bytes([octet]) for octet in OK)), 200),
    "in chunks": (
        saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"2\r\nOK\r\n0\r\n\r\n"),
        200,
    ),
    "until it hangs up": (saying(b"HTTP/1.0 202 Fine\r\n\r\nthanks", then=leave), 202),
    "a hint before": (saying(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", OK), 200),
    "continue before": (saying(b"HTTP/1.1 100 Continue\r\n\r\n", OK), 200),
    "without a body": (saying(b"HTTP/1.1 204 No Content\r\n\r\n"), 204),
    "a body that never ends": (
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nthank", then=hang),
        200,
    ),
    "a body of gigabytes": (
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", *[bytes(1 << 16)] * 20),
        200,
    ),
    "a redirect": (
        saying(b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"),
        302,
    ),
}


@pytest.mark.parametrize(("act", "status"), ANSWERS.values(), ids=ANSWERS)
async def test_an_answer(act: Act, status: int) -> None:
    """The status is all that counts, twice in a row."""
    async with server(act) as port:
        caller = client()
        for _ in range(2):
            assert await caller.call(f"http://127.0.0.1:{port}/in", POST) == status
        caller.close()


FAILURES: dict[str, tuple[Act, str, bool]] = {
    "not a word": (hang, "no answer in time", True),
    "hangs up at once": (leave, "the connection was closed before an answer", True),
    "half a head": (
        saying(b"HTTP/1.1 200 OK\r\nContent-", then=leave),
        "the connection was lost within the answer",
        True,
    ),
    "no HTTP": (saying(b"220 mail.example.com ESMTP\r\n\r\n"), "not an HTTP answer", False),
    "a head without end": (
        saying(b"HTTP/1.1 200 OK\r\n", *[b"X: " + b"y" * 4096 + b"\r\n"] * 20, then=hang),
        "no answer in time",
        True,
    ),
}


@pytest.mark.parametrize(("act", "why", "is_down"), FAILURES.values(), ids=FAILURES)
async def test_no_answer(act: Act, why: str, is_down: bool) -> None:
    async with server(act) as port:
        with pytest.raises(CallFailed, match=why) as failed:
            await client().call(f"http://127.0.0.1:{port}/in", POST)
        assert failed.value.is_down is is_down


async def test_nobody_listens() -> None:
    async with server(hang) as port:
        pass
    with pytest.raises(CallFailed, match="cannot connect"):
        await client().call(f"http://127.0.0.1:{port}/", POST)


async def test_no_tls_at_a_port_for_tls() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await hang(reader, writer)

    for act, why in ((greet, "cannot connect"), (hang, "no connection in time")):
        async with server(act) as port:
            with pytest.raises(CallFailed, match=why) as failed:
                await client().call(f"https://127.0.0.1:{port}/in", POST)
            assert failed.value.is_down


async def test_a_certificate_for_another_name() -> None:
    """Of an authority that is trusted, but for another host: nothing is said to it."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("good.example").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    heard: list[bytes] = []

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await asked(reader))
        writer.write(OK)
        await writer.drain()

    names = {"good.example": ["127.0.0.1"], "evil.example": ["127.0.0.1"]}
    async with server(act, context) as port:
        caller = client(names, tls=trusting)
        with pytest.raises(CallFailed, match="certificate"):
            await caller.call(f"https://evil.example:{port}/in", POST)
        assert heard == []
        assert await caller.call(f"https://good.example:{port}/in", POST) == 200
        assert heard[0].startswith(b"POST /in HTTP/1.1\r\nHost: good.example:%d\r\n" % port)
        caller.close()


async def test_one_connection_for_many_calls_and_another_when_it_was_closed() -> None:
    connections: list[asyncio.StreamWriter] = []

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        for _ in range(3):
            await asked(reader)
            writer.write(OK)

    async with server(act) as port:
        caller = client()
        for _ in range(7):  # the server leaves after three, without a word
            assert await caller.call(f"http://127.0.0.1:{port}/in", POST) == 200
        assert len(connections) == 3
        caller.close()


async def test_a_name_that_means_another_machine_a_moment_later() -> None:
    """It is looked up for each connection, once, and connected to is what was judged."""
    answers = [["127.0.0.1"], ["10.0.0.1", "::1"], ["127.0.0.1"]]
    asked_for: list[str] = []

    async def resolve(host: str) -> list[str]:
        asked_for.append(host)
        return answers.pop(0)

    allowed = [True]
    async with server(saying(OK, then=leave)) as port:
        caller = HttpClient(
            resolve, tls=ssl.create_default_context(), allow_private=lambda: allowed[0]
        )
        url = f"http://rebind.example:{port}/in"
        assert await caller.call(url, POST) == 200
        allowed[0] = False
        for _ in range(2):
            with pytest.raises(CallFailed, match="a private address"):
                await caller.call(url, POST)
    assert asked_for == ["rebind.example"] * 3


async def test_an_address_that_swallows_everything_leaves_time_for_the_next() -> None:
    """The first of two never shakes hands; the second is told within the time of one call."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("two.example").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with (
        server(saying(OK), context) as port,
        server(hang, host="127.0.0.2", port=port),
    ):
        names = {"two.example": ["127.0.0.2", "127.0.0.1"]}
        caller = client(names, tls=trusting, timeout_s=1.0)
        assert await caller.call(f"https://two.example:{port}/in", POST) == 200
        caller.close()


async def test_private_places_that_are_not_allowed_any_more() -> None:
    """A connection that is kept from before the operator changed his mind is not used."""
    allowed = [True]
    async with server(saying(OK)) as port:
        caller = client(allow_private=lambda: allowed[0])
        assert await caller.call(f"http://127.0.0.1:{port}/in", POST) == 200
        allowed[0] = False
        with pytest.raises(CallFailed, match="a private address"):
            await caller.call(f"http://127.0.0.1:{port}/in", POST)


NO_ADDRESSES = ("", "ftp://h/", "http://", "http:///x", "//h/x", "http://[half/", "http://h:x/")


@pytest.mark.parametrize("url", NO_ADDRESSES)
async def test_no_address_at_all(url: str) -> None:
    with pytest.raises(CallFailed, match="not an http or https address") as failed:
        await client().call(url, POST)
    assert not failed.value.is_down
