"""What a dialect is: a wire with two ends, as a table of exchanges of four pure functions each.

Knows no socket, no account and no clock.  As server we parse the ask and render the answer; as
client of a provider that speaks the dialect we render the ask and parse the answer.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import Credentials, Crediting
from dragoman.protocols.http import Part, Request, Response

Settings = Mapping[str, Any]  # options by name, the account's over the gateway's over the dialect's


class Kind(StrEnum):
    """What an exchange is about."""

    SUBMIT = "submit"
    STATUS = "status"
    BALANCE = "balance"
    LIST = "list"
    HELP = "help"


class Ask(msgspec.Struct, frozen=True):
    """The fields of one request, merged from query, form and JSON as the dialect reads them.

    Names are lower case, values percent-decoded bytes that the dialect decodes in its charset.
    Blank values are left out.
    """

    fields: dict[str, bytes]
    basic: Credentials | None = None
    fault: Refusal | None = None  # the body could not be read
    charset: str = ""  # codec of the charset that the body declared, if we know it
    files: tuple[Part, ...] = ()  # of a multipart body


class StatusAsk(msgspec.Struct, frozen=True):
    """A question for the state of one message; `ref` is its id as written.

    `message_id` is 0 when `ref` is no id of ours, which `faults` then says.
    """

    message_id: int
    faults: tuple[Refusal, ...] = ()
    ref: str = ""


class BalanceAsk(msgspec.Struct, frozen=True):
    """A question for the balance, and for the price to a prefix of digits unless it is empty."""

    prefix: str = ""
    faults: tuple[Refusal, ...] = ()


class ListAsk(msgspec.Struct, frozen=True):
    """A request to change one member of a subscription list.

    `msisdn` is the number as written; `action` is one of `model.lists.Action`, or 0 where
    `faults` says that it is none.
    """

    name: str
    msisdn: str
    action: int
    faults: tuple[Refusal, ...] = ()


class Fate(StrEnum):
    """What an upstream's answer to a submission means for us."""

    SENT = "sent"
    REJECTED = "rejected"  # the recipient or the text is at fault: no other route
    NOT_TAKEN = "not taken"  # surely not accepted: another host, or later
    STOP = "stop"  # we are at fault there (login, address, credit): stop the upstream
    UNKNOWN = "unknown"  # it may have been accepted: never sent again


class UpstreamOutcome(msgspec.Struct, frozen=True):
    """What an upstream made of one recipient; `ref` is its id as text, `detail` its words."""

    number: str
    fate: Fate
    ref: str = ""
    reason: Reason | None = None
    detail: str = ""
    cost_u: int | None = None


class UpstreamStatus(msgspec.Struct, frozen=True):
    """What an upstream says about a message; without `state` there is no news.

    `fate` is SENT when the question was answered, and says otherwise what to do.
    """

    state: State | None = None
    changed_us: int = 0  # 0: not told
    segments: int = 0
    cost_u: int | None = None
    fate: Fate = Fate.SENT
    detail: str = ""


class UpstreamBalance(msgspec.Struct, frozen=True):
    """What an upstream says is left; `fate` is SENT when the question was answered."""

    balance_u: int | None = None
    count: int | None = None  # messages to the prefix asked for
    fate: Fate = Fate.SENT
    detail: str = ""


class CannotCarry(ValueError):
    """A dialect has no words for what an upstream is to be asked: flash, raw octets, length.

    Raised by `render_ask`, so that nothing is dropped in silence.
    """


class Exchange(msgspec.Struct, frozen=True):
    """One question and its answer, both ways.

    `parse_ask(ask, settings)` and `render_answer(asked, answered, settings)` serve;
    `render_ask(asked, settings)` and `parse_answer(asked, response, settings)` call.
    Served are Submit and Submitted, StatusAsk and MessageStatus, BalanceAsk and Balance, ListAsk
    and None, None and None (HELP, which wants no credentials).  An upstream's answer is a tuple of
    UpstreamOutcome in the order asked, an UpstreamStatus, an UpstreamBalance.
    `refuse(refusal, settings)` words a refusal of the whole request.
    """

    kind: Kind
    paths: tuple[str, ...]  # lower case, without trailing slash
    parse_ask: Callable[[Ask, Settings], Any]
    render_answer: Callable[[Any, Any, Settings], Response]
    refuse: Callable[[Refusal, Settings], Response]
    render_ask: Callable[[Any, Settings], Request] | None = None
    parse_answer: Callable[[Any, Response, Settings], Any] | None = None


class Dialect(msgspec.Struct, frozen=True):
    """A vendor's language: where its exchanges live and the habits that the core must know."""

    name: str
    exchanges: tuple[Exchange, ...]
    read: Callable[[Request, Settings], Ask]
    credentials: Callable[[Ask, Settings], Credentials | Refusal]
    rank: Callable[[Refusal, bool], int]  # (refusal, one recipient only?): the lowest is told
    crediting: Crediting
    # (token, number, settings): the dialect's own rule for one recipient, asked when the number
    # was found readable and before it is routed
    check_number: Callable[[str, str, Settings], Refusal | None] | None = None
    distinct: bool = False  # equal recipients are one
    tells_doubt: bool = True  # a customer reads that the carrier did not answer in time
    takes_names: bool = False  # a recipient may be the name of a group or list
    keeps_refused: bool = False  # refused recipients among good ones get an id and are stored
    # the caller's address as the request itself names it; believed from trusted proxies only
    caller: Callable[[Ask], str] | None = None
    defaults: Settings = {}
