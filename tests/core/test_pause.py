"""A disk that holds up the event loop is waited for aside from then on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from dragoman.core.bookkeeping import Books
from dragoman.core.counters import Counters
from dragoman.core.snapshot import Snapshot
from dragoman.core.writer import Writer
from dragoman.store.database import Database, Tx


class Disk:
    """A store with nothing in it, whose commits take as long as they are told to."""

    def __init__(self, engine: str, pause_s: float) -> None:
        self.engine = engine
        self.pause_s = pause_s
        self.deferred: list[bool] = []
        self.syncs = 0
        self.marks: set[str] = set()

    @asynccontextmanager
    async def transaction(self, *, deferred: bool = False) -> AsyncIterator["Disk"]:
        self.deferred.append(deferred)
        yield self
        await asyncio.sleep(0 if deferred else self.pause_s)

    async def sync(self) -> None:
        self.syncs += 1


DISKS = {
    "quick": ("sqlite", 0.0, [False, False], 0),
    "slow": ("sqlite", 0.3, [False, True], 1),
    "slow, but a server's": ("postgresql", 0.3, [False, False], 0),
}


@pytest.mark.parametrize(("engine", "pause_s", "deferred", "syncs"), DISKS.values(), ids=DISKS)
async def test_how_the_disk_is_waited_for(
    engine: str, pause_s: float, deferred: list[bool], syncs: int
) -> None:
    disk = Disk(engine, pause_s)
    database = cast("Database", disk)
    counters = Counters()
    writer = Writer(database, Books(lambda: cast("Snapshot", None), counters), counters, lambda: 0)
    running = asyncio.create_task(writer.run())
    for _ in range(2):
        await writer.job(_nothing)
    running.cancel()
    assert (disk.deferred, disk.syncs) == (deferred, syncs)


async def _nothing(_tx: Tx) -> None:
    """Write nothing."""
