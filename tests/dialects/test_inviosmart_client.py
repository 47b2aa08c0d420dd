"""The dialect `inviosmart` as a client: what we ask, and what answers mean."""

from typing import Any

import pytest

from dragoman.dialects.exchange import (
    BalanceAsk,
    CannotCarry,
    Fate,
    StatusAsk,
    UpstreamBalance,
    UpstreamOutcome,
    UpstreamStatus,
)
from dragoman.dialects.inviosmart import DIALECT
from dragoman.model.refusals import Reason
from dragoman.model.states import State
from dragoman.model.submissions import Content, Submit
from dragoman.protocols.http import Request, Response
from tests.dialects.tables import call, hear
from tests.flow.examples import at_us
from tests.flow.examples_inviosmart import SAMPLE

SUBMIT, STATUS, BALANCE, HELP = DIALECT.exchanges
LOGIN = {"username": "myusername", "password": "mypass"}
HELLO = Submit("MyName", ("393391234567",), Content("Hello there."))
TWO = Submit("MyName", ("393391234567", "+306912345678"), Content("Hello there."))

ASKS: dict[str, tuple[Any, Any, dict[str, str], Request]] = {
    "the vendor's sample": (SUBMIT, HELLO, {}, Request("GET", "/sendsms/", SAMPLE.encode())),
    "two numbers, old path": (
        SUBMIT,
        TWO,
        {"paths": "legacy"},
        Request(
            "GET",
            "/webservice/sms/sendSMSHTTP.php",
            SAMPLE.replace("393391234567", "393391234567.306912345678").encode(),
        ),
    ),
    "status": (
        STATUS,
        StatusAsk(1111),
        {},
        Request("GET", "/smsstatus/", b"SMSId=1111&username=myusername&password=mypass"),
    ),
    "balance": (
        BALANCE,
        BalanceAsk(),
        {},
        Request("GET", "/account-balance/", b"username=myusername&password=mypass"),
    ),
    "balance for a prefix": (
        BALANCE,
        BalanceAsk("39"),
        {},
        Request(
            "GET", "/account-balance/", b"username=myusername&password=mypass&countryprefix=39"
        ),
    ),
}


@pytest.mark.parametrize(("exchange", "asked", "options", "request_"), ASKS.values(), ids=ASKS)
def test_ask(exchange: Any, asked: Any, options: dict[str, str], request_: Request) -> None:
    assert call(exchange, asked, LOGIN | options) == request_


BEYOND = {
    "five segments": Submit("MyName", ("393391234567",), Content("a" * 613)),
    "flash": Submit("MyName", ("393391234567",), Content("a", flash=True)),
    "digits as sender": Submit("39333111222", ("393391234567",), Content("a")),
}


@pytest.mark.parametrize("submit", BEYOND.values(), ids=BEYOND)
def test_what_the_vendor_refuses_is_not_asked(submit: Submit) -> None:
    with pytest.raises(CannotCarry):
        call(SUBMIT, submit, LOGIN)


def test_digits_as_sender_where_the_operator_says_so() -> None:
    query = call(SUBMIT, BEYOND["digits as sender"], LOGIN | {"numeric_sender": True}).query
    assert b"&sender=39333111222&" in query


def one(fate: Fate, reason: Reason | None = None, ref: str = "") -> tuple[Any, ...]:
    return fate, reason, ref


BAD_NUMBER = one(Fate.REJECTED, Reason.BAD_DESTINATION)
BAD_SENDER = one(Fate.REJECTED, Reason.BAD_SENDER)
BAD_MESSAGE = one(Fate.REJECTED, Reason.BAD_MESSAGE)
LOGIN_REFUSED = one(Fate.STOP, Reason.BAD_CREDENTIALS)
DRY = one(Fate.STOP, Reason.INSUFFICIENT_CREDIT)
LATER = one(Fate.NOT_TAKEN, Reason.INTERNAL)
DOUBT = one(Fate.UNKNOWN, Reason.TIMEOUT)
UNREADABLE = one(Fate.UNKNOWN)

