"""The writes of the hot path: each takes a list and runs a constant number of statements.

The caller gives the transaction, for it puts several of these into one commit.  Knows the tables
and the ladder of states, and no reason for any of them: what to write was decided in core.

A list may name the same message or segment more than once; later entries then count as later.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import astuple

from dragoman.model.messages import Message, SegmentRow
from dragoman.model.states import FINAL, State
from dragoman.store.database import Many, Row, Tx

# What becomes of a message: id, state, when, and why in words.
MessageNews = tuple[int, int, int, str]
# What a receipt says about a segment: id, state, when, and the carrier's error code.
SegmentNews = tuple[int, int, int, str]


class FoundSegment(NamedTuple):
    """A segment that a receipt may be about, and what must be known of its message."""

    key: str
    id: int
    ref: str
    state: int
    message_id: int
    segments: int
    message_state: int
    account_id: int
    charge_u: int
    recipient: str
    flags: int = 0


class Parked(NamedTuple):
    """A receipt that came before the answer that it belongs to, or for nobody."""

    carrier_id: int
    key: str
    ref: str
    state: int
    error: str
    at_us: int
    expires_us: int
    addresses: str  # sender and recipient of the receipt


_KINDS: dict[object, str] = {str: "text", bytes: "bytea", bytes | None: "bytea", str | None: "text"}


def columns(row: type[msgspec.Struct]) -> dict[str, str]:
    """Give the columns of a table whose rows are a struct."""
    return {field.name: _KINDS.get(field.type, "bigint") for field in msgspec.structs.fields(row)}


def inserted(table: str, names: dict[str, str], conflict: str = "") -> Many:
    """Give the statement that inserts rows."""
    into = f"INSERT INTO {table} ({', '.join(names)})"
    marks = ", ".join("?" * len(names))
    return Many(
        columns=names,
        sqlite=f"{into} VALUES ({marks}) {conflict}",
        # the WHERE keeps SQLite's and PostgreSQL's grammars from reading ON as a join's
        postgresql=f"{into} SELECT {', '.join(names)} FROM rows WHERE true {conflict}",
    )


MESSAGE = columns(Message)
SEGMENT = columns(SegmentRow)
MESSAGE_COLUMNS = ", ".join(MESSAGE)
SEGMENT_COLUMNS = ", ".join(SEGMENT)

# How high a state stands on the ladder, in SQL and here; model/states.py has the rule, and a test
# holds both against it.  Soft states climb to any higher one, final ones stay.
RUNG = "CASE WHEN state < 4 THEN state WHEN state = 16 THEN 4 ELSE 5 END"
_RUNGS: dict[int, int] = {
    state: 5 if state in FINAL else 4 if state is State.UNKNOWN else int(state) for state in State
}

INSERT_MESSAGE = inserted("message", MESSAGE)
# What most messages do not have stands last.  It is left out of their statement, for a NULL costs
# Python's sqlite3 three times what a number does (measured).
_ALWAYS = sum(field.default is not None for field in msgspec.structs.fields(Message))
_NOTHING_MORE = (None,) * (len(MESSAGE) - _ALWAYS)
INSERT_PLAIN = inserted("message", dict(list(MESSAGE.items())[:_ALWAYS]))

# A resend overwrites the answer to the first try, but never a verdict that a receipt brought.
INSERT_SEGMENT = inserted(
    "segment",
    SEGMENT,
    "ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in SEGMENT if name != "id")
    + " WHERE segment.receipt_us = 0 OR segment.state IN (0, 1, 2, 3, 16)",
)

CLIMB_MESSAGE = Many(
    columns={
        "state": "bigint",
        "changed_us": "bigint",
        "detail": "text",
        "id": "bigint",
        "rung": "bigint",
    },
    sqlite=f"UPDATE message SET state = ?, changed_us = ?, detail = ? WHERE id = ? AND {RUNG} < ?",
    postgresql=(
        "UPDATE message SET state = rows.state, changed_us = rows.changed_us, detail = rows.detail"
        f" FROM rows WHERE message.id = rows.id AND {RUNG.replace('state', 'message.state')}"
        " < rows.rung"
    ),
)

CLIMB_SEGMENT = Many(
    columns={
        "state": "bigint",
        "receipt_us": "bigint",
        "error": "text",
        "id": "bigint",
        "rung": "bigint",
    },
    sqlite=f"UPDATE segment SET state = ?, receipt_us = ?, error = ? WHERE id = ? AND {RUNG} < ?",
    postgresql=(
        "UPDATE segment SET state = rows.state, receipt_us = rows.receipt_us, error = rows.error"
        f" FROM rows WHERE segment.id = rows.id AND {RUNG.replace('state', 'segment.state')}"
        " < rows.rung"
    ),
)

SPEND = Many(
    columns={"amount_u": "bigint", "id": "bigint"},
    sqlite="UPDATE account SET balance_u = balance_u - ? WHERE id = ?",
    postgresql=(
        "UPDATE account SET balance_u = balance_u - rows.amount_u FROM rows"
        " WHERE account.id = rows.id"
    ),
)

TAKE = Many(
    columns={"changed_us": "bigint", "id": "bigint"},
    sqlite="UPDATE message SET state = 2, changed_us = ? WHERE id = ?",
    postgresql=(
        "UPDATE message SET state = 2, changed_us = rows.changed_us FROM rows"
        " WHERE message.id = rows.id"
    ),
)

REQUEUE = Many(
    columns={"carrier_id": "bigint", "id": "bigint"},
    sqlite="UPDATE message SET state = 1, carrier_id = ? WHERE id = ? AND state = 2",
    # the rung, because on its own `state = 2` tempts the planner away from the key
    postgresql=(
        "UPDATE message SET state = 1, carrier_id = rows.carrier_id FROM rows"
        f" WHERE message.id = rows.id AND {RUNG.replace('state', 'message.state')} = 2"
    ),
)

PARK = inserted(
    "parked_receipt",
    {
        "carrier_id": "bigint",
        "key": "text",
        "ref": "text",
        "state": "bigint",
        "error": "text",
        "at_us": "bigint",
        "expires_us": "bigint",
        "addresses": "text",
    },
    "ON CONFLICT DO NOTHING",
)

UNPARK = Many(
    columns={"carrier_id": "bigint", "key": "text", "ref": "text", "state": "bigint"},
    sqlite="DELETE FROM parked_receipt WHERE carrier_id = ? AND key = ? AND ref = ? AND state = ?",
    postgresql=(
        "DELETE FROM parked_receipt p USING rows WHERE p.carrier_id = rows.carrier_id"
        " AND p.key = rows.key AND p.ref = rows.ref AND p.state = rows.state"
    ),
)

NOTE = inserted(
    "event", {"message_id": "bigint", "at_us": "bigint", "kind": "text", "text": "text"}
)

QUEUED = (
    f"SELECT {MESSAGE_COLUMNS} FROM message"
    " WHERE carrier_id = ? AND state IN (1, 2) AND state = 1"
    " AND (expires_us IS NULL OR expires_us > ?)"
    " ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED"
)

URGENT = (
    f"SELECT {MESSAGE_COLUMNS} FROM message"
    " WHERE carrier_id = ? AND state = 1 AND rank IS NOT NULL"
    " AND (expires_us IS NULL OR expires_us > ?)"
    " ORDER BY rank, id LIMIT ? FOR UPDATE SKIP LOCKED"
)

BALANCES = (
    "SELECT id, balance_u, overdraft_u FROM account WHERE id IN (?ids) ORDER BY id FOR UPDATE"
)

FIND_SEGMENTS = (
    "SELECT s.key, s.id, s.ref, s.state, m.id, m.segments, m.state, m.account_id, m.charge_u,"
    " m.recipient, m.flags FROM segment s JOIN message m ON m.id = s.id >> 8"
    " WHERE s.carrier_id = ? AND s.key IN (?texts)"
)

FIND_PARKED = (
    "SELECT carrier_id, key, ref, state, error, at_us, expires_us, addresses FROM parked_receipt"
    " WHERE carrier_id = ? AND key IN (?texts) ORDER BY at_us"
)

REFUNDED = "SELECT message_id FROM ledger WHERE kind = 'refund' AND message_id IN (?ids)"

INSERT_LEDGER = inserted(
    "ledger",
    {
        "account_id": "bigint",
        "at_us": "bigint",
        "amount_u": "bigint",
        "balance_u": "bigint",
        "kind": "text",
        "message_id": "bigint",
        "note": "text",
    },
)

# A message's segments are one range of the key, so each message is one step of this join.
SEGMENTS_OF = {
    "sqlite": "SELECT value AS message_id FROM json_each(?)",
    "postgresql": "SELECT unnest(?::bigint[]) AS message_id",
}


async def insert_messages(tx: Tx, messages: Sequence[Message]) -> None:
    """Insert messages as they are: queued, sending, scheduled or refused."""
    plain, others = [], []
    for row in map(astuple, messages):
        if row[_ALWAYS:] == _NOTHING_MORE:
            plain.append(row[:_ALWAYS])
        else:
            others.append(row)
    await tx.run_many(INSERT_PLAIN, plain)
    await tx.run_many(INSERT_MESSAGE, others)


async def balances(tx: Tx, account_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Give balance and overdraft of accounts, and keep others from changing them until commit.

    An account that does not exist is missing from the answer.
    """
    found = await tx.rows(BALANCES, (sorted(set(account_ids)),))
    return {account_id: (balance_u, overdraft_u) for account_id, balance_u, overdraft_u in found}


