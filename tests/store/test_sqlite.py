"""SQLite on its own: durability, locks, full disks, killed processes; all of them real.

Disks are full by SQLite's own limit of pages, and by the kernel's limit of a file's size.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dragoman.store import sqlite
from dragoman.store.database import Database, open_database, sqlite_path
from dragoman.store.errors import (
    StoreRefused,
)
from tests.store.rows import insert, stored


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


# What any command does beside a gateway: it opens the store, writes, and is the last to close.
VISITOR = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("INSERT INTO counter VALUES ('visitor', 1)")
connection.close()
"""


async def test_another_process_that_leaves_takes_no_log_with_it(sqlite_url: str) -> None:
    """The gateway goes on seeing what commands write, and what it commits itself stays."""
    database = await open_database(sqlite_url)
    await insert(database, 1)
    path = sqlite_path(sqlite_url)
    visitor = await asyncio.create_subprocess_exec(sys.executable, "-c", VISITOR, path)
    assert await visitor.wait() == 0
    async with database.reading() as tx:
        assert await tx.row("SELECT next FROM counter WHERE name = 'visitor'") == (1,)
    await insert(database, 2)
    other = await open_database(sqlite_url)
    assert await stored(other) == [1, 2]
    await other.close()
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
from tests.store.rows import insert, stored

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
from tests.store.rows import a_message, insert

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
