"""One timer for many blocks: each that is late ends, and no other."""

import asyncio

import pytest

from dragoman.core.patience import Patience


async def for_ever() -> None:
    await asyncio.get_running_loop().create_future()


async def late_and_wrong() -> None:
    try:
        await for_ever()
    except asyncio.CancelledError:
        raise ValueError("late, and wrong") from None


def test_what_is_late_ends_with_a_timeout_and_the_task_goes_on() -> None:
    async def story() -> None:
        patience = Patience()
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with patience.of(0.01):
                    await for_ever()
            task = asyncio.current_task()
            assert task is not None
            assert task.cancelling() == 0
            await asyncio.sleep(0)

    asyncio.run(story())


def test_what_is_in_time_is_left_alone_however_many_there_are() -> None:
    """The timer of the first runs on while others begin and end."""

    async def story() -> None:
        patience = Patience()
        async with asyncio.timeout(5.0):
            for _ in range(60):
                async with patience.of(0.02):
                    await asyncio.sleep(0.001)
            await asyncio.sleep(0.03)  # and nobody is cancelled who has left
            with pytest.raises(TimeoutError):
                async with patience.of(0.02):
                    await for_ever()

    asyncio.run(story())


def test_a_shorter_limit_counts_at_once() -> None:
    async def story() -> None:
        patience = Patience()
        async with asyncio.timeout(5.0):
            async with patience.of(60.0):
                pass
            with pytest.raises(TimeoutError):
                async with patience.of(0.01):
                    await for_ever()

    asyncio.run(story())


def test_what_fails_by_itself_fails_so() -> None:
    async def story() -> None:
        patience = Patience()
        with pytest.raises(KeyError):
            async with patience.of(1.0):
                raise KeyError("x")
        with pytest.raises(ValueError, match="late, and wrong"):
            async with patience.of(0.01):
                await late_and_wrong()
        await asyncio.sleep(0)  # the cancelling was taken back

    asyncio.run(story())


def test_who_is_cancelled_by_others_hears_that() -> None:
    async def story() -> None:
        patience = Patience()

        async def work() -> None:
            async with patience.of(5.0):
                await for_ever()

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
