"""Arguments and options that many commands have."""

from pathlib import Path
from typing import Annotated

import typer

Settings = Annotated[
    Path | None,
    typer.Option("-c", "--config", help="Settings file; dragoman.toml if it is here."),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
AccountName = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's name.")]
