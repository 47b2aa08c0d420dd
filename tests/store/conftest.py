"""What tests of the store share: a store that is open, and an event loop for each test."""

import asyncio
import inspect
from collections.abc import Iterator

import pytest

from dragoman.store.database import Database, open_database
from tests.engines import *  # noqa: F403  # fixtures are found by name


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """Give the event loop of one test."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def store(engine: str, runner: asyncio.Runner) -> Iterator[Database]:
    """Give an empty store that is open, on each engine in turn."""
    database = runner.run(open_database(engine))
    yield database
    runner.run(database.close())


@pytest.fixture
def sqlite_store(sqlite_url: str, runner: asyncio.Runner) -> Iterator[Database]:
    """Give an empty store that is open, on SQLite."""
    database = runner.run(open_database(sqlite_url))
    yield database
    runner.run(database.close())


@pytest.fixture
def postgresql_store(postgresql_url: str, runner: asyncio.Runner) -> Iterator[Database]:
    """Give an empty store that is open, on PostgreSQL."""
    database = runner.run(open_database(postgresql_url))
    yield database
    runner.run(database.close())


@pytest.fixture
def other(engine: str, runner: asyncio.Runner) -> Iterator[Database]:
    """Give the same store as `store`, opened once more as by another node."""
    database = runner.run(open_database(engine))
    yield database
    runner.run(database.close())


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine function in the loop of its fixtures."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    runner = pyfuncitem._request.getfixturevalue("runner")
    assert isinstance(runner, asyncio.Runner)
    names = pyfuncitem._fixtureinfo.argnames
    runner.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True
