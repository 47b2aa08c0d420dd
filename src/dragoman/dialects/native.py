"""Our own form of callbacks, `json`: one JSON object, signed, for whoever has no vendor's code.

The signature is HMAC-SHA256 (RFC 2104) over the time stamp, a full stop and the body, so that a
call that was recorded cannot be played again later.  Instants are UTC as RFC 3339 writes them,
money is decimal text.
"""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import msgspec

from dragoman.dialects.callback import (
    JSON,
    Call,
    Callback,
    Form,
    ListHeard,
    MessageHeard,
    MmsHeard,
    ReportHeard,
    ends,
    is_2xx,
)
from dragoman.dialects.exchange import Settings
from dragoman.dialects.forms import parse_w3c, render_decimal
from dragoman.model.events import (
    ListChanged,
    MessageReceived,
    MmsReceived,
    StatusReport,
    event_id,
)
from dragoman.model.states import State
from dragoman.protocols.http import Request

NAME = "json"
SIGNATURE_HEADER = "X-Dragoman-Signature"
TOLERANCE_S = 300  # how old a signature may be when it is verified

_ACTIONS = {1: "subscribed", 2: "unsubscribed", 3: "deleted"}
_KINDS = {1: "premium", 2: "user"}
_EPOCH = datetime.fromtimestamp(0, UTC)
_encode = msgspec.json.encode


def sign(secret: str, body: bytes, at_s: int) -> str:
    """Give the value of the signature's header: `t=<seconds since 1970>,v1=<hexadecimal>`."""
    digest = hmac.digest(secret.encode(), b"%d." % at_s + body, "sha256")
    return f"t={at_s},v1={digest.hex()}"


def verify(secret: str, body: bytes, header: str, now_s: int) -> bool:
    """Tell whether a signature is ours, of this body and of these minutes."""
    given = dict(item.partition("=")[::2] for item in header.split(","))
    stamp = given.get("t", "")
    if not (stamp.isascii() and stamp.isdecimal()) or abs(now_s - int(stamp)) > TOLERANCE_S:
        return False
    return hmac.compare_digest(sign(secret, body, int(stamp)), header)


def _instant(at_us: int) -> str:
    moment = _EPOCH + timedelta(microseconds=at_us)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_us // 1000 % 1000:03d}Z"


def _call(url: str, fields: dict[str, object]) -> Call:
    return Call(url, body=_encode(fields), content_type=JSON)


def render_report(report: StatusReport, url: str, settings: Settings) -> Call:
    """Post what became of a message."""
    return _call(
        url,
        {
            "type": "status_report",
            "event_id": event_id(report),
            "message_id": report.message_id,
            "submission_id": report.submission_id,
            "dialect": report.dialect,
            "sender": report.sender,
            "recipient": report.recipient,
            "state": report.state.word,
            "final": ends(report, settings),
            "accepted_at": _instant(report.accepted_us),
            "changed_at": _instant(report.changed_us),
            "segments": report.segments,
            "price": render_decimal(report.price_u),
            "charge": render_decimal(report.charge_u),
            "error": report.error,
            "context": report.context,
        },
    )


def render_received(message: MessageReceived, url: str, settings: Settings) -> Call:
    """Post what a handset sent; octets, where it was no text, in base64."""
    return _call(
        url,
        {
            "type": "message_received",
            "event_id": event_id(message),
            "inbound_id": message.inbound_id,
            "sender": message.sender,
            "recipient": message.recipient,
            "text": message.text,
            "octets": base64.b64encode(message.octets).decode(),
            "udh": base64.b64encode(message.udh).decode(),
            "sent_at": _instant(message.sent_us or message.received_us),
            "received_at": _instant(message.received_us),
            "network": message.network,
            "context": message.context,
            "segments": message.segments,
            "missing": message.missing,
        },
    )


def render_mms(message: MmsReceived, url: str, settings: Settings) -> Call:
    """Post that an MMS came, and the names of its parts."""
    return _call(
        url,
        {
            "type": "mms_received",
            "event_id": event_id(message),
            "inbound_id": message.inbound_id,
            "sender": message.sender,
            "recipient": message.recipient,
            "subject": message.subject,
            "files": message.files,
            "received_at": _instant(message.received_us),
            "context": message.context,
        },
    )


def render_list(change: ListChanged, url: str, settings: Settings) -> Call:
    """Post that a number joined or left a list."""
    return _call(
        url,
        {
            "type": "list_changed",
            "event_id": event_id(change),
            "list": change.list_name,
            "list_kind": _KINDS.get(change.list_kind, str(change.list_kind)),
            "number": change.number,
            "action": _ACTIONS.get(change.action, str(change.action)),
            "source": change.source,
            "at": _instant(change.at_us),
        },
    )


class Posted(msgspec.Struct):
    """Every field that a call of ours may have."""

    type: str
    message_id: int = 0
    inbound_id: int = 0
    sender: str = ""
    recipient: str = ""
    state: str = ""
    error: str = ""
    changed_at: str = ""
    text: str = ""
    subject: str = ""
    files: tuple[str, ...] = ()
    sent_at: str = ""
    network: str = ""
    context: str = ""
    list: str = ""
    list_kind: str = ""
    number: str = ""
    action: str = ""
    source: int = 0
    at: str = ""


_POSTED = msgspec.json.Decoder(Posted)


def _read(request: Request, kind: str) -> Posted | None:
    try:
        posted = _POSTED.decode(request.body)
    except msgspec.DecodeError:
        return None
    return posted if posted.type == kind else None


def parse_report(request: Request, settings: Settings) -> ReportHeard | None:
    """Read what became of a message."""
    posted = _read(request, "status_report")
    states = {state.word: state for state in State}
    if posted is None or posted.state not in states:
        return None
    return ReportHeard(
        ref=str(posted.message_id),
        state=states[posted.state],
        recipient=posted.recipient,
        changed_us=parse_w3c(posted.changed_at),
        error=posted.error,
    )


def parse_received(request: Request, settings: Settings) -> MessageHeard | None:
    """Read what a handset sent."""
    posted = _read(request, "message_received")
    if posted is None:
        return None
    return MessageHeard(
        ref=str(posted.inbound_id),
        sender=posted.sender,
        text=posted.text,
        recipient=posted.recipient,
        sent_us=parse_w3c(posted.sent_at),
        network=posted.network,
        context=posted.context,
    )


def parse_mms(request: Request, settings: Settings) -> MmsHeard | None:
    """Read that an MMS came."""
    posted = _read(request, "mms_received")
    if posted is None:
        return None
    ref = str(posted.inbound_id)
    return MmsHeard(ref, posted.sender, posted.subject, posted.files, posted.context)


def parse_list(request: Request, settings: Settings) -> ListHeard | None:
    """Read that a number joined or left a list."""
    posted = _read(request, "list_changed")
    if posted is None:
        return None
    kinds = {word: number for number, word in _KINDS.items()}
    actions = {word: number for number, word in _ACTIONS.items()}
    if posted.list_kind not in kinds or posted.action not in actions:
        return None
    return ListHeard(
        posted.list,
        kinds[posted.list_kind],
        posted.number,
        actions[posted.action],
        posted.source,
        parse_w3c(posted.at),
    )


FORM = Form(
    NAME,
    is_2xx,
    report=Callback(("notify_url",), render_report, parse_report, ends),
    received=Callback(("notify_url",), render_received, parse_received),
    mms=Callback(("notify_url",), render_mms, parse_mms),
    lists=Callback(("notify_url",), render_list, parse_list),
    signs=True,
)
