"""What a node does beside the traffic: expiry, late verdicts, retention, and holding the store.

Each chore is set-based, in small batches, through the writer, so that traffic goes on between.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from dragoman.core.apart import FAULT
from dragoman.core.bookkeeping import Books
from dragoman.core.complaints import render_complaints
from dragoman.core.quota import day_of
from dragoman.core.vigil import for_ever
from dragoman.model.states import State
from dragoman.store import (
    conversations,
    hot,
    housekeeping,
    inbound,
    lookups,
    outbox,
    quota,
    recipients,
    repeats,
    schedule,
)
from dragoman.store.database import Tx
from dragoman.store.errors import StoreError

if TYPE_CHECKING:
    from dragoman.core.node import Node

log = logging.getLogger(__name__)

DAY_S = 86_400
BATCH = 500
LEASE_S = 15.0
COMPLAIN_S = 60.0
QUOTA_DAYS = 62  # how long it is known what an account has used of its quotas
LOOK_S = 0.4  # how often the queues on disk, and what is due, are looked at
DEFAULT_FAILOVER_S = 30.0  # how long a carrier may be down before its queue goes elsewhere
DEFAULT_RETENTION_DAYS = 90
DEFAULT_VERDICT_TIMEOUT_S = 3 * DAY_S

Chore = Callable[[Tx, int], Awaitable[bool]]  # (transaction, now_us): is there more to do?


class StoreTaken(RuntimeError):
    """Another node works on this store."""


class Chores:
    """The chores of one node."""

    def __init__(self, node: "Node", books: Books) -> None:
        """Take the node whose chores these are."""
        self._node = node
        self._books = books
        self._walked: dict[int, int] = {}  # how far each queue without a carrier was looked at
        self._released: set[int] = set()  # carriers that scheduled messages were queued for
        self._most = BATCH  # of the chore that is being written
        self._at_work: list[int] = []  # the messages that it has in hand
        # What becomes of a message that spoils its chore; else it has failed.
        self._last_states: dict[Chore, State] = {
            self._expire: State.EXPIRED,
            self._last_verdicts: State.UNKNOWN,
        }

    def start(self) -> list["asyncio.Task[None]"]:
        """Start the loops; the caller cancels them."""
        loops: tuple[tuple[str, float, Chore], ...] = (
            ("expiry", 2.0, self._expire),
            ("verdicts", 60.0, self._last_verdicts),
            ("retention", 600.0, self._retire),
            ("parked", 600.0, self._forget_parked),
            ("answered", 60.0, self._forget_answered),
            ("recipients", 600.0, self._forget_recipients),
            ("lease", LEASE_S / 3, self._renew),
            ("failover", 1.0, self._fail_over),
            ("gather", 2.0, self._close_stale),
            ("inbound", 600.0, self._forget_inbound),
            ("dead letters", 600.0, self._forget_dead),
        )
        watches: dict[str, Callable[[], Awaitable[None]]] = {
            "look": self.look,
            "schedule": self.watch_schedule,
            "complaints": self._complain_often,
        }
        watches |= {name: partial(self._loop, every_s, chore) for name, every_s, chore in loops}
        return [
            asyncio.create_task(for_ever(f"chore {name}", watch), name=name)
            for name, watch in watches.items()
        ]

    async def look(self) -> None:
        """Notice for ever what was queued behind our back: by a command, or another node.

        Also the watchdog: a lane that could send and does not is roused here.
        """
        node = self._node
        told = ""  # a store that stays away is told once
        while True:
            await asyncio.sleep(LOOK_S)
            for lane in list(node.lanes.values()):
                if lane.claimable() <= 0:
                    continue
                try:
                    async with node.database.reading() as tx:
                        lane.backlog = lane.backlog or await lookups.has_queued(tx, lane.carrier_id)
                    told = ""
                except StoreError as error:
                    if told != str(error):
                        told = str(error)
                        log.warning("the queue cannot be looked at: %s", error)
                lane.room()

    async def watch_schedule(self) -> None:
        """Let scheduled messages out for ever when their time comes.

        A look is one step in an index; the writer is asked only when something is due.
        """
        node = self._node
        told = ""  # as above
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                async with node.database.reading() as tx:
                    more = await schedule.is_due(tx, node.clock_us())
                told = ""
            except StoreError as error:
                if told != str(error):
                    told = str(error)
                    log.warning("the schedule cannot be looked at: %s", error)
                continue
            while more:
                more = await self._once(self._release)
                self._rouse_released()

    async def _complain_often(self) -> None:
        while True:
            await asyncio.sleep(COMPLAIN_S)
            self.complain()

    def complain(self) -> None:
        """Tell for each carrier in one line what it did not do well since the last look."""
        for lane in self._node.lanes.values():
            if lane.complaints:
                words = render_complaints(lane.complaints)
                lane.complaints.clear()
                log.warning("carrier %s, segments in the last minute: %s", lane.carrier.name, words)

    def _rouse_released(self) -> None:
        released, self._released = self._released, set()
        for carrier_id in released:
            lane = self._node.lanes.get(carrier_id)
            if lane is not None:
                lane.backlog = True
                lane.room()

    async def take_store(self) -> None:
        """Hold the store for this node, or say who holds it; learn what is parked."""
        node = self._node
        async with node.database.transaction() as tx:
            holder = await housekeeping.take_lease(
                tx, node.name, node.clock_us(), int(LEASE_S * 1_000_000)
            )
            self._books.parked = await lookups.count_parked(tx)
            await self._books.conversations.load(tx)
        if holder:
            raise StoreTaken(
                f"node {holder!r} works on this store; stop it first, or wait"
                f" {LEASE_S:.0f} s after it died"
            )

    async def leave_store(self) -> None:
        """Let another node have the store at once."""
        try:
            async with self._node.database.transaction() as tx:
                await housekeeping.give_lease(tx, self._node.name)
        except StoreError as error:
            log.warning("the store was not given up (%s); its lease runs out by itself", error)

    async def _loop(self, every_s: float, chore: Chore) -> None:
        while True:
            await asyncio.sleep(every_s)
            while await self._once(chore):
                pass

    async def _once(self, chore: Chore) -> bool:
        """Run one batch in the writer's next group; a failed group is the next round's work.

        A fault in the chore itself comes out here, and is no other's.  Where it is that of one
        message, smaller batches find it, and it ends, for it would come first again and again.
        """
        more = False
        at_work: list[int] = []
        most = BATCH

        async def job(tx: Tx) -> None:
            nonlocal more
            self._most, self._at_work = most, at_work
            at_work.clear()
            more = await chore(tx, self._node.clock_us())

        while True:
            try:
                written = await self._node.writer.job(job)
            except Exception:
                if not at_work:
                    raise
                if len(at_work) == 1:
                    log.exception("message %d cannot be worked on any more; it ends", at_work[0])
                    return await self._end(at_work[0], self._last_states.get(chore, State.FAILED))
                most = len(at_work) // 2
            else:
                return written and more

    async def _end(self, message_id: int, state: State) -> bool:
        """End a message that spoils the chore that it is part of, as well as can be."""
        endings = [(message_id, int(state), self._node.clock_us(), FAULT)]
        with contextlib.suppress(Exception):
            return await self._node.writer.job(lambda tx: self._books.end(tx, endings))
        return await self._node.writer.job(lambda tx: hot.settle(tx, (), endings))

    async def _release(self, tx: Tx, now_us: int) -> bool:
        """Queue messages whose time has come."""
        messages = await schedule.due(tx, now_us, self._most)
        self._at_work += [message.id for message in messages]
        if messages:
            self._released |= await self._books.release(tx, messages, self._node.is_up, now_us)
        return len(messages) == self._most

    async def _expire(self, tx: Tx, now_us: int) -> bool:
        """End messages whose validity ran out while they waited here; pay back by policy."""
        expired = await housekeeping.due_to_expire(tx, now_us, self._most)
        self._at_work += expired
        if expired:
            await self._books.expire(tx, expired, now_us)
        return len(expired) == self._most

    async def _last_verdicts(self, tx: Tx, now_us: int) -> bool:
        """End messages that no receipt came for in time with what is known."""
        gateway = self._node.world.snapshot.gateway
        patience_s = int(gateway.get("verdict_timeout_s", DEFAULT_VERDICT_TIMEOUT_S))
        before_us = now_us - patience_s * 1_000_000
        return await self._books.end_silent(tx, before_us, now_us, self._most, self._at_work)

    async def _retire(self, tx: Tx, now_us: int) -> bool:
        """Delete what is older than the operator keeps."""
        days = int(self._node.world.snapshot.gateway.get("retention_days", DEFAULT_RETENTION_DAYS))
        if not days:
            return False
        before_us = now_us - days * DAY_S * 1_000_000
        return (await housekeeping.retire(tx, before_us, now_us, BATCH)).more

    async def _forget_parked(self, tx: Tx, now_us: int) -> bool:
        """Forget receipts that nobody claimed, and what was used of quotas that are over."""
        count = await housekeeping.forget_parked(tx, now_us, BATCH)
        if count:
            self._books.parked = await lookups.count_parked(tx)
        await quota.forget(tx, day_of(now_us - QUOTA_DAYS * DAY_S * 1_000_000))
        return count == BATCH

    async def _forget_answered(self, tx: Tx, now_us: int) -> bool:
        """Forget answers that nobody may ask for again."""
        return await repeats.forget(tx, now_us, BATCH) == BATCH

    async def _forget_recipients(self, tx: Tx, now_us: int) -> bool:
        """Forget when numbers got something, where it counts no more."""
        return await recipients.forget_times(tx, now_us, BATCH) == BATCH

    async def _fail_over(self, tx: Tx, now_us: int) -> bool:
        """Let what waits for a carrier that is down go by the next one of its way that is up."""
        node = self._node
        patience_s = float(node.world.snapshot.gateway.get("failover_s", DEFAULT_FAILOVER_S))
        more = False
        for lane in list(node.lanes.values()):
            if lane.up or now_us - lane.down_since_us < patience_s * 1_000_000:
                self._walked.pop(lane.carrier_id, None)
                continue
            after_id = self._walked.get(lane.carrier_id, 0)
            messages = await lookups.queued_after(tx, lane.carrier_id, after_id, BATCH)
            self._walked[lane.carrier_id] = messages[-1].id if len(messages) == BATCH else 0
            more = more or len(messages) == BATCH
            await self._books.reroute(tx, messages, node.is_up, now_us)
        return more

    async def _close_stale(self, tx: Tx, now_us: int) -> bool:
        """Keep what came of long messages from handsets whose rest did not come."""
        return await self._books.inbox.close_stale(tx, now_us, BATCH)

    async def _forget_inbound(self, tx: Tx, now_us: int) -> bool:
        """Forget what handsets wrote, and could answer, that is older than anybody wants."""
        gateway = self._node.world.snapshot.gateway
        forgotten = [
            await inbound.forget_seen(tx, now_us, BATCH),
            await conversations.forget(tx, now_us - self._longest_reply_us(), BATCH),
        ]
        if days := int(gateway.get("retention_days", DEFAULT_RETENTION_DAYS)):
            forgotten.append(await inbound.retire(tx, now_us - days * DAY_S * 1_000_000, BATCH))
        return BATCH in forgotten

    async def _forget_dead(self, tx: Tx, now_us: int) -> bool:
        """Forget what customers could not be told, when it is older than the operator keeps."""
        days = int(self._node.world.snapshot.gateway.get("retention_days", DEFAULT_RETENTION_DAYS))
        if not days:
            return False
        return await outbox.forget_dead(tx, now_us - days * DAY_S * 1_000_000, BATCH) == BATCH

    def _longest_reply_us(self) -> int:
        views = self._node.world.snapshot.views_by_id.values()
        return max((view.dialogue.reply_us for view in views), default=0)

    async def _renew(self, tx: Tx, now_us: int) -> bool:
        await housekeeping.take_lease(tx, self._node.name, now_us, int(LEASE_S * 1_000_000))
        return False
