"""Lists of numbers that get nothing, and the events that prove them."""

import pytest

from dragoman.model.barring import Bar, BarEvent, BarList
from dragoman.store import barred
from dragoman.store.database import Database

STOP = BarList(Bar.OPTED_OUT, 7)
ALL = BarList(Bar.OPTED_OUT)
REGISTRY = BarList(Bar.DO_NOT_DISTURB)
ONE, TWO, THREE = 447700900001, 447700900002, 447700900003


async def test_numbers_come_and_go_with_an_event_each(store: Database) -> None:
    async with store.transaction() as tx:
        assert await barred.bar_numbers(tx, STOP, [ONE, TWO], 5, "sms", ["STOP", "stop!"]) == [
            ONE,
            TWO,
        ]
    async with store.transaction() as tx:
        assert await barred.bar_numbers(tx, STOP, [TWO, THREE], 6, "csv", ["l 1", "l 2"]) == [THREE]
        assert await barred.free_numbers(tx, STOP, [ONE, 99999], 7, "cli", "letter") == [ONE]
    async with store.reading() as tx:
        assert await barred.count_barred(tx) == {STOP: 2}
        assert await barred.numbers_page(tx, STOP, 0, 10) == [TWO, THREE]
        first, last = await barred.bar_history(tx, ONE)
        assert await barred.bar_history(tx, TWO) == [
            BarEvent(first.id + 1, *STOP, TWO, 1, 5, "sms", "stop!")
        ]
    assert first == BarEvent(first.id, *STOP, ONE, 1, 5, "sms", "STOP")
    assert last == BarEvent(last.id, *STOP, ONE, 0, 7, "cli", "letter")
    assert last.id > first.id


async def test_a_repeat_is_an_event_only_where_that_is_wished(store: Database) -> None:
    async with store.transaction() as tx:
        for at_us, repeats in ((1, False), (2, False), (3, True)):
            await barred.bar_numbers(tx, ALL, [ONE], at_us, "sms", ["STOP"], repeats=repeats)
    async with store.reading() as tx:
        assert [event.at_us for event in await barred.bar_history(tx, ONE)] == [1, 3]
        assert await barred.count_barred(tx) == {ALL: 1}


async def test_what_came_later_is_read_by_the_version(store: Database) -> None:
    async with store.transaction() as tx:
        await barred.bar_numbers(tx, STOP, [ONE], 1, "sms", [""])
        seen = await barred.barred_version(tx)
    async with store.transaction() as tx:
        await barred.bar_numbers(tx, REGISTRY, [TWO, ONE], 2, "csv", ["", ""])
        await barred.free_numbers(tx, STOP, [ONE], 3, "cli", "")
    async with store.reading() as tx:
        events = await barred.barred_since(tx, seen, 10)
        assert [tuple(row[1:]) for row in events] == [
            (*REGISTRY, TWO, 1),
            (*REGISTRY, ONE, 1),
            (*STOP, ONE, 0),
        ]
        assert await barred.barred_version(tx) > events[-1][0]
        assert await barred.barred_since(tx, await barred.barred_version(tx), 10) == []


async def test_lists_are_read_in_pages_and_numbers_looked_up(store: Database) -> None:
    async with store.transaction() as tx:
        for where in (STOP, ALL, REGISTRY):
            await barred.bar_numbers(tx, where, [THREE, ONE, TWO], 1, "", [""] * 3)
        await barred.bar_numbers(tx, BarList(Bar.BLOCKED, 8), [ONE], 1, "", [""])
    async with store.reading() as tx:
        rows = []
        after = (0, 0, 0)
        while page := await barred.barred_page(tx, after, 4):
            rows += page
            after = page[-1]
        lists = (REGISTRY, ALL, STOP)
        assert rows == [
            *((*where, number) for where in lists for number in (ONE, TWO, THREE)),
            (Bar.BLOCKED, 8, ONE),
        ]
        assert await barred.bars_of(tx, [0, 7], []) == []
        assert sorted(await barred.bars_of(tx, [0, 7], [ONE, 5])) == [
            (*REGISTRY, ONE),
            (*ALL, ONE),
            (*STOP, ONE),
        ]


async def test_a_transaction_that_fails_leaves_no_event(store: Database) -> None:
    async def cut() -> None:
        async with store.transaction() as tx:
            await barred.bar_numbers(tx, ALL, [ONE], 1, "sms", [""])
            raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        await cut()
    async with store.reading() as tx:
        assert await barred.bar_history(tx, ONE) == []
        assert await barred.count_barred(tx) == {}
