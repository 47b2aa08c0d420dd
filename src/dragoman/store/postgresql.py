"""PostgreSQL behind the seam: psycopg 3, one connection that writes, a few that read.

A lost connection is found out by the statement that meets it.  When that is the BEGIN, nothing
was asked of the store yet, so a new connection is made at once; later it is StoreUnavailable,
and the next transaction connects again.  When it is the COMMIT, nobody can tell on this side
whether it was done: StoreUncertain.

Many rows travel as one JSON document that json_to_recordset turns into rows.  For groups as small
as ours that was measured to cost half of COPY and a third of arrays with unnest on our side.

Source: PostgreSQL documentation, "PostgreSQL Error Codes" and "Database Connection Control
Functions"; psycopg 3 documentation, "Raw query cursors".
"""

import asyncio
import functools
import itertools
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import psycopg
from msgspec.structs import astuple
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.conninfo import conninfo_to_dict

from dragoman.store.database import Engine, Many, Params, Row
from dragoman.store.errors import (
    StoreConflict,
    StoreError,
    StoreRefused,
    StoreUnavailable,
    StoreUncertain,
)

READERS = 4

# A peer that vanishes without a word is noticed in half a minute, not in two hours.
CONNECTING: dict[str, Any] = {
    "application_name": "dragoman",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}

# Every statement of the writer finds its rows by an index, and never more than a group's.  A plan
# made while the tables were small would read all of them when they are large, and planning anew
# for each group costs more than the group.
WRITING = {
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
}

# Classes of SQLSTATE: the server or the connection goes away; the server cannot do it now.
GONE = ("08", "57P")
REFUSALS = ("25006", "40", "53", "54", "55", "57", "58", "XX")

# PostgreSQL's text holds no NUL.  Customers' texts come without; what a carrier sends as an id may
# have one, and must not spoil the group that it is in.  In JSON an escaped backslash comes first.
NUL = re.compile(r"(\\\\)|\\u0000")

_json = msgspec.json.Encoder()


class PostgresTx:
    """The statements of one connection; see `Tx`."""

    engine: Engine = "postgresql"

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.marks: set[str] = set()

    async def run(self, sql: str, params: Params = ()) -> int:
        """Run a statement; give how many rows it wrote."""
        return (await self._connection.execute(spelled(sql), bound(params))).rowcount

    async def run_many(self, many: Many, rows: Sequence[Row | msgspec.Struct]) -> int:
        """Run a statement once for all rows; give how many rows it wrote."""
        if not rows:
            return 0
        document = _json.encode([named(row, many.columns) for row in rows]).decode()
        if "\\u0000" in document:
            document = NUL.sub(lambda found: found[1] or "\\ufffd", document)
        return (await self._connection.execute(gathered(many), (document,))).rowcount

    async def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """Give all rows that a statement answers with."""
        return await (await self._connection.execute(spelled(sql), bound(params))).fetchall()

    async def row(self, sql: str, params: Params = ()) -> Row | None:
        """Give the first row that a statement answers with, if any."""
        return await (await self._connection.execute(spelled(sql), bound(params))).fetchone()


