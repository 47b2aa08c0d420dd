"""SQLite behind the seam: write-ahead log, every commit fsynced, all of it in the event loop.

No method here but `sync` ever suspends (the lock is free unless a caller awaits something else
within its transaction), so a transaction costs no task switch and no thread.  What it costs is that
the loop stands still while pages are written; for the disk's word on them the writer of the hot
path waits in `sync`, and the loop goes on (docs/performance.md).

Commit: a failed write leaves nothing behind (StoreRefused).  Only when the fsync itself fails is
the outcome unknown: the commit record may have reached the file, and would count after a crash
that comes before the next commit overwrites it (StoreUncertain).

Source: SQLite documentation, "Write-Ahead Logging" and "Result and Error Codes".
"""

import asyncio
import contextlib
import functools
import os
import sqlite3
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import msgspec
from msgspec.structs import astuple

from dragoman.store.database import Engine, Many, Params, Row, sqlite_path
from dragoman.store.errors import StoreConflict, StoreError, StoreRefused, StoreUncertain
from dragoman.store.syncer import Syncer

OLDEST = (3, 38, 0)  # json_each, RETURNING, UPSERT

BUSY_MS = 5_000  # how long another process' transaction is waited for; the loop stands still
CACHE_KIB = 16_384  # of the writer: the ends of the tables and their indexes
READER_CACHE_KIB = 2_048
CHECKPOINT_PAGES = 4_000  # 16 MB of log: hot pages are copied into the file a few times less
STATEMENTS = 512

PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA synchronous = FULL",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}",
    "PRAGMA temp_store = MEMORY",
)

# Primary result codes that mean "not now"; any other but a constraint's is a fault of ours.
REFUSALS = {
    sqlite3.SQLITE_BUSY: "another process holds the store's write lock",
    sqlite3.SQLITE_LOCKED: "another connection holds a lock on the store",
    sqlite3.SQLITE_READONLY: "the store's file or directory is read-only",
    sqlite3.SQLITE_IOERR: "the store's file cannot be read or written",
    sqlite3.SQLITE_CORRUPT: "the store's file is damaged",
    sqlite3.SQLITE_FULL: "the disk with the store is full",
    sqlite3.SQLITE_CANTOPEN: "the store's file cannot be opened",
    sqlite3.SQLITE_NOTADB: "the store's file is not an SQLite database",
    sqlite3.SQLITE_NOMEM: "there is no memory left for the store",
    sqlite3.SQLITE_PERM: "the store's file may not be used",
}

# The seam's words that SQLite spells otherwise.
SPELLINGS = (
    ("?ids", "SELECT value FROM json_each(?)"),
    ("?texts", "SELECT value FROM json_each(?)"),
    (" FOR UPDATE SKIP LOCKED", ""),
    (" FOR UPDATE", ""),
)

_json = msgspec.json.Encoder()


class SqliteTx:
    """The statements of one connection; see `Tx`."""

    engine: Engine = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.marks: set[str] = set()

    async def run(self, sql: str, params: Params = ()) -> int:
        """Run a statement; give how many rows it wrote."""
        return self._connection.execute(spelled(sql), bound(params)).rowcount

    async def run_many(self, many: Many, rows: Sequence[Row | msgspec.Struct]) -> int:
        """Run a statement once for each row; give how many rows it wrote."""
        if not rows:
            return 0
        values: Any = map(astuple, rows) if isinstance(rows[0], msgspec.Struct) else rows  # type: ignore[arg-type]
        return self._connection.executemany(many.sqlite, values).rowcount

    async def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """Give all rows that a statement answers with."""
        return self._connection.execute(spelled(sql), bound(params)).fetchall()

    async def row(self, sql: str, params: Params = ()) -> Row | None:
        """Give the first row that a statement answers with, if any."""
        found: list[Row] = self._connection.execute(spelled(sql), bound(params)).fetchall()
        return found[0] if found else None


