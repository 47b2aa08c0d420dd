"""The dialect `intellisoftware`: form fields in, plain lines out (`ID:`, `ERR:`, `BALANCE:`).

Knows no account and no route.  Source: IntelliSoftware SMS Gateway, "HTTP Interface", "Send SMS
Message", "Send Unicode Message", "Get Balance", "Update Subscription List", "Send to Distribution
Lists" and "Reply Tracking".
"""

import re
from collections.abc import Iterator

import msgspec

from dragoman.dialects import intellisoftware_client as client
from dragoman.dialects import intellisoftware_lists as lists
from dragoman.dialects.ask import is_on, missing, parameters_only, read
from dragoman.dialects.exchange import (
    Ask,
    BalanceAsk,
    Dialect,
    Exchange,
    Kind,
    Settings,
)
from dragoman.dialects.forms import plain
from dragoman.dialects.intellisoftware_content import decode, parse_content
from dragoman.dialects.intellisoftware_words import INTERNAL_ERROR, name, rank
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Balance, Credentials, Crediting, Outcome, Submit, Submitted
from dragoman.protocols.http import Request, Response
from dragoman.sms.addresses import is_alphanumeric_sender, is_numeric_sender

DEFAULTS: dict[str, object] = {
    "cc": "44",
    "trunk": "0",
    "zone": "Europe/London",
    "overflow": "cut",
    "type1": "auto",
    "delay_reply": False,
    "max_recipients": 100,
    "wap_guide": False,
    "group_max": 10_000,
}

CONTEXT_CHARACTERS = 255
BAD_FROM = Refusal(Reason.BAD_SENDER, "from")
BAD_CONTEXT = Refusal(Reason.BAD_PARAMETER, "usercontext")
TOO_MANY = Refusal(Reason.TOO_MANY_RECIPIENTS, "to")

# Between 1001 and the end: enough for every integer that a JavaScript client holds exactly.
_ID = re.compile(r"1001([0-9]{16})", re.ASCII)
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)))
_COLON_AFTER_ID = re.compile("(?<=ID):+")


def render_id(submission_id: int) -> str:
    """Give a submission's id as 20 digits; beyond what 64 bits hold, so for text only."""
    return f"1001{submission_id:016d}"


def parse_id(written: str) -> int | None:
    """Give the submission behind 20 digits; None if it is not one of ours."""
    match = _ID.fullmatch(written.strip())
    return int(match[1]) if match else None


def parse_submit(ask: Ask, settings: Settings) -> Submit:
    """Read a request to send; whatever is wrong with it stands in its `faults`."""
    fields, charset = ask.fields, ask.charset
    content, faults = parse_content(ask, settings)
    tokens = _tokens(decode(fields.get("to", b""), charset))
    most = int(settings.get("max_recipients", 100))
    submit = Submit(
        sender=decode(fields.get("from", b""), charset),
        tokens=tokens[:most],
        content=content,
        context=decode(fields.get("usercontext", b""), charset),
        kind=fields.get("type", b"1").decode("ascii", "replace"),
    )
    faults = (*_faults(ask, submit), *faults)
    if len(tokens) > most:
        faults = (TOO_MANY, *faults)
    if not faults and submit.sender:
        return submit
    sender = submit.sender or str(settings.get("default_sender", ""))
    return msgspec.structs.replace(submit, sender=sender, faults=faults)


def _tokens(to: str) -> tuple[str, ...]:
    return tuple(token for item in to.split(",") if (token := item.strip()))


def _faults(ask: Ask, submit: Submit) -> Iterator[Refusal]:
    """Give what is wrong beside the content."""
    if ask.fault is not None:
        yield ask.fault
    if not submit.tokens:
        yield missing("to")
    sender = submit.sender
    if sender and not (is_numeric_sender(sender, 1, 15) or is_alphanumeric_sender(sender)):
        yield BAD_FROM
    if len(submit.context) > CONTEXT_CHARACTERS or "\0" in submit.context:
        yield BAD_CONTEXT


