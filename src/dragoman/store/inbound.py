"""What handsets write to us: kept, gathered, and told from repeats.

Set-based, inside the caller's transaction.  Knows no alphabet and no owner: what to write was
decided in core.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from dragoman.model.inbound import Inbound
from dragoman.store.database import Many, Row, Tx
from dragoman.store.hot import columns, inserted


class HeldSegment(NamedTuple):
    """A segment of a long message that waits for the others."""

    gathering: str
    number: int
    carrier_id: int
    sender: str
    recipient: str
    total: int
    octets: bytes
    udh: bytes
    header_octets: int
    data_coding: int
    esm_class: int
    received_us: int


INBOUND = columns(Inbound)
INBOUND_COLUMNS = ", ".join(INBOUND)
# Messages from before anybody read them have nothing in the columns that tell of it.
_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Inbound)}

INSERT_INBOUND = inserted("inbound", INBOUND)
INSERT_SEGMENT = inserted(
    "inbound_segment",
    {
        "gathering": "text",
        "number": "bigint",
        "carrier_id": "bigint",
        "sender": "text",
        "recipient": "text",
        "total": "bigint",
        "octets": "bytea",
        "udh": "bytea",
        "header_octets": "bigint",
        "data_coding": "bigint",
        "esm_class": "bigint",
        "received_us": "bigint",
    },
)
SEEN = inserted(
    "inbound_seen",
    {"fingerprint": "text", "expires_us": "bigint"},
    "ON CONFLICT (fingerprint) DO UPDATE SET expires_us = excluded.expires_us",
)
CLAIM = Many(
    columns={
        "account_id": "bigint",
        "context": "text",
        "message_id": "bigint",
        "deed": "text",
        "id": "bigint",
    },
    sqlite="UPDATE inbound SET account_id = ?, context = ?, message_id = ?, deed = ? WHERE id = ?",
    postgresql=(
        "UPDATE inbound SET account_id = rows.account_id, context = rows.context,"
        " message_id = rows.message_id, deed = rows.deed FROM rows WHERE inbound.id = rows.id"
    ),
)

HELD = (
    f"SELECT {', '.join(HeldSegment._fields)} FROM inbound_segment"
    " WHERE gathering IN (?texts) ORDER BY gathering, number"
)
STALE = (
    "SELECT gathering FROM inbound_segment GROUP BY gathering"
    " HAVING min(received_us) <= ? ORDER BY min(received_us) LIMIT ?"
)
REREAD = "UPDATE inbound SET text = ?, octets = ?, udh = ? WHERE id = ?"
STILL_SEEN = "SELECT fingerprint FROM inbound_seen WHERE fingerprint IN (?texts) AND expires_us > ?"
FORGET_SEEN = (
    "DELETE FROM inbound_seen WHERE fingerprint IN (SELECT fingerprint FROM inbound_seen"
    " WHERE expires_us <= ? ORDER BY expires_us LIMIT ?)"
)
OLDEST = "SELECT id, received_us FROM inbound WHERE id > 0 ORDER BY id LIMIT ?"

PAGE = f"SELECT {INBOUND_COLUMNS} FROM inbound WHERE id < ? ORDER BY id DESC LIMIT ?"
PAGE_OF_ACCOUNT = (
    f"SELECT {INBOUND_COLUMNS} FROM inbound WHERE id < ? AND account_id = ?"
    " ORDER BY id DESC LIMIT ?"
)
PAGE_UNCLAIMED = (
    f"SELECT {INBOUND_COLUMNS} FROM inbound WHERE account_id = 0 AND id < ?"
    " ORDER BY id DESC LIMIT ?"
)
FIND = f"SELECT {INBOUND_COLUMNS} FROM inbound WHERE id IN (?ids) ORDER BY id"


async def insert(tx: Tx, messages: Sequence[Inbound]) -> None:
    """Keep messages from handsets."""
    await tx.run_many(INSERT_INBOUND, messages)


async def find(tx: Tx, inbound_ids: Iterable[int]) -> list[Inbound]:
    """Give messages by their ids, oldest first."""
    return _read(await tx.rows(FIND, (sorted(set(inbound_ids)),)))


async def page(
    tx: Tx, limit: int, *, account_id: int | None = None, before_id: int = 1 << 53
) -> list[Inbound]:
    """Give messages, newest first; `account_id` 0 asks for those that are nobody's."""
    if account_id is None:
        return _read(await tx.rows(PAGE, (before_id, limit)))
    if account_id == 0:
        return _read(await tx.rows(PAGE_UNCLAIMED, (before_id, limit)))
    return _read(await tx.rows(PAGE_OF_ACCOUNT, (before_id, account_id, limit)))


async def claim(tx: Tx, messages: Iterable[Inbound]) -> None:
    """Write whose messages are, what they answer and what they did."""
    rows = [(m.account_id, m.context, m.message_id, m.deed, m.id) for m in messages]
    await tx.run_many(CLAIM, rows)


async def reread(tx: Tx, messages: Iterable[Inbound]) -> None:
    """Write what messages say that were kept unread."""
    for message in messages:
        await tx.run(REREAD, (message.text, message.octets, message.udh, message.id))


async def seen(tx: Tx, fingerprints: Sequence[str], now_us: int) -> set[str]:
    """Give those of the fingerprints that are remembered."""
    return {row[0] for row in await tx.rows(STILL_SEEN, (list(fingerprints), now_us))}


async def remember(tx: Tx, fingerprints: Sequence[tuple[str, int]]) -> None:
    """Remember fingerprints, each until an instant."""
    await tx.run_many(SEEN, fingerprints)


async def hold(tx: Tx, gatherings: Sequence[str]) -> list[HeldSegment]:
    """Give the segments held for gatherings, and keep other nodes from adding any until commit."""
    if tx.engine == "postgresql":
        # Two nodes with the last two segments would each miss the other's.
        await tx.run("LOCK TABLE inbound_segment IN SHARE ROW EXCLUSIVE MODE")
    return [HeldSegment._make(row) for row in await tx.rows(HELD, (list(gatherings),))]


async def insert_segments(tx: Tx, segments: Sequence[HeldSegment]) -> None:
    """Hold segments."""
    await tx.run_many(INSERT_SEGMENT, segments)


async def delete_segments(tx: Tx, gatherings: Sequence[str]) -> None:
    """Let segments go."""
    await tx.run("DELETE FROM inbound_segment WHERE gathering IN (?texts)", (list(gatherings),))


async def stale(tx: Tx, before_us: int, limit: int) -> list[str]:
    """Give the gatherings that began before an instant and are not complete."""
    return [row[0] for row in await tx.rows(STALE, (before_us, limit))]


async def forget_seen(tx: Tx, now_us: int, limit: int) -> int:
    """Delete fingerprints whose time is over; give how many."""
    return await tx.run(FORGET_SEEN, (now_us, limit))


async def retire(tx: Tx, before_us: int, limit: int) -> int:
    """Delete the oldest messages that came before an instant, at most `limit`; give how many."""
    old = [row[0] for row in await tx.rows(OLDEST, (limit,)) if row[1] < before_us]
    return await tx.run("DELETE FROM inbound WHERE id IN (?ids)", (old,)) if old else 0


def _read(rows: Iterable[Row]) -> list[Inbound]:
    defaults = _DEFAULTS.values()
    return [
        Inbound(*(d if v is None else v for v, d in zip(row, defaults, strict=True)))
        for row in rows
    ]
