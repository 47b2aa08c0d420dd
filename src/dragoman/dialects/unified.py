"""The dialect `unified`: a query string in, `code|destination|id` out.

Knows no account and no route; whether a carrier's error is shown is the core's decision.
Source: Unified Communications API's, "GET Message Submission API", "SMS Scheduler API" and the
tables of error codes below both.  The balance path is the same vendor's, off by default.
"""

import zlib
from collections.abc import Mapping
from functools import lru_cache
from itertools import takewhile

from dragoman.dialects import ask as asked
from dragoman.dialects.exchange import (
    Ask,
    BalanceAsk,
    Dialect,
    Exchange,
    Kind,
    Settings,
)
from dragoman.dialects.forms import render_decimal
from dragoman.dialects.unified_client import (
    parse_balance,
    parse_submitted,
    render_balance_ask,
    render_submit,
)
from dragoman.dialects.unified_codes import OF_RECIPIENT, code, rank
from dragoman.dialects.unified_content import parse_content
from dragoman.dialects.unified_time import parse_instant
from dragoman.model.extras import NO_EXTRAS, Extras
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Balance, Credentials, Crediting, Outcome, Submit, Submitted
from dragoman.protocols.http import Request, Response
from dragoman.sms.addresses import is_alphanumeric_sender, is_numeric_sender

SENT = 1701
DEFAULTS: dict[str, object] = {
    "lenient": False,
    "reply_form": "bare",
    "credit_code": 1725,
    "flash_limit": 140,
    "unicode_input": "auto",
    "stop_on_error": False,
    "credit_check": False,
    "schedule_reply": "triple",
    "duplicate_action": "refuse",  # the one vendor that has a code for it
    "max_recipients": 1000,
}

MANDATORY = ("type", "dlr", "destination", "source", "message")  # and the credentials

BAD_DLR = Refusal(Reason.BAD_PARAMETER, "dlr")
BAD_SOURCE = Refusal(Reason.BAD_SENDER, "source")
TOO_MANY = Refusal(Reason.TOO_MANY_RECIPIENTS, "destination")
BAD_TIME = Refusal(Reason.BAD_SCHEDULE, detail="unreadable")

# The vendor has a sample for browsers, and no cookie is involved.
_HEADERS = (("Access-Control-Allow-Origin", "*"),)
NOT_SERVED = Response(404, b"")
_DLR = {b"0": False, b"1": True}
# What would break the form of a reply; of a good number only the plus is among it.
_UNSHOWN = dict.fromkeys((*map(ord, "|,+"), *range(32), *range(127, 160)))
_TAG = "d7a6-8000"
_MANDATORY_KEYS = frozenset(MANDATORY)
ID_DIGITS = 30  # the registry's have 19
_REGISTERED = ("entityid", "tempid")
_TIMES = frozenset(("date", "time", "gmt", "scheduledate", "scheduletime"))


def render_id(number: int) -> str:
    """Give a message's id as this vendor's clients expect it: a UUID, without loss.

    The first group is a CRC-32 of the rest, so that a mistyped id is not somebody's message.
    """
    check = zlib.crc32(number.to_bytes(8, "big"))
    return f"{check:08x}-{_TAG}-{0x8000 | number >> 48:04x}-{number & 0xFFFFFFFFFFFF:012x}"


def parse_id(written: str) -> int | None:
    """Give the message's id behind a UUID, in any case; None if it is not one of ours."""
    low = written.strip().lower()
    try:
        number = (int(low[19:23], 16) & 0x7FFF) << 48 | int(low[24:36], 16)
    except ValueError:
        return None
    return number if 0 < number < 2**53 and render_id(number) == low else None


def _read(request: Request, settings: Settings) -> Ask:
    return asked.read(request, json=False)


def _credentials(ask: Ask, settings: Settings) -> Credentials | Refusal:
    return asked.parameters_only(ask)


def _caller(ask: Ask) -> str:
    return asked.lenient(ask.fields.get("ip", b""))


