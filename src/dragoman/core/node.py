"""A node at work: the current world, the lanes of its carriers, the writer, and its chores.

Knows no vendor's wire and no socket; how a carrier is built is told by `app`.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from dragoman.core.bookkeeping import Books
from dragoman.core.chores import Chores
from dragoman.core.counters import Counters
from dragoman.core.dispatch import RESEND, Lane
from dragoman.core.ports import Answer, Carrier, Delivery, Sink
from dragoman.core.worldview import Worldview
from dragoman.core.writer import Writer
from dragoman.dialects.exchange import Dialect
from dragoman.model.world import CarrierRow, World
from dragoman.store import recovery
from dragoman.store.database import Database

log = logging.getLogger(__name__)

STORE_TIMEOUT_S = 5.0  # how long an answer waits for the store
GRACE_S = 10.0  # how long a shutdown waits for carriers' answers

Build = Callable[[CarrierRow, Sink], Carrier]


class _Post:
    """The lane's door for its carrier, which exists before the lane does."""

    lane: Lane

    def __init__(self, watchers: Sequence[Callable[[], None]]) -> None:
        self.watchers = watchers

    def answered(self, answers: Sequence[Answer]) -> None:
        self.lane.answered(answers)

    def delivered(self, deliveries: Sequence[Delivery]) -> None:
        self.lane.delivered(deliveries)

    def room(self) -> None:
        self.lane.room()

    def changed(self) -> None:
        self.lane.changed()
        for told in self.watchers:
            told()


class Node:
    """One running gateway process over its store."""

    def __init__(
        self,
        database: Database,
        dialects: Mapping[str, Dialect],
        build: Build,
        clock_us: Callable[[], int],
        name: str,
    ) -> None:
        """Take the store, the dialects that are served, the builder of carriers, and a clock."""
        self.counters = Counters()
        self.world = Worldview(database, dialects)
        self.database = database
        self.clock_us = clock_us
        self.name = name
        self._build = build
        books = Books(self.world.current, self.counters)
        self.writer = Writer(database, books, self.counters, clock_us)
        self.lanes = self.writer.lanes
        self.chores = Chores(self, books)
        self.on_fault: Callable[[], None] = lambda: None  # called when it cannot go on
        self.unusable: dict[str, str] = {}  # carriers that cannot even be tried, and why
        self.watchers: list[Callable[[], None]] = []  # told when carriers come and go
        self._rows: dict[int, CarrierRow] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def is_up(self, carrier_id: int) -> bool:
        """Tell whether a carrier of this node is bound."""
        lane = self.lanes.get(carrier_id)
        return lane is not None and lane.up

    async def start(self) -> None:
        """Read the world, put right what a crash left, connect the carriers."""
        await self.chores.take_store()
        async with self.database.reading() as tx:
            await self.writer.repeats.load(tx)
        writing = asyncio.create_task(self.writer.run(), name="writer")
        writing.add_done_callback(self._writer_ended)
        self._tasks.append(writing)
        await self._changed(await self.world.refresh())
        self._tasks.append(asyncio.create_task(self.world.follow(self._changed), name="world"))
        self._tasks.extend(self.chores.start())

    async def stop(self, grace_s: float = GRACE_S) -> None:
        """Stop in good order: what was accepted is stored, what was sent is settled."""
        await self._flush(grace_s)
        for lane in self.lanes.values():
            lane.give_up()
        await asyncio.gather(*(lane.carrier.drain(grace_s) for lane in self.lanes.values()))
        await self._flush(grace_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.writer.awaited.close()
        await self.chores.leave_store()

    def _writer_ended(self, task: asyncio.Task[None]) -> None:
        """End with the writer: whoever waits for it would wait for ever, and a start recovers."""
        if task.cancelled():
            return
        log.critical("the writer ended by a fault; so must the gateway", exc_info=task.exception())
        self.on_fault()

    async def _flush(self, grace_s: float) -> None:
        """Have everything written, unless the store takes nothing: then a start puts it right."""
        try:
            async with asyncio.timeout(grace_s):
                await self.writer.flushed()
        except TimeoutError:
            log.warning("the store does not take what is left to be written")

    async def _changed(self, read: World) -> None:
        gateway = self.world.snapshot.gateway
        self.writer.timeout_s = float(gateway.get("store_timeout_s", STORE_TIMEOUT_S))
        await self.database.wait_at_most(self.writer.timeout_s)
        await self._sync_carriers({c.id: c for c in read.carriers if c.enabled})

    async def _sync_carriers(self, wanted: Mapping[int, CarrierRow]) -> None:
        gone = [i for i, row in self._rows.items() if wanted.get(i) != row]
        for carrier_id in gone:
            lane = self.lanes[carrier_id]
            lane.give_up()
            await lane.carrier.drain(GRACE_S)
            await self.writer.flushed()
            del self.lanes[carrier_id], self._rows[carrier_id]
        self.unusable.clear()
        for carrier_id, row in wanted.items():
            if carrier_id not in self._rows:
                await self._add(row)

    async def _add(self, row: CarrierRow) -> None:
        post = _Post(self.watchers)
        try:
            carrier = self._build(row, post)
        except ValueError as error:
            log.warning("carrier %s cannot be used: %s", row.name, error)
            self.unusable[row.name] = str(error)
            return
        lane = post.lane = Lane(carrier, self.writer, self.counters, row.options, self.clock_us)
        await self._recover(lane)
        self.lanes[row.id] = lane
        self._rows[row.id] = row
        await carrier.start()

    async def _recover(self, lane: Lane) -> None:
        """Decide about what was on the wire when this node ended: at most a window."""
        resend = lane.on_cut == RESEND
        async with self.database.transaction() as tx:
            found = await recovery.recover(tx, lane.carrier_id, self.clock_us(), resend=resend)
        if found:
            log.warning(
                "carrier %s: %d messages may have been on the wire; %s",
                lane.carrier.name,
                found,
                "they are sent again" if resend else "they wait for a receipt",
            )