async def spend(tx: Tx, amounts: Iterable[tuple[int, int]]) -> None:
    """Take micro-units from accounts, (account id, amount) each; whether they can is core's."""
    total: dict[int, int] = {}
    for account_id, amount_u in amounts:
        total[account_id] = total.get(account_id, 0) + amount_u
    rows = [(amount_u, account_id) for account_id, amount_u in total.items() if amount_u]
    await tx.run_many(SPEND, rows)


async def claim(
    tx: Tx,
    carrier_id: int,
    room_segments: int,
    now_us: int,
    *,
    whole: bool = False,
    aged_segments: int = 0,
) -> list[Message]:
    """Give queued messages whose segments fit into the room, now marked sending.

    By rank, and the oldest of equals first; `aged_segments` of the room go by age alone, so that
    the urgent ones cannot hold up the others for ever.  A message that does not fit is not stepped
    over, so that it gets its turn; with `whole` the first is given even if it has more segments
    than the room.
    """
    room_segments = max(room_segments, int(whole))
    first = max(0, room_segments - aged_segments)
    rows = await tx.rows(URGENT, (carrier_id, now_us, first)) if first else []
    urgent = await _take(tx, rows, first, now_us, whole=whole)
    is_held_up = len(urgent) < len(rows)
    left = aged_segments if is_held_up else room_segments - sum(m.segments for m in urgent)
    if left <= 0:
        return urgent
    rows = await tx.rows(QUEUED, (carrier_id, now_us, left))
    return urgent + await _take(tx, rows, left, now_us, whole=whole and not urgent)


