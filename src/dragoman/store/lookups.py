"""Small reads and rare writes that the decisions of the hot path need.

Each takes a list and runs one statement.
"""

from collections.abc import Iterable, Sequence

from dragoman.model.messages import Message
from dragoman.store.database import Many, Tx
from dragoman.store.hot import MESSAGE_COLUMNS

FIND_MESSAGES = f"SELECT {MESSAGE_COLUMNS} FROM message WHERE id IN (?ids)"
WANT_NO_RECEIPT = "UPDATE message SET flags = flags - (flags & 1) WHERE id IN (?ids)"
FIND_PURSES = "SELECT id, balance_u, overdraft_u FROM account WHERE id IN (?ids)"
COUNT_PARKED = "SELECT carrier_id, count(*) FROM parked_receipt GROUP BY carrier_id"

HAS_QUEUED = "SELECT 1 FROM message WHERE carrier_id = ? AND state IN (1, 2) AND state = 1 LIMIT 1"
QUEUED_AFTER = (
    f"SELECT {MESSAGE_COLUMNS} FROM message"
    " WHERE carrier_id = ? AND state IN (1, 2) AND state = 1 AND id > ? ORDER BY id LIMIT ?"
)

MOVE = Many(
    columns={"carrier_id": "bigint", "id": "bigint"},
    sqlite="UPDATE message SET carrier_id = ? WHERE id = ? AND state = 1",
    postgresql=(
        "UPDATE message SET carrier_id = rows.carrier_id FROM rows"
        " WHERE message.id = rows.id AND message.state = 1"
    ),
)

RECUT = Many(
    columns={"alphabet": "bigint", "flags": "bigint", "segments": "bigint", "id": "bigint"},
    sqlite="UPDATE message SET alphabet = ?, flags = ?, segments = ? WHERE id = ?",
    postgresql=(
        "UPDATE message SET alphabet = rows.alphabet, flags = rows.flags,"
        " segments = rows.segments FROM rows WHERE message.id = rows.id"
    ),
)

ANSWERED_LATE = Many(
    columns={"changed_us": "bigint", "id": "bigint"},
    sqlite="UPDATE message SET state = 3, changed_us = ? WHERE id = ? AND state = 16",
    postgresql=(
        "UPDATE message SET state = 3, changed_us = rows.changed_us FROM rows"
        " WHERE message.id = rows.id AND message.state = 16"
    ),
)


async def find_messages(tx: Tx, message_ids: Iterable[int]) -> list[Message]:
    """Give the messages with these ids, in no order; unknown ids are missing."""
    wanted = sorted(set(message_ids))
    return [Message(*row) for row in await tx.rows(FIND_MESSAGES, (wanted,))]


async def find_purses(tx: Tx, account_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Give balance and overdraft of accounts as they stand, without keeping others out."""
    return {row[0]: (row[1], row[2]) for row in await tx.rows(FIND_PURSES, (list(account_ids),))}


async def count_parked(tx: Tx) -> dict[int, int]:
    """Count the receipts that wait for their message, by carrier."""
    return {row[0]: row[1] for row in await tx.rows(COUNT_PARKED)}


async def recut(tx: Tx, forms: Sequence[tuple[int, int, int, int]]) -> None:
    """Write how messages travel from now on: (alphabet, flags, segments, message id) each."""
    await tx.run_many(RECUT, forms)


async def answered_late(tx: Tx, messages: Sequence[tuple[int, int]]) -> None:
    """Let messages count as sent whose answer came after its time, (changed_us, id) each.

    The one step down the ladder: such a message was called unknown only for want of an answer.
    """
    await tx.run_many(ANSWERED_LATE, messages)


async def want_no_receipt(tx: Tx, message_ids: Iterable[int]) -> None:
    """Let sent messages stay so for ever: nothing more is to be heard of them."""
    if wanted := sorted(set(message_ids)):
        await tx.run(WANT_NO_RECEIPT, (wanted,))


async def has_queued(tx: Tx, carrier_id: int) -> bool:
    """Tell whether messages wait on disk for a carrier."""
    return await tx.row(HAS_QUEUED, (carrier_id,)) is not None


async def queued_after(tx: Tx, carrier_id: int, after_id: int, limit: int) -> list[Message]:
    """Give messages that wait for a carrier, in order, behind an id."""
    return [Message(*row) for row in await tx.rows(QUEUED_AFTER, (carrier_id, after_id, limit))]


async def move(tx: Tx, messages: Sequence[tuple[int, int]]) -> None:
    """Let queued messages wait for another carrier, (carrier id, message id) each."""
    await tx.run_many(MOVE, messages)
