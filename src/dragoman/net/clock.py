"""The clock that everything at the edge is handed: readings, and calls at a later reading.

Two readings, because they answer two questions: `now_s` never steps and measures how long,
`now_us` is the wall's and says when.  Tests hand in one that they move by hand.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that was asked for and may still be taken back."""

    def cancel(self) -> None:
        """Take the call back; nothing happens if it was made already."""


class Clock(Protocol):
    """Readings and later calls."""

    def now_s(self) -> float:
        """Give a monotonic reading in seconds."""

    def now_us(self) -> int:
        """Give the instant, in microseconds UTC."""

    def call_at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        """Call back once `now_s` has reached `when_s`."""


class LoopClock:
    """The running event loop's own time, beside a reader of the wall clock."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.now_us = now_us
        loop = asyncio.get_running_loop()
        self.now_s = loop.time
        self._call_at = loop.call_at

    def call_at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        """Call back from the event loop."""
        return self._call_at(when_s, callback)


async def sleep_until(clock: Clock, when_s: float) -> None:
    """Wait until the clock has reached a reading; a cancelled wait leaves no timer behind."""
    if when_s <= clock.now_s():
        return
    due = asyncio.get_running_loop().create_future()
    timer = clock.call_at(when_s, lambda: None if due.done() else due.set_result(None))
    try:
        await due
    finally:
        timer.cancel()
