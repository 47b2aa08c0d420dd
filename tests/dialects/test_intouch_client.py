"""The dialects `intouch` and `itec` as clients: what we ask, and what answers mean."""

import json
from typing import Any

import pytest

from dragoman.dialects import intouch, itec
from dragoman.dialects.exchange import (
    CannotCarry,
    Fate,
    StatusAsk,
    UpstreamOutcome,
    UpstreamStatus,
)
from dragoman.model.refusals import Reason
from dragoman.model.states import State
from dragoman.model.submissions import Alphabet, Content, Submit
from dragoman.protocols.http import Request, Response
from tests.dialects.tables import call, hear
from tests.flow.examples import at_us

INTOUCH, INTOUCH_STATUS = intouch.DIALECT.exchanges
ITEC, ITEC_STATUS = itec.DIALECT.exchanges
LOGIN = {"username": "demo", "password": "secret", "cc": "250"}
HELLO = Submit("Intouch", ("250785971082",), Content("Hello & más"))
TWO = Submit("Intouch", ("250785971082", "250782300441"), Content("Hello"), receipt_url="http://a")

BASIC = {"authorization": "Basic ZGVtbzpzZWNyZXQ="}
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
JSON = {"content-type": "application/json"}
HELLO_JSON = '"recipients":"+250785971082","sender":"Intouch","message":"Hello & más"}'

ASKS: dict[str, tuple[Any, Any, dict[str, str], Request]] = {
    "intouch, one": (
        INTOUCH,
        HELLO,
        {},
        Request(
            "POST",
            "/api/sendsms/.json",
            headers=FORM | BASIC,
            body=b"recipients=%2B250785971082&sender=Intouch&message=Hello+%26+m%C3%A1s",
        ),
    ),
    "intouch, two with a receipt URL, national form": (
        INTOUCH,
        TWO,
        {"number_form": "local"},
        Request(
            "POST",
            "/api/sendsms/.json",
            headers=FORM | BASIC,
            body=b"recipients=0785971082%2C0782300441&sender=Intouch&message=Hello"
            b"&dlrurl=http%3A%2F%2Fa",
        ),
    ),
    "intouch, status": (
        INTOUCH_STATUS,
        StatusAsk(0, ref="238254"),
        {},
        Request("POST", "/api/getsmsstatus/.json", headers=FORM | BASIC, body=b"messageid=238254"),
    ),
    "itec": (
        ITEC,
        HELLO,
        {},
        Request(
            "POST",
            "/itec/api/sendsms",
            headers=JSON,
            body=f'{{"username":"demo","password":"secret",{HELLO_JSON}'.encode(),
        ),
    ),
    "itec, other path, Basic": (
        ITEC,
        HELLO,
        {"path": "/v2/", "auth": "basic"},
        Request("POST", "/v2/sendsms", headers=JSON | BASIC, body=f"{{{HELLO_JSON}".encode()),
    ),
    "itec, status as a form": (
        ITEC_STATUS,
        StatusAsk(650001),
        {"body": "form"},
        Request(
            "POST",
            "/itec/api/getsmsstatus",
            headers=FORM,
            body=b"username=demo&password=secret&messageid=650001",
        ),
    ),
}


@pytest.mark.parametrize(("exchange", "asked", "options", "request_"), ASKS.values(), ids=ASKS)
def test_ask(exchange: Any, asked: Any, options: dict[str, str], request_: Request) -> None:
    assert call(exchange, asked, LOGIN | options) == request_


def test_what_a_form_cannot_carry_is_not_dropped() -> None:
    flash = Submit("A", ("250785971082",), Content("x", flash=True))
    raw = Submit("A", ("250785971082",), Content("00", Alphabet.BINARY))
    for submit in (flash, raw):
        with pytest.raises(CannotCarry):
            call(INTOUCH, submit, LOGIN)
    assert call(INTOUCH, flash, LOGIN | {"degrade": ["flash"]}).body.endswith(b"message=x")


def outcomes(*parts: tuple[Fate, str, Reason | None, str]) -> tuple[UpstreamOutcome, ...]:
    numbers = ("250785971082", "250782300441")
    return tuple(
        UpstreamOutcome(number, fate, ref, reason, detail)
        for number, (fate, ref, reason, detail) in zip(numbers, parts, strict=True)
    )


def both(fate: Fate, reason: Reason | None, detail: str) -> tuple[UpstreamOutcome, ...]:
    return outcomes((fate, "", reason, detail), (fate, "", reason, detail))


SENT = outcomes((Fate.SENT, "1", None, ""), (Fate.SENT, "2", None, ""))
LOST = (Fate.UNKNOWN, "", None, "not in the answer")


def details(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"details": list(entries), "success": True}


def told(error: str) -> dict[str, Any]:
    return {"success": False, "detail": "?", "response": [{"errors": {"error": error}}]}


