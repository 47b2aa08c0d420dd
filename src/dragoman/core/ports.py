"""What the core asks of a carrier, and what a carrier owes the core.

A carrier is driven from one event loop; nothing here is thread-safe and nothing blocks.

What the core calls on a carrier (`Carrier`):
1. `start()` once; the carrier connects, binds, reconnects and keeps itself alive from then on.
2. `free()` at any time: how many segments it would take right now.  0 while it is down, while
   its window is full, while its rate is used up, while the far end throttles it.
3. `submit(batch)` with at most `free()` segments, all of one message next to each other.  The
   carrier writes them in that order.  It never keeps a segment that it cannot write.
4. `drain()` on shutdown: unbind in good order; answers that still come are reported.

What a carrier must call back (`Sink`), as soon as it knows and for whole socket reads at once:
1. `answered(answers)`: exactly one `Answer` for each submitted segment, with one exception: an
   UNCERTAIN answer may be followed by a later SENT or REJECTED one (the answer came late).
2. `delivered(deliveries)`: what the carrier received for us.  The carrier sends its
   acknowledgement only when the core calls `Delivery.acknowledge`, which it does after commit.
3. `room()`: `free()` may have grown from what it was (bound again, window or rate freed).
4. `changed()`: `status()` differs from what it was.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Protocol

import msgspec

from dragoman.model.messages import Outgoing


class Verdict(IntEnum):
    """The four arms of what can become of a submitted segment."""

    SENT = 0  # taken; `ref` is the carrier's id
    REJECTED = 1  # refused for good; another route may be tried if `elsewhere`
    BUSY = 2  # not taken: throttled, queue full, link lost before the bytes left
    UNCERTAIN = 3  # bytes left, no answer came


class Answer(msgspec.Struct, gc=False):
    """What became of one segment at the carrier."""

    outgoing: Outgoing
    verdict: int
    at_us: int
    ref: str = ""
    status: int = 0  # SMPP command_status, or the provider's own code
    elsewhere: bool = False  # REJECTED: another carrier might take it
    late: bool = False  # follows an UNCERTAIN one
    cut: bool = False  # UNCERTAIN: the link was lost (else: no answer in time)
    once: bool = False  # set by the core: in doubt it is not sent again, whatever the rule
    detail: str = ""


class Delivery(msgspec.Struct, gc=False):
    """What came from a carrier: a delivery receipt or a message from a handset.

    Receipt fields are filled from the text and the TLVs by the carrier's profile: `ref` is the
    id as written, `state` a `State` number, `error` the carrier's code.
    """

    carrier_id: int
    is_receipt: bool
    acknowledge: Callable[[bool], None]  # True: stored; False: not stored, send it again later
    at_us: int
    ref: str = ""
    state: int = 0
    error: str = ""
    sender: str = ""
    recipient: str = ""
    data_coding: int = 0
    esm_class: int = 0
    octets: bytes = b""
    tlvs: dict[int, bytes] = {}
    fault: str = ""  # it is only kept as it came, with this as its deed


class CarrierStatus(msgspec.Struct, frozen=True):
    """What an operator wants to know about a carrier at 3 a.m."""

    name: str
    state: str  # "up", "connecting", "down", "stopped"
    binds: tuple[str, ...]  # one line each: "1 transceiver bound 127.0.0.1:2775"
    why: str  # why it is not up, and when it is tried again
    window: int
    outstanding: int
    rate_pdus: float  # configured limit in submit_sm per second, 0: none
    throttled_rate_pdus: float  # the limit learnt from the far end, 0: none
    sent: int  # submit_sm since start
    last_sent_us: int


class Sink(Protocol):
    """Where a carrier reports; the core's side of the contract."""

    def answered(self, answers: Sequence[Answer]) -> None:
        """Take what became of submitted segments."""

    def delivered(self, deliveries: Sequence[Delivery]) -> None:
        """Take receipts and messages from handsets; acknowledge each after commit."""

    def room(self) -> None:
        """Learn that more may be submitted than before."""

    def changed(self) -> None:
        """Learn that the carrier's status differs."""


class Carrier(Protocol):
    """A southbound connection as the core drives it."""

    carrier_id: int
    name: str

    async def start(self) -> None:
        """Begin to connect; returns at once."""

    def free(self) -> int:
        """Give how many segments may be submitted now."""

    def submit(self, batch: Sequence[Outgoing]) -> None:
        """Write the segments."""

    def status(self) -> CarrierStatus:
        """Give the state for people."""

    async def drain(self, grace_s: float) -> None:
        """Take nothing more, wait up to `grace_s` for answers, unbind, close."""
