"""What the tests of carriers share: a clock moved by hand, a sink that writes down, a stage."""

import asyncio
import heapq
import itertools
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from math import inf
from random import Random

import pytest

from dragoman.carriers.bind import Surroundings
from dragoman.carriers.reconnect import BindGate
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.carriers.smpp import SmppCarrier
from dragoman.core.ports import Answer, Carrier, Delivery, Verdict
from dragoman.model.messages import Outgoing
from dragoman.net.clock import Clock, LoopClock

START_US = 1_700_000_000_000_000
TIMEOUT_S = 20.0


class HandTimer:
    """A call that a HandClock will make."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self._now_s = 1000.0
        self._calls: list[tuple[float, int, HandTimer]] = []
        self._order = itertools.count()

    def now_s(self) -> float:
        return self._now_s

    def now_us(self) -> int:
        return START_US + round((self._now_s - 1000.0) * 1_000_000)

    def call_at(self, when_s: float, callback: Callable[[], None]) -> HandTimer:
        timer = HandTimer(callback)
        heapq.heappush(self._calls, (when_s, next(self._order), timer))
        return timer

    def next_s(self) -> float | None:
        """Give when the next call is due."""
        while self._calls and self._calls[0][2].callback is None:
            heapq.heappop(self._calls)
        return self._calls[0][0] if self._calls else None

    def advance(self, seconds: float) -> None:
        """Let time pass and make the calls that become due, in order."""
        end_s = self._now_s + seconds
        while (due_s := self.next_s()) is not None and due_s <= end_s:
            self._now_s = max(self._now_s, due_s)
            _, _, timer = heapq.heappop(self._calls)
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback()
        self._now_s = end_s


class Sinkhole:
    """A sink that writes down what it is told, and can be waited for.

    Like the core it keeps what a carrier is too busy for, ahead of everything else, and
    submits as much as there is room for, but only when it is told of room; deliveries are
    acknowledged at once.
    """

    def __init__(self) -> None:
        self.carrier: Carrier | None = None
        self.answers: list[Answer] = []
        self.deliveries: list[Delivery] = []
        self.batches: list[tuple[int, int]] = []  # sizes of answered and delivered calls
        self.busy = 0
        self.rooms = 0
        self.acknowledges = True
        self.ready: list[Outgoing] = []
        self._watchers: list[asyncio.Future[None]] = []

    def answered(self, answers: Sequence[Answer]) -> None:
        self.batches.append((len(answers), 0))
        returned = [a.outgoing for a in answers if a.verdict == Verdict.BUSY]
        self.busy += len(returned)
        self.ready[:0] = returned
        self.answers += [a for a in answers if a.verdict != Verdict.BUSY]
        self._notice()

    def delivered(self, deliveries: Sequence[Delivery]) -> None:
        self.batches.append((0, len(deliveries)))
        self.deliveries += deliveries
        for delivery in deliveries:
            if self.acknowledges:
                delivery.acknowledge(True)
        self._notice()

    def room(self) -> None:
        self.rooms += 1
        self.pump()

    def changed(self) -> None:
        self.pump()

    def send(self, batch: Sequence[Outgoing]) -> None:
        """Submit now what fits, and the rest as there is room."""
        self.ready += batch
        self.pump()

    def pump(self) -> None:
        if self.carrier is not None and self.ready:
            free = self.carrier.free()
            batch, self.ready = self.ready[:free], self.ready[free:]
            if batch:
                self.carrier.submit(batch)
        self._notice()

    def of(self, verdict: Verdict) -> list[Answer]:
        return [a for a in self.answers if a.verdict == verdict]

    async def until(self, holds: Callable[[], bool], timeout_s: float = TIMEOUT_S) -> None:
        """Wait until something holds; it is looked at after each call of the carrier."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                watcher = asyncio.get_running_loop().create_future()
                self._watchers.append(watcher)
                await watcher

    def _notice(self) -> None:
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)


