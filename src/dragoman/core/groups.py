"""One transaction of the writer: what it makes durable, and what follows from that."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from dragoman.core.accept import Prepared
from dragoman.core.dispatch import Lane
from dragoman.core.ports import Delivery
from dragoman.core.settle import Ruling
from dragoman.model.messages import Outgoing
from dragoman.model.submissions import Submitted
from dragoman.store.database import Tx

Job = Callable[[Tx], Awaitable[None]]


class Group(msgspec.Struct):
    """What one transaction makes durable."""

    accepts: list[Prepared] = []
    is_marked: bool = False  # some of these may be repeats
    rulings: list[tuple[Lane, Ruling]] = []
    deliveries: list[tuple[Lane, Sequence[Delivery]]] = []
    requeues: list[tuple[int, int]] = []  # message id, carrier id
    claims: dict[int, Lane] = {}
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

    def send(self, lane: Lane) -> Send:
        """Give the lane's part of the plan."""
        known = self.sends.get(lane.carrier_id)
        if known is None:
            known = self.sends[lane.carrier_id] = Send(lane)
        return known
