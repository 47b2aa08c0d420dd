"""What is done beside the traffic, in batches: expiry, missing verdicts, retention, the lease.

What has no index is found by walking `message` along its key, for ids grow with time.  A walk
remembers where it is in `setting`, so that it goes on there after a restart and on another node.
"""

from collections import Counter
from typing import NamedTuple

import msgspec

from dragoman.model.states import State
from dragoman.store.database import Many, Tx
from dragoman.store.world import PUT_SETTING

WALKS = "store"  # scope of the settings that remember walks
STRIDE = 5_000  # rows looked at in one go: a few milliseconds on SQLite

EXPIRING = (
    "SELECT id FROM message"
    " WHERE state IN (0, 1) AND expires_us IS NOT NULL AND expires_us <= ?"
    " ORDER BY expires_us LIMIT ? FOR UPDATE SKIP LOCKED"
)

AHEAD_US = 86_400 * 1_000_000  # whatever was accepted later than in a day came of a wrong clock
# How many rows a stride has, its last id, and its first id that is too young.
LOOK = (
    "SELECT count(*), max(id), min(CASE WHEN accepted_us >= ? AND accepted_us < ? THEN id END)"
    " FROM (SELECT id, accepted_us FROM message WHERE id > ? ORDER BY id LIMIT ?) AS stride"
)
# What was sent and asked for no receipt (flag 1) is at its end: nobody will tell more of it.
OVER = "(state > 3 OR state = 3 AND (flags & 1) = 0)"
WITHOUT_VERDICT = (
    "SELECT id, state, changed_us FROM message"
    f" WHERE id > ? AND id <= ? AND NOT {OVER} ORDER BY id FOR UPDATE SKIP LOCKED"
)
ENDED = (
    "SELECT id, account_id, charge_u FROM message"
    f" WHERE id > ? AND id <= ? AND accepted_us < ? AND {OVER} ORDER BY id FOR UPDATE SKIP LOCKED"
)

DELETE_SEGMENTS = "DELETE FROM segment WHERE id >= ? AND id < ? AND id >> 8 IN (?ids)"
DELETE_EVENTS = "DELETE FROM event WHERE message_id IN (?ids)"
DELETE_MESSAGES = "DELETE FROM message WHERE id IN (?ids)"
DELETE_URLS = "DELETE FROM report_url WHERE submission_id IN (?ids)"

RETIRE_CHARGES = Many(
    columns={"charge_u": "bigint", "id": "bigint"},
    sqlite="UPDATE account SET retired_u = retired_u + ? WHERE id = ?",
    postgresql=(
        "UPDATE account SET retired_u = retired_u + rows.charge_u FROM rows"
        " WHERE account.id = rows.id"
    ),
)

FORGET_PARKED = (
    "DELETE FROM parked_receipt WHERE (carrier_id, key, ref, state) IN"
    " (SELECT carrier_id, key, ref, state FROM parked_receipt"
    " WHERE expires_us <= ? ORDER BY expires_us LIMIT ?)"
)

HOLDER = "SELECT name FROM node WHERE name <> ? AND seen_us > ? ORDER BY seen_us DESC"
SEE_NODE = (
    "INSERT INTO node (name, seen_us) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET seen_us = excluded.seen_us"
)


class Walk(msgspec.Struct, frozen=True):
    """How far a walk has come: the last id that it passed, and the first one to be passed again."""

    at: int = 0
    again: int = 0  # 0: none yet


class Walked(NamedTuple):
    """The messages that one stride found, and whether there is more to look at now."""

    ids: list[int]
    more: bool


async def due_to_expire(tx: Tx, now_us: int, limit: int) -> list[int]:
    """Give waiting messages whose validity has run out, the longest first."""
    return [row[0] for row in await tx.rows(EXPIRING, (now_us, limit))]


