"""`serve`: the gateway as a process."""

import os
from pathlib import Path

from dragoman.cli.frame import Refused, load_config
from dragoman.cli.frame import run as told


def run(config_file: Path | None, *, as_json: bool) -> None:
    """Serve until SIGTERM or SIGINT; settings that are wrong are told before anything starts."""
    if as_json:
        # The processes that speak with customers are given it, too.
        os.environ["DRAGOMAN_LOG_FORMAT"] = "json"
    told(lambda: _serve(config_file), as_json=as_json)


def _serve(config_file: Path | None) -> None:
    from dragoman.app import CannotGoOn, CannotStart, serve
    from dragoman.app import run as run_process
    from dragoman.config import ConfigError
    from dragoman.core.chores import StoreTaken

    config = load_config(config_file)
    try:
        run_process(serve(config, config_file))
    except (CannotGoOn, CannotStart, ConfigError, StoreTaken) as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(f"the gateway cannot start: {str(error) or type(error).__name__}") from None