class PostgresDatabase:
    """A database on a server; see `Database`."""

    engine: Engine = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url
        self._writing = asyncio.Lock()
        self._writer: list[AsyncConnection] = []  # none or one, idle
        self._reading = asyncio.Semaphore(READERS)
        self._readers: list[AsyncConnection] = []  # those that are idle

    @asynccontextmanager
    async def transaction(self, *, deferred: bool = False) -> AsyncIterator[PostgresTx]:
        """Begin a transaction that writes; others of this process wait until it has ended.

        The server answers a commit when it is on the disk, so there is nothing to defer.
        """
        async with self._writing, self._begun(self._writer, "BEGIN", WRITING) as tx:
            yield tx

    async def sync(self) -> None:
        """Have nothing to wait for: every commit is on the disk already."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[PostgresTx]:
        """Begin a transaction that reads one consistent state and holds up no writer."""
        begin = "BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ"
        async with self._reading, self._begun(self._readers, begin, {}) as tx:
            yield tx

    async def wait_at_most(self, seconds: float) -> None:
        """Leave it to the caller, whose own patience ends what is awaited here."""

    async def close(self) -> None:
        """Close all connections."""
        while idle := self._writer + self._readers:
            self._writer.clear()
            self._readers.clear()
            for connection in idle:
                await connection.close()

    async def connect(self) -> None:
        """Connect once, so that a wrong address is told at start."""
        async with self.transaction():
            pass

    @asynccontextmanager
    async def _begun(
        self, idle: list[AsyncConnection], begin: str, planning: Mapping[str, str]
    ) -> AsyncIterator[PostgresTx]:
        """Take an idle connection or make one, and put a transaction around the body."""
        connection = await self._begin(idle, begin, planning)
        try:
            yield PostgresTx(connection)
        except psycopg.Error as error:
            await undo(connection)
            if meant := meaning(error, connection):
                raise meant from error
            raise
        except BaseException:
            await undo(connection)
            raise
        else:
            await commit(connection)
        finally:
            if not connection.closed:
                idle.append(connection)

    async def _begin(
        self, idle: list[AsyncConnection], begin: str, planning: Mapping[str, str]
    ) -> AsyncConnection:
        """Give a connection on which a transaction has begun."""
        while idle:
            connection = idle.pop()
            try:
                await connection.execute(begin.encode())
            except psycopg.OperationalError:
                await connection.close()  # it died while nobody looked; the next may live
            except BaseException:
                await connection.close()  # cancelled: it would be nobody's
                raise
            else:
                return connection
        try:
            return await connect(self.url, planning, begin)
        except psycopg.Error as error:
            raise StoreUnavailable(f"PostgreSQL cannot be reached: {error}") from error


async def open_postgresql(url: str) -> PostgresDatabase:
    """Open a database; StoreUnavailable when it cannot be reached."""
    database = PostgresDatabase(url)
    await database.connect()
    return database


async def connect(url: str, planning: Mapping[str, str], begin: str) -> AsyncConnection:
    """Give a connection with our settings, where the address does not say otherwise.

    A transaction has begun on it.
    """
    try:
        settings = CONNECTING | conninfo_to_dict(url)
    except psycopg.Error as error:
        raise StoreError("the store's address cannot be read by PostgreSQL's client") from error
    connection = await AsyncConnection.connect(
        autocommit=True, cursor_factory=AsyncRawCursor, **settings
    )
    try:
        # A server's or a role's default may be off, and then a commit is not yet on disk.
        await connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
        for name, value in planning.items():
            await connection.execute("SELECT set_config($1, $2, false)", (name, value))
        await connection.execute(begin.encode())
    except BaseException:
        await connection.close()
        raise
    return connection


async def commit(connection: AsyncConnection) -> None:
    """Commit; a connection that is lost meanwhile leaves the outcome open."""
    try:
        ended = await connection.execute("COMMIT")
    except psycopg.Error as error:
        await undo(connection)
        meant = meaning(error, connection)
        if isinstance(meant, StoreUnavailable):
            raise StoreUncertain("the connection was lost while the store committed") from error
        raise meant or error from error
    except BaseException:
        # Cancelled halfway: what the server does now is its own affair.
        await connection.close()
        raise
    if ended.statusmessage != "COMMIT":
        # The server's polite way to refuse when the body swallowed a statement's error.
        raise StoreRefused("a statement of the transaction had failed; it was rolled back")


async def undo(connection: AsyncConnection) -> None:
    """Roll back; a connection on which that fails is of no more use."""
    try:
        await connection.execute("ROLLBACK")
    except psycopg.Error:
        await connection.close()


def meaning(error: psycopg.Error, connection: AsyncConnection) -> StoreError | None:
    """Give what an error of the driver means to a caller; None when it is a fault of ours.

    The error keeps its first line alone: what the server tells beside it shows whole rows, and so
    the texts of messages, to whoever reads the log.
    """
    if primary := error.diag.message_primary:
        error.args = (primary,)
    state = error.sqlstate or ""
    if connection.closed or state.startswith(GONE):
        return StoreUnavailable(f"the connection to PostgreSQL was lost: {error}")
    if isinstance(error, psycopg.IntegrityError):
        return StoreConflict(str(error))
    if state.startswith(REFUSALS):
        return StoreRefused(f"PostgreSQL cannot do it now: {error}")
    return None


def bound(params: Params) -> Params:
    """Give the parameters of a statement as PostgreSQL can hold them: without NUL."""
    return [
        value.replace("\0", "\ufffd")
        if isinstance(value, str)
        else [bound([item])[0] for item in value]
        if isinstance(value, list)
        else value
        for value in params
    ]


def named(row: Row | msgspec.Struct, columns: Mapping[str, str]) -> object:
    """Give a row as what becomes a JSON object; some structs would become arrays."""
    values = row if isinstance(row, tuple) else astuple(row)
    return dict(zip(columns, values, strict=True))


@functools.cache
def spelled(sql: str) -> bytes:
    """Give a statement in PostgreSQL's spelling; see database.py."""
    sql = sql.replace("IN (?ids)", "= ANY(?::bigint[])").replace("IN (?texts)", "= ANY(?::text[])")
    number = itertools.count(1)
    return re.sub(r"\?", lambda _: f"${next(number)}", sql).encode()


@functools.cache
def gathered(many: Many) -> bytes:
    """Give the statement of a `Many` with its table `rows`.

    JSON knows no octets, so they travel in it as base64.
    """
    carried = ", ".join(
        f"{name} {'text' if kind == 'bytea' else kind}" for name, kind in many.columns.items()
    )
    columns = ", ".join(
        f"decode({name}, 'base64') AS {name}" if kind == "bytea" else name
        for name, kind in many.columns.items()
    )
    rows = f"SELECT {columns} FROM json_to_recordset($1::json) AS r ({carried})"
    return f"WITH rows AS ({rows}) {many.postgresql}".encode()
