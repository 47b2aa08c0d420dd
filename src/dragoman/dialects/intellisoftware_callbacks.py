"""The callbacks of `intellisoftware`: received SMS and MMS, status reports, list events.

Source: IntelliSoftware SMS Gateway, "HTTP Interface", "Receive SMS Message", "Message Status
Report", "Receive MMS Message", "Subscription List Event"; "Reply Tracking" for `usercontext`.
"""

import re

from dragoman.dialects.callback import (
    Call,
    Callback,
    Form,
    ListHeard,
    MessageHeard,
    MmsHeard,
    ReportHeard,
    ends,
)
from dragoman.dialects.exchange import Settings
from dragoman.dialects.forms import parse_w3c, render_w3c
from dragoman.dialects.intellisoftware import render_id
from dragoman.model.events import ListChanged, MessageReceived, MmsReceived, StatusReport
from dragoman.model.states import State
from dragoman.protocols.http import Request, parse_form, render_form

STATUSES = {
    State.SCHEDULED: 2,
    State.QUEUED: 2,
    State.SENDING: 2,
    State.SENT: 3,
    State.DELIVERED: 4,
    State.UNDELIVERABLE: 6,
    State.EXPIRED: 8,
    State.REJECTED: 5,
    State.FAILED: 7,
    State.CANCELLED: 5,
    State.UNKNOWN: 0,
    State.ACKNOWLEDGED: 11,
    State.DECLINED: 12,
}
OK = 1  # sent, over a route that will not say more
STATES = {
    0: State.UNKNOWN,
    1: State.SENT,
    2: State.SENT,
    3: State.SENT,
    4: State.DELIVERED,
    5: State.REJECTED,
    6: State.UNDELIVERABLE,
    7: State.FAILED,
    8: State.EXPIRED,
    11: State.ACKNOWLEDGED,
    12: State.DECLINED,
}
TEXT, MMS = "1", "5"  # the values of `type`
SHORT_CODE_DIGITS = 6
_SHORT_CODE = re.compile(rf"[0-9]{{1,{SHORT_CODE_DIGITS}}}", re.ASCII)
# The networks that the vendor's table has; any other is 0.
NETWORKS = frozenset({"234010", "234015", "234020", "234030", "234033"})


def tells_report(report: StatusReport, settings: Settings) -> bool:
    """Tell whether a state is reported: the last ones, or on request each other number."""
    if ends(report, settings):
        return True
    if settings.get("report_states") != "all":
        return False
    return STATUSES[report.state] in {2, 3} and STATUSES[report.was] != STATUSES[report.state]


def render_report(report: StatusReport, url: str, settings: Settings) -> Call:
    """Post a report; the id is the submission's, so only the number beside it tells which."""
    status = STATUSES[report.state]
    if report.ends and report.state is State.SENT:
        status = OK
    pairs = [
        ("msgid", render_id(report.submission_id)),
        ("status", str(status)),
        ("toaddr", report.recipient),
    ]
    return Call(url, body=render_form(pairs))


def parse_report(request: Request, settings: Settings) -> ReportHeard | None:
    """Read a report; numbers that the vendor has not assigned say nothing."""
    fields = _fields(request)
    written = fields.get("status", "").strip()
    state = STATES.get(int(written)) if written.isascii() and written.isdecimal() else None
    ref = fields.get("msgid", "").strip()
    if state is None or not ref:
        return None
    return ReportHeard(ref, state, recipient=fields.get("toaddr", "").strip().lstrip("+"))


def render_inbound_id(inbound_id: int) -> str:
    """Give the id of a received message: it is what an MMS is fetched by."""
    return f"5{inbound_id:014d}"


def parse_inbound_id(written: str) -> int | None:
    """Give the received message behind such an id; None if it is not one of ours."""
    written = written.strip()
    if len(written) < 15 or not (written.isascii() and written.isdecimal()) or written[0] != "5":
        return None
    return int(written[1:])


def has_text(message: MessageReceived, settings: Settings) -> bool:
    """Tell whether a message is forwarded: binary ones are not."""
    return not message.octets


