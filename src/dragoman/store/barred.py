"""Numbers that get nothing: who is on a list now, and how each came onto it or off.

A list's events have ids that grow in the order of their commits, since whoever writes holds the
counter until its end.  So a process that knows the lists up to an id reads only what came later.
Events are never deleted: they are the proof of a subscriber's word.
"""

from collections.abc import Sequence

from dragoman.model.barring import BarEvent, BarList
from dragoman.store.database import Many, Row, Tx
from dragoman.store.ids import reserve

COUNTER = "barred"

PUT = Many(
    columns={"bar": "bigint", "account_id": "bigint", "number": "bigint"},
    sqlite="INSERT INTO barred (bar, account_id, number) VALUES (?, ?, ?)",
    postgresql=(
        "INSERT INTO barred (bar, account_id, number) SELECT bar, account_id, number FROM rows"
    ),
)
TAKE = "DELETE FROM barred WHERE bar = ? AND account_id = ? AND number IN (?ids)"
KNOWN = "SELECT number FROM barred WHERE bar = ? AND account_id = ? AND number IN (?ids)"

EVENT_COLUMNS = "id, bar, account_id, number, is_on, at_us, source, proof"
TELL = Many(
    columns={
        "id": "bigint",
        "bar": "bigint",
        "account_id": "bigint",
        "number": "bigint",
        "is_on": "bigint",
        "at_us": "bigint",
        "source": "text",
        "proof": "text",
    },
    sqlite=f"INSERT INTO barred_event ({EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    postgresql=f"INSERT INTO barred_event ({EVENT_COLUMNS}) SELECT {EVENT_COLUMNS} FROM rows",
)

PAGE = (
    "SELECT bar, account_id, number FROM barred WHERE (bar, account_id, number) > (?, ?, ?)"
    " ORDER BY bar, account_id, number LIMIT ?"
)
PAGE_OF = (
    "SELECT number FROM barred WHERE bar = ? AND account_id = ? AND number > ?"
    " ORDER BY number LIMIT ?"
)
SINCE = (
    "SELECT id, bar, account_id, number, is_on FROM barred_event WHERE id >= ? ORDER BY id LIMIT ?"
)
ON = "SELECT bar, account_id, number FROM barred WHERE account_id IN (?ids) AND number IN (?ids)"
HISTORY = f"SELECT {EVENT_COLUMNS} FROM barred_event WHERE number = ? ORDER BY id"
COUNT = "SELECT bar, account_id, count(*) FROM barred GROUP BY bar, account_id"


async def barred_version(tx: Tx) -> int:
    """Give what moves whenever a list changes: the id that the next event will have, or more."""
    row = await tx.row("SELECT next FROM counter WHERE name = ?", (COUNTER,))
    return row[0] if row else 0


async def bar_numbers(
    tx: Tx,
    where: BarList,
    numbers: Sequence[int],
    at_us: int,
    source: str,
    proofs: Sequence[str],
    *,
    repeats: bool = False,
) -> list[int]:
    """Put numbers onto a list; give those that were not on it.

    Each has its proof, and an event of its own; one that stood there already has one only if
    `repeats` are to be kept.
    """
    first, known = await _look(tx, where, numbers)
    proof_of = dict(zip(numbers, proofs, strict=True))
    fresh = [number for number in proof_of if number not in known]
    told = list(proof_of) if repeats else fresh
    await tx.run_many(PUT, [(*where, number) for number in fresh])
    await tx.run_many(
        TELL,
        [
            (event_id, *where, number, 1, at_us, source, proof_of[number])
            for event_id, number in enumerate(told, first)
        ],
    )
    return fresh


async def free_numbers(
    tx: Tx, where: BarList, numbers: Sequence[int], at_us: int, source: str, proof: str
) -> list[int]:
    """Take numbers off a list; give those that were on it."""
    first, known = await _look(tx, where, numbers)
    gone = [number for number in dict.fromkeys(numbers) if number in known]
    if gone:
        await tx.run(TAKE, (*where, gone))
        rows = [
            (event_id, *where, number, 0, at_us, source, proof)
            for event_id, number in enumerate(gone, first)
        ]
        await tx.run_many(TELL, rows)
    return gone


async def _look(tx: Tx, where: BarList, numbers: Sequence[int]) -> tuple[int, set[int]]:
    """Reserve ids for the events of numbers, and tell which of them are on the list.

    In this order: the counter is held until the end, so nobody else changes a list meanwhile.
    """
    first = await reserve(tx, COUNTER, len(numbers))
    return first, {row[0] for row in await tx.rows(KNOWN, (*where, list(numbers)))}


async def barred_page(tx: Tx, after: Row, limit: int) -> list[Row]:
    """Give list and number of what comes after a row, in order: (bar, account, number) each."""
    return await tx.rows(PAGE, (*after, limit))


async def numbers_page(tx: Tx, where: BarList, after: int, limit: int) -> list[int]:
    """Give the numbers of one list that come after one, in order."""
    return [row[0] for row in await tx.rows(PAGE_OF, (*where, after, limit))]


async def barred_since(tx: Tx, first_id: int, limit: int) -> list[Row]:
    """Give id, list, number and whether it came on, of the events from an id on."""
    return await tx.rows(SINCE, (first_id, limit))


async def bars_of(tx: Tx, account_ids: Sequence[int], numbers: Sequence[int]) -> list[Row]:
    """Give which of some numbers are on which lists of some accounts: (bar, account, number)."""
    if not numbers:
        return []
    return await tx.rows(ON, (list(account_ids), list(numbers)))


async def bar_history(tx: Tx, number: int) -> list[BarEvent]:
    """Give all that ever happened to a number, the oldest first."""
    return [BarEvent(*row) for row in await tx.rows(HISTORY, (number,))]


async def count_barred(tx: Tx) -> dict[BarList, int]:
    """Give how many numbers are on each list."""
    return {BarList(bar, account_id): count for bar, account_id, count in await tx.rows(COUNT)}
