"""A store on either engine and the commands on it, as a shell would call them."""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from dragoman.cli.commands import app
from tests.engines import *  # noqa: F403  # fixtures are found by name

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

WORLD = """
[[account]]
name = "alice"
password = "s3cret-canary"
currency = "EUR"
balance = "10"
country = "GB"

[[account]]
name = "bob"
password = "b0b-canary"
currency = "USD"
overdraft = "5"
enabled = false
dialects = ["unified"]

[[carrier]]
name = "main"
kind = "smpp"
host = "127.0.0.1"
port = 2775
system_id = "dragoman"
password = "smpp-canary"

[[carrier]]
name = "spare"
kind = "smpp"
host = "127.0.0.1"
port = 2776
enabled = false

[[route]]
prefix = ""
carrier = "main"

[[price]]
prefix = "44"
currency = "EUR"
price = "0.057"
"""


class Result(msgspec.Struct):
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def steady(self) -> str:
        """Give what was written with every instant as the same word, as long as it was."""
        return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", "YYYY-MM-DD hh:mm:ss.mmm", self.out)

    def json(self) -> object:
        """Give what was written as a value."""
        return msgspec.json.decode(self.out)


Run = Callable[..., Result]


def runner(folder: Path) -> Run:
    """Give how commands are run with the settings of a folder."""

    def run(*arguments: str, stdin: str | bytes | None = None, config: bool = True) -> Result:
        words = [*arguments, *(("-c", str(folder / "dragoman.toml")) if config else ())]
        result = CliRunner().invoke(app, words, input=stdin, catch_exceptions=False)
        return Result(result.exit_code, result.stdout, result.stderr)

    return run


def settings(folder: Path, url: str) -> None:
    """Write settings; nobody answers on the ops port, for it can be no port of a listener."""
    (folder / "dragoman.toml").write_text(
        f'[store]\nurl = "{url}"\nkey = "{KEY}"\n[ops]\nlisten = "127.0.0.1:1"\n',
        encoding="utf-8",
    )


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path) -> Run:
    """Give the commands on an empty SQLite store."""
    settings(tmp_path, sqlite_url)
    return runner(tmp_path)


@pytest.fixture
def run_engine(engine: str, tmp_path: Path) -> Run:
    """Give the commands on an empty store, on each engine in turn."""
    settings(tmp_path, engine)
    return runner(tmp_path)


@pytest.fixture
def world(run: Run, tmp_path: Path) -> Path:
    """Apply a small world; gives its file."""
    file = tmp_path / "world.toml"
    file.write_text(WORLD, encoding="utf-8")
    assert run("apply", str(file)).code == 0
    return file
