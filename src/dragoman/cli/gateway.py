"""`serve`: the gateway as a process."""

import asyncio
from pathlib import Path

from dragoman.cli.frame import Refused, load_config
from dragoman.cli.frame import run as told


def run(config_file: Path | None) -> None:
    """Serve until SIGTERM or SIGINT; settings that are wrong are told before anything starts."""
    told(lambda: _serve(config_file))


def _serve(config_file: Path | None) -> None:
    from dragoman.app import serve
    from dragoman.core.chores import StoreTaken

    config = load_config(config_file)
    try:
        asyncio.run(serve(config, config_file))
    except StoreTaken as error:
        raise Refused(str(error)) from None
    except OSError as error:
        where = f"{config.http.listen} or {config.ops.listen}"
        raise Refused(f"cannot listen on {where}: {error.strerror or error}") from None