LINES: dict[str, tuple[Any, ...]] = {
    "OK ID:1234": one(Fate.SENT, ref="1234"),
    " OK ID: 1234 more\r\n": one(Fate.SENT, ref="1234"),
    **dict.fromkeys([f"Error: {code} - x" for code in (1012, 1014, 1038)], LOGIN_REFUSED),
    **dict.fromkeys([f"Error: {code} - x" for code in (1013, 1018, 1020, 1023)], DRY),
    "Status: 1025 - x": DRY,
    **dict.fromkeys([f"Error: {code} - x" for code in (1003, 1004, 1005, 1017)], BAD_NUMBER),
    "Error: 1011 - Greek numbers must have 12 digits": BAD_NUMBER,
    "Error: 1011 - There is no SMS text given.": BAD_MESSAGE,
    "Invalid destination or Destination not covered.": BAD_NUMBER,
    **dict.fromkeys(
        [f"Error: {code} - x" for code in (1006, 1007, 1008, 1015, 1016, 1021, 1036)], BAD_SENDER
    ),
    **dict.fromkeys([f"Error: {code} - x" for code in (1001, 1002, 1009, 1027, 1028)], BAD_MESSAGE),
    "Status: 1024 - Error validating Sms.": BAD_MESSAGE,
    "Error: 1029 - x": one(Fate.REJECTED, Reason.TOO_LONG),
    **dict.fromkeys([f"Error: {code} - x" for code in (1019, 1031, 1032)], LATER),
    "Internal Error.": LATER,
    "System error, please retry": LATER,
    "Error: 1010 - x": DOUBT,
    "Status: 1022 - x": DOUBT,
    "Status: 1026 - x": one(Fate.SENT),
    "Error: 1033 - x": one(Fate.REJECTED, Reason.CARRIER_REFUSAL),
    "": UNREADABLE,
    "OK": UNREADABLE,
    "<html>": UNREADABLE,
}


@pytest.mark.parametrize("line", LINES)
def test_line(line: str) -> None:
    (outcome,) = hear(SUBMIT, HELLO, Response(200, line.encode()), {})
    assert (outcome.fate, outcome.reason, outcome.ref) == LINES[line]
    assert outcome.number == "393391234567"


LISTS: dict[str, tuple[int, str, list[tuple[Fate, str]]]] = {
    "both": (200, "OK ID:1|OK ID:2", [(Fate.SENT, "1"), (Fate.SENT, "2")]),
    "second refused": (200, "OK ID:1|Error: 1005 - x", [(Fate.SENT, "1"), (Fate.REJECTED, "")]),
    "one failure for both": (200, "Error: 1031 - x", [(Fate.NOT_TAKEN, ""), (Fate.NOT_TAKEN, "")]),
    "second missing": (200, "OK ID:1", [(Fate.SENT, "1"), (Fate.UNKNOWN, "")]),
    "one too many": (200, "OK ID:1|OK ID:2|OK ID:3", [(Fate.SENT, "1"), (Fate.SENT, "2")]),
    "HTTP 503": (503, "OK ID:1|OK ID:2", [(Fate.NOT_TAKEN, ""), (Fate.NOT_TAKEN, "")]),
    "HTTP 502": (502, "", [(Fate.UNKNOWN, ""), (Fate.UNKNOWN, "")]),
}


@pytest.mark.parametrize(("status", "body", "expected"), LISTS.values(), ids=LISTS)
def test_several(status: int, body: str, expected: list[tuple[Fate, str]]) -> None:
    got: tuple[UpstreamOutcome, ...] = hear(SUBMIT, TWO, Response(status, body.encode()), {})
    assert [outcome.number for outcome in got] == list(TWO.tokens)
    assert [(outcome.fate, outcome.ref) for outcome in got] == expected


CHANGED_US = at_us("2010-12-12T14:25:19Z")


