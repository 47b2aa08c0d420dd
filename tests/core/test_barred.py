"""Sets of numbers that are compact, never change, and follow the store."""

from array import array
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core import barred
from dragoman.core.barred import Barred, Numbers
from dragoman.core.optout import opt_in, opt_out
from dragoman.model.barring import Bar, BarList, parse_barred
from dragoman.store import barred as store
from dragoman.store.database import open_database

CHANGES = st.lists(st.tuples(st.integers(1, 60), st.booleans()))


@given(st.sets(st.integers(1, 60)), st.lists(CHANGES, max_size=4), st.integers(0, 8))
def test_a_set_that_changes_is_a_set(
    start: set[int], steps: list[list[tuple[int, bool]]], least: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(barred, "LOOSE_LEAST", least)
        numbers, plain = Numbers(array("Q", sorted(start))), set(start)
        for changes in steps:
            before, held = numbers, {n for n in range(62) if n in numbers}
            numbers = numbers.changed(changes)
            for number, is_on in changes:
                (plain.add if is_on else plain.discard)(number)
            assert {n for n in range(62) if n in numbers} == plain
            assert len(numbers) == len(plain)
            assert {n for n in range(62) if n in before} == held


def test_a_large_number_of_digits_fits() -> None:
    assert 999_999_999_999_999 in Numbers().changed([(999_999_999_999_999, True)])


PARSED = {
    "with a plus": ("+447700900001", 447700900001),
    "digits": ("447700900001", 447700900001),
    "a shortcode": ("80800", 80800),
    "blanks around": (" 447700900001\n", 447700900001),
    "a name": ("ACME", None),
    "national": ("07700900001", None),
    "too long": ("1234567890123456", None),
    "too short": ("12", None),
    "other digits": ("٤٤٧٧٠٠٩٠٠", None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("text", "number"), PARSED.values(), ids=PARSED)
def test_parse_barred(text: str, number: int | None) -> None:
    assert parse_barred(text) == number


def held(lists: Barred) -> dict[BarList, list[int]]:
    """Give which of the tests' numbers are on which list."""
    return {
        where: [n for n in range(100, 200) if n in numbers]
        for where, numbers in lists.lists.items()
    }


@pytest.mark.parametrize("stride", [1, 2, 3, 5_000])
async def test_lists_are_loaded_and_followed(
    engine: str, monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    monkeypatch.setattr(barred, "STRIDE", stride)
    database = await open_database(engine)
    alone, everyone = BarList(Bar.OPTED_OUT, 7), BarList(Bar.OPTED_OUT)

    async def put(where: BarList, numbers: Iterable[int]) -> None:
        async with database.transaction() as tx:
            wanted = list(numbers)
            await store.bar_numbers(tx, where, wanted, 1, "", [""] * len(wanted))

    first = await barred.load(database)
    assert first.is_empty
    await put(alone, (103, 101))
    await put(everyone, (102,))
    loaded = await barred.load(database)
    followed = await barred.catch_up(database, first)
    assert held(loaded) == held(followed) == {alone: [101, 103], everyone: [102]}
    assert loaded.version == followed.version
    async with database.transaction() as tx:
        assert not await opt_out(tx, 0, "+102", 2, "sms", "STOP")  # already, and kept as an event
        assert await opt_out(tx, 0, "104", 2, "sms", "STOP")
        assert await opt_in(tx, 7, "101", 3, "cli", "asked for it")
        assert not await opt_in(tx, 7, "104", 3, "cli", "is with everyone")
        assert not await opt_out(tx, 7, "ACME", 3, "sms", "STOP")
        assert not await opt_in(tx, 7, "ACME", 3, "sms", "START")
        history = await store.bar_history(tx, 102)
    assert [event.source for event in history] == ["", "sms"]
    after = await barred.catch_up(database, loaded)
    assert held(after) == {alone: [103], everyone: [102, 104]}
    assert held(loaded) == {alone: [101, 103], everyone: [102]}
    assert await barred.catch_up(database, after) == after
    async with database.transaction() as tx:
        for where, numbers in held(after).items():
            await store.free_numbers(tx, where, numbers, 4, "", "")
    assert (await barred.catch_up(database, after)).is_empty
    await database.close()


async def test_what_changes_while_lists_are_read_is_not_missed(sqlite_url: str) -> None:
    database = await open_database(sqlite_url)
    async with database.transaction() as tx:
        numbers = list(range(100, 150))
        await store.bar_numbers(tx, BarList(Bar.DO_NOT_DISTURB), numbers, 1, "", [""] * 50)
    version = (await barred.load(database)).version
    async with database.transaction() as tx:
        await store.free_numbers(tx, BarList(Bar.DO_NOT_DISTURB), [100], 2, "", "")
        await store.bar_numbers(tx, BarList(Bar.DO_NOT_DISTURB), [160], 2, "", [""])
    # As if the version had been looked up before both and the numbers afterwards.
    rows = [(Bar.DO_NOT_DISTURB, 0, number) for number in [*range(101, 150), 160]]
    early = barred.barred(rows)
    told = await barred.catch_up(database, Barred(version, early.lists, is_empty=False))
    assert held(told) == {BarList(Bar.DO_NOT_DISTURB): [*range(101, 150), 160]}
    await database.close()
