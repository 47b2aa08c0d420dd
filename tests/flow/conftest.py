"""Stores on both engines and event loops for tests of a whole gateway."""

from typing import Any

import pytest
from argon2 import PasswordHasher

from dragoman.core import passwords
from tests.engines import *  # noqa: F403  # fixtures are found by name
from tests.loops import *  # noqa: F403


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let passwords be hashed cheaply: what guessing costs is not what a flow is about."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    monkeypatch.setattr(passwords, "_NOBODY", hasher.hash("nobody"))


@pytest.fixture(params=["sqlite", "sqlite, synced aside", "postgresql"])
def any_store(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give a house's store in every way that there is to commit: its address, and how."""
    name, _, aside = request.param.partition(", ")
    return {"url": request.getfixturevalue(f"{name}_url"), "sync_aside": bool(aside)}
