"""The dialect `itec` without a network: each worked example read and worded."""

from typing import Any

import pytest

from dragoman.dialects.exchange import StatusAsk
from dragoman.dialects.itec import DIALECT, check_number
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import (
    Content,
    Credentials,
    MessageStatus,
    Outcome,
    Submit,
    Submitted,
)
from tests.dialects.tables import Case, check_reading, check_wording
from tests.flow.examples import at_us
from tests.flow.examples_itec import CLOCK_US, GSM_160, ROWS

DEMO = Credentials("demo", b"secret")
NUMBER = "250785971082"
PRICE_U = 15_000_000
UNKNOWN = Refusal(Reason.UNKNOWN_MESSAGE)
BODY_FAULT = Refusal(Reason.BAD_REQUEST, detail="body")


def missing(field: str) -> Refusal:
    return Refusal(Reason.MISSING_PARAMETER, field)


def submit(*tokens: str, text: str = "test sms", sender: str = "Itec", **more: Any) -> Submit:
    return Submit(sender=sender, tokens=tokens or (f"+{NUMBER}",), content=Content(text), **more)


def sent(*outcomes: Outcome, balance_u: int = 985_000_000) -> Submitted:
    given = list(outcomes) or [Outcome(f"+{NUMBER}", NUMBER, 700001, PRICE_U, 1)]
    return Submitted(given, submission_id=1, balance_u=balance_u, accepted_us=CLOCK_US)


def good(asked: Submit, answered: Submitted | None = None, login: Any = DEMO) -> Case:
    return Case(login=login, asked=asked, answered=answered or sent())


def refused(answered: Any, asked: Submit | None = None, login: Any = DEMO) -> Case:
    return Case(login=login, asked=asked or submit(), answered=answered)


def alone(token: str, number: str, reason: Reason) -> Submitted:
    return Submitted([Outcome(token, number, refusal=Refusal(reason))])


UNREAD = (BODY_FAULT, missing("recipients"), missing("message"), missing("sender"))
STATUS = Case(
    login=DEMO,
    asked=StatusAsk(650001, ref="650001"),
    answered=MessageStatus(
        650001,
        State.REJECTED,
        NUMBER,
        at_us("2026-03-02T10:00:00Z"),
        at_us("2026-03-02T10:00:03Z"),
        1,
        PRICE_U,
    ),
)
THREE = ("0785971082", "785971082", "00250785971082")

CASES = {
    **dict.fromkeys(
        (
            "1 one recipient",
            "2 everything in the query",
            "3 form",
            "4 JSON in the field data",
            "4 JSON in the field json of the query",
            "4 JSON encoded twice",
            "5 Basic",
            "6 login in the query",
            "parameters before Basic",
            "path as the sister's",
            "path with a suffix",
        ),
        good(submit()),
    ),
    "7 two countries": good(
        submit("+250785971082", "+256772000000"),
        sent(
            Outcome("+250785971082", NUMBER, 700001, PRICE_U, 1),
            Outcome("+256772000000", "256772000000", 700002, 2 * PRICE_U, 1),
            balance_u=955_000_000,
        ),
    ),
    "8 three forms of one number": good(
        submit(*THREE),
        sent(
            *(Outcome(token, NUMBER, 700001 + i, PRICE_U, 1) for i, token in enumerate(THREE)),
            balance_u=955_000_000,
        ),
    ),
    "9 bad one among good": good(
        submit("+250785971082", "+1"),
        sent(
            Outcome("+250785971082", NUMBER, 700001, PRICE_U, 1),
            Outcome("+1", "", 700002, refusal=Refusal(Reason.BAD_DESTINATION)),
        ),
    ),
    "10 opted out": refused(
        alone("+250788000001", "250788000001", Reason.OPTED_OUT), submit("+250788000001")
    ),
    "11 no route": refused(
        alone("+254700000000", "254700000000", Reason.NO_ROUTE), submit("+254700000000")
    ),
    "12 no credit for two": refused(
        Submitted([], refusal=Refusal(Reason.INSUFFICIENT_CREDIT)),
        submit("+250785971082", "+250785971083"),
        Credentials("poor", b"secret"),
    ),
    "13 broken JSON": refused(
        BODY_FAULT, Submit("", (), Content(""), faults=UNREAD), missing("username")
    ),
    "14 JSON that is no object": refused(
        BODY_FAULT, Submit("", (), Content(""), faults=UNREAD), missing("username")
    ),
    "15 no password": refused(missing("password"), login=missing("password")),
    "16 wrong password": refused(
        Refusal(Reason.BAD_CREDENTIALS), login=Credentials("demo", b"wrong")
    ),
    "17 peer not allowed": refused(
        Refusal(Reason.IP_NOT_ALLOWED), login=Credentials("fenced", b"secret")
    ),
    "18 no template matches": refused(
        Refusal(Reason.TEMPLATE_MISMATCH), submit(text="Hello"), Credentials("tmpl", b"secret")
    ),
    "18 a template matches": good(
        submit(text="Your code is 4711"), login=Credentials("tmpl", b"secret")
    ),
    "19 extension characters": good(submit(text="Café €5 ^")),
    "20 161 septets": good(
        submit(text=GSM_160),
        sent(Outcome(f"+{NUMBER}", NUMBER, 700001, 2 * PRICE_U, 2), balance_u=970_000_000),
    ),
    "21 Arabic": good(submit(text="مرحبا")),
    "22 no sender": refused(missing("sender"), submit(sender="", faults=(missing("sender"),))),
    "23 status": STATUS,
    "24 status, id as text": STATUS,
    "24 status by GET": STATUS,
    "25 status without id": Case(
        login=DEMO, asked=StatusAsk(0, (missing("messageid"),)), answered=missing("messageid")
    ),
    "26 status of an unknown id": Case(login=DEMO, asked=StatusAsk(1, ref="1"), answered=UNKNOWN),
    "28 strict about E.164": refused(
        alone("0785971082", NUMBER, Reason.BAD_DESTINATION), submit("0785971082")
    ),
    "strict takes eleven digits": good(submit(NUMBER)),
}


def test_every_example_has_its_case() -> None:
    assert CASES.keys() == ROWS.keys()


@pytest.mark.parametrize("label", ROWS)
def test_example_is_read(label: str) -> None:
    check_reading(ROWS[label], CASES[label])


@pytest.mark.parametrize("label", ROWS)
def test_example_is_worded(label: str) -> None:
    check_wording(ROWS[label], CASES[label])


NUMBERS = {
    "plus": ("+250785971082", True),
    "eleven digits": ("25078597108", True),
    "fifteen digits": ("250785971082123", True),
    "two zeros": ("00250785971082", True),
    "national": ("0785971082", False),
    "without trunk": ("785971082", False),
    "sixteen digits": ("0250785971082123", False),
}


@pytest.mark.parametrize(("token", "is_good"), NUMBERS.values(), ids=NUMBERS)
def test_strict_about_numbers_only_when_told(token: str, is_good: bool) -> None:
    refusal = None if is_good else Refusal(Reason.BAD_DESTINATION)
    assert check_number(token, NUMBER, {"strict_e164": "on"}) == refusal
    assert check_number(token, NUMBER, DIALECT.defaults) is None
