"""Kill the gateway at random moments under load (SIGKILL) and look whether it kept its word.

All its processes at once and, every other time, the core alone: fronts must then leave too.
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
    killed: str  # every process, or the core alone
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


@dataclass(frozen=True, slots=True)
class Trial:
    """What is killed, under which load."""

    system: Dragoman
    smsc: Smsc
    directory: Path
    random: Random
    rate: float = 0.0  # requests a second; 0: all it takes
    conns: int = 32
    most_s: float = MOST_S

    def play(self, rounds: int, tell: Callable[[Round], object] = str) -> list[Round]:
        """Start SMSC and gateway, kill the gateway once per round, and judge each."""
        played = []
        with running(self.smsc), stopped(self.system):
            self.system.start()
            wait_for_bind(self.smsc)
            for number in range(1, rounds + 1):
                played.append(self._play_one(number))
                tell(played[-1])
        return played

    def _play_one(self, number: int) -> Round:
        """Load, kill, start again, load a little more, let it drain, judge."""
        plan = dataclasses.replace(
            self.system.plan(f"c{number}"),
            count=MOST_MESSAGES,
            conns=self.conns,
            rate=self.rate,
            patience_s=60.0,
        )
        arrived = self.smsc.arrived()
        core_only = number % 2 == 0
        with loaded(self.directory, plan) as load:
            wait_until("a message arrives", lambda: self.smsc.arrived() > arrived, 30.0)
            after_s = self.random.uniform(LEAST_S, self.most_s)
            time.sleep(after_s)
            binds = self.smsc.binds()
            self.system.kill(core_only=core_only)
            killed_s = time.monotonic()
            time.sleep(DOWN_S)
            self.system.start()
            wait_for_bind(self.smsc, binds)
            back_after_s = time.monotonic() - killed_s
            time.sleep(AFTER_S)
            answers = load.stop()
        self._let_drain()
        killed = "core" if core_only else "all"
        return judge(self.system, self.smsc, answers, number, killed, (after_s, back_after_s))

    def _let_drain(self) -> None:
        """Wait until nothing is missing, but not for ever: the round will say what is."""
        books = self.system.books
        with contextlib.suppress(Broken):
            wait_until("the store is drained", lambda: not books.waiting(), DRAINED_WITHIN_S)
            wait_until(
                "all receipts are stored",
                lambda: not books.undelivered(),
                RECEIPTS_WITHIN_S,
                pause_s=0.25,
            )


def judge(
    system: Dragoman,
    smsc: Smsc,
    answers: Answers,
    number: int,
    killed: str,
    seconds: tuple[float, float],
) -> Round:
    """Compare what was answered, what is stored and what arrived."""
    prefix = f"{answers.prefix}-"
    arrivals = smsc.arrivals(prefix)
    stored = {k: is_right for k, is_right in system.books.taken().items() if k.startswith(prefix)}
    return Round(
        number=number,
        killed=killed,
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


def run(stage: Stage, *, rounds: int, rate: float, conns: int, seed: int) -> Result:
    """Play all rounds on one store."""

    def tell(each: Round) -> None:
        said = "; ".join(each.complaints(WINDOW)) or "held"
        say.line(
            f"crash {each.number} of {rounds}: {each.killed} killed after"
            f" {each.killed_after_s:.2f} s, {each.accepted:,} accepted, {each.doubles} doubles:"
            f" {said}"
        )

    scene = stage.new_scene()
    smsc = Smsc(scene, answer_ms=ANSWER_MS)
    system = stage.dragoman(scene, smsc, receipts=True)
    played = Trial(system, smsc, scene, Random(seed), rate, conns).play(rounds, tell)
    broken = [words for each in played for words in each.complaints(WINDOW)]
    verdict = f"{len(broken)} promises broken" if broken else "every promise held"
    return Result(
        f"Crash: {rounds} kills (seed {seed}, window {WINDOW}): {verdict}",
        render_table(
            [field.name for field in dataclasses.fields(Round)], [render(each) for each in played]
        ),
        {"seed": seed, "window": WINDOW, "rounds": [dataclasses.asdict(each) for each in played]},
        tuple(broken),
    )


def render(each: Round) -> list[str]:
    """Give one line of the table."""
    values = dataclasses.astuple(each)
    return [f"{value:.2f}" if isinstance(value, float) else str(value) for value in values]
