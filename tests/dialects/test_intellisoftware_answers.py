"""What the dialect `intellisoftware` answers: ids, lines, names of errors, their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.exchange import BalanceAsk, Kind
from dragoman.dialects.intellisoftware import DIALECT, parse_id, render_id
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import (
    Alphabet,
    Balance,
    Content,
    Crediting,
    Outcome,
    Submit,
    Submitted,
)
from dragoman.protocols.http import Request, Response

SUBMIT, BALANCE, _LIST = DIALECT.exchanges
SUBMISSION = 1000000000000001
ID = "ID:10011000000000000001"
ASKED = Submit("", ("44771012345",), Content("Hi", Alphabet.GSM7), kind="1")


def test_id_of_the_vendors_sample() -> None:
    assert render_id(SUBMISSION) == "10011000000000000001"
    assert parse_id(" 10011000000000000001 ") == SUBMISSION


@given(st.integers(1, 2**53 - 1))
def test_no_id_is_lost(number: int) -> None:
    assert parse_id(render_id(number)) == number


@pytest.mark.parametrize("written", ["1001", "10021000000000000001", "1" * 21, "٣" * 20, ""])
def test_foreign_ids_are_nobodys(written: str) -> None:
    assert parse_id(written) is None


def good(number: str) -> Outcome:
    return Outcome(number, number, 5, 1_000_000, 1)


def bad(token: str, reason: Reason, number: str = "", status: int = 0) -> Outcome:
    return Outcome(token, number, refusal=Refusal(reason, status=status))


NOBODYS = bad("0771054321", Reason.NO_ROUTE, "44771054321")

# Each row: outcomes, or the refusal of the whole, and the whole body.
ANSWERS: dict[str, tuple[list[Outcome] | Refusal, str]] = {
    "one": ([good("44771012345")], ID),
    "one, of nobody": ([NOBODYS], "ERR:INVALID_NUMBER"),
    "one, opted out": ([bad("1", Reason.OPTED_OUT, "44771000001")], "ERR:INVALID_NUMBER"),
    "three": (
        [good("44771012345"), good("44771012346"), NOBODYS],
        f"44771012345,{ID}\n44771012346,{ID}\n44771054321,ERR:INVALID_NUMBER",
    ),
    "a malformed one first": (
        [bad("abc", Reason.BAD_DESTINATION), good("44771012345")],
        f"abc,ERR:INVALID_NUMBER\n44771012345,{ID}",
    ),
    "all bad": (
        [NOBODYS, bad("abc", Reason.BAD_DESTINATION)],
        "44771054321,ERR:INVALID_NUMBER\nabc,ERR:INVALID_NUMBER",
    ),
    "what would read as a line or an id is not shown": (
        [bad("x\nID::99\r", Reason.BAD_DESTINATION), good("44771012345")],
        f"xID99,ERR:INVALID_NUMBER\n44771012345,{ID}",
    ),
    "the carrier says that the number is wrong": (
        [bad("1", Reason.CARRIER_REFUSAL, "44771012345", 11)],
        "ERR:INVALID_NUMBER",
    ),
    "the carrier refused": (
        [bad("1", Reason.CARRIER_REFUSAL, "44771012345", 69)],
        "ERR:GATEWAY_ERROR",
    ),
    "no credit": (Refusal(Reason.INSUFFICIENT_CREDIT), "ERR:INSUFFICIENT_CREDIT"),
    "the store hangs": (Refusal(Reason.TIMEOUT), "ERR:GATEWAY_ERROR"),
    "the store refused": (Refusal(Reason.INTERNAL), "ERR:INTERNAL_ERROR"),
}


@pytest.mark.parametrize(("answer", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_answers(answer: list[Outcome] | Refusal, expected: str) -> None:
    if isinstance(answer, Refusal):
        submitted = Submitted([], refusal=answer)
    else:
        submitted = Submitted(answer, submission_id=SUBMISSION)
    response = SUBMIT.render_answer(ASKED, submitted, DIALECT.defaults)
    assert response == Response(200, expected.encode())


WORDS = {
    Reason.MISSING_PARAMETER: "PARAMETER_MISSING",
    Reason.BAD_REQUEST: "INVALID_REQUEST",
    Reason.BAD_CREDENTIALS: "LOGIN_INVALID",
    Reason.ACCOUNT_DISABLED: "LOGIN_INVALID",
    Reason.IP_BANNED: "LOGIN_INVALID",
    Reason.IP_NOT_ALLOWED: "LOGIN_INVALID",
    Reason.THROTTLED: "GATEWAY_ERROR",
    Reason.BAD_TYPE: "INVALID_REQUEST",
    Reason.BAD_MESSAGE: "INVALID_REQUEST",
    Reason.BAD_PARAMETER: "INVALID_REQUEST",
    Reason.BAD_DESTINATION: "INVALID_NUMBER",
    Reason.BAD_SENDER: "INVALID_REQUEST",
    Reason.BAD_SCHEDULE: "INVALID_REQUEST",
    Reason.TOO_MANY_RECIPIENTS: "INVALID_REQUEST",
    Reason.TOO_LONG: "INVALID_REQUEST",
    Reason.SPAM: "INVALID_REQUEST",
    Reason.TEMPLATE_MISMATCH: "INVALID_REQUEST",
    Reason.NO_ROUTE: "INVALID_NUMBER",
    Reason.NO_PRICE: "INVALID_NUMBER",
    Reason.OPTED_OUT: "INVALID_NUMBER",
    Reason.DO_NOT_DISTURB: "INVALID_NUMBER",
    Reason.DUPLICATE: "INVALID_REQUEST",
    Reason.KEY_REUSED: "PARAMETER_INVALID",
    Reason.INSUFFICIENT_CREDIT: "INSUFFICIENT_CREDIT",
    Reason.TIMEOUT: "GATEWAY_ERROR",
    Reason.INTERNAL: "INTERNAL_ERROR",
    Reason.CARRIER_REFUSAL: "GATEWAY_ERROR",
    Reason.UNKNOWN_MESSAGE: "MSGID_INVALID",
}


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_words(reason: Reason) -> None:
    answer = SUBMIT.refuse(Refusal(reason), DIALECT.defaults)
    assert answer == Response(200, f"ERR:{WORDS[reason]}".encode())


FIELDS = {
    "username": "NO_USERNAME",
    "password": "NO_PASSWORD",
    "to": "NO_TO",
    "text": "NO_TEXT",
    "msgid": "NO_MSGID",
    "hex": "PARAMETER_MISSING",
}


@pytest.mark.parametrize(("field", "expected"), FIELDS.items(), ids=FIELDS)
def test_what_is_missing_has_a_name(field: str, expected: str) -> None:
    answer = SUBMIT.refuse(Refusal(Reason.MISSING_PARAMETER, field), DIALECT.defaults)
    assert answer.body == f"ERR:{expected}".encode()


def test_a_hurried_customer_may_be_told_to_wait() -> None:
    settings = {**DIALECT.defaults, "delay_reply": True}
    assert SUBMIT.refuse(Refusal(Reason.THROTTLED), settings).body == b"DELAY:1"
    # A node that goes away is no reason to come back to it.
    leaving = Refusal(Reason.THROTTLED, detail="draining")
    assert SUBMIT.refuse(leaving, settings).body == b"ERR:GATEWAY_ERROR"


def missing(field: str) -> Refusal:
    return Refusal(Reason.MISSING_PARAMETER, field)


# Each stands before the next; what shares a line shares its place.
ORDER = (
    [Refusal(Reason.BAD_REQUEST)],
    [missing("username")],
    [missing("password")],
    [missing("to"), missing("msgid")],
    [missing("text"), missing("hex"), missing("ud"), missing("href"), missing("file")],
    [
        Refusal(Reason.BAD_CREDENTIALS),
        Refusal(Reason.ACCOUNT_DISABLED),
        Refusal(Reason.IP_BANNED),
        Refusal(Reason.IP_NOT_ALLOWED),
    ],
    [Refusal(Reason.THROTTLED), Refusal(Reason.THROTTLED, detail="draining")],
    [Refusal(Reason.BAD_TYPE, "type"), Refusal(Reason.UNKNOWN_MESSAGE)],
    [Refusal(Reason.BAD_MESSAGE, field) for field in ("hex", "ud", "udh")],
    [
        Refusal(Reason.BAD_MESSAGE, "text"),
        Refusal(Reason.BAD_PARAMETER, "maxconcat"),
        Refusal(Reason.BAD_PARAMETER, "type", detail="voice is not served"),
        Refusal(Reason.BAD_SENDER, "from"),
        Refusal(Reason.TOO_MANY_RECIPIENTS),
        Refusal(Reason.TOO_LONG),
        Refusal(Reason.BAD_SCHEDULE),
    ],
    [
        Refusal(Reason.SPAM),
        Refusal(Reason.TEMPLATE_MISMATCH),
        Refusal(Reason.DUPLICATE),
    ],
    [
        Refusal(Reason.BAD_DESTINATION),
        Refusal(Reason.NO_ROUTE),
        Refusal(Reason.NO_PRICE),
        Refusal(Reason.OPTED_OUT),
        Refusal(Reason.DO_NOT_DISTURB),
    ],
    [Refusal(Reason.INSUFFICIENT_CREDIT)],
    [Refusal(Reason.INTERNAL), Refusal(Reason.TIMEOUT)],
    [Refusal(Reason.CARRIER_REFUSAL)],
)


@pytest.mark.parametrize("single", [True, False], ids=["single", "several"])
def test_order_of_checks(single: bool) -> None:
    rows = [{DIALECT.rank(refusal, single) for refusal in row} for row in ORDER]
    assert all(len(row) == 1 for row in rows)
    places = [row.pop() for row in rows]
    assert places == sorted(set(places))


BALANCES = {
    "whole": (100_000_000, b"BALANCE:100"),
    "rounded down": (99_999_999, b"BALANCE:99"),
    "debt": (-1, b"BALANCE:0"),
}


@pytest.mark.parametrize(("balance_u", "expected"), BALANCES.values(), ids=BALANCES)
def test_balance(balance_u: int, expected: bytes) -> None:
    ask = DIALECT.read(Request("GET", BALANCE.paths[0], b"username=a&password=b"), {})
    asked = BALANCE.parse_ask(ask, DIALECT.defaults)
    assert asked == BalanceAsk()
    answer = BALANCE.render_answer(asked, Balance(balance_u), DIALECT.defaults)
    assert answer == Response(200, expected)


OF_BALANCE = {
    "wrong password": (Refusal(Reason.BAD_CREDENTIALS), b"ERR:LOGIN_INVALID"),
    "no password": (missing("password"), b"ERR:NO_PASSWORD"),
    # The vendor's page of the balance knows one of the two errors that mean "later".
    "throttled": (Refusal(Reason.THROTTLED), b"ERR:INTERNAL_ERROR"),
    "the store hangs": (Refusal(Reason.TIMEOUT), b"ERR:INTERNAL_ERROR"),
}


@pytest.mark.parametrize(("refusal", "expected"), OF_BALANCE.values(), ids=OF_BALANCE)
def test_refusals_of_the_balance(refusal: Refusal, expected: bytes) -> None:
    settings = {**DIALECT.defaults, "delay_reply": True}
    assert BALANCE.refuse(refusal, settings) == Response(200, expected)


def test_habits_that_the_core_must_know() -> None:
    assert DIALECT.crediting is Crediting.WHOLE
    assert DIALECT.distinct
    assert DIALECT.takes_names
    assert not DIALECT.keeps_refused
    assert [(exchange.kind, exchange.paths) for exchange in DIALECT.exchanges] == [
        (Kind.SUBMIT, ("/smsgateway/sendmsg.aspx", "/smsgateway/default.aspx")),
        (
            Kind.BALANCE,
            ("/smsgateway/getbalance.aspx", "/smsgateway/getbalance/default.aspx"),
        ),
        (Kind.LIST, ("/smsgateway/updatesubscriptionlist.aspx",)),
    ]
