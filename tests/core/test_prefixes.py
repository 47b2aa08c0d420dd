"""Longest prefixes, failover and shares."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.prefixes import Prefixes, Step, Way, after, choose, tariff, ways
from dragoman.model.world import Price, Route

PREFIX = st.text("0123456789", max_size=6)
NUMBER = st.text("0123456789", min_size=1, max_size=15)

FINDS = {
    "the longest wins": ({"": "rest", "44": "GB", "4477": "mobile"}, "447700900123", "mobile"),
    "the next longest": ({"": "rest", "44": "GB", "4477": "mobile"}, "441632960000", "GB"),
    "the empty one takes the rest": ({"": "rest", "44": "GB"}, "33612345678", "rest"),
    "nothing": ({"44": "GB"}, "33612345678", None),
    "a number as short as its prefix": ({"44": "GB"}, "44", "GB"),
    "a number shorter than the prefix": ({"447": "mobile"}, "44", None),
    "no prefixes": ({}, "44", None),
}


@pytest.mark.parametrize(("table", "number", "found"), FINDS.values(), ids=FINDS)
def test_find(table: dict[str, str], number: str, found: str | None) -> None:
    assert Prefixes(table).find(number) == found


@given(st.dictionaries(PREFIX, st.integers()), NUMBER)
def test_find_is_what_a_search_through_all_finds(table: dict[str, int], number: str) -> None:
    fitting = [prefix for prefix in table if number.startswith(prefix)]
    expected = table[max(fitting, key=len)] if fitting else None
    assert Prefixes(table).find(number) == expected
    assert len(Prefixes(table)) == len(table)


def route(carrier_id: int, position: int, weight: int = 0, **more: object) -> Route:
    return Route(prefix="44", carrier_id=carrier_id, position=position, weight=weight, **more)  # type: ignore[arg-type]


WAYS = {
    "one": ([route(1, 0)], [((1,), (1,))]),
    "in their positions' order": ([route(2, 1), route(1, 0)], [((1,), (1,)), ((2,), (1,))]),
    "neighbours with weights share a step": (
        [route(1, 0, 3), route(2, 1, 1), route(3, 2)],
        [((1, 2), (3, 1)), ((3,), (1,))],
    ),
    "a step between them parts them": (
        [route(1, 0, 3), route(2, 1), route(3, 2, 1)],
        [((1,), (3,)), ((2,), (1,)), ((3,), (1,))],
    ),
    "the account's own in place of everybody's": (
        [route(1, 0), route(2, 1), route(3, 0, account_id=7)],
        [((3,), (1,))],
    ),
    "another account's are not seen": ([route(1, 0), route(3, 0, account_id=8)], [((1,), (1,))]),
}


@pytest.mark.parametrize(("routes", "steps"), WAYS.values(), ids=WAYS)
def test_ways(routes: list[Route], steps: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> None:
    way = ways(routes, 7).find("447700900123")
    assert way == Way(tuple(Step(carriers, weights) for carriers, weights in steps))


def test_own_routes_replace_those_of_their_prefix_only() -> None:
    table = ways(
        [
            Route(prefix="", carrier_id=1),
            Route(prefix="44", carrier_id=2),
            Route(prefix="44", carrier_id=3, account_id=7),
        ],
        7,
    )
    carriers = {n: w.steps[0].carriers for n in ("33", "44") if (w := table.find(n)) is not None}
    assert carriers == {"33": (1,), "44": (3,)}


LADDER = Way((Step((1,), (1,)), Step((2, 3), (3, 1)), Step((4,), (1,))))
CHOICES = {
    "the first that is up": ({1, 2, 3, 4}, {1}),
    "the next step": ({2, 3, 4}, {2, 3}),
    "who is left of a step": ({3, 4}, {3}),
    "the last": ({4}, {4}),
    "none: the first is waited for": (set(), {1}),
}


@pytest.mark.parametrize(("up", "chosen"), CHOICES.values(), ids=CHOICES)
def test_choose(up: set[int], chosen: set[int]) -> None:
    assert {choose(LADDER, up.__contains__, ticket) for ticket in range(100)} == chosen


def test_an_empty_way_leads_nowhere() -> None:
    assert choose(Way(()), lambda _: True, 1) == 0


def test_a_shared_first_step_is_waited_for_by_its_weights() -> None:
    way = Way((Step((1, 2), (1, 1)), Step((3,), (1,))))
    assert {choose(way, lambda _: False, ticket) for ticket in range(100)} == {1, 2}


@given(st.lists(st.integers(1, 20), min_size=2, max_size=5), st.integers(0, 2**50))
def test_weights_share_evenly(weights: list[int], first: int) -> None:
    """Of a thousand messages in a row each carrier gets its share, give or take one in fifty."""
    carriers = tuple(range(1, len(weights) + 1))
    way = Way((Step(carriers, tuple(weights)),))
    shares = Counter(choose(way, lambda _: True, first + i) for i in range(1000))
    for carrier, weight in zip(carriers, weights, strict=True):
        assert abs(shares[carrier] - 1000 * weight / sum(weights)) <= 20


@given(st.integers(0, 2**53))
def test_a_ticket_has_one_choice(ticket: int) -> None:
    way = Way((Step((1, 2), (7, 3)),))
    assert choose(way, lambda _: True, ticket) == choose(way, lambda _: True, ticket)


def test_after_goes_down_the_steps() -> None:
    assert [after(LADDER, carrier) for carrier in (1, 2, 3, 4)] == [2, 3, 4, 0]
    assert after(LADDER, 99) == 0


PRICES = [
    Price(prefix="", currency="EUR", price_u=50),
    Price(prefix="44", currency="EUR", price_u=40),
    Price(prefix="44", currency="GBP", price_u=30),
    Price(prefix="44", currency="EUR", price_u=20, account_id=7),
    Price(prefix="33", currency="EUR", price_u=10, account_id=8),
]
TARIFFS = {
    "its own before its currency's": (7, "EUR", "447700900123", 20),
    "its currency's": (9, "EUR", "447700900123", 40),
    "the rest": (7, "EUR", "33612345678", 50),
    "another currency": (9, "GBP", "447700900123", 30),
    "no price": (9, "GBP", "33612345678", None),
}


@pytest.mark.parametrize(
    ("account_id", "currency", "number", "price_u"), TARIFFS.values(), ids=TARIFFS
)
def test_tariff(account_id: int, currency: str, number: str, price_u: int | None) -> None:
    for prices in permutations(PRICES):
        table = tariff(prices, account_id, currency)
        assert table is not None
        price = table.find(number)
        assert (price.price_u if price else None) == price_u


def test_a_currency_without_prices_costs_nothing() -> None:
    assert tariff(PRICES, 9, "USD") is None