def polled(number: int, state: State | None, cause: str = "") -> tuple[str, UpstreamStatus]:
    return (
        f"2345:20101212152514:306912345678:20101212152519:{number}:1:0.057",
        UpstreamStatus(state, CHANGED_US, 1, 57_000, detail=cause),
    )


STATUSES: dict[str, tuple[str, UpstreamStatus]] = {
    "delivered": polled(2048, State.DELIVERED),
    "unknown subscriber": polled(8, State.UNDELIVERABLE, "unknown subscriber"),
    "undelivered": polled(64, State.UNDELIVERABLE),
    "expired": polled(128, State.EXPIRED),
    "not delivered to the SMSC": polled(256, State.REJECTED),
    "error": polled(512, State.FAILED),
    "unknown error": polled(1024, State.UNKNOWN),
    "queued": polled(1, None),
    "at the SMSC": polled(2, None),
    "temporary failure": polled(16, None, "temporary failure"),
    "pending": polled(32, None),
    "a number of no list": polled(7, None),
    "eight fields": (
        "2345:20101212152514:306912345678:20101212152519:2048:1:0.057:x",
        UpstreamStatus(State.DELIVERED, CHANGED_US, 1, 57_000),
    ),
    "eight fields, no status": (
        "2345:20101212152514:306912345678:20101212152519:7:1:0.057:x",
        UpstreamStatus(
            fate=Fate.UNKNOWN,
            detail="not an answer: 2345:20101212152514:306912345678:20101212152519:7:1:0.057:x",
        ),
    ),
    "login": ("Error: 1012 - x", UpstreamStatus(fate=Fate.STOP, detail="Error: 1012 - x")),
    "unknown id": ("Error: 1028 - x", UpstreamStatus(fate=Fate.REJECTED, detail="Error: 1028 - x")),
    "nonsense": (
        "a:b:c:d:e:f:g",
        UpstreamStatus(fate=Fate.UNKNOWN, detail="not an answer: a:b:c:d:e:f:g"),
    ),
}


@pytest.mark.parametrize(("body", "expected"), STATUSES.values(), ids=STATUSES)
def test_status(body: str, expected: UpstreamStatus) -> None:
    assert hear(STATUS, StatusAsk(2345), Response(200, body.encode()), {}) == expected


def test_status_when_http_fails() -> None:
    expected = UpstreamStatus(fate=Fate.NOT_TAKEN, detail="HTTP 429")
    assert hear(STATUS, StatusAsk(1), Response(429, b""), {}) == expected


BALANCES: dict[str, tuple[int, str, UpstreamBalance]] = {
    "the vendor's": (
        200,
        "Status: 1000 - Balance:112.24|SmsRemainCount:-9999",
        UpstreamBalance(112_240_000),
    ),
    "for a prefix": (
        200,
        "Status: 1000 - Balance:112.24|SmsRemainCount:2877",
        UpstreamBalance(112_240_000, 2877),
    ),
    "without a count": (200, "Status: 1000 - Balance:-0.5", UpstreamBalance(-500_000)),
    "login": (
        200,
        "Error: 1012 - x",
        UpstreamBalance(fate=Fate.STOP, detail="Error: 1012 - x"),
    ),
    "nonsense": (200, "hello", UpstreamBalance(fate=Fate.UNKNOWN, detail="not an answer: hello")),
    "HTTP 500": (
        500,
        "Status: 1000 - Balance:112.24",
        UpstreamBalance(fate=Fate.UNKNOWN, detail="HTTP 500"),
    ),
}


@pytest.mark.parametrize(("status", "body", "expected"), BALANCES.values(), ids=BALANCES)
def test_balance(status: int, body: str, expected: UpstreamBalance) -> None:
    assert hear(BALANCE, BalanceAsk(), Response(status, body.encode()), {}) == expected


def test_help_is_not_asked_of_a_provider() -> None:
    assert (HELP.render_ask, HELP.parse_answer) == (None, None)
