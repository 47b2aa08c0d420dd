"""The dialect `intouch`: forms or JSON in, JSON out, one letter for each state.

Knows no account and no price.  Source: IntouchSMS, "HTTP interface to Intouch bulk SMS gateway",
sections 1 to 4; the bodies of failures are what that vendor's clients read.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from dragoman.dialects import intouch_client as client
from dragoman.dialects.ask import basic_first, is_on, lenient, missing, read, text
from dragoman.dialects.exchange import Ask, Dialect, Exchange, Kind, Settings, StatusAsk
from dragoman.dialects.forms import render_decimal, render_iso, render_two_hours
from dragoman.dialects.intouch_words import refusal_text
from dragoman.dialects.order import in_order, ranks
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import (
    Content,
    Credentials,
    Crediting,
    MessageStatus,
    Outcome,
    Submit,
    Submitted,
)
from dragoman.protocols.http import Request, Response
from dragoman.sms.addresses import is_alphanumeric_sender, is_numeric_sender

DEFAULTS: dict[str, object] = {
    "cc": "250",
    "trunk": "0",
    "nsn": (9,),
    "zone": "Africa/Kigali",
    "live_status": False,
    "mixed": "send",
    "extra_keys": True,
    "max_recipients": 1000,
}

LETTERS = {
    State.SCHEDULED: "Q",
    State.QUEUED: "Q",
    State.SENDING: "P",
    State.SENT: "S",
    State.DELIVERED: "D",
    State.UNDELIVERABLE: "E",
    State.EXPIRED: "E",
    State.REJECTED: "U",
    State.FAILED: "E",
    State.CANCELLED: "U",
    # Handed over, and no verdict exists: `E` would invite the customer to send it again.
    State.UNKNOWN: "S",
    State.ACKNOWLEDGED: "D",
    State.DECLINED: "U",
}

RANKS = ranks(
    Reason.BAD_REQUEST,
    (Reason.MISSING_PARAMETER, "username"),
    (Reason.MISSING_PARAMETER, "password"),
    Reason.BAD_CREDENTIALS,
    Reason.ACCOUNT_DISABLED,
    frozenset({Reason.IP_BANNED, Reason.IP_NOT_ALLOWED}),
    Reason.THROTTLED,
    (Reason.MISSING_PARAMETER, "recipients"),
    (Reason.MISSING_PARAMETER, "message"),
    (Reason.MISSING_PARAMETER, "sender"),
    (Reason.MISSING_PARAMETER, "messageid"),
    Reason.UNKNOWN_MESSAGE,
    Reason.TOO_MANY_RECIPIENTS,
    Reason.BAD_MESSAGE,
    Reason.TOO_LONG,
    Reason.BAD_SENDER,
    Reason.SPAM,
    Reason.TEMPLATE_MISMATCH,
    Reason.BAD_DESTINATION,
    frozenset({Reason.NO_ROUTE, Reason.NO_PRICE}),
    Reason.OPTED_OUT,
    Reason.DO_NOT_DISTURB,
    frozenset({Reason.DUPLICATE, Reason.KEY_REUSED}),
    Reason.INSUFFICIENT_CREDIT,
    Reason.TIMEOUT,
    Reason.INTERNAL,
    Reason.CARRIER_REFUSAL,
)

_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_ID_LIMIT = 2**53
_URL_LIMIT = 2000
_URL = re.compile(r"https?://[^\s/]\S*", re.ASCII | re.IGNORECASE)

# With `live_status` the login's failures get HTTP statuses of their own, as the live service has.
_LIVE = {
    Reason.BAD_CREDENTIALS: 401,
    Reason.ACCOUNT_DISABLED: 403,
    Reason.IP_BANNED: 403,
    Reason.IP_NOT_ALLOWED: 403,
}
_CHALLENGE = (("WWW-Authenticate", 'Basic realm="sms"'),)

_quote = msgspec.json.Encoder().encode


def parse_submit(ask: Ask, settings: Settings) -> Submit:
    """Read a request to send; whatever is wrong with it stands in its `faults`."""
    fields = ask.fields
    message = fields.get("message", b"")
    content = text(message)
    submit = Submit(
        sender=lenient(fields.get("sender", b"")),
        tokens=_tokens(fields.get("recipients", b"")),
        content=Content(content or ""),
        receipt_url=_url(fields.get("dlrurl", b"")),
    )
    faults = tuple(_faults(ask, submit, settings, is_readable=content is not None))
    return msgspec.structs.replace(submit, faults=faults) if faults else submit


def _tokens(recipients: bytes) -> tuple[str, ...]:
    """Split a list at its commas; empty ones between them are nobody."""
    if b"," not in recipients:
        return (lenient(recipients),) if recipients else ()
    tokens = (token.strip() for token in lenient(recipients).split(","))
    return tuple(token for token in tokens if token)


def _url(given: bytes) -> str:
    """Give a receipt URL that can be called, else none: it does not fail the request."""
    written = lenient(given)
    if len(written) > _URL_LIMIT or not _URL.fullmatch(written):
        return ""
    try:
        parts = urlsplit(written)
        return written if parts.hostname and parts.port != 0 else ""
    except ValueError:  # a bracket that is never closed, a port that is none
        return ""


def _faults(
    ask: Ask, submit: Submit, settings: Settings, *, is_readable: bool
) -> Iterator[Refusal]:
    if ask.fault is not None:
        yield ask.fault
    if not submit.tokens:
        yield missing("recipients")
    elif len(submit.tokens) > settings["max_recipients"]:
        yield Refusal(Reason.TOO_MANY_RECIPIENTS)
    if not is_readable:
        yield Refusal(Reason.BAD_MESSAGE)
    elif not submit.content.text:
        yield missing("message")
    if not submit.sender:
        yield missing("sender")
    elif not (is_numeric_sender(submit.sender, 1, 15) or is_alphanumeric_sender(submit.sender)):
        yield Refusal(Reason.BAD_SENDER)


def parse_status(ask: Ask, settings: Settings) -> StatusAsk:
    """Read a question for a message's state."""
    faults = () if ask.fault is None else (ask.fault,)
    ref = lenient(ask.fields.get("messageid", b""))
    if not ref:
        return StatusAsk(0, (*faults, missing("messageid")))
    message_id = int(ref) if _ID.fullmatch(ref) else 0
    if not 0 < message_id < _ID_LIMIT:
        return StatusAsk(0, (*faults, Refusal(Reason.UNKNOWN_MESSAGE)), ref)
    return StatusAsk(message_id, faults, ref)


