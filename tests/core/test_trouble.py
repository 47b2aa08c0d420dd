"""A store that takes nothing: told once in full, then now and then, and when it is over."""

import logging

import pytest

from dragoman.core.trouble import AGAIN_US, QUIET_US, Trouble
from dragoman.store.errors import StoreRefused

BROKEN = "a group could not be written (ValueError): broken"


class Store:
    """A trouble with a clock that is moved by hand."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        self._caplog = caplog
        self.now_us = 1_000_000_000
        self.trouble = Trouble(lambda: self.now_us)

    def lines(self) -> list[str]:
        """Give what was logged since the last look, a `!` before what has a traceback."""
        lines = [f"{'!' if r.exc_info else ''}{r.getMessage()}" for r in self._caplog.records]
        self._caplog.clear()
        return lines


@pytest.fixture
def store(caplog: pytest.LogCaptureFixture) -> Store:
    return Store(caplog)


def test_a_lasting_fault_is_a_line_a_minute(store: Store) -> None:
    for _ in range(4 * 150):
        store.trouble.failed("a group could not be written", ValueError("broken"))
        store.now_us += 250_000
    assert store.lines() == [
        f"!the store fails: {BROKEN}",
        f"the store still fails: {BROKEN}; 241 failures so far",
        f"the store still fails: {BROKEN}; 481 failures so far",
    ]
    assert store.trouble.why == BROKEN
    store.trouble.passed()
    assert store.trouble.why == ""
    assert store.lines() == []
    store.now_us += QUIET_US
    store.trouble.passed()
    store.trouble.passed()
    assert store.lines() == ["the store takes groups again, after 600 failures"]


def test_what_the_store_says_itself_needs_no_traceback(store: Store) -> None:
    store.trouble.failed("the store did not take a group", StoreRefused("disk full"))
    store.trouble.failed("the store did not take a group", TimeoutError())
    assert store.lines() == [
        "the store fails: the store did not take a group (StoreRefused): disk full",
        "the store fails: the store did not take a group (TimeoutError): it took too long",
    ]


def test_another_fault_and_the_next_trouble_are_told_at_once(store: Store) -> None:
    store.trouble.failed("a group could not be written", ValueError("broken"))
    store.trouble.failed("answers are lost", ValueError("broken"))
    store.now_us += AGAIN_US
    store.trouble.passed()
    store.trouble.failed("a group could not be written", ValueError("broken"))
    assert store.lines() == [
        "!the store fails: a group could not be written (ValueError): broken",
        "!the store fails: answers are lost (ValueError): broken",
        "the store takes groups again, after 2 failures",
        "!the store fails: a group could not be written (ValueError): broken",
    ]


def test_good_groups_between_bad_ones_end_no_trouble(store: Store) -> None:
    for _ in range(100):
        store.trouble.failed("a group could not be written", ValueError("broken"))
        store.trouble.passed()
        store.now_us += 100_000
    assert len(store.lines()) == 1
