"""How fast an account may submit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.pace import Paces
from tests.core.views import a_world

SECOND = 1_000_000
START_US = 1_700_000_000_000_000

# Rate, then requests as (seconds since the start, messages, whether they pass).
PACES: dict[str, tuple[float, list[tuple[float, int, bool]]]] = {
    "a second's worth at once": (3, [*[(0, 1, True)] * 3, (0, 1, False)]),
    "and again after a second": (1, [(0, 1, True), (0.99, 1, False), (1.0, 1, True)]),
    "a share of it earlier": (2, [(0, 2, True), (0.4, 1, False), (0.5, 1, True)]),
    "less than one a second": (0.5, [(0, 1, True), (1.9, 1, False), (2.0, 1, True)]),
    "nothing is saved up": (2, [(0, 1, True), (60, 2, True), (60, 1, False)]),
    "a large request when full": (2, [(0, 10, True), (1, 1, False)]),
    "leaves a debt": (2, [(0, 10, True), (4.4, 1, False), (4.5, 1, True)]),
    "a large request waits until full": (2, [(0, 1, True), (0.1, 10, False), (0.5, 10, True)]),
    "a refused one costs nothing": (1, [(0, 1, True), *[(0.5, 1, False)] * 9, (1.0, 1, True)]),
    "a clock that steps back": (1, [(0, 1, True), (-5, 1, False), (-4, 1, True)]),
}


@pytest.mark.parametrize(("rate", "requests"), PACES.values(), ids=PACES)
def test_take(rate: float, requests: list[tuple[float, int, bool]]) -> None:
    paces = Paces()
    _, view = a_world(options={"rate": rate})
    passed = [
        paces.take(view, messages, START_US + round(at_s * SECOND))
        for at_s, messages, _ in requests
    ]
    assert passed == [expected for _, _, expected in requests]


def test_each_account_for_itself() -> None:
    paces = Paces()
    _, alice = a_world({}, {"rate": 1})
    bob = a_world({}, {"rate": 1})[1]
    assert paces.take(alice, 1, START_US)
    assert not paces.take(bob, 1, START_US)  # the same id: the same account


@given(
    st.floats(0.5, 20),
    st.lists(st.tuples(st.integers(0, 2 * SECOND), st.integers(1, 5)), max_size=40),
)
def test_never_faster_for_long(rate: float, requests: list[tuple[int, int]]) -> None:
    """What passes in a time is at most the rate's share of it, a bucketful, and one request."""
    paces = Paces()
    _, view = a_world(options={"rate": rate})
    now_us, passed = START_US, 0
    for wait_us, messages in requests:
        now_us += wait_us
        if paces.take(view, messages, now_us):
            passed += messages
    allowed = rate * (now_us - START_US) / SECOND + max(rate, 1.0) + 5
    assert passed <= allowed + 1e-6
