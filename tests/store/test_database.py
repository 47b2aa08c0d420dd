"""Transactions behind the seam, the same on both engines."""

import asyncio
import sqlite3
import traceback
from pathlib import Path

import psycopg
import pytest

from dragoman.store import hot, postgresql, sqlite
from dragoman.store.database import Database, engine_of, open_database, sqlite_path
from dragoman.store.errors import (
    StoreConflict,
    StoreError,
    StoreRefused,
)
from tests.store.rows import a_message, insert, stored

COUNT = "SELECT count(*) FROM message"


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


async def test_no_error_tells_what_is_in_a_row(store: Database) -> None:
    async def write() -> None:
        async with store.transaction() as tx:
            await tx.run(
                "INSERT INTO event (message_id, at_us, kind, text) VALUES (NULL, 1, 'note', ?)",
                ("private words",),
            )

    with pytest.raises(StoreConflict) as told:
        await write()
    shown = "".join(traceback.format_exception(told.value))
    assert "message_id" in shown
    assert "private" not in shown.replace('("private words",)', "")


async def test_a_fault_of_ours_stays_what_it_is(store: Database) -> None:
    async def misspell() -> None:
        async with store.transaction() as tx:
            await hot.insert_messages(tx, [a_message(1)])
            await tx.rows("SELECT nothing FROM nowhere")

    with pytest.raises((sqlite3.Error, psycopg.Error)):
        await misspell()
    await insert(store, 2)
    assert await stored(store) == [2]


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
