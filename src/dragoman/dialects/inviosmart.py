"""The dialect `inviosmart`: four GET commands with plain answers of one line.

Knows no account and no price.  Source: Inviosmart, "HTTP API gateway": samples, the table of
status fields and the paragraphs on the balance; what it lost is from the same platform.
"""

import re
from collections.abc import Iterator

import msgspec

from dragoman.dialects import inviosmart_client as client
from dragoman.dialects.ask import is_on, lenient, missing, parameters_only, read, text
from dragoman.dialects.exchange import (
    Ask,
    BalanceAsk,
    Dialect,
    Exchange,
    Kind,
    Settings,
    StatusAsk,
)
from dragoman.dialects.forms import plain, render_decimal, render_digits
from dragoman.dialects.inviosmart_words import NO_LEDGER, refusal_line
from dragoman.dialects.order import in_order, ranks
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import (
    Balance,
    Content,
    Credentials,
    Crediting,
    MessageStatus,
    Outcome,
    Submit,
    Submitted,
)
from dragoman.protocols.http import Request, Response

DEFAULTS: dict[str, object] = {
    "trunk": "0",
    "zone": "Europe/Rome",
    "errors": "numbered",
    "multi": True,
    "numeric_sender": False,
    "max_recipients": 100,
}

SEPARATORS = ".;^,"
NO_COUNT = -9999  # what the vendor shows when no country was asked for

NUMBERS = {
    State.SCHEDULED: 1,
    State.QUEUED: 1,
    State.SENDING: 32,
    State.SENT: 2,
    State.DELIVERED: 2048,
    State.UNDELIVERABLE: 64,
    State.EXPIRED: 128,
    State.REJECTED: 256,
    State.FAILED: 512,
    State.CANCELLED: 512,
    State.UNKNOWN: 1024,
    State.ACKNOWLEDGED: 2048,
    State.DECLINED: 64,
}
# A cause that has a number of its own.
CAUSES = {
    (State.UNDELIVERABLE, "unknown subscriber"): 8,
    (State.SENT, "temporary failure"): 16,
}

HELP = """\
HTTP API commands
/sendsms/?username=&password=&destination=&sender=&message=
/smsstatus/?username=&password=&SMSId=
/account-balance/?username=&password=[&countryprefix=]
/help
All values must be URL encoded."""

_REQUEST = (
    (Reason.MISSING_PARAMETER, "username"),
    (Reason.MISSING_PARAMETER, "password"),
    frozenset({Reason.BAD_CREDENTIALS, Reason.IP_BANNED, Reason.IP_NOT_ALLOWED}),
    Reason.ACCOUNT_DISABLED,
    Reason.THROTTLED,
    Reason.BAD_REQUEST,
    (Reason.MISSING_PARAMETER, "SMSId"),
    Reason.UNKNOWN_MESSAGE,
    Reason.BAD_PARAMETER,
    (Reason.MISSING_PARAMETER, "destination"),
    (Reason.MISSING_PARAMETER, "sender"),
    (Reason.MISSING_PARAMETER, "message"),
    Reason.BAD_MESSAGE,
    Reason.TOO_MANY_RECIPIENTS,
)
_DESTINATION = (
    Reason.BAD_DESTINATION,
    (Reason.BAD_DESTINATION, "greek"),
    Reason.NO_ROUTE,
    frozenset({Reason.OPTED_OUT, Reason.DO_NOT_DISTURB}),
)
_SENDER_AND_TEXT = (
    frozenset({(Reason.BAD_SENDER, "long name"), (Reason.BAD_SENDER, "long number")}),
    (Reason.BAD_SENDER, "digits"),
    (Reason.BAD_SENDER, "characters"),
    Reason.BAD_SENDER,
    Reason.TOO_LONG,
    frozenset({Reason.SPAM, Reason.TEMPLATE_MISMATCH}),
)
_MONEY_AND_STORE = (
    frozenset({Reason.DUPLICATE, Reason.KEY_REUSED}),
    Reason.NO_PRICE,
    Reason.INSUFFICIENT_CREDIT,
    frozenset({Reason.INTERNAL, Reason.TIMEOUT, Reason.CARRIER_REFUSAL}),
)
SINGLE = ranks(*_REQUEST, *_DESTINATION, *_SENDER_AND_TEXT, *_MONEY_AND_STORE)
SEVERAL = ranks(*_REQUEST, *_SENDER_AND_TEXT, *_DESTINATION, *_MONEY_AND_STORE)

