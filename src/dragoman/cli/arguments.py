"""Arguments and options that many commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Settings: TypeAlias = Annotated[
    Path | None,
    typer.Option("-c", "--config", help="Settings file; dragoman.toml if it is here."),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
AccountName: TypeAlias = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="The account's name.")
]
OfAccount: TypeAlias = Annotated[str, typer.Option("--account", help="Only this account's.")]
Limit: TypeAlias = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Rows at most.")]
