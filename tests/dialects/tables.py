"""How the tables of worked examples are read without a network.

A `Case` says what a dialect must make of one example's request, and what the core answers; the
example itself says the whole reply.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from dragoman.dialects.exchange import Dialect, Exchange, Settings
from dragoman.dialects.registry import paths
from dragoman.model.refusals import Refusal
from dragoman.model.submissions import Credentials
from dragoman.protocols.http import Request, Response
from tests.flow.examples import Row


@dataclass(frozen=True, kw_only=True)
class Case:
    """What an example's request says, and what the core answers."""

    login: Credentials | Refusal
    asked: Any
    answered: Any


@dataclass(frozen=True)
class Door:
    """Where a row's request arrives: its exchange, with the settings of that row."""

    dialect: Dialect
    exchange: Exchange
    settings: dict[str, Any] = field(default_factory=dict)


def door(row: Row) -> Door:
    path = re.sub("/+", "/", row.target.partition("?")[0]).rstrip("/").lower()
    dialect, exchange = paths()[path]
    settings = {**dialect.defaults, **row.changes.get(f"dialect.{dialect.name}", {})}
    return Door(dialect, exchange, settings)


def request(row: Row) -> Request:
    path, _, query = row.target.partition("?")
    return Request(row.method, path, query.encode("latin-1"), dict(row.headers), row.body)


def check_reading(row: Row, case: Case) -> None:
    """Hold that the request is read as the case says, to the last field."""
    at = door(row)
    ask = at.dialect.read(request(row), at.settings)
    assert at.dialect.credentials(ask, at.settings) == case.login
    assert at.exchange.parse_ask(ask, at.settings) == case.asked


def check_wording(row: Row, case: Case) -> None:
    """Hold that the answer is worded as the example shows, to the last octet."""
    at = door(row)
    if isinstance(case.answered, Refusal):
        response = at.exchange.refuse(case.answered, at.settings)
    else:
        response = at.exchange.render_answer(case.asked, case.answered, at.settings)
    assert response == Response(
        row.status,
        row.answer.encode(),
        row.content_type,
        tuple((_spelled(name), value) for name, value in row.answer_headers.items()),
    )


def _spelled(name: str) -> str:
    return {"www-authenticate": "WWW-Authenticate"}[name]


def check_order(dialect: Dialect, order: list[Refusal], *, single: bool) -> None:
    """Of any two refusals the one that stands earlier in the list must be told."""
    places = [dialect.rank(refusal, single) for refusal in order]
    assert all(earlier < later for earlier, later in pairwise(places)), places


def call(exchange: Exchange, asked: Any, settings: Settings) -> Request:
    """Render an ask as a client of an upstream does."""
    assert exchange.render_ask is not None
    return exchange.render_ask(asked, settings)


def hear(exchange: Exchange, asked: Any, response: Response, settings: Settings) -> Any:
    """Read an answer as a client of an upstream does."""
    assert exchange.parse_answer is not None
    return exchange.parse_answer(asked, response, settings)
