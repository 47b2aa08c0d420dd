import pytest

from dragoman.model.states import State
from dragoman.store import hot, housekeeping, lookups
from dragoman.store.database import Database
from tests.store.rows import a_message, a_segment, an_account, states

HOUR = 3_600_000_000
NOW = 10 * HOUR


async def test_what_waits_expires_and_nothing_else(store: Database) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(
            tx,
            [
                a_message(1, expires_us=5_000),
                a_message(2, expires_us=4_000, state=State.SCHEDULED, due_us=9_000),
                a_message(3, expires_us=5_001),
                a_message(4),
                a_message(5, expires_us=1, state=State.SENDING),
                a_message(6, expires_us=1, state=State.SENT),
            ],
        )
        assert await housekeeping.due_to_expire(tx, 5_000, 10) == [2, 1]
        assert await housekeeping.due_to_expire(tx, 5_000, 1) == [2]


async def test_the_silent_are_found_in_batches(store: Database) -> None:
    rows = [a_message(i, state=State.SENT, changed_us=2_000) for i in range(1, 8)]
    async with store.transaction() as tx:
        await hot.insert_messages(tx, rows)
        found = []
        more = True
        while more:
            ids, more = await housekeeping.silent(tx, 5_000, NOW, 3)
            found.append(ids)
            await hot.settle(tx, [], [(i, State.UNKNOWN, 9_000, "no receipt") for i in ids])
        assert found == [[1, 2, 3], [4, 5, 6], [7]]
        assert set((await states(tx)).values()) == {State.UNKNOWN}


NOT_SILENT = {
    "heard of": {"state": State.DELIVERED},
    "heard of lately": {"state": State.SENT, "changed_us": 5_000},
    "accepted lately": {"state": State.SENT, "accepted_us": 5_000, "changed_us": 1},
    "still waiting": {"state": State.QUEUED},
    "in flight": {"state": State.SENDING},
    "given up": {"state": State.UNKNOWN},
    "asked for no receipt": {"state": State.SENT, "flags": 2},
}


@pytest.mark.parametrize("changes", NOT_SILENT.values(), ids=NOT_SILENT)
async def test_not_silent(store: Database, changes: dict[str, object]) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(1, **({"changed_us": 1} | changes))])
        assert await housekeeping.silent(tx, 5_000, NOW, 10) == ([], False)


async def test_a_walk_passes_again_where_something_is_open(store: Database) -> None:
    """Not where all is at its end: the cost of a walk is that of what was accepted since."""
    ends = [State.DELIVERED, State.DELIVERED, State.SENT, State.DELIVERED, State.SENT]
    async with store.transaction() as tx:
        await hot.insert_messages(
            tx, [a_message(i, state=state, changed_us=4_000) for i, state in enumerate(ends, 1)]
        )
        assert await housekeeping.silent(tx, 3_000, NOW, 10) == ([], False)
        assert await housekeeping.recall(tx, "silent") == housekeeping.Walk(at=2)
        assert await housekeeping.silent(tx, 4_500, NOW, 10) == ([3, 5], False)
        await hot.settle(tx, [], [(i, State.UNKNOWN, 4_500, "") for i in (3, 5)])
        assert await housekeeping.recall(tx, "silent") == housekeeping.Walk(at=5)


async def test_what_asked_for_no_receipt_is_at_its_end_when_sent(store: Database) -> None:
    """It holds no walk back, and is retired as what was delivered is."""
    async with store.transaction() as tx:
        await an_account(tx, 7)
        await hot.insert_messages(
            tx,
            [
                a_message(1, state=State.SENT, flags=0),
                a_message(2, state=State.SENT),
                a_message(3, state=State.SENDING, flags=0),
                a_message(4, state=State.SENT, flags=2),
            ],
        )
        assert await housekeeping.silent(tx, 5_000, NOW, 10) == ([2], False)
        await hot.settle(tx, [], [(2, State.UNKNOWN, 4_500, "")])
        assert await housekeeping.recall(tx, "silent") == housekeeping.Walk(at=2)
        assert await housekeeping.retire(tx, 5_000, NOW, 10) == ([1, 2, 4], False)


async def test_receipts_that_will_not_come_are_wanted_no_more(store: Database) -> None:
    async with store.transaction() as tx:
        flags = dict(enumerate((0, 1, 2, 3, 3), 1))
        await hot.insert_messages(tx, [a_message(i, flags=f) for i, f in flags.items()])
        await lookups.want_no_receipt(tx, [1, 2, 3, 4])
        await lookups.want_no_receipt(tx, [])
        found = await lookups.find_messages(tx, flags)
        assert {m.id: m.flags for m in found} == {1: 0, 2: 0, 3: 2, 4: 2, 5: 3}


async def test_a_walk_goes_in_strides(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "STRIDE", 2)
    ends = [State.QUEUED, State.SENT, State.DELIVERED, State.DELIVERED, State.SENT, State.SENT]
    async with store.transaction() as tx:
        rows = [a_message(i, state=s, changed_us=1, accepted_us=1) for i, s in enumerate(ends, 1)]
        await hot.insert_messages(tx, [*rows, a_message(7, state=State.SENT, accepted_us=9_000)])
        strides = [await housekeeping.silent(tx, 5_000, NOW, 10) for _ in range(4)]
        assert strides == [([2], True), ([], True), ([5, 6], True), ([], False)]
        assert await housekeeping.recall(tx, "silent") == housekeeping.Walk(at=0)


