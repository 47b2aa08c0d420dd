"""Identifiers: whole numbers below 2^53 that grow with time, handed out in blocks.

A block costs one small commit; what a process has not used of its block when it ends is never
used.  Below 2^53, because a JavaScript client keeps numbers as doubles.
"""

import asyncio

from dragoman.store.database import Database, Tx

LIMIT = 1 << 53
BLOCK = 1_000

RESERVE = (
    "INSERT INTO counter (name, next) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET next = counter.next + excluded.next - 1"
    " RETURNING next"
)


async def reserve(tx: Tx, name: str, count: int) -> int:
    """Reserve `count` consecutive ids and give the first; the first of all is 1.

    They are ours once the transaction has committed, and nobody's if it does not.
    """
    [(following,)] = await tx.rows(RESERVE, (name, count + 1))
    if following > LIMIT:
        raise OverflowError(f"the ids called {name!r} are used up")
    first: int = following - count
    return first


class Ids:
    """The ids of one name, out of blocks that are fetched as needed."""

    def __init__(self, database: Database, name: str, block: int = BLOCK) -> None:
        self._database = database
        self._name = name
        self._block = block
        self._next = 0
        self._end = 0
        self._fetching = asyncio.Lock()

    async def take(self, count: int = 1) -> int:
        """Give the first of `count` consecutive ids.

        Not to be called within a transaction on the same database: it may need one of its own.
        """
        async with self._fetching:
            if self._end - self._next < count:
                size = max(count, self._block)
                async with self._database.transaction() as tx:
                    first = await reserve(tx, self._name, size)
                self._next, self._end = first, first + size
            first = self._next
            self._next += count
            return first