def real_clock() -> LoopClock:
    """Give the event loop's clock; instants count from anywhere."""
    return LoopClock(lambda: time.monotonic_ns() // 1000)


def surroundings(clock: Clock | None = None) -> Surroundings:
    """Give what carriers share; everybody may bind at once."""
    return Surroundings(clock or real_clock(), BindGate(per_s=inf), Random(1))


class Stage:
    """A simulator, a carrier at it, and the sink that the carrier reports to."""

    def __init__(self, smsc: Smsc, clock: Clock) -> None:
        self.smsc = smsc
        self.clock = clock
        self.sink = Sinkhole()
        self.around = surroundings(clock)
        self.carrier: SmppCarrier

    def add_carrier(self, **options: object) -> SmppCarrier:
        """Put a carrier on the stage; it is started by whoever needs it."""
        own = {"host": "127.0.0.1", "port": self.smsc.port, "system_id": "esme"}
        self.carrier = SmppCarrier(7, "main", own | options, "secret", self.sink, self.around)
        self.sink.carrier = self.carrier
        return self.carrier

    async def until_up(self) -> None:
        """Wait until every bind is bound, at both ends."""
        binds = len(self.carrier.status().binds)
        await self.sink.until(
            lambda: all(" bound " in line for line in self.carrier.status().binds)
        )
        await self.smsc.wait_until(lambda: sum(c.is_bound for c in self.smsc.connections) == binds)

    async def run_until(
        self, holds: Callable[[], bool], *, most_s: float, step_s: float = 1.0
    ) -> float:
        """Move a HandClock on until something holds; gives the seconds that it took.

        Between two steps the sockets are given time to become quiet.
        """
        assert isinstance(self.clock, HandClock)
        start_s = self.clock.now_s()
        while not holds():
            passed_s = self.clock.now_s() - start_s
            if passed_s > most_s:
                pytest.fail(f"not seen in {most_s} s: {self.carrier.status()}")
            await settle()
            if holds():
                break
            due_s = self.clock.next_s()
            wait_s = step_s if due_s is None else max(0.0, due_s - self.clock.now_s())
            self.clock.advance(min(step_s, max(wait_s, 0.001)))
            await settle()
        return self.clock.now_s() - start_s

    async def pass_time(self, seconds: float) -> None:
        """Let a HandClock go on, timer by timer."""
        assert isinstance(self.clock, HandClock)
        end_s = self.clock.now_s() + seconds
        while self.clock.now_s() < end_s:
            await settle()
            due_s = self.clock.next_s()
            until_s = end_s if due_s is None else min(due_s, end_s)
            self.clock.advance(max(until_s - self.clock.now_s(), 0.0))
        await settle()


async def settle(turns: int = 12) -> None:
    """Let the event loop turn until what is on loopback sockets has been read and answered."""
    for _ in range(turns):
        await asyncio.sleep(0)


@asynccontextmanager
async def stage(
    options: SmscOptions | None = None, clock: Clock | None = None, **carrier: object
) -> AsyncIterator[Stage]:
    """Set up a simulator and a carrier that is bound to it; take both down at the end."""
    the_clock = clock or real_clock()
    smsc = Smsc(options or SmscOptions(), the_clock, Random(2))
    await smsc.start()
    scene = Stage(smsc, the_clock)
    scene.add_carrier(**carrier)
    try:
        await scene.carrier.start()
        yield scene
    finally:
        await scene.carrier.drain(0.0)
        await smsc.stop()


def segments(
    message_id: int, total: int = 1, recipient: str = "447700900123", **fields: object
) -> list[Outgoing]:
    """Give the segments of a message."""
    return [
        Outgoing(
            message_id,
            number,
            total,
            7,
            str(fields.get("sender", "ACME")),
            recipient,
            0,
            bytes((5, 0, 3, message_id & 0xFF, total, number)) if total > 1 else b"",
            b"message %d" % message_id,
            bool(fields.get("wants_receipt", True)),
        )
        for number in range(1, total + 1)
    ]


def messages(count: int, first: int = 1, **fields: object) -> list[Outgoing]:
    """Give so many messages of one segment."""
    return [s for index in range(count) for s in segments(first + index, 1, **fields)]  # type: ignore[arg-type]
