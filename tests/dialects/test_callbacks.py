"""Both ends of every callback agree: what we write, we would read to the same ourselves."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects import (
    DIALECTS,
    intellisoftware,
    intouch,
    intouch_callbacks,
    unified,
    unified_callbacks,
)
from dragoman.dialects import intellisoftware_callbacks as intelli
from dragoman.dialects.callback import (
    Callback,
    ListHeard,
    MessageHeard,
    MmsHeard,
    request_of,
    with_query,
)
from dragoman.dialects.forms import parse_w3c, render_w3c
from dragoman.dialects.native import sign, verify
from dragoman.dialects.notices import FORMS
from dragoman.model.events import (
    Event,
    ListChanged,
    MessageReceived,
    MmsReceived,
    StatusReport,
    event_id,
)
from dragoman.model.states import State
from dragoman.protocols.http import Request

URL = "https://example.com/in?k=1"
SECOND_US = 1_000_000
NUMBERS = st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
INSTANTS = st.integers(0, 4_000_000_000).map(lambda s: s * SECOND_US)
IDS = st.integers(1, 2**53 - 1)
# The hour that a zone has twice cannot be read back; the zones that have none are exact.
ZONES = {"intouch": "Africa/Kigali", "itec": "Africa/Kigali", "unified": "UTC"}

REPORTS = st.builds(
    StatusReport,
    account_id=st.just(1),
    message_id=IDS,
    submission_id=st.integers(1, 10**16 - 1),
    dialect=st.just(""),
    sender=TEXTS,
    recipient=NUMBERS,
    state=st.sampled_from(State),
    changed_us=INSTANTS,
    accepted_us=INSTANTS,
    price_u=st.integers(0, 10**9),
    charge_u=st.integers(0, 10**9),
    error=st.sampled_from(["", "000", "11", "069", "4x"]),
)
RECEIVED = st.builds(
    MessageReceived,
    account_id=st.just(1),
    inbound_id=IDS,
    sender=NUMBERS,
    recipient=NUMBERS | st.from_regex(r"[1-9][0-9]{3,5}", fullmatch=True),
    text=TEXTS,
    received_us=INSTANTS,
    network=st.sampled_from(["", "234010", "26201"]),
    context=TEXTS,
)


def settings(form: str) -> dict[str, Any]:
    return dict(DIALECTS[form].defaults) if form in DIALECTS else {}


def heard(form: str, callback: Callback | None, event: Event, **options: object) -> Any:
    """Give what the far end reads of an event."""
    assert callback is not None
    options = {**settings(form), **options}
    return callback.parse(request_of(callback.render(event, URL, options)), options)


def ref_of(form: str, report: StatusReport) -> str:
    match form:
        case "unified":
            return unified.render_id(report.message_id)
        case "intellisoftware":
            return intellisoftware.render_id(report.submission_id)
        case _:
            return str(report.message_id)


# What is left of our states in each vendor's words.
READ: dict[str, dict[State, State]] = {
    form: {s: intouch_callbacks.STATES[intouch.LETTERS[s]] for s in State}
    for form in ("intouch", "itec")
} | {
    "unified": {s: unified_callbacks.STATES[unified_callbacks.WORDS[s]] for s in State},
    "intellisoftware": {s: intelli.STATES[intelli.STATUSES[s]] for s in State},
    "json": {s: s for s in State},
}


@pytest.mark.parametrize("form", FORMS)
@given(report=REPORTS)
def test_a_report(form: str, report: StatusReport) -> None:
    read = heard(form, FORMS[form].report, report)
    assert (read.ref, read.state) == (ref_of(form, report), READ[form][report.state])
    if form not in ("intouch", "itec"):
        assert read.recipient == report.recipient
    if form in ("unified", "json"):
        assert read.changed_us == report.changed_us


@pytest.mark.parametrize("form", [name for name, form in FORMS.items() if form.received])
@given(message=RECEIVED)
def test_a_message(form: str, message: MessageReceived) -> None:
    read = heard(form, FORMS[form].received, message, mo_extra=True)
    ref = intelli.render_inbound_id(message.inbound_id)
    assert read == MessageHeard(
        ref=ref if form == "intellisoftware" else str(message.inbound_id),
        sender=message.sender,
        text=message.text,
        recipient=message.recipient,
        sent_us=message.received_us,
        network=read.network,
        context="" if form == "itec" else message.context,
    )


@given(message=RECEIVED)
def test_a_message_as_a_form(message: MessageReceived) -> None:
    read = heard("itec", FORMS["itec"].received, message, mo_form="form")
    assert read == heard("itec", FORMS["itec"].received, message)


@pytest.mark.parametrize("form", ["intellisoftware", "json"])
@given(
    inbound_id=IDS,
    sender=NUMBERS,
    subject=TEXTS,
    files=st.lists(st.from_regex(r"[a-z]{1,8}\.[a-z]{3}", fullmatch=True), max_size=3),
    context=TEXTS,
)
def test_an_mms(
    form: str, inbound_id: int, sender: str, subject: str, files: list[str], context: str
) -> None:
    event = MmsReceived(
        account_id=1,
        inbound_id=inbound_id,
        sender=sender,
        recipient="1",
        subject=subject,
        files=tuple(files),
        received_us=0,
        context=context,
    )
    ref = intelli.render_inbound_id(inbound_id) if form == "intellisoftware" else str(inbound_id)
    read = heard(form, FORMS[form].mms, event)
    assert read == MmsHeard(ref, sender, subject, tuple(files), context)


@pytest.mark.parametrize("form", ["intellisoftware", "json"])
@given(
    name=TEXTS.filter(bool),
    kind=st.integers(1, 2),
    number=NUMBERS,
    action=st.integers(1, 3),
    source=st.integers(1, 12),
    at_us=INSTANTS,
)
def test_a_change_of_a_list(
    form: str, name: str, kind: int, number: str, action: int, source: int, at_us: int
) -> None:
    event = ListChanged(
        account_id=1,
        list_name=name,
        list_kind=kind,
        number=number,
        action=action,
        source=source,
        at_us=at_us,
    )
    read = heard(form, FORMS[form].lists, event)
    assert read == ListHeard(name, kind, number, action, source, at_us)


def report(state: State, was: State, *, ends: bool = False) -> StatusReport:
    return StatusReport(
        account_id=1,
        message_id=1,
        submission_id=1,
        dialect="",
        sender="",
        recipient="1",
        state=state,
        changed_us=0,
        accepted_us=0,
        was=was,
        ends=ends,
    )


SENT, DELIVERED, UNKNOWN, SENDING = State.SENT, State.DELIVERED, State.UNKNOWN, State.SENDING
TELLS: dict[str, tuple[str, dict[str, object], StatusReport, bool]] = {
    "intouch: sent": ("intouch", {}, report(SENT, SENDING), True),
    "intouch: nothing came after sent": ("intouch", {}, report(UNKNOWN, SENT), False),
    "intouch: nobody answered": ("intouch", {}, report(UNKNOWN, SENDING), True),
    "intouch: delivered after all": ("intouch", {}, report(DELIVERED, UNKNOWN), True),
    "intouch: queued": ("intouch", {}, report(State.QUEUED, State.SCHEDULED), False),
    "unified: sent": ("unified", {}, report(SENT, SENDING), False),
    "unified: sent, on request": (
        "unified",
        {"dlr_intermediate": True},
        report(SENT, SENDING),
        True,
    ),
    "unified: sent, and no more to come": ("unified", {}, report(SENT, SENDING, ends=True), True),
    "unified: unknown": ("unified", {}, report(UNKNOWN, SENT), True),
    "unified: delivered after all": ("unified", {}, report(DELIVERED, UNKNOWN), True),
    "unified: stays sent": ("unified", {}, report(SENT, SENT, ends=True), True),
    "unified: stays sent, which was pushed": (
        "unified",
        {"dlr_intermediate": True},
        report(SENT, SENT, ends=True),
        False,
    ),
    "intellisoftware: sent": ("intellisoftware", {}, report(SENT, SENDING), False),
    "intellisoftware: sent, on request": (
        "intellisoftware",
        {"report_states": "all"},
        report(SENT, SENDING),
        True,
    ),
    "intellisoftware: queued, then sending": (
        "intellisoftware",
        {"report_states": "all"},
        report(SENDING, State.QUEUED),
        False,
    ),
    "intellisoftware: sent, and no more to come": (
        "intellisoftware",
        {},
        report(SENT, SENDING, ends=True),
        True,
    ),
    "json: sent": ("json", {}, report(SENT, SENDING), False),
    "json: expired": ("json", {}, report(State.EXPIRED, State.QUEUED), True),
}


@pytest.mark.parametrize(("form", "options", "event", "told"), TELLS.values(), ids=TELLS)
def test_which_states_are_told(
    form: str, options: dict[str, object], event: StatusReport, told: bool
) -> None:
    callback = FORMS[form].report
    assert callback is not None
    assert callback.tells(event, {**settings(form), **options}) is told


def test_a_route_without_receipts_is_ok() -> None:
    """The seed's status 1: sent, and nobody will say more."""
    callback = FORMS["intellisoftware"].report
    assert callback is not None
    call = callback.render(report(SENT, SENDING, ends=True), URL, settings("intellisoftware"))
    assert call.body == b"msgid=10010000000000000001&status=1&toaddr=1"


