"""`inbound` and `network`: names, arguments and help; see commands.py."""

from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli import frame
from dragoman.cli.arguments import Json, Limit, OfAccount, Settings

inbound = typer.Typer(help="What handsets wrote to us.", no_args_is_help=True)
network = typer.Typer(help="Which numbers belong to which network.", no_args_is_help=True)

InboundId = Annotated[int, typer.Argument(metavar="ID", help="As `inbound list` shows it.")]
InboundIds = Annotated[
    list[int], typer.Argument(metavar="ID...", help="As `inbound list` shows them.")
]


@inbound.command("list")
def inbound_list(
    account: OfAccount = "",
    unclaimed: Annotated[
        bool, typer.Option("--unclaimed", help="Only what came to nobody's number.")
    ] = False,
    limit: Limit = 50,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Show what handsets wrote, the newest first."""
    from dragoman.cli.inbound import show_inbound

    frame.answer(
        config, lambda o: show_inbound(o, account, limit, unclaimed=unclaimed), as_json=as_json
    )


@inbound.command("show")
def inbound_show(inbound_id: InboundId, config: Settings = None, as_json: Json = False) -> None:
    """Show one message from a handset whole."""
    from dragoman.cli.inbound import show_one

    frame.answer(config, lambda o: show_one(o, inbound_id), as_json=as_json)


@inbound.command("claim")
def inbound_claim(
    inbound_ids: InboundIds,
    account: Annotated[str, typer.Option("--account", help="Who gets them.")],
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Give messages that are nobody's to an account, and tell it of them."""
    from dragoman.cli.inbound import claim

    frame.answer(config, lambda o: claim(o, inbound_ids, account), as_json=as_json)


@network.command("import")
def network_import(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Lines of prefix,code; - reads from stdin.")
    ],
    instead: Annotated[
        bool, typer.Option("--replace", help="In place of all that are known, not beside them.")
    ] = False,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Learn which prefixes of numbers belong to which network code."""
    from dragoman.cli.networks import load, read_file

    frame.answer(
        config,
        lambda o: load(o, str(file), read_file(file), instead=instead),
        as_json=as_json,
    )


@network.command("list")
def network_list(
    number: Annotated[str, typer.Option("--number", help="Only the network of this number.")] = "",
    limit: Limit = 50,
    config: Settings = None,
    as_json: Json = False,
) -> None:
    """Show the prefixes that are known, or the network of a number."""
    from dragoman.cli.networks import show_networks

    frame.answer(config, lambda o: show_networks(o, number, limit), as_json=as_json)
