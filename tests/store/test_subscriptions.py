import msgspec

from dragoman.model.lists import ListKind, SubscriptionList
from dragoman.store import subscriptions, usage
from dragoman.store.database import Database
from dragoman.store.subscriptions import Event, Member
from dragoman.store.world import delete_account, put_account, read_world
from tests.store.test_world import ALICE, BOB

ONE, TWO, THREE = "447700900001", "447700900002", "447700900003"
NEWS = SubscriptionList(
    id=1,
    account_id=1,
    name="News",
    kind=int(ListKind.PREMIUM),
    join_words=("JOIN NEWS", "ja"),
    stop_words=("STOP NEWS",),
    platform_stop=False,
    on_dead="delete",
    on_mt_sms="subscribe",
)


def event(number: str, action: int = 1, account_id: int = 1) -> Event:
    return Event(account_id, "News", 1, number, action, 7, "request", 5)


async def test_a_list_is_read_as_it_was_put(store: Database) -> None:
    async with store.transaction() as tx:
        assert await subscriptions.put_list(tx, NEWS) == 1
        plain = SubscriptionList(id=0, account_id=1, name="Alerts")
        assert await subscriptions.put_list(tx, plain) == 2
        lists = (await read_world(tx)).lists
    assert lists == (msgspec.structs.replace(plain, id=2), NEWS)


async def test_a_list_is_called_in_any_case(store: Database) -> None:
    async with store.transaction() as tx:
        assert await subscriptions.put_list(tx, NEWS) == 1
        anew = SubscriptionList(id=0, account_id=1, name="NEWS")
        assert await subscriptions.put_list(tx, anew) == 1
        assert (await read_world(tx)).lists == (msgspec.structs.replace(anew, id=1),)


async def test_members_have_one_state(store: Database) -> None:
    async with store.transaction() as tx:
        list_id = await subscriptions.put_list(tx, NEWS)
        await subscriptions.put_members(tx, list_id, [THREE, ONE, TWO], 1, 5)
        await subscriptions.put_members(tx, list_id, [TWO], 2, 6)
        assert await subscriptions.states(tx, list_id, [ONE, TWO, "1"]) == {ONE: 1, TWO: 2}
        assert await subscriptions.subscribed(tx, list_id, 9) == [ONE, THREE]
        assert await subscriptions.subscribed(tx, list_id, 1) == [ONE]
        assert await subscriptions.members(tx, list_id, 2) == [Member(ONE, 1, 5), Member(TWO, 2, 6)]
        assert await subscriptions.members(tx, list_id, 2, TWO) == [Member(THREE, 1, 5)]
        assert await subscriptions.counts(tx, [list_id, 99]) == {(list_id, 1): 2, (list_id, 2): 1}
        await subscriptions.delete_members(tx, list_id, [ONE, "1"])
        assert await subscriptions.subscribed(tx, list_id, 9) == [THREE]


async def test_the_lists_of_a_number(store: Database) -> None:
    async with store.transaction() as tx:
        for account_id in (1, 2, 3):
            row = SubscriptionList(id=0, account_id=account_id, name="News")
            list_id = await subscriptions.put_list(tx, row)
            state = 2 if account_id == 3 else 1
            await subscriptions.put_members(tx, list_id, [ONE], state, 5)
        assert await subscriptions.lists_of(tx, ONE) == [1, 2]
        assert await subscriptions.lists_of(tx, TWO) == []


async def test_a_list_that_is_gone_cannot_be_held(store: Database) -> None:
    async with store.transaction() as tx:
        list_id = await subscriptions.put_list(tx, NEWS)
        assert await subscriptions.hold(tx, list_id)
        await subscriptions.put_members(tx, list_id, [ONE], 1, 5)
        await subscriptions.delete_list(tx, list_id)
        assert not await subscriptions.hold(tx, list_id)
        assert await subscriptions.lists_of(tx, ONE) == []
        assert (await read_world(tx)).lists == ()


async def test_events_are_kept_the_newest_first(store: Database) -> None:
    async with store.transaction() as tx:
        await subscriptions.keep(tx, [event(ONE), event(TWO), event(ONE, account_id=2)])
        await subscriptions.keep(tx, [event(ONE, action=2)])
        assert await subscriptions.events(tx, 1, 9) == [event(ONE, 2), event(TWO), event(ONE)]
        assert await subscriptions.events(tx, 1, 1) == [event(ONE, 2)]
        assert await subscriptions.events(tx, 1, 9, ONE) == [event(ONE, 2), event(ONE)]


async def test_events_outlive_list_and_account(store: Database) -> None:
    async with store.transaction() as tx:
        await put_account(tx, ALICE, 1)
        await put_account(tx, BOB, 1)
        list_id = await subscriptions.put_list(tx, NEWS)
        await subscriptions.put_members(tx, list_id, [ONE], 1, 5)
        await subscriptions.keep(tx, [event(ONE)])
        assert await usage.used_accounts(tx, [1, 2]) == [1]  # so `apply` disables it only
        await delete_account(tx, 1)
        assert (await read_world(tx)).lists == ()
        assert await subscriptions.lists_of(tx, ONE) == []
        assert await subscriptions.events(tx, 1, 9) == [event(ONE)]