SUCCESS = {
    "intouch": {200, 201, 202, 204},
    "itec": {200, 201, 202, 204},
    "unified": {200, 202},
    "intellisoftware": {200},
    "json": {200, 201, 202, 204},
}


@pytest.mark.parametrize("form", FORMS)
def test_pain_36_what_counts_as_taken(form: str) -> None:
    statuses = {100, 200, 201, 202, 204, 301, 302, 304, 400, 404, 429, 500, 503}
    assert {status for status in statuses if FORMS[form].succeeded(status)} == SUCCESS[form]


ADDRESSES = {
    "plain": ("http://h/p", "http://h/p?a=1"),
    "a query of its own": ("http://h/p?k=1", "http://h/p?k=1&a=1"),
    "a fragment is cut": ("http://h/p?k=1#x", "http://h/p?k=1&a=1"),
    "no path": ("http://h", "http://h?a=1"),
}


@pytest.mark.parametrize(("url", "asked"), ADDRESSES.values(), ids=ADDRESSES)
def test_with_query(url: str, asked: str) -> None:
    assert with_query(url, "a=1") == asked


def test_the_carriers_error_in_decimal() -> None:
    codes = {
        (State.DELIVERED, "000"): "0",
        (State.UNDELIVERABLE, "011"): "11",
        (State.REJECTED, "69"): "69",
        (State.FAILED, ""): "8",
        (State.UNDELIVERABLE, "x1"): "0",
    }
    callback = FORMS["unified"].report
    assert callback is not None
    for (state, error), code in codes.items():
        event = report(state, SENT)
        event = StatusReport(
            **{f: getattr(event, f) for f in event.__struct_fields__} | {"error": error}
        )
        assert f"&iErrCode={code}&" in callback.render(event, URL, {}).body.decode()