async def silent(tx: Tx, before_us: int, now_us: int, limit: int) -> Walked:
    """Give messages that were sent before an instant and of which nothing was heard since.

    Not those that never asked for a receipt: they stay sent.

    At most `limit`, in one stride.  Calls go on where the last one stopped; after the youngest
    message that was accepted before the instant, a new walk begins with the oldest one that is
    not at its end yet.  Whoever is told of a message is to end it.
    """
    walk = await recall(tx, "silent")
    end, over = await look(tx, walk.at, STRIDE, before_us, now_us)
    waiting = await tx.rows(WITHOUT_VERDICT, (walk.at, end))
    ids = [row[0] for row in waiting if row[1] == State.SENT and row[2] < before_us]
    if len(ids) > limit:
        ids, end, over = ids[:limit], ids[limit - 1], False
    found = set(ids)
    unended = (row[0] for row in waiting if row[0] not in found and row[0] <= end)
    again = walk.again or next(unended, 0)
    after = Walk(at=again - 1 if again else end) if over else Walk(at=end, again=again)
    await remember(tx, "silent", walk, after)
    return Walked(ids, more=not over)


async def retire(tx: Tx, before_us: int, now_us: int, limit: int) -> Walked:
    """Delete ended messages that were accepted before an instant, with segments and timeline.

    At most `limit`.  What they cost is kept in the account's `retired_u`, so that its sums still
    add up; its ledger is kept for ever.
    """
    walk = await recall(tx, "retire")
    end, over = await look(tx, walk.at, limit, before_us, now_us)
    rows = await tx.rows(ENDED, (walk.at, end, before_us))
    ids = [row[0] for row in rows]
    if ids:
        charges: Counter[int] = Counter()
        for _, account_id, charge_u in rows:
            charges[account_id] += charge_u
        await tx.run_many(RETIRE_CHARGES, [(u, i) for i, u in sorted(charges.items()) if u])
        await tx.run(DELETE_SEGMENTS, (ids[0] << 8, (ids[-1] + 1) << 8, ids))
        await tx.run(DELETE_EVENTS, (ids,))
        await tx.run(DELETE_MESSAGES, (ids,))
        await tx.run(DELETE_URLS, (ids,))
    await remember(tx, "retire", walk, Walk() if over else Walk(at=end))
    return Walked(ids, more=not over)


async def forget_parked(tx: Tx, now_us: int, limit: int) -> int:
    """Delete receipts that waited in vain; give how many rows that were."""
    return await tx.run(FORGET_PARKED, (now_us, limit))


async def take_lease(tx: Tx, name: str, now_us: int, lease_us: int) -> str:
    """Take the store for a node, or keep it; give who else holds it, or nothing."""
    if tx.engine == "postgresql":
        # Two that start at once would each miss the other's row.
        await tx.run("LOCK TABLE node IN SHARE ROW EXCLUSIVE MODE")
    holder = await tx.row(HOLDER, (name, now_us - lease_us))
    if holder is not None:
        return str(holder[0])
    await tx.run(SEE_NODE, (name, now_us))
    return ""


async def give_lease(tx: Tx, name: str) -> None:
    """Let another node have the store at once."""
    await tx.run("DELETE FROM node WHERE name = ?", (name,))


async def look(tx: Tx, after_id: int, rows: int, before_us: int, now_us: int) -> tuple[int, bool]:
    """Look at the messages that follow an id: give the last old enough, and if that was all.

    One that a clock far ahead has stamped is passed over, and ends no walk.
    """
    [(count, last, young)] = await tx.rows(LOOK, (before_us, now_us + AHEAD_US, after_id, rows))
    if young is not None:
        return young - 1, True
    return (after_id if last is None else last), count < rows


async def recall(tx: Tx, name: str) -> Walk:
    """Give how far a walk has come."""
    row = await tx.row("SELECT value FROM setting WHERE scope = ? AND key = ?", (WALKS, name))
    return msgspec.json.decode(row[0], type=Walk) if row else Walk()


async def remember(tx: Tx, name: str, before: Walk, after: Walk) -> None:
    """Keep how far a walk has come, if it has moved."""
    if after != before:
        await tx.run(PUT_SETTING, (WALKS, name, msgspec.json.encode(after).decode()))
