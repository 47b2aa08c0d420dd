"""How long a bind waits after each kind of failure."""

from itertools import pairwise
from random import Random

import pytest

from dragoman.carriers.reconnect import (
    JITTER,
    PATIENCE,
    Backoff,
    BindGate,
    Failure,
    advice,
    failure_of,
)
from dragoman.protocols.smpp.statuses import CommandStatus

WAITS = {
    "an address that refuses connections is asked every few seconds": (
        Failure.UNREACHABLE,
        [0.5, 1.0, 2.0, 4.0, 4.0],
    ),
    "a good connection that was lost is taken up at once": (Failure.LOST, [0.5, 0.5]),
    "a connection that does not hold": (
        Failure.UNSTABLE,
        [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0],
    ),
    "a refusal that may pass": (Failure.REFUSED, [2.0, 4.0, 8.0, 16.0, 32.0, 60.0]),
    "a ghost of our own": (Failure.ALREADY_BOUND, [10.0, 20.0, 40.0, 40.0]),
    "a refusal for a person": (Failure.FORBIDDEN, [300.0, 600.0, 900.0, 900.0]),
}


@pytest.mark.parametrize(("failure", "waits"), WAITS.values(), ids=WAITS)
def test_waits(failure: Failure, waits: list[float]) -> None:
    backoff = Backoff(Random(1))
    for expected in waits:
        assert expected <= backoff.wait_s(failure) <= expected * (1 + JITTER)


def test_every_failure_has_its_patience() -> None:
    assert set(PATIENCE) == set(Failure)


def test_carriers_that_fail_together_do_not_come_back_together() -> None:
    waits = {round(Backoff(Random(seed)).wait_s(Failure.UNSTABLE), 6) for seed in range(100)}
    assert len(waits) > 90


def test_another_kind_of_failure_starts_over() -> None:
    backoff = Backoff(Random(1))
    for _ in range(5):
        backoff.wait_s(Failure.UNSTABLE)
    assert backoff.wait_s(Failure.LOST) < 1
    assert backoff.wait_s(Failure.UNSTABLE) < 1.5


STATUSES = {
    "already bound": (CommandStatus.ESME_RALYBND, Failure.ALREADY_BOUND, "another program"),
    "wrong password": (CommandStatus.ESME_RINVPASWD, Failure.FORBIDDEN, "right password"),
    "wrong system_id": (CommandStatus.ESME_RINVSYSID, Failure.FORBIDDEN, "right system_id"),
    "wrong system_type": (CommandStatus.ESME_RINVSYSTYP, Failure.FORBIDDEN, "system_type"),
    "bind failed": (CommandStatus.ESME_RBINDFAIL, Failure.REFUSED, "bind kind"),
    "carrier in trouble": (CommandStatus.ESME_RSYSERR, Failure.REFUSED, "system error"),
    "carrier's own number": (0x0499, Failure.REFUSED, "0x00000499"),
}


@pytest.mark.parametrize(("status", "failure", "words"), STATUSES.values(), ids=STATUSES)
def test_a_refused_bind_says_what_to_do(status: int, failure: Failure, words: str) -> None:
    assert failure_of(status) is failure
    assert words in advice(status)


def test_pain_22_a_hundred_carriers_share_the_cap_of_their_host() -> None:
    """Pain 22: carriers of one host that start together knock five times a second, no more."""
    gate = BindGate(per_s=5.0)
    turns = [gate.reserve("smsc.example", 100.0) for _ in range(100)]
    assert turns[0] == 100.0
    assert all(b - a >= 0.2 - 1e-9 for a, b in pairwise(turns))
    assert gate.reserve("other.example", 100.0) == 100.0
    assert gate.reserve("smsc.example", 500.0) == 500.0
