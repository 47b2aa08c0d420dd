"""What every command does around its work: settings, store, answer, errors, exit code.

0: done.  1: refused or failed, and the error says what to do.  2: the command line is wrong.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import msgspec

if TYPE_CHECKING:
    from dragoman.cli.screen import Screen
    from dragoman.config import Config
    from dragoman.store.database import Database


class Refused(Exception):
    """A command cannot be done; the words say why and what to do."""

    def __init__(self, words: str, problems: list[str] | None = None) -> None:
        """Take the words, and the single faults where there are several."""
        super().__init__(words)
        self.problems = problems or []


class Shown(msgspec.Struct, frozen=True):
    """What a command answers: data for programs, and the same for people."""

    data: object
    people: "Callable[[Screen], None]"
    code: int = 0


class Opened(msgspec.Struct, frozen=True):
    """The settings, and the store that they name, open."""

    config: "Config"
    database: "Database"


Work = Callable[[Opened], Awaitable[Shown]]


def now_us() -> int:
    """Give the instant in microseconds UTC."""
    return time.time_ns() // 1000


def instant_us(text: str) -> int:
    """Give the instant that a person wrote, in microseconds UTC.

    Without an offset it is meant as commands show instants: in the local time of whoever asks.
    """
    try:
        moment = datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(f"{text!r} is no time; write it like 2030-01-31T09:30Z") from None
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def answer(config_file: Path | None, work: Work, *, as_json: bool, makes: bool = False) -> NoReturn:
    """Do a command's work on the store, tell what came of it, and end.

    A store that does not exist is made where the command `makes` one.
    """

    async def done() -> Shown:
        opened = await opened_store(load_config(config_file), makes=makes)
        try:
            return await work(opened)
        finally:
            await opened.database.close()

    tell(lambda: asyncio.run(done()), as_json=as_json)


def tell(work: Callable[[], Shown], *, as_json: bool) -> NoReturn:
    """Show what a piece of work gives, or why it cannot be done, and end."""
    from dragoman.cli.screen import Screen

    try:
        shown = work()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  # `excuse` raises what it has no words for
        words, problems = excuse(error)
        if as_json:
            print(render_json({"error": words, "problems": problems}))
        else:
            Screen(sys.stderr).error(words, problems)
        sys.exit(1)
    if as_json:
        print(render_json(shown.data))
    else:
        shown.people(Screen(sys.stdout))
    sys.exit(shown.code)


def run(work: Callable[[], None], *, as_json: bool) -> None:
    """Do work that tells of itself; say why when it cannot be done."""
    try:
        work()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  # `excuse` raises what it has no words for
        words, problems = excuse(error)
        if as_json:
            print(render_json({"error": words, "problems": problems}))
            sys.exit(1)
        for line in (f"dragoman: {words}", *(f"  {problem}" for problem in problems)):
            print(line, file=sys.stderr)
        sys.exit(1)


def excuse(error: Exception) -> tuple[str, list[str]]:
    """Give the words for an error that a person can do something about; else it goes on."""
    from dragoman.core.worldfile.apply import Unsteady
    from dragoman.store.errors import StoreError

    match error:
        case Refused():
            return str(error), error.problems
        case StoreError() | Unsteady():
            return str(error), []
        case OSError(filename=str(name)):
            return f"{name}: {error.strerror}", []
        case _:
            raise error


def load_config(file: Path | None) -> "Config":
    """Give the settings of a file (dragoman.toml, if that is here) and of the environment."""
    from dragoman.config import ConfigError, load

    try:
        return load(file, os.environ)
    except ConfigError as error:
        first, *others = str(error).splitlines()
        raise Refused(first, others) from None


async def opened_store(config: "Config", *, makes: bool) -> Opened:
    """Open the store, with the tables that this version knows; an empty one is given them."""
    from dragoman.store.database import open_database
    from dragoman.store.migrate import is_current, migrate, revision

    url = config.store.url
    if not makes:
        refuse_missing(url)
    database = await open_database(url)
    async with database.reading() as tx:
        if await is_current(tx):
            return Opened(config, database)
        found = await revision(tx)
    await database.close()
    if found is not None:
        raise Refused("the store's tables are those of an older version: `dragoman db migrate`")
    await migrate(url)
    return Opened(config, await open_database(url))


def refuse_missing(url: str) -> None:
    """Refuse a store that does not exist, so that no command makes an empty one by accident."""
    from dragoman.store.database import engine_of, sqlite_path

    if engine_of(url) == "sqlite" and not Path(sqlite_path(url)).exists():
        raise Refused(
            f"there is no store at {sqlite_path(url)}; `dragoman apply` or `dragoman serve` makes"
            " one, and -c names the settings of another"
        )


def render_json(data: object) -> str:
    """Give data as JSON for programs: one document, indented, keys as they are."""
    octets = msgspec.json.encode(data, enc_hook=str)
    return msgspec.json.format(octets, indent=2).decode()
