"""The dialect `unified` as a client: the request to a provider, and what its codes mean."""

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
from dragoman.dialects.unified import DIALECT, render_id
from dragoman.dialects.unified_client import (
    parse_balance,
    parse_submitted,
    render_balance_ask,
    render_submit,
)
from dragoman.model.extras import Extras
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

SUBMIT, _, BALANCE = DIALECT.exchanges
UP = {"username": "us", "password": "p&ss"}
LOGIN = "username=us&password=p%26ss"
ONE = "919812345678"
TWO = "447700900123"


def sms(text: str, alphabet: Alphabet | None = Alphabet.GSM7, *, flash: bool = False) -> Submit:
    return Submit("DEMO", (ONE,), Content(text, alphabet, flash=flash))


def push_of(title: str, link: str, action: Signal = Signal.MEDIUM) -> Content:
    octets = encode_push(title, link, action)
    return Content(f"{title}\n{link}", Alphabet.BINARY, udh=PUSH_UDH, octets=octets)


def query(kind: str, message: str, dlr: str = "1", numbers: str = ONE) -> str:
    return f"{LOGIN}&type={kind}&dlr={dlr}&destination={numbers}&source=DEMO&message={message}"


ASKS = {
    "text": (sms("Hi there"), query("0", "Hi%20there")),
    "text without a chosen alphabet": (sms("Hi", None), query("0", "Hi")),
    "flash": (sms("Hi", flash=True), query("1", "Hi")),
    "Cyrillic": (sms("Привет", Alphabet.UCS2), query("2", "041F04400438043204350442")),
    "plain letters as Unicode": (sms("Hi", Alphabet.UCS2), query("2", "00480069")),
    "flash beyond plane 0": (sms("😀", Alphabet.UCS2, flash=True), query("6", "D83DDE00")),
    "Latin-1 that fits GSM": (sms("Ça va", Alphabet.LATIN1), query("0", "%C3%87a%20va")),
    "Latin-1 that does not": (sms("ç", Alphabet.LATIN1), query("2", "00E7")),
    "WAP push": (
        Submit("DEMO", (ONE,), push_of("Look", "http://www.e.uk/a?b=1&c")),
        query("4", "Look") + "&url=http%3A%2F%2Fwww.e.uk%2Fa%3Fb%3D1%26c",
    ),
    "no receipt, two numbers": (
        Submit("DEMO", (f"+{ONE}", TWO), Content("Hi"), wants_receipt=False),
        query("0", "Hi", dlr="0", numbers=f"{ONE}%2C{TWO}"),
    ),
}


@pytest.mark.parametrize(("submit", "expected"), ASKS.values(), ids=ASKS)
def test_request(submit: Submit, expected: str) -> None:
    assert render_submit(submit, UP) == Request("GET", "/bulksms/bulksms", expected.encode())


def test_request_as_a_form() -> None:
    assert render_submit(sms("Hi there"), {**UP, "method": "POST"}) == Request(
        "POST",
        "/bulksms/bulksms",
        headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
        body=query("0", "Hi+there").encode(),
    )


NOT_CARRIED = {
    "nothing": Content("", Alphabet.BINARY),
    "octets": Content("", Alphabet.BINARY, octets=b"\0"),
    "octets for another port": Content("", Alphabet.BINARY, udh=b"\4\4\2\1\1", octets=b"\0"),
    "a push that is broken": Content("", Alphabet.BINARY, udh=PUSH_UDH, octets=b"\0"),
    "a push that says more": push_of("Look", "http://e.uk", Signal.HIGH),
    "a push without a title": push_of("", "http://e.uk"),
}


@pytest.mark.parametrize("content", NOT_CARRIED.values(), ids=NOT_CARRIED)
def test_raw_octets_are_refused_and_not_dropped(content: Content) -> None:
    with pytest.raises(CannotCarry, match="raw octets"):
        render_submit(Submit("DEMO", (ONE,), content), UP)


def one(fate: Fate, reason: Reason | None, detail: str, ref: str = "") -> list[UpstreamOutcome]:
    return [UpstreamOutcome(ONE, fate, ref, reason, detail)]


