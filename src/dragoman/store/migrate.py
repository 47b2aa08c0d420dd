"""Bring a store to the tables that this version of the program knows.

`is_current` asks a store that is open, cheaply, so that a start on a current store imports neither
SQLAlchemy nor Alembic; `migrate` does the work, in one transaction.
"""

import asyncio
import sys

from dragoman.store.database import Tx
from dragoman.store.errors import StoreNewer

# All revisions in order, the last is ours; a test compares them with migrations/versions.
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
)


TABLES = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'",
    "postgresql": "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL",
}


async def revision(tx: Tx) -> str | None:
    """Give the revision of the store's tables; None when it has none yet."""
    if await tx.row(TABLES[tx.engine]) is None:
        return None
    row = await tx.row("SELECT version_num FROM alembic_version")
    return row[0] if row else None


async def is_current(tx: Tx) -> bool:
    """Say whether nothing needs to be migrated; StoreNewer when this version is too old."""
    found = await revision(tx)
    refuse_newer(found)
    return found == REVISIONS[-1]


def refuse_newer(found: str | None) -> None:
    """Raise StoreNewer for a revision that this version does not know."""
    if found is not None and found not in REVISIONS:
        raise StoreNewer(
            f"the store was written by a newer version of dragoman (revision {found}, this one"
            f" knows {REVISIONS[-1]}): start that version, or restore a copy from before it"
        )


async def migrate(url: str) -> None:
    """Make or change the tables of an empty or older store; nothing happens to a current one."""
    # Alembic and SQLAlchemy take half a second to import, and only a migration needs them.
    from dragoman.store.migrations.run import upgrade  # noqa: PLC0415

    await asyncio.to_thread(upgrade, url)


if __name__ == "__main__":
    asyncio.run(migrate(sys.stdin.read().strip()))
