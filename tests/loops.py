"""Tests that are coroutine functions, each in an event loop that its fixtures share.

A room's conftest.py does `from tests.loops import *`.
"""

import asyncio
import inspect
from collections.abc import Iterator

import pytest

__all__ = ["pytest_pyfunc_call", "runner"]


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """Give the event loop of one test."""
    with asyncio.Runner() as runner:
        yield runner


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
