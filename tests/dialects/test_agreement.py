"""Our client and our server agree: what one end writes, the other reads to the same value.

For `intouch`, `itec` and `inviosmart`, each exchange and both directions.  Where a dialect has
one word for several refusals, the tables below say what is left of the difference.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dragoman.dialects import intouch, inviosmart, itec
from dragoman.dialects.exchange import (
    BalanceAsk,
    Dialect,
    Exchange,
    Fate,
    Kind,
    Settings,
    StatusAsk,
    UpstreamBalance,
    UpstreamStatus,
)
from dragoman.dialects.registry import paths
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
from dragoman.sms.addresses import normalise
from tests.dialects.tables import call, hear

SISTERS = {"intouch": intouch.DIALECT, "itec": itec.DIALECT}
DIALECTS = {**SISTERS, "inviosmart": inviosmart.DIALECT}
each_dialect = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)

USER_HALF = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs"], exclude_characters=":"))
LOGINS = st.builds(
    Credentials,
    USER_HALF.filter(lambda name: name == name.strip() != ""),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs"]), min_size=1).map(str.encode),
)
NUMBERS = st.from_regex(r"[1-9][0-9]{9,13}", fullmatch=True)
NAMES = st.from_regex(r"[A-Za-z]([A-Za-z0-9 ._&'-]{0,9}[A-Za-z0-9])?", fullmatch=True)
# At most four segments, whatever the alphabet; a line end or a blank at its ends is text too.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=120)
URLS = st.sampled_from(["", "http://cb.example/r?k=1&l=ü", "https://127.0.0.1:9/"])
IDS = st.integers(1, 2**53 - 1)


@st.composite
def submits(draw: st.DrawFn) -> Submit:
    text = draw(TEXTS.filter(lambda text: text.encode().strip() != b""))
    numbers = draw(st.lists(NUMBERS, min_size=1, max_size=4))
    return Submit(draw(NAMES), tuple(numbers), Content(text))


def exchange_of(dialect: Dialect, kind: Kind) -> Exchange:
    return next(exchange for exchange in dialect.exchanges if exchange.kind == kind)


def serve(request: Request, kind: Kind, login: Credentials, settings: Settings) -> Any:
    """Read a client's request as the server of its path does, and hold that the login came."""
    dialect, exchange = paths()[request.path.lower().rstrip("/")]
    assert exchange.kind == kind
    ask = dialect.read(request, settings)
    assert dialect.credentials(ask, settings) == login
    return exchange.parse_ask(ask, settings)


def upstream(login: Credentials, **options: Any) -> dict[str, Any]:
    return {"username": login.username, "password": login.password.decode(), **options}


OPTIONS: dict[str, list[dict[str, str]]] = {
    "intouch": [{}],
    "itec": [
        {"body": body, "auth": auth} for body in ("json", "form") for auth in ("basic", "inside")
    ],
    "inviosmart": [{}, {"paths": "legacy"}],
}


@each_dialect
@given(login=LOGINS, submit=submits(), url=URLS, data=st.data())
def test_a_submission(
    dialect: Dialect, login: Credentials, submit: Submit, url: str, data: st.DataObject
) -> None:
    asked = msgspec.structs.replace(submit, receipt_url=url if dialect.name in SISTERS else "")
    options = data.draw(st.sampled_from(OPTIONS[dialect.name]))
    request = call(exchange_of(dialect, Kind.SUBMIT), asked, upstream(login, **options))
    got = serve(request, Kind.SUBMIT, login, dialect.defaults)
    heard = tuple(normalise(token) for token in got.tokens)
    content = msgspec.structs.replace(got.content, max_segments=0)
    assert msgspec.structs.replace(got, tokens=heard, content=content) == asked


