"""The dialect `inviosmart` spoken to a provider.

Knows neither hosts nor retries: an outcome says what an answer means, not what is done next.
Source: Inviosmart, "HTTP API gateway": sample requests and answers.
"""

import re

from dragoman.dialects.ask import is_on
from dragoman.dialects.exchange import (
    BalanceAsk,
    CannotCarry,
    Fate,
    Settings,
    StatusAsk,
    UpstreamBalance,
    UpstreamOutcome,
    UpstreamStatus,
)
from dragoman.dialects.forms import parse_decimal, parse_digits
from dragoman.dialects.inviosmart_words import judge
from dragoman.dialects.upstream import canonical, fate_of_status, plain_text, same_for_all
from dragoman.model.states import State
from dragoman.model.submissions import Submit
from dragoman.protocols.http import Request, Response, render_query
from dragoman.sms.addresses import is_numeric_sender
from dragoman.sms.segments import count

MAX_SEGMENTS = 4

# Today's path, and the one that older hosts of the vendor know (`paths = "legacy"`).
PATHS = {
    "send": ("/sendsms/", "/webservice/sms/sendSMSHTTP.php"),
    "status": ("/smsstatus/", "/webservice/sms/getSMSStatus.php"),
    "balance": ("/account-balance/", "/webservice/sms/getAccountBalance.php"),
}

# The numbers that are news; 1, 2, 4, 16 and 32 say that the message is still on its way.
STATES = {
    8: State.UNDELIVERABLE,
    64: State.UNDELIVERABLE,
    128: State.EXPIRED,
    256: State.REJECTED,
    512: State.FAILED,
    1024: State.UNKNOWN,
    2048: State.DELIVERED,
}
_LISTED = STATES.keys() | {1, 2, 4, 16, 32, 16384, 32768}
_CAUSES = {8: "unknown subscriber", 16: "temporary failure"}

_TAKEN = re.compile(r"OK ID: ?([0-9]+)", re.ASCII)
_BALANCE = re.compile(
    r"Status: ?1000 ?- ?Balance:([-+0-9.,]+)(?:\|SmsRemainCount:(-?[0-9]{1,15}))?", re.ASCII
)


def render_submit(submit: Submit, settings: Settings) -> Request:
    """Ask the provider to send; several numbers are joined by dots.

    Raises CannotCarry for what the vendor is known to refuse: more than four segments, and
    digits as a sender unless the operator says that this account may.
    """
    text = plain_text(submit.content, settings)
    segments = count(text, submit.content.alphabet)
    if segments > MAX_SEGMENTS:
        raise CannotCarry(f"{segments} segments, and {MAX_SEGMENTS} may be asked for")
    if is_numeric_sender(submit.sender, 1, 99) and not is_on(settings, "numeric_sender"):
        raise CannotCarry(f"{submit.sender!r} is digits only")
    return _request(
        "send",
        (
            *_login(settings),
            ("destination", ".".join(canonical(token, settings) for token in submit.tokens)),
            ("sender", submit.sender),
            ("message", text),
        ),
        settings,
    )


def render_status_ask(asked: StatusAsk, settings: Settings) -> Request:
    """Ask the provider for a message's state."""
    ref = asked.ref or str(asked.message_id)
    return _request("status", (("SMSId", ref), *_login(settings)), settings)


def render_balance_ask(asked: BalanceAsk, settings: Settings) -> Request:
    """Ask the provider what is left, and for how many messages to a prefix."""
    prefix = (("countryprefix", asked.prefix),) if asked.prefix else ()
    return _request("balance", (*_login(settings), *prefix), settings)


def _login(settings: Settings) -> tuple[tuple[str, str], ...]:
    return (("username", str(settings["username"])), ("password", str(settings["password"])))


def _request(name: str, pairs: tuple[tuple[str, str], ...], settings: Settings) -> Request:
    path = PATHS[name][settings.get("paths") == "legacy"]
    return Request("GET", path, query=render_query(pairs))


def parse_submitted(
    submit: Submit, response: Response, settings: Settings
) -> tuple[UpstreamOutcome, ...]:
    """Give what became of each number, in the order asked, which is the order of the answer."""
    if failure := _failure(response):
        return same_for_all(submit.tokens, failure)
    segments = [_segment(segment.strip()) for segment in _words(response).split("|")]
    if len(segments) == 1 and segments[0].fate is not Fate.SENT:
        return same_for_all(submit.tokens, segments[0])
    lost = UpstreamOutcome("", Fate.UNKNOWN, detail="not in the answer")
    rest = len(submit.tokens) - len(segments)
    return tuple(
        UpstreamOutcome(number, segment.fate, segment.ref, segment.reason, segment.detail)
        for number, segment in zip(submit.tokens, segments + [lost] * rest, strict=False)
    )


def _failure(response: Response) -> UpstreamOutcome | None:
    """Give what an HTTP status means by itself; every answer of this dialect has 200."""
    status = response.status
    if status == 200:
        return None
    return UpstreamOutcome("", fate_of_status(status), detail=f"HTTP {status}")


def _words(response: Response) -> str:
    return response.body.decode("utf-8", "replace").strip()


def _segment(segment: str) -> UpstreamOutcome:
    taken = _TAKEN.match(segment)
    return judge(segment) if taken is None else UpstreamOutcome("", Fate.SENT, taken[1])


def parse_status(asked: StatusAsk, response: Response, settings: Settings) -> UpstreamStatus:
    """Give the state that the provider tells; its clock stands in the upstream's zone.

    The platform's newer interface has eight fields, of which the fifth is still the status if
    it is one that we know.
    """
    failure = _failure(response)
    words = _words(response)
    fields = words.split(":")
    if failure is None and (len(fields) not in {7, 8} or not _is_number(fields[4])):
        failure = judge(words)
    if failure is not None:
        return UpstreamStatus(fate=failure.fate, detail=failure.detail)
    number = int(fields[4])
    if len(fields) == 8 and number not in _LISTED:
        return UpstreamStatus(fate=Fate.UNKNOWN, detail=f"not an answer: {words[:200]}")
    return UpstreamStatus(
        state=STATES.get(number),
        changed_us=parse_digits(fields[3].strip(), str(settings.get("zone", "Europe/Rome"))),
        segments=int(fields[5]) if _is_number(fields[5]) else 0,
        cost_u=parse_decimal(fields[6]),
        detail=_CAUSES.get(number, ""),
    )


def _is_number(field: str) -> bool:
    # int() refuses thousands of digits, and takes those of any script
    return field.isascii() and field.isdigit() and len(field) <= 9


def parse_balance(asked: BalanceAsk, response: Response, settings: Settings) -> UpstreamBalance:
    """Give what is left at the provider; without a prefix there is no count."""
    words = _words(response)
    failure = _failure(response)
    told = _BALANCE.match(words)
    if failure is None and told is None:
        failure = judge(words)
    if failure is not None or told is None:
        fate, detail = (failure.fate, failure.detail) if failure else (Fate.UNKNOWN, words[:200])
        return UpstreamBalance(fate=fate, detail=detail)
    count = int(told[2]) if told[2] else -1
    return UpstreamBalance(parse_decimal(told[1]), count if count >= 0 else None)
