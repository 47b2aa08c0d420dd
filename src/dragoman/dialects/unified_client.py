"""The dialect `unified` spoken to a provider: what we ask, and what its codes mean for us.

Knows neither hosts nor retries: an outcome says what an answer means, not what is done next.
Source: Unified Communications API's, "GET Message Submission API", "Response" and its notes.
"""

from dragoman.dialects.exchange import (
    BalanceAsk,
    Fate,
    Settings,
    UpstreamBalance,
    UpstreamOutcome,
)
from dragoman.dialects.forms import parse_decimal
from dragoman.dialects.unified_content import render_content
from dragoman.dialects.upstream import fate_of_status, match, same_for_all
from dragoman.model.refusals import Reason
from dragoman.model.submissions import Submit
from dragoman.protocols.http import Request, Response, render_form, render_query

PATH = "/bulksms/bulksms"
BALANCE_PATH = "/CreditCheck/checkcredits"

# "Apart from error code 1709, please do NOT retry": so 1710, 8 and 69 end a message as surely as
# a wrong number does, and 1715 leaves it unknown.
CODES: dict[int, tuple[Fate, Reason | None]] = {
    1701: (Fate.SENT, None),
    1702: (Fate.REJECTED, Reason.BAD_REQUEST),
    1703: (Fate.STOP, Reason.BAD_CREDENTIALS),
    1704: (Fate.REJECTED, Reason.BAD_TYPE),
    1705: (Fate.REJECTED, Reason.BAD_MESSAGE),
    1706: (Fate.REJECTED, Reason.BAD_DESTINATION),
    1707: (Fate.REJECTED, Reason.BAD_SENDER),
    1708: (Fate.REJECTED, Reason.BAD_PARAMETER),
    1709: (Fate.NOT_TAKEN, Reason.THROTTLED),
    1710: (Fate.REJECTED, Reason.INTERNAL),
    8: (Fate.REJECTED, Reason.INTERNAL),
    69: (Fate.REJECTED, Reason.INTERNAL),
    1715: (Fate.UNKNOWN, Reason.TIMEOUT),
    1725: (Fate.STOP, Reason.INSUFFICIENT_CREDIT),
    # The vendor's other papers have three more for an account that is empty or has run out.
    1025: (Fate.STOP, Reason.INSUFFICIENT_CREDIT),
    1026: (Fate.STOP, Reason.INSUFFICIENT_CREDIT),
    1726: (Fate.STOP, Reason.INSUFFICIENT_CREDIT),
    1732: (Fate.REJECTED, Reason.DO_NOT_DISTURB),
    1028: (Fate.REJECTED, Reason.SPAM),
    1033: (Fate.REJECTED, Reason.TEMPLATE_MISMATCH),
    1041: (Fate.REJECTED, Reason.DUPLICATE),
    1042: (Fate.REJECTED, Reason.OPTED_OUT),
    16: (Fate.STOP, Reason.IP_BANNED),
    18: (Fate.STOP, Reason.IP_NOT_ALLOWED),
}
_DRY = UpstreamOutcome(
    "", Fate.REJECTED, reason=Reason.INSUFFICIENT_CREDIT, detail="not in the answer"
)
_SCHEDULED = "scheduled"  # some of the vendor's hosts say so instead of 1701, with the id second


def render_submit(submit: Submit, settings: Settings) -> Request:
    """Ask a provider to send: numbers without plus, in one request."""
    kind, message, url = render_content(submit.content)
    pairs: tuple[tuple[str, str], ...] = (
        ("username", str(settings["username"])),
        ("password", str(settings["password"])),
        ("type", kind),
        ("dlr", "1" if submit.wants_receipt else "0"),
        ("destination", ",".join(token.removeprefix("+") for token in submit.tokens)),
        ("source", submit.sender),
        ("message", message),
    )
    if url:
        pairs = (*pairs, ("url", url))
    ids = (("entityid", submit.extras.entityid), ("tempid", submit.extras.tempid))
    pairs = (*pairs, *((name, value) for name, value in ids if value))
    return _request(PATH, pairs, settings)


def render_balance_ask(balance_ask: BalanceAsk, settings: Settings) -> Request:
    """Ask a provider what is left."""
    pairs = (("username", str(settings["username"])), ("password", str(settings["password"])))
    return _request(BALANCE_PATH, pairs, settings)


def _request(path: str, pairs: tuple[tuple[str, str], ...], settings: Settings) -> Request:
    if str(settings.get("method", "GET")).upper() == "POST":
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        return Request("POST", path, headers=headers, body=render_form(pairs))
    return Request("GET", path, query=render_query(pairs))


def parse_submitted(
    submit: Submit, response: Response, settings: Settings
) -> tuple[UpstreamOutcome, ...]:
    """Give what became of each number, in the order asked.

    A list that ends early ended for want of credit if its last code says so; otherwise what
    was made of the rest is unknown.
    """
    numbers = submit.tokens
    if not 200 <= response.status < 300:
        return same_for_all(numbers, _without_words(response))
    items = [_item(item) for item in _words(response).split(",")]
    if len(items) == 1 and (len(numbers) == 1 or not items[0].number):
        return same_for_all(numbers, items[0])
    if items[-1].reason is Reason.INSUFFICIENT_CREDIT:
        items += [_DRY] * (len(numbers) - len(items))
    return tuple(match(numbers, items, settings))


def _without_words(response: Response) -> UpstreamOutcome:
    return UpstreamOutcome("", fate_of_status(response.status), detail=f"HTTP {response.status}")


def _words(response: Response) -> str:
    return response.body.decode("utf-8", "replace").strip()


def _item(item: str) -> UpstreamOutcome:
    """Read `code`, `code|number` or `code|number|id`; the number as it is written."""
    code, number, ref = (*(field.strip() for field in item.split("|")), "", "")[:3]
    if code.lower() == _SCHEDULED:
        return UpstreamOutcome("", Fate.SENT, ref=number)
    # Ten digits hold every code there is, and int() refuses thousands of them.
    if not (code.isascii() and code.isdecimal() and len(code) <= 10):
        return UpstreamOutcome("", Fate.UNKNOWN, detail=f"not an answer: {item[:80]}")
    fate, reason = CODES.get(int(code), (Fate.REJECTED, Reason.CARRIER_REFUSAL))
    return UpstreamOutcome(number, fate, ref=ref, reason=reason, detail=code)


def parse_balance(
    balance_ask: BalanceAsk, response: Response, settings: Settings
) -> UpstreamBalance:
    """Give the credits after `BALANCE:`, or what the code instead of them means."""
    if not 200 <= response.status < 300:
        failure = _without_words(response)
        return UpstreamBalance(fate=failure.fate, detail=failure.detail)
    words = _words(response)
    name, colon, amount = words.partition(":")
    balance_u = parse_decimal(amount[:40]) if colon and name.upper() == "BALANCE" else None
    if balance_u is not None:
        return UpstreamBalance(balance_u)
    item = _item(words)
    fate = Fate.UNKNOWN if item.fate is Fate.SENT else item.fate
    return UpstreamBalance(fate=fate, detail=item.detail or words[:80])
