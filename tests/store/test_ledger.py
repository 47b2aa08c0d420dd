import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dragoman.model.states import State
from dragoman.store import hot, ledger
from dragoman.store.database import Database, Tx
from dragoman.store.housekeeping import retire
from tests.store.rows import a_message, an_account, balance


async def test_credit(store: Database) -> None:
    async with store.transaction() as tx:
        await an_account(tx, 7, balance_u=100)
        assert await ledger.credit(tx, 7, 50, "topup", 1_000, "invoice 12") == 150
        assert await ledger.credit(tx, 7, -200, "adjust", 2_000, "") == -50
        assert await ledger.credit(tx, 8, 50, "topup", 1_000, "nobody") is None
    async with store.reading() as tx:
        assert await balance(tx) == -50
        rows = await ledger.entries(tx, 7, 10)
        assert [row[1:] for row in rows] == [
            (7, 2_000, -200, -50, "adjust", None, ""),
            (7, 1_000, 50, 150, "topup", None, "invoice 12"),
            (7, 500, 100, 100, "opening", None, ""),
        ]
        assert await ledger.entries(tx, 7, 1, before=rows[0].id) == [rows[1]]
        assert await ledger.entries(tx, 8, 10) == []


WRONG = {
    "a balance that was changed by hand": "UPDATE account SET balance_u = balance_u + 1",
    "a charge that nobody paid": "UPDATE message SET charge_u = charge_u - 1",
    "a ledger entry that is gone": "DELETE FROM ledger WHERE amount_u = 1",
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
async def test_sums_that_do_not_add_up_are_found(store: Database, change: str) -> None:
    async with store.transaction() as tx:
        await an_account(tx, 7, balance_u=99)
        await ledger.credit(tx, 7, 1, "topup", 1_000, "")
        await hot.insert_messages(tx, [a_message(1, charge_u=30)])
        await hot.spend(tx, [(7, 30)])
        assert await ledger.discrepancies(tx) == []
        await tx.run(change)
        [found] = await ledger.discrepancies(tx)
        assert (found.account_id, found.name) == (7, "account 7")
        assert abs(found.balance_u - found.expected_u) == 1


ACTS = st.sampled_from(["send", "refund", "topup", "adjust", "retire"])


@given(acts=st.lists(st.tuples(ACTS, st.integers(1, 1_000)), max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_the_sums_add_up(
    store: Database, runner: asyncio.Runner, acts: list[tuple[str, int]]
) -> None:
    """And the balance is the one that a reader of the acts would write down."""

    async def act(tx: Tx, number: int, what: str, amount_u: int) -> int:
        match what:
            case "send":
                row = a_message(number, charge_u=amount_u, state=State.DELIVERED)
                await hot.insert_messages(tx, [row])
                await hot.spend(tx, [(7, amount_u)])
                return -amount_u
            case "refund":
                given_back = await hot.refund(tx, [(number - 1, 7, amount_u, 5, "")])
                return amount_u * len(given_back)
            case "retire":
                await retire(tx, 1_000_000, 1_000_000, amount_u)
                return 0
            case "topup":
                await ledger.credit(tx, 7, amount_u, "topup", 5, "")
                return amount_u
            case _:
                await ledger.credit(tx, 7, -amount_u, "adjust", 5, "")
                return -amount_u

    async def story() -> None:
        async with store.transaction() as tx:
            for table in ("account", "ledger", "message", "setting"):
                await tx.run(f"DELETE FROM {table}")  # noqa: S608
            await an_account(tx, 7, balance_u=100)
            expected_u = 100
            for number, (what, amount_u) in enumerate(acts, 1):
                expected_u += await act(tx, number, what, amount_u)
            assert await balance(tx) == expected_u
            assert await ledger.discrepancies(tx) == []

    runner.run(story())
