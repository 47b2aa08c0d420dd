"""What spoils a group: data that the store refuses, for ever, and faults of our own code."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from dragoman.core.accept import Prepared
from dragoman.store.database import Tx, open_database
from tests.flow.house import WORLD, House, house


@asynccontextmanager
async def spoilt(
    url: str, forbidden: str, world: str = WORLD, **options: Any
) -> AsyncIterator[House]:
    """Give a house whose store refuses one value, written as `table.column = value`."""
    names, _, value = forbidden.partition(" = ")
    table, _, column = names.partition(".")
    async with house(url, world, **options) as here:
        try:
            await forbid(url, table, column, value)
            yield here
        finally:
            await allow(url, table)


async def forbid(url: str, table: str, column: str, word: str) -> None:
    """Let the store hold no row with this word in a column: a constraint that nobody knew of."""
    database = await open_database(url)
    async with database.transaction() as tx:
        if tx.engine == "postgresql":
            check = f"CHECK ({column}::text <> '{word}')"
            await tx.run(f"ALTER TABLE {table} ADD CONSTRAINT spoilt {check}")
        else:
            for deed in ("INSERT", "UPDATE"):
                await tx.run(
                    f"CREATE TRIGGER spoilt_{deed} BEFORE {deed} ON {table} "
                    f" WHEN CAST(NEW.{column} AS TEXT) = '{word}'"
                    " BEGIN SELECT RAISE(ABORT, 'constraint spoilt'); END"
                )
    await database.close()


async def allow(url: str, table: str) -> None:
    """Mend what `forbid` did."""
    database = await open_database(url)
    async with database.transaction() as tx:
        if tx.engine == "postgresql":
            await tx.run(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS spoilt")
        else:
            await tx.run("DROP TRIGGER IF EXISTS spoilt_INSERT")
            await tx.run("DROP TRIGGER IF EXISTS spoilt_UPDATE")
    await database.close()


async def _nothing(_tx: Tx) -> None: ...


@asynccontextmanager
async def one_group(
    here: House, then: Callable[[], Awaitable[None]] | None = None
) -> AsyncIterator[None]:
    """Have everything that is brought meanwhile written in one group.

    `then` is awaited before each transaction from there on.
    """
    gate, is_waiting = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        is_waiting.set()
        await gate.wait()

    writer = here.node.writer
    accept = writer.accept

    def heard(prepared: Prepared) -> None:
        accept(prepared)
        here.store.notice()

    writer.accept = heard  # type: ignore[method-assign]
    here.store.before = wait
    first = writer.job(_nothing)
    await is_waiting.wait()
    try:
        yield
    finally:
        writer.accept = accept  # type: ignore[method-assign]
        here.store.before = then
        gate.set()
        await first
