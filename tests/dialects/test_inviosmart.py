"""The dialect `inviosmart` without a network: each worked example read and worded; its order."""

from typing import Any
from urllib.parse import quote

import pytest

from dragoman.dialects.exchange import BalanceAsk, StatusAsk
from dragoman.dialects.inviosmart import DIALECT, NUMBERS, check_number
from dragoman.dialects.inviosmart_words import LINES, refusal_line
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import (
    Balance,
    Content,
    Credentials,
    MessageStatus,
    Outcome,
    Submit,
    Submitted,
)
from dragoman.protocols.http import Request, Response
from tests.dialects.tables import Case, check_order, check_reading, check_wording
from tests.flow.examples import at_us
from tests.flow.examples_inviosmart import CLOCK_US, ROWS

SUBMIT, STATUS, BALANCE, HELP = DIALECT.exchanges
ME = Credentials("myusername", b"mypass")
ITALY = "393391234567"
GREECE = "306912345678"
UNKNOWN = Refusal(Reason.UNKNOWN_MESSAGE)
UNREADABLE = Refusal(Reason.BAD_DESTINATION)
GREEK = Refusal(Reason.BAD_DESTINATION, detail="greek")
NO_ROUTE = Refusal(Reason.NO_ROUTE)
DRY = Refusal(Reason.INSUFFICIENT_CREDIT)


def missing(field: str) -> Refusal:
    return Refusal(Reason.MISSING_PARAMETER, field)


def bad_sender(detail: str) -> Refusal:
    return Refusal(Reason.BAD_SENDER, detail=detail)


def user(name: str) -> Credentials:
    return Credentials(name, b"mypass")


def submit(
    *tokens: str,
    text: str = "Hello there.",
    sender: str = "MyName",
    faults: tuple[Refusal, ...] = (),
) -> Submit:
    content = Content(text, max_segments=4)
    return Submit(sender=sender, tokens=tokens or (ITALY,), content=content, faults=faults)


def told(*refusals: Refusal | None, first_id: int = 1234) -> Submitted:
    """Give outcomes in order: good ones get ids, refused ones none."""
    outcomes = []
    for refusal in refusals or (None,):
        outcome = Outcome("", "", first_id, 39_000, 1)
        if refusal is None:
            first_id += 1
        else:
            outcome = Outcome("", "", refusal=refusal)
        outcomes.append(outcome)
    return Submitted(outcomes, submission_id=1, accepted_us=CLOCK_US)


def good(asked: Submit | None = None, answered: Any = None, login: Any = ME) -> Case:
    return Case(login=login, asked=asked or submit(), answered=answered or told())


def alone(refusal: Refusal, asked: Submit | None = None, login: Any = ME) -> Case:
    """Give the case of a single recipient who is refused."""
    return Case(login=login, asked=asked or submit(), answered=told(refusal))


def faulty(*faults: Refusal, told_one: Refusal | None = None, **fields: Any) -> Case:
    """Give the case of a request whose form is wrong; its first fault is told."""
    asked = submit(*fields.pop("tokens", ()), faults=faults, **fields)
    return Case(login=ME, asked=asked, answered=told_one or faults[0])


def without_login(name: str) -> Case:
    return Case(login=missing(name), asked=submit(), answered=missing(name))


def refused(refusal: Refusal, asked: Any = None, login: Any = ME) -> Case:
    return Case(login=login, asked=asked or submit(), answered=refusal)


def status(ref: str, answered: Any, message_id: int = 0, **more: Any) -> Case:
    return Case(login=ME, asked=StatusAsk(message_id, ref=ref, **more), answered=answered)


def balance(prefix: str, price_u: int | None = None) -> Case:
    return Case(login=ME, asked=BalanceAsk(prefix), answered=Balance(112_240_000, price_u))


def stored(
    message_id: int, state: State, recipient: str, accepted: str, changed: str, **more: int
) -> MessageStatus:
    return MessageStatus(
        message_id,
        state,
        recipient,
        at_us(f"2010-12-12T14:25:{accepted}Z"),
        at_us(f"2010-12-12T14:25:{changed}Z"),
        more.get("segments", 1),
        more.get("charge_u", 39_000),
    )


