"""Subscription lists in the dialect `intellisoftware`: what is asked, said, and understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.exchange import Fate, ListAsk, UpstreamOutcome
from dragoman.dialects.intellisoftware import DIALECT
from dragoman.dialects.intellisoftware_lists import PATH
from dragoman.model.refusals import Reason, Refusal
from dragoman.protocols.http import Request, Response
from tests.dialects.tables import call, check_order, hear

LIST = DIALECT.exchanges[2]
UP = {"username": "us", "password": "p&ss"}
BAD_ACTION = Refusal(Reason.BAD_PARAMETER, "action")


def missing(name: str) -> Refusal:
    return Refusal(Reason.MISSING_PARAMETER, name)


READ: dict[str, tuple[bytes, ListAsk]] = {
    "as documented": (
        b"sublistname=MySubscriptionListName&msisdn=44771012345&action=1",
        ListAsk("MySubscriptionListName", "44771012345", 1),
    ),
    "in other capitals, with blanks": (
        b"SubListName=+News+&MSISDN=+44771012345&Action=+3+",
        ListAsk("News", "44771012345", 3),
    ),
    "Windows-1252": (
        b"sublistname=Z%FCrich&msisdn=44771012345&action=2",
        ListAsk("Zürich", "44771012345", 2),
    ),
    "action 0": (
        b"sublistname=News&msisdn=44771012345&action=0",
        ListAsk("News", "44771012345", 0, (BAD_ACTION,)),
    ),
    "action in words": (
        b"sublistname=News&msisdn=44771012345&action=join",
        ListAsk("News", "44771012345", 0, (BAD_ACTION,)),
    ),
    "nothing": (
        b"sublistname=+&action=",
        ListAsk("", "", 0, tuple(map(missing, ("sublistname", "msisdn", "action")))),
    ),
}


@pytest.mark.parametrize(("query", "expected"), READ.values(), ids=READ)
def test_what_a_request_says(query: bytes, expected: ListAsk) -> None:
    ask = DIALECT.read(Request("GET", PATH, query), DIALECT.defaults)
    assert LIST.parse_ask(ask, DIALECT.defaults) == expected


def test_a_change_that_is_done() -> None:
    asked = ListAsk("News", "44771012345", 1)
    assert LIST.render_answer(asked, None, DIALECT.defaults) == Response(200, b"OK")


def test_request() -> None:
    body = b"username=us&password=p%26ss&sublistname=My+list&msisdn=44771012345&action=2"
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    expected = Request("POST", PATH, headers=headers, body=body)
    assert call(LIST, ListAsk("My list", "+44771012345", 2), UP) == expected


# One rank each, first check first.
CHECKS = [
    Refusal(Reason.MISSING_PARAMETER, "username"),
    missing("action"),
    Refusal(Reason.BAD_CREDENTIALS),
    Refusal(Reason.THROTTLED, detail="draining"),
    Refusal(Reason.BAD_PARAMETER, "sublistname"),
    Refusal(Reason.BAD_PARAMETER, "msisdn"),
    Refusal(Reason.TIMEOUT),
]


def test_order_of_checks() -> None:
    check_order(DIALECT, CHECKS, single=True)


ONE = "44771012345"
REPLIES: dict[str, tuple[Response, UpstreamOutcome]] = {
    "done": (Response(200, b"OK\r\n"), UpstreamOutcome(ONE, Fate.SENT)),
    "unknown list": (
        Response(200, b"ERR:PPARAMETER_INVALID"),
        UpstreamOutcome("", Fate.REJECTED, "", Reason.BAD_MESSAGE, "PPARAMETER_INVALID"),
    ),
    "login": (
        Response(200, b"ERR:LOGIN_INVALID"),
        UpstreamOutcome("", Fate.STOP, "", Reason.BAD_CREDENTIALS, "LOGIN_INVALID"),
    ),
    "not now": (
        Response(200, b"ERR:GATEWAY_ERROR"),
        UpstreamOutcome("", Fate.NOT_TAKEN, "", Reason.INTERNAL, "GATEWAY_ERROR"),
    ),
    "a page": (
        Response(200, b"<html>"),
        UpstreamOutcome("", Fate.UNKNOWN, detail="not an answer: <html>"),
    ),
    "an HTTP failure": (
        Response(500, b"OK"),
        UpstreamOutcome("", Fate.NOT_TAKEN, detail="HTTP 500"),
    ),
}


@pytest.mark.parametrize(("response", "expected"), REPLIES.values(), ids=REPLIES)
def test_reply(response: Response, expected: UpstreamOutcome) -> None:
    assert hear(LIST, ListAsk("News", ONE, 1), response, UP) == expected


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda name: name == name.strip()
)


@given(NAMES, st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True), st.sampled_from([1, 2, 3]))
def test_our_client_and_our_server_agree(name: str, number: str, action: int) -> None:
    asked = ListAsk(name, number, action)
    ask = DIALECT.read(call(LIST, asked, UP), DIALECT.defaults)
    assert LIST.parse_ask(ask, DIALECT.defaults) == asked


@pytest.mark.parametrize("body", READ)
def test_rubbish_is_read(body: str) -> None:
    ask = DIALECT.read(Request("POST", PATH, b"\xff=%&&;", {}, body.encode()), DIALECT.defaults)
    assert LIST.parse_ask(ask, DIALECT.defaults).faults
