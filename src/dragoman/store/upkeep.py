"""Looking after the store as a whole: its size, its soundness, a copy, giving back unused space.

Each function opens the store for itself, because none of this may happen within a transaction.
"""

import contextlib
import os
import sqlite3
from pathlib import Path

from dragoman.store.database import engine_of, sqlite_path
from dragoman.store.errors import StoreError, StoreRefused

PAGES_AT_ONCE = 4_000  # of a copy; traffic goes on between


def size_octets(url: str) -> int:
    """Give how much room the store takes."""
    if engine_of(url) == "sqlite":
        path = Path(sqlite_path(url))
        return sum(file.stat().st_size for file in (path, _log(path)) if file.exists())
    return int(_ask_postgresql(url, "SELECT pg_database_size(current_database())")[0])


def faults(url: str) -> list[str]:
    """Give what is damaged; empty when the store is sound."""
    if engine_of(url) != "sqlite":
        _ask_postgresql(url, "SELECT 1")
        return []
    with contextlib.closing(_sqlite(url)) as connection:
        try:
            rows = connection.execute("PRAGMA quick_check").fetchall()
        except sqlite3.DatabaseError as error:
            return [str(error)]
    return [row[0] for row in rows if row[0] != "ok"]


def back_up(url: str, target: Path) -> int:
    """Copy the store to a new file while it is in use; gives the copy's size in octets."""
    if engine_of(url) != "sqlite":
        raise StoreError("a store on PostgreSQL is copied with pg_dump, which does it right")
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise StoreError(f"{target} is there already; name another file") from None
    with (
        contextlib.closing(_sqlite(url)) as source,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy, pages=PAGES_AT_ONCE)
    with target.open("rb+") as file:
        os.fsync(file.fileno())
    return target.stat().st_size


def vacuum(url: str) -> None:
    """Give back the room of what was deleted; on SQLite nobody writes meanwhile."""
    if engine_of(url) != "sqlite":
        _ask_postgresql(url, "VACUUM (ANALYZE)")
        return
    with contextlib.closing(_sqlite(url)) as connection:
        try:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError as error:
            raise StoreRefused(f"the store could not be vacuumed: {error}") from error


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _sqlite(url: str) -> sqlite3.Connection:
    path = sqlite_path(url)
    if not Path(path).exists():
        raise StoreError(f"there is no store at {path}")
    return sqlite3.connect(path, isolation_level=None, timeout=10.0)


def _ask_postgresql(url: str, statement: str) -> tuple[int, ...]:
    import psycopg  # noqa: PLC0415  # a tenth of a second that SQLite's users do not owe

    try:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
    except psycopg.Error as error:
        raise StoreRefused(f"PostgreSQL: {error}") from error
    return row or ()
