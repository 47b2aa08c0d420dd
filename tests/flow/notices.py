"""What tests of callbacks share: a world that allows loopback, a clock, and what still waits."""

from datetime import UTC, datetime
from typing import Any

from dragoman.core.notify import announce
from dragoman.model.events import Event, MessageReceived
from dragoman.store import outbox
from dragoman.store.database import Tx
from tests.flow.house import House, wall_us

PRIVATE: dict[str, dict[str, object]] = {"gateway": {"callback_private": True}}


def alice(**keys: object) -> dict[str, dict[str, object]]:
    """Let alice have these keys, and callbacks go to loopback."""
    return {**PRIVATE, "account.alice": dict(keys)}


class Hands:
    """A clock that a test moves."""

    def __init__(self, now_us: int | None = None) -> None:
        self.now_us = wall_us() if now_us is None else now_us

    def __call__(self) -> int:
        return self.now_us

    def forward(self, seconds: float) -> None:
        self.now_us += int(seconds * 1_000_000)


async def tell(here: House, *events: Event) -> None:
    """Announce events as whoever causes them does."""

    async def job(tx: Tx) -> None:
        await announce(tx, here.node.world.snapshot, events, here.clock_us())

    assert await here.node.writer.job(job)


async def waiting(here: House) -> dict[str, int]:
    """Count what is not told yet, by lane."""
    async with here.database.reading() as tx:
        return {lane: await outbox.count(tx, lane) for lane in await outbox.lanes(tx)}


async def until_told(here: House) -> None:
    async def holds() -> bool:
        return not await waiting(here)

    await here.until(holds)


async def callbacks(here: House, message_id: int) -> list[str]:
    """Give what a message's timeline tells of callbacks."""
    return [
        event.text for event in (await here.life(message_id)).events if event.kind == "callback"
    ]


def reply(sender: str = "447700900123", inbound_id: int = 5, **changes: Any) -> MessageReceived:
    fields: dict[str, Any] = {
        "account_id": 1,
        "inbound_id": inbound_id,
        "sender": sender,
        "recipient": "447700900000",
        "text": "Yes please",
        "received_us": wall_us(),
    }
    return MessageReceived(**(fields | changes))


def instant_us(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp()) * 1_000_000