def parse_submit(ask: Ask, settings: Settings) -> Submit:
    """Read `/bulksms/bulksms`, which also carries the parameters of the scheduler."""
    return _parse_submit(ask, settings, scheduled=not _TIMES.isdisjoint(ask.fields))


def parse_schedule(ask: Ask, settings: Settings) -> Submit:
    """Read `/bulksms/schedulemsg`, where date, time and gmt are mandatory."""
    return _parse_submit(ask, settings, scheduled=True)


def _parse_submit(ask: Ask, settings: Settings, *, scheduled: bool) -> Submit:
    fields = ask.fields
    faults = [] if ask.fault is None else [ask.fault]
    mandatory = MANDATORY[2:] if asked.is_on(settings, "lenient") else MANDATORY
    if not fields.keys() >= _MANDATORY_KEYS:
        faults += [asked.missing(name) for name in mandatory if name not in fields]
    kind = asked.lenient(fields.get("type", b"0"))
    content, content_faults = parse_content(
        kind, fields.get("message", b""), fields.get("url", b""), settings
    )
    faults += content_faults
    tokens = _tokens(fields.get("destination", b""))
    if "destination" in fields and not tokens:
        faults.append(asked.missing("destination"))
    most = int(settings.get("max_recipients", 1000))
    if len(tokens) > most:
        faults.append(TOO_MANY)
    source = fields.get("source", b"")
    sender = _cached_source(source) if len(source) <= _CACHED_OCTETS else None
    if sender is None and source:
        faults.append(BAD_SOURCE)
    wants_receipt = _DLR.get(fields.get("dlr", b"0"))
    if wants_receipt is None:
        faults.append(BAD_DLR)
    due_us = 0
    if scheduled:
        due_us, wrong = _due(ask)
        faults += wrong
    is_registered = "entityid" in fields or "tempid" in fields
    return Submit(
        sender=sender or "",
        tokens=tokens[:most],
        content=content,
        wants_receipt=bool(wants_receipt),
        kind=kind,
        faults=tuple(faults),
        due_us=due_us,
        extras=_extras(fields) if is_registered else NO_EXTRAS,
    )


def _extras(fields: Mapping[str, bytes]) -> Extras:
    """Give the ids that India's carriers ask for; one that is no number is no such id."""
    entityid, tempid = (
        value.decode() if value.isdigit() and len(value) <= ID_DIGITS else ""
        for value in (fields.get(name, b"") for name in _REGISTERED)
    )
    return Extras(entityid, tempid) if entityid or tempid else NO_EXTRAS


def _tokens(destination: bytes) -> tuple[str, ...]:
    if destination.isdigit():
        return (destination.decode("ascii"),)
    shown = asked.lenient(destination)
    return tuple(token for item in shown.split(",") if (token := item.strip()))


def _source(source: bytes) -> str | None:
    """Give the sender if it is a name or a number that the vendor allows."""
    sender = asked.text(source)
    if sender is None:
        return None
    allowed = is_alphanumeric_sender(sender) or is_numeric_sender(sender, least=1, most=18)
    return sender if allowed else None


# A customer has a few senders and a million messages.
_CACHED_OCTETS = 64  # no sender is longer
_cached_source = lru_cache(4096)(_source)


def _time(ask: Ask, name: str) -> str:
    """Give one of the scheduler's three parameters; the vendor spells two of them two ways."""
    return asked.lenient(ask.fields.get(name) or ask.fields.get(f"schedule{name}", b""))


def _due(ask: Ask) -> tuple[int, list[Refusal]]:
    """Give when the message is to leave, and what is wrong with the words that say so.

    A message that waits for its hour is never sent at once instead: that would be worse than
    none.  So even an hour long past is an instant, for the core to refuse.
    """
    times = {name: _time(ask, name) for name in ("date", "time", "gmt")}
    missing = [asked.missing(name) for name, value in times.items() if not value]
    if missing:
        return 0, missing
    instant_us = parse_instant(**times)
    return (0, [BAD_TIME]) if instant_us is None else (instant_us or 1, [])