@given(login=LOGINS, submit=submits(), national=st.from_regex(r"[1-9][0-9]{8}", fullmatch=True))
def test_a_submission_with_national_numbers(
    login: Credentials, submit: Submit, national: str
) -> None:
    asked = msgspec.structs.replace(submit, tokens=(*submit.tokens, f"250{national}"))
    settings = upstream(login, number_form="local", cc="250")
    request = call(intouch.DIALECT.exchanges[0], asked, settings)
    got = serve(request, Kind.SUBMIT, login, intouch.DEFAULTS)
    assert got.tokens[-1] == f"0{national}"
    assert tuple(normalise(token, "250", "0", (9,)) for token in got.tokens) == asked.tokens


@each_dialect
@given(login=LOGINS, message_id=IDS, data=st.data())
def test_a_question_for_a_state(
    dialect: Dialect, login: Credentials, message_id: int, data: st.DataObject
) -> None:
    options = data.draw(st.sampled_from(OPTIONS[dialect.name]))
    exchange = exchange_of(dialect, Kind.STATUS)
    request = call(exchange, StatusAsk(message_id), upstream(login, **options))
    got = serve(request, Kind.STATUS, login, dialect.defaults)
    assert got == StatusAsk(message_id, ref=str(message_id))


@given(login=LOGINS, prefix=st.from_regex(r"([1-9][0-9]{0,5})?", fullmatch=True))
def test_a_question_for_the_balance(login: Credentials, prefix: str) -> None:
    dialect = inviosmart.DIALECT
    request = call(exchange_of(dialect, Kind.BALANCE), BalanceAsk(prefix), upstream(login))
    assert serve(request, Kind.BALANCE, login, dialect.defaults) == BalanceAsk(prefix)


# What a refusal told by our server means to our client.  Reasons that share a word share a line.
SAME = {
    reason: (Fate.REJECTED, reason)
    for reason in (
        *(Reason.BAD_REQUEST, Reason.BAD_MESSAGE, Reason.BAD_SENDER, Reason.TOO_LONG),
        *(Reason.TOO_MANY_RECIPIENTS, Reason.SPAM, Reason.TEMPLATE_MISMATCH),
        *(Reason.BAD_DESTINATION, Reason.NO_ROUTE, Reason.OPTED_OUT, Reason.DO_NOT_DISTURB),
        *(Reason.DUPLICATE, Reason.CARRIER_REFUSAL),
    )
}
INTOUCH_MEANS: Mapping[Reason, tuple[Fate, Reason]] = {
    **SAME,
    Reason.NO_PRICE: (Fate.REJECTED, Reason.NO_ROUTE),
    Reason.BAD_CREDENTIALS: (Fate.STOP, Reason.BAD_CREDENTIALS),
    Reason.ACCOUNT_DISABLED: (Fate.STOP, Reason.ACCOUNT_DISABLED),
    Reason.IP_BANNED: (Fate.STOP, Reason.IP_NOT_ALLOWED),
    Reason.IP_NOT_ALLOWED: (Fate.STOP, Reason.IP_NOT_ALLOWED),
    Reason.INSUFFICIENT_CREDIT: (Fate.STOP, Reason.INSUFFICIENT_CREDIT),
    Reason.THROTTLED: (Fate.NOT_TAKEN, Reason.THROTTLED),
    Reason.TIMEOUT: (Fate.UNKNOWN, Reason.TIMEOUT),
    Reason.INTERNAL: (Fate.UNKNOWN, Reason.INTERNAL),
}
_LOGIN = (Fate.STOP, Reason.BAD_CREDENTIALS)
_DRY = (Fate.STOP, Reason.INSUFFICIENT_CREDIT)
_NUMBER = (Fate.REJECTED, Reason.BAD_DESTINATION)
_MESSAGE = (Fate.REJECTED, Reason.BAD_MESSAGE)
INVIOSMART_MEANS: Mapping[Reason, tuple[Fate, Reason]] = {
    **dict.fromkeys(
        (
            *(Reason.BAD_CREDENTIALS, Reason.ACCOUNT_DISABLED),
            *(Reason.IP_BANNED, Reason.IP_NOT_ALLOWED),
        ),
        _LOGIN,
    ),
    **dict.fromkeys(
        (
            *(Reason.BAD_DESTINATION, Reason.NO_ROUTE, Reason.OPTED_OUT),
            *(Reason.DO_NOT_DISTURB, Reason.TOO_MANY_RECIPIENTS),
        ),
        _NUMBER,
    ),
    **dict.fromkeys(
        (
            *(Reason.BAD_MESSAGE, Reason.SPAM, Reason.TEMPLATE_MISMATCH),
            *(Reason.DUPLICATE, Reason.BAD_REQUEST),
        ),
        _MESSAGE,
    ),
    Reason.BAD_SENDER: (Fate.REJECTED, Reason.BAD_SENDER),
    Reason.TOO_LONG: (Fate.REJECTED, Reason.TOO_LONG),
    Reason.INSUFFICIENT_CREDIT: _DRY,
    Reason.NO_PRICE: _DRY,
    Reason.THROTTLED: (Fate.NOT_TAKEN, Reason.INTERNAL),
    Reason.INTERNAL: (Fate.NOT_TAKEN, Reason.INTERNAL),
    Reason.TIMEOUT: (Fate.UNKNOWN, Reason.TIMEOUT),
    Reason.CARRIER_REFUSAL: (Fate.UNKNOWN, Reason.TIMEOUT),
}
MEANS = {"intouch": INTOUCH_MEANS, "itec": INTOUCH_MEANS, "inviosmart": INVIOSMART_MEANS}
PER_RECIPIENT = (
    *(Reason.BAD_DESTINATION, Reason.NO_ROUTE, Reason.OPTED_OUT, Reason.DO_NOT_DISTURB),
    *(Reason.DUPLICATE, Reason.CARRIER_REFUSAL),
)


