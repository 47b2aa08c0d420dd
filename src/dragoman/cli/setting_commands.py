"""`gateway`, and `account set`: names, arguments and help; see commands.py."""

from typing import Annotated, TypeAlias

import typer

from dragoman.cli import frame
from dragoman.cli.arguments import AccountName, Json, Settings

gateway = typer.Typer(help="What holds for everybody.", no_args_is_help=True)

Edits: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="KEY=VALUE...",
        help="As in the world file; KEY= is the default again; KEY+= and KEY-= change a list.",
    ),
]


def account_set(
    account: AccountName, edits: Edits, config: Settings = None, as_json: Json = False
) -> None:
    """Change keys of an account, such as rate=20 or enabled=false."""
    from dragoman.cli.settings import set_keys

    frame.answer(config, lambda o: set_keys(o, account, edits), as_json=as_json)


@gateway.command("set")
def gateway_set(edits: Edits, config: Settings = None, as_json: Json = False) -> None:
    """Change keys of the gateway, such as ip_ban+=192.0.2.1 or drain=true."""
    from dragoman.cli.settings import set_keys

    frame.answer(config, lambda o: set_keys(o, None, edits), as_json=as_json)


@gateway.command("show")
def gateway_show(config: Settings = None, as_json: Json = False) -> None:
    """Show the keys of the gateway that have not their default."""
    from dragoman.cli.settings import show_gateway

    frame.answer(config, show_gateway, as_json=as_json)
