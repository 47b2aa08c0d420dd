import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from dragoman.model.barring import Bar
from dragoman.model.messages import RAW
from dragoman.store import hot, migrations
from dragoman.store.barred import barred_page
from dragoman.store.database import Database, open_database
from dragoman.store.errors import StoreNewer, StoreRefused, StoreUnavailable
from dragoman.store.lookups import find_messages
from dragoman.store.migrate import REVISIONS, is_current, migrate, revision
from dragoman.store.migrations.run import begin, config, engine_for
from dragoman.store.schema import metadata
from tests.store.rows import a_message, an_account, balance


async def test_an_empty_store_gets_its_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a store?.db".replace(" ", "%20").replace("?", "%3F")
    database = await open_database(url)
    async with database.reading() as tx:
        assert await revision(tx) is None
        assert not await is_current(tx)
    await migrate(url)
    async with database.reading() as tx:
        assert await revision(tx) == REVISIONS[-1]
        assert await is_current(tx)
    await database.close()
    assert names(tmp_path) == ["a store?.db"]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_current_store_is_left_alone(store: Database) -> None:
    async with store.transaction() as tx:
        await an_account(tx)
    await migrate(store.url)
    async with store.reading() as tx:
        assert await balance(tx) == 1_000_000


@pytest.fixture
def older(engine: str, tmp_path: Path) -> Iterator[str]:
    """Give the address of a store with the tables of revision 0001, on each engine in turn."""
    if engine.startswith("sqlite"):
        url = f"sqlite:///{tmp_path}/older.db"
        make(url, "0001")
        yield url
        return
    with psycopg.connect(engine, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA older")
        url = f"{engine}&options=-csearch_path%3Dolder"
        make(url, "0001")
        yield url
        connection.execute("DROP SCHEMA older CASCADE")


def make(url: str, revision: str) -> None:
    sqlalchemy = engine_for(url)
    with sqlalchemy.connect() as connection:
        begin(connection)
        command.upgrade(config(connection), revision)
        connection.commit()
    sqlalchemy.dispose()


async def test_an_older_store_keeps_its_messages_and_takes_octets(older: str) -> None:
    text, raw = a_message(1), a_message(2, udh=b"\1\0", octets=b"\0\xff", flags=RAW)
    names = [name for name in hot.MESSAGE if name not in {"udh", "octets", "rank", "extras"}]
    older_message = hot.inserted("message", dict.fromkeys(names, "")).sqlite
    database = await open_database(older)
    async with database.transaction() as tx:
        await tx.run(older_message, [getattr(text, name) for name in names])
        assert not await is_current(tx)
    await migrate(older)
    async with database.transaction() as tx:
        assert await is_current(tx)
        await hot.insert_messages(tx, [raw])
        assert await find_messages(tx, [1]) == [text]
        assert await find_messages(tx, [2]) == [raw]
        claimed = await hot.claim(tx, 1, 10, 5_000)
    assert [(m.id, m.udh, m.octets) for m in claimed] == [(1, None, None), (2, b"\1\0", b"\0\xff")]
    await database.close()


async def test_who_opted_out_before_still_has(older: str) -> None:
    database = await open_database(older)
    async with database.transaction() as tx:
        await tx.run("INSERT INTO opt_out VALUES (0, '447700900001'), (7, '447700900002')")
    await migrate(older)
    async with database.reading() as tx:
        assert await barred_page(tx, (0, 0, 0), 10) == [
            (Bar.OPTED_OUT, 0, 447700900001),
            (Bar.OPTED_OUT, 7, 447700900002),
        ]
    await database.close()


async def test_a_newer_store_is_refused(store: Database) -> None:
    async with store.transaction() as tx:
        await tx.run("UPDATE alembic_version SET version_num = 'zukunft'")
    try:
        with pytest.raises(StoreNewer, match=r"newer version of dragoman \(revision zukunft, this"):
            await migrate(store.url)
        async with store.reading() as tx:
            with pytest.raises(StoreNewer):
                await is_current(tx)
    finally:
        async with store.transaction() as tx:
            await tx.run("UPDATE alembic_version SET version_num = ?", (REVISIONS[-1],))


async def test_nodes_that_start_together_migrate_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dragoman.db"
    await asyncio.gather(*(migrate(url) for _ in range(4)))
    database = await open_database(url)
    async with database.reading() as tx:
        assert await tx.rows("SELECT version_num FROM alembic_version") == [(REVISIONS[-1],)]
    await database.close()


async def test_what_cannot_be_migrated_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused):
        await migrate(f"sqlite:///{tmp_path}/missing/dragoman.db")
    with pytest.raises((StoreRefused, StoreUnavailable)):
        await migrate("postgresql://postgres@127.0.0.1:1/dragoman")


def test_the_migrations_lead_to_the_tables_of_the_schema(engine: str) -> None:
    sqlalchemy = engine_for(engine)
    with sqlalchemy.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    sqlalchemy.dispose()


def test_the_partial_indexes_have_the_conditions_of_the_schema(engine: str) -> None:
    """Which the comparison above does not look at."""
    wanted = {
        "message_open": "state IN (1, 2)",
        "message_due": "state = 0",
        "message_urgent": "state = 1 AND rank IS NOT NULL",
        "message_expires": "state IN (0, 1) AND expires_us IS NOT NULL",
        "inbound_unclaimed": "account_id = 0",
        "ledger_refund": "kind = 'refund'",
        "answered_lost": "account_id > 0",
    }
    for table in metadata.tables.values():
        for index in table.indexes:
            where = index.dialect_options["sqlite"]["where"]
            assert (None if where is None else str(where)) == wanted.get(str(index.name))
            assert where is index.dialect_options["postgresql"]["where"]
    sqlalchemy = engine_for(engine)
    with sqlalchemy.connect() as connection:
        if engine.startswith("sqlite"):
            found = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
            )
            assert {name: sql.partition(" WHERE ")[2] for name, sql in found} == wanted
        else:
            names = connection.exec_driver_sql(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"
                " AND indrelid::regclass::text IN ('message', 'inbound', 'ledger', 'answered')"
            ).scalars()
            assert set(names) == set(wanted)
    sqlalchemy.dispose()


def test_the_revisions_are_those_in_the_folder() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)


LAZY = """
import asyncio, sys
from dragoman.store.database import open_database
from dragoman.store import hot, housekeeping, ledger, lookups, queries, recovery, work, world
from dragoman.store.migrate import is_current

async def story(url):
    database = await open_database(url)
    async with database.reading() as tx:
        assert await is_current(tx)
    await database.close()

asyncio.run(story(sys.argv[1]))
heavy = {"sqlalchemy", "alembic", "psycopg", "cryptography"} & set(sys.modules)
assert not heavy, heavy
"""


def test_a_start_on_a_current_store_imports_nothing_heavy(sqlite_url: str) -> None:
    subprocess.run([sys.executable, "-c", LAZY, sqlite_url], check=True)
