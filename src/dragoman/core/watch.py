"""What an operator sees of a running node: numbers, readiness, the state of its carriers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from dragoman.core.counters import Counters
from dragoman.core.ports import CarrierStatus

if TYPE_CHECKING:
    from dragoman.core.node import Node


STILL_US = 30_000_000  # the writer's chores commit every few seconds, whatever customers do


class LaneStatus(msgspec.Struct, frozen=True):
    """A carrier and its lane, as `/status.json` and `dragoman carrier list` show it."""

    carrier: CarrierStatus
    waiting_in_memory: int
    has_backlog: bool


class NodeStatus(msgspec.Struct, frozen=True):
    """A node as a whole."""

    name: str
    world_version: int
    lanes: tuple[LaneStatus, ...]
    counters: dict[str, int]
    not_ready: tuple[str, ...] = ()  # why no traffic should be sent here
    unusable: dict[str, str] = {}  # carriers that cannot even be tried, and why


class Watch:
    """Reads a node; writes nothing."""

    def __init__(self, node: "Node") -> None:
        """Take the node."""
        self._node = node

    def status(self) -> NodeStatus:
        """Give the whole state for people."""
        node = self._node
        return NodeStatus(
            node.name,
            node.world.snapshot.version,
            tuple(
                LaneStatus(lane.carrier.status(), lane.waiting_here(), lane.backlog)
                for lane in node.lanes.values()
            ),
            {name: getattr(node.counters, name) for name in Counters.__slots__},
            tuple(self.readiness()),
            node.unusable,
        )

    def readiness(self) -> list[str]:
        """Give the reasons why no traffic should be sent here; empty when it may be.

        A carrier that is down is none: what is accepted waits on disk, and `status` shows it.
        """
        node, writer = self._node, self._node.writer
        if node.world.snapshot.version < 0:
            return ["the world has not been read yet"]
        if writer.trouble.why:
            return [writer.trouble.why]
        still_us = node.clock_us() - writer.committed_us
        if still_us > STILL_US:
            return [f"nothing was stored for {still_us // 1_000_000} s"]
        return []

    def samples(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """Give each metric's name, labels and value, at the moment of the scrape."""
        for name in Counters.__slots__:
            yield f"dragoman_{name}_total", {}, float(getattr(self._node.counters, name))
        for lane in self._node.lanes.values():
            status = lane.carrier.status()
            labels = {"carrier": status.name}
            yield "dragoman_carrier_up", labels, float(status.state == "up")
            yield "dragoman_carrier_window", labels, float(status.window)
            yield "dragoman_carrier_outstanding", labels, float(status.outstanding)
            yield "dragoman_carrier_submitted_total", labels, float(status.sent)
            yield "dragoman_carrier_waiting", labels, float(lane.waiting_here())
        for name in self._node.unusable:
            yield "dragoman_carrier_up", {"carrier": name}, 0.0
