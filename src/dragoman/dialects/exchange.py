"""What a dialect is: a wire with two ends, as a table of exchanges of four pure functions each.

Knows no socket, no account and no clock.  As server we parse the ask and render the answer; as
client of a provider that speaks the dialect we render the ask and parse the answer.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from dragoman.model.refusals import Refusal
from dragoman.model.submissions import Credentials, Crediting
from dragoman.protocols.http import Request, Response

Settings = Mapping[str, Any]  # options by name, the account's over the gateway's over the dialect's


class Kind(StrEnum):
    """What an exchange is about."""

    SUBMIT = "submit"
    STATUS = "status"
    BALANCE = "balance"
    HELP = "help"


class Ask(msgspec.Struct, frozen=True):
    """The fields of one request, merged from query, form and JSON as the dialect reads them.

    Names are lower case, values percent-decoded bytes that the dialect decodes in its charset.
    """

    fields: dict[str, bytes]
    basic: Credentials | None = None
    fault: Refusal | None = None  # the body could not be read


class Exchange(msgspec.Struct, frozen=True):
    """One question and its answer, both ways.

    `parse_ask(ask, settings)` and `render_answer(asked, answered, settings)` serve;
    `render_ask(asked, settings)` and `parse_answer(asked, response, settings)` call.
    The values asked and answered are those of `model.submissions` (Submit and Submitted, ...).
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
    distinct: bool = False  # equal recipients are one
    keeps_refused: bool = False  # refused recipients among good ones get an id and are stored
    defaults: Settings = {}  # noqa: RUF012 - a read-only table of the dialect's options
