"""How submissions become groups."""

import asyncio
from pathlib import Path
from shutil import copyfile

import pytest

from dragoman.core.accept import Prepared, prepare
from dragoman.core.bookkeeping import Books
from dragoman.core.counters import Counters
from dragoman.core.groups import CROWD, FEW
from dragoman.core.writer import Writer
from dragoman.dialects import DIALECTS
from dragoman.model.submissions import Content, Submit
from dragoman.store.database import open_database
from tests.core.views import a_world
from tests.store.rows import an_account

SNAPSHOT, VIEW = a_world()
NOW_US = 1_700_000_000_000_000


def a_submission() -> Prepared:
    submit = Submit("ACME", ("447700900123",), Content("Hello"))
    made = prepare(SNAPSHOT, VIEW, DIALECTS["itec"], submit, lambda _: True, NOW_US)
    assert isinstance(made, Prepared)
    return made


# how many came together before, how many come now, one in each turn of the loop, commits for them
COMMITS = {
    "after a lonely one": (1, 1, 1),
    "few at a time are written as they come": (FEW, 6, 6),
    "one of many waits for the others": (FEW + 1, 6, 1),
    "but not for all of them": (CROWD, 22, 3),
}


@pytest.mark.parametrize(("before", "now", "commits"), COMMITS.values(), ids=COMMITS)
def test_while_many_come_they_are_gathered(
    migrated: Path, tmp_path: Path, before: int, now: int, commits: int
) -> None:
    """A commit for each of thirty-two connections would cost more than all else together."""

    async def story() -> int:
        copyfile(migrated, tmp_path / "d.db")
        database = await open_database(f"sqlite:///{tmp_path}/d.db")
        async with database.transaction() as tx:
            await an_account(tx)
        counters = Counters()
        writer = Writer(database, Books(lambda: SNAPSHOT, counters), counters, lambda: NOW_US)
        running = asyncio.create_task(writer.run())
        for _ in range(before):
            writer.accept(a_submission())
        await writer.flushed()
        had = counters.commits
        for _ in range(now):
            writer.accept(a_submission())
            await asyncio.sleep(0)
        await writer.flushed()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await database.close()
        return counters.commits - had

    assert asyncio.run(story()) == commits