@given(secret=TEXTS.filter(bool), body=st.binary(max_size=100), at_s=st.integers(0, 2**33))
def test_a_signature_is_of_its_body_and_its_time(secret: str, body: bytes, at_s: int) -> None:
    header = sign(secret, body, at_s)
    assert verify(secret, body, header, at_s + 299)
    assert not verify(secret, body, header, at_s + 301)
    assert not verify(secret + "x", body, header, at_s)
    assert not verify(secret, body + b"x", header, at_s)
    assert not verify(secret, body, header.replace(f"t={at_s}", f"t={at_s + 1}"), at_s)


def test_a_signature_that_anybody_can_check() -> None:
    """The documented recipe, with nothing of ours."""
    digest = hmac.new(b"s3cret", b'1772446530.{"type":"x"}', hashlib.sha256).hexdigest()
    assert sign("s3cret", b'{"type":"x"}', 1_772_446_530) == f"t=1772446530,v1={digest}"


@given(event=REPORTS | RECEIVED)
def test_an_id_is_safe_in_a_header(event: Event) -> None:
    assert event_id(event).isascii()
    assert event_id(event).replace("-", "").isalnum()


def test_times_of_summer_and_winter() -> None:
    winter = int(datetime(2010, 2, 3, 13, 50, 5, tzinfo=UTC).timestamp()) * SECOND_US
    summer = int(datetime(2010, 6, 10, 13, 45, 12, tzinfo=UTC).timestamp()) * SECOND_US
    assert render_w3c(winter, "Europe/London") == "2010-02-03T13:50:05-00:00"
    assert render_w3c(summer, "Europe/London") == "2010-06-10T14:45:12+01:00"
    assert parse_w3c("2010-06-10T14:45:12+01:00") == summer
    assert parse_w3c("2010-06-10") == parse_w3c("x") == 0


NONSENSE = [b"", b"{", b"[]", b"status=x&msgid=1", b"\xff=\xff", b"sStatus=WHAT&sMessageId=1"]


@pytest.mark.parametrize("body", NONSENSE)
@pytest.mark.parametrize("form", FORMS)
def test_nonsense_is_no_callback(form: str, body: bytes) -> None:
    for callback in (FORMS[form].report, FORMS[form].lists, FORMS[form].mms):
        if callback is not None:
            assert callback.parse(Request("POST", "/", body=body), settings(form)) is None
