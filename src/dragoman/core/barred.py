"""The lists of numbers that get nothing, as the hot path asks them, and kept up to date.

A number is eight octets here, so that a million of them are eight megabytes; a look-up is a
binary search.  Values never change: a change gives a new one that shares what stayed, and a new
snapshot of the world has the lists of the old one.
"""

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import groupby

import msgspec

from dragoman.model.barring import EVERYONE, Bar, BarList
from dragoman.store import barred as store
from dragoman.store.database import Database, Row

STRIDE = 5_000  # rows read in one go: a few milliseconds in which nothing else runs
LOOSE_LEAST = 1_024  # changes that are kept beside the sorted numbers before they are merged
LOOSE_SHARE = 32  # ... or this part of them


class Numbers:
    """A set of numbers that never changes: sorted ones, and the few changes since the sorting."""

    __slots__ = ("_less", "_more", "_sorted")

    def __init__(
        self,
        ordered: "array[int] | None" = None,
        more: frozenset[int] = frozenset(),
        less: frozenset[int] = frozenset(),
    ) -> None:
        """Take sorted numbers, what is to be added to them and what is not to count."""
        self._sorted = array("Q") if ordered is None else ordered
        self._more = more
        self._less = less

    def __contains__(self, number: int) -> bool:
        if number in self._more:
            return True
        return number not in self._less and self._is_sorted_in(number)

    def __len__(self) -> int:
        return len(self._sorted) + len(self._more) - len(self._less)

    def changed(self, changes: Iterable[tuple[int, bool]]) -> "Numbers":
        """Give the set after numbers came (true) or went, in order."""
        more, less = set(self._more), set(self._less)
        for number, is_on in changes:
            is_sorted_in = self._is_sorted_in(number)
            if is_on:
                less.discard(number)
                if not is_sorted_in:
                    more.add(number)
            else:
                more.discard(number)
                if is_sorted_in:
                    less.add(number)
        if len(more) + len(less) > max(LOOSE_LEAST, len(self._sorted) // LOOSE_SHARE):
            return Numbers(_merged(self._sorted, more, less))
        return Numbers(self._sorted, frozenset(more), frozenset(less))

    def _is_sorted_in(self, number: int) -> bool:
        ordered = self._sorted
        at = bisect_left(ordered, number)
        return at < len(ordered) and ordered[at] == number


def _merged(ordered: "array[int]", more: set[int], less: set[int]) -> "array[int]":
    """Give sorted numbers with `more` among them and without `less`; runs between are copied."""
    merged = array("Q")
    at = 0
    for number in sorted(more | less):
        to = bisect_left(ordered, number, at)
        merged.extend(ordered[at:to])
        if number in more:
            merged.append(number)
        at = to + (number in less)
    merged.extend(ordered[at:])
    return merged


class Barred(msgspec.Struct, frozen=True):
    """All lists, with every event before `version`."""

    version: int = -1
    lists: Mapping[BarList, Numbers] = {}
    is_empty: bool = True

    def bar_of(self, account_id: int, number: int, *, registry: bool) -> Bar | None:
        """Give why an account may not send to a number; the registry counts if it is asked."""
        lists = self.lists
        for bar in (Bar.OPTED_OUT, Bar.BLOCKED):
            for owner in (EVERYONE, account_id):
                found = lists.get(BarList(bar, owner))
                if found is not None and number in found:
                    return bar
        if registry:
            found = lists.get(BarList(Bar.DO_NOT_DISTURB))
            if found is not None and number in found:
                return Bar.DO_NOT_DISTURB
        return None


NOBODY = Barred()


def barred(rows: Iterable[Row]) -> Barred:
    """Give the lists that have these rows, (bar, account, number) each."""
    lists: dict[BarList, Numbers] = {}
    for bar, account_id, number in rows:
        where = BarList(bar, account_id)
        lists[where] = lists.get(where, Numbers()).changed([(number, True)])
    return Barred(lists=lists, is_empty=not lists)


async def load(database: Database) -> Barred:
    """Read all lists, in small pieces so that the process does other things between them."""
    async with database.reading() as tx:
        version = await store.barred_version(tx)
    found: dict[BarList, array[int]] = {}
    after: Row = (0, 0, 0)
    while True:
        async with database.reading() as tx:
            page = await store.barred_page(tx, after, STRIDE)
        for (bar, account_id), rows in groupby(page, lambda row: row[:2]):
            numbers = found.setdefault(BarList(bar, account_id), array("Q"))
            numbers.extend([row[2] for row in rows])
        if len(page) < STRIDE:
            break
        after = page[-1]
        await asyncio.sleep(0)
    lists = {where: Numbers(numbers) for where, numbers in found.items()}
    # What changed while it was read may be in it or not; told once more, it surely is.
    return await catch_up(database, Barred(version, lists, is_empty=not lists))


async def catch_up(database: Database, known: Barred) -> Barred:
    """Give the lists with everything that has happened since; those that stayed are shared."""
    while True:
        async with database.reading() as tx:
            events = await store.barred_since(tx, known.version, STRIDE)
            version = await store.barred_version(tx)
        is_last = len(events) < STRIDE
        known = after(known, events, version if is_last else events[-1][0] + 1)
        if is_last:
            return known
        await asyncio.sleep(0)


def after(known: Barred, events: Iterable[Row], version: int) -> Barred:
    """Give the lists after events: (id, bar, account, number, whether it came on) each."""
    changes: dict[BarList, list[tuple[int, bool]]] = {}
    for _, bar, account_id, number, is_on in events:
        changes.setdefault(BarList(bar, account_id), []).append((number, bool(is_on)))
    lists = {
        **known.lists,
        **{
            where: known.lists.get(where, Numbers()).changed(changed)
            for where, changed in changes.items()
        },
    }
    lists = {where: numbers for where, numbers in lists.items() if len(numbers)}
    return Barred(version, lists, is_empty=not lists)
