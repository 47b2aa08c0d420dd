"""What people ask the store: one message's whole life, and what waits where and why."""

from typing import NamedTuple

import msgspec

from dragoman.model.messages import QUIET, Message, SegmentRow
from dragoman.model.states import State
from dragoman.store.database import Tx
from dragoman.store.hot import MESSAGE_COLUMNS, message_segments
from dragoman.store.ledger import Entry, entries_of_message


class Event(NamedTuple):
    """A line of a message's timeline that its rows do not tell."""

    at_us: int
    kind: str
    text: str


class Life(msgspec.Struct, frozen=True):
    """All that the store knows about one message."""

    message: Message
    segments: list[SegmentRow]
    events: list[Event]
    entries: list[Entry]  # of the account's ledger


class Waiting(NamedTuple):
    """How many messages of one carrier are in one state, and since when the oldest."""

    carrier_id: int
    state: int
    messages: int
    oldest_us: int
    urgent: int = 0  # of them leave before the others


FIND = f"SELECT {MESSAGE_COLUMNS} FROM message WHERE id = ?"
EVENTS = "SELECT at_us, kind, text FROM event WHERE message_id = ? ORDER BY at_us, id"

# Counted in the index alone; ids grow with time, so the lowest is the oldest.
OPEN = """
SELECT q.carrier_id, q.state, q.count, m.accepted_us
FROM (
    SELECT carrier_id, state, count(*) AS count, min(id) AS oldest FROM message
    WHERE state IN (1, 2) GROUP BY carrier_id, state
) AS q JOIN message m ON m.id = q.oldest
ORDER BY q.carrier_id, q.state
"""
URGENT = (
    "SELECT carrier_id, count(*) FROM message"
    " WHERE state = 1 AND rank IS NOT NULL GROUP BY carrier_id"
)
SCHEDULED = "SELECT 0, 0, count(*), min(due_us) FROM message WHERE state = 0"

# Reads the rows, so it is for people who ask what waits, and for nobody else.
LATER = (
    f"SELECT flags & {QUIET}, count(*), min(due_us) FROM message WHERE state = 0"
    f" GROUP BY flags & {QUIET} ORDER BY flags & {QUIET}"
)

STRIDE = 5_000  # rows looked at for a submission's messages in one go
AFTER = "SELECT id, submission_id FROM message WHERE id >= ? ORDER BY id LIMIT ?"

QUEUE = (
    f"SELECT {MESSAGE_COLUMNS} FROM message"
    " WHERE carrier_id = ? AND state IN (1, 2) AND state = ? AND id > ? ORDER BY id LIMIT ?"
)


async def find_message(tx: Tx, message_id: int, account_id: int | None = None) -> Message | None:
    """Give a message; with an account, only if it is that account's."""
    row = await tx.row(FIND, (message_id,))
    if row is None:
        return None
    message = Message(*row)
    return message if account_id in {None, message.account_id} else None


async def find_life(tx: Tx, message_id: int, account_id: int | None = None) -> Life | None:
    """Give all that is known about a message; with an account, only if it is that account's."""
    message = await find_message(tx, message_id, account_id)
    if message is None:
        return None
    return Life(
        message=message,
        segments=await message_segments(tx, [message_id]),
        events=[Event._make(row) for row in await tx.rows(EVENTS, (message_id,))],
        entries=await entries_of_message(tx, message.account_id, message_id),
    )


async def messages_of_submission(tx: Tx, submission_id: int) -> list[int]:
    """Give the messages of one request.

    It is called as the first of them, and the others follow, so that no index is needed, which
    would cost every request.  Between them there may be what a command sent meanwhile.
    """
    found: list[int] = []
    at = submission_id
    while rows := await tx.rows(AFTER, (at, STRIDE)):
        theirs = [row[0] for row in rows if row[1] == submission_id]
        if not theirs:
            break
        found += theirs
        at = rows[-1][0] + 1
    return found


async def waiting(tx: Tx) -> list[Waiting]:
    """Give what is queued and in flight by carrier, then (as carrier 0) what is scheduled."""
    urgent = {(row[0], State.QUEUED): row[1] for row in await tx.rows(URGENT)}
    found = [Waiting._make((*row, urgent.get(row[:2], 0))) for row in await tx.rows(OPEN)]
    scheduled = await tx.rows(SCHEDULED)
    return found + [Waiting._make((*row, 0)) for row in scheduled if row[2]]


async def later(tx: Tx) -> list[tuple[bool, int, int]]:
    """Give whether quiet hours keep them, count and first due time of what is scheduled."""
    return [(bool(row[0]), row[1], row[2]) for row in await tx.rows(LATER)]


async def queue(
    tx: Tx, carrier_id: int, state: int, limit: int, after_id: int = 0
) -> list[Message]:
    """Give messages of a carrier that are queued or in flight, oldest first."""
    rows = await tx.rows(QUEUE, (carrier_id, int(state), after_id, limit))
    return [Message(*row) for row in rows]