def render_submitted(submit: Submit, submitted: Submitted, settings: Settings) -> Response:
    """Write the codes: bare for the whole request or its only destination, else one by one.

    A list that ran out of credit ends with the destination that could not be paid for; where
    that is the first one, nothing was sent and the code stands alone.
    """
    refusal, outcomes = submitted.refusal, submitted.outcomes
    if refusal is not None:
        if refusal.reason not in OF_RECIPIENT:
            return _refuse(refusal, "", settings)
        outcomes = _until_stopped(submit, outcomes, refusal)
    first = outcomes[0]
    if len(outcomes) == 1 and first.refusal is not None and not first.message_id:
        return _refuse(first.refusal, first.token, settings)
    told = bool(submit.due_us) and settings.get("schedule_reply") == "scheduled"
    return _answer(",".join([_item(outcome, settings, told=told) for outcome in outcomes]))


def _until_stopped(submit: Submit, outcomes: list[Outcome], refusal: Refusal) -> list[Outcome]:
    """Give the refused recipients before the one at which the store stopped the list, and it."""
    refused = list(takewhile(lambda outcome: outcome.refusal is not None, outcomes))
    token = outcomes[len(refused)].token if len(refused) < len(outcomes) else submit.tokens[0]
    return [*refused, Outcome(token, "", refusal=refusal)]


def _item(outcome: Outcome, settings: Settings, *, told: bool) -> str:
    """Write one outcome; a scheduled message is `told` as such where the customer wants that."""
    destination = _shown(outcome.token)
    refusal = outcome.refusal
    if refusal is None and told:
        return f"Scheduled|{render_id(outcome.message_id)}"
    if refusal is None:
        return f"{SENT}|{destination}|{render_id(outcome.message_id)}"
    failed = f"{code(refusal, settings)}|{destination}"
    if outcome.message_id:
        return f"{failed}|{render_id(outcome.message_id)}"
    return f"{failed}|" if _is_triple(settings) else failed


def refuse(refusal: Refusal, settings: Settings) -> Response:
    """Write the code of a refusal that stands for the whole request."""
    return _refuse(refusal, "", settings)


def _refuse(refusal: Refusal, token: str, settings: Settings) -> Response:
    number = code(refusal, settings)
    return _answer(f"{number}|{_shown(token)}|" if _is_triple(settings) else str(number))


def _shown(token: str) -> str:
    return token.translate(_UNSHOWN).strip()


def _is_triple(settings: Settings) -> bool:
    return settings.get("reply_form") == "triple"


def _answer(words: str) -> Response:
    return Response(200, words.encode(), headers=_HEADERS)


def parse_balance_ask(ask: Ask, settings: Settings) -> BalanceAsk:
    """Read `/CreditCheck/checkcredits`, which has nothing but credentials."""
    return BalanceAsk()


def render_balance(balance_ask: BalanceAsk, balance: Balance, settings: Settings) -> Response:
    """Write the credits as a decimal without zeros at its end."""
    if not asked.is_on(settings, "credit_check"):
        return NOT_SERVED
    return _answer(f"BALANCE:{render_decimal(balance.balance_u).removesuffix('.0')}")


def refuse_balance(refusal: Refusal, settings: Settings) -> Response:
    """Write the code of a refusal; where the path is not served it does not exist."""
    if not asked.is_on(settings, "credit_check"):
        return NOT_SERVED
    return _answer(str(code(refusal, settings)))


DIALECT = Dialect(
    name="unified",
    exchanges=(
        Exchange(
            Kind.SUBMIT,
            ("/bulksms/bulksms",),
            parse_submit,
            render_submitted,
            refuse,
            render_submit,
            parse_submitted,
        ),
        Exchange(Kind.SUBMIT, ("/bulksms/schedulemsg",), parse_schedule, render_submitted, refuse),
        Exchange(
            Kind.BALANCE,
            ("/creditcheck/checkcredits",),
            parse_balance_ask,
            render_balance,
            refuse_balance,
            render_balance_ask,
            parse_balance,
        ),
    ),
    read=_read,
    credentials=_credentials,
    rank=rank,
    caller=_caller,
    crediting=Crediting.STOP,
    defaults=DEFAULTS,
)
