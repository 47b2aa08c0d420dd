"""The current world of a process: read from the store, compiled, followed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import msgspec

from dragoman.core import barred
from dragoman.core.snapshot import Snapshot, compile_world
from dragoman.core.vigil import for_ever
from dragoman.dialects.exchange import Dialect
from dragoman.model.world import World
from dragoman.store import world
from dragoman.store.barred import barred_version
from dragoman.store.database import Database
from dragoman.store.errors import StoreError

log = logging.getLogger(__name__)

WATCH_S = 0.3  # how often the world's version is looked at


class Worldview:
    """Holds the snapshot that decisions are made with, and replaces it when the store's moves."""

    def __init__(self, database: Database, dialects: Mapping[str, Dialect]) -> None:
        """Begin with an empty world; `refresh` reads the real one."""
        self.snapshot: Snapshot = compile_world(World(version=-1), dialects)
        self._database = database
        self._dialects = dialects
        self._is_live = True  # what was read last has been followed by all

    def current(self) -> Snapshot:
        """Give the world as it is now."""
        return self.snapshot

    async def refresh(self) -> World:
        """Read and compile the world; one that cannot be used leaves the old one in force.

        The lists of barred numbers are read once, and afterwards followed.
        """
        await self._follow_barred()
        async with self._database.reading() as tx:
            read = await world.read_world(tx)
        try:
            self.snapshot = compile_world(read, self._dialects, self.snapshot.barred)
        except (ValueError, TypeError) as error:
            log.warning("version %d of the world cannot be used: %s", read.version, error)
            # Under the new number, so that it is not read again and again.
            self.snapshot = msgspec.structs.replace(self.snapshot, version=read.version)
        return read

    async def _follow_barred(self) -> None:
        """Have the lists of barred numbers as the store has them."""
        known = self.snapshot.barred
        if known.version < 0:
            now = await barred.load(self._database)
        else:
            now = await barred.catch_up(self._database, known)
        self.snapshot = msgspec.structs.replace(self.snapshot, barred=now)

    async def follow(self, changed: Callable[[World], Awaitable[None]] | None = None) -> None:
        """Look for a new version for ever: what an operator applies is live within a second."""
        await for_ever("the look at the world", partial(self._look_often, changed))

    async def _look_often(self, changed: Callable[[World], Awaitable[None]] | None) -> None:
        told = ""  # a store that stays away is told once
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                async with self._database.reading() as tx:
                    version = await world.world_version(tx)
                    listed = await barred_version(tx)
                told = ""
                if listed != self.snapshot.barred.version:
                    await self._follow_barred()
                if version == self.snapshot.version and self._is_live:
                    continue
                read = await self.refresh()
                self._is_live = False
                if changed is not None:
                    await changed(read)
                self._is_live = True
            except StoreError as error:
                if told != str(error):
                    told = str(error)
                    log.warning("the store cannot be used (%s); the known world goes on", error)
