"""Longest-prefix tables: how a number finds its price and its way.

Pure; knows numbers as international digits without `+`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

import msgspec

from dragoman.model.world import Price, Route

T = TypeVar("T")


class Prefixes(Generic[T]):
    """A table from prefix to value in which the longest prefix of a number wins."""

    __slots__ = ("_lengths", "_table")

    def __init__(self, table: Mapping[str, T]) -> None:
        """Take the values by prefix; the empty prefix matches every number."""
        self._table = dict(table)
        self._lengths = sorted({len(prefix) for prefix in table}, reverse=True)

    def find(self, number: str) -> T | None:
        """Give the value of the longest prefix of `number`, or None."""
        table = self._table
        for length in self._lengths:
            hit = table.get(number[:length])
            if hit is not None:
                return hit
        return None

    def __len__(self) -> int:
        """Count the prefixes."""
        return len(self._table)


class Step(msgspec.Struct, frozen=True):
    """Carriers that share one step of a way, with their weights (all positive)."""

    carriers: tuple[int, ...]
    weights: tuple[int, ...]


class Way(msgspec.Struct, frozen=True):
    """The steps for one prefix in failover order."""

    steps: tuple[Step, ...]


def ways(routes: Iterable[Route], account_id: int) -> Prefixes[Way]:
    """Compile the routes that an account may use.

    Routes of the account itself replace those of everyone for the same prefix.
    """
    mine: dict[str, list[Route]] = {}
    general: dict[str, list[Route]] = {}
    for route in sorted(routes, key=lambda route: route.position):
        if route.account_id == account_id:
            mine.setdefault(route.prefix, []).append(route)
        elif route.account_id == 0:
            general.setdefault(route.prefix, []).append(route)
    return Prefixes({prefix: _way(steps) for prefix, steps in {**general, **mine}.items()})


def _way(routes: list[Route]) -> Way:
    steps: list[Step] = []
    shared: list[Route] = []
    for route in [*routes, None]:
        if route is not None and route.weight > 0:
            shared.append(route)
            continue
        if shared:
            steps.append(Step(tuple(r.carrier_id for r in shared), tuple(r.weight for r in shared)))
            shared = []
        if route is not None:
            steps.append(Step((route.carrier_id,), (1,)))
    return Way(tuple(steps))


# Knuth's multiplicative constant: neighbouring ids fall far apart, so that shares are even.
_SPREAD = 2654435761


def choose(way: Way, up: Callable[[int], bool], ticket: int) -> int:
    """Choose the carrier for one message: the first step with a carrier that is up.

    Within a step the ticket (any integer, such as the message's sequence) decides by weight.
    When none is up, the first step's choice waits for it: a message keeps the way that the
    operator prefers.  Gives 0 for an empty way.
    """
    for step in way.steps:
        carriers = [c for c in step.carriers if up(c)] if len(step.carriers) > 1 else step.carriers
        if len(carriers) == 1:
            if up(carriers[0]):
                return carriers[0]
        elif carriers:
            weights = [w for c, w in zip(step.carriers, step.weights, strict=True) if c in carriers]
            return _by_weight(carriers, weights, ticket)
    if not way.steps:
        return 0
    first = way.steps[0]
    return _by_weight(first.carriers, first.weights, ticket)


def _by_weight(carriers: Iterable[int], weights: Iterable[int], ticket: int) -> int:
    shares = list(zip(carriers, weights, strict=True))
    point = (ticket * _SPREAD % 2**32) * sum(w for _, w in shares) >> 32
    for carrier, weight in shares:
        point -= weight
        if point < 0:
            return carrier
    return shares[-1][0]


def after(way: Way, carrier_id: int) -> int:
    """Give the carrier that follows in failover order, or 0 after the last."""
    carriers = [carrier for step in way.steps for carrier in step.carriers]
    if carrier_id not in carriers:
        return 0
    following = carriers[carriers.index(carrier_id) + 1 :]
    return following[0] if following else 0


def tariff(prices: Iterable[Price], account_id: int, currency: str) -> Prefixes[Price] | None:
    """Compile the prices of one account: its own and those of its currency.

    None when nobody priced anything in this currency: such a gateway charges nothing.
    """
    table: dict[str, Price] = {}
    for price in prices:
        if price.account_id == account_id or (price.account_id == 0 and price.currency == currency):
            known = table.get(price.prefix)
            if known is None or price.account_id:
                table[price.prefix] = price
    return Prefixes(table) if table else None