class Transaction:
    """`async with` around BEGIN and COMMIT or ROLLBACK of one connection."""

    def __init__(self, connection: sqlite3.Connection, lock: asyncio.Lock, begin: str) -> None:
        self._connection = connection
        self._lock = lock
        self._begin = begin

    async def __aenter__(self) -> SqliteTx:
        await self._lock.acquire()
        try:
            self._connection.execute(self._begin)
        except sqlite3.Error as error:
            self._lock.release()
            raise meaning(error) or error from error
        return SqliteTx(self._connection)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._commit()
            else:
                self._undo()
        finally:
            self._lock.release()
        if isinstance(error, sqlite3.Error) and (meant := meaning(error)):
            raise meant from error

    def _commit(self) -> None:
        """Commit, or leave nothing behind and say why."""
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            if error.sqlite_errorcode == sqlite3.SQLITE_IOERR_FSYNC:
                raise StoreUncertain("the disk failed while the store committed") from error
            if meant := meaning(error):
                raise meant from error
            raise

    def _undo(self) -> None:
        """Roll back; SQLite has done so by itself after some errors, which is as good."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")


class SqliteDatabase:
    """A file; see `Database`."""

    engine: Engine = "sqlite"

    def __init__(self, url: str) -> None:
        self.url = url
        path = sqlite_path(url)
        self._writer = connect(path)
        self._reader = connect(path)
        self._reader.execute("PRAGMA query_only = ON")
        self._reader.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
        self._writing = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._path = path
        self._busy_ms = BUSY_MS
        self._deferring: sqlite3.Connection | None = None
        self._log: int | None = None
        self._syncer: Syncer | None = None

    def transaction(self, *, deferred: bool = False) -> Transaction:
        """Begin a transaction that writes; it has the write lock of the file from its start."""
        connection = self._defer() if deferred else self._writer
        return Transaction(connection, self._writing, "BEGIN IMMEDIATE")

    async def sync(self) -> None:
        """Wait until every deferred commit so far is on the disk; StoreUncertain if it is not."""
        if self._syncer is None:
            # As long as a connection is open, the log is the same file.
            self._log = os.open(self._path + "-wal", os.O_RDWR | os.O_CLOEXEC)
            self._syncer = Syncer(self._log)
        try:
            await self._syncer.sync()
        except OSError as error:
            raise StoreUncertain("the disk failed while the store committed") from error

    async def wait_at_most(self, seconds: float) -> None:
        """Wait no longer from now on for another process that holds the file's lock.

        The event loop stands still meanwhile, so nobody else could end such a wait.
        """
        self._busy_ms = max(1, int(seconds * 1000))
        for connection in (self._writer, self._reader, self._deferring):
            if connection is not None:
                connection.execute(f"PRAGMA busy_timeout = {self._busy_ms}")

    def _defer(self) -> sqlite3.Connection:
        """Give the connection whose commits are written and not yet synced."""
        if self._deferring is None:
            self._deferring = connect(self._path)
            self._deferring.execute("PRAGMA synchronous = NORMAL")
            self._deferring.execute(f"PRAGMA busy_timeout = {self._busy_ms}")
        return self._deferring

    def reading(self) -> Transaction:
        """Begin a transaction that reads one consistent state and holds up no writer."""
        return Transaction(self._reader, self._reading, "BEGIN")

    async def close(self) -> None:
        """Close all connections; the last one to close the file empties its log."""
        if self._syncer is not None:
            self._syncer.close()
        self._reader.close()
        if self._deferring is not None:
            self._deferring.close()
        self._writer.close()
        if self._log is not None:
            os.close(self._log)


def open_sqlite(url: str) -> SqliteDatabase:
    """Open a file, made if it does not exist; StoreRefused when that cannot be."""
    if sqlite3.sqlite_version_info < OLDEST:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is older than 3.38.0, the oldest we use")
    try:
        return SqliteDatabase(url)
    except sqlite3.Error as error:
        raise meaning(error) or error from error


def connect(path: str) -> sqlite3.Connection:
    """Give a connection with our settings; transactions are begun by us alone."""
    with contextlib.suppress(OSError):  # sqlite3 tells better what is wrong with a path
        # Texts of customers are nobody else's business on this host, so not left to the umask.
        # Only a new file is opened here: closing one that a connection of this process has open
        # drops SQLite's locks on it (fcntl(2)), and the next process to leave deletes the log.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(
        path, isolation_level=None, cached_statements=STATEMENTS, check_same_thread=False
    )
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        use_log(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def use_log(connection: sqlite3.Connection) -> None:
    """Let the file have a write-ahead log, which it then keeps for ever.

    Of several that open a new file at once, all but one may be told at once that it is locked:
    for this change SQLite does not wait.  It does for a transaction, so that is what waits here.
    """
    for last_try in (*[False] * 9, True):
        try:
            if connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",):
                return
        except sqlite3.OperationalError as error:
            if last_try or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")


@functools.cache
def spelled(sql: str) -> str:
    """Give a statement in SQLite's spelling; see database.py."""
    for ours, theirs in SPELLINGS:
        sql = sql.replace(ours, theirs)
    return sql


def bound(params: Params) -> Params:
    """Give the parameters as sqlite3 takes them: lists as JSON."""
    for value in params:
        if value.__class__ is list:
            return [_json.encode(p).decode() if p.__class__ is list else p for p in params]
    return params


def meaning(error: sqlite3.Error) -> StoreError | None:
    """Give what an error of the driver means to a caller; None when it is a fault of ours."""
    code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_CONSTRAINT:
        return StoreConflict(str(error))
    if code in REFUSALS:
        return StoreRefused(f"{REFUSALS[code]} ({error})")
    return None
