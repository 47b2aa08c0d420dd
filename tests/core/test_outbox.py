"""Endpoints: how much they are asked for, and when they are left alone."""

import re

from dragoman.core.outbox import (
    FIRST_CALLS,
    MOST_CALLS,
    REFUSALS,
    Endpoint,
    Letter,
    line_of_try,
    message_of,
)
from dragoman.dialects.callback import Call
from dragoman.dialects.native import FORM
from dragoman.store.outbox import Due

SECOND_US = 1_000_000


def fail(endpoint: Endpoint, times: int, now_us: int = 0, *, is_down: bool = False) -> None:
    for _ in range(times):
        endpoint.failed(now_us, "status 500", is_down=is_down)


def test_good_faith_grows_with_success_and_halves_with_failure() -> None:
    endpoint = Endpoint("notice:1:notify_url")
    assert endpoint.room(0) == FIRST_CALLS
    for _ in range(100):
        endpoint.took()
    assert endpoint.room(0) == MOST_CALLS
    fail(endpoint, 1)
    assert endpoint.room(0) == MOST_CALLS // 2
    endpoint.unmade = 3
    assert endpoint.room(0) == MOST_CALLS // 2 - 3


def test_who_is_not_there_is_left_alone_ever_longer_up_to_a_minute() -> None:
    endpoint, now_us, pauses = Endpoint("x"), 0, []
    for _ in range(9):
        fail(endpoint, 5, now_us, is_down=True)  # of calls that were under way together
        pauses.append((endpoint.paused_until_us - now_us) // SECOND_US)
        assert endpoint.room(now_us) == 0
        now_us = endpoint.paused_until_us
        assert endpoint.room(now_us) == 1
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert endpoint.took()
    assert not endpoint.took()
    fail(endpoint, 1, now_us, is_down=True)
    assert endpoint.paused_until_us == now_us + SECOND_US


def test_who_refuses_everything_is_left_alone_too() -> None:
    """Not for a few messages that it does not like, and nothing is hastened when it is back."""
    endpoint = Endpoint("x")
    fail(endpoint, REFUSALS - 1)
    assert endpoint.room(0) == 1
    assert not endpoint.took()
    fail(endpoint, REFUSALS)
    assert endpoint.paused_until_us == SECOND_US
    fail(endpoint, 1, SECOND_US)
    assert endpoint.paused_until_us == 3 * SECOND_US
    assert not endpoint.took()
    fail(endpoint, REFUSALS - 1, 3 * SECOND_US)
    assert endpoint.room(3 * SECOND_US) == 1


def test_the_message_of_a_subject() -> None:
    assert [message_of(ref) for ref in ("r12", "m447700900123", "l447700900123", "r", "rx")] == [
        12,
        *(0,) * 4,
    ]


def tried(number: int, why: str = "status 500", *, is_last: bool = False) -> str:
    """Give the line of a message's try of this number."""
    job = Due(5, "r12", 0, 0, number - 1, "")
    letter = Letter(job, FORM, Call("http://example.com/"), "http://example.com/")
    return line_of_try(letter, SECOND_US, why, 0 if is_last else 301 * SECOND_US)


def test_every_try_has_its_line_until_lines_stand_for_many() -> None:
    """A week of tries each five minutes is twenty lines, and none of them is left out."""
    lines = [line for number in range(1, 2017) if (line := tried(number))]
    assert lines[:12] == ["http://example.com/: status 500; again in 300 s"] * 12
    spans = [re.fullmatch(r".* 300 s; that was try (\d+) to (\d+)", line) for line in lines[12:]]
    told = [(int(span[1]), int(span[2])) for span in spans if span is not None]
    assert told == [(13, 24), (25, 48), (49, 96), (97, 192), (193, 384), (385, 768), (769, 1536)]
    assert len(lines) == 12 + len(told)


def test_the_last_try_has_its_line() -> None:
    assert tried(12, "", is_last=True) == "told http://example.com/"
    assert tried(1700, "", is_last=True) == "told http://example.com/, at try 1700"
    assert tried(1, is_last=True) == "http://example.com/: status 500; given up"
    assert tried(99, is_last=True) == "http://example.com/: status 500; given up, at try 99"
