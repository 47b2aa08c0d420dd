"""When numbers last got something from accounts that may not send to them too often.

Knows neither how often is too often nor over what time: whoever writes says until when it counts.
"""

from array import array
from collections.abc import Iterable, Sequence

from dragoman.store.database import Tx
from dragoman.store.hot import inserted

Key = tuple[int, int]  # account, number
Row = tuple[int, int, bytes, int]  # account, number, instants, until when they count

# Locked, so that two nodes would count one after the other.
FIND = (
    "SELECT account_id, number, times FROM recipient_pace"
    " WHERE account_id IN (?ids) AND number IN (?ids) FOR UPDATE"
)
LOOK = FIND.removesuffix(" FOR UPDATE")
PUT = inserted(
    "recipient_pace",
    {"account_id": "bigint", "number": "bigint", "times": "bytea", "until_us": "bigint"},
    "ON CONFLICT (account_id, number) DO UPDATE SET times = excluded.times,"
    " until_us = excluded.until_us",
)
FORGET = (
    "DELETE FROM recipient_pace WHERE (account_id, number) IN (SELECT account_id, number"
    " FROM recipient_pace WHERE until_us <= ? ORDER BY until_us LIMIT ?)"
)


async def find_times(
    tx: Tx, accounts: Iterable[int], numbers: Iterable[int]
) -> dict[Key, list[int]]:
    """Give when numbers got something from accounts, in order; more pairs than were asked for."""
    rows = await tx.rows(FIND, (sorted(set(accounts)), sorted(set(numbers))))
    return {(account_id, number): _read(times) for account_id, number, times in rows}


async def look_at_times(tx: Tx, account_id: int, numbers: Iterable[int]) -> dict[int, list[int]]:
    """Give when numbers got something from one account, for whoever writes nothing."""
    rows = await tx.rows(LOOK, ([account_id], sorted(set(numbers))))
    return {number: _read(times) for _, number, times in rows}


async def put_times(tx: Tx, rows: Sequence[tuple[Key, list[int], int]]) -> None:
    """Keep when numbers got something, each until its instant."""
    written: list[Row] = [(*key, array("q", times).tobytes(), until) for key, times, until in rows]
    await tx.run_many(PUT, written)


async def forget_times(tx: Tx, now_us: int, limit: int) -> int:
    """Forget what counts no more; give how many rows that were."""
    return await tx.run(FORGET, (now_us, limit))


def _read(octets: bytes) -> list[int]:
    times = array("q")
    times.frombytes(octets)
    return times.tolist()
