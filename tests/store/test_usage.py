"""Who is spoken of, and moving what waits."""

import pytest

from dragoman.model.messages import Message, SegmentRow
from dragoman.model.world import Account, CarrierRow
from dragoman.store import hot, ledger, world
from dragoman.store.database import Database
from dragoman.store.usage import move_waiting, used_accounts, used_carriers


def message(number: int, account_id: int, carrier_id: int, state: int) -> Message:
    return Message(
        *(number, 1, account_id, "intouch", state, "A", "447700900123", "hello", 0, 1, 1, 0, 0),
        *(carrier_id, 1, 1),
    )


async def test_an_opening_alone_is_no_use(store: Database) -> None:
    async with store.transaction() as tx:
        for number in (1, 2, 3):
            await world.put_account(tx, Account(id=number, name=f"a{number}", balance_u=5), 1)
        await ledger.credit(tx, 2, 10, "topup", 2, "")
        await hot.insert_messages(tx, [message(1, 3, 1, 10)])
    async with store.reading() as tx:
        assert sorted(await used_accounts(tx, [1, 2, 3, 4])) == [2, 3]
        assert await used_accounts(tx, [1]) == []
        assert await used_accounts(tx, []) == []


async def test_a_carrier_is_used_by_what_waits_and_by_what_went(store: Database) -> None:
    async with store.transaction() as tx:
        for number in (1, 2, 3, 4, 5):
            await world.put_carrier(tx, CarrierRow(id=number, name=f"c{number}", kind="smpp"))
        await hot.insert_messages(tx, [message(n, 1, n, state) for n, state in ((1, 0), (2, 1))])
        await hot.insert_messages(tx, [message(3, 1, 3, 10), message(4, 1, 4, 10)])
        await hot.settle(tx, [SegmentRow(3 << 8 | 1, 3, "x", "x", 3, 0, 1, 1)], [])
    async with store.reading() as tx:
        assert sorted(await used_carriers(tx, [1, 2, 3, 4, 5])) == [1, 2, 3]
        assert await used_carriers(tx, []) == []


@pytest.mark.parametrize("state", [0, 1, 2, 3, 10])
async def test_only_what_waits_is_moved(store: Database, state: int) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [message(1, 1, 7, state), message(2, 1, 8, state)])
        moved = await move_waiting(tx, 7, 9)
    assert moved == (1 if state in {0, 1} else 0)
    async with store.reading() as tx:
        rows = await tx.rows("SELECT carrier_id FROM message ORDER BY id")
    assert rows == [((9 if moved else 7),), (8,)]
