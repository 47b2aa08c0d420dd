"""Why a message waits, and how long it may take: what is known of its carrier, in words.

Pure; every waiting message says why (pain 19).
"""

import msgspec

from dragoman.cli.screen import clock
from dragoman.core.ports import CarrierStatus
from dragoman.core.watch import NodeStatus
from dragoman.model.messages import QUIET, Message
from dragoman.model.states import State
from dragoman.model.world import CarrierRow

NO_GATEWAY = "the gateway is not running; start it with `dragoman serve`"


class Carriers(msgspec.Struct, frozen=True):
    """The carriers as configured, and as the running gateway sees them; None if none runs."""

    rows: dict[int, CarrierRow]
    node: NodeStatus | None

    def status(self, carrier_id: int) -> CarrierStatus | None:
        """Give what the gateway says about a carrier."""
        row = self.rows.get(carrier_id)
        lanes = self.node.lanes if self.node is not None else ()
        found = (lane.carrier for lane in lanes if row and lane.carrier.name == row.name)
        return next(found, None)

    def unusable(self, name: str) -> str:
        """Say why the gateway cannot even try a carrier; empty where it can."""
        return self.node.unusable.get(name, "") if self.node is not None else ""


def why(carriers: Carriers, carrier_id: int) -> str:
    """Say what keeps the queue of a carrier; empty when nothing does."""
    row = carriers.rows.get(carrier_id)
    if row is None:
        return "its carrier was removed; `dragoman queue move` gives it to another one"
    if not row.enabled:
        return (
            f"carrier {row.name} is disabled; enable it in the world file, or"
            f" `dragoman queue move {row.name} OTHER`"
        )
    if carriers.node is None:
        return NO_GATEWAY
    status = carriers.status(carrier_id)
    if status is None:
        words = carriers.unusable(row.name) or "it has not read of it yet"
        return f"the gateway cannot use carrier {row.name}: {words}"
    return _why_up(status) if status.state == "up" else _why_down(status)


def _why_down(status: CarrierStatus) -> str:
    return f"carrier {status.name} is {status.state}{f': {status.why}' if status.why else ''}"


def _why_up(status: CarrierStatus) -> str:
    if status.throttled_rate_pdus:
        return (
            f"carrier {status.name} throttles us to {_rate(status.throttled_rate_pdus)} submit_sm/s"
        )
    if status.outstanding >= status.window:
        return f"the window of {status.name} is full: {status.outstanding} unanswered"
    if status.rate_pdus:
        return f"the rate limit of {status.name}: {_rate(status.rate_pdus)} submit_sm/s"
    return ""


def _rate(pdus: float) -> str:
    return f"{pdus:.0f}" if pdus >= 10 else f"{round(pdus, 1):g}"


def _why_sending(status: CarrierStatus | None) -> str:
    """Say where a message is that goes out: the store cannot tell the wire from the wait for it."""
    if status is not None and status.state != "up":
        return f"being handed over; {_why_down(status)}"
    if status is not None and status.throttled_rate_pdus:
        return f"being handed over; {_why_up(status)}"
    return "being handed to the carrier, which has not taken it yet"


def limit_pdus(status: CarrierStatus | None) -> float:
    """Give the limit in submit_sm per second that counts now; 0 when none is known."""
    if status is None or status.state != "up":
        return 0.0
    limits = [rate for rate in (status.rate_pdus, status.throttled_rate_pdus) if rate]
    return min(limits, default=0.0)


def why_not_ended(message: Message, carriers: Carriers) -> str:
    """Say what a message that has no final state waits for."""
    match State(message.state):
        case State.SCHEDULED:
            if message.flags & QUIET:
                return f"quiet hours until {clock(message.due_us or 0)}"
            return "schedule: its time has not come"
        case State.QUEUED:
            return why(carriers, message.carrier_id) or "its turn comes next"
        case State.SENDING:
            return _why_sending(carriers.status(message.carrier_id))
        case State.SENT:
            return "a receipt is awaited"
        case State.UNKNOWN:
            return "a late receipt still counts"
        case _:
            return ""
