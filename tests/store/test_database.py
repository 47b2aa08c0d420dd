"""Transactions behind the seam, and what is left when they fail.

The failures are real: connections are terminated by the server, disks are full for SQLite by its
own page limit and by the kernel's limit on file sizes, processes are killed.
"""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dragoman.store import hot, postgresql, sqlite
from dragoman.store.database import Database, Tx, engine_of, open_database, sqlite_path
from dragoman.store.errors import (
    StoreConflict,
    StoreError,
    StoreRefused,
    StoreUnavailable,
    StoreUncertain,
)
from tests.store.rows import a_message

COUNT = "SELECT count(*) FROM message"


async def insert(database: Database, *ids: int) -> None:
    async with database.transaction() as tx:
        await hot.insert_messages(tx, [a_message(i) for i in ids])


async def stored(database: Database) -> list[int]:
    async with database.reading() as tx:
        return [row[0] for row in await tx.rows("SELECT id FROM message ORDER BY id")]


async def test_an_error_rolls_back(store: Database) -> None:
    async def insert_and_fail() -> None:
        async with store.transaction() as tx:
            await hot.insert_messages(tx, [a_message(1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await insert_and_fail()
    await insert(store, 2)
    assert await stored(store) == [2]


async def test_a_cancelled_transaction_is_rolled_back(store: Database) -> None:
    begun = asyncio.Event()

    async def insert_and_wait() -> None:
        async with store.transaction() as tx:
            await hot.insert_messages(tx, [a_message(1)])
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(insert_and_wait())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await insert(store, 2)
    assert await stored(store) == [2]


async def test_writers_of_one_process_take_turns(store: Database) -> None:
    trace: list[str] = []

    async def write(name: str) -> None:
        async with store.transaction() as tx:
            trace.append(f"{name} begins")
            await tx.rows(COUNT)
            await asyncio.sleep(0)
            trace.append(f"{name} ends")

    await asyncio.gather(write("one"), write("two"))
    assert trace == ["one begins", "one ends", "two begins", "two ends"]


async def test_a_reader_sees_one_state_and_holds_up_no_writer(store: Database) -> None:
    await insert(store, 1)
    async with store.reading() as tx:
        assert await tx.row(COUNT) == (1,)
        await insert(store, 2)
        assert await tx.row(COUNT) == (1,)
    assert await stored(store) == [1, 2]


async def test_many_readers_at_once(store: Database) -> None:
    await insert(store, 1)

    async def read() -> None:
        async with store.reading() as tx:
            await asyncio.sleep(0)
            assert await tx.row(COUNT) == (1,)

    await asyncio.gather(*(read() for _ in range(3 * postgresql.READERS)))


async def test_a_reader_cannot_write(store: Database) -> None:
    async def write() -> None:
        async with store.reading() as tx:
            await hot.insert_messages(tx, [a_message(1)])

    with pytest.raises(StoreRefused):
        await write()
    assert await stored(store) == []


async def test_what_contradicts_the_store_is_a_conflict(store: Database) -> None:
    await insert(store, 1)
    with pytest.raises(StoreConflict):
        await insert(store, 2, 1)
    assert await stored(store) == [1]


async def test_a_fault_of_ours_stays_what_it_is(store: Database) -> None:
    async def misspell() -> None:
        async with store.transaction() as tx:
            await hot.insert_messages(tx, [a_message(1)])
            await tx.rows("SELECT nothing FROM nowhere")

    with pytest.raises((sqlite3.Error, psycopg.Error)):
        await misspell()
    await insert(store, 2)
    assert await stored(store) == [2]


async def test_a_swallowed_error_does_not_commit_half(postgresql_store: Database) -> None:
    async def swallow() -> None:
        async with postgresql_store.transaction() as tx:
            await hot.insert_messages(tx, [a_message(1)])
            with pytest.raises(psycopg.Error):
                await tx.rows("SELECT nothing FROM nowhere")

    with pytest.raises(StoreRefused):
        await swallow()
    assert await stored(postgresql_store) == []


def test_sqlite_never_suspends(sqlite_url: str) -> None:
    """Pain 13 at a price: one step of a coroutine from BEGIN to the fsynced COMMIT, no loop."""

    async def story() -> list[int]:
        database = await open_database(sqlite_url)
        await insert(database, 1, 2)
        found = await stored(database)
        await database.close()
        return found

    assert finished(story()) == [1, 2]


def finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Give what a coroutine returns in its first step; ValueError if it waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise ValueError("it waits")


def test_pain_13_sqlite_fsyncs_every_commit(sqlite_url: str) -> None:
    """Both are the connection's settings, and neither is the engine's default."""
    connection = sqlite.connect(sqlite_path(sqlite_url))
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


async def test_pain_13_postgresql_fsyncs_every_commit(postgresql_url: str) -> None:
    """Whatever the server's administrator, the database or the role has as default."""
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE postgres SET synchronous_commit = off")
        try:
            database = await open_database(postgresql_url)
        finally:
            connection.execute("ALTER ROLE postgres RESET synchronous_commit")
    async with database.transaction() as tx:
        assert await tx.row("SHOW synchronous_commit") == ("on",)
    await database.close()


def test_nobody_else_may_read_an_sqlite_store(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        finished(finished(open_database(f"sqlite:///{tmp_path}/new.db")).close())
    finally:
        os.umask(umask)
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600


def test_many_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """Each of them would change it to a write-ahead log, and only one can."""
    for attempt in range(5):
        path = str(tmp_path / f"{attempt}.db")
        with ThreadPoolExecutor(8) as pool:
            for connection in pool.map(sqlite.connect, [path] * 8):
                assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
                connection.close()


async def test_a_transaction_has_the_write_lock_from_its_start(sqlite_url: str) -> None:
    """One that got it only when it first wrote could find that what it had read is old by then."""
    one, two = [await open_database(sqlite_url) for _ in range(2)]
    assert isinstance(two, sqlite.SqliteDatabase)
    two._writer.execute("PRAGMA busy_timeout = 1")

    async def begin() -> None:
        async with two.transaction():
            pytest.fail("the lock was not taken")

    async with one.transaction():
        with pytest.raises(StoreRefused, match="another process holds the store's write lock"):
            await begin()
    await one.close()
    await two.close()


# Full disks, locks, killed processes: SQLite.


async def test_a_full_disk_refuses_and_recovers(sqlite_store: Database) -> None:
    await insert(sqlite_store, 1)
    async with sqlite_store.reading() as tx:
        [(pages,)] = await tx.rows("PRAGMA page_count")
    assert isinstance(sqlite_store, sqlite.SqliteDatabase)
    sqlite_store._writer.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StoreRefused, match="the disk with the store is full"):
        await insert(sqlite_store, *range(2, 1_000))
    assert await stored(sqlite_store) == [1]
    sqlite_store._writer.execute("PRAGMA max_page_count = 1000000")
    await insert(sqlite_store, *range(2, 1_000))
    assert await stored(sqlite_store) == list(range(1, 1_000))


FULL = """
import asyncio, resource, sys
from pathlib import Path
from dragoman.store.database import open_database
from dragoman.store.errors import StoreRefused
from tests.store.test_database import insert, stored

async def story(path):
    database = await open_database(f"sqlite:///{path}")
    await insert(database, 1)
    log = Path(f"{path}-wal").stat().st_size
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (log + 3_000, hard))
    for _ in range(3):
        try:
            await insert(database, *range(2, 100))
        except StoreRefused as error:
            print("refused:", error)
    assert await stored(database) == [1], "something of a refused group is there"
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await insert(database, *range(2, 100))
    assert await stored(database) == list(range(1, 100))

asyncio.run(story(sys.argv[1]))
"""


def test_a_log_that_cannot_grow_refuses_at_commit_and_recovers(sqlite_url: str) -> None:
    """The write of the commit itself fails, as on a disk that fills up while it is written."""
    done = child(FULL, sqlite_path(sqlite_url))
    out, err = done.communicate(timeout=60)
    assert (done.returncode, err) == (0, "")
    assert out.count("refused: the store's file cannot be read or written") == 3


WRITE_AND_WAIT = """
import asyncio, sys
from dragoman.store import hot
from dragoman.store.database import open_database
from tests.store.rows import a_message
from tests.store.test_database import insert

async def story(path):
    database = await open_database(f"sqlite:///{path}")
    await insert(database, 1, 2, 3)
    async with database.transaction() as tx:
        await hot.insert_messages(tx, [a_message(i) for i in range(4, 2_000)])
        print("written, not committed", flush=True)
        sys.stdin.readline()

asyncio.run(story(sys.argv[1]))
"""


def test_pain_13_kill_9_loses_exactly_what_was_not_committed(sqlite_url: str) -> None:
    """And leaves no lock behind: the next process writes at once."""
    path = sqlite_path(sqlite_url)
    process = child(WRITE_AND_WAIT, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "written, not committed\n"

    async def locked_out() -> None:
        database = await open_database(sqlite_url)
        assert isinstance(database, sqlite.SqliteDatabase)
        database._writer.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(StoreRefused, match="another process holds the store's write lock"):
            await insert(database, 9)
        assert await stored(database) == [1, 2, 3]
        await database.close()

    asyncio.run(locked_out())
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)

    async def after() -> None:
        database = await open_database(sqlite_url)
        assert await stored(database) == [1, 2, 3]
        await insert(database, 4)
        assert await stored(database) == [1, 2, 3, 4]
        async with database.reading() as tx:
            assert await tx.row("PRAGMA integrity_check") == ("ok",)
        await database.close()

    asyncio.run(after())


def child(program: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start a Python program of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["src", "."])},
    )


# Lost connections: PostgreSQL.


async def terminate(url: str, pid: int) -> None:
    """Let the server drop a connection, and wait until it has."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("SELECT pg_terminate_backend(%s, 10_000)", (pid,))


async def backend(tx: Tx) -> int:
    [(pid,)] = await tx.rows("SELECT pg_backend_pid()")
    return int(pid)


async def test_a_connection_that_died_while_idle_is_not_noticed(postgresql_store: Database) -> None:
    for begin in (postgresql_store.transaction, postgresql_store.reading):
        async with begin() as tx:
            pid = await backend(tx)
        await terminate(postgresql_store.url, pid)
        async with begin() as tx:
            assert await backend(tx) != pid
    await insert(postgresql_store, 1)
    assert await stored(postgresql_store) == [1]


async def test_a_connection_that_dies_in_a_transaction_is_made_anew(
    postgresql_store: Database,
) -> None:
    async def die() -> None:
        async with postgresql_store.transaction() as tx:
            await hot.insert_messages(tx, [a_message(1)])
            await terminate(postgresql_store.url, await backend(tx))
            await hot.insert_messages(tx, [a_message(2)])

    with pytest.raises(StoreUnavailable):
        await die()
    await insert(postgresql_store, 3)
    assert await stored(postgresql_store) == [3]


async def test_a_connection_that_dies_before_the_commit_leaves_doubt(
    postgresql_store: Database,
) -> None:
    """Nothing is sent between the death and the COMMIT, so that the COMMIT meets it."""

    async def die() -> None:
        async with postgresql_store.transaction() as tx:
            await hot.insert_messages(tx, [a_message(1)])
            await terminate(postgresql_store.url, await backend(tx))

    with pytest.raises(StoreUncertain):
        await die()
    await insert(postgresql_store, 3)
    assert await stored(postgresql_store) == [3]


async def test_a_server_that_stops_for_a_while(postgresql_store: Database) -> None:
    """Connections are refused, each time with an error; then all goes on unaided (pain 14)."""
    name = postgresql_store.url.split("/")[3].partition("?")[0]
    admin = postgresql_store.url.replace(f"/{name}?", "/postgres?")
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 10_000) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await insert(postgresql_store, 1)
            with pytest.raises(StoreUnavailable):
                await stored(postgresql_store)
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
    await insert(postgresql_store, 2)
    assert await stored(postgresql_store) == [2]


async def test_a_deadlock_refuses_one_and_lets_the_other_go_on(postgresql_url: str) -> None:
    one, two = [await open_database(postgresql_url) for _ in range(2)]
    await insert(one, 1, 2)
    both = asyncio.Barrier(2)

    async def lock(node: Database, first: int, second: int) -> bool:
        update = "UPDATE message SET flags = 0 WHERE id = ?"
        try:
            async with node.transaction() as tx:
                await tx.run("SET LOCAL deadlock_timeout = '10ms'")
                await tx.run(update, (first,))
                await both.wait()
                await tx.run(update, (second,))
        except StoreRefused:
            return False
        return True

    async with asyncio.timeout(30):
        assert sorted(await asyncio.gather(lock(one, 1, 2), lock(two, 2, 1))) == [False, True]
    await one.close()
    await two.close()


# Addresses.

NOT_OURS = {
    "another engine": ("mysql://host/name", "begins with sqlite:/// or postgresql://"),
    "no engine": ("dragoman.db", "begins with sqlite:/// or postgresql://"),
    "two slashes": ("sqlite://dragoman.db", "is sqlite:///file or sqlite:////dir/file"),
    "no file": ("sqlite:///", "is sqlite:///file or sqlite:////dir/file"),
    "a port that is no number": ("postgresql://127.0.0.1:x/n", "cannot be "),
}


@pytest.mark.parametrize(("url", "why"), NOT_OURS.values(), ids=NOT_OURS)
async def test_an_address_that_is_none(url: str, why: str) -> None:
    with pytest.raises(StoreError, match=why):
        await open_database(url)


PATHS = {
    "relative": ("sqlite:///dragoman.db", "dragoman.db"),
    "absolute": ("sqlite:////var/lib/dragoman.db", "/var/lib/dragoman.db"),
    "a space": ("sqlite:///my%20store.db", "my store.db"),
}


@pytest.mark.parametrize(("url", "path"), PATHS.values(), ids=PATHS)
def test_sqlite_path(url: str, path: str) -> None:
    assert (engine_of(url), sqlite_path(url)) == ("sqlite", path)


async def test_files_that_are_no_store(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("hello " * 1_000)
    with pytest.raises(StoreRefused, match="is not an SQLite database"):
        await open_database(f"sqlite:///{tmp_path}/text.db")
    with pytest.raises(StoreRefused, match="cannot be opened"):
        await open_database(f"sqlite:///{tmp_path}/missing/dragoman.db")


async def test_a_server_that_is_not_there() -> None:
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="PostgreSQL cannot be reached"):
        await open_database("postgresql://postgres:s3cret@127.0.0.1:1/dragoman")
    assert time.monotonic() - began < 5


async def test_pain_40_no_error_tells_the_password() -> None:
    for url in (
        "postgresql://postgres:s3cret@127.0.0.1:1/dragoman",
        "postgresql://postgres:s3cret@127.0.0.1:port/dragoman",
        "postgresql://postgres:s3cret@127.0.0.1:1/dragoman?no_such_option=1",
    ):
        with pytest.raises(StoreError) as raised:
            await open_database(url)
        assert "s3cret" not in str(raised.value)


# Spellings.

SPELLINGS = {
    "parameters": (
        "SELECT ? WHERE a = ?",
        "SELECT ? WHERE a = ?",
        b"SELECT $1 WHERE a = $2",
    ),
    "lists": (
        "a IN (?ids) AND b IN (?texts) AND c = ?",
        "a IN (SELECT value FROM json_each(?)) AND b IN (SELECT value FROM json_each(?)) AND c = ?",
        b"a = ANY($1::bigint[]) AND b = ANY($2::text[]) AND c = $3",
    ),
    "locks": (
        "SELECT 1 FOR UPDATE SKIP LOCKED; SELECT 1 FOR UPDATE",
        "SELECT 1; SELECT 1",
        b"SELECT 1 FOR UPDATE SKIP LOCKED; SELECT 1 FOR UPDATE",
    ),
}


@pytest.mark.parametrize(("ours", "in_sqlite", "in_postgresql"), SPELLINGS.values(), ids=SPELLINGS)
def test_spelled(ours: str, in_sqlite: str, in_postgresql: bytes) -> None:
    assert sqlite.spelled(ours) == in_sqlite
    assert postgresql.spelled(ours) == in_postgresql
