"""The callbacks of `intouch` and `itec`: one letter for each state, and incoming texts of `itec`.

Source: neither vendor's document shows any; the status call is what these vendors' clients
serve, the incoming message is ours.
"""

import re
from urllib.parse import parse_qsl

import msgspec

from dragoman.dialects.callback import (
    FORM,
    JSON,
    Call,
    Callback,
    Form,
    MessageHeard,
    ReportHeard,
    is_2xx,
    with_query,
)
from dragoman.dialects.exchange import Settings
from dragoman.dialects.forms import parse_iso, render_iso
from dragoman.dialects.intouch import LETTERS
from dragoman.model.events import MessageReceived, StatusReport
from dragoman.model.states import State
from dragoman.protocols.http import Request, parse_form, render_form

STATES = {
    "Q": State.QUEUED,
    "P": State.SENDING,
    "S": State.SENT,
    "D": State.DELIVERED,
    "E": State.UNDELIVERABLE,
    "U": State.REJECTED,
}
_TOLD = frozenset("SDEU")  # the answer to the request said `P`, and nothing goes back from there
_NUMBER = re.compile(r"[0-9]{7,15}", re.ASCII)
_quote = msgspec.json.encode


def tells(report: StatusReport, settings: Settings) -> bool:
    """Tell whether the letter is another one than the customer was told last."""
    letter = LETTERS[report.state]
    return letter in _TOLD and LETTERS[report.was] != letter


def render_report(report: StatusReport, url: str, settings: Settings) -> Call:
    """Call the customer's address with the message's id and letter."""
    query = f"messageid={report.message_id}&status={LETTERS[report.state]}"
    return Call(with_query(url, query), "GET")


def parse_report(request: Request, settings: Settings) -> ReportHeard | None:
    """Read such a call; other parameters are the address' own."""
    fields = dict(parse_qsl(request.query.decode("utf-8", "replace")))
    fields |= dict(parse_qsl(request.body.decode("utf-8", "replace")))
    state = STATES.get(fields.get("status", "").strip().upper())
    ref = fields.get("messageid", "").strip()
    return ReportHeard(ref, state) if ref and state is not None else None


def has_text(message: MessageReceived, settings: Settings) -> bool:
    """Tell whether a message can be shown: what is no text has no form here."""
    return not message.octets


def render_received(message: MessageReceived, url: str, settings: Settings) -> Call:
    """Post what a handset sent, as JSON or, where the customer wants it, as a form."""
    fields: dict[str, object] = {
        "messageid": message.inbound_id,
        "from": _shown(message.sender),
        "to": _shown(message.recipient),
        "message": message.text,
        "time": render_iso(message.received_us, settings["zone"]),
    }
    if settings.get("mo_form") == "form":
        return Call(url, body=render_form([(k, str(v)) for k, v in fields.items()]))
    return Call(url, body=_quote(fields), content_type=JSON)


def _shown(address: str) -> str:
    """Give a number with its plus; short codes and words stand as they are."""
    return f"+{address}" if _NUMBER.fullmatch(address) else address


def parse_received(request: Request, settings: Settings) -> MessageHeard | None:
    """Read what a handset sent, from either form."""
    try:
        if request.headers.get("content-type", "").startswith(FORM.partition(";")[0]):
            pairs = parse_form(request.body)
            fields = {k.decode(): v.decode() for k, v in pairs}
        else:
            fields = msgspec.json.decode(request.body, type=dict[str, str | int])
        return MessageHeard(
            ref=str(fields["messageid"]),
            sender=str(fields["from"]).lstrip("+"),
            text=str(fields["message"]),
            recipient=str(fields["to"]).lstrip("+"),
            sent_us=parse_iso(str(fields.get("time", "")), settings["zone"]),
        )
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
        return None


REPORT = Callback(("dlr_url",), render_report, parse_report, tells)
INTOUCH = Form("intouch", is_2xx, report=REPORT)
ITEC = Form(
    "itec",
    is_2xx,
    report=REPORT,
    received=Callback(("mo_url",), render_received, parse_received, has_text),
)
