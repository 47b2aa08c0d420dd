import asyncio

from dragoman.store import work
from dragoman.store.database import Database
from dragoman.store.work import Job


def a_job(due_us: int, **changes: object) -> Job:
    fields = {"kind": "receipt", "lane": "webhook:7", "due_us": due_us}
    return Job(**(fields | changes))  # type: ignore[arg-type]


async def test_jobs_come_when_they_are_due(store: Database) -> None:
    payload = {"ids": [1, 2], "text": "é"}
    async with store.transaction() as tx:
        await work.add(tx, [])
        await work.add(
            tx,
            [
                a_job(2_000, ref="b"),
                a_job(1_000, ref="a", payload=payload, attempts=3, why="503"),
                a_job(2_001, ref="later"),
                a_job(1, lane="mail"),
            ],
        )
        assert await work.take(tx, "webhook:7", "node", 999, 10, 50) == []
        jobs = await work.take(tx, "webhook:7", "node", 2_000, 10, 50)
        assert jobs == [
            a_job(1_000, id=2, ref="a", payload=payload, attempts=3, why="503"),
            a_job(2_000, id=1, ref="b"),
        ]


async def test_a_job_is_its_takers_until_the_lease_ends(store: Database) -> None:
    async with store.transaction() as tx:
        await work.add(tx, [a_job(1_000), a_job(1_001)])
        assert [job.id for job in await work.take(tx, "webhook:7", "one", 2_000, 1, 50)] == [1]
        assert [job.id for job in await work.take(tx, "webhook:7", "two", 2_000, 9, 50)] == [2]
        assert await work.take(tx, "webhook:7", "two", 2_049, 9, 50) == []
        assert len(await work.take(tx, "webhook:7", "two", 2_050, 9, 50)) == 2


async def test_what_is_done_does_not_come_again_and_what_failed_does(store: Database) -> None:
    async with store.transaction() as tx:
        await work.add(tx, [a_job(1_000), a_job(1_001)])
        jobs = await work.take(tx, "webhook:7", "one", 2_000, 9, 50)
        await work.done(tx, [jobs[0].id])
        await work.retry(tx, [(jobs[1].id, 2_010, "connection refused")])
        assert await work.take(tx, "webhook:7", "one", 2_009, 9, 50) == []
        assert await work.take(tx, "webhook:7", "one", 2_010, 9, 50) == [
            a_job(2_010, id=2, attempts=1, why="connection refused")
        ]
        await work.done(tx, [2])
        assert await tx.rows("SELECT * FROM work") == []


async def test_two_nodes_share_the_work(store: Database, other: Database) -> None:
    async with store.transaction() as tx:
        await work.add(tx, [a_job(i) for i in range(100)])

    async def take(node: Database) -> list[int]:
        async with node.transaction() as tx:
            return [job.id for job in await work.take(tx, "webhook:7", "n", 2_000, 7, 50)]

    taken = await asyncio.gather(*(take(node) for node in [store, other] * 8))
    assert sorted(i for ids in taken for i in ids) == list(range(1, 101))
