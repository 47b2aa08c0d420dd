"""`apply` and `export`: the world file in and out of the store."""

import os
import sys
from collections import Counter
from functools import cache
from pathlib import Path

from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.kinds import KINDS
from dragoman.cli.screen import STYLES, Screen
from dragoman.config import Config
from dragoman.core.worldfile.apply import apply_world, export_world, plan_world
from dragoman.core.worldfile.diff import Change
from dragoman.core.worldfile.parse import WorldError, parse_world
from dragoman.core.worldfile.plan import Plan, Sealing
from dragoman.store.secrets import load_key, seal, unseal

LISTED = 20  # changes of one table that are shown one by one


async def apply_file(opened: Opened, file: Path, *, dry_run: bool) -> Shown:
    """Make the store's world that of a file, or show what that would change."""
    text = read_text(file)
    try:
        world = parse_world(text, KINDS, os.environ)
        sealing = sealing_of(opened.config)
        plan = (
            await plan_world(opened.database, world, sealing)
            if dry_run
            else await apply_world(opened.database, world, sealing, now_us)
        )
    except WorldError as error:
        raise Refused(f"nothing was changed; in {file}:", error.problems) from None
    return Shown(
        {"dry_run": dry_run, "changes": plan.changes, "notes": plan.notes},
        lambda screen: show_plan(screen, plan, dry_run=dry_run),
    )


def read_text(file: Path) -> str:
    """Give the text of a file, or of stdin for `-`."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Refused(f"{file} is not UTF-8, which TOML must be") from None


def sealing_of(config: Config) -> Sealing:
    """Give how carriers' passwords are sealed; the key is looked for when the first one is."""

    @cache
    def key() -> bytes:
        return load_key(config.store.url, config.store.given_key())

    return Sealing(lambda secret: seal(key(), secret), lambda sealed: unseal(key(), sealed))


def show_plan(screen: Screen, plan: Plan, *, dry_run: bool) -> None:
    """Show what changed, the many of one table only as a count."""
    tables: dict[str, list[Change]] = {}
    for change in plan.changes:
        tables.setdefault(change.table, []).append(change)
    for table, changes in tables.items():
        for change in changes[:LISTED]:
            show_change(screen, change)
        if len(changes) > LISTED:
            screen.line(f"  … and {len(changes) - LISTED:,} more of {table}", "dim")
    for note in plan.notes:
        screen.note(note)
    counts = Counter(change.action for change in plan.changes)
    words = ", ".join(f"{count:,} {action}" for action, count in counts.items())
    if not words:
        screen.line("nothing to change: the store is as the file says")
    elif dry_run:
        screen.line(f"would be: {words} (dry run, nothing was written)")
    else:
        screen.line(f"{words}; a running gateway follows within a second")


def show_change(screen: Screen, change: Change) -> None:
    """Show one change and its details."""
    screen.spans(
        (f"{change.action:<8}", STYLES.get(change.action, "")),
        (f"  {change.table:<8} ", "dim"),
        (change.name, "bold"),
    )
    for detail in change.details:
        screen.line(f"          {detail}")


async def export_file(opened: Opened) -> Shown:
    """Show the store's world as a file."""
    text = await export_world(opened.database)
    return Shown({"world": text}, lambda _: print_plain(text))


def print_plain(text: str) -> None:
    """Write text as it is."""
    sys.stdout.write(text)
