"""Identifiers: whole numbers below 2^53 that grow with time, handed out in blocks.

What a process has not used of its block when it ends is never used.  Below 2^53, because a
JavaScript client keeps numbers as doubles.
"""

from dragoman.store.database import Tx

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
