"""Scheduled messages: due ones come out in order, others stay; what is called back is paid back."""

from dragoman.model.messages import QUIET
from dragoman.model.states import State
from dragoman.store import hot, queries, schedule
from dragoman.store.database import Database
from dragoman.store.ledger import discrepancies
from dragoman.store.lookups import find_messages
from dragoman.store.queries import find_life
from tests.store.rows import a_message, an_account, balance, states

DUE = {1: 300, 2: 100, 3: 200, 4: 101}


async def furnish(database: Database) -> None:
    """Schedule four messages of account 7 and queue another, all charged."""
    async with database.transaction() as tx:
        await an_account(tx)
        rows = [a_message(i, state=State.SCHEDULED, due_us=at_us) for i, at_us in DUE.items()]
        rows.append(a_message(5))
        await hot.insert_messages(tx, rows)
        await hot.spend(tx, [(7, row.charge_u) for row in rows])


async def test_what_is_due_comes_out_the_longest_due_first(store: Database) -> None:
    await furnish(store)
    async with store.transaction() as tx:
        assert not await schedule.is_due(tx, 99)
        assert await schedule.is_due(tx, 100)
        assert [m.id for m in await schedule.due(tx, 99, 10)] == []
        assert [m.id for m in await schedule.due(tx, 200, 10)] == [2, 4, 3]
        assert [m.id for m in await schedule.due(tx, 300, 3)] == [2, 4, 3]


async def test_only_what_is_scheduled_is_released(store: Database) -> None:
    await furnish(store)
    async with store.transaction() as tx:
        await hot.settle(tx, [], [(3, State.CANCELLED, 50, "")])
        await schedule.release(tx, [(2, 9), (3, 9)], 150)
        assert await states(tx) == {
            1: State.SCHEDULED,
            2: State.QUEUED,
            3: State.CANCELLED,
            4: State.SCHEDULED,
            5: State.QUEUED,
        }
        [released] = await find_messages(tx, [2])
        assert (released.carrier_id, released.changed_us, released.due_us) == (9, 150, 100)


async def test_pages_and_ids_of_accounts(store: Database) -> None:
    await furnish(store)
    async with store.transaction() as tx:
        assert [m.id for m in await schedule.scheduled(tx, 2)] == [2, 4]
        assert [m.id for m in await schedule.scheduled(tx, 9, 7)] == [2, 4, 3, 1]
        assert await schedule.scheduled(tx, 9, 8) == []
        assert await schedule.scheduled_of(tx, 7) == [1, 2, 3, 4]
        assert await schedule.open_of(tx, 7) == [5]
        assert await schedule.scheduled_of(tx, 8) == await schedule.open_of(tx, 8) == []


async def test_another_time_moves_the_validity_along(store: Database) -> None:
    await furnish(store)
    async with store.transaction() as tx:
        row = a_message(6, state=State.SCHEDULED, due_us=100, expires_us=160)
        await hot.insert_messages(tx, [row])
        assert await schedule.put_off(tx, 6, 500, 50)
        assert await schedule.put_off(tx, 2, 500, 50)
        assert not await schedule.put_off(tx, 5, 500, 50)  # queued already
        [first] = await find_messages(tx, [6])
        [second] = await find_messages(tx, [2])
        assert (first.due_us, first.expires_us, first.changed_us) == (500, 560, 50)
        assert (second.due_us, second.expires_us) == (500, None)


async def test_what_is_called_back_is_paid_back_once(store: Database) -> None:
    await furnish(store)
    async with store.transaction() as tx:
        [sending] = await hot.claim(tx, 1, 1, 60)
        assert sending.id == 5
        before_u = await balance(tx)
        told = await schedule.cancel(tx, [1, 2, 5, 99], 70, "not wanted")
        assert told == ([1, 2], {7: 114_000})
        assert await schedule.cancel(tx, [1, 2], 80, "again") == ([], {})
        assert await balance(tx) == before_u + 114_000
        found = await states(tx)
        assert [found[i] for i in (1, 2, 5)] == [State.CANCELLED, State.CANCELLED, State.SENDING]
        life = await find_life(tx, 1)
        assert life is not None
        assert [(event.at_us, event.kind, event.text) for event in life.events] == [
            (70, "cancel", "not wanted")
        ]
        assert [(e.at_us, e.amount_u, e.kind, e.note) for e in life.entries] == [
            (70, 57_000, "refund", "not wanted")
        ]


async def test_the_sums_still_add_up(store: Database) -> None:
    await furnish(store)
    async with store.transaction() as tx:
        wrong = await discrepancies(tx)
        await schedule.cancel(tx, [1, 5], 70, "")
        assert await discrepancies(tx) == wrong


async def test_who_is_held_by_another_is_stepped_over(store: Database, other: Database) -> None:
    """On PostgreSQL the gateway may have a message in its hands while it is called back."""
    await furnish(store)
    if store.engine == "sqlite":
        return  # whoever writes has the whole store
    async with store.transaction() as writing:
        await hot.claim(writing, 1, 1, 60)
        async with other.transaction() as tx:
            assert await schedule.cancel(tx, [1, 5], 70, "") == ([1], {7: 57_000})


async def test_what_is_held_waits_with_its_validity(store: Database) -> None:
    """Scheduled, queued or just claimed; what may be on the wire is left to its carrier."""
    async with store.transaction() as tx:
        rows = [
            a_message(1, state=State.SCHEDULED, due_us=100, expires_us=5_000),
            a_message(2),
            a_message(3, state=State.SENDING, expires_us=700, flags=7),
            a_message(4, state=State.SENT),
            a_message(5, state=State.CANCELLED),
        ]
        await hot.insert_messages(tx, rows)
        await schedule.hold(tx, [(i, 900) for i in range(1, 6)], 400)
        found = {m.id: m for m in await find_messages(tx, range(1, 6))}
    held = {"state": State.SCHEDULED, "due_us": 900, "changed_us": 400}
    assert found == {
        1: a_message(1, **held, flags=1 | QUIET, expires_us=5_500),
        2: a_message(2, **held, flags=1 | QUIET),
        3: a_message(3, **held, flags=7 | QUIET, expires_us=1_200),
        4: rows[3],
        5: rows[4],
    }
    async with store.transaction() as tx:
        assert await queries.later(tx) == [(True, 3, 900)]
        assert await schedule.put_off(tx, 2, 800, 500)  # an operator's time is no quiet hours' end
        assert await queries.later(tx) == [(False, 1, 800), (True, 2, 900)]
        [moved] = await find_messages(tx, [2])
    assert (moved.due_us, moved.flags) == (800, 1)
