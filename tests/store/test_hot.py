from dragoman.model.messages import Message, SegmentRow, segment_id
from dragoman.model.states import State
from dragoman.store import hot
from dragoman.store.database import Database


def a_message(message_id: int, **changes: object) -> Message:
    row: dict[str, object] = {
        "id": message_id,
        "submission_id": 1,
        "account_id": 7,
        "dialect": "intouch",
        "state": State.QUEUED,
        "sender": "Dragoman",
        "recipient": "447700900123",
        "text": "hello",
        "alphabet": 1,
        "flags": 1,
        "segments": 1,
        "price_u": 57_000,
        "charge_u": 57_000,
        "carrier_id": 1,
        "accepted_us": 1_000 + message_id,
        "changed_us": 1_000 + message_id,
    }
    return Message(**(row | changes))  # type: ignore[arg-type]


async def test_claim(store: Database) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(i) for i in range(1, 6)])
    async with store.transaction() as tx:
        got = await hot.claim(tx, 1, 3, 5_000)
    assert [m.id for m in got] == [1, 2, 3]
    async with store.transaction() as tx:
        await hot.settle(
            tx,
            [SegmentRow(segment_id(1, 1), 1, "0a", "10", State.SENT, 0, 1, 2)],
            [(1, State.SENT, 9, "")],
        )
        assert await hot.find_segments(tx, 1, ["10", "11"]) == [
            ("10", 257, "0a", 3, 1, 1, 3, 7, 57_000, "447700900123")
        ]
        await hot.note(tx, [(1, 5, "throttled", "why")])
        p = hot.Parked(1, "k", "r", 10, "000", 3, 4, "1 2")
        await hot.park(tx, [p, p])
        assert await hot.parked(tx, 1, ["k"]) == [p]
        await hot.unpark(tx, [p])
        assert await hot.parked(tx, 1, ["k"]) == []
        assert len(await hot.message_segments(tx, [1, 2])) == 1
        await hot.apply_receipts(tx, [(257, 10, 5, "000")], [(1, 10, 9, "")])
        await hot.requeue(tx, [(1, 2), (2, 2)])
        assert await tx.rows("SELECT id, state, carrier_id FROM message ORDER BY id LIMIT 2") == [
            (1, 10, 1),
            (2, 1, 2),
        ]
        assert await hot.refund(tx, [(1, 7, 5, 5, "x")]) == []
