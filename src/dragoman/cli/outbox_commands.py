"""`outbox`: names, arguments and help; see commands.py."""

from typing import Annotated

import typer

from dragoman.cli import frame
from dragoman.cli.arguments import Json, Limit, OfAccount, Settings

outbox = typer.Typer(help="What customers are still to be told.", no_args_is_help=True)

EventId = Annotated[int, typer.Argument(metavar="ID", help="As `outbox list` shows it.")]
EventIds = Annotated[
    list[int] | None, typer.Argument(metavar="[ID...]", help="As `outbox list` shows them.")
]
GivenUp = Annotated[str, typer.Option("--account", help="All that was given up for an account.")]


@outbox.command("list")
def outbox_list(
    account: OfAccount = "",
    dead: Annotated[bool, typer.Option("--dead", help="Only what was given up.")] = False,
    limit: Limit = 50,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Show what waits to be told, and what was given up."""
    from dragoman.cli.outbox import show_outbox

    frame.answer(config, lambda o: show_outbox(o, account, limit, dead=dead), as_json=as_json)


@outbox.command("show")
def outbox_show(event_id: EventId, config: Settings = None, as_json: Json = False) -> None:
    """Show one event whole."""
    from dragoman.cli.outbox import show_item

    frame.answer(config, lambda o: show_item(o, event_id), as_json=as_json)


@outbox.command("replay")
def outbox_replay(
    event_ids: EventIds = None,
    account: GivenUp = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Try events again at once, as if they were new."""
    from dragoman.cli.outbox import replay

    frame.answer(config, lambda o: replay(o, event_ids or [], account), as_json=as_json)


@outbox.command("drop")
def outbox_drop(
    event_ids: EventIds = None,
    account: GivenUp = "",
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Forget events: nobody will be told of them."""
    from dragoman.cli.outbox import drop

    frame.answer(config, lambda o: drop(o, event_ids or [], account), as_json=as_json)
