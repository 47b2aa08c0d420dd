"""One transaction of the writer: what it makes durable, and what follows from that."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from dragoman.core.accept import Prepared
from dragoman.core.dispatch import Lane
from dragoman.core.limits import UNLIMITED, Till
from dragoman.core.ports import Delivery
from dragoman.core.settle import Ruling, halved
from dragoman.model.messages import Outgoing
from dragoman.model.submissions import Submitted
from dragoman.store.database import Tx

log = logging.getLogger(__name__)

FEW = 4  # submissions in a group, up to which the next begins at once
CROWD = 16  # with so many it begins at once, too
TURNS = 8  # of the event loop, for which it waits for more in between

T = TypeVar("T")
Job = Callable[[Tx], Awaitable[None]]


class Group(msgspec.Struct):
    """What one transaction makes durable."""

    accepts: list[Prepared] = []
    is_marked: bool = False  # some of these may be repeats
    rulings: list[tuple[Lane, Ruling]] = []
    deliveries: list[tuple[Lane, Sequence[Delivery]]] = []
    requeues: list[tuple[int, int]] = []  # message id, carrier id
    claims: dict[int, Lane] = {}
    claim_most: int = 0  # segments that a claim fetches at most; 0: as many as there is room for
    jobs: list[tuple[Job, asyncio.Future[bool]]] = []
    waiters: list[asyncio.Future[None]] = []  # told when the group is durable

    def is_awaited(self) -> bool:
        """Tell whether anything follows from this group that must survive a power cut.

        Carriers' answers alone may be lost with the machine: their messages are still `sending`
        then, no more than a window of them, because nothing new is sent without a synced group.
        Not so where a customer is told of them.
        """
        return bool(
            self.accepts
            or self.deliveries
            or self.requeues
            or self.claims
            or self.jobs
            or self.waiters
            or any(ruling.told for _, ruling in self.rulings)
        )

    async def gather(self) -> None:
        """Let more join while many come: a commit costs nearly the same for all of them.

        Turns of the event loop and not a time: they end at once where there is nothing to read.
        """
        for _ in range(TURNS):
            if len(self.accepts) >= CROWD:
                return
            await asyncio.sleep(0)

    def tell(self, *, is_durable: bool) -> None:
        """Tell those who wait for this what became of it; some have given up waiting."""
        for _, written in self.jobs:
            if not written.done():
                written.set_result(is_durable)
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)

    def acknowledge(self, *, is_stored: bool) -> None:
        """Tell the carriers what became of their deliveries."""
        for lane, deliveries in self.deliveries:
            for delivery in deliveries:
                try:
                    delivery.acknowledge(is_stored)
                except Exception:  # one carrier's fault is no other's
                    log.exception("carrier %s: a delivery was not answered", lane.carrier.name)

    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not (
            self.accepts
            or self.rulings
            or self.deliveries
            or self.requeues
            or self.claims
            or self.jobs
        )

    def pieces(self) -> list["Group"]:
        """Give groups that together are this one, in its order; one that is indivisible is alone.

        First by kind, so that what spoils one kind costs the others nothing more; then in halves.
        Whoever waits for the whole is in none of them.
        """
        kinds = [
            *([Group(requeues=self.requeues)] if self.requeues else ()),
            *([Group(rulings=self.rulings)] if self.rulings else ()),
            *([Group(deliveries=self.deliveries)] if self.deliveries else ()),
            *([Group(accepts=self.accepts, is_marked=self.is_marked)] if self.accepts else ()),
            *([Group(jobs=self.jobs)] if self.jobs else ()),
            *(Group(claims={i: x}, claim_most=self.claim_most) for i, x in self.claims.items()),
        ]
        return kinds if len(kinds) > 1 else self._halves()

    def _halves(self) -> list["Group"]:
        """Give a group of one kind in two, if there is more than one thing in it."""
        if self.requeues:
            return [Group(requeues=half) for half in halves(self.requeues)]
        if self.rulings:
            return [
                Group(rulings=half)
                for half in halves(self.rulings)
                or [[(lane, part)] for lane, ruling in self.rulings for part in halved(ruling)]
            ]
        if self.deliveries:
            return [
                Group(deliveries=half)
                for half in halves(self.deliveries)
                or [[(lane, part)] for lane, some in self.deliveries for part in halves(some)]
            ]
        if self.accepts:
            return [Group(accepts=half, is_marked=self.is_marked) for half in halves(self.accepts)]
        return [Group(jobs=half) for half in halves(self.jobs)]


def halves(items: Sequence[T]) -> list[list[T]]:
    """Give the two halves of a list; nothing where it has no two."""
    middle = len(items) // 2
    return [list(items[:middle]), list(items[middle:])] if middle else []


class Send(msgspec.Struct):
    """What goes out over one lane after the commit."""

    lane: Lane
    batch: list[Outgoing] = []
    reserved: int = 0


class Plan(msgspec.Struct):
    """What follows from a group once it is durable; undone where the commit fails."""

    sends: dict[int, Send] = {}
    answers: list[tuple[Prepared, Submitted]] = []
    stirred: set[int] = set()  # carriers whose queue on disk grew
    charged_u: int = 0
    has_notices: bool = False  # somebody is to be told something
    repeated: int = 0
    claimed: list[int] = []  # messages that were taken from the queue on disk
    till: Till = UNLIMITED

    def send(self, lane: Lane) -> Send:
        """Give the lane's part of the plan."""
        known = self.sends.get(lane.carrier_id)
        if known is None:
            known = self.sends[lane.carrier_id] = Send(lane)
        return known
