"""A loop that ends by a fault is begun again, and told of without filling the log."""

import asyncio
from collections.abc import Iterator

import pytest

from dragoman.core import vigil


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vigil, "REST_S", 0.0)


async def test_it_is_begun_again_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    ends: Iterator[Exception | None] = iter(
        [*[ValueError("broken\nwith details")] * (vigil.TELL_EACH + 1), KeyError("other"), None]
    )
    done = asyncio.Event()

    async def loop() -> None:
        try:
            fault = next(ends)
        except StopIteration:
            done.set()
            await asyncio.Event().wait()
        else:
            if fault is not None:
                raise fault

    task = asyncio.create_task(vigil.for_ever("the look", loop))
    await done.wait()
    task.cancel()
    assert [record.getMessage() for record in caplog.records] == [
        "the look ended and is begun again: ValueError: broken",
        "the look ended and is begun again: ValueError: broken",
        "the look ended and is begun again: KeyError: 'other'",
        "the look ended and is begun again: it returned",
    ]
    with pytest.raises(asyncio.CancelledError):
        await task