_SEPARATOR = re.compile(f"[{re.escape(SEPARATORS)}]")
_DIGITS = re.compile(r"\+?([0-9]+)", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9 ._&'-]+", re.ASCII)
_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_ID_LIMIT = 2**53
_BAD_DESTINATION = Refusal(Reason.BAD_DESTINATION)
_GREEK = Refusal(Reason.BAD_DESTINATION, detail="greek")


def parse_submit(ask: Ask, settings: Settings) -> Submit:
    """Read a request to send; whatever is wrong with it stands in its `faults`."""
    fields = ask.fields
    destination = lenient(fields.get("destination", b""))
    content = text(fields.get("message", b""))
    submit = Submit(
        sender=lenient(fields.get("sender", b"")),
        tokens=_tokens(destination),
        content=Content(content or "", max_segments=client.MAX_SEGMENTS),
    )
    faults = list(_faults(ask, submit, settings, is_readable=content is not None))
    if not is_on(settings, "multi") and _SEPARATOR.search(destination):
        # One malformed number, not a list: so its refusal takes a single number's place.
        submit = msgspec.structs.replace(submit, tokens=(destination,))
        faults.append(_BAD_DESTINATION)
    return msgspec.structs.replace(submit, faults=tuple(faults)) if faults else submit


def _tokens(destination: str) -> tuple[str, ...]:
    """Split a list at any of its four separators; empty ones between them are nobody."""
    if destination.isdigit():
        return (destination,)
    tokens = (token.strip() for token in _SEPARATOR.split(destination))
    return tuple(token for token in tokens if token)


def _faults(
    ask: Ask, submit: Submit, settings: Settings, *, is_readable: bool
) -> Iterator[Refusal]:
    if ask.fault is not None:
        yield ask.fault
    if not submit.tokens:
        yield missing("destination")
    elif len(submit.tokens) > settings["max_recipients"]:
        yield Refusal(Reason.TOO_MANY_RECIPIENTS)
    if not submit.sender:
        yield missing("sender")
    elif fault := _sender_fault(submit.sender, allows_digits=is_on(settings, "numeric_sender")):
        yield Refusal(Reason.BAD_SENDER, detail=fault)
    if not is_readable:
        yield Refusal(Reason.BAD_MESSAGE)
    elif not submit.content.text:
        yield missing("message")


def _sender_fault(sender: str, *, allows_digits: bool) -> str:
    """Tell what is wrong with a sender's form; empty if nothing is."""
    digits = _DIGITS.fullmatch(sender)
    if digits is not None:
        if len(digits[1]) > 16:
            return "long number"
        return "" if allows_digits else "digits"
    if len(sender) > 11:
        return "long name"
    return "" if _NAME.fullmatch(sender) else "characters"


def check_number(token: str, number: str, settings: Settings) -> Refusal | None:
    """Refuse a Greek number that has not twelve digits: the vendor's own rule for one country."""
    return _GREEK if number.startswith("30") and len(number) != 12 else None


def parse_status(ask: Ask, settings: Settings) -> StatusAsk:
    """Read a question for a message's state."""
    faults = () if ask.fault is None else (ask.fault,)
    ref = lenient(ask.fields.get("smsid", b""))
    if not ref:
        return StatusAsk(0, (*faults, missing("SMSId")))
    message_id = int(ref) if _ID.fullmatch(ref) else 0
    if not 0 < message_id < _ID_LIMIT:
        return StatusAsk(0, (*faults, Refusal(Reason.UNKNOWN_MESSAGE)), ref)
    return StatusAsk(message_id, faults, ref)


def parse_balance(ask: Ask, settings: Settings) -> BalanceAsk:
    """Read a question for the balance; the prefix may stand in any international form."""
    faults = () if ask.fault is None else (ask.fault,)
    written = lenient(ask.fields.get("countryprefix", b""))
    prefix = written.removeprefix("+").removeprefix("00")
    if written and not (prefix.isascii() and prefix.isdigit()):
        return BalanceAsk("", (*faults, Refusal(Reason.BAD_PARAMETER, "countryprefix")))
    return BalanceAsk(prefix, faults)


def parse_help(ask: Ask, settings: Settings) -> None:
    """Read a question for help, which has no parameters."""


def render_submitted(submit: Submit, submitted: Submitted, settings: Settings) -> Response:
    """Write what became of each recipient, in order, the refused ones in their places."""
    if submitted.refusal is not None:
        return refuse(submitted.refusal, settings)
    return plain("|".join([_segment(outcome, settings) for outcome in submitted.outcomes]))


def _segment(outcome: Outcome, settings: Settings) -> str:
    if outcome.refusal is None:
        return f"OK ID:{outcome.message_id}"
    return refusal_line(outcome.refusal, phrases=settings.get("errors") == "phrases")


def render_status(asked: StatusAsk, status: MessageStatus, settings: Settings) -> Response:
    """Write the seven fields of a message's state."""
    state = status.state
    fields = (
        str(status.message_id),
        render_digits(status.accepted_us, settings["zone"]),
        status.recipient,
        render_digits(status.changed_us, settings["zone"]),
        str(CAUSES.get((state, status.detail), NUMBERS[state])),
        str(status.segments),
        render_decimal(status.charge_u),
    )
    return plain(":".join(fields))


def render_balance(asked: BalanceAsk, balance: Balance, settings: Settings) -> Response:
    """Write the balance in whole cents, rounded down, and how many messages it pays for."""
    cents = balance.balance_u // 10_000
    sign, shown = ("-", -cents) if cents < 0 else ("", cents)
    count = _count(balance) if asked.prefix else NO_COUNT
    return plain(
        f"Status: 1000 - Balance:{sign}{shown // 100}.{shown % 100:02d}|SmsRemainCount:{count}"
    )


def _count(balance: Balance) -> int:
    """Give how many messages the balance pays for; those that cost nothing have no count."""
    if balance.price_u is None:
        return 0
    if balance.price_u == 0:
        return NO_COUNT
    return max(0, balance.balance_u // balance.price_u)


def render_help(asked: None, answered: None, settings: Settings) -> Response:
    """Write the help text."""
    return plain(HELP)


def refuse(refusal: Refusal, settings: Settings) -> Response:
    """Word a failure of the whole request."""
    return plain(refusal_line(refusal, phrases=settings.get("errors") == "phrases"))


def refuse_status(refusal: Refusal, settings: Settings) -> Response:
    """Word a failure of a question for a state: whatever the store cannot do is its table's."""
    if refusal.reason is Reason.INTERNAL and refusal.detail:
        refusal = Refusal(Reason.INTERNAL, detail="store")
    return refuse(refusal, settings)


def refuse_balance(refusal: Refusal, settings: Settings) -> Response:
    """Word a failure of a balance request: whatever is our fault is the ledger's."""
    if refusal.reason in {Reason.INTERNAL, Reason.TIMEOUT}:
        return plain(NO_LEDGER)
    return refuse(refusal, settings)


def read_ask(request: Request, settings: Settings) -> Ask:
    """Read a request; a JSON body is none."""
    return read(request, json=False)


def credentials(ask: Ask, settings: Settings) -> Credentials | Refusal:
    """Give the login: parameters, or Basic where there are none."""
    return parameters_only(ask)


DIALECT = Dialect(
    name="inviosmart",
    exchanges=(
        Exchange(
            Kind.SUBMIT,
            (
                "/sendsms",
                "/webservice/sms/sendsmshttp.php",
                "/webservice/sms/sendsmshttputf8.php",
            ),
            parse_submit,
            render_submitted,
            refuse,
            client.render_submit,
            client.parse_submitted,
        ),
        Exchange(
            Kind.STATUS,
            ("/smsstatus", "/webservice/sms/getsmsstatus.php"),
            parse_status,
            render_status,
            refuse_status,
            client.render_status_ask,
            client.parse_status,
        ),
        Exchange(
            Kind.BALANCE,
            ("/account-balance", "/webservice/sms/getaccountbalance.php"),
            parse_balance,
            render_balance,
            refuse_balance,
            client.render_balance_ask,
            client.parse_balance,
        ),
        Exchange(Kind.HELP, ("/help",), parse_help, render_help, refuse),
    ),
    read=read_ask,
    credentials=credentials,
    rank=in_order(SINGLE, SEVERAL),
    crediting=Crediting.EACH,
    check_number=check_number,
    defaults=DEFAULTS,
)
