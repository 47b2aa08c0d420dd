"""Kill the gateway at random moments under load (SIGKILL) and look whether it kept its word.

Accepted means on disk: every message that was answered with success reaches the SMSC after the
restart.  Those that may have been on the wire are the only ones that go twice, and there are
never more of them than the window.  No charge without its message, no message without its charge,
and no receipt is lost that was on its way.  The SMSC answers a little late, so that the window is
never empty when the kill comes.
"""

import contextlib
import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.figures import render_table
from bench.gateway import Dragoman
from bench.instruments import Answers, Smsc, loaded
from bench.processes import Broken, wait_until
from bench.stage import WINDOW, Result, Stage, running, say, stopped, wait_for_bind

ANSWER_MS = 50
LEAST_S, MOST_S = 0.1, 2.0  # of load before the kill
DOWN_S = 0.2
AFTER_S = 0.3  # of load after the restart
DRAINED_WITHIN_S = 60.0
RECEIPTS_WITHIN_S = 20.0
MOST_MESSAGES = 500_000


@dataclass(frozen=True, slots=True)
class Round:
    """What one kill did."""

    number: int
    killed_after_s: float
    back_after_s: float  # bound again
    accepted: int
    refused: int
    unanswered: int
    lost: int  # accepted, never arrived
    doubles: int
    waiting: int  # still not sent when we stopped waiting
    unreported: int  # sent, but no receipt was stored
    uncharged: int  # taken, at another charge than its price
    unstored: int  # arrived but not stored, or stored but not arrived
    difference_u: int  # between balance and books

    def complaints(self, window: int) -> list[str]:
        """Give which promises were broken."""
        said = {
            f"{self.lost} accepted messages were lost": self.lost > 0,
            f"{self.doubles} doubles, the window is {window}": self.doubles > window,
            f"{self.waiting} messages still wait": self.waiting > 0,
            f"{self.unreported} messages lack their receipt": self.unreported > 0,
            f"{self.uncharged} messages have a wrong charge": self.uncharged > 0,
            f"{self.unstored} messages arrived or are stored, not both": self.unstored > 0,
            f"the books differ by {self.difference_u} micro-units": self.difference_u != 0,
            "nothing was accepted": self.accepted == 0,
        }
        return [f"round {self.number}: {words}" for words, is_so in said.items() if is_so]


def run(stage: Stage, *, rounds: int, rate: float, conns: int, seed: int) -> Result:
    """Play all rounds on one store."""

    def tell(each: Round) -> None:
        said = "; ".join(each.complaints(WINDOW)) or "held"
        say(
            f"crash {each.number} of {rounds}: killed after {each.killed_after_s:.2f} s, "
            f"{each.accepted:,} accepted, {each.doubles} doubles: {said}\n"
        )

    scene = stage.new_scene()
    smsc = Smsc(scene, answer_ms=ANSWER_MS)
    played = play_rounds(
        stage.dragoman(scene, smsc, receipts=True),
        smsc,
        scene,
        rounds,
        Random(seed),
        rate,
        conns,
        tell,
    )
    broken = [words for each in played for words in each.complaints(WINDOW)]
    rows = [[str(value) for value in render(each)] for each in played]
    verdict = f"{len(broken)} promises broken" if broken else "every promise held"
    return Result(
        f"Crash: {rounds} kills (seed {seed}, window {WINDOW}): {verdict}",
        render_table([field.name for field in dataclasses.fields(Round)], rows),
        {"seed": seed, "window": WINDOW, "rounds": [dataclasses.asdict(each) for each in played]},
        tuple(broken),
    )


def render(each: Round) -> list[str]:
    """Give one line of the table."""
    values = dataclasses.astuple(each)
    return [f"{value:.2f}" if isinstance(value, float) else f"{value:,}" for value in values]


def play_rounds(
    system: Dragoman,
    smsc: Smsc,
    scene: Path,
    rounds: int,
    random: Random,
    rate: float = 0.0,
    conns: int = 32,
    tell: Callable[[Round], object] = str,
) -> list[Round]:
    """Start both, kill the gateway once per round, and judge each."""
    played = []
    with running(smsc), stopped(system):
        system.start()
        wait_for_bind(smsc)
        for number in range(1, rounds + 1):
            played.append(play(system, smsc, scene, number, random, rate, conns))
            tell(played[-1])
    return played


def play(
    system: Dragoman,
    smsc: Smsc,
    scene: Path,
    number: int,
    random: Random,
    rate: float,
    conns: int,
) -> Round:
    """Load, kill, start again, load a little more, let it drain, judge."""
    plan = dataclasses.replace(
        system.plan(f"c{number}"), count=MOST_MESSAGES, conns=conns, rate=rate, patience_s=60.0
    )
    arrived = smsc.arrived()
    with loaded(scene, plan) as load:
        wait_until("a first message arrives", lambda: smsc.arrived() > arrived, 30.0)
        after_s = random.uniform(LEAST_S, MOST_S)
        time.sleep(after_s)
        binds = smsc.binds()
        system.kill()
        killed_s = time.monotonic()
        time.sleep(DOWN_S)
        system.start()
        wait_for_bind(smsc, binds)
        back_after_s = time.monotonic() - killed_s
        time.sleep(AFTER_S)
        answers = load.stop()
    with contextlib.suppress(Broken):  # what then is still missing is what the round will say
        wait_until("the store is drained", lambda: not system.books.waiting(), DRAINED_WITHIN_S)
        wait_until(
            "all receipts are stored",
            lambda: not system.books.undelivered(),
            RECEIPTS_WITHIN_S,
            pause_s=0.25,
        )
    return judge(system, smsc, answers, number, (after_s, back_after_s))


def judge(
    system: Dragoman, smsc: Smsc, answers: Answers, number: int, seconds: tuple[float, float]
) -> Round:
    """Compare what was answered, what is stored and what arrived."""
    prefix = f"{answers.prefix}-"
    arrivals = smsc.arrivals(prefix)
    stored = {k: is_right for k, is_right in system.books.taken().items() if k.startswith(prefix)}
    return Round(
        number=number,
        killed_after_s=seconds[0],
        back_after_s=seconds[1],
        accepted=answers.accepted,
        refused=answers.refused,
        unanswered=answers.unanswered,
        lost=sum(name not in arrivals for name in answers.ids()),
        doubles=sum(len(times) - 1 for times in arrivals.values()),
        waiting=system.books.waiting(),
        unreported=system.books.undelivered(),
        uncharged=sum(not is_right for is_right in stored.values()),
        unstored=len(arrivals.keys() ^ stored.keys()),
        difference_u=system.books.difference(),
    )
