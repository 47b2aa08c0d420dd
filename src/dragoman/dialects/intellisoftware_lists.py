"""Subscription lists in the dialect `intellisoftware`, both ends of the wire.

Knows no account's lists.  Source: IntelliSoftware SMS Gateway, "Update Subscription List".
"""

from dragoman.dialects.ask import missing
from dragoman.dialects.exchange import Ask, Fate, ListAsk, Settings, UpstreamOutcome
from dragoman.dialects.forms import plain
from dragoman.dialects.intellisoftware_client import FORM, entry, failure, login, words
from dragoman.dialects.intellisoftware_content import decode
from dragoman.model.lists import Action
from dragoman.model.refusals import Reason, Refusal
from dragoman.protocols.http import Request, Response, render_form

PATH = "/smsgateway/updatesubscriptionlist.aspx"
BAD_ACTION = Refusal(Reason.BAD_PARAMETER, "action")

_ACTIONS = {str(int(action)).encode(): int(action) for action in Action}


def parse_list_ask(ask: Ask, settings: Settings) -> ListAsk:
    """Read a request to change a member."""
    fields, charset = ask.fields, ask.charset
    faults = [] if ask.fault is None else [ask.fault]
    faults += [missing(name) for name in ("sublistname", "msisdn", "action") if name not in fields]
    action = _ACTIONS.get(fields.get("action", b""), 0)
    if "action" in fields and not action:
        faults.append(BAD_ACTION)
    return ListAsk(
        name=decode(fields.get("sublistname", b""), charset),
        msisdn=decode(fields.get("msisdn", b""), charset),
        action=action,
        faults=tuple(faults),
    )


def render_changed(list_ask: ListAsk, changed: None, settings: Settings) -> Response:
    """Write that it is done; the vendor tells no more, not even whether anything changed."""
    return plain("OK")


def render_list_ask(list_ask: ListAsk, settings: Settings) -> Request:
    """Ask a provider to change a member."""
    pairs = [
        *login(settings),
        ("sublistname", list_ask.name),
        ("msisdn", list_ask.msisdn.lstrip("+")),
        ("action", str(list_ask.action)),
    ]
    return Request("POST", PATH, headers=FORM, body=render_form(pairs))


def parse_changed(list_ask: ListAsk, response: Response, settings: Settings) -> UpstreamOutcome:
    """Give what a provider made of a change; SENT means that it is done."""
    if not 200 <= response.status < 300:
        return failure(response)
    told = words(response)
    return UpstreamOutcome(list_ask.msisdn, Fate.SENT) if told == "OK" else entry(told)
