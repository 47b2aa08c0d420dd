"""Killed between receipt and callback; `scripts/bench callbacks` does it for longer."""

from pathlib import Path
from random import Random

from bench.callbacks import Trial
from bench.customer import Customer, listening
from bench.gateway import Dragoman
from bench.instruments import Smsc

ROUNDS = 2


def test_pain_37_killed_between_receipt_and_callback(tmp_path: Path) -> None:
    """All are told, in order, and a repeat has the event id and the words of the first time.

    A real process, a real disk, SIGKILL; the moments differ by what the machine does besides.
    """
    smsc = Smsc(tmp_path)
    with listening(Customer()) as customer:
        system = Dragoman(tmp_path / "gateway", smsc.port, receipts=True, tell=customer.port)
        trial = Trial(system, smsc, customer, tmp_path, Random(36), fails=0.0)
        assert trial.play(ROUNDS).complaints() == []