@each_dialect
@given(submit=submits(), first_id=IDS, data=st.data())
def test_the_answer_to_a_submission(
    dialect: Dialect, submit: Submit, first_id: int, data: st.DataObject
) -> None:
    """Find each outcome under its number again, when at least one recipient is good."""
    refusals = st.none() | st.sampled_from(PER_RECIPIENT)
    count = len(submit.tokens)
    reasons = data.draw(st.lists(refusals, min_size=count, max_size=count))
    assume(None in reasons)
    ids = [min(first_id + index, 2**53 - 1) for index in range(count)]
    outcomes = [
        Outcome(token, token, message_id, 39_000, 1)
        if reason is None
        else Outcome(token, token, message_id, refusal=Refusal(reason, status=11))
        for token, message_id, reason in zip(submit.tokens, ids, reasons, strict=True)
    ]
    exchange = exchange_of(dialect, Kind.SUBMIT)
    answered = Submitted(outcomes, 1, 5_000_000, 1_700_000_000_000_000)
    response = exchange.render_answer(submit, answered, dialect.defaults)
    got = hear(exchange, submit, response, {"zone": dialect.defaults["zone"]})
    assert [outcome.number for outcome in got] == list(submit.tokens)
    for outcome, message_id, reason in zip(got, ids, reasons, strict=True):
        if reason is None:
            assert (outcome.fate, outcome.ref, outcome.reason) == (Fate.SENT, str(message_id), None)
        elif dialect.name in SISTERS:
            assert (outcome.fate, outcome.reason) == (Fate.REJECTED, reason)
        else:
            assert (outcome.fate, outcome.reason) == INVIOSMART_MEANS[reason]


@pytest.mark.parametrize("reason", sorted(SAME.keys() | INTOUCH_MEANS.keys()))
@each_dialect
def test_a_refusal_of_the_whole(dialect: Dialect, reason: Reason) -> None:
    submit = Submit("A", ("250785971082", "250785971083"), Content("x"))
    exchange = exchange_of(dialect, Kind.SUBMIT)
    response = exchange.refuse(Refusal(reason, status=11), dialect.defaults)
    got = hear(exchange, submit, response, {})
    expected = MEANS[dialect.name][reason]
    assert [(o.number, o.fate, o.reason) for o in got] == [
        (number, *expected) for number in submit.tokens
    ]