async def test_old_messages_retire_with_all_that_is_theirs(store: Database) -> None:
    old = {"state": State.DELIVERED, "accepted_us": HOUR, "charge_u": 100}
    async with store.transaction() as tx:
        await an_account(tx, 7)
        await an_account(tx, 8)
        await hot.insert_messages(
            tx,
            [
                a_message(1, **old),
                a_message(2, **(old | {"state": State.SENT})),
                a_message(3, **(old | {"account_id": 8, "state": State.UNKNOWN})),
                a_message(4, **(old | {"state": State.SCHEDULED, "due_us": 9 * HOUR})),
                a_message(5, **old),
                a_message(6, **(old | {"accepted_us": 2 * HOUR})),
            ],
        )
        every = range(1, 7)
        await hot.settle(tx, [a_segment(i, n) for i in every for n in (1, 255)], [])
        await hot.note(tx, [(i, 5, "throttled", "") for i in every])
        await hot.refund(tx, [(1, 7, 40, 5, "")])
        assert await housekeeping.retire(tx, 2 * HOUR, NOW, 10) == ([1, 3, 5], False)
        assert sorted(await states(tx)) == [2, 4, 6]
        assert [row.id >> 8 for row in await hot.message_segments(tx, every)] == pairs(2, 4, 6)
        assert await tx.rows("SELECT message_id FROM event ORDER BY message_id") == [
            (2,),
            (4,),
            (6,),
        ]
        assert await tx.rows("SELECT id, retired_u FROM account ORDER BY id") == [
            (7, 200),
            (8, 100),
        ]
        assert await tx.row("SELECT message_id, amount_u FROM ledger WHERE kind = 'refund'") == (
            1,
            40,
        )


async def test_retirement_goes_in_batches_over_what_must_stay(store: Database) -> None:
    kept = {1, 2, 3, 6}
    async with store.transaction() as tx:
        await hot.insert_messages(
            tx,
            [
                a_message(i, state=State.QUEUED if i in kept else State.FAILED, accepted_us=1)
                for i in range(1, 10)
            ],
        )
        batches = [await housekeeping.retire(tx, 5_000, NOW, 3) for _ in range(4)]
        assert batches == [([], True), ([4, 5], True), ([7, 8, 9], True), ([], False)]
        assert set(await states(tx)) == kept
        assert await housekeeping.retire(tx, 5_000, NOW, 9) == ([], False)


async def test_a_clock_that_ran_ahead_holds_up_no_walk(store: Database) -> None:
    """What it stamped is passed over, and goes when its time has come."""
    year = 365 * 24 * HOUR
    ahead = {"accepted_us": NOW + year, "changed_us": NOW + year}
    async with store.transaction() as tx:
        await an_account(tx)
        await hot.insert_messages(
            tx,
            [
                a_message(1, state=State.SENT, **ahead),
                a_message(2, state=State.DELIVERED, **ahead),
                a_message(3, state=State.SENT, accepted_us=1, changed_us=1),
                a_message(4, state=State.DELIVERED, accepted_us=1),
                a_message(5, state=State.DELIVERED, accepted_us=NOW),
                a_message(6, state=State.SENT, accepted_us=1, changed_us=1),
            ],
        )
        assert await housekeeping.silent(tx, 5_000, NOW, 10) == ([3], False)
        assert await housekeeping.retire(tx, 5_000, NOW, 10) == ([4], False)
        later = NOW + 2 * year
        assert await housekeeping.retire(tx, later, later, 10) == ([2, 5], False)


async def test_parked_receipts_are_forgotten_in_time(store: Database) -> None:
    row = hot.Parked(1, "a", "a", State.DELIVERED, "", 1_000, 5_000, "")
    async with store.transaction() as tx:
        await hot.park(tx, [row, row._replace(key="b"), row._replace(key="c", expires_us=5_001)])
        assert await housekeeping.forget_parked(tx, 5_000, 1) == 1
        assert await housekeeping.forget_parked(tx, 5_000, 10) == 1
        assert [left.key for left in await hot.parked(tx, 1, ["a", "b", "c"])] == ["c"]


async def test_a_store_is_held_by_one_node(store: Database) -> None:
    async def take(name: str, now_us: int) -> str:
        async with store.transaction() as tx:
            return await housekeeping.take_lease(tx, name, now_us, 100)

    assert await take("one", 1_000) == ""
    assert await take("one", 1_050) == ""
    assert await take("two", 1_149) == "one"
    assert await take("two", 1_150) == ""
    assert await take("one", 1_151) == "two"
    async with store.transaction() as tx:
        await housekeeping.give_lease(tx, "two")
    assert await take("one", 1_152) == ""


def pairs(*ids: int) -> list[int]:
    return [i for i in ids for _ in range(2)]