ANSWERS: dict[str, tuple[int, Any, tuple[UpstreamOutcome, ...]]] = {
    "in order": (
        200,
        details(
            {"status": "P", "recepient": "+250785971082", "messageid": 1},
            {"status": "P", "recepient": "+250782300441", "messageid": "2"},
        ),
        SENT,
    ),
    "out of order, other spellings, other forms of the number": (
        200,
        details(
            {"status": "S", "recipient": "0782300441", "messageid": 2},
            {"status": "Q", "receipient": "00250785971082", "messageid": 1},
        ),
        SENT,
    ),
    "without numbers": (200, details({"messageid": 1}, {"messageid": 2}), SENT),
    "one refused": (
        200,
        details(
            {"status": "P", "recepient": "+250785971082", "messageid": 1},
            {"status": "U", "recepient": "+250782300441", "messageid": 2, "error": "No route"},
        ),
        outcomes(
            (Fate.SENT, "1", None, ""),
            (Fate.REJECTED, "2", Reason.CARRIER_REFUSAL, "No route"),
        ),
    ),
    "one missing": (
        200,
        details({"status": "P", "recepient": "+250782300441", "messageid": 2}),
        outcomes(LOST, (Fate.SENT, "2", None, "")),
    ),
    "no details": (200, {"success": True}, outcomes(LOST, LOST)),
    "entries that are none": (200, {"success": True, "details": [1, None]}, outcomes(LOST, LOST)),
    "status in the body": (
        200,
        {"status": 400, "success": True, "detail": "Wrong password"},
        both(Fate.STOP, Reason.BAD_CREDENTIALS, "Wrong password"),
    ),
    "credit": (
        400,
        told("Not enough balance"),
        both(Fate.STOP, Reason.INSUFFICIENT_CREDIT, "Not enough balance"),
    ),
    "number": (
        400,
        {"success": False, "detail": "Bad number"},
        both(Fate.REJECTED, Reason.BAD_DESTINATION, "Bad number"),
    ),
    "login": (
        200,
        told("Invalid credentials"),
        both(Fate.STOP, Reason.BAD_CREDENTIALS, "Invalid credentials"),
    ),
    "other words": (
        400,
        told("Because"),
        both(Fate.REJECTED, Reason.CARRIER_REFUSAL, "Because"),
    ),
    "plain words": (
        400,
        "Permission denied",
        both(Fate.STOP, Reason.BAD_CREDENTIALS, "Permission denied"),
    ),
    "success missing": (
        200,
        {"detail": "no such recipient"},
        both(Fate.REJECTED, Reason.BAD_DESTINATION, "no such recipient"),
    ),
    "our own pace": (
        400,
        told("Too many requests"),
        both(Fate.NOT_TAKEN, Reason.THROTTLED, "Too many requests"),
    ),
    "our own doubt": (
        400,
        told("Gateway timeout, do not resend"),
        both(Fate.UNKNOWN, Reason.TIMEOUT, "Gateway timeout, do not resend"),
    ),
    "401": (401, {}, both(Fate.STOP, Reason.BAD_CREDENTIALS, "")),
    "403": (403, "", both(Fate.STOP, Reason.BAD_CREDENTIALS, "")),
    "429": (429, "", both(Fate.NOT_TAKEN, None, "HTTP 429, no answer")),
    "503": (503, "later", both(Fate.NOT_TAKEN, None, "HTTP 503, no answer")),
    "500": (500, "", both(Fate.UNKNOWN, None, "HTTP 500, no answer")),
    "302": (302, "", both(Fate.UNKNOWN, None, "HTTP 302, no answer")),
    "a page instead of an answer": (
        200,
        "<html>Welcome</html>",
        both(Fate.UNKNOWN, None, "HTTP 200, no answer"),
    ),
}


@pytest.mark.parametrize(("status", "body", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_answer(status: int, body: Any, expected: tuple[UpstreamOutcome, ...]) -> None:
    octets = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    options = LOGIN | {"nsn": (9,)}
    assert hear(INTOUCH, TWO, Response(status, octets), options) == expected


def test_pain_24_an_answer_that_cannot_be_read_is_not_sent_again() -> None:
    """A text may be on its way: whoever sends it again sends it twice."""
    for body in (b"", b"{", b"[1]", b"\xff", b"[" * 100_000):
        got = hear(INTOUCH, HELLO, Response(200, body), LOGIN)
        assert [outcome.fate for outcome in got] == [Fate.UNKNOWN]


def test_equal_numbers_are_matched_in_order() -> None:
    twice = Submit("A", ("250785971082",) * 2, Content("x"))
    body = details(
        {"recepient": "+250785971082", "messageid": 1, "cost": 18.057},
        {"recepient": "+250785971082", "messageid": 2, "cost": "1,018"},
    )
    got = hear(INTOUCH, twice, Response(200, json.dumps(body).encode()), LOGIN)
    assert got == (
        UpstreamOutcome("250785971082", Fate.SENT, "1", cost_u=18_057_000),
        UpstreamOutcome("250785971082", Fate.SENT, "2", cost_u=1_018_000_000),
    )


ACCEPTED = at_us("2015-08-27T14:41:47Z")
STATUSES: dict[str, tuple[int, Any, UpstreamStatus]] = {
    letter: (
        200,
        {"results": {"status": letter, "time": "27-08-2015 04:16:41:47"}, "success": True},
        UpstreamStatus(state, ACCEPTED),
    )
    for letter, state in {
        "P": None,
        "Q": None,
        "S": State.SENT,
        "D": State.DELIVERED,
        "E": State.UNDELIVERABLE,
        "U": State.REJECTED,
    }.items()
} | {
    "time in another form": (
        200,
        {"results": {"status": "D", "time": "today"}, "success": True},
        UpstreamStatus(State.DELIVERED),
    ),
    "no results": (
        200,
        {"success": True},
        UpstreamStatus(fate=Fate.UNKNOWN, detail="no results in the answer"),
    ),
    "unknown id": (
        400,
        told("Unknown messageid"),
        UpstreamStatus(fate=Fate.REJECTED, detail="Unknown messageid"),
    ),
    "login": (401, {"detail": "who?"}, UpstreamStatus(fate=Fate.STOP, detail="who?")),
}


@pytest.mark.parametrize(("status", "body", "expected"), STATUSES.values(), ids=STATUSES)
def test_status(status: int, body: Any, expected: UpstreamStatus) -> None:
    response = Response(status, json.dumps(body).encode())
    assert hear(INTOUCH_STATUS, StatusAsk(1), response, {}) == expected