def rejected(code: str, reason: Reason) -> tuple[str, list[UpstreamOutcome]]:
    return code, one(Fate.REJECTED, reason, code)


def stopped(code: str, reason: Reason) -> tuple[str, list[UpstreamOutcome]]:
    return code, one(Fate.STOP, reason, code)


REPLIES: dict[str, tuple[str, list[UpstreamOutcome]]] = {
    "sent": (f"1701|{ONE}|abc-1", one(Fate.SENT, None, "1701", "abc-1")),
    "sent, with a plus and a line end": (
        f"1701|+{ONE}|abc-1\r\n",
        one(Fate.SENT, None, "1701", "abc-1"),
    ),
    "scheduled": ("Scheduled|abc-1", one(Fate.SENT, None, "", "abc-1")),
    "try again later": ("1709", one(Fate.NOT_TAKEN, Reason.THROTTLED, "1709")),
    "unknown": (f"1715|{ONE}|abc-1", one(Fate.UNKNOWN, Reason.TIMEOUT, "1715", "abc-1")),
    "password": stopped("1703", Reason.BAD_CREDENTIALS),
    "banned": stopped("16", Reason.IP_BANNED),
    "not allowed": stopped("18", Reason.IP_NOT_ALLOWED),
    "credit": stopped("1725", Reason.INSUFFICIENT_CREDIT),
    "credit, other papers": stopped("1025", Reason.INSUFFICIENT_CREDIT),
    "credit, 1026": stopped("1026", Reason.INSUFFICIENT_CREDIT),
    "credit, 1726": stopped("1726", Reason.INSUFFICIENT_CREDIT),
    "parameter": rejected("1702", Reason.BAD_REQUEST),
    "type": rejected("1704", Reason.BAD_TYPE),
    "message": rejected("1705", Reason.BAD_MESSAGE),
    "destination": rejected("1706", Reason.BAD_DESTINATION),
    "source": rejected("1707", Reason.BAD_SENDER),
    "dlr": rejected("1708", Reason.BAD_PARAMETER),
    "internal": rejected("1710", Reason.INTERNAL),
    "internal, 8": rejected("8", Reason.INTERNAL),
    "internal, 69": rejected("69", Reason.INTERNAL),
    "do not disturb": rejected("1732", Reason.DO_NOT_DISTURB),
    "spam": rejected("1028", Reason.SPAM),
    "template": rejected("1033", Reason.TEMPLATE_MISMATCH),
    "duplicate": rejected("1041", Reason.DUPLICATE),
    "opted out": rejected("1042", Reason.OPTED_OUT),
    "status of SMPP": rejected("88", Reason.CARRIER_REFUSAL),
    "triple form": ("1703||", one(Fate.STOP, Reason.BAD_CREDENTIALS, "1703")),
    "no answer at all": ("", one(Fate.UNKNOWN, None, "not an answer: ")),
    "a page": ("<html>", one(Fate.UNKNOWN, None, "not an answer: <html>")),
    "digits without end": ("1" * 5000, one(Fate.UNKNOWN, None, "not an answer: " + "1" * 80)),
}


@pytest.mark.parametrize(("reply", "expected"), REPLIES.values(), ids=REPLIES)
def test_reply_about_one(reply: str, expected: list[UpstreamOutcome]) -> None:
    assert parse_submitted(sms("Hi"), Response(200, reply.encode()), UP) == tuple(expected)


def of(number: str, fate: Fate, ref: str = "", reason: Reason | None = None) -> tuple[object, ...]:
    return number, fate, ref, reason


