"""`network`: which prefixes of numbers belong to which network code."""

import sys
from pathlib import Path

from dragoman.cli.frame import Opened, Refused, Shown
from dragoman.cli.screen import Screen
from dragoman.core.networks import NAMES, BadNetworks, network_of, read_networks
from dragoman.core.prefixes import Prefixes
from dragoman.store.world import put_networks, read_world

TOLD_MOST = 20  # faults of a file that are shown


def read_file(file: Path) -> str:
    """Give the text of a file, or of stdin where it is called -.

    What is not UTF-8 is a fault of its line.
    """
    octets = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    return octets.decode("utf-8-sig", "replace")


async def load(opened: Opened, name: str, text: str, *, instead: bool) -> Shown:
    """Take the prefixes of a CSV file over."""
    try:
        networks = read_networks(text.splitlines())
    except BadNetworks as error:
        raise Refused(f"{name}: {error}; nothing was changed", error.problems[:TOLD_MOST]) from None
    if not networks:
        raise Refused(f"{name} has no prefix; its lines are like 447712,234010")
    async with opened.database.transaction() as tx:
        await put_networks(tx, networks.items(), instead=instead)
        total = len((await read_world(tx)).networks)

    def people(screen: Screen) -> None:
        screen.line(f"{len(networks):,} prefixes taken over, {total:,} known")

    return Shown({"imported": len(networks), "known": total}, people)


async def show_networks(opened: Opened, number: str, limit: int) -> Shown:
    """List prefixes, or say to which network a number belongs."""
    async with opened.database.reading() as tx:
        networks = (await read_world(tx)).networks
    if number:
        return _one(number.replace(" ", "").removeprefix("+"), dict(networks))
    shown = networks[:limit]

    def people(screen: Screen) -> None:
        if not networks:
            screen.line("no prefixes are known; `dragoman network import FILE.csv` reads them")
            return
        screen.table(("prefix", "code", "network"), [(*n, NAMES.get(n[1], "")) for n in shown])
        if len(networks) > limit:
            screen.line(f"{len(networks) - limit:,} more", "dim")

    rows = [{"prefix": p, "code": c, "network": NAMES.get(c)} for p, c in shown]
    return Shown({"networks": rows, "known": len(networks)}, people)


def _one(number: str, networks: dict[str, str]) -> Shown:
    code = network_of(Prefixes(networks), number)
    words = f"{code} {NAMES.get(code, '')}" if code else "unknown"

    def people(screen: Screen) -> None:
        screen.line(f"{number}: {words}".rstrip())

    data = {"number": number, "code": code or None, "network": NAMES.get(code)}
    return Shown(data, people, code=0 if code else 1)
