"""What the dialect `unified` answers: ids, codes, their order, the balance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.exchange import BalanceAsk, Kind
from dragoman.dialects.unified import (
    DIALECT,
    parse_balance_ask,
    parse_id,
    render_balance,
    render_id,
    render_submitted,
)
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

PLAIN, _, CREDITS = DIALECT.exchanges

A = "97d9d676-d7a6-8000-8000-0000000003e9"
B = "0ed087cc-d7a6-8000-8000-0000000003ea"

IDS = {
    "first": (1, "1225efff-d7a6-8000-8000-000000000001"),
    "A": (1001, A),
    "B": (1002, B),
    "C": (1003, "79d7b75a-d7a6-8000-8000-0000000003eb"),
    "last": (9007199254740991, "04af7fed-d7a6-8000-801f-ffffffffffff"),
}


@pytest.mark.parametrize(("number", "written"), IDS.values(), ids=IDS)
def test_ids_both_ways(number: int, written: str) -> None:
    assert render_id(number) == written
    assert parse_id(f" {written.upper()} ") == number


FOREIGN_IDS = {
    "another vendor's": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "one digit mistyped": A[:-1] + "8",
    "another check": "0" + A[1:],
    "zero": "0" * 8 + "-d7a6-8000-8000-000000000000",
    "an integer": "1001",
    "underscores": A.replace("0003e9", "00_3e9"),
    "nothing": "",
}


@pytest.mark.parametrize("written", FOREIGN_IDS.values(), ids=FOREIGN_IDS)
def test_foreign_ids_are_nobodys(written: str) -> None:
    assert parse_id(written) is None


@given(st.integers(1, 2**53 - 1))
def test_no_id_is_lost(number: int) -> None:
    assert parse_id(render_id(number)) == number


ASKED = Submit("DEMO", ("919812345678",), Content("Hello", Alphabet.GSM7), kind="0")


def good(token: str, message_id: int) -> Outcome:
    return Outcome(token, token.lstrip("+"), message_id, 1_000_000, 1)


def bad(token: str, reason: Reason, status: int = 0, message_id: int = 0) -> Outcome:
    return Outcome(token, "", message_id, refusal=Refusal(reason, status=status))


TRIPLE: dict[str, object] = {"reply_form": "triple"}

# Each row: outcomes, or the refusal of the whole, options, and the whole body.
ANSWERS: dict[str, tuple[list[Outcome] | Reason, dict[str, object], str]] = {
    "one accepted": ([good("919812345678", 1001)], {}, f"1701|919812345678|{A}"),
    "plus is not shown": ([good("+919812345678", 1001)], {}, f"1701|919812345678|{A}"),
    "as submitted": ([good("91 98123-45678", 1001)], {}, f"1701|91 98123-45678|{A}"),
    "two accepted": (
        [good("919812345678", 1001), good("447700900123", 1002)],
        {},
        f"1701|919812345678|{A},1701|447700900123|{B}",
    ),
    "a bad one among good": (
        [
            good("919812345678", 1001),
            bad("12ab", Reason.BAD_DESTINATION),
            good("447700900123", 1002),
        ],
        {},
        f"1701|919812345678|{A},1706|12ab,1701|447700900123|{B}",
    ),
    "only one, malformed": ([bad("12ab", Reason.BAD_DESTINATION)], {}, "1706"),
    "only one, no route": ([bad("33612345678", Reason.NO_ROUTE)], {}, "1706"),
    "opted out": ([bad("919800000001", Reason.OPTED_OUT)], {}, "1042"),
    "a duplicate in the list": (
        [good("919812345678", 1001), bad("919812345678", Reason.DUPLICATE)],
        {},
        f"1701|919812345678|{A},1041|919812345678",
    ),
    "do-not-disturb first": (
        [bad("919800000002", Reason.DO_NOT_DISTURB), good("919812345678", 1001)],
        {},
        f"1732|919800000002,1701|919812345678|{A}",
    ),
    "credit ends the list": (
        [
            good("919000000001", 1001),
            good("919000000002", 1002),
            bad("919000000003", Reason.INSUFFICIENT_CREDIT),
        ],
        {},
        f"1701|919000000001|{A},1701|919000000002|{B},1725|919000000003",
    ),
    "no credit at all": ([bad("919812345678", Reason.INSUFFICIENT_CREDIT)], {}, "1725"),
    "credit by its other code": (
        [bad("919812345678", Reason.INSUFFICIENT_CREDIT)],
        {"credit_code": 1025},
        "1025",
    ),
    "the carrier refused": (
        [bad("919812345678", Reason.CARRIER_REFUSAL, 0x0B, 1001)],
        {},
        f"11|919812345678|{A}",
    ),
    "no answer from the carrier": (
        [bad("919812345678", Reason.TIMEOUT, 0, 1001)],
        {},
        f"1715|919812345678|{A}",
    ),
    "what would break the form is not shown": (
        [bad("1|2\n3\x7f", Reason.BAD_DESTINATION), bad("+", Reason.BAD_DESTINATION)],
        {},
        "1706|123,1706|",
    ),
    "the whole refused": (Reason.SPAM, {}, "1028"),
    "the store refused": (Reason.INTERNAL, {}, "1710"),
    "the store hangs": (Reason.TIMEOUT, {}, "1715"),
    "triple, the whole refused": (Reason.BAD_CREDENTIALS, TRIPLE, "1703||"),
    "triple, its only destination refused": (
        [bad("12ab", Reason.BAD_DESTINATION)],
        TRIPLE,
        "1706|12ab|",
    ),
    "triple, one of two refused": (
        [good("919812345678", 1001), bad("12ab", Reason.BAD_DESTINATION)],
        TRIPLE,
        f"1701|919812345678|{A},1706|12ab|",
    ),
    "triple, the only destination told with the request": (
        Reason.NO_ROUTE,
        TRIPLE,
        "1706|919812345678|",
    ),
}


@pytest.mark.parametrize(("answer", "settings", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_answers(
    answer: list[Outcome] | Reason, settings: dict[str, object], expected: str
) -> None:
    if isinstance(answer, Reason):
        submitted = Submitted([], refusal=Refusal(answer))
    else:
        submitted = Submitted(answer, submission_id=7)
    response = render_submitted(ASKED, submitted, {**DIALECT.defaults, **settings})
    assert response == Response(
        200, expected.encode(), headers=(("Access-Control-Allow-Origin", "*"),)
    )


# command_status of a carrier and the code shown
CARRIER_CODES = {
    "system error": (0x08, "8"),
    "bad source": (0x0A, "10"),
    "bad destination": (0x0B, "11"),
    "queue full": (0x14, "20"),
    "submit failed": (0x45, "69"),
    "throttled": (0x58, "88"),
    "reads as banned": (16, "69"),
    "reads as not allowed": (18, "69"),
    "reads as spam": (0x404, "69"),
    "reads as do-not-disturb": (1732, "69"),
    "no status at all": (0, "69"),
    "last of the standard": (0xFF, "255"),
}


@pytest.mark.parametrize(("status", "expected"), CARRIER_CODES.values(), ids=CARRIER_CODES)
def test_carrier_codes_never_read_as_another_cause(status: int, expected: str) -> None:
    refusal = Refusal(Reason.CARRIER_REFUSAL, status=status)
    assert PLAIN.refuse(refusal, DIALECT.defaults).body == expected.encode()


WORDS = {
    Reason.MISSING_PARAMETER: "1702",
    Reason.BAD_REQUEST: "1702",
    Reason.BAD_CREDENTIALS: "1703",
    Reason.ACCOUNT_DISABLED: "1709",
    Reason.IP_BANNED: "16",
    Reason.IP_NOT_ALLOWED: "18",
    Reason.THROTTLED: "1709",
    Reason.BAD_TYPE: "1704",
    Reason.BAD_MESSAGE: "1705",
    Reason.BAD_PARAMETER: "1708",
    Reason.BAD_DESTINATION: "1706",
    Reason.BAD_SENDER: "1707",
    Reason.BAD_SCHEDULE: "1702",
    Reason.TOO_MANY_RECIPIENTS: "1706",
    Reason.TOO_LONG: "1705",
    Reason.SPAM: "1028",
    Reason.TEMPLATE_MISMATCH: "1033",
    Reason.NO_ROUTE: "1706",
    Reason.NO_PRICE: "1706",
    Reason.OPTED_OUT: "1042",
    Reason.DO_NOT_DISTURB: "1732",
    Reason.DUPLICATE: "1041",
    Reason.KEY_REUSED: "1041",
    Reason.INSUFFICIENT_CREDIT: "1725",
    Reason.TIMEOUT: "1715",
    Reason.INTERNAL: "1710",
    Reason.CARRIER_REFUSAL: "69",
    Reason.UNKNOWN_MESSAGE: "1705",
}


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_words(reason: Reason) -> None:
    answer = PLAIN.refuse(Refusal(reason), DIALECT.defaults)
    assert (answer.status, answer.body) == (200, WORDS[reason].encode())


# Each stands before the next; what shares a line shares its place.
ORDER = (
    {Reason.MISSING_PARAMETER, Reason.BAD_REQUEST},
    {Reason.IP_BANNED},
    {Reason.BAD_CREDENTIALS},
    {Reason.IP_NOT_ALLOWED},
    {Reason.BAD_TYPE},
    {Reason.BAD_MESSAGE, Reason.TOO_LONG},
    {Reason.TOO_MANY_RECIPIENTS, Reason.BAD_DESTINATION},
    {Reason.BAD_SENDER},
    {Reason.BAD_PARAMETER},
    {Reason.BAD_SCHEDULE},
    {Reason.ACCOUNT_DISABLED, Reason.THROTTLED},
    {Reason.SPAM},
    {Reason.TEMPLATE_MISMATCH},
    {Reason.NO_ROUTE, Reason.NO_PRICE},
    {Reason.OPTED_OUT},
    {Reason.DO_NOT_DISTURB},
    {Reason.DUPLICATE, Reason.KEY_REUSED},
    {Reason.INSUFFICIENT_CREDIT},
    {Reason.INTERNAL},
    {Reason.TIMEOUT},
    {Reason.CARRIER_REFUSAL},
)


def places(single: bool) -> list[int]:
    rows = [{DIALECT.rank(Refusal(reason), single) for reason in row} for row in ORDER]
    assert all(len(row) == 1 for row in rows)
    return [row.pop() for row in rows]


def test_order_of_checks() -> None:
    order = places(single=True)
    assert order == sorted(set(order))


def test_in_a_list_a_malformed_destination_is_judged_after_the_request() -> None:
    malformed, routeless = Refusal(Reason.BAD_DESTINATION), Refusal(Reason.NO_ROUTE)
    assert DIALECT.rank(malformed, False) == DIALECT.rank(routeless, False)
    assert DIALECT.rank(malformed, False) > DIALECT.rank(Refusal(Reason.SPAM), False)
    assert DIALECT.rank(malformed, True) < DIALECT.rank(Refusal(Reason.BAD_SENDER), True)


BALANCES = {
    "whole": (100_000_000, "BALANCE:100"),
    "fraction": (1_012_500, "BALANCE:1.0125"),
    "debt": (-500_000, "BALANCE:-0.5"),
    "nothing": (0, "BALANCE:0"),
}


@pytest.mark.parametrize(("balance_u", "expected"), BALANCES.values(), ids=BALANCES)
def test_credit_check(balance_u: int, expected: str) -> None:
    settings = {**DIALECT.defaults, "credit_check": True}
    asked_for = parse_balance_ask(DIALECT.read(Request("GET", "/"), settings), settings)
    response = render_balance(asked_for, Balance(balance_u), settings)
    assert (response.status, response.body) == (200, expected.encode())
    assert CREDITS.refuse(Refusal(Reason.BAD_CREDENTIALS), settings).body == b"1703"


def test_credit_check_is_no_path_unless_it_is_switched_on() -> None:
    settings = DIALECT.defaults
    assert render_balance(BalanceAsk(), Balance(1), settings) == Response(404, b"")
    assert CREDITS.refuse(Refusal(Reason.BAD_CREDENTIALS), settings) == Response(404, b"")


def test_habits_that_the_core_must_know() -> None:
    assert DIALECT.crediting is Crediting.STOP
    assert not DIALECT.distinct
    assert not DIALECT.keeps_refused
    assert [(exchange.kind, exchange.paths) for exchange in DIALECT.exchanges] == [
        (Kind.SUBMIT, ("/bulksms/bulksms",)),
        (Kind.SUBMIT, ("/bulksms/schedulemsg",)),
        (Kind.BALANCE, ("/creditcheck/checkcredits",)),
    ]
