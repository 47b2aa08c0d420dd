"""The callback of `unified`: the push of a delivery report.

Source: the same vendor's description of its DLR push; the document of the submission API names
only the parameter `dlr` that asks for it.
"""

from dragoman.dialects.callback import Call, Callback, Form, ReportHeard, ends
from dragoman.dialects.exchange import Settings
from dragoman.dialects.forms import parse_spaced, render_decimal, render_spaced
from dragoman.dialects.unified import render_id
from dragoman.model.events import StatusReport
from dragoman.model.states import State
from dragoman.protocols.http import Request, parse_form, render_form

WORDS = {
    State.SCHEDULED: "ACCEPTED",
    State.QUEUED: "ACCEPTED",
    State.SENDING: "ENROUTE",
    State.SENT: "ACKED",
    State.DELIVERED: "DELIVRD",
    State.UNDELIVERABLE: "UNDELIV",
    State.EXPIRED: "EXPIRED",
    State.REJECTED: "REJECTD",
    State.FAILED: "UNDELIV",
    State.CANCELLED: "DELETED",
    State.UNKNOWN: "UNKNOWN",
    State.ACKNOWLEDGED: "DELIVRD",
    State.DECLINED: "REJECTD",
}
STATES = {
    "ACCEPTED": State.SENT,
    "ENROUTE": State.SENT,
    "ACKED": State.SENT,
    "DELIVRD": State.DELIVERED,
    "DELIVERED": State.DELIVERED,
    "UNDELIV": State.UNDELIVERABLE,
    "UNDELIVERED": State.UNDELIVERABLE,
    "EXPIRED": State.EXPIRED,
    "REJECTD": State.REJECTED,
    "REJECTED": State.REJECTED,
    "DELETED": State.CANCELLED,
    "UNKNOWN": State.UNKNOWN,
}
FAILED = "8"  # ESME_RSYSERR: it failed here, and no carrier gave a code


def tells(report: StatusReport, settings: Settings) -> bool:
    """Tell whether a state is pushed: the last ones, and on request those on the way."""
    on_the_way = bool(settings.get("dlr_intermediate"))
    if report.was is report.state and on_the_way:
        return False  # that it stays sent has the same word, and that was pushed
    if ends(report, settings):
        return True
    return on_the_way and report.state in {State.SENDING, State.SENT}


def render_report(report: StatusReport, url: str, settings: Settings) -> Call:
    """Push a report; the last three fields exist since the second version of the push."""
    zone = settings.get("zone", "UTC")
    pairs = [
        ("sSender", report.sender),
        ("sMobileNo", report.recipient),
        ("sStatus", WORDS[report.state]),
        ("dtSubmit", render_spaced(report.accepted_us, zone)),
        ("dtDone", render_spaced(report.changed_us, zone)),
        ("sMessageId", render_id(report.message_id)),
        ("iCostPerSms", render_decimal(report.price_u).removesuffix(".0")),
        ("iCharge", render_decimal(report.charge_u).removesuffix(".0")),
        ("iMCCMNC", ""),
        ("iErrCode", _error(report)),
    ]
    if str(settings.get("dlr_version", 2)) != "1":
        pairs += [("sTagName", ""), ("sUdf1", ""), ("sUdf2", "")]
    return Call(url, body=render_form(pairs))


def _error(report: StatusReport) -> str:
    """Give the carrier's error in decimal; a good end has none, a fault of ours always one."""
    code = report.error.strip()
    if report.state in {State.DELIVERED, State.ACKNOWLEDGED}:
        return "0"
    if code.isascii() and code.isdecimal() and int(code):
        return str(int(code))
    return FAILED if report.state is State.FAILED else "0"


def parse_report(request: Request, settings: Settings) -> ReportHeard | None:
    """Read such a push, as a form or from a query."""
    pairs = [*parse_form(request.query), *parse_form(request.body)]
    fields = {k.decode("utf-8", "replace").lower(): v.decode("utf-8", "replace") for k, v in pairs}
    state = STATES.get(fields.get("sstatus", "").strip().upper())
    ref = fields.get("smessageid", "").strip()
    if state is None or not ref:
        return None
    return ReportHeard(
        ref,
        state,
        recipient=fields.get("smobileno", "").strip().lstrip("+"),
        changed_us=parse_spaced(fields.get("dtdone", ""), settings.get("zone", "UTC")),
        error=fields.get("ierrcode", "0"),
    )


FORM = Form(
    "unified",
    lambda status: status in {200, 202},
    report=Callback(("dlr_url",), render_report, parse_report, tells),
)
