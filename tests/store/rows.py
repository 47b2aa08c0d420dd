"""Rows that tests of the store put into it, and short ways to look at what is there."""

from typing import Any

from dragoman.model.messages import Message, SegmentRow, segment_id
from dragoman.model.states import State
from dragoman.model.world import Account
from dragoman.store import hot
from dragoman.store.database import Database, Tx
from dragoman.store.world import put_account


def a_message(message_id: int, **changes: Any) -> Message:
    """Give a message of one segment that is queued for carrier 1."""
    row = Message(
        id=message_id,
        submission_id=message_id,
        account_id=7,
        dialect="intouch",
        state=State.QUEUED,
        sender="Dragoman",
        recipient="447700900123",
        text="Grüße, € 5",
        alphabet=1,
        flags=1,
        segments=1,
        price_u=57_000,
        charge_u=57_000,
        carrier_id=1,
        accepted_us=1_000 + message_id,
        changed_us=1_000 + message_id,
    )
    for name, value in changes.items():
        setattr(row, name, value)
    return row


def a_segment(message_id: int, number: int = 1, **changes: Any) -> SegmentRow:
    """Give a segment that carrier 1 took; its key is the message's id and its number."""
    row = SegmentRow(
        id=segment_id(message_id, number),
        carrier_id=1,
        ref=f"0{message_id}-{number}",
        key=f"{message_id}-{number}",
        state=State.SENT,
        status=0,
        submitted_us=2_000,
        answered_us=2_500,
    )
    for name, value in changes.items():
        setattr(row, name, value)
    return row


async def an_account(tx: Tx, account_id: int = 7, **changes: Any) -> int:
    """Make an account with a balance of one million micro-units."""
    fields: dict[str, Any] = {"name": f"account {account_id}", "balance_u": 1_000_000}
    return await put_account(tx, Account(id=account_id, **(fields | changes)), 500)


async def states(tx: Tx) -> dict[int, State]:
    """Give the state of every message."""
    return {row[0]: State(row[1]) for row in await tx.rows("SELECT id, state FROM message")}


async def balance(tx: Tx, account_id: int = 7) -> int:
    """Give the balance of an account."""
    [(balance_u,)] = await tx.rows("SELECT balance_u FROM account WHERE id = ?", (account_id,))
    return int(balance_u)


async def insert(database: Database, *ids: int) -> None:
    """Store messages in a transaction of their own."""
    async with database.transaction() as tx:
        await hot.insert_messages(tx, [a_message(i) for i in ids])


async def stored(database: Database) -> list[int]:
    """Give the messages that are stored."""
    async with database.reading() as tx:
        return [row[0] for row in await tx.rows("SELECT id FROM message ORDER BY id")]
