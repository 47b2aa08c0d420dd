"""What a dialect's callbacks are: how we tell a customer something, and how we would be told.

The other half of a dialect (see exchange.py): here we call and the customer serves.  As client
of a provider that speaks the dialect we are the one who is called.  Knows no socket and no clock.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from dragoman.dialects.exchange import Settings
from dragoman.model.events import Event, StatusReport
from dragoman.model.states import FINAL, State
from dragoman.protocols.http import Request

FORM = "application/x-www-form-urlencoded; charset=utf-8"
JSON = "application/json"
EVENT_HEADER = "X-Dragoman-Event"  # of every call: the same for every try of one event

# What ends a message as far as its customer is told; a late verdict may still follow UNKNOWN.
ENDS = FINAL | {State.UNKNOWN}


class Call(msgspec.Struct, frozen=True):
    """One HTTP request to an address that somebody gave us."""

    url: str
    method: str = "POST"
    body: bytes = b""
    content_type: str = FORM  # counts where there is a body
    headers: tuple[tuple[str, str], ...] = ()


class ReportHeard(msgspec.Struct, frozen=True):
    """A status report as a provider's callback brought it; `ref` is the provider's id."""

    ref: str
    state: State
    recipient: str = ""
    changed_us: int = 0  # 0: not told
    error: str = ""


class MessageHeard(msgspec.Struct, frozen=True):
    """A handset's message as a provider's callback brought it."""

    ref: str
    sender: str
    text: str
    recipient: str = ""  # empty: not told
    sent_us: int = 0
    network: str = ""
    context: str = ""


class MmsHeard(msgspec.Struct, frozen=True):
    """A handset's MMS, whose parts are to be fetched by name."""

    ref: str
    sender: str
    subject: str
    files: tuple[str, ...]
    context: str = ""


class ListHeard(msgspec.Struct, frozen=True):
    """A change of a subscription list that a provider keeps for us."""

    list_name: str
    list_kind: int
    number: str
    action: int
    source: int
    at_us: int


def always(event: Event, settings: Settings) -> bool:
    """Tell of every event of a kind."""
    return True


class Callback(msgspec.Struct, frozen=True):
    """One kind of event in one dialect, both ways.

    `keys` are the settings that name its address, the first that is set counts.  `tells(event,
    settings)` says whether the event is told at all.  `render(event, url, settings)` gives the
    call; `parse(request, settings)` reads such a call, None where it is none.
    """

    keys: tuple[str, ...]
    render: Callable[[Any, str, Settings], Call]
    parse: Callable[[Request, Settings], Any]
    tells: Callable[[Any, Settings], bool] = always


DAY_S = 86_400
STEPS_S = (30, 60, 120, 300, 600, 1800, 3600)  # the last one again and again


class Form(msgspec.Struct, frozen=True):
    """How one dialect tells customers things; kinds of events that it has no words for are None.

    `succeeded(status)` says which HTTP statuses count as taken.  A failed call is made again
    after `steps_s`, the last of them for ever or until `give_up_s` (0: never give up) after the
    event; the setting `retry_max_age` overrules that.
    """

    name: str
    succeeded: Callable[[int], bool]
    report: Callback | None = None
    received: Callback | None = None
    mms: Callback | None = None
    lists: Callback | None = None
    steps_s: tuple[int, ...] = STEPS_S
    give_up_s: int = 3 * DAY_S
    signs: bool = False  # a call carries a signature where the account has a secret

    def callback(self, event: Event) -> Callback | None:
        """Give the callback for an event, if the dialect has one."""
        return {
            "report": self.report,
            "received": self.received,
            "mms": self.mms,
            "list": self.lists,
        }[str(event.__struct_config__.tag)]


def is_2xx(status: int) -> bool:
    """Tell whether a status says that all is well."""
    return 200 <= status < 300


def ends(report: StatusReport, settings: Settings) -> bool:
    """Tell whether a report is of a verdict, or of the last that a route will ever say."""
    return report.ends or report.state in ENDS


def with_query(url: str, query: str) -> str:
    """Add a query to an address, behind its own if it has one; a fragment is cut off."""
    bare = url.partition("#")[0]
    return f"{bare}{'&' if '?' in bare else '?'}{query}"


def request_of(call: Call) -> Request:
    """Give a call as the one who serves it reads it."""
    parts = urlsplit(call.url)
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]")
    headers = {name.lower(): value for name, value in call.headers}
    if call.body:
        headers["content-type"] = call.content_type
    return Request(call.method, target, query.encode(), headers, call.body)
