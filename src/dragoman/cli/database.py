"""`db`: the store as a whole."""

import asyncio
from pathlib import Path

from dragoman.cli.frame import Opened, Shown, load_config, refuse_missing
from dragoman.cli.screen import Screen
from dragoman.store import upkeep
from dragoman.store.database import engine_of, open_database
from dragoman.store.ledger import discrepancies
from dragoman.store.migrate import REVISIONS, migrate, refuse_newer, revision

MIB = 1 << 20


async def _revision(url: str) -> str | None:
    database = await open_database(url)
    try:
        async with database.reading() as tx:
            return await revision(tx)
    finally:
        await database.close()


def standing(found: str | None) -> str:
    """Say how tables of a revision stand to this version."""
    if found is None:
        return "missing"
    if found not in REVISIONS:
        return "newer"
    return "current" if found == REVISIONS[-1] else "older"


TODO = {
    "missing": "has no tables yet: `dragoman db migrate` makes them",
    "older": "has the tables of an older version: `dragoman db migrate` brings them up",
    "current": "its tables are current",
    "newer": "its tables are newer than this version of dragoman; use that one",
}


def show_version(config_file: Path | None) -> Shown:
    """Show which tables the store has, and how much room it takes."""
    url = load_config(config_file).store.url
    refuse_missing(url)
    found = asyncio.run(_revision(url))
    octets = upkeep.size_octets(url)
    stands = standing(found)
    data = {"engine": engine_of(url), "revision": found, "standing": stands, "octets": octets}
    words = f"{engine_of(url)}, {octets / MIB:.1f} MiB, revision {found}: {TODO[stands]}"
    return Shown(data, lambda screen: screen.line(words), code=int(stands == "newer"))


def make_current(config_file: Path | None) -> Shown:
    """Make or change the tables."""
    url = load_config(config_file).store.url
    before = asyncio.run(_revision(url))
    refuse_newer(before)
    asyncio.run(migrate(url))
    words = "nothing to do" if before == REVISIONS[-1] else f"tables are at {REVISIONS[-1]} now"
    data = {"before": before, "revision": REVISIONS[-1]}
    return Shown(data, lambda screen: screen.line(words))


async def check(opened: Opened) -> Shown:
    """Look for damage, and for balances that do not add up."""
    damage = await asyncio.to_thread(upkeep.faults, opened.config.store.url)
    wrong: list[str] = []
    if not damage:  # else there is no telling what a sum would be made of
        async with opened.database.reading() as tx:
            wrong = [found.name for found in await discrepancies(tx)]

    def people(screen: Screen) -> None:
        for line in damage:
            screen.line(f"damaged: {line}", "red")
        for name in wrong:
            screen.line(f"account {name} does not add up; see `dragoman account check`", "red")
        if not damage and not wrong:
            screen.line("sound, and every balance adds up")

    return Shown({"damage": damage, "wrong_balances": wrong}, people, code=bool(damage or wrong))


def back_up(config_file: Path | None, target: Path) -> Shown:
    """Copy the store while it is in use."""
    octets = upkeep.back_up(load_config(config_file).store.url, target)
    words = f"{target} written, {octets / MIB:.1f} MiB; keep dragoman.key with it, in another place"
    return Shown({"file": str(target), "octets": octets}, lambda screen: screen.line(words))


def vacuum(config_file: Path | None) -> Shown:
    """Give back the room of what was deleted."""
    url = load_config(config_file).store.url
    before = upkeep.size_octets(url)
    upkeep.vacuum(url)
    after = upkeep.size_octets(url)
    words = f"{before / MIB:.1f} MiB before, {after / MIB:.1f} MiB now"
    return Shown({"before": before, "after": after}, lambda screen: screen.line(words))
