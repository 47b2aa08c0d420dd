"""A task of the gateway that a fault of ours ends: told of, begun again, or the end of all."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from dragoman.model.states import State
from dragoman.store.database import open_database
from dragoman.store.lookups import find_messages
from tests.app.process import Gateway, gateway, is_alive, until
from tests.flow.customer import customer

# A gateway whose writer has a fault that nobody thought of, after the commit.
BROKEN = """
from dragoman.cli import main
from dragoman.core.writer import Writer

after = Writer._after

def broken(self, group, plan):
    if group.accepts:
        raise KeyError("broken")
    after(self, group, plan)

Writer._after = broken
main()
"""


@pytest.mark.parametrize("processes", [0, 1])
async def test_a_writer_that_ends_ends_the_gateway(tmp_path: Path, processes: int) -> None:
    """It does not stand still: it says so and ends; the next start sends what was accepted."""
    here = Gateway(tmp_path, f"processes = {processes}")
    await here.prepare()
    here.program = ("-c", BROKEN)
    await here.start()
    fronts = here.children()
    with suppress(asyncio.IncompleteReadError, AssertionError):
        async with customer(here.http_port) as one:
            await one.send("447700900001")
    assert await here.end() == 1
    told = "".join(here.log)
    assert "the writer ended by a fault; so must the gateway" in told
    assert "KeyError: 'broken'" in told
    assert told.splitlines()[-1].endswith("see the message above")

    async def are_gone() -> bool:
        return not any(map(is_alive, fronts))

    await until(are_gone)
    async with gateway(tmp_path, f"processes = {processes}", prepared=False) as again:

        async def is_delivered() -> bool:
            database = await open_database(again.store_url)
            async with database.reading() as tx:
                rows = await tx.rows("SELECT id FROM message")
                found = await find_messages(tx, [row[0] for row in rows])
            await database.close()
            return [message.state for message in found] == [State.DELIVERED]

        await until(is_delivered)