DELIVERED = stored(2345, State.DELIVERED, GREECE, "14", "19", charge_u=57_000)
WAITING = stored(1111, State.QUEUED, ITALY, "10", "10")
PLAIN = (
    "1 the vendor's sample",
    "2 without the last slash",
    "2 POST",
    "2 GET with a body",
    "3 old path",
    "3 old path for UTF-8",
    "4 undecoded plus",
    "40 accepted and ignored",
)
STAR = bad_sender("characters")

CASES = {
    **dict.fromkeys(PLAIN, good()),
    "4 plus": good(submit("+393391234567")),
    "4 two zeros": good(submit("00393391234567")),
    "5 two numbers": good(submit(ITALY, GREECE), told(None, None)),
    "6 bad one among good": good(
        submit(ITALY, "abc", "393391234568"), told(None, UNREADABLE, None)
    ),
    "7 the same number twice": good(submit(ITALY, ITALY), told(None, None)),
    "8 no username": without_login("username"),
    "8 no password": without_login("password"),
    "8 no destination": Case(
        login=ME,
        asked=Submit(
            "MyName",
            (),
            Content("Hello there.", max_segments=4),
            faults=(missing("destination"),),
        ),
        answered=missing("destination"),
    ),
    "8 no sender": faulty(missing("sender"), sender=""),
    "8 no message": faulty(missing("message"), text=""),
    "9 wrong password": refused(
        Refusal(Reason.BAD_CREDENTIALS), login=Credentials("myusername", b"wrong")
    ),
    "9 peer not allowed": refused(Refusal(Reason.IP_NOT_ALLOWED), login=user("fenced")),
    "10 account off": refused(Refusal(Reason.ACCOUNT_DISABLED), login=user("off")),
    "11 no number": alone(UNREADABLE, submit("12ab")),
    "12 Greek number too short": alone(GREEK, submit("30691234567")),
    "13 no route": alone(NO_ROUTE, submit("33612345678")),
    "14 opted out": alone(Refusal(Reason.OPTED_OUT), submit("393330000001")),
    "15 no price": alone(Refusal(Reason.NO_PRICE), submit("4915112345678")),
    "16 sender of twelve letters": faulty(bad_sender("long name"), sender="TwelveLetter"),
    "16 sender of seventeen digits": faulty(bad_sender("long number"), sender="39333111222233334"),
    "16 sender of digits": faulty(bad_sender("digits"), sender="393331112222"),
    "16 sender with a star": faulty(STAR, sender="My*Name"),
    "17 sender not allowed": refused(
        bad_sender("not allowed"), submit(sender="Other"), user("list")
    ),
    "18 one number: destination before sender": faulty(
        STAR, told_one=UNREADABLE, tokens=("12ab",), sender="My*Name"
    ),
    "19 several: sender before destination": faulty(STAR, tokens=("12ab", ITALY), sender="My*Name"),
    "20 accent in GSM": good(submit(text="Perché no?")),
    "21 Greek text": good(submit(text="Καλημέρα")),
    "22 160 characters": good(submit(text="a" * 160)),
    "22 161 characters": good(submit(text="a" * 161)),
    "22 612 characters": good(submit(text="a" * 612)),
    "22 613 characters": refused(Refusal(Reason.TOO_LONG), submit(text="a" * 613)),
    "23 268 Cyrillic characters": good(submit(text="ж" * 268)),
    "23 269 Cyrillic characters": refused(Refusal(Reason.TOO_LONG), submit(text="ж" * 269)),
    "24 not UTF-8": faulty(Refusal(Reason.BAD_MESSAGE), text=""),
    "25 spam": refused(Refusal(Reason.SPAM), submit(text="Win a prize")),
    "26 nothing left": alone(
        Refusal(Reason.INSUFFICIENT_CREDIT, detail="empty"), login=user("zero")
    ),
    "27 too little left": alone(DRY, submit(GREECE), user("low")),
    "28 enough for the first": good(submit(ITALY, "393391234568"), told(None, DRY), user("low")),
    "29 status": status("2345", DELIVERED, 2345),
    "30 status of one that waits": status("1111", WAITING, 1111),
    "30 name in lower case": status("1111", WAITING, 1111),
    "31 status of two segments": status(
        "1234", stored(1234, State.SENT, ITALY, "14", "16", segments=2, charge_u=78_000), 1234
    ),
    "32 status without id": Case(
        login=ME, asked=StatusAsk(0, (missing("SMSId"),)), answered=missing("SMSId")
    ),
    "32 status of no id": status("x", UNKNOWN, faults=(UNKNOWN,)),
    "32 status of an unknown id": status("7", UNKNOWN, 7),
    "32 status of another account's": status("9999", UNKNOWN, 9999),
    "33 balance": balance(""),
    "34 balance for Italy": balance("39", 39_000),
    "34 balance for Greece": balance("30", 57_000),
    "34 prefix with zeros": balance("39", 39_000),
    "34 prefix with plus": balance("39", 39_000),
    "34 unknown prefix": balance("7"),
    "34 blank prefix": balance(""),
    "34 letters as prefix": Case(
        login=ME,
        asked=BalanceAsk("", (Refusal(Reason.BAD_PARAMETER, "countryprefix"),)),
        answered=Refusal(Reason.BAD_PARAMETER, "countryprefix"),
    ),
    "35 balance without username": refused(
        missing("username"), BalanceAsk(""), missing("username")
    ),
    "35 balance without password": refused(
        missing("password"), BalanceAsk(""), missing("password")
    ),
    "36 balance, wrong password": refused(
        Refusal(Reason.BAD_CREDENTIALS), BalanceAsk(""), Credentials("myusername", b"wrong")
    ),
    "37 help": Case(login=missing("username"), asked=None, answered=None),
    "38 draining": refused(Refusal(Reason.THROTTLED)),
    "39 phrases": alone(NO_ROUTE, submit("33612345678")),
    "old path of status": status("2345", DELIVERED, 2345),
    "old path of balance": balance(""),
    "only separators": Case(
        login=ME,
        asked=Submit(
            "MyName",
            (),
            Content("Hello there.", max_segments=4),
            faults=(missing("destination"),),
        ),
        answered=missing("destination"),
    ),
    "101 numbers": faulty(Refusal(Reason.TOO_MANY_RECIPIENTS), tokens=(ITALY,) * 101),
    "all of several refused": good(submit("12ab", "33612345678"), told(UNREADABLE, NO_ROUTE)),
    "lists switched off": faulty(UNREADABLE, tokens=(f"{ITALY}.{GREECE}",)),
    "digits allowed as sender": good(submit(sender="393331112222")),
    "Basic": balance(""),
    "JSON is no parameters": Case(
        login=missing("username"),
        asked=Submit(
            "",
            (),
            Content("", max_segments=4),
            faults=(missing("destination"), missing("sender"), missing("message")),
        ),
        answered=missing("username"),
    ),
}


