"""Bring a store to the tables that this version of the program knows.

`standing` asks a store that is open, cheaply, so that a start on a current store imports neither
SQLAlchemy nor Alembic; `migrate` does the work, in one transaction.
"""

import asyncio
from enum import Enum

from dragoman.store.database import Tx, engine_of, sqlite_path
from dragoman.store.errors import StoreNewer

# All revisions in order, the last is ours; a test compares them with migrations/versions.
REVISIONS = ("0001",)


class Standing(Enum):
    """How a store stands to this version of the program."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


TABLES = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'",
    "postgresql": "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL",
}


async def standing(tx: Tx) -> Standing:
    """Say whether the store's tables are the ones that this version knows."""
    if await tx.row(TABLES[tx.engine]) is None:
        return Standing.EMPTY
    row = await tx.row("SELECT version_num FROM alembic_version")
    if row is None:
        return Standing.EMPTY
    if row[0] == REVISIONS[-1]:
        return Standing.CURRENT
    return Standing.OLDER if row[0] in REVISIONS else Standing.NEWER


async def is_current(tx: Tx) -> bool:
    """Say whether nothing needs to be migrated; StoreNewer when this version is too old."""
    now = await standing(tx)
    if now is Standing.NEWER:
        raise StoreNewer(
            "the store was written by a newer version of dragoman; start that version, or restore"
            " a copy of the store from before it"
        )
    return now is Standing.CURRENT


async def migrate(url: str) -> None:
    """Make or change the tables of an empty or older store; nothing happens to a current one."""
    # Alembic and SQLAlchemy take half a second to import, and only a migration needs them.
    from dragoman.store.migrations.run import upgrade  # noqa: PLC0415

    await asyncio.to_thread(upgrade, sqlalchemy_url(url))


def sqlalchemy_url(url: str) -> str:
    """Give an address as SQLAlchemy spells it: with the driver's name."""
    if engine_of(url) == "sqlite":
        return f"sqlite:///{sqlite_path(url)}"
    return f"postgresql+psycopg:{url.partition(':')[2]}"
