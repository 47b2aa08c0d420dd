import pytest

from dragoman.model.states import State
from dragoman.store import hot, queries
from dragoman.store.database import Database
from tests.store.rows import a_message, a_segment, an_account


async def test_a_message_is_found_by_its_account_only(store: Database) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(1)])
        assert await queries.find_message(tx, 1) == a_message(1)
        assert await queries.find_message(tx, 1, 7) == a_message(1)
        assert await queries.find_message(tx, 1, 8) is None
        assert await queries.find_message(tx, 2) is None
        assert await queries.find_life(tx, 1, 8) is None


async def test_the_whole_life_of_a_message(store: Database) -> None:
    async with store.transaction() as tx:
        await an_account(tx, 7, balance_u=0)
        await hot.insert_messages(tx, [a_message(1, segments=2), a_message(2)])
        await hot.settle(tx, [a_segment(1, 2), a_segment(1, 1), a_segment(2)], [])
        await hot.note(
            tx,
            [
                (1, 3_000, "rerouted", "main refused it"),
                (2, 1_000, "throttled", "not mine"),
                (1, 2_000, "throttled", "by main, 2 s"),
                (1, 3_000, "uncertain", "after it in the same instant"),
            ],
        )
        await hot.refund(tx, [(1, 7, 57_000, 4_000, "failed"), (2, 7, 1, 4_000, "")])
    async with store.reading() as tx:
        life = await queries.find_life(tx, 1, 7)
    assert life is not None
    assert life.message == a_message(1, segments=2)
    assert life.segments == [a_segment(1, 1), a_segment(1, 2)]
    assert life.events == [
        (2_000, "throttled", "by main, 2 s"),
        (3_000, "rerouted", "main refused it"),
        (3_000, "uncertain", "after it in the same instant"),
    ]
    assert [entry[1:] for entry in life.entries] == [
        (7, 4_000, 57_000, 57_000, "refund", 1, "failed")
    ]


async def test_what_waits(store: Database) -> None:
    async with store.transaction() as tx:
        assert await queries.waiting(tx) == []
        await hot.insert_messages(
            tx,
            [
                a_message(1, state=State.SENT),
                a_message(2),
                a_message(3, state=State.SENDING, rank=1),
                a_message(4, rank=2),
                a_message(5, carrier_id=2),
                a_message(6, state=State.SCHEDULED, due_us=70_000),
                a_message(7, state=State.SCHEDULED, due_us=60_000),
            ],
        )
        assert await queries.waiting(tx) == [
            (1, State.QUEUED, 2, 1_002, 1),
            (1, State.SENDING, 1, 1_003, 0),
            (2, State.QUEUED, 1, 1_005, 0),
            (0, State.SCHEDULED, 2, 60_000, 0),
        ]
        queued = [message.id for message in await queries.queue(tx, 1, State.QUEUED, 1)]
        assert queued == [2]
        assert await queries.queue(tx, 1, State.QUEUED, 9, after_id=2) == [a_message(4, rank=2)]
        assert [m.id for m in await queries.queue(tx, 1, State.SENDING, 9)] == [3]


async def test_the_messages_of_a_submission(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "STRIDE", 3)
    belongs = {1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 10, 11: 11, 12: 12, 13: 2}
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(i, submission_id=s) for i, s in belongs.items()])
        found = {s: await queries.messages_of_submission(tx, s) for s in (1, 2, 3, 4, 14)}
        # What is farther off than a command could push it is somebody else's.
        assert found == {1: [1], 2: [2, 3, 8], 3: [], 4: [4, 5, 9], 14: []}