async def _take(
    tx: Tx, rows: Sequence[Row], room_segments: int, now_us: int, *, whole: bool
) -> list[Message]:
    """Mark the first messages as sending that fit together."""
    taken: list[Message] = []
    for row in rows:
        message = Message(*row)
        room_segments -= message.segments
        if room_segments < 0 and (taken or not whole):
            break
        message.state = State.SENDING
        message.changed_us = now_us
        taken.append(message)
    await tx.run_many(TAKE, [(now_us, message.id) for message in taken])
    return taken


async def settle(tx: Tx, segments: Sequence[SegmentRow], news: Sequence[MessageNews]) -> None:
    """Write what carriers answered: rows of segments, and the states that messages climb to."""
    await tx.run_many(INSERT_SEGMENT, list({segment.id: segment for segment in segments}.values()))
    await climb(tx, CLIMB_MESSAGE, news)


async def apply_receipts(
    tx: Tx, segment_news: Sequence[SegmentNews], message_news: Sequence[MessageNews]
) -> None:
    """Write what receipts say; late, repeated and out-of-order ones change nothing final."""
    await climb(tx, CLIMB_SEGMENT, segment_news)
    await climb(tx, CLIMB_MESSAGE, message_news)


async def climb(tx: Tx, many: Many, news: Sequence[MessageNews | SegmentNews]) -> None:
    """Write states that stand higher than what is stored; of several for one row, the highest."""
    highest: dict[int, Row] = {}
    for row_id, state, at_us, words in news:
        rung = _RUNGS[state]
        if row_id not in highest or highest[row_id][4] < rung:
            highest[row_id] = (int(state), at_us, words, row_id, rung)
    await tx.run_many(many, list(highest.values()))