def render_received(message: MessageReceived, url: str, settings: Settings) -> Call:
    """Post what a handset sent; the network is told of what came to a short code."""
    pairs = [
        ("from", message.sender),
        ("text", message.text),
        ("msgid", render_inbound_id(message.inbound_id)),
        ("sent", render_w3c(message.sent_us or message.received_us, settings["zone"])),
    ]
    if _SHORT_CODE.fullmatch(message.recipient):
        network = message.network if message.network in NETWORKS else "0"
        pairs.append(("networkcode", network))
    pairs += _context(message.context)
    if settings.get("mo_extra"):
        pairs += [("to", message.recipient), ("type", TEXT)]
    return Call(url, body=render_form(pairs))


def parse_received(request: Request, settings: Settings) -> MessageHeard | None:
    """Read what a handset sent; some of the vendor's numbers come with zeros before them."""
    fields = _fields(request)
    if not fields.get("msgid") or fields.get("type", TEXT) == MMS:
        return None
    return MessageHeard(
        ref=fields["msgid"].strip(),
        sender=fields.get("from", "").lstrip("0"),
        text=fields.get("text", ""),
        recipient=fields.get("to", ""),
        sent_us=parse_w3c(fields.get("sent", "")),
        network=fields.get("networkcode", ""),
        context=fields.get("usercontext", ""),
    )


def render_mms(message: MmsReceived, url: str, settings: Settings) -> Call:
    """Post that an MMS came, and the names of its parts."""
    pairs = [
        ("from", message.sender),
        ("text", message.subject),
        ("msgid", render_inbound_id(message.inbound_id)),
        ("type", MMS),
        ("filelist", ",".join(message.files)),
        *_context(message.context),
    ]
    return Call(url, body=render_form(pairs))


def parse_mms(request: Request, settings: Settings) -> MmsHeard | None:
    """Read that an MMS came."""
    fields = _fields(request)
    if not fields.get("msgid") or fields.get("type") != MMS:
        return None
    return MmsHeard(
        ref=fields["msgid"].strip(),
        sender=fields.get("from", "").lstrip("0"),
        subject=fields.get("text", ""),
        files=tuple(name for name in fields.get("filelist", "").split(",") if name),
        context=fields.get("usercontext", ""),
    )


def _context(context: str) -> list[tuple[str, str]]:
    return [("usercontext", context)] if context else []


def render_list(change: ListChanged, url: str, settings: Settings) -> Call:
    """Post that a number joined or left a list."""
    pairs = [
        ("sublistname", change.list_name),
        ("sublisttype", str(change.list_kind)),
        ("msisdn", change.number),
        ("action", str(change.action)),
        ("source", str(change.source)),
        ("timestamp", render_w3c(change.at_us, settings["zone"])),
    ]
    return Call(url, body=render_form(pairs))


def parse_list(request: Request, settings: Settings) -> ListHeard | None:
    """Read that a number joined or left a list."""
    fields = _fields(request)
    try:
        return ListHeard(
            fields["sublistname"],
            int(fields["sublisttype"]),
            fields["msisdn"].strip().lstrip("+"),
            int(fields["action"]),
            int(fields["source"]),
            parse_w3c(fields.get("timestamp", "")),
        )
    except (KeyError, ValueError):
        return None


def _fields(request: Request) -> dict[str, str]:
    pairs = [*parse_form(request.query), *parse_form(request.body)]
    return {k.decode("utf-8", "replace").lower(): v.decode("utf-8", "replace") for k, v in pairs}


FORM = Form(
    "intellisoftware",
    lambda status: status == 200,
    report=Callback(("dlr_url",), render_report, parse_report, tells_report),
    received=Callback(("mo_url",), render_received, parse_received, has_text),
    mms=Callback(("mms_url", "mo_url"), render_mms, parse_mms),
    lists=Callback(("sub_url",), render_list, parse_list),
    steps_s=(300,),
    give_up_s=0,
)
