"""The judge of the callbacks: each promise is broken once, and is complained about."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench.callbacks import Outcome, Round, Trial
from bench.customer import Customer
from bench.gateway import Dragoman
from bench.instruments import Smsc

ROUND = Round(1, killed_after_s=1.0, back_after_s=1.0, accepted=9, told=9, due=3)
HELD = Outcome(
    rounds=(ROUND,),
    messages=9,
    events=18,
    repeats=2,
    left=0,
    undelivered=0,
    missing=(),
    crossed=0,
    changed=0,
    renamed=0,
)
BROKEN: dict[str, dict[str, Any]] = {
    "1 events were never told, as ('r1-3',)": {"missing": ("r1-3",)},
    "2 events still wait": {"left": 2},
    "2 messages lack their receipt": {"undelivered": 2},
    "1 messages were told of in the wrong order": {"crossed": 1},
    "1 repeats had other words": {"changed": 1},
    "1 events came under two ids": {"renamed": 1},
    "no message was told of": {"events": 0},
    "no kill came between receipt and callback": {"rounds": (replace(ROUND, due=0),)},
}


def test_all_held() -> None:
    assert HELD.complaints() == []


@pytest.mark.parametrize(("words", "changes"), BROKEN.items(), ids=BROKEN)
def test_a_broken_promise(words: str, changes: dict[str, Any]) -> None:
    assert replace(HELD, **changes).complaints() == [words]


class Books:
    """What a store would say: 1 to 3 were delivered, 4 was sent."""

    def states(self) -> dict[int, int]:
        return {1: 10, 2: 10, 3: 10, 4: 3}

    def untold(self) -> int:
        return 0

    undelivered = untold


TOLD: dict[str, tuple[list[str], tuple[str, ...], int, int]] = {
    "all": (["1-3", "2-16", "4-3", "1-10", "3-3", "2-10", "3-10"], (), 0, 0),
    "never that it was sent": (["1-3", "1-10", "2-10", "3-3", "3-10", "4-3"], ("r2-3",), 0, 0),
    "never that it came": (["1-3", "1-10", "2-3", "2-10", "3-3", "4-3"], ("r3-10",), 0, 0),
    "crossed": (["1-10", "1-3", "2-3", "2-10", "3-3", "3-10", "4-3"], (), 1, 0),
    "unknown after all": (["1-3", "1-10", "2-10", "2-16", "3-3", "3-10", "4-3"], (), 1, 0),
    "under two ids": (["1-3", "1-10", "2-3", "2-10", "3-3", "3-10", "4-3", "4-3b"], (), 0, 1),
}


@pytest.mark.parametrize(("told", "missing", "crossed", "renamed"), TOLD.values(), ids=TOLD)
def test_what_was_told_is_held_against_the_store(
    tmp_path: Path, told: list[str], missing: tuple[str, ...], crossed: int, renamed: int
) -> None:
    smsc = Smsc(tmp_path)
    system = Dragoman(tmp_path / "gateway", smsc.port)
    system.books = Books()  # type: ignore[assignment]
    customer = Customer()
    for event in told:
        for body in (event.removesuffix("b").encode(), b"other words"):
            customer._answer(f"r{event}", body)
    outcome = Trial(system, smsc, customer, tmp_path, Random(1)).judge(())
    assert (outcome.missing, outcome.crossed, outcome.renamed) == (missing, crossed, renamed)
    assert (outcome.repeats, outcome.changed) == (len(told), len(told))
