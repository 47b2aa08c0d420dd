"""Kill the gateway at random moments between receipt and callback, and see that all are told.

Every message wants to be told when it is sent and when it is delivered.  While the load runs the
customer's server refuses some calls and takes others without an answer; then comes SIGKILL.  In
the end everything that the store says of a message was told: once or more, always under the same
event id and in the same words, and sent before delivered.
"""

import contextlib
import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.customer import Customer, listening
from bench.figures import render_table
from bench.gateway import Dragoman
from bench.instruments import Smsc, loaded
from bench.processes import Broken, wait_until
from bench.stage import Result, Stage, running, say, stopped, wait_for_bind

SENT, DELIVERED, UNKNOWN = 3, 10, 16
FAILS = 0.05
LEAST_S, MOST_S = 0.1, 1.0  # of load before the kill; the first receipts come after 0.1 s
RATE = 400.0  # requests a second
TOLD_WITHIN_S = 90.0  # what was refused comes again after 30 s
MOST_MESSAGES = 100_000


@dataclass(frozen=True, slots=True)
class Round:
    """What one kill met."""

    number: int
    killed_after_s: float
    back_after_s: float  # bound again
    accepted: int
    told: int  # events, until the kill came
    due: int  # events in the store whose callback was not done when the kill came


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all rounds came to."""

    rounds: tuple[Round, ...]
    messages: int
    events: int  # that were told
    repeats: int
    left: int  # still to be told when we stopped waiting
    undelivered: int  # messages whose receipt was lost
    missing: tuple[str, ...]  # events that were never told
    crossed: int  # messages told of in the wrong order
    changed: int  # events whose repeats had other words
    renamed: int  # the same words under two event ids

    def complaints(self) -> list[str]:
        """Give which promises were broken."""
        said = {
            f"{len(self.missing)} events were never told, as {self.missing[:3]}": self.missing,
            f"{self.left} events still wait": self.left,
            f"{self.undelivered} messages lack their receipt": self.undelivered,
            f"{self.crossed} messages were told of in the wrong order": self.crossed,
            f"{self.changed} repeats had other words": self.changed,
            f"{self.renamed} events came under two ids": self.renamed,
            "no message was told of": not self.events,
            "no kill came between receipt and callback": not any(r.due for r in self.rounds),
        }
        return [words for words, is_so in said.items() if is_so]


@dataclass(frozen=True, slots=True)
class Trial:
    """One store, killed again and again."""

    system: Dragoman
    smsc: Smsc
    customer: Customer
    directory: Path
    random: Random
    rate: float = RATE
    fails: float = FAILS

    def play(self, rounds: int, tell: Callable[[Round], object] = str) -> Outcome:
        """Kill once per round; wait until nothing more is told, and judge."""
        played = []
        with running(self.smsc), stopped(self.system):
            self.system.start()
            wait_for_bind(self.smsc)
            for number in range(1, rounds + 1):
                self.customer.fails = self.fails
                played.append(self._play_one(number))
                tell(played[-1])
            self.customer.fails = 0.0
            with contextlib.suppress(Broken):  # the outcome says what is missing
                wait_until("all is told", self._is_all_told, TOLD_WITHIN_S, pause_s=0.2)
        return self.judge(tuple(played))

    def _play_one(self, number: int) -> Round:
        """Send, and kill while the customer is being told."""
        plan = dataclasses.replace(
            self.system.plan(f"n{number}"),
            count=MOST_MESSAGES,
            rate=self.rate,
            patience_s=60.0,
        )
        before, binds = len(self.customer.taken), self.smsc.binds()
        with loaded(self.directory, plan) as load:
            wait_until("a message", lambda: bool(self.smsc.arrivals(f"n{number}-")), 30.0)
            after_s = self.random.uniform(LEAST_S, MOST_S)
            time.sleep(after_s)
            self.system.kill()
            killed_s = time.monotonic()
            answers = load.stop()
        told, due = len(self.customer.taken) - before, self.system.books.untold()
        self.system.start()
        wait_for_bind(self.smsc, binds)
        back_after_s = time.monotonic() - killed_s
        return Round(number, after_s, back_after_s, answers.accepted, told, due)

    def _is_all_told(self) -> bool:
        books = self.system.books
        return not books.untold() and not books.undelivered()

    def judge(self, played: tuple[Round, ...]) -> Outcome:
        """Hold what the store says against what was told."""
        states, taken = self.system.books.states(), self.customer.taken
        place = {event: index for index, event in enumerate(taken)}
        missing, crossed = [], 0
        for message_id, state in states.items():
            # One that was on the wire at a kill was unknown first, and nobody knows it was sent.
            first = [e for s in (SENT, UNKNOWN) if (e := f"r{message_id}-{s}") in place]
            last = f"r{message_id}-{DELIVERED}"
            if not first:
                missing.append(f"r{message_id}-{SENT}")
            if state == DELIVERED and last not in place:
                missing.append(last)
            crossed += any(place[event] > place.get(last, len(place)) for event in first)
        return Outcome(
            rounds=played,
            messages=len(states),
            events=len(taken),
            repeats=self.customer.repeats,
            left=self.system.books.untold(),
            undelivered=self.system.books.undelivered(),
            missing=tuple(missing),
            crossed=crossed,
            changed=self.customer.changed,
            renamed=len(taken) - len(set(taken.values())),
        )


def run(stage: Stage, *, rounds: int, rate: float, seed: int) -> Result:
    """Play all rounds on one store."""

    def tell(each: Round) -> None:
        say.line(
            f"callbacks {each.number} of {rounds}: killed after {each.killed_after_s:.2f} s,"
            f" {each.due} events were due"
        )

    scene = stage.new_scene()
    smsc = Smsc(scene)
    with listening(Customer(Random(seed))) as customer:
        system = stage.dragoman(scene, smsc, receipts=True, tell=customer.port)
        outcome = Trial(system, smsc, customer, scene, Random(seed), rate).play(rounds, tell)
    broken = outcome.complaints()
    verdict = f"{len(broken)} promises broken" if broken else "every promise held"
    return Result(
        f"Callbacks: {rounds} kills (seed {seed}): {outcome.messages:,} messages,"
        f" {outcome.events:,} events told, {outcome.repeats:,} repeats: {verdict}",
        render_table(
            [field.name for field in dataclasses.fields(Round)],
            [render(each) for each in outcome.rounds],
        ),
        {"seed": seed, **dataclasses.asdict(outcome)},
        tuple(broken),
    )


def render(each: Round) -> list[str]:
    """Give one line of the table."""
    values = dataclasses.astuple(each)
    return [f"{value:.2f}" if isinstance(value, float) else str(value) for value in values]
