"""The listener over real sockets, asked by other people's clients and by rude ones."""

import asyncio
import gc
import http.client
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
import trustme

from dragoman.config import ConfigError, Http
from dragoman.front.connection import Connection, Turn
from dragoman.front.intake import Intake
from dragoman.front.listener import Limits, Listener, Respond, listener_for, tls_context
from dragoman.protocols.http import Request, Response
from tests.front.wire import CLOSES, answer, echo, refused


@asynccontextmanager
async def listening(*args: Any, **named: Any) -> AsyncIterator[Listener]:
    listener = Listener(*(args or (echo,)), **named)
    await listener.start("127.0.0.1", 0)
    async with listener:
        yield listener


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(30):
            await story()

    asyncio.run(in_time())


async def say(port: int, octets: bytes) -> bytes:
    """Send octets and give all that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    got = await reader.read()
    writer.close()
    return got


LAST = b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n"
LAST_ANSWER = answer("GET /last\n", CLOSES)


def later(request: Request, respond: Respond) -> None:
    """Answer in a later turn of the loop, the even paths sooner than the odd ones."""
    loop = asyncio.get_running_loop()
    answered = Response(200, f"{request.method} {request.path}\n".encode() + request.body)
    delay_s = 0.001 if request.path[-1] in "02468" else 0.002
    loop.call_later(delay_s, respond, answered)


def test_pipelined_requests_are_answered_in_order() -> None:
    async def story() -> None:
        async with listening(later) as listener:
            asked = b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % number for number in range(200))
            expected = b"".join(answer(f"GET /{number}\n") for number in range(200))
            assert await say(listener.port, asked + LAST) == expected + LAST_ANSWER

    run(story)


def test_http_client_keeps_its_connection() -> None:
    def ask(port: int) -> list[tuple[int, bytes]]:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        got = []
        for number in range(3):
            connection.request("POST", f"/{number}", b"x" * number, {"X-A": "b"})
            reply = connection.getresponse()
            got.append((reply.status, reply.read()))
            assert connection.sock is not None
        connection.request("HEAD", "/")
        reply = connection.getresponse()
        got.append((reply.status, reply.read()))
        connection.close()
        return got

    async def story() -> None:
        async with listening(later) as listener:
            assert await asyncio.to_thread(ask, listener.port) == [
                (200, b"POST /0\n"),
                (200, b"POST /1\nx"),
                (200, b"POST /2\nxx"),
                (405, b""),
            ]
            assert listener.counts.accepted == 1

    run(story)


def test_requests_and_aiohttp_are_served() -> None:
    def ask(port: int) -> str:
        with requests.Session() as session:
            form = {"text": "é" * 1_000}
            return session.post(f"http://127.0.0.1:{port}/a", data=form, timeout=10).text

    async def story() -> None:
        async with listening() as listener, aiohttp.ClientSession() as session:
            assert (
                await asyncio.to_thread(ask, listener.port) == "POST /a\ntext=" + "%C3%A9" * 1_000
            )

            async def chunks() -> AsyncIterator[bytes]:
                for _ in range(100):
                    yield b"x" * 5_000

            url = f"http://127.0.0.1:{listener.port}/b"
            async with session.post(url, data=chunks(), expect100=True) as reply:
                assert await reply.text() == "POST /b\n" + "x" * 500_000

    run(story)


def test_parameters_of_a_megabyte() -> None:
    """In a body they are served to the limit; in a line, or past it, refused and explained."""

    async def story() -> None:
        async with listening() as listener:
            body = b"text=" + b"x" * (1_048_576 - 5)
            head = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            fits = await say(listener.port, head % len(body) + body)
            assert fits == answer("POST /\n" + body.decode(), CLOSES)
            assert await say(listener.port, head % (len(body) + 1) + body + b"x") == refused(413)
            line = b"GET /?" + body + b" HTTP/1.1\r\n\r\n"
            assert await say(listener.port, line) == refused(414)

    run(story)


def test_a_line_of_64_kib_is_served() -> None:
    async def story() -> None:
        async with listening() as listener:
            line = b"GET /last?" + b"x" * (65_536 - 6) + b" HTTP/1.1\r\nConnection: close\r\n\r\n"
            assert await say(listener.port, line) == LAST_ANSWER

    run(story)


RUDE = {
    "nothing": b"",
    "half a line": b"GET /",
    "half a head": b"GET / HTTP/1.1\r\nHost",
    "half a body": b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc",
    "TLS to a port without": bytes.fromhex("16030100a5010000a10303") + os.urandom(160),
    "NULs": b"\0" * 100_000,
    "a megabyte of noise": os.urandom(1_000_000),
    "more pipelined than is read": b"GET / HTTP/1.1\r\n\r\n" * 20_000,
}


@pytest.mark.parametrize("octets", RUDE.values(), ids=RUDE)
@pytest.mark.parametrize("leaves", ["with a reset", "never"])
def test_pain_34_rude_clients_disturb_nobody(octets: bytes, leaves: str) -> None:
    """A stray scan or a client that stops midway is between it and its own connection."""

    async def story() -> None:
        async with listening(later) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(octets)
            assert await say(listener.port, LAST) == LAST_ANSWER
            if leaves == "with a reset":
                writer.transport.abort()
                assert await say(listener.port, LAST) == LAST_ANSWER
            assert await say(listener.port, LAST * 2) == LAST_ANSWER
            writer.transport.abort()
            del reader

    run(story)


def test_slow_clients_are_ended_by_the_one_timer() -> None:
    limits = Limits(header_timeout_s=0.1, body_timeout_s=0.1, idle_timeout_s=0.1, linger_s=0.1)

    async def story() -> None:
        async with listening(echo, limits) as listener:
            assert await say(listener.port, b"") == b""
            assert await say(listener.port, b"GET / HT") == refused(408)
            half = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"
            assert await say(listener.port, half) == refused(408)
            idle = b"GET / HTTP/1.1\r\n\r\n"
            assert await say(listener.port, idle) == answer("GET /\n")

    run(story)


def test_a_client_that_does_not_read_is_not_waited_for() -> None:
    """What waits for it is bounded, and after a time it is gone."""
    limits = Limits(write_timeout_s=0.2, linger_s=0.1)
    asked = 0

    def big(request: Request, respond: Respond) -> None:
        nonlocal asked
        asked += 1
        respond(Response(200, b"x" * 100_000))

    async def story() -> None:
        async with listening(big, limits) as listener:
            with socket.create_connection(("127.0.0.1", listener.port)) as client:
                client.setblocking(False)
                loop = asyncio.get_running_loop()
                flood = b"GET / HTTP/1.1\r\n\r\n" * 1_000_000
                with pytest.raises(ConnectionError):
                    await loop.sock_sendall(client, flood)
            assert asked < 1_000  # the rest stays in the kernel, and with the client
            assert listener.counts.timed_out == 1

    run(story)


def test_too_many_connections() -> None:
    async def story() -> None:
        async with listening(echo, Limits(connections=1)) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            expected = answer("GET /\n")
            assert await reader.readexactly(len(expected)) == expected
            assert await say(listener.port, b"") == refused(503)
            writer.close()
            assert await reader.read() == b""
            assert await say(listener.port, LAST) == LAST_ANSWER

    run(story)


def test_draining_waits_for_the_answers_that_are_owed() -> None:
    waiting: list[Respond] = []
    has_come = asyncio.Event()

    def keep(request: Request, respond: Respond) -> None:
        waiting.append(respond)
        has_come.set()

    async def story() -> None:
        listener = Listener(keep)
        await listener.start("127.0.0.1", 0)
        idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", listener.port)
        asked = asyncio.create_task(say(listener.port, b"GET / HTTP/1.1\r\n\r\n"))
        await has_come.wait()
        drained = asyncio.create_task(listener.drain(10))
        assert await idle_reader.read() == b""
        idle_writer.close()
        with pytest.raises(ConnectionRefusedError):
            await say(listener.port, LAST)
        assert not drained.done()
        waiting[0](Response(200, b"done"))
        assert await asked == answer("done", CLOSES)
        await drained
        assert listener.connections == 0

    run(story)


def test_draining_ends_when_its_grace_is_over(caplog: pytest.LogCaptureFixture) -> None:
    waiting: list[Respond] = []
    has_come = asyncio.Event()

    def keep(request: Request, respond: Respond) -> None:
        waiting.append(respond)
        has_come.set()

    async def story() -> None:
        listener = Listener(keep)
        await listener.start("127.0.0.1", 0)
        asked = asyncio.create_task(say(listener.port, b"GET / HTTP/1.1\r\n\r\n"))
        await has_come.wait()
        await listener.drain(0.05)
        assert await asked == b""
        waiting[0](Response(200, b"too late"))

    run(story)
    assert "1 connections closed before their answers" in caplog.text


def test_an_address_that_is_taken_is_an_error() -> None:
    async def story() -> None:
        async with listening() as listener:
            with pytest.raises(OSError, match="Address already in use"):
                await Listener(echo).start("127.0.0.1", listener.port)

    run(story)


def test_a_client_that_is_gone_leaves_nothing_behind() -> None:
    """Not even for the garbage collector, which hardly ever runs in a gateway."""

    def left() -> list[object]:
        kept = (Connection, Intake, Turn)
        return [thing for thing in gc.get_objects() if isinstance(thing, kept)]

    async def story() -> None:
        listener = Listener(later)
        await listener.start("127.0.0.1", 0)
        gc.collect()
        gc.disable()
        others = left()  # what other tests hold on to, and keeps its place while we do
        for octets in (LAST, b"GET / HTTP/1.1\r\n" * 5_000, b"nonsense", b"GET /\xff"):
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(octets)
            writer.write_eof()
            await reader.read()
            writer.close()
        assert listener.counts.accepted == 4
        await listener.drain(10)
        known = {id(other) for other in others}
        assert [thing for thing in left() if id(thing) not in known] == []

    try:
        run(story)
    finally:
        gc.enable()


def test_addresses_to_listen_on() -> None:
    async def ask(listens: str, asked: str) -> bytes:
        listener = Listener(echo)
        await listener.start(listens, 0)
        async with listener:
            reader, writer = await asyncio.open_connection(asked, listener.port)
            writer.write(LAST)
            got = await reader.read()
            writer.close()
            return got

    async def story() -> None:
        assert await ask("", "127.0.0.1") == LAST_ANSWER
        assert await ask("localhost", "127.0.0.1") == LAST_ANSWER
        if socket.has_dualstack_ipv6():
            assert await ask("", "::1") == LAST_ANSWER
            assert await ask("::1", "::1") == LAST_ANSWER

    run(story)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give a certificate for localhost and its key; their authority is in ca.pem beside."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    server = authority.issue_cert("localhost", "127.0.0.1", key_type=trustme.KeyType.ECDSA)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for blob in server.cert_chain_pems:
        blob.write_to_path(cert, append=True)
    server.private_key_pem.write_to_path(key)
    return cert, key


def test_https(certificate: tuple[Path, Path]) -> None:
    authority = certificate[0].parent / "ca.pem"

    def ask(port: int) -> list[str]:
        with requests.Session() as session:
            session.verify = str(authority)
            session.trust_env = False
            url = f"https://127.0.0.1:{port}"
            return [session.get(f"{url}/{n}", timeout=10).text for n in range(3)] + [
                session.post(url, data=b"x" * 300_000, timeout=10).text
            ]

    async def story() -> None:
        limits = Limits(header_timeout_s=0.5, linger_s=0.2)
        async with listening(later, limits, tls=tls_context(*certificate)) as listener:
            assert await asyncio.to_thread(ask, listener.port) == [
                "GET /0\n",
                "GET /1\n",
                "GET /2\n",
                "POST /\n" + "x" * 300_000,
            ]
            context = ssl.create_default_context(cafile=authority)
            reader, writer = await asyncio.open_connection("localhost", listener.port, ssl=context)
            writer.write(b"GET /1 HTTP/1.1\r\n\r\n" + LAST)
            assert await reader.read() == answer("GET /1\n") + LAST_ANSWER
            writer.close()
            # Whoever speaks no TLS, or stops in the middle of its greeting, is let go.
            assert b"HTTP" not in await say(listener.port, b"GET / HTTP/1.1\r\n\r\n")
            assert await say(listener.port, b"\x16\x03\x01") == b""

    run(story)


def test_a_key_that_does_not_fit_is_an_error(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    cert, _key = certificate
    with pytest.raises(OSError, match="No such file"):
        tls_context(cert, tmp_path / "none.pem")
    with pytest.raises(ssl.SSLError):
        tls_context(cert, cert)


def test_the_listener_that_the_settings_ask_for(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate

    async def story() -> None:
        http = Http(max_body=5, max_line=20, trusted_proxies=("127.0.0.1",))
        callers: list[str] = []

        def note(request: Request, respond: Respond) -> None:
            callers.append(request.peer)
            echo(request, respond)

        listener = listener_for(http, note, on_error=lambda *_: Response(500, b""))
        await listener.start(http.listen.host, 0)
        async with listener:
            forwarded = LAST.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n")
            assert await say(listener.port, forwarded) == LAST_ANSWER
            assert callers == ["192.0.2.7"]
            assert await say(listener.port, LAST.replace(b"last", b"x" * 20)) == refused(414)
            long = LAST.replace(b"\r\n\r\n", b"\r\nContent-Length: 6\r\n\r\n") + b"abcdef"
            assert await say(listener.port, long) == refused(413)
        wrong = Http(certificate=str(key), key=str(cert))
        with pytest.raises(ConfigError, match=r"must be PEM files that belong together"):
            listener_for(wrong, note, on_error=lambda *_: Response(500, b""))

    run(story)