LISTS = {
    "in order": (
        f"1701|{ONE}|a,1701|{TWO}|b",
        [of(ONE, Fate.SENT, "a"), of(TWO, Fate.SENT, "b")],
    ),
    "by number": (
        f"1701|+{TWO}|b,1706|00{ONE}",
        [of(ONE, Fate.REJECTED, "", Reason.BAD_DESTINATION), of(TWO, Fate.SENT, "b")],
    ),
    "dry before the second": (
        f"1701|{ONE}|a,1725|{TWO}",
        [of(ONE, Fate.SENT, "a"), of(TWO, Fate.STOP, "", Reason.INSUFFICIENT_CREDIT)],
    ),
    "dry, and the rest not listed": (
        f"1725|{ONE}",
        [
            of(ONE, Fate.STOP, "", Reason.INSUFFICIENT_CREDIT),
            of(TWO, Fate.REJECTED, "", Reason.INSUFFICIENT_CREDIT),
        ],
    ),
    "one is missing": (f"1701|{TWO}|b", [of(ONE, Fate.UNKNOWN), of(TWO, Fate.SENT, "b")]),
    "one is garbled": (
        f"1701|{ONE}|a,what",
        [of(ONE, Fate.SENT, "a"), of(TWO, Fate.UNKNOWN)],
    ),
    "a code for all": (
        "1703",
        [
            of(ONE, Fate.STOP, "", Reason.BAD_CREDENTIALS),
            of(TWO, Fate.STOP, "", Reason.BAD_CREDENTIALS),
        ],
    ),
}


@pytest.mark.parametrize(("reply", "expected"), LISTS.values(), ids=LISTS)
def test_reply_about_two(reply: str, expected: list[tuple[object, ...]]) -> None:
    submit = Submit("DEMO", (ONE, TWO), Content("Hi"))
    outcomes = parse_submitted(submit, Response(200, reply.encode()), UP)
    assert [(o.number, o.fate, o.ref, o.reason) for o in outcomes] == expected


STATUSES = {
    429: Fate.NOT_TAKEN,
    503: Fate.NOT_TAKEN,
    500: Fate.UNKNOWN,
    502: Fate.UNKNOWN,
    504: Fate.UNKNOWN,
    302: Fate.UNKNOWN,
    404: Fate.UNKNOWN,
}


@pytest.mark.parametrize(("status", "fate"), STATUSES.items())
def test_http_statuses(status: int, fate: Fate) -> None:
    response = Response(status, f"1701|{ONE}|a".encode())
    outcome = UpstreamOutcome(ONE, fate, detail=f"HTTP {status}")
    assert parse_submitted(sms("Hi"), response, UP) == (outcome,)
    balance = UpstreamBalance(fate=fate, detail=f"HTTP {status}")
    assert parse_balance(BalanceAsk(), Response(status, b"BALANCE:1"), UP) == balance


BALANCES = {
    "decimal": ("BALANCE:12.5\n", UpstreamBalance(12_500_000)),
    "password": ("1703", UpstreamBalance(fate=Fate.STOP, detail="1703")),
    "no number": (
        "BALANCE:x",
        UpstreamBalance(fate=Fate.UNKNOWN, detail="not an answer: BALANCE:x"),
    ),
    "a code that is no answer": (
        f"1701|{ONE}|a",
        UpstreamBalance(fate=Fate.UNKNOWN, detail="1701"),
    ),
}


@pytest.mark.parametrize(("reply", "expected"), BALANCES.values(), ids=BALANCES)
def test_balance(reply: str, expected: UpstreamBalance) -> None:
    request = render_balance_ask(BalanceAsk(), UP)
    assert request == Request("GET", "/CreditCheck/checkcredits", LOGIN.encode())
    assert parse_balance(BalanceAsk(), Response(200, reply.encode()), UP) == expected


numbers = st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True)
gsm_texts = st.text(st.sampled_from("aZ 0@€{Ñ\n&+%=,|"), min_size=1).filter(lambda t: t.strip())
unicode_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1
)
contents = st.one_of(
    st.builds(lambda t, f: Content(t, Alphabet.GSM7, flash=f), gsm_texts, st.booleans()),
    st.builds(lambda t, f: Content(t, Alphabet.UCS2, flash=f), unicode_texts, st.booleans()),
)
ids = st.from_regex("([0-9]{4,19})?", fullmatch=True)
submits = st.builds(
    Submit,
    sender=st.from_regex(r"[A-Z][a-z ]{0,9}[a-z]|\+?[0-9]{3,18}", fullmatch=True),
    tokens=st.lists(numbers, min_size=1, max_size=5).map(tuple),
    content=contents,
    wants_receipt=st.booleans(),
    extras=st.builds(Extras, ids, ids),
)