# What is left of our states when they have gone over the wire and back; None is no news.
INTOUCH_HEARS = {
    State.SENT: State.SENT,
    State.UNKNOWN: State.SENT,
    State.DELIVERED: State.DELIVERED,
    State.ACKNOWLEDGED: State.DELIVERED,
    **dict.fromkeys((State.UNDELIVERABLE, State.EXPIRED, State.FAILED), State.UNDELIVERABLE),
    **dict.fromkeys((State.REJECTED, State.CANCELLED, State.DECLINED), State.REJECTED),
}
INVIOSMART_HEARS = {
    State.DELIVERED: State.DELIVERED,
    State.ACKNOWLEDGED: State.DELIVERED,
    State.UNDELIVERABLE: State.UNDELIVERABLE,
    State.DECLINED: State.UNDELIVERABLE,
    State.EXPIRED: State.EXPIRED,
    State.REJECTED: State.REJECTED,
    State.FAILED: State.FAILED,
    State.CANCELLED: State.FAILED,
    State.UNKNOWN: State.UNKNOWN,
}
STATUSES = st.builds(
    MessageStatus,
    IDS,
    st.sampled_from(State),
    NUMBERS,
    st.integers(0, 4_000_000_000_000_000),
    st.integers(0, 4_000_000_000_000_000),
    st.integers(1, 255),
    st.integers(0, 10**12),
)


@each_dialect
@given(status=STATUSES)
def test_the_answer_with_a_state(dialect: Dialect, status: MessageStatus) -> None:
    zone = dialect.defaults["zone"]
    second = status.changed_us // 1_000_000
    # Once a year an hour passes twice on the wall clock, and these forms do not say which.
    assume(datetime.fromtimestamp(second, ZoneInfo(zone)).fold == 0)
    exchange = exchange_of(dialect, Kind.STATUS)
    asked = StatusAsk(status.message_id)
    response = exchange.render_answer(asked, status, dialect.defaults)
    got = hear(exchange, asked, response, {"zone": zone})
    if dialect.name in SISTERS:
        assert got == UpstreamStatus(INTOUCH_HEARS.get(status.state), second * 1_000_000)
    else:
        assert got == UpstreamStatus(
            INVIOSMART_HEARS.get(status.state),
            second * 1_000_000,
            status.segments,
            status.charge_u,
        )


@given(
    balance_u=st.integers(-(10**14), 10**14),
    price_u=st.none() | st.integers(0, 10**9),
    prefix=st.sampled_from(["", "39"]),
)
def test_the_answer_with_a_balance(balance_u: int, price_u: int | None, prefix: str) -> None:
    exchange = exchange_of(inviosmart.DIALECT, Kind.BALANCE)
    asked = BalanceAsk(prefix)
    response = exchange.render_answer(asked, Balance(balance_u, price_u), {})
    count = max(0, balance_u // price_u) if price_u else (0 if price_u is None else None)
    cents_u = balance_u // 10_000 * 10_000
    expected = UpstreamBalance(cents_u, count if prefix else None)
    assert hear(exchange, asked, response, {}) == expected


@each_dialect
@given(status=st.sampled_from([200, 400, 401, 500]), body=st.binary(max_size=200))
def test_no_answer_of_an_upstream_breaks_its_reader(
    dialect: Dialect, status: int, body: bytes
) -> None:
    asked = {
        Kind.SUBMIT: Submit("A", ("250785971082",), Content("x")),
        Kind.STATUS: StatusAsk(1),
        Kind.BALANCE: BalanceAsk(),
    }
    for exchange in dialect.exchanges:
        if exchange.kind in asked:
            hear(exchange, asked[exchange.kind], Response(status, body), {})