async def requeue(tx: Tx, messages: Sequence[tuple[int, int]]) -> None:
    """Put messages back into the queue of a carrier, (message id, carrier id) each.

    Only those that are being sent: whatever else happened to one meanwhile stays.
    """
    rows = [(carrier_id, message_id) for message_id, carrier_id in messages]
    await tx.run_many(REQUEUE, rows)


async def find_segments(tx: Tx, carrier_id: int, keys: Sequence[str]) -> list[FoundSegment]:
    """Give the segments that a carrier knows under one of these keys."""
    found = await tx.rows(FIND_SEGMENTS, (carrier_id, list(keys)))
    return [FoundSegment._make(row) for row in found]


async def message_segments(tx: Tx, message_ids: Iterable[int]) -> list[SegmentRow]:
    """Give all segments of messages, each message's in order."""
    ids = SEGMENTS_OF[tx.engine]
    found = await tx.rows(
        f"SELECT {SEGMENT_COLUMNS} FROM ({ids}) m JOIN segment"
        " ON id BETWEEN message_id << 8 AND (message_id << 8) + 255 ORDER BY id",
        (sorted(set(message_ids)),),
    )
    return [SegmentRow(*row) for row in found]


async def park(tx: Tx, receipts: Sequence[Parked]) -> None:
    """Keep receipts until the answers come that they belong to; repeats are kept once."""
    await tx.run_many(PARK, receipts)


async def parked(tx: Tx, carrier_id: int, keys: Sequence[str]) -> list[Parked]:
    """Give the kept receipts of a carrier under these keys, oldest first."""
    found = await tx.rows(FIND_PARKED, (carrier_id, list(keys)))
    return [Parked._make(row) for row in found]


async def unpark(tx: Tx, receipts: Sequence[Parked]) -> None:
    """Forget kept receipts."""
    await tx.run_many(UNPARK, [receipt[:4] for receipt in receipts])


async def note(tx: Tx, events: Sequence[tuple[int, int, str, str]]) -> None:
    """Add lines to the timelines of messages: message id, when, kind, words."""
    await tx.run_many(NOTE, events)


async def refund(tx: Tx, refunds: Sequence[tuple[int, int, int, int, str]]) -> list[int]:
    """Give money back for messages: message id, account id, amount, when, why.

    Each message is refunded once, whoever asks how often; gives the ids of those that were now.
    """
    held = await balances(tx, (refunded[1] for refunded in refunds))
    ids = [refunded[0] for refunded in refunds]
    done = {row[0] for row in await tx.rows(REFUNDED, (ids,))}
    entries: list[Row] = []
    given: list[tuple[int, int]] = []
    for message_id, account_id, amount_u, at_us, why in refunds:
        if message_id in done or account_id not in held:
            continue
        done.add(message_id)
        balance_u, overdraft_u = held[account_id]
        held[account_id] = (balance_u + amount_u, overdraft_u)
        entries.append(
            (account_id, at_us, amount_u, balance_u + amount_u, "refund", message_id, why)
        )
        given.append((account_id, -amount_u))
    await tx.run_many(INSERT_LEDGER, entries)
    await spend(tx, given)
    return [entry[5] for entry in entries]
