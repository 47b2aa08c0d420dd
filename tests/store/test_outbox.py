"""Jobs of the outbox: one of each subject at a time, and the others out of the way."""

import asyncio
from collections.abc import Iterator

import pytest

from dragoman.store import outbox, work
from dragoman.store.database import Database, Tx, open_database
from dragoman.store.outbox import Due
from dragoman.store.work import Job

LANE = "notice:1:notify_url"
HOUR_US = 3_600_000_000


@pytest.fixture
def store(engine: str, runner: asyncio.Runner) -> Iterator[Database]:
    """Give an empty store that is open, on each engine in turn."""
    database = runner.run(open_database(engine))
    yield database
    runner.run(database.close())


async def add(tx: Tx, *refs: str, due_us: int = 10, lane: str = LANE) -> None:
    await work.add(
        tx,
        [Job(kind="notice", lane=lane, ref=ref, due_us=due_us + i) for i, ref in enumerate(refs)],
    )


async def seen(tx: Tx, now_us: int, limit: int = 100) -> tuple[list[str], int]:
    jobs, looked = await outbox.due(tx, LANE, now_us, limit)
    return [f"{job.ref}@{job.due_us}" for job in jobs], looked


async def job_of(tx: Tx, now_us: int, ref: str) -> Due:
    jobs, _ = await outbox.due(tx, LANE, now_us, 1000)
    return next(job for job in jobs if job.ref == ref)


async def test_only_the_oldest_of_a_subject_is_due(store: Database) -> None:
    """Whatever becomes of its own due time."""
    async with store.transaction() as tx:
        await add(tx, "r1", "r1", "r2")
        await add(tx, "r2", lane="notice:1:other")
        assert await seen(tx, 99) == (["r1@10", "r2@12"], 3)
        first = await job_of(tx, 99, "r1")
        await work.retry(tx, [(first.id, HOUR_US, "status 500")])
        assert await seen(tx, 99) == (["r2@12"], 2)
        await outbox.done(tx, [await job_of(tx, HOUR_US, "r1")])
        assert await seen(tx, HOUR_US) == (["r1@11", "r2@12"], 2)


async def test_a_look_is_as_short_however_many_wait_for_others(store: Database) -> None:
    """Pain 36: an endpoint that refuses for hours makes no look longer, and hides nobody."""
    count, subjects = 3_000, 50
    async with store.transaction() as tx:
        await add(tx, *(f"r{i}" for i in range(subjects)))
        jobs, _ = await outbox.due(tx, LANE, 99, 100)
        await work.retry(tx, [(job.id, HOUR_US, "status 500") for job in jobs])
        await add(tx, *(f"r{i % subjects}" for i in range(count)), due_us=100)
        await add(tx, "r999", due_us=9_000)
        now_us, looks = 10_000, 0
        while await seen(tx, now_us, 128) == ([], 128):
            looks += 1
            assert await outbox.put_aside(tx, LANE, now_us, now_us + 60, 1_000)
        assert await seen(tx, now_us, 128) == (["r999@9000"], 1)
        assert looks == 3
        # They come again with the one that they wait for, and when it is told at once.
        assert await seen(tx, HOUR_US - 1, 128) == (["r999@9000"], 1)
        assert (await seen(tx, HOUR_US, 4_000))[1] == 1 + subjects + count
        head = await job_of(tx, HOUR_US, "r7")
        await outbox.done(tx, [head])
        await outbox.go_on(tx, [(LANE, "r7")], now_us)
        assert await seen(tx, now_us, 128) == (["r999@9000", f"r7@{now_us}"], 2)


async def test_going_on_hastens_nothing_that_was_put_off(store: Database) -> None:
    async with store.transaction() as tx:
        await add(tx, "m1")
        job = await job_of(tx, 99, "m1")
        await work.retry(tx, [(job.id, 500, "status 500")])
        await outbox.go_on(tx, [(LANE, "m1")], 99)
        assert await seen(tx, 499) == ([], 0)
        await outbox.hasten(tx, LANE, 99, 10)
        assert await seen(tx, 99) == (["m1@99"], 1)


async def test_one_handset_that_floods_hides_no_other(store: Database) -> None:
    async with store.transaction() as tx:
        await add(tx, *["m1"] * 500, "m2")
        assert await seen(tx, 9_999, 128) == (["m1@10"], 128)
        await outbox.put_aside(tx, LANE, 9_999, 20_000, 2_000)
        assert await seen(tx, 9_999, 128) == (["m1@10", "m2@510"], 2)
        for _ in range(499):
            await outbox.done(tx, [await job_of(tx, 9_999, "m1")])
            await outbox.go_on(tx, [(LANE, "m1")], 9_999)
        assert await seen(tx, 9_999, 128) == (["m2@510", "m1@9999"], 2)


async def test_dropping_lets_the_next_go_on(store: Database) -> None:
    async with store.transaction() as tx:
        await add(tx, "r1", "r1")
        await outbox.put_aside(tx, LANE, 99, HOUR_US, 100)
        first = await job_of(tx, 99, "r1")
        assert await outbox.drop(tx, LANE, first.id) == 1
        assert await seen(tx, 99) == (["r1@10"], 1)


async def test_what_took_the_place_of_a_dropped_job_stays(store: Database) -> None:
    """SQLite gives the last id again; the outcome of the dropped one is not that of the new."""
    async with store.transaction() as tx:
        await add(tx, "r1")
        job = await job_of(tx, 99, "r1")
        await outbox.drop(tx, LANE, job.id)
        await add(tx, "r2", due_us=50)
        await outbox.done(tx, [job])
        assert await seen(tx, 99) == (["r2@50"], 1)


async def test_what_waits_and_what_was_given_up_is_counted_so_far(store: Database) -> None:
    async with store.transaction() as tx:
        assert await outbox.totals(tx, 10) == (0, 0)
        await add(tx, "r1", "r2")
        await add(tx, "r2", lane="notice:12:itec.mo_url")
        await add(tx, "r3", lane="dead:notice:1:notify_url")
        assert await outbox.totals(tx, 10) == (3, 1)
        assert await outbox.totals(tx, 2) == (2, 1)