@given(submits, st.sampled_from(["GET", "POST"]))
def test_our_server_reads_what_our_client_asks(submit: Submit, method: str) -> None:
    request = render_submit(submit, {**UP, "method": method})
    assert request.path.lower() in SUBMIT.paths
    ask = DIALECT.read(request, DIALECT.defaults)
    assert DIALECT.credentials(ask, DIALECT.defaults) == Credentials("us", b"p&ss")
    read = SUBMIT.parse_ask(ask, DIALECT.defaults)
    assert read.faults == ()
    assert (read.sender, read.tokens, read.wants_receipt, read.extras) == (
        submit.sender,
        submit.tokens,
        submit.wants_receipt,
        submit.extras,
    )
    sent, got = submit.content, read.content
    assert (got.text, got.alphabet, got.flash) == (sent.text, sent.alphabet, sent.flash)


# What our server refuses one recipient for, and what our client makes of the code.
UNDERSTOOD = {
    None: (Fate.SENT, None),
    Reason.BAD_DESTINATION: (Fate.REJECTED, Reason.BAD_DESTINATION),
    Reason.NO_ROUTE: (Fate.REJECTED, Reason.BAD_DESTINATION),
    Reason.OPTED_OUT: (Fate.REJECTED, Reason.OPTED_OUT),
    Reason.DO_NOT_DISTURB: (Fate.REJECTED, Reason.DO_NOT_DISTURB),
    Reason.DUPLICATE: (Fate.REJECTED, Reason.DUPLICATE),
}


@given(st.data(), st.sampled_from(["bare", "triple"]), st.booleans())
def test_our_client_reads_what_our_server_answers(
    data: st.DataObject, form: str, is_dry: bool
) -> None:
    tokens = tuple(data.draw(st.lists(numbers, min_size=1, max_size=6)))
    submit = Submit("DEMO", tokens, Content("Hi"))
    listed = data.draw(st.integers(1, len(tokens))) if is_dry else len(tokens)
    reasons: list[Reason | None] = [
        data.draw(st.sampled_from(list(UNDERSTOOD))) for _ in range(listed)
    ]
    if is_dry:
        reasons[-1] = Reason.INSUFFICIENT_CREDIT
    outcomes = [
        Outcome(token, token, 0 if reason else place, refusal=Refusal(reason) if reason else None)
        for place, (token, reason) in enumerate(zip(tokens, reasons, strict=False), 1)
    ]
    settings = {**DIALECT.defaults, "reply_form": form}
    response = SUBMIT.render_answer(submit, Submitted(outcomes, submission_id=1), settings)
    read = parse_submitted(submit, response, UP)
    assert tuple(outcome.number for outcome in read) == tokens
    for place, (outcome, reason) in enumerate(zip(read, reasons, strict=False), 1):
        if reason is Reason.INSUFFICIENT_CREDIT:
            assert outcome.fate is Fate.STOP
        else:
            assert (outcome.fate, outcome.reason) == UNDERSTOOD[reason]
            assert outcome.ref == ("" if reason else render_id(place))
    assert all(outcome.reason is Reason.INSUFFICIENT_CREDIT for outcome in read[listed:])


@given(st.integers(-(2**60), 2**60))
def test_both_ends_agree_on_a_balance(balance_u: int) -> None:
    settings = {**DIALECT.defaults, "credit_check": True}
    response = BALANCE.render_answer(BalanceAsk(), Balance(balance_u), settings)
    assert parse_balance(BalanceAsk(), response, UP) == UpstreamBalance(balance_u)


@given(st.binary(max_size=60), st.lists(numbers, min_size=1, max_size=3))
def test_whatever_a_provider_answers_is_an_outcome_of_each(body: bytes, to: list[str]) -> None:
    submit = Submit("DEMO", tuple(to), Content("Hi"))
    outcomes = parse_submitted(submit, Response(200, body), UP)
    assert [outcome.number for outcome in outcomes] == to
