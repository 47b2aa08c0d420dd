"""What a node finds when it starts again: messages that may have been on the wire."""

from dragoman.model.states import State
from dragoman.store.database import Tx

IN_FLIGHT = "carrier_id = ? AND state IN (1, 2) AND state = 2"

NOTE_IN_FLIGHT = (
    "INSERT INTO event (message_id, at_us, kind, text)"
    f" SELECT id, ?, 'uncertain', ? FROM message WHERE {IN_FLIGHT}"
)
LEAVE = f"UPDATE message SET state = ?, changed_us = ?, detail = ? WHERE {IN_FLIGHT}"

WHY = "the gateway ended while it was being sent"


async def in_flight(tx: Tx, carrier_id: int) -> list[int]:
    """Give the messages that a carrier may have been sent without an answer being kept."""
    rows = await tx.rows(f"SELECT id FROM message WHERE {IN_FLIGHT} ORDER BY id", (carrier_id,))
    return [row[0] for row in rows]


async def recover(tx: Tx, carrier_id: int, now_us: int, *, resend: bool) -> int:
    """End the doubt about what was in flight: back into the queue, or unknown until a receipt.

    Before the carrier is started, for then nobody sends.  Gives how many messages that were, never
    more than the carrier's window.
    """
    what = "sent again" if resend else "not sent again"
    await tx.run(NOTE_IN_FLIGHT, (now_us, f"{WHY}; {what}", carrier_id))
    state = State.QUEUED if resend else State.UNKNOWN
    return await tx.run(LEAVE, (int(state), now_us, "" if resend else WHY, carrier_id))
