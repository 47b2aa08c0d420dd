"""Garbage on the HTTP listener: an answer in the dialect's words, nothing stored, nobody disturbed.

Each case is sent while another customer goes on sending; he must not notice.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote_from_bytes

import pytest

from tests.flow.customer import request
from tests.flow.house import House, house
from tests.flow.test_store_faults import words_of

LOGIN = {"username": b"alice", "password": b"secret"}
NUMBER = b"447700900001"
GOOD = "447700900999"  # whom the undisturbed customer sends to

# Of each dialect: where to send, what is accepted there, and which field is what.
DOORS: dict[str, tuple[str, dict[str, bytes], str, str]] = {
    "intouch": (
        "/api/sendsms/.json",
        {**LOGIN, "recipients": NUMBER, "sender": b"ACME", "message": b"Hello"},
        "message",
        "recipients",
    ),
    "itec": (
        "/itec/api/sendsms",
        {**LOGIN, "recipients": NUMBER, "sender": b"ACME", "message": b"Hello"},
        "message",
        "recipients",
    ),
    "unified": (
        "/bulksms/bulksms",
        {
            **LOGIN,
            "type": b"0",
            "dlr": b"1",
            "destination": NUMBER,
            "source": b"ACME",
            "message": b"Hello",
        },
        "message",
        "destination",
    ),
    "intellisoftware": (
        "/smsgateway/sendmsg.aspx",
        {**LOGIN, "to": NUMBER, "from": b"ACME", "text": b"Hello"},
        "text",
        "to",
    ),
    "inviosmart": (
        "/sendsms/",
        {**LOGIN, "destination": NUMBER, "sender": b"ACME", "message": b"Hello"},
        "message",
        "destination",
    ),
}
TOO_LONG = "Error: 1029 - The allowed length of sms is no more than 612 characters (4 SMS)."
BAD_TEXT = "Error: 1009 - Message contains invalid character."
BAD_NUMBER = "Error: 1005 - Invalid destination number."
BAD_SENDER = "Error: 1021 - Invalid characters on sender address."


def text(value: bytes) -> Callable[[str, str], dict[str, bytes]]:
    return lambda text_field, _: {text_field: value}


def recipients(value: bytes) -> Callable[[str, str], dict[str, bytes]]:
    return lambda _, recipients_field: {recipients_field: value}


def sender(value: bytes) -> Callable[[str, str], dict[str, bytes]]:
    return lambda *_: {"sender": value, "source": value, "from": value}


# What is changed in a good request, and the answers of intouch and itec, unified,
# intellisoftware, inviosmart.
SPOILT: dict[str, tuple[Callable[[str, str], dict[str, bytes]], str, str, str, str]] = {
    "a text of 900,000 letters": (
        text(b"a" * 900_000),
        "400 Message too long",
        "200 1705",
        "200 ERR:INVALID_REQUEST",  # where the account wants no texts cut
        f"200 {TOO_LONG}",
    ),
    "10,000 recipients": (
        recipients(b",".join([NUMBER] * 10_000)),
        "400 Too many recipients",
        "200 1706",
        "200 ERR:INVALID_REQUEST",
        f"200 {BAD_NUMBER}",
    ),
    "a recipient of 900,000 digits": (
        recipients(b"1" * 900_000),
        "400 Invalid recipient",
        "200 1706",
        "200 ERR:INVALID_NUMBER",
        f"200 {BAD_NUMBER}",
    ),
    "300,000 commas": (
        recipients(b"," * 300_000),
        "400 recipients is required",
        "200 1702",
        "200 ERR:NO_TO",
        "200 Error: 1003 - No destination number given.",
    ),
    "a text in UTF-16": (
        text("Hello".encode("utf-16")),
        "400 Invalid message",
        "200 1705",
        "200 ERR:INVALID_REQUEST",
        f"200 {BAD_TEXT}",
    ),
    "NUL in the text": (
        text(b"a\0b"),
        "400 Invalid message",
        "200 1705",
        "200 ERR:INVALID_REQUEST",
        f"200 {BAD_TEXT}",
    ),
    "NUL in the recipient": (
        recipients(b"4477009\x0000001"),
        "400 Invalid recipient",
        "200 1706",
        "200 ERR:INVALID_NUMBER",
        f"200 {BAD_NUMBER}",
    ),
    "recipients that are no UTF-8": (
        recipients(b"\xff\xfe"),
        "400 Invalid recipient",
        "200 1706",
        "200 ERR:INVALID_NUMBER",
        f"200 {BAD_NUMBER}",
    ),
    "digits of another script": (
        recipients("٤٤٧٧٠٠٩٠٠٠٠١".encode()),
        "400 Invalid recipient",
        "200 1706",
        "200 ERR:INVALID_NUMBER",
        f"200 {BAD_NUMBER}",
    ),
    "NUL in the sender": (
        sender(b"AC\0ME"),
        "400 Invalid sender",
        "200 1707",
        "200 ERR:INVALID_REQUEST",
        f"200 {BAD_SENDER}",
    ),
    "a sender of 100,000 letters": (
        sender(b"A" * 100_000),
        "400 Invalid sender",
        "200 1707",
        "200 ERR:INVALID_REQUEST",
        "200 Error: 1006 - Alphanumeric sender address is longer than accepted.",
    ),
    "a user name of 900,000 letters": (
        lambda *_: {"username": b"a" * 900_000},
        "400 Invalid username or password",
        "200 1703",
        "200 ERR:LOGIN_INVALID",
        "200 Error: 1012 - User authendication failure. Username and/or password mismatch.",
    ),
    "a password that is no UTF-8": (
        lambda *_: {"password": b"\xff\0\xfe"},
        "400 Invalid username or password",
        "200 1703",
        "200 ERR:LOGIN_INVALID",
        "200 Error: 1012 - User authendication failure. Username and/or password mismatch.",
    ),
}


def cases() -> Iterator[Any]:
    for label, (change, *words) in SPOILT.items():
        by_dialect = [words[0], words[0], *words[1:]]
        for dialect, told in zip(DOORS, by_dialect, strict=True):
            yield pytest.param(dialect, change, told, id=f"{dialect}: {label}")


def form(fields: Mapping[str, bytes]) -> bytes:
    return "&".join(f"{k}={quote_from_bytes(v)}" for k, v in fields.items()).encode()


@asynccontextmanager
async def undisturbed(here: House) -> Any:
    """Have a good customer send before, during and after; all he sends must be taken."""
    async with here.customer() as good:
        before = len(await here.messages())
        sent = await good.send(GOOD)
        ended = asyncio.Event()

        async def go_on() -> None:
            while not ended.is_set():
                sent.extend(await good.send(GOOD))

        going = asyncio.create_task(go_on())
        yield
        ended.set()
        await going
        sent += await good.send(GOOD)
    assert here.node.counters.commits_failed == 0
    stored = [message for message in await here.messages() if message.recipient == GOOD]
    assert [message.id for message in stored[-len(sent) :]] == sent
    assert len(await here.messages()) == before + len(sent)


@pytest.mark.parametrize(("dialect", "change", "words"), list(cases()))
async def test_a_spoilt_request(
    sqlite_url: str, dialect: str, change: Callable[[str, str], dict[str, bytes]], words: str
) -> None:
    target, good, text_field, recipients_field = DOORS[dialect]
    fields = good | {k: v for k, v in change(text_field, recipients_field).items() if k in good}
    refusing = {"dialect.intellisoftware": {"overflow": "refuse"}}
    kind = {"content-type": "application/x-www-form-urlencoded"}
    async with (
        house(sqlite_url, changes=refusing) as here,
        undisturbed(here),
        here.customer() as one,
    ):
        assert words_of(await one.ask("POST", target, kind, form(fields))) == words
        # The connection is as good as before.
        answer = await one.ask("POST", target, kind, form(good | {recipients_field: b"x"}))
        assert answer.status in {200, 400}


@pytest.mark.parametrize("dialect", DOORS)
async def test_half_requests(sqlite_url: str, dialect: str) -> None:
    """A request that stops anywhere was never made."""
    target, good, _, _ = DOORS[dialect]
    kind = {"content-type": "application/x-www-form-urlencoded"}
    whole = request("POST", target, kind, form(good))
    async with house(sqlite_url) as here, undisturbed(here):
        for length in range(1, len(whole), 7):
            async with here.customer() as one:
                one.write(whole[:length])
                one.writer.write_eof()
                await one.rest()


STRANGERS = {
    "a TLS client": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "an ESME": bytes.fromhex("0000002f000000020000000000000001")
    + b"dragoman\0secret\0\0\x34\0\0\0",
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "nothing but NULs": bytes(1000),
    "a web scan": b"GET /../../etc/passwd HTTP/1.1\r\nhost: x\r\n\r\n",
    "endless header": b"GET / HTTP/1.1\r\n" + b"x-a: b\r\n" * 20_000,
    "endless line": b"GET /" + b"a" * 200_000,
    "two lengths": b"POST /sendsms HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "a negative length": b"POST /sendsms HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
    "a body beyond all limits": b"POST /sendsms HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n",
}


@pytest.mark.parametrize("octets", STRANGERS.values(), ids=STRANGERS)
async def test_a_stranger(sqlite_url: str, octets: bytes) -> None:
    """Whoever speaks something else is told so, or cut off; and that is all."""
    async with house(sqlite_url) as here, undisturbed(here), here.customer() as one:
        one.write(octets)
        one.writer.write_eof()
        said = await one.rest()
        assert said == b"" or said.startswith(b"HTTP/1.1 4")
