import pytest

from dragoman.model.barring import Bar, BarList
from dragoman.model.world import Account, CarrierRow, Number, Price, Route, World
from dragoman.store import world
from dragoman.store.barred import bar_numbers, count_barred
from dragoman.store.database import Database
from dragoman.store.errors import StoreConflict
from dragoman.store.housekeeping import WALKS

ALICE = Account(
    id=1,
    name="alice",
    password_hash="$argon2id$x",
    currency="GBP",
    balance_u=100_000_000,
    overdraft_u=5,
    country="GB",
    time_zone="Europe/London",
    expires_us=9_000,
    senders=("Alice", "447700900000"),
    ip_allow=("192.0.2.0/24",),
    dialects=("itec",),
    options={"max_parts": 4, "unified": {"lenient": True}, "zone": None},
)
BOB = Account(id=2, name="bob", enabled=False)
MAIN = CarrierRow(
    id=1, name="main", kind="smpp", secret="sealed:1:x", options={"host": "127.0.0.1", "window": 9}
)
SPARE = CarrierRow(id=2, name="spare", kind="simulator", enabled=False)


async def test_an_empty_store_has_an_empty_world(store: Database) -> None:
    async with store.reading() as tx:
        assert await world.read_world(tx) == World(version=0)


async def test_the_world_is_read_as_it_was_put(store: Database) -> None:
    routes = (
        Route(prefix="", carrier_id=1, position=0, weight=3),
        Route(prefix="", carrier_id=2, position=0, weight=1),
        Route(prefix="44", carrier_id=2, position=1),
        Route(prefix="44", carrier_id=1, account_id=2),
    )
    prices = (
        Price(prefix="", currency="EUR", price_u=60_000),
        Price(prefix="44", currency="GBP", price_u=57_000),
        Price(prefix="", currency="EUR", price_u=1, account_id=2),
    )
    numbers = (
        Number(number="447700900123", account_id=1),
        Number(number="80800", account_id=1, keyword=""),
        Number(number="80800", account_id=2, keyword="BOB"),
    )
    async with store.transaction() as tx:
        assert await world.put_account(tx, ALICE, 500) == 1
        assert await world.put_account(tx, BOB, 500) == 2
        assert await world.put_carrier(tx, MAIN) == 1
        assert await world.put_carrier(tx, SPARE) == 2
        await world.put_routes(tx, routes)
        await world.put_prices(tx, prices)
        await world.put_numbers(tx, numbers)
        await world.put_setting(tx, world.GATEWAY, "trunk", "0")
        await world.put_setting(tx, f"{world.DIALECT}unified", "lenient", False)
        await world.put_setting(tx, WALKS, "silent", {"at": 5})
    async with store.reading() as tx:
        assert await world.read_world(tx) == World(
            version=1,
            accounts=(ALICE, BOB),
            carriers=(MAIN, SPARE),
            routes=routes,
            prices=prices,
            numbers=numbers,
            gateway={"trunk": "0"},
            dialects={"unified": {"lenient": False}},
        )


async def test_things_are_changed_and_deleted(store: Database) -> None:
    route = Route(prefix="44", carrier_id=1, weight=1)
    price = Price(prefix="44", currency="EUR", price_u=1)
    number = Number(number="80800", account_id=1)
    async with store.transaction() as tx:
        for carrier in (MAIN, SPARE):
            await world.put_carrier(tx, carrier)
        await world.put_routes(tx, [route, Route(prefix="", carrier_id=1)])
        await world.put_prices(tx, [price, Price(prefix="", currency="EUR", price_u=1)])
        await world.put_numbers(tx, [number, Number(number="80801", account_id=1)])
        await world.put_setting(tx, world.GATEWAY, "a", 1)
        await world.put_setting(tx, world.GATEWAY, "b", 1)
    async with store.transaction() as tx:
        await world.put_routes(tx, [Route(prefix="44", carrier_id=1, weight=7)])
        await world.put_prices(tx, [Price(prefix="44", currency="EUR", price_u=9)])
        await world.put_numbers(tx, [Number(number="80800", account_id=2)])
        await world.put_setting(tx, world.GATEWAY, "a", [2])
    async with store.transaction() as tx:
        await world.delete_routes(tx, [Route(prefix="", carrier_id=1)])
        await world.delete_prices(tx, [Price(prefix="", currency="EUR", price_u=0)])
        await world.delete_numbers(tx, [Number(number="80801", account_id=0)])
        await world.delete_setting(tx, world.GATEWAY, "b")
    async with store.reading() as tx:
        assert await world.read_world(tx) == World(
            version=3,
            carriers=(MAIN, SPARE),
            routes=(Route(prefix="44", carrier_id=1, weight=7),),
            prices=(Price(prefix="44", currency="EUR", price_u=9),),
            numbers=(Number(number="80800", account_id=2),),
            gateway={"a": [2]},
        )