def test_every_example_has_its_case() -> None:
    assert CASES.keys() == ROWS.keys()


@pytest.mark.parametrize("label", ROWS)
def test_example_is_read(label: str) -> None:
    check_reading(ROWS[label], CASES[label])


@pytest.mark.parametrize("label", ROWS)
def test_example_is_worded(label: str) -> None:
    check_wording(ROWS[label], CASES[label])


# The codes that no example shows alone, and the exchange that tells them.
WORDS = {
    "unhandled": (
        SUBMIT,
        Refusal(Reason.INTERNAL),
        "Error: 1032 - Error submiting SMS. Please try again a bit more later.",
    ),
    "store refused": (
        SUBMIT,
        Refusal(Reason.INTERNAL, detail="store"),
        "Error: 1019 - Error inserting row on transactions table. Aborting",
    ),
    "store did not answer": (
        SUBMIT,
        Refusal(Reason.TIMEOUT),
        "Error: 1010 - Error sending SMS - Gateway call error.",
    ),
    "carrier refused": (
        SUBMIT,
        Refusal(Reason.CARRIER_REFUSAL, status=11),
        "Error: 1010 - Error sending SMS - Gateway call error.",
    ),
    "registry": (
        SUBMIT,
        Refusal(Reason.DO_NOT_DISTURB),
        "Error: 1004 - Unknown destination error.",
    ),
    "duplicate": (SUBMIT, Refusal(Reason.DUPLICATE), "Status: 1024 - Error validating Sms."),
    "key": (SUBMIT, Refusal(Reason.KEY_REUSED), "Status: 1024 - Error validating Sms."),
    "template": (
        SUBMIT,
        Refusal(Reason.TEMPLATE_MISMATCH),
        "Status: 1024 - Error validating Sms.",
    ),
    "ledger": (
        BALANCE,
        Refusal(Reason.INTERNAL),
        "Status: 1025 - Error while checking balance of user.",
    ),
    "balance, account off": (
        BALANCE,
        Refusal(Reason.ACCOUNT_DISABLED),
        "Error: 1038 - User is disabled",
    ),
}


