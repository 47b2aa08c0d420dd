"""The dialect `intouch` without a network: each worked example read and worded, and its order."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from dragoman.dialects.exchange import StatusAsk
from dragoman.dialects.intouch import DIALECT, LETTERS
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
from dragoman.protocols.http import Request, Response
from tests.dialects.tables import Case, check_order, check_reading, check_wording
from tests.flow.examples_intouch import CLOCK_US, LONG, ROWS, SHORT_LONG

DEMO = Credentials("demo", b"secret")
NUMBER = "250785971082"
UNREADABLE = Refusal(Reason.BAD_DESTINATION)
SUBMIT = DIALECT.exchanges[0]
STATUS = DIALECT.exchanges[1]


def submit(
    *tokens: str, text: str = "Hello", sender: str = "Intouch", url: str = "", **more: Any
) -> Submit:
    return Submit(
        sender=sender,
        tokens=tokens or ("0785971082",),
        content=Content(text),
        receipt_url=url,
        **more,
    )


def sent(
    *outcomes: Outcome, cost_u: int = 18_000_000, balance_u: int = -1_617_000_000
) -> Submitted:
    good = Outcome("0785971082", NUMBER, 238254, cost_u, 1)
    return Submitted([good, *outcomes], submission_id=1, balance_u=balance_u, accepted_us=CLOCK_US)


def refused(
    reason: Reason,
    asked: Any = None,
    login: Credentials | Refusal = DEMO,
    field: str = "",
    faults: tuple[Refusal, ...] = (),
    detail: str = "",
) -> Case:
    refusal = Refusal(reason, field, detail)
    return Case(
        login=login, asked=submit(faults=faults) if asked is None else asked, answered=refusal
    )


def missing(field: str) -> Refusal:
    return Refusal(Reason.MISSING_PARAMETER, field)


def faulty(fault: Refusal, *tokens: str, **fields: Any) -> Case:
    """Give the case of a request whose form is wrong: the fault is found, and is told."""
    return Case(login=DEMO, asked=submit(*tokens, faults=(fault,), **fields), answered=fault)


def user(name: str, password: bytes = b"secret") -> Credentials:
    return Credentials(name, password)


HELLO = Case(login=DEMO, asked=submit(), answered=sent())
PLUS = Case(login=DEMO, asked=submit("+250785971082"), answered=sent())
TWO = Case(
    login=DEMO,
    asked=submit("0785971082", "0782300441", text="Hello World"),
    answered=sent(
        Outcome("0782300441", "250782300441", 238255, 18_000_000, 1), balance_u=-1_635_000_000
    ),
)
# A JSON number has no leading zero to keep.
TWO_JSON = Case(
    login=DEMO,
    asked=submit("0785971082", "250782300441", text="Hello World"),
    answered=TWO.answered,
)
MIXED_TOKENS = ("0785971082", "12ab", "0788000001")
MIXED = Case(
    login=DEMO,
    asked=submit(*MIXED_TOKENS),
    answered=sent(
        Outcome("12ab", "", 238255, refusal=UNREADABLE),
        Outcome("0788000001", "250788000001", 238256, refusal=Refusal(Reason.OPTED_OUT)),
    ),
)
BODY_FAULT = Refusal(Reason.BAD_REQUEST, detail="body")
NO_FIELDS = (BODY_FAULT, missing("recipients"), missing("message"), missing("sender"))
DELIVERED = MessageStatus(
    223750, State.DELIVERED, NUMBER, 1440685198000000, 1440686507000000, 1, 18_000_000
)


def status(ref: str, answered: Any, *, message_id: int = 0, **more: Any) -> Case:
    return Case(login=DEMO, asked=StatusAsk(message_id, ref=ref, **more), answered=answered)


UNKNOWN = Refusal(Reason.UNKNOWN_MESSAGE)
CASES = {
    "1 one recipient": HELLO,
    "2 two recipients": TWO,
    "3 login as parameters": PLUS,
    "4 GET with an undecoded plus": Case(login=DEMO, asked=submit("250785971082"), answered=sent()),
    "5 blanks around the colon of Basic": HELLO,
    "6 JSON": TWO_JSON,
    "7 JSON without Content-Type": TWO_JSON,
    "8 POST with everything in the query": PLUS,
    "9 bad ones among good": MIXED,
    "10 all bad": Case(
        login=DEMO,
        asked=submit("12ab"),
        answered=Submitted([Outcome("12ab", "", refusal=UNREADABLE)]),
    ),
    "11 no route": Case(
        login=DEMO,
        asked=submit("44771012345"),
        answered=Submitted(
            [Outcome("44771012345", "44771012345", refusal=Refusal(Reason.NO_ROUTE))]
        ),
    ),
    "12 no credit": Case(
        login=user("poor"),
        asked=submit(),
        answered=Submitted([], refusal=Refusal(Reason.INSUFFICIENT_CREDIT)),
    ),
    "13 no login": refused(Reason.MISSING_PARAMETER, login=missing("username"), field="username"),
    "14 wrong password": refused(Reason.BAD_CREDENTIALS, login=user("demo", b"wrong")),
    "15 account off": refused(Reason.ACCOUNT_DISABLED, login=user("off")),
    "16 blank message": faulty(missing("message"), text=""),
    "17 sender of twelve letters": faulty(Refusal(Reason.BAD_SENDER), sender="TwelveLetter"),
    "18 beyond plane 0": Case(login=DEMO, asked=submit(text="Muraho 😀"), answered=sent()),
    "19 161 GSM characters": Case(
        login=DEMO,
        asked=submit(text=LONG),
        answered=sent(cost_u=36_000_000, balance_u=-1_635_000_000),
    ),
    "20 71 Cyrillic characters": Case(
        login=DEMO,
        asked=submit(text=SHORT_LONG),
        answered=sent(cost_u=36_000_000, balance_u=-1_635_000_000),
    ),
    "21 not UTF-8": faulty(Refusal(Reason.BAD_MESSAGE), text=""),
    "22 spam": refused(Reason.SPAM, submit(text="Win a prize now"), user("rules")),
    "23 do not disturb": Case(
        login=user("rules"),
        asked=submit("0788000002"),
        answered=Submitted(
            [Outcome("0788000002", "250788000002", refusal=Refusal(Reason.DO_NOT_DISTURB))]
        ),
    ),
    "24 status": status("223750", DELIVERED, message_id=223750),
    "25 status of one that waits": status(
        "238254",
        MessageStatus(238254, State.QUEUED, NUMBER, CLOCK_US, CLOCK_US, 1, 18_000_000),
        message_id=238254,
    ),
    "26 status of another account's": status("200001", UNKNOWN, message_id=200001),
    "26 status of no id": status("abc", UNKNOWN, faults=(UNKNOWN,)),
    "26 status of an unknown id": status("999999", UNKNOWN, message_id=999999),
    "27 status by JSON": status("223750", DELIVERED, message_id=223750),
    "29 wrong password, live status": refused(Reason.BAD_CREDENTIALS, login=user("demo", b"wrong")),
    "30 path in capitals, doubled slash": HELLO,
    "no password": refused(Reason.MISSING_PARAMETER, login=missing("password"), field="password"),
    "no recipients": Case(
        login=DEMO,
        asked=Submit("Intouch", (), Content("Hello"), faults=(missing("recipients"),)),
        answered=missing("recipients"),
    ),
    "only separators": Case(
        login=DEMO,
        asked=Submit("Intouch", (), Content("Hello"), faults=(missing("recipients"),)),
        answered=missing("recipients"),
    ),
    "no sender": faulty(missing("sender"), sender=""),
    "broken JSON": Case(
        login=DEMO, asked=Submit("", (), Content(""), faults=NO_FIELDS), answered=BODY_FAULT
    ),
    "JSON that is no object": Case(
        login=DEMO, asked=Submit("", (), Content(""), faults=NO_FIELDS), answered=BODY_FAULT
    ),
    "NUL in the message": faulty(Refusal(Reason.BAD_MESSAGE), text=""),
    "1001 recipients": faulty(Refusal(Reason.TOO_MANY_RECIPIENTS), *["0785971082"] * 1001),
    "eleven segments": refused(Reason.TOO_LONG, submit(text="a" * 1531)),
    "sender not allowed": refused(
        Reason.BAD_SENDER, submit(sender="Other"), user("named"), detail="not allowed"
    ),
    "peer not allowed": refused(Reason.IP_NOT_ALLOWED, login=user("fenced")),
    "unknown user": refused(Reason.BAD_CREDENTIALS, login=user("nobody")),
    "draining": refused(Reason.THROTTLED),
    "template": refused(Reason.TEMPLATE_MISMATCH),
    "no messageid": Case(
        login=DEMO,
        asked=StatusAsk(0, (missing("messageid"),)),
        answered=missing("messageid"),
    ),
    "mixed list refused": Case(login=DEMO, asked=submit(*MIXED_TOKENS), answered=UNREADABLE),
    "without extra keys": MIXED,
    "quotes and line ends in the text": Case(
        login=DEMO, asked=submit(text='say "no"\r\n'), answered=sent()
    ),
    "account off, live status": refused(Reason.ACCOUNT_DISABLED, login=user("off")),
    "no route, live status": refused(Reason.NO_ROUTE, submit("44771012345")),
    "other spelling of the path": Case(
        login=DEMO,
        asked=submit("250785971082", url="http://cb.example/r?k=1"),
        answered=sent(),
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


@pytest.mark.parametrize("label", ROWS)
def test_an_example_s_answer_is_json(label: str) -> None:
    json.loads(ROWS[label].answer)


# What the list of errors says, for those that no example shows alone.
WORDS = {
    "banned": (Refusal(Reason.IP_BANNED), "IP address not allowed"),
    "duplicate": (Refusal(Reason.DUPLICATE), "Duplicate message"),
    "key": (Refusal(Reason.KEY_REUSED), "Idempotency key was used for another request"),
    "carrier": (Refusal(Reason.CARRIER_REFUSAL, status=88), "Carrier refused: 88"),
    "timeout": (Refusal(Reason.TIMEOUT), "Gateway timeout, do not resend"),
    "internal": (Refusal(Reason.INTERNAL), "Internal error"),
    "no price": (Refusal(Reason.NO_PRICE), "Destination not supported"),
    "other parameter": (Refusal(Reason.BAD_PARAMETER, "dlrurl"), "Invalid dlrurl"),
}


@pytest.mark.parametrize(("refusal", "words"), WORDS.values(), ids=WORDS)
def test_words_of_a_refusal(refusal: Refusal, words: str) -> None:
    body = f'{{"success":false,"detail":"{words}","response":[{{"errors":{{"error":"{words}"}}}}]}}'
    expected = Response(400, body.encode(), "application/json")
    assert SUBMIT.refuse(refusal, DIALECT.defaults) == expected


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    for exchange in DIALECT.exchanges:
        refusal = Refusal(reason, "some field")
        assert json.loads(exchange.refuse(refusal, DIALECT.defaults).body)["detail"]


def test_a_recipient_that_the_carrier_refused_stands_under_a_success() -> None:
    """It has an id by then: a 400 would say that nothing exists."""
    carrier = Refusal(Reason.CARRIER_REFUSAL, status=11)
    answered = Submitted(
        [Outcome("0785971082", NUMBER, 238254, refusal=carrier)],
        balance_u=-1_599_000_000,
        accepted_us=CLOCK_US,
    )
    response = SUBMIT.render_answer(submit(), answered, DIALECT.defaults)
    assert response.status == 200
    assert json.loads(response.body) == {
        "details": [
            {
                "status": "U",
                "message": "Hello",
                "cost": 0.0,
                "recepient": "+250785971082",
                "receipient": "+250785971082",
                "messageid": 238254,
                "error": "Carrier refused: 11",
            }
        ],
        "success": True,
        "summary": {
            "message": "Hello",
            "balance": -1599.0,
            "cost": 0.0,
            "totalmessages": 1,
            "time": "2015-08-27T16:19:58.398",
        },
    }


def test_a_whole_refusal_may_come_with_the_answer() -> None:
    answered = Submitted([], refusal=Refusal(Reason.TIMEOUT))
    assert SUBMIT.render_answer(submit(), answered, DIALECT.defaults) == SUBMIT.refuse(
        Refusal(Reason.TIMEOUT), DIALECT.defaults
    )


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_letter(state: State) -> None:
    assert LETTERS[state] in "PDQESU"


ORDER = [
    BODY_FAULT,
    missing("username"),
    missing("password"),
    Refusal(Reason.BAD_CREDENTIALS),
    Refusal(Reason.ACCOUNT_DISABLED),
    Refusal(Reason.IP_NOT_ALLOWED),
    Refusal(Reason.THROTTLED),
    missing("recipients"),
    missing("message"),
    missing("sender"),
    Refusal(Reason.TOO_MANY_RECIPIENTS),
    Refusal(Reason.BAD_MESSAGE),
    Refusal(Reason.TOO_LONG),
    Refusal(Reason.BAD_SENDER),
    Refusal(Reason.SPAM),
    Refusal(Reason.TEMPLATE_MISMATCH),
    Refusal(Reason.BAD_DESTINATION),
    Refusal(Reason.NO_ROUTE),
    Refusal(Reason.OPTED_OUT),
    Refusal(Reason.DO_NOT_DISTURB),
    Refusal(Reason.DUPLICATE),
    Refusal(Reason.INSUFFICIENT_CREDIT),
    Refusal(Reason.INTERNAL),
]
STATUS_ORDER = [
    *ORDER[:6],
    missing("messageid"),
    Refusal(Reason.UNKNOWN_MESSAGE),
    Refusal(Reason.INTERNAL),
]


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("order", [ORDER, STATUS_ORDER], ids=["send", "status"])
def test_order_of_checks(order: list[Refusal], single: bool) -> None:
    check_order(DIALECT, order, single=single)


SENDERS = {
    "letters": ("Intouch", True),
    "eleven": ("ElevenChars", True),
    "twelve": ("TwelveLetter", False),
    "GSM letters": ("Café Ñ", True),
    "beyond GSM": ("Привет", False),
    "short code": ("8111", True),
    "fifteen digits": ("1" * 15, True),
    "fifteen digits and a plus": ("+" + "1" * 15, True),
    "sixteen digits": ("1" * 16, False),
    "line end inside": ("In\ntouch", False),
}


@pytest.mark.parametrize(("sender", "is_good"), SENDERS.values(), ids=SENDERS)
def test_sender(sender: str, is_good: bool) -> None:
    ask = DIALECT.read(_ask(sender=sender), {})
    asked = SUBMIT.parse_ask(ask, DIALECT.defaults)
    assert asked == submit(sender=sender, faults=() if is_good else (Refusal(Reason.BAD_SENDER),))


URLS = {
    "plain": ("http://cb.example/r?k=1", "http://cb.example/r?k=1"),
    "TLS, capitals": ("HTTPS://cb.example", "HTTPS://cb.example"),
    "other scheme": ("ftp://cb.example/", ""),
    "no host": ("http://", ""),
    "blank inside": ("http://cb.example/a b", ""),
    "2000 characters": ("http://" + "a" * 1993, "http://" + "a" * 1993),
    "2001 characters": ("http://" + "a" * 1994, ""),
}


@pytest.mark.parametrize(("given", "kept"), URLS.values(), ids=URLS)
def test_an_unusable_receipt_url_does_not_fail_the_request(given: str, kept: str) -> None:
    asked = SUBMIT.parse_ask(DIALECT.read(_ask(dlrurl=given), {}), DIALECT.defaults)
    assert asked == submit(url=kept)


IDS = {
    "digits": ("238254", 238254),
    "leading zeros": ("000238254", 238254),
    "largest": (str(2**53 - 1), 2**53 - 1),
    "too large": (str(2**53), 0),
    "thousands of digits": ("9" * 5000, 0),
    "zero": ("0", 0),
    "sign": ("-1", 0),
    "decimal": ("238254.0", 0),
    "digits of another script": ("٢٣٨", 0),
}


@pytest.mark.parametrize(("ref", "message_id"), IDS.values(), ids=IDS)
def test_message_id(ref: str, message_id: int) -> None:
    asked = STATUS.parse_ask(DIALECT.read(_ask(messageid=ref), {}), DIALECT.defaults)
    assert asked == StatusAsk(message_id, () if message_id else (UNKNOWN,), ref)


def _ask(**changes: str) -> Request:
    fields = {"recipients": "0785971082", "sender": "Intouch", "message": "Hello"} | changes
    return Request("GET", "/api/sendsms", urlencode(fields).encode())
