"""PostgreSQL on its own: connections that are lost, by the server's own hand, and made again."""

import asyncio
import time

import psycopg
import pytest

from dragoman.store import hot
from dragoman.store.database import Database, Tx, open_database
from dragoman.store.errors import (
    StoreError,
    StoreRefused,
    StoreUnavailable,
    StoreUncertain,
)
from tests.store.rows import a_message, insert, stored


async def test_a_swallowed_error_does_not_commit_half(postgresql_store: Database) -> None:
    async def swallow() -> None:
        async with postgresql_store.transaction() as tx:
            await hot.insert_messages(tx, [a_message(1)])
            with pytest.raises(psycopg.Error):
                await tx.rows("SELECT nothing FROM nowhere")

    with pytest.raises(StoreRefused):
        await swallow()
    assert await stored(postgresql_store) == []


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
