"""The dialect `intellisoftware` spoken to a provider: what we ask, and what its lines mean.

Knows neither hosts nor retries.  Source: IntelliSoftware SMS Gateway, "HTTP Interface",
"Responses" and "Response Formats"; "Resilient Service" for which failures go to the second host.
"""

import re

from dragoman.dialects.exchange import (
    BalanceAsk,
    Fate,
    Settings,
    UpstreamBalance,
    UpstreamOutcome,
)
from dragoman.dialects.forms import parse_decimal
from dragoman.dialects.intellisoftware_content import MAX_SEGMENTS, render_content
from dragoman.dialects.upstream import match, same_for_all
from dragoman.model.refusals import Reason
from dragoman.model.submissions import Submit
from dragoman.protocols.http import Request, Response, render_form

SEND = "/smsgateway/sendmsg.aspx"
BALANCE = "/smsgateway/getbalance.aspx"

# What is not listed is our own request's fault: another host or another try would not mend it.
ERRORS: dict[str, tuple[Fate, Reason]] = {
    "LOGIN_INVALID": (Fate.STOP, Reason.BAD_CREDENTIALS),
    "INSUFFICIENT_CREDIT": (Fate.STOP, Reason.INSUFFICIENT_CREDIT),
    "INVALID_NUMBER": (Fate.REJECTED, Reason.BAD_DESTINATION),
    "GATEWAY_ERROR": (Fate.NOT_TAKEN, Reason.INTERNAL),
    "INTERNAL_ERROR": (Fate.NOT_TAKEN, Reason.INTERNAL),
}
_OUR_FAULT = (Fate.REJECTED, Reason.BAD_MESSAGE)

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
# The vendor's own libraries look for the words anywhere, and read digits from there.
_ID = re.compile(r"ID:\s*([0-9]+)", re.ASCII)
_ERROR = re.compile(r"ERR:\s*([A-Z_]+)", re.ASCII)
_DELAY = re.compile(r"DELAY:\s*[0-9]+", re.ASCII)


def render_submit(submit: Submit, settings: Settings) -> Request:
    """Ask a provider to send; the sender and the customer's reference only if there are any."""
    pairs = [*login(settings), ("to", ",".join(token.lstrip("+") for token in submit.tokens))]
    if submit.sender:
        pairs.append(("from", submit.sender))
    pairs += render_content(submit.content, int(settings.get("max_parts", MAX_SEGMENTS)))
    if submit.context:
        pairs.append(("usercontext", submit.context))
    return Request("POST", SEND, headers=FORM, body=render_form(pairs))


def render_balance_ask(balance_ask: BalanceAsk, settings: Settings) -> Request:
    """Ask a provider what is left."""
    return Request("POST", BALANCE, headers=FORM, body=render_form(login(settings)))


def login(settings: Settings) -> list[tuple[str, str]]:
    """Give who we are at a provider, as every request says it first."""
    return [("username", str(settings["username"])), ("password", str(settings["password"]))]


def parse_submitted(
    submit: Submit, response: Response, settings: Settings
) -> tuple[UpstreamOutcome, ...]:
    """Give what became of each number, in the order asked.

    A number that stood in the request twice stands in the answer once, and both are told its
    line; a number without a line is unknown.
    """
    numbers = submit.tokens
    if not 200 <= response.status < 300:
        return same_for_all(numbers, failure(response))
    entries = [entry(line) for line in words(response).splitlines() if line.strip()]
    if not entries:
        return same_for_all(numbers, UpstreamOutcome("", Fate.UNKNOWN, detail="empty answer"))
    if len(entries) == 1 and (len(numbers) == 1 or not entries[0].number):
        return same_for_all(numbers, entries[0])
    once = tuple(dict.fromkeys(numbers))
    found = dict(zip(once, match(once, entries, settings), strict=True))
    return tuple(found[number] for number in numbers)


def failure(response: Response) -> UpstreamOutcome:
    """Judge an HTTP failure: all but a timeout of a gateway in between go to the second host."""
    fate = Fate.UNKNOWN if response.status == 504 else Fate.NOT_TAKEN
    return UpstreamOutcome("", fate, detail=f"HTTP {response.status}")


def words(response: Response) -> str:
    """Give what an answer says."""
    return response.body.decode("utf-8", "replace").strip()


def entry(line: str) -> UpstreamOutcome:
    """Read `number,reply` or `reply`."""
    number, comma, reply = line.partition(",")
    number, reply = (number.strip(), reply.strip()) if comma else ("", line.strip())
    if found := _ID.search(reply):
        return UpstreamOutcome(number, Fate.SENT, ref=found[1])
    if found := _ERROR.search(reply):
        fate, reason = ERRORS.get(found[1], _OUR_FAULT)
        return UpstreamOutcome(number, fate, reason=reason, detail=found[1])
    if _DELAY.match(reply):
        return UpstreamOutcome(number, Fate.NOT_TAKEN, reason=Reason.THROTTLED, detail=reply)
    return UpstreamOutcome(number, Fate.UNKNOWN, detail=f"not an answer: {reply[:80]}")


def parse_balance(
    balance_ask: BalanceAsk, response: Response, settings: Settings
) -> UpstreamBalance:
    """Give the credits after `BALANCE:`, or what the line instead of them means."""
    if not 200 <= response.status < 300:
        failed = failure(response)
        return UpstreamBalance(fate=failed.fate, detail=failed.detail)
    told = words(response)
    name, _, amount = told.partition(":")
    balance_u = parse_decimal(amount[:40]) if name == "BALANCE" else None
    if balance_u is not None:
        return UpstreamBalance(balance_u)
    found = entry(told)
    fate = Fate.UNKNOWN if found.fate is Fate.SENT else found.fate
    return UpstreamBalance(fate=fate, detail=found.detail or told[:80])