@pytest.mark.parametrize(("exchange", "refusal", "line"), WORDS.values(), ids=WORDS)
def test_words_of_a_refusal(exchange: Any, refusal: Refusal, line: str) -> None:
    assert exchange.refuse(refusal, DIALECT.defaults) == Response(200, line.encode())


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    for exchange in DIALECT.exchanges:
        words = exchange.refuse(Refusal(reason, "some field", "some detail"), DIALECT.defaults)
        assert words.body.startswith((b"Error: 1", b"Status: 1"))


# Two phrases of the vendor's replace four of the platform's codes; all else stays as it is.
PHRASES = {
    "1005": "Invalid destination or Destination not covered.",
    "1017": "Invalid destination or Destination not covered.",
    "1019": "Internal Error.",
    "1032": "Internal Error.",
}


@pytest.mark.parametrize(("reason", "name"), LINES)
def test_phrases(reason: Reason, name: str) -> None:
    line = LINES[reason, name]
    phrase = PHRASES.get(line.split()[1], line)
    assert refusal_line(Refusal(reason, detail=name), phrases=True) == phrase


def test_a_whole_refusal_may_come_with_the_answer() -> None:
    answered = Submitted([], refusal=Refusal(Reason.TIMEOUT))
    response = SUBMIT.render_answer(submit(), answered, DIALECT.defaults)
    assert response == SUBMIT.refuse(Refusal(Reason.TIMEOUT), DIALECT.defaults)


STATES = {
    "unknown subscriber": (State.UNDELIVERABLE, "unknown subscriber", b"8"),
    "other cause": (State.UNDELIVERABLE, "absent", b"64"),
    "temporary failure": (State.SENT, "temporary failure", b"16"),
    "that cause in another state": (State.EXPIRED, "temporary failure", b"128"),
}


@pytest.mark.parametrize(("state", "cause", "number"), STATES.values(), ids=STATES)
def test_a_cause_may_have_a_number_of_its_own(state: State, cause: str, number: bytes) -> None:
    told_status = MessageStatus(1, state, ITALY, CLOCK_US, CLOCK_US, 1, 39_000, cause)
    body = STATUS.render_answer(StatusAsk(1), told_status, DIALECT.defaults).body
    assert body == b"1:20101212152514:393391234567:20101212152514:" + number + b":1:0.039"


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_number(state: State) -> None:
    assert NUMBERS[state] in {1, 2, 32, 64, 128, 256, 512, 1024, 2048}


AMOUNTS = {
    "rounded down": (112_249_999, "112.24", 2878),
    "a cent": (10_000, "0.01", 0),
    "nothing": (0, "0.00", 0),
    "owed, rounded down": (-1_005_000, "-1.01", 0),
    "owed, less than a cent": (-1, "-0.01", 0),
}


@pytest.mark.parametrize(("balance_u", "shown", "count"), AMOUNTS.values(), ids=AMOUNTS)
def test_balance(balance_u: int, shown: str, count: int) -> None:
    response = BALANCE.render_answer(BalanceAsk("39"), Balance(balance_u, 39_000), {})
    assert response.body.decode() == f"Status: 1000 - Balance:{shown}|SmsRemainCount:{count}"