def render_submitted(submit: Submit, submitted: Submitted, settings: Settings) -> Response:
    """Write one line for each distinct recipient; a single one needs no number before it."""
    if submitted.refusal is not None:
        return refuse(submitted.refusal, settings)
    outcomes = submitted.outcomes
    accepted = f"ID:{render_id(submitted.submission_id)}"
    if len(outcomes) == 1:
        return plain(_verdict(outcomes[0], accepted))
    lines = [f"{_shown(outcome)},{_verdict(outcome, accepted)}" for outcome in outcomes]
    return plain("\n".join(lines))


def _verdict(outcome: Outcome, accepted: str) -> str:
    """Write what became of a recipient; one whose carrier has not answered yet is stored."""
    refusal = outcome.refusal
    if refusal is None or (refusal.reason is Reason.TIMEOUT and outcome.message_id):
        return accepted
    return f"ERR:{name(refusal)}"


def _shown(outcome: Outcome) -> str:
    """Give the number of a line; one that cannot be read is shown as it came.

    Clients look for `ID:` anywhere in the reply, and for lines: neither may come out of what
    somebody else typed into a list of numbers.
    """
    if outcome.number:
        return outcome.number
    return _COLON_AFTER_ID.sub("", outcome.token.translate(_CONTROLS).strip())


def refuse(refusal: Refusal, settings: Settings) -> Response:
    """Write the line of a refusal that stands for the whole submission."""
    is_hurried = refusal.reason is Reason.THROTTLED and not refusal.detail
    if is_hurried and is_on(settings, "delay_reply"):
        return plain("DELAY:1")
    return plain(f"ERR:{name(refusal)}")


def parse_balance_ask(ask: Ask, settings: Settings) -> BalanceAsk:
    """Read a question for the balance, which has nothing but credentials."""
    return BalanceAsk(faults=() if ask.fault is None else (ask.fault,))


def render_balance(balance_ask: BalanceAsk, balance: Balance, settings: Settings) -> Response:
    """Write whole credits, rounded down, and none for a debt."""
    return plain(f"BALANCE:{max(0, balance.balance_u // 1_000_000)}")


# Of "unable to process request at this time" the vendor's balance page has one name only.
_OF_BALANCE = frozenset({Reason.THROTTLED, Reason.TIMEOUT, Reason.INTERNAL})


def refuse_balance(refusal: Refusal, settings: Settings) -> Response:
    """Write the line of a refusal on the balance page."""
    if refusal.reason in _OF_BALANCE:
        return plain(f"ERR:{INTERNAL_ERROR}")
    return plain(f"ERR:{name(refusal)}")


def read_ask(request: Request, settings: Settings) -> Ask:
    """Read a request; a JSON body has no parameters here."""
    return read(request, json=False)


def credentials(ask: Ask, settings: Settings) -> Credentials | Refusal:
    """Give the login from parameters, or from Basic when neither is there."""
    return parameters_only(ask)


DIALECT = Dialect(
    name="intellisoftware",
    exchanges=(
        Exchange(
            Kind.SUBMIT,
            # The vendor's libraries send texts, too, to the address of MMS.
            ("/smsgateway/sendmsg.aspx", "/smsgateway/default.aspx"),
            parse_submit,
            render_submitted,
            refuse,
            client.render_submit,
            client.parse_submitted,
        ),
        Exchange(
            Kind.BALANCE,
            ("/smsgateway/getbalance.aspx", "/smsgateway/getbalance/default.aspx"),
            parse_balance_ask,
            render_balance,
            refuse_balance,
            client.render_balance_ask,
            client.parse_balance,
        ),
        Exchange(
            Kind.LIST,
            (lists.PATH,),
            lists.parse_list_ask,
            lists.render_changed,
            refuse,
            lists.render_list_ask,
            lists.parse_changed,
        ),
    ),
    read=read_ask,
    credentials=credentials,
    rank=rank,
    crediting=Crediting.WHOLE,
    distinct=True,
    tells_doubt=False,
    takes_names=True,
    defaults=DEFAULTS,
)
