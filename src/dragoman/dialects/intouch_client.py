"""The dialect `intouch` spoken to a provider, and `itec`, which differs in paths and packing.

Knows neither hosts nor retries.  Source: IntouchSMS, "HTTP interface to Intouch bulk SMS
gateway", sections 1 to 4; ItecSMS, "Send SMS" and "Send SMS Status Request".
"""

from typing import Any

import msgspec

from dragoman.dialects.exchange import (
    Fate,
    Settings,
    StatusAsk,
    UpstreamOutcome,
    UpstreamStatus,
)
from dragoman.dialects.forms import parse_decimal, parse_two_hours
from dragoman.dialects.intouch_words import judge
from dragoman.dialects.upstream import canonical, fate_of_status, match, plain_text, same_for_all
from dragoman.model.refusals import Reason
from dragoman.model.states import State
from dragoman.model.submissions import Submit
from dragoman.protocols.http import Request, Response, render_basic, render_form

SEND = "/api/sendsms/.json"
STATUS = "/api/getsmsstatus/.json"

_FORM = "application/x-www-form-urlencoded; charset=utf-8"
_NUMBER_KEYS = ("recepient", "receipient", "recipient")

# P and Q are no news: the message is already with the upstream.
STATES = {
    "S": State.SENT,
    "D": State.DELIVERED,
    "E": State.UNDELIVERABLE,
    "U": State.REJECTED,
}

# Amounts as text, so that no price passes through a binary float.
_decode = msgspec.json.Decoder(float_hook=str).decode


def render_submit(submit: Submit, settings: Settings) -> Request:
    """Ask the provider to send: a form, and the login as Basic."""
    return form_request(SEND, submit_pairs(submit, settings), settings)


def render_status_ask(asked: StatusAsk, settings: Settings) -> Request:
    """Ask the provider for a message's state."""
    return form_request(STATUS, status_pairs(asked), settings)


def submit_pairs(submit: Submit, settings: Settings) -> dict[str, str]:
    """Give the parameters of a request to send."""
    pairs = {
        "recipients": ",".join(_written(token, settings) for token in submit.tokens),
        "sender": submit.sender,
        "message": plain_text(submit.content, settings),
    }
    return {**pairs, "dlrurl": submit.receipt_url} if submit.receipt_url else pairs


def status_pairs(asked: StatusAsk) -> dict[str, str]:
    """Give the parameters of a question for a state."""
    return {"messageid": asked.ref or str(asked.message_id)}


def form_request(path: str, pairs: dict[str, str], settings: Settings) -> Request:
    """Give a POST of a form with the login as Basic."""
    login = render_basic(str(settings["username"]), str(settings["password"]).encode())
    headers = {"content-type": _FORM, "authorization": login}
    return Request("POST", path, headers=headers, body=render_form(pairs.items()))


def _written(token: str, settings: Settings) -> str:
    """Write a number as this upstream wants it: `+250...`, or `0...` at home."""
    number = canonical(token, settings)
    cc = str(settings.get("cc", ""))
    if settings.get("number_form") == "local" and cc and number.startswith(cc):
        return f"{settings.get('trunk', '0')}{number[len(cc) :]}"
    return f"+{number}"


def parse_submitted(
    submit: Submit, response: Response, settings: Settings
) -> tuple[UpstreamOutcome, ...]:
    """Give what became of each number, in the order asked."""
    reply = _reply(response)
    failure = _failure(response, reply)
    if failure is not None:
        return same_for_all(submit.tokens, failure)
    details = reply.get("details")
    entries = (
        [_entry(detail) for detail in details if isinstance(detail, dict)]
        if (isinstance(details, list))
        else []
    )
    return tuple(match(submit.tokens, entries, settings))


def parse_status(asked: StatusAsk, response: Response, settings: Settings) -> UpstreamStatus:
    """Give the state that the provider tells; its clock stands in the upstream's zone."""
    reply = _reply(response)
    failure = _failure(response, reply)
    if failure is not None:
        return UpstreamStatus(fate=failure.fate, detail=failure.detail)
    results = reply.get("results")
    if not isinstance(results, dict):
        return UpstreamStatus(fate=Fate.UNKNOWN, detail="no results in the answer")
    zone = str(settings.get("zone", "Africa/Kigali"))
    return UpstreamStatus(
        state=STATES.get(str(results.get("status", "")).strip().upper()),
        changed_us=parse_two_hours(str(results.get("time", "")).strip(), zone),
    )


def _reply(response: Response) -> dict[str, Any]:
    """Give the reply's JSON object; empty if it is none."""
    try:
        decoded = _decode(response.body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _failure(response: Response, reply: dict[str, Any]) -> UpstreamOutcome | None:
    """Give the failure of the request as a whole, or None when it succeeded.

    A sister service of the same vendor says 200 and puts the real status into the body.
    """
    status = response.status
    inner = reply.get("status")
    if status == 200 and isinstance(inner, int) and inner >= 400:
        status = 400
    if status in {401, 403}:
        return UpstreamOutcome("", Fate.STOP, reason=Reason.BAD_CREDENTIALS, detail=_words(reply))
    if status == 200 and reply.get("success") is True:
        return None
    if status == 400 or (status == 200 and reply):
        words = _words(reply) or response.body[:200].decode("utf-8", "replace")
        fate, reason = judge(words)
        return UpstreamOutcome("", fate, reason=reason, detail=words)
    return UpstreamOutcome("", fate_of_status(status), detail=f"HTTP {status}, no answer")


def _words(reply: dict[str, Any]) -> str:
    """Give what a failure says of itself, from the two places where it may stand."""
    match reply.get("response"):
        case [{"errors": {"error": str(error)}}, *_] if error.strip():
            return error
    detail = reply.get("detail")
    return detail if isinstance(detail, str) else ""


def _entry(detail: dict[str, Any]) -> UpstreamOutcome:
    """Read one recipient's entry, under any of the three spellings of its number."""
    number = next((str(detail[key]) for key in _NUMBER_KEYS if detail.get(key)), "")
    ref = str(detail.get("messageid") or "")
    cost_u = parse_decimal(str(detail.get("cost", "")))
    if str(detail.get("status", "")).strip().upper() not in {"U", "E"}:
        return UpstreamOutcome(number, Fate.SENT, ref, cost_u=cost_u)
    words = str(detail.get("error") or "")
    reason = judge(words)[1]
    return UpstreamOutcome(number, Fate.REJECTED, ref, reason, words, cost_u)
