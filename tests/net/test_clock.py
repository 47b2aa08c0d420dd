"""The loop's clock, and sleeping by any clock."""

import asyncio

from dragoman.net.clock import LoopClock, sleep_until
from tests.carriers.southbound import HandClock, settle


def test_sleeping_ends_when_the_clock_says_so() -> None:
    async def story() -> None:
        clock = HandClock()
        task = asyncio.create_task(sleep_until(clock, clock.now_s() + 10))
        await settle()
        clock.advance(9.9)
        await settle()
        assert not task.done()
        clock.advance(0.1)
        await task
        await sleep_until(clock, clock.now_s() - 1)

    asyncio.run(story())


def test_a_cancelled_sleep_leaves_no_timer() -> None:
    async def story() -> None:
        clock = HandClock()
        task = asyncio.create_task(sleep_until(clock, clock.now_s() + 10))
        await settle()
        task.cancel()
        await settle()
        assert task.cancelled()
        assert clock.next_s() is None

    asyncio.run(story())


def test_the_loops_clock_calls_back() -> None:
    async def story() -> None:
        clock = LoopClock(lambda: 42)
        assert clock.now_us() == 42
        before_s = clock.now_s()
        await sleep_until(clock, before_s + 0.01)
        assert clock.now_s() >= before_s + 0.01

    asyncio.run(story())
