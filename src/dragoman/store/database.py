"""The driver seam: transactions on SQLite or PostgreSQL, statements as text.

Refuses to know what the tables mean.  Statements run on the raw drivers, sqlite3 and psycopg,
because that was measured to be cheaper, and because on SQLite everything must be done in the
event loop without suspending (docs/adr/0011-statements-on-the-raw-drivers.md).

One text serves both engines wherever possible:
- `?` is a parameter, in order; it stands in no literal.
- `IN (?ids)` and `IN (?texts)` take a list of any length as one parameter.
- `FOR UPDATE` and `FOR UPDATE SKIP LOCKED` vanish on SQLite, whose only writer has it all.
- `Many` has a text for each engine where many rows are written at once.

Transactions: leaving `async with database.transaction()` commits, an exception rolls back.  What
comes out then is a `StoreError` that says whether something may have been stored (errors.py).
On SQLite no method ever suspends, so between `async with` and its end no other task runs unless
the body itself awaits something else.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from dragoman.store.errors import StoreError

Engine = Literal["sqlite", "postgresql"]
Params = Sequence[object]
Row = tuple[Any, ...]


class Many(msgspec.Struct, frozen=True, eq=False):
    """One statement that takes a list of rows.

    `columns` are the names of a row's values in order, each with its PostgreSQL type.  On SQLite
    the statement runs once for each row, prepared once; on PostgreSQL it runs once and reads all
    of them from the table `rows`.
    """

    columns: dict[str, str]
    sqlite: str
    postgresql: str


class Tx(Protocol):
    """A transaction that is open; good until the end of its `async with`."""

    engine: Engine
    marks: set[str]  # what was done once in this transaction and need not be done again

    async def run(self, sql: str, params: Params = ()) -> int:
        """Run a statement; give how many rows it wrote."""

    async def run_many(self, many: Many, rows: Sequence[Row | msgspec.Struct]) -> int:
        """Run a statement for a list of rows; give how many rows it wrote."""

    async def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """Give all rows that a statement answers with."""

    async def row(self, sql: str, params: Params = ()) -> Row | None:
        """Give the first row that a statement answers with, if any."""


class Database(Protocol):
    """A store that is open: one connection that writes, and others that only read."""

    engine: Engine
    url: str

    def transaction(self, *, deferred: bool = False) -> AbstractAsyncContextManager[Tx]:
        """Begin a transaction that writes; others of this process wait until it has ended.

        A deferred one is committed at its end, and survives a killed process, but is on the
        disk only after `sync`.
        """

    async def sync(self) -> None:
        """Wait until all deferred commits are on the disk; StoreUncertain if that fails."""

    def reading(self) -> AbstractAsyncContextManager[Tx]:
        """Begin a transaction that reads one consistent state and holds up no writer."""

    async def wait_at_most(self, seconds: float) -> None:
        """Wait no longer from now on for another process that holds the store."""

    async def close(self) -> None:
        """Close all connections; transactions that are open are rolled back."""


async def open_database(url: str) -> Database:
    """Open a store: `sqlite:///path` or `postgresql://user:password@host/name`.

    A path after three slashes is relative, after four absolute.  The tables are not looked at:
    see migrate.py.  Raises StoreRefused or StoreUnavailable when it cannot be reached.
    """
    # A node opens one engine in its life, and importing psycopg costs a tenth of a second.
    if engine_of(url) == "sqlite":
        from dragoman.store.sqlite import open_sqlite  # noqa: PLC0415

        return open_sqlite(url)
    from dragoman.store.postgresql import open_postgresql  # noqa: PLC0415

    return await open_postgresql(url)


def engine_of(url: str) -> Engine:
    """Say which engine an address belongs to; StoreError when it is none of ours."""
    match urlsplit(url).scheme:
        case "sqlite":
            return "sqlite"
        case "postgresql" | "postgres":
            return "postgresql"
        case scheme:
            raise StoreError(
                f"a store's address begins with sqlite:/// or postgresql://, not {scheme!r}"
            )


def sqlite_path(url: str) -> str:
    """Give the file of a `sqlite:///` address."""
    parts = urlsplit(url)
    path = unquote(parts.path)[1:]
    if parts.netloc or not path:
        raise StoreError("the address of an SQLite store is sqlite:///file or sqlite:////dir/file")
    return path
