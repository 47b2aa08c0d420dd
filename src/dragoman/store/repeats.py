"""What was answered and may be asked again: look-ups and writes, a constant number for a group.

Knows neither what a key stands for nor what an answer says.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dragoman.store.database import Tx
from dragoman.store.hot import inserted


class Answered(NamedTuple):
    """A submission, or one recipient of it, that will be recognised until `until_us`."""

    key: str
    account_id: int  # of those whose answer was lost; else 0
    message_id: int  # the first message that came of it
    body: str
    answer: bytes
    until_us: int


FIND = (
    "SELECT key, account_id, message_id, body, answer, until_us FROM answered WHERE key IN (?texts)"
)

# A key comes back when its time is over and nobody has forgotten it yet.
PUT = inserted(
    "answered",
    {
        "key": "text",
        "account_id": "bigint",
        "message_id": "bigint",
        "body": "text",
        "answer": "bytea",
        "until_us": "bigint",
    },
    "ON CONFLICT (key) DO UPDATE SET account_id = excluded.account_id,"
    " message_id = excluded.message_id, body = excluded.body, answer = excluded.answer,"
    " until_us = excluded.until_us",
)

FORGET = (
    "DELETE FROM answered WHERE key IN"
    " (SELECT key FROM answered WHERE until_us <= ? ORDER BY until_us LIMIT ?)"
)

LOST = "SELECT account_id, max(until_us) FROM answered WHERE account_id > 0 GROUP BY account_id"


async def find(tx: Tx, keys: Iterable[str]) -> dict[str, Answered]:
    """Give what is remembered under these keys, also what should have been forgotten."""
    found = await tx.rows(FIND, (sorted(keys),))
    return {row[0]: Answered._make(row) for row in found}


async def put(tx: Tx, rows: Sequence[Answered]) -> None:
    """Remember answers; no key may be in the list twice."""
    await tx.run_many(PUT, rows)


async def forget(tx: Tx, now_us: int, limit: int) -> int:
    """Forget answers whose time is over; give how many."""
    return await tx.run(FORGET, (now_us, limit))


async def lost(tx: Tx) -> dict[int, int]:
    """Give the accounts some of whose answers were lost, and until when they are remembered."""
    return dict(await tx.rows(LOST))
