"""How a message's fate follows from its segments', and what is paid back."""

from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.verdicts import GOOD, REFUNDS, last_resort, pays_back, verdict, worst
from dragoman.model.states import FINAL, State, climb

S, D, U, X, R, Q = (
    State.SENT,
    State.DELIVERED,
    State.UNDELIVERABLE,
    State.EXPIRED,
    State.REJECTED,
    State.UNKNOWN,
)

# policy, which segments the carrier reports, states of three segments (None: no answer), verdict
VERDICTS: dict[str, tuple[str, str, tuple[State | None, ...], State]] = {
    "nothing known": ("all", "all", (None, None, None), State.SENDING),
    "some answered": ("all", "all", (S, S, None), State.SENDING),
    "all answered": ("all", "all", (S, S, S), S),
    "all answered, none reported": ("all", "none", (S, S, S), S),
    "reported all the same": ("all", "none", (D, D, D), D),
    "one delivered": ("all", "all", (D, S, S), S),
    "two delivered": ("all", "all", (D, S, D), S),
    "all delivered": ("all", "all", (D, D, D), D),
    "one bad, one open": ("all", "all", (D, U, S), S),
    "one bad, none open": ("all", "all", (D, U, D), U),
    "the worst of the bad": ("all", "all", (X, U, D), U),
    "one refused ends it": ("all", "all", (R, S, S), R),
    "one refused, others unanswered": ("all", "all", (R, None, None), R),
    "one in doubt": ("all", "all", (S, Q, S), Q),
    "one in doubt, delivered after all": ("all", "all", (D, D, D), D),
    "worst: bad news at once": ("worst", "all", (S, U, S), U),
    "worst: good news waits": ("worst", "all", (D, D, S), S),
    "first: the first receipt": ("first", "all", (S, D, S), D),
    "first: bad as well": ("first", "all", (S, U, S), U),
    "reports the first, open": ("all", "first", (S, S, S), S),
    "reports the first, delivered": ("all", "first", (D, S, S), D),
    "reports the first, failed": ("all", "first", (U, S, S), U),
    "reports the last, first delivered": ("all", "last", (D, S, S), S),
    "reports the last, delivered": ("all", "last", (S, S, D), D),
    "reports the last, one refused": ("all", "last", (R, S, S), R),
}


@pytest.mark.parametrize(
    ("policy", "reporting", "states", "expected"), VERDICTS.values(), ids=VERDICTS
)
def test_verdict(
    policy: str, reporting: str, states: tuple[State | None, ...], expected: State
) -> None:
    known = {number: state for number, state in enumerate(states, 1) if state is not None}
    assert verdict(known, 3, policy, reporting) == expected


@pytest.mark.parametrize("order", list(permutations(range(1, 5))))
def test_pain_7_delivered_only_with_the_last_receipt(order: tuple[int, ...]) -> None:
    states = dict.fromkeys(range(1, 5), State.SENT)
    for step, number in enumerate(order, 1):
        states[number] = State.DELIVERED
        expected = State.DELIVERED if step == 4 else State.SENT
        assert verdict(states, 4) == expected


@given(st.lists(st.sampled_from([S, D, U, X, R, Q]), min_size=1, max_size=6))
def test_all_waits_for_all_unless_one_was_refused(states: list[State]) -> None:
    said = verdict(dict(enumerate(states, 1)), len(states))
    is_over = State.REJECTED in states or all(state in FINAL for state in states)
    assert (said in FINAL) == is_over
    assert (said == State.DELIVERED) == (set(states) == {State.DELIVERED})


def test_a_verdict_never_steps_down() -> None:
    """Whatever two segments go through, in any order, the message only climbs."""
    news = [State.SENT, State.UNKNOWN, *sorted(FINAL)]
    for first, second, third in product(news, repeat=3):
        states: dict[int, State] = {}
        told = State.SENDING
        for number, state in ((1, first), (2, second), (1, third)):
            states[number] = climb(states.get(number, State.SENDING), state)
            before, told = told, climb(told, verdict(states, 2))
            assert climb(before, told) == told


LAST_RESORTS = {
    "nothing known": ({}, State.UNKNOWN),
    "only sent": ({1: S, 2: S}, State.UNKNOWN),
    "what is known counts": ({1: D, 2: S}, D),
    "the worst of what is known": ({1: D, 2: X, 3: S}, X),
}


@pytest.mark.parametrize(("states", "expected"), LAST_RESORTS.values(), ids=LAST_RESORTS)
def test_last_resort(states: dict[int, State], expected: State) -> None:
    assert last_resort(states) == expected


@given(st.lists(st.sampled_from(sorted(FINAL)), min_size=1))
def test_the_worst_does_not_depend_on_the_order(states: list[State]) -> None:
    assert worst(states) == worst(sorted(states, reverse=True))
    assert worst(states) in states


PAID_BACK = {
    "none": set(),
    "rejected": {State.REJECTED, State.FAILED, State.CANCELLED},
    "undelivered": FINAL - GOOD - {State.DECLINED},
    "no such policy": set(),
}


@pytest.mark.parametrize(("policy", "states"), PAID_BACK.items(), ids=PAID_BACK)
def test_pays_back(policy: str, states: set[State]) -> None:
    assert {state for state in State if pays_back(policy, state)} == states


def test_whoever_gets_it_back_for_rejection_gets_it_for_more() -> None:
    assert REFUNDS["none"] < REFUNDS["rejected"] < REFUNDS["undelivered"]
    assert not any(GOOD & states for states in REFUNDS.values())