def test_what_costs_nothing_has_no_count() -> None:
    response = BALANCE.render_answer(BalanceAsk("39"), Balance(1_000_000, 0), {})
    assert response.body == b"Status: 1000 - Balance:1.00|SmsRemainCount:-9999"


SENDERS = {
    "letters": ("MyName", ""),
    "all that is allowed": ("A1 ._&'-z", ""),
    "letter of another alphabet": ("Ünal", "characters"),
    "sixteen digits": ("1" * 16, "digits"),
    "plus and sixteen digits": ("+" + "1" * 16, "digits"),
    "plus and seventeen digits": ("+" + "1" * 17, "long number"),
    "eleven letters": ("ElevenChars", ""),
    "long and with a star: length first": ("TwelveLette*", "long name"),
}


@pytest.mark.parametrize(("sender", "fault"), SENDERS.values(), ids=SENDERS)
def test_sender(sender: str, fault: str) -> None:
    query = f"destination={ITALY}&sender={quote(sender)}&message=Hello%20there."
    ask = DIALECT.read(Request("GET", "/sendsms/", query.encode()), {})
    faults = (bad_sender(fault),) if fault else ()
    assert SUBMIT.parse_ask(ask, DIALECT.defaults) == submit(sender=sender, faults=faults)


GREEKS = {
    "twelve digits": ("306912345678", None),
    "eleven": ("30691234567", GREEK),
    "thirteen": ("3069123456789", GREEK),
    "eleven, of another country": ("39691234567", None),
}


@pytest.mark.parametrize(("number", "refusal"), GREEKS.values(), ids=GREEKS)
def test_greek_numbers(number: str, refusal: Refusal | None) -> None:
    assert check_number(number, number, {}) == refusal


REQUEST = [
    missing("username"),
    missing("password"),
    Refusal(Reason.BAD_CREDENTIALS),
    Refusal(Reason.ACCOUNT_DISABLED),
    Refusal(Reason.THROTTLED),
    missing("destination"),
    missing("sender"),
    missing("message"),
    Refusal(Reason.BAD_MESSAGE),
    Refusal(Reason.TOO_MANY_RECIPIENTS),
]
DESTINATION = [UNREADABLE, GREEK, NO_ROUTE, Refusal(Reason.OPTED_OUT)]
SENDER_AND_TEXT = [
    bad_sender("long name"),
    bad_sender("digits"),
    STAR,
    bad_sender("not allowed"),
    Refusal(Reason.TOO_LONG),
    Refusal(Reason.SPAM),
]
MONEY_AND_STORE = [
    Refusal(Reason.DUPLICATE),
    Refusal(Reason.NO_PRICE),
    DRY,
    Refusal(Reason.INTERNAL, detail="store"),
]
ORDERS = {
    "one number": (True, [*REQUEST, *DESTINATION, *SENDER_AND_TEXT, *MONEY_AND_STORE]),
    "several": (False, [*REQUEST, *SENDER_AND_TEXT, *DESTINATION, *MONEY_AND_STORE]),
    "status": (True, [*REQUEST[:4], missing("SMSId"), UNKNOWN]),
    "balance": (
        True,
        [
            *REQUEST[:4],
            Refusal(Reason.BAD_PARAMETER, "countryprefix"),
            Refusal(Reason.INTERNAL),
        ],
    ),
}


@pytest.mark.parametrize(("single", "order"), ORDERS.values(), ids=ORDERS)
def test_order_of_checks(single: bool, order: list[Refusal]) -> None:
    check_order(DIALECT, order, single=single)


def test_a_refused_peer_stands_where_a_wrong_password_does() -> None:
    places = {
        DIALECT.rank(Refusal(reason), True)
        for reason in (Reason.BAD_CREDENTIALS, Reason.IP_BANNED, Reason.IP_NOT_ALLOWED)
    }
    assert len(places) == 1
