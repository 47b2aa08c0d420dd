"""What is used of quotas adds up by account and span, and is forgotten when it is old."""

from dragoman.store import quota
from dragoman.store.database import Database


async def test_it_adds_up(store: Database) -> None:
    async with store.transaction() as tx:
        assert await quota.used(tx, [(7, 20260301)]) == {}
        await quota.add(tx, {(7, 20260301): 5, (7, 202603): 5, (8, 20260301): 1, (9, 202603): 0})
        await quota.add(tx, {(7, 20260301): 2, (7, 20260302): 1})
        wanted = [(7, 20260301), (7, 202603), (8, 20260301), (8, 202603), (9, 202603)]
        assert await quota.used(tx, wanted) == {
            (7, 20260301): 7,
            (7, 202603): 5,
            (8, 20260301): 1,
        }


async def test_old_days_and_months_are_forgotten(store: Database) -> None:
    spans = [20260228, 20260301, 20260302, 202602, 202603, 202604]
    async with store.transaction() as tx:
        await quota.add(tx, {(7, span): 1 for span in spans})
        assert await quota.forget(tx, 20260301) == 2
        left = await quota.used(tx, [(7, span) for span in spans])
    assert {span for _, span in left} == {20260301, 20260302, 202603, 202604}
