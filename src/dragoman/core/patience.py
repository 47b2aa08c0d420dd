"""A limit on how long one thing after another may take, with one timer for thousands of them.

`asyncio.timeout` sets and takes back a timer each time, which costs the writer as much as a
statement; this one lets its timer run on, and looks then whether anything is late.
"""

import asyncio
from types import TracebackType
from typing import Self


class Patience:
    """`async with patience.of(seconds)`: TimeoutError if the block takes longer.

    For one task, and one block at a time.
    """

    def __init__(self) -> None:
        """Wait for nothing."""
        self._seconds = 0.0
        self._until_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._fires_s = 0.0
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._is_over = False

    def of(self, seconds: float) -> Self:
        """Say how long the next block may take."""
        self._seconds = seconds
        return self

    async def __aenter__(self) -> None:
        loop = asyncio.get_running_loop()
        self._task = task = asyncio.current_task()
        if task is None:
            raise RuntimeError("patience is for tasks")
        self._cancelling = task.cancelling()
        self._is_over = False
        self._until_s = loop.time() + self._seconds
        if self._timer is None or self._fires_s > self._until_s:
            self._wind(loop)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if self._is_over and task is not None:
            # Somebody else may have cancelled the task, too; then that is what it hears of.
            is_ours = task.uncancel() <= self._cancelling
            if is_ours and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def _wind(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._fires_s = self._until_s
        self._timer = loop.call_at(self._until_s, self._look)

    def _look(self) -> None:
        """Cancel what is late; of something younger, look again when that would be."""
        self._timer = None
        if self._task is None:
            return
        loop = asyncio.get_running_loop()
        if self._until_s - loop.time() < 0.001:
            self._is_over = True
            self._task.cancel()
        else:
            self._wind(loop)
