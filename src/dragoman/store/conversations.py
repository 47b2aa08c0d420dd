"""Which message a handset would be answering: the latest with a context, by the sender it saw.

Set-based, inside the caller's transaction.  A row is written only for messages that carry a
context or whose sender was chosen for them; the table of messages needs no index for it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dragoman.store.database import Many, Tx
from dragoman.store.hot import inserted

DEFAULT = ""  # in place of a number: the account's default sender


class Conversation(NamedTuple):
    """What was last said to a handset from a number, and what the customer calls it."""

    account_id: int
    handset: str
    number: str
    context: str
    message_id: int
    at_us: int


PUT = inserted(
    "conversation",
    {
        "account_id": "bigint",
        "handset": "text",
        "number": "text",
        "context": "text",
        "message_id": "bigint",
        "at_us": "bigint",
    },
    "ON CONFLICT (account_id, handset, number) DO UPDATE SET context = excluded.context,"
    " message_id = excluded.message_id, at_us = excluded.at_us",
)
END = Many(
    columns={"account_id": "bigint", "handset": "text", "number": "text"},
    sqlite=("DELETE FROM conversation WHERE account_id = ? AND handset = ? AND number IN (?, '')"),
    postgresql=(
        "DELETE FROM conversation c USING rows WHERE c.account_id = rows.account_id"
        " AND c.handset = rows.handset AND c.number IN (rows.number, '')"
    ),
)
END_ALL = Many(
    columns={"account_id": "bigint", "handset": "text"},
    sqlite="DELETE FROM conversation WHERE account_id = ? AND handset = ?",
    postgresql=(
        "DELETE FROM conversation c USING rows"
        " WHERE c.account_id = rows.account_id AND c.handset = rows.handset"
    ),
)
# The accounts are few and given, so that the key finds each of their handsets.
FIND = (
    "SELECT account_id, handset, number, context, message_id, at_us FROM conversation"
    " WHERE account_id IN (?ids) AND handset IN (?texts) ORDER BY message_id"
)
ACCOUNTS = "SELECT DISTINCT account_id FROM conversation"
FORGET = (
    "DELETE FROM conversation WHERE (account_id, handset, number) IN"
    " (SELECT account_id, handset, number FROM conversation"
    " WHERE at_us < ? ORDER BY at_us LIMIT ?)"
)


async def put(tx: Tx, conversations: Sequence[Conversation]) -> None:
    """Write conversations; later ones of a list replace earlier ones, and what was stored."""
    rows = {conversation[:3]: conversation for conversation in conversations}
    await tx.run_many(PUT, list(rows.values()))


async def end(tx: Tx, conversations: Sequence[Conversation]) -> None:
    """Let a message without a context end what went before: from its number, or from all."""
    every = {c[:2] for c in conversations if c.number == DEFAULT}
    ended = {c[:3] for c in conversations if c[:2] not in every}
    await tx.run_many(END, sorted(ended))
    await tx.run_many(END_ALL, sorted(every))


async def find(
    tx: Tx, account_ids: Iterable[int], handsets: Iterable[str]
) -> dict[tuple[int, str], list[Conversation]]:
    """Give what was said to handsets by accounts, the latest last."""
    found: dict[tuple[int, str], list[Conversation]] = {}
    rows = await tx.rows(FIND, (sorted(set(account_ids)), sorted(set(handsets))))
    for row in rows:
        conversation = Conversation._make(row)
        found.setdefault((conversation.account_id, conversation.handset), []).append(conversation)
    return found


async def accounts(tx: Tx) -> set[int]:
    """Give the accounts that have a conversation."""
    return {row[0] for row in await tx.rows(ACCOUNTS)}


async def forget(tx: Tx, before_us: int, limit: int) -> int:
    """Delete conversations that nobody has answered since an instant; give how many."""
    return await tx.run(FORGET, (before_us, limit))
