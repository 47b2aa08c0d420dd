"""The gateway is killed under load and keeps its word; `scripts/bench crash` does it for longer."""

from pathlib import Path
from random import Random

import pytest

from bench.crash import ANSWER_MS, Trial
from bench.gateway import Dragoman
from bench.instruments import Smsc

WINDOW = 100
ROUNDS = 2  # all processes at once, then the core alone
RATE = 1_500.0  # requests a second


@pytest.mark.parametrize("seed", [13])
def test_pain_13_and_5_killed_under_load(tmp_path: Path, seed: int) -> None:
    """Nothing accepted is lost, doubles stay within the window, and every charge has its message.

    Real processes, a real disk, SIGKILL; the moments differ by what the machine does besides.
    """
    smsc = Smsc(tmp_path, answer_ms=ANSWER_MS)
    system = Dragoman(tmp_path / "gateway", smsc.port, receipts=True, window=WINDOW)
    trial = Trial(system, smsc, tmp_path, Random(seed), RATE, most_s=0.8)
    rounds = trial.play(ROUNDS)
    assert len(rounds) == ROUNDS
    assert [words for each in rounds for words in each.complaints(WINDOW)] == []