async def test_an_account_is_known_by_its_name_and_keeps_its_balance(store: Database) -> None:
    async with store.transaction() as tx:
        made = await world.put_account(tx, Account(id=0, name="alice", balance_u=100), 500)
        same = Account(id=0, name="alice", balance_u=999, overdraft_u=7, options={"cc": "44"})
        assert await world.put_account(tx, same, 600) == made
        renamed = Account(id=made, name="alicia", balance_u=999, overdraft_u=7)
        assert await world.put_account(tx, renamed, 700) == made
        other = await world.put_account(tx, Account(id=0, name="alice"), 800)
        found = (await world.read_world(tx)).accounts
        assert found == (
            Account(id=made, name="alicia", balance_u=100, overdraft_u=7),
            Account(id=other, name="alice"),
        )
        assert await tx.rows(
            "SELECT account_id, at_us, amount_u, balance_u, kind FROM ledger ORDER BY id"
        ) == [(made, 500, 100, 100, "opening"), (other, 800, 0, 0, "opening")]


async def test_a_name_belongs_to_one_account(store: Database) -> None:
    async def rename() -> None:
        async with store.transaction() as tx:
            await world.put_account(tx, Account(id=2, name="alice"), 500)

    async with store.transaction() as tx:
        await world.put_account(tx, ALICE, 500)
        await world.put_account(tx, BOB, 500)
    with pytest.raises(StoreConflict):
        await rename()
    async with store.reading() as tx:
        assert await world.world_version(tx) == 1


async def test_a_carrier_is_known_by_its_name(store: Database) -> None:
    async with store.transaction() as tx:
        made = await world.put_carrier(tx, CarrierRow(id=0, name="main", kind="smpp"))
        again = CarrierRow(id=0, name="main", kind="smpp", secret="s", options={"window": 3})
        assert await world.put_carrier(tx, again) == made
        assert (await world.read_world(tx)).carriers == (
            CarrierRow(id=made, name="main", kind="smpp", secret="s", options={"window": 3}),
        )


async def test_what_is_deleted_takes_its_own_with_it(store: Database) -> None:
    async with store.transaction() as tx:
        for account in (ALICE, BOB):
            await world.put_account(tx, account, 500)
        for carrier in (MAIN, SPARE):
            await world.put_carrier(tx, carrier)
        for account_id in (0, 1, 2):
            await world.put_prices(
                tx, [Price(prefix="", currency="EUR", price_u=1, account_id=account_id)]
            )
            where = BarList(Bar.OPTED_OUT, account_id)
            await bar_numbers(tx, where, [447700900123], 500, "test", [""])
            for carrier_id in (1, 2):
                route = Route(prefix="", carrier_id=carrier_id, account_id=account_id)
                await world.put_routes(tx, [route])
        await world.put_numbers(tx, [Number(number="1", account_id=1)])
        await world.delete_account(tx, 1)
        await world.delete_carrier(tx, 2)
        found = await world.read_world(tx)
        barred = await count_barred(tx)
    assert barred == {BarList(Bar.OPTED_OUT, 0): 1, BarList(Bar.OPTED_OUT, 2): 1}
    assert found == World(
        version=1,
        accounts=(BOB,),
        carriers=(MAIN,),
        routes=(
            Route(prefix="", carrier_id=1),
            Route(prefix="", carrier_id=1, account_id=2),
        ),
        prices=(
            Price(prefix="", currency="EUR", price_u=1),
            Price(prefix="", currency="EUR", price_u=1, account_id=2),
        ),
    )


async def test_the_version_moves_with_every_change_once_per_transaction(store: Database) -> None:
    async with store.transaction() as tx:
        await world.put_carrier(tx, MAIN)
        await world.put_carrier(tx, SPARE)
    async with store.transaction() as tx:
        await world.put_routes(tx, [])
        await world.put_prices(tx, [])
    async with store.transaction() as tx:
        await world.delete_carrier(tx, 9)
    async with store.reading() as tx:
        assert await world.world_version(tx) == 2
