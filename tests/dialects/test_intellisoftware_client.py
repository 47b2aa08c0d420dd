"""The dialect `intellisoftware` as a client: the request to a provider, and what its lines mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.exchange import (
    BalanceAsk,
    CannotCarry,
    Fate,
    UpstreamBalance,
    UpstreamOutcome,
)
from dragoman.dialects.intellisoftware import DIALECT, render_id
from dragoman.dialects.intellisoftware_client import (
    parse_balance,
    parse_submitted,
    render_balance_ask,
    render_submit,
)
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import (
    Alphabet,
    Balance,
    Content,
    Credentials,
    Outcome,
    Submit,
    Submitted,
)
from dragoman.protocols.http import Request, Response
from dragoman.sms.wap import PUSH_UDH, Signal, encode_push

SUBMIT, BALANCE, _LIST = DIALECT.exchanges
UP = {"username": "us", "password": "p&ss"}
LOGIN = "username=us&password=p%26ss"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
ONE = "44771012345"
TWO = "44771012346"


def sms(text: str, alphabet: Alphabet | None = Alphabet.GSM7, **more: str) -> Submit:
    return Submit(more.pop("sender", ""), (ONE,), Content(text, alphabet), **more)  # type: ignore[arg-type]


LOUD = encode_push("Look", "http://e.uk", Signal.HIGH)


def raw(octets: bytes, udh: bytes = b"") -> Submit:
    return Submit("", (ONE,), Content("", Alphabet.BINARY, udh=udh, octets=octets))


ASKS = {
    "text": (sms("Hi there"), f"to={ONE}&text=Hi+there"),
    "with a sender and a reference": (
        sms("Hi", sender="+4477", context="order 77"),
        f"to={ONE}&from=%2B4477&text=Hi&usercontext=order+77",
    ),
    "two segments": (
        sms("a" * 161),
        f"to={ONE}&maxconcat=2&text={'a' * 161}",
    ),
    "Cyrillic": (sms("Привет", None), f"to={ONE}&type=2&hex=041F04400438043204350442"),
    "two segments of Cyrillic": (
        sms("ж" * 71, Alphabet.UCS2),
        f"to={ONE}&type=2&maxconcat=2&hex={'0436' * 71}",
    ),
    "plain letters as Unicode": (sms("H", Alphabet.UCS2), f"to={ONE}&type=2&hex=0048"),
    "Latin-1 that does not fit GSM": (sms("ç", Alphabet.LATIN1), f"to={ONE}&type=2&hex=00E7"),
    "octets": (raw(b"\0\xff"), f"to={ONE}&type=3&ud=00FF"),
    "octets behind a header": (
        raw(b"\xff", bytes.fromhex("06050415820000")),
        f"to={ONE}&type=3&udh=06050415820000&ud=FF",
    ),
    "WAP push": (
        raw(encode_push("Look", "http://e.uk/?a&b"), PUSH_UDH),
        f"to={ONE}&type=4&text=Look&href=http%3A%2F%2Fe.uk%2F%3Fa%26b",
    ),
    "WAP push that says more than the fields can": (
        raw(LOUD, PUSH_UDH),
        f"to={ONE}&type=3&udh=0605040B8423F0&ud={LOUD.hex().upper()}",
    ),
    "two numbers": (
        Submit("", (f"+{ONE}", TWO), Content("Hi")),
        f"to={ONE}%2C{TWO}&text=Hi",
    ),
}


@pytest.mark.parametrize(("submit", "fields"), ASKS.values(), ids=ASKS)
def test_request(submit: Submit, fields: str) -> None:
    body = f"{LOGIN}&{fields}".encode()
    expected = Request("POST", "/smsgateway/sendmsg.aspx", headers=FORM, body=body)
    assert render_submit(submit, UP) == expected


NOT_CARRIED = {
    "flash": Content("Hi", Alphabet.GSM7, flash=True),
    "no octets": Content("Hi", Alphabet.BINARY),
    "octets of two segments": Content("", Alphabet.BINARY, octets=bytes(141)),
    "more segments than the upstream may be sent": Content("a" * 1531, Alphabet.GSM7),
}


@pytest.mark.parametrize("content", NOT_CARRIED.values(), ids=NOT_CARRIED)
def test_what_cannot_be_asked_for_is_not_dropped(content: Content) -> None:
    with pytest.raises(CannotCarry):
        render_submit(Submit("", (ONE,), content), UP)


def one(
    fate: Fate, ref: str = "", reason: Reason | None = None, detail: str = ""
) -> UpstreamOutcome:
    return UpstreamOutcome(ONE, fate, ref, reason, detail)


def failed(name: str, fate: Fate, reason: Reason) -> tuple[str, UpstreamOutcome]:
    return f"ERR:{name}", one(fate, "", reason, name)


REPLIES: dict[str, tuple[str, UpstreamOutcome]] = {
    "sent": ("ID:10011000000000000001", one(Fate.SENT, "10011000000000000001")),
    "sent, with a line end": ("ID: 10011\r\n", one(Fate.SENT, "10011")),
    "sent, with its number": (f"+{ONE},ID:10011", one(Fate.SENT, "10011")),
    "login": failed("LOGIN_INVALID", Fate.STOP, Reason.BAD_CREDENTIALS),
    "credit": failed("INSUFFICIENT_CREDIT", Fate.STOP, Reason.INSUFFICIENT_CREDIT),
    "number": failed("INVALID_NUMBER", Fate.REJECTED, Reason.BAD_DESTINATION),
    "no text": failed("NO_TEXT", Fate.REJECTED, Reason.BAD_MESSAGE),
    "missing": failed("PARAMETER_MISSING", Fate.REJECTED, Reason.BAD_MESSAGE),
    "invalid": failed("PARAMETER_INVALID", Fate.REJECTED, Reason.BAD_MESSAGE),
    "invalid, as the vendor spells it": failed(
        "PPARAMETER_INVALID", Fate.REJECTED, Reason.BAD_MESSAGE
    ),
    "request": failed("INVALID_REQUEST", Fate.REJECTED, Reason.BAD_MESSAGE),
    "message id": failed("MSGID_INVALID", Fate.REJECTED, Reason.BAD_MESSAGE),
    "a new error": failed("SOMETHING_NEW", Fate.REJECTED, Reason.BAD_MESSAGE),
    "gateway": failed("GATEWAY_ERROR", Fate.NOT_TAKEN, Reason.INTERNAL),
    "internal": failed("INTERNAL_ERROR", Fate.NOT_TAKEN, Reason.INTERNAL),
    "wait": ("DELAY:15", one(Fate.NOT_TAKEN, "", Reason.THROTTLED, "DELAY:15")),
    "a page": ("<html>", one(Fate.UNKNOWN, detail="not an answer: <html>")),
    "nothing": ("\r\n", one(Fate.UNKNOWN, detail="empty answer")),
}


@pytest.mark.parametrize(("reply", "expected"), REPLIES.values(), ids=REPLIES)
def test_reply_about_one(reply: str, expected: UpstreamOutcome) -> None:
    assert parse_submitted(sms("Hi"), Response(200, reply.encode()), UP) == (expected,)


LISTS = {
    "in order": (f"{ONE},ID:1\n{TWO},ID:1", [(Fate.SENT, "1"), (Fate.SENT, "1")]),
    "by number, other line ends": (
        f"+{TWO},ERR:INVALID_NUMBER\r\n\r\n0771012345,ID:1\r",
        [(Fate.SENT, "1"), (Fate.REJECTED, "")],
    ),
    "one is missing": (f"{TWO},ID:1\n447,ID:1", [(Fate.UNKNOWN, ""), (Fate.SENT, "1")]),
    "one line for all": ("ERR:LOGIN_INVALID", [(Fate.STOP, ""), (Fate.STOP, "")]),
}


@pytest.mark.parametrize(("reply", "expected"), LISTS.values(), ids=LISTS)
def test_reply_about_two(reply: str, expected: list[tuple[Fate, str]]) -> None:
    submit = Submit("", (ONE, TWO), Content("Hi"))
    outcomes = parse_submitted(submit, Response(200, reply.encode()), {**UP, "cc": "44"})
    assert [(outcome.fate, outcome.ref) for outcome in outcomes] == expected
    assert [outcome.number for outcome in outcomes] == [ONE, TWO]


STATUSES = {
    504: Fate.UNKNOWN,
    500: Fate.NOT_TAKEN,
    503: Fate.NOT_TAKEN,
    404: Fate.NOT_TAKEN,
    302: Fate.NOT_TAKEN,
}


@pytest.mark.parametrize(("status", "fate"), STATUSES.items())
def test_http_statuses(status: int, fate: Fate) -> None:
    outcome = one(fate, detail=f"HTTP {status}")
    assert parse_submitted(sms("Hi"), Response(status, b"ID:1"), UP) == (outcome,)
    balance = UpstreamBalance(fate=fate, detail=f"HTTP {status}")
    assert parse_balance(BalanceAsk(), Response(status, b"BALANCE:1"), UP) == balance


BALANCES = {
    "credits": ("BALANCE:100 \r\n", UpstreamBalance(100_000_000)),
    "login": ("ERR:LOGIN_INVALID", UpstreamBalance(fate=Fate.STOP, detail="LOGIN_INVALID")),
    "no number": (
        "BALANCE:",
        UpstreamBalance(fate=Fate.UNKNOWN, detail="not an answer: BALANCE:"),
    ),
    "an id": ("ID:1", UpstreamBalance(fate=Fate.UNKNOWN, detail="ID:1")),
}


@pytest.mark.parametrize(("reply", "expected"), BALANCES.values(), ids=BALANCES)
def test_balance(reply: str, expected: UpstreamBalance) -> None:
    request = Request("POST", "/smsgateway/getbalance.aspx", headers=FORM, body=LOGIN.encode())
    assert render_balance_ask(BalanceAsk(), UP) == request
    assert parse_balance(BalanceAsk(), Response(200, reply.encode()), UP) == expected


numbers = st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True)
gsm_texts = st.text(st.sampled_from("aZ 0@€{Ñ\n&+%=,|"), min_size=1, max_size=400)
unicode_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200
)
contents = st.one_of(
    st.builds(Content, gsm_texts.filter(lambda t: t.strip()), st.just(Alphabet.GSM7)),
    st.builds(Content, unicode_texts, st.just(Alphabet.UCS2)),
)
submits = st.builds(
    Submit,
    sender=st.from_regex(r"|[A-Z][a-z ]{0,9}[a-z]|\+?[0-9]{3,15}", fullmatch=True),
    tokens=st.lists(numbers, min_size=1, max_size=5).map(tuple),
    content=contents,
    context=st.text(st.sampled_from("aß &=7"), max_size=20).filter(lambda t: t == "" or t.strip()),
)


@given(submits)
def test_our_server_reads_what_our_client_asks(submit: Submit) -> None:
    request = render_submit(submit, UP)
    assert request.path in SUBMIT.paths
    ask = DIALECT.read(request, DIALECT.defaults)
    assert DIALECT.credentials(ask, DIALECT.defaults) == Credentials("us", b"p&ss")
    read = SUBMIT.parse_ask(ask, DIALECT.defaults)
    assert read.faults == ()
    assert (read.sender, read.tokens, read.context, read.content.text, read.content.alphabet) == (
        submit.sender,
        submit.tokens,
        submit.context,
        submit.content.text,
        submit.content.alphabet,
    )


@given(st.lists(numbers, min_size=1, max_size=6, unique=True), st.data())
def test_our_client_reads_what_our_server_answers(to: list[str], data: st.DataObject) -> None:
    good = data.draw(st.lists(st.booleans(), min_size=len(to), max_size=len(to)))
    refusal = Refusal(Reason.NO_ROUTE)
    outcomes = [
        Outcome(number, number, refusal=None if is_good else refusal)
        for number, is_good in zip(to, good, strict=True)
    ]
    submit = Submit("", tuple(to), Content("Hi"))
    submitted = Submitted(outcomes, submission_id=77)
    response = SUBMIT.render_answer(submit, submitted, DIALECT.defaults)
    read = parse_submitted(submit, response, UP)
    assert [(outcome.number, outcome.fate, outcome.ref) for outcome in read] == [
        (number, Fate.SENT, render_id(77)) if is_good else (number, Fate.REJECTED, "")
        for number, is_good in zip(to, good, strict=True)
    ]


def test_a_number_asked_for_twice_is_told_its_one_line() -> None:
    submit = Submit("", (ONE, TWO, ONE), Content("Hi"))
    outcomes = [Outcome(ONE, ONE), Outcome(TWO, TWO, refusal=Refusal(Reason.NO_ROUTE))]
    response = SUBMIT.render_answer(submit, Submitted(outcomes, submission_id=7), DIALECT.defaults)
    fates = [outcome.fate for outcome in parse_submitted(submit, response, UP)]
    assert fates == [Fate.SENT, Fate.REJECTED, Fate.SENT]


@given(st.integers(0, 2**50))
def test_both_ends_agree_on_a_balance(credits_left: int) -> None:
    answer = Balance(credits_left * 1_000_000)
    response = BALANCE.render_answer(BalanceAsk(), answer, DIALECT.defaults)
    assert parse_balance(BalanceAsk(), response, UP) == UpstreamBalance(answer.balance_u)


@given(st.binary(max_size=60), st.lists(numbers, min_size=1, max_size=3))
def test_whatever_a_provider_answers_is_an_outcome_of_each(body: bytes, to: list[str]) -> None:
    submit = Submit("", tuple(to), Content("Hi"))
    outcomes = parse_submitted(submit, Response(200, body), UP)
    assert [outcome.number for outcome in outcomes] == to