def render_submitted(submit: Submit, submitted: Submitted, settings: Settings) -> Response:
    """Write what became of a submission; without a good recipient it failed as a whole.

    A recipient that the carrier refused has an id, and so its entry stands under a success.
    """
    if submitted.refusal is not None:
        return refuse(submitted.refusal, settings)
    outcomes = submitted.outcomes
    if outcomes[0].refusal is not None and not any(map(_is_told, outcomes)):
        return refuse(_of_all(outcomes), settings)
    message = _quote(submit.content.text).decode()
    extra = is_on(settings, "extra_keys")
    details = ",".join([_detail(outcome, message, extra=extra) for outcome in outcomes])
    cost = render_decimal(sum([outcome.cost_u for outcome in outcomes]))
    time = render_iso(submitted.accepted_us, settings["zone"])
    body = (
        f'{{"details":[{details}],"success":true,"summary":{{"message":{message},'
        f'"balance":{render_decimal(submitted.balance_u)},"cost":{cost},'
        f'"totalmessages":{len(outcomes)},"time":"{time}"}}}}'
    )
    return Response(200, body.encode(), "application/json")


def _is_told(outcome: Outcome) -> bool:
    """Tell whether a recipient is reason enough for a list of what became of each."""
    return outcome.refusal is None or outcome.refusal.reason is Reason.CARRIER_REFUSAL


def _of_all(outcomes: list[Outcome]) -> Refusal:
    """Give the refusal that is told when all are: the first, or a doubt, which nobody may resend.

    A recipient in doubt may have been sent to; "Invalid recipient" would invite a second try.
    """
    refusals = [outcome.refusal for outcome in outcomes if outcome.refusal is not None]
    return next((r for r in refusals if r.reason is Reason.TIMEOUT), refusals[0])


def _detail(outcome: Outcome, message: str, *, extra: bool) -> str:
    """Write one recipient; `receipient` is how the live service spells it besides `recepient`."""
    number = f'"+{outcome.number}"' if outcome.number else _quote(outcome.token).decode()
    refusal = outcome.refusal
    status, cost = "P" if refusal is None else "U", render_decimal(outcome.cost_u)
    twin = f'"receipient":{number},' if extra else ""
    error = f',"error":"{refusal_text(refusal)}"' if extra and refusal is not None else ""
    return (
        f'{{"status":"{status}","message":{message},"cost":{cost},"recepient":{number},'
        f'{twin}"messageid":{outcome.message_id}{error}}}'
    )


def render_status(asked: StatusAsk, status: MessageStatus, settings: Settings) -> Response:
    """Write a message's state, and when it was accepted and last changed."""
    created = render_two_hours(status.accepted_us, settings["zone"])
    changed = render_two_hours(status.changed_us, settings["zone"])
    body = (
        f'{{"results":{{"status":"{LETTERS[status.state]}","created":"{created}",'
        f'"time":"{changed}"}},"success":true}}'
    )
    return Response(200, body.encode(), "application/json")


def refuse(refusal: Refusal, settings: Settings) -> Response:
    """Word a failure three ways at once: each family of clients reads another key."""
    detail = refusal_text(refusal)
    # A client compares the lower-cased error with this word.
    error = "balance" if refusal.reason is Reason.INSUFFICIENT_CREDIT else detail
    body = _quote({"success": False, "detail": detail, "response": [{"errors": {"error": error}}]})
    status = 400
    if is_on(settings, "live_status"):
        lacks_login = refusal.field in {"username", "password"}
        status = 401 if lacks_login else _LIVE.get(refusal.reason, 200)
    headers = _CHALLENGE if status == 401 else ()
    return Response(status, body, "application/json", headers)


def read_ask(request: Request, settings: Settings) -> Ask:
    """Read a request; JSON bodies too."""
    return read(request, json=True)


def credentials(ask: Ask, settings: Settings) -> Credentials | Refusal:
    """Give the login: Basic before parameters."""
    return basic_first(ask)


DIALECT = Dialect(
    name="intouch",
    exchanges=(
        Exchange(
            Kind.SUBMIT,
            ("/api/sendsms/.json", "/api/sendsms.json", "/api/sendsms"),
            parse_submit,
            render_submitted,
            refuse,
            client.render_submit,
            client.parse_submitted,
        ),
        Exchange(
            Kind.STATUS,
            ("/api/getsmsstatus/.json", "/api/getsmsstatus.json", "/api/getsmsstatus"),
            parse_status,
            render_status,
            refuse,
            client.render_status_ask,
            client.parse_status,
        ),
    ),
    read=read_ask,
    credentials=credentials,
    rank=in_order(RANKS),
    crediting=Crediting.WHOLE,
    keeps_refused=True,
    defaults=DEFAULTS,
)
