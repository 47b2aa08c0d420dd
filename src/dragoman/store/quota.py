"""What accounts have used of their quotas, by day and by month."""

from collections.abc import Iterable

from dragoman.store.database import Tx
from dragoman.store.hot import inserted

# An account's day, written as yyyymmdd, or its month, as yyyymm.
Use = tuple[int, int]  # account id, span

USED = "SELECT account_id, span, used FROM quota WHERE account_id IN (?ids) AND span IN (?ids)"
ADD = inserted(
    "quota",
    {"account_id": "bigint", "span": "bigint", "used": "bigint"},
    "ON CONFLICT (account_id, span) DO UPDATE SET used = quota.used + excluded.used",
)
FORGET = "DELETE FROM quota WHERE span < ? AND (span > 999999 OR span < ?)"


async def used(tx: Tx, uses: Iterable[Use]) -> dict[Use, int]:
    """Give what is counted under these accounts and spans; whoever has the accounts' rows counts.

    Their balances are held by the transaction (`hot.balances`), so nobody else counts meanwhile.
    """
    wanted = set(uses)
    accounts, spans = sorted({use[0] for use in wanted}), sorted({use[1] for use in wanted})
    rows = await tx.rows(USED, (accounts, spans))
    return {(row[0], row[1]): row[2] for row in rows if (row[0], row[1]) in wanted}


async def add(tx: Tx, more: dict[Use, int]) -> None:
    """Count more."""
    await tx.run_many(ADD, [(*use, count) for use, count in sorted(more.items()) if count])


async def forget(tx: Tx, day: int) -> int:
    """Forget days before one, and months before its own."""
    return await tx.run(FORGET, (day, day // 100))
