"""`outbox` over the store alone: what is shown, tried again and forgotten."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from dragoman.core.notify import announce
from dragoman.core.snapshot import compile_world
from dragoman.dialects import DIALECTS
from dragoman.model.events import MessageReceived, StatusReport
from dragoman.model.states import State
from dragoman.store import outbox
from dragoman.store.database import open_database
from dragoman.store.world import read_world
from tests.cli.conftest import WORLD, Run

TOLD = f"""{WORLD}
[[account]]
name = "carol"
password = "c4rol"
notify_url = "http://user:canary@127.0.0.1:9/in?key=canary"
notify_secret = "secret-canary"
"""
AT_US = 1_900_000_000_000_000


def furnish(url: str) -> None:
    """Let one event wait for carol, and one be given up."""

    async def done() -> None:
        database = await open_database(url)
        async with database.transaction() as tx:
            snapshot = compile_world(await read_world(tx), DIALECTS)
            carol = snapshot.views["carol"].account.id
            report = StatusReport(
                account_id=carol,
                message_id=9,
                submission_id=9,
                dialect="itec",
                sender="DEMO",
                recipient="447700900123",
                state=State.DELIVERED,
                changed_us=AT_US,
                accepted_us=AT_US,
            )
            reply = MessageReceived(
                account_id=carol, inbound_id=4, sender="1", recipient="2", received_us=AT_US
            )
            await announce(tx, snapshot, [report, reply], AT_US)
            await outbox.bury(tx, [(1, "status 500")])
        await database.close()

    asyncio.run(done())


@pytest.fixture
def told(run: Run, sqlite_url: str, tmp_path: Path) -> str:
    """Apply a world with somebody who is told things; gives the store's address."""
    file = tmp_path / "world.toml"
    file.write_text(TOLD, encoding="utf-8")
    assert run("apply", str(file)).code == 0
    return sqlite_url


def test_what_waits_and_what_was_given_up(run: Run, told: str) -> None:
    assert run("outbox", "list").out == "everybody has been told everything\n"
    furnish(told)
    shown = run("outbox", "list")
    assert "given up" in shown.out
    assert "canary" not in shown.out
    data = msgspec.json.decode(run("outbox", "list", "--json").out)
    assert [(o["event_id"], o["given_up"], o["why"]) for o in data["outbox"]] == [
        ("r9-10", True, "status 500"),
        ("m4", False, ""),
    ]
    assert data["endpoints"] == [
        {"account": "carol", "where": "notify_url", "given_up": True, "count": 1},
        {"account": "carol", "where": "notify_url", "given_up": False, "count": 1},
    ]
    dead = msgspec.json.decode(run("outbox", "list", "--dead", "--json").out)
    assert [o["event_id"] for o in dead["outbox"]] == ["r9-10"]
    assert msgspec.json.decode(run("outbox", "list", "--account", "alice", "--json").out) == {
        "outbox": [],
        "endpoints": [],
    }


def test_one_event(run: Run, told: str) -> None:
    furnish(told)
    shown = run("outbox", "show", "1")
    assert "message 9 is delivered" in shown.out
    assert "status 500" in shown.out
    data = msgspec.json.decode(run("outbox", "show", "2", "--json").out)
    assert data["event"]["type"] == "received"
    missing = run("outbox", "show", "3")
    assert missing.code == 1
    assert "the outbox has no 3" in missing.err


def test_again_and_away(run: Run, told: str) -> None:
    furnish(told)
    assert run("outbox", "replay").code == 1
    assert run("outbox", "replay", "1", "--account", "carol").code == 1
    assert run("outbox", "replay", "--account", "carol").out == "1 event to be told again\n"
    data = msgspec.json.decode(run("outbox", "list", "--json").out)
    assert [o["given_up"] for o in data["outbox"]] == [False, False]
    assert run("outbox", "drop", "1", "2").out == "2 events forgotten\n"
    assert run("outbox", "list").out == "everybody has been told everything\n"


def test_the_secret_is_sealed_and_masked(run: Run, told: str) -> None:
    exported = run("export").out
    assert 'notify_secret = "***"' in exported
    assert "secret-canary" not in exported
