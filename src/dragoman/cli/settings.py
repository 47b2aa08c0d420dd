"""`account set` and `gateway set`: single keys of the world, without its file."""

import os
from collections.abc import Sequence

from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.kinds import KINDS
from dragoman.cli.lookup import account_called
from dragoman.cli.screen import Screen
from dragoman.cli.world import sealing_of, show_change
from dragoman.core.worldfile.apply import edit_world
from dragoman.core.worldfile.edit import edited, read_edit
from dragoman.core.worldfile.parse import WorldError, WorldFile
from dragoman.core.worldfile.plan import Plan
from dragoman.core.worldfile.render import render_key, render_value
from dragoman.model.world import World
from dragoman.store.world import read_world


async def set_keys(opened: Opened, account: str | None, words: Sequence[str]) -> Shown:
    """Change keys of an account, or of the gateway where none is named."""

    def edit(world: World) -> WorldFile:
        if account is not None:
            account_called(world, account)
        return edited(world, account, edits, KINDS, os.environ)

    try:
        edits = [read_edit(word) for word in words]
        made = await edit_world(opened.database, edit, sealing_of(opened.config), now_us)
    except WorldError as error:
        raise Refused("nothing was changed:", error.problems) from None
    return Shown({"changes": made.changes}, lambda screen: _show(screen, made))


def _show(screen: Screen, made: Plan) -> None:
    for change in made.changes:
        show_change(screen, change)
    if not made.changes:
        screen.line("nothing to change: it is so already")
        return
    screen.line("a running gateway follows within a second")
    screen.note("the next `dragoman apply` makes it what its file says: write it there, too")


async def show_gateway(opened: Opened) -> Shown:
    """Show what holds for everybody, as far as it is not the default."""
    async with opened.database.reading() as tx:
        world = await read_world(tx)

    def people(screen: Screen) -> None:
        for key, value in world.gateway.items():
            screen.line(f"{render_key(key)} = {render_value(value)}")
        if not world.gateway:
            screen.note("every key of [gateway] has its default")

    return Shown(world.gateway, people)
