"""A request of many messages is found by its id, which is that of the first."""

import pytest

from dragoman.cli.messages import MOST_RECIPIENTS
from dragoman.store import queries
from dragoman.store.ids import reserve
from tests.flow.house import house


async def test_a_submissions_messages_are_found(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took ids between them; and with no look at what came long before or after."""
    monkeypatch.setattr(queries, "STRIDE", 10)
    async with house(sqlite_url) as here, here.customer() as customer:
        [alone] = await customer.send("447700900001")
        ids = await customer.send([f"4477009{n:05}" for n in range(998)])
        async with here.database.transaction() as tx:
            await reserve(tx, "message", MOST_RECIPIENTS)
        more = await customer.send([f"4477009{n:05}" for n in range(30)])
        assert more[-1] - more[0] > MOST_RECIPIENTS
        called = {m.id: m.submission_id for m in await here.messages()}
        assert called == {i: its[0] for its in ([alone], ids, more) for i in its}
        async with here.database.reading() as tx:
            for its in ([alone], ids, more):
                assert await queries.messages_of_submission(tx, its[0]) == its
            assert await queries.messages_of_submission(tx, more[-1]) == []
            assert await queries.messages_of_submission(tx, 10**9) == []
