"""`dnd`, `optout` and `block`: who gets nothing, from whom, since when and why."""

import sys
from collections.abc import Sequence

import msgspec

from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.lookup import account_called, names_of
from dragoman.cli.screen import Screen, clock, iso
from dragoman.cli.timeline import Names, counted
from dragoman.model.barring import EVERYONE, Bar, BarEvent, BarList, parse_barred
from dragoman.store import barred as store
from dragoman.store.database import Tx
from dragoman.store.world import read_world

SOURCE = "cli"
PAGE = 5_000

NAMES = {
    Bar.DO_NOT_DISTURB: "the do-not-disturb registry",
    Bar.OPTED_OUT: "the opt-outs",
    Bar.BLOCKED: "the blocked numbers",
}


class Owner(msgspec.Struct, frozen=True):
    """Which list is meant, as the command line says it."""

    bar: Bar
    account: str = ""
    everyone: bool = False


async def list_of(tx: Tx, owner: Owner) -> BarList:
    """Give the list that the command line names; Refused where it names none, or two."""
    if owner.bar == Bar.DO_NOT_DISTURB:
        if owner.account or owner.everyone:
            raise Refused(
                "the registry is one for all; `dnd = true` of an account says that it counts for it"
            )
        return BarList(owner.bar)
    if bool(owner.account) == owner.everyone:
        raise Refused("say whose list it is: --account NAME, or --everyone")
    if owner.everyone:
        return BarList(owner.bar)
    return BarList(owner.bar, account_called(await read_world(tx), owner.account).id)


def _read(numbers: Sequence[str]) -> list[int]:
    """Give numbers as lists keep them; Refused names all that are none."""
    read = {text: parse_barred(text) for text in numbers}
    bad = [f"{text!r}" for text, number in read.items() if number is None]
    if bad:
        raise Refused("these are no numbers; write them with country code, like +447700900123", bad)
    return [number for number in dict.fromkeys(read.values()) if number is not None]


async def add(opened: Opened, owner: Owner, numbers: Sequence[str], proof: str) -> Shown:
    """Put numbers onto a list."""
    wanted = _read(numbers)
    async with opened.database.transaction() as tx:
        where = await list_of(tx, owner)
        proofs = [proof] * len(wanted)
        # What a subscriber says again is evidence again; a registry's entry is not.
        is_word = owner.bar == Bar.OPTED_OUT
        fresh = await store.bar_numbers(
            tx, where, wanted, now_us(), SOURCE, proofs, repeats=is_word
        )
    return _changed("added", fresh, len(wanted) - len(fresh), "already there")


async def remove(opened: Opened, owner: Owner, numbers: Sequence[str], proof: str) -> Shown:
    """Take numbers off a list."""
    wanted = _read(numbers)
    async with opened.database.transaction() as tx:
        where = await list_of(tx, owner)
        gone = await store.free_numbers(tx, where, wanted, now_us(), SOURCE, proof)
    return _changed("removed", gone, len(wanted) - len(gone), "not there")


def _changed(what: str, numbers: list[int], others: int, why: str) -> Shown:
    more = f", {others:,} {why}" if others else ""
    words = f"{counted(len(numbers), 'number')} {what}{more}"
    data = {what: [str(number) for number in numbers], why.replace(" ", "_"): others}
    return Shown(data, lambda screen: screen.line(words))


async def show(opened: Opened, bar: Bar, text: str) -> Shown:
    """Show whether a number is on a list of a kind now, and all that happened to it there."""
    [number] = _read([text])
    async with opened.database.reading() as tx:
        events = [event for event in await store.bar_history(tx, number) if event.bar == bar]
        names = names_of(await read_world(tx))
        owners = sorted({EVERYONE, *(event.account_id for event in events)})
        rows = await store.bars_of(tx, owners, [number])
        now = [account_id for found, account_id, _ in rows if found == bar]

    def people(screen: Screen) -> None:
        if now:
            held = " and for ".join(whose(names, bar, account_id) for account_id in now)
            screen.line(f"+{number} is on {NAMES[bar]}{held and f' for {held}'}")
        else:
            screen.line(f"+{number} is not on {NAMES[bar]}")
        for event in events:
            screen.line(f"  {_line(event, names)}")

    data = {
        "number": str(number),
        "listed": bool(now),
        "for": [_account(names, account_id) for account_id in now],
        "history": [_event(event, names) for event in events],
    }
    return Shown(data, people)


def whose(names: Names, bar: Bar, account_id: int) -> str:
    """Say whose list of a kind it is; the registry is nobody's."""
    if bar == Bar.DO_NOT_DISTURB:
        return ""
    return "everyone" if account_id == EVERYONE else f"account {names.account(account_id)}"


def _account(names: Names, account_id: int) -> str | None:
    """Give an account's name for programs; null stands for everyone."""
    return None if account_id == EVERYONE else names.account(account_id)


def _line(event: BarEvent, names: Names) -> str:
    what = "added" if event.is_on else "removed"
    owner = whose(names, Bar(event.bar), event.account_id)
    proof = f": {event.proof}" if event.proof else ""
    return f"{clock(event.at_us)}  {what}{owner and f' for {owner}'} by {event.source}{proof}"


def _event(event: BarEvent, names: Names) -> dict[str, object]:
    return {
        "at": iso(event.at_us),
        "what": "added" if event.is_on else "removed",
        "account": _account(names, event.account_id),
        "source": event.source,
        "proof": event.proof,
    }


async def show_list(opened: Opened, owner: Owner, limit: int) -> Shown:
    """Show the numbers of a list in order."""
    numbers: list[int] = []
    async with opened.database.reading() as tx:
        where = await list_of(tx, owner)
        last = 0
        while not limit or len(numbers) < limit:
            most = min(PAGE, limit - len(numbers)) if limit else PAGE
            page = await store.numbers_page(tx, where, last, most)
            numbers += page
            if len(page) < most:
                break
            last = page[-1]

    def people(screen: Screen) -> None:
        for number in numbers:
            screen.line(f"+{number}")
        if limit and len(numbers) == limit:
            Screen(sys.stderr).note(f"the first {counted(limit, 'number')}; --limit 0 shows all")

    return Shown([str(number) for number in numbers], people)


async def count(opened: Opened, bar: Bar) -> Shown:
    """Show how many numbers are on each list of a kind."""
    async with opened.database.reading() as tx:
        names = names_of(await read_world(tx))
        found = {w.account_id: n for w, n in (await store.count_barred(tx)).items() if w.bar == bar}

    def people(screen: Screen) -> None:
        if not found:
            screen.line(f"nobody is on {NAMES[bar]}")
        for account_id, numbers in found.items():
            owner = whose(names, bar, account_id)
            screen.line(f"{counted(numbers, 'number')}{owner and f' for {owner}'}")

    rows = [{"account": _account(names, i), "numbers": n} for i, n in found.items()]
    return Shown(rows, people)
