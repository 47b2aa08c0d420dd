"""What is to leave later: found when it is due, let out, put off, and called back.

Knows no reason for any of it.  What is scheduled has an index of its own, so that a look for what
is due costs the same with a hundred thousand messages waiting as with none.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dragoman.model.messages import QUIET, Message
from dragoman.model.states import State
from dragoman.store import hot
from dragoman.store.database import Many, Tx
from dragoman.store.hot import MESSAGE_COLUMNS, RUNG
from dragoman.store.lookups import find_messages

IS_DUE = "SELECT 1 FROM message WHERE state = 0 AND due_us <= ? LIMIT 1"
DUE = (
    f"SELECT {MESSAGE_COLUMNS} FROM message WHERE state = 0 AND due_us <= ?"
    " ORDER BY due_us LIMIT ? FOR UPDATE SKIP LOCKED"
)
RELEASE = Many(
    columns={"changed_us": "bigint", "carrier_id": "bigint", "id": "bigint"},
    sqlite=(
        "UPDATE message SET state = 1, changed_us = ?, carrier_id = ? WHERE id = ? AND state = 0"
    ),
    # the rung, because on its own `state = 0` tempts the planner away from the key
    postgresql=(
        "UPDATE message SET state = 1, changed_us = rows.changed_us, carrier_id = rows.carrier_id"
        f" FROM rows WHERE message.id = rows.id AND {RUNG.replace('state', 'message.state')} = 0"
    ),
)

HOLD = Many(
    columns={"until_us": "bigint", "held_us": "bigint", "changed_us": "bigint", "id": "bigint"},
    sqlite=(
        "UPDATE message SET state = 0, due_us = ?, expires_us = expires_us + ?, changed_us = ?,"
        f" flags = flags | {QUIET} WHERE id = ? AND state IN (0, 1, 2)"
    ),
    postgresql=(
        "UPDATE message SET state = 0, due_us = rows.until_us,"
        " expires_us = expires_us + rows.held_us, changed_us = rows.changed_us,"
        f" flags = flags | {QUIET}"
        f" FROM rows WHERE message.id = rows.id AND {RUNG.replace('state', 'message.state')} < 3"
    ),
)

PAGE = f"SELECT {MESSAGE_COLUMNS} FROM message WHERE state = 0 ORDER BY due_us LIMIT ?"
PAGE_OF_ACCOUNT = (
    f"SELECT {MESSAGE_COLUMNS} FROM message WHERE state = 0 AND account_id = ?"
    " ORDER BY due_us LIMIT ?"
)
PUT_OFF = (
    "UPDATE message SET due_us = ?, expires_us = expires_us - due_us + ?, changed_us = ?,"
    f" flags = flags & ~{QUIET}"
    " WHERE id = ? AND state = 0"
)

SCHEDULED_OF = "SELECT id FROM message WHERE state = 0 AND account_id = ? ORDER BY id"
OPEN_OF = "SELECT id FROM message WHERE state IN (1, 2) AND account_id = ? ORDER BY id"
TAKE_BACK = (
    f"SELECT {MESSAGE_COLUMNS} FROM message WHERE id IN (?ids) AND state IN (0, 1)"
    " ORDER BY id FOR UPDATE SKIP LOCKED"
)


class Cancelled(NamedTuple):
    """What was called back: the messages, and what their accounts were given, each its sum."""

    ids: list[int]
    refunds_u: dict[int, int]


async def is_due(tx: Tx, now_us: int) -> bool:
    """Tell whether any message's time has come."""
    return await tx.row(IS_DUE, (now_us,)) is not None


async def due(tx: Tx, now_us: int, limit: int) -> list[Message]:
    """Give messages whose time has come, the longest due first, and keep others from them."""
    return [Message(*row) for row in await tx.rows(DUE, (now_us, limit))]


async def release(tx: Tx, messages: Sequence[tuple[int, int]], now_us: int) -> None:
    """Queue scheduled messages, (message id, carrier id) each."""
    rows = [(now_us, carrier_id, message_id) for message_id, carrier_id in messages]
    await tx.run_many(RELEASE, rows)


async def hold(tx: Tx, messages: Sequence[tuple[int, int]], now_us: int) -> None:
    """Schedule messages that were to leave now for later, (message id, due time) each.

    One that is being claimed in this very transaction goes back, too; none that may have left.
    """
    rows = [(until_us, until_us - now_us, now_us, message_id) for message_id, until_us in messages]
    await tx.run_many(HOLD, rows)


async def scheduled(tx: Tx, limit: int, account_id: int | None = None) -> list[Message]:
    """Give what is scheduled, of one account if it is named, the next to leave first."""
    if account_id is None:
        found = await tx.rows(PAGE, (limit,))
    else:
        found = await tx.rows(PAGE_OF_ACCOUNT, (account_id, limit))
    return [Message(*row) for row in found]


async def put_off(tx: Tx, message_id: int, due_us: int, now_us: int) -> bool:
    """Give a scheduled message another time, and move its validity along; False: it is not one."""
    return await tx.run(PUT_OFF, (due_us, due_us, now_us, message_id)) > 0


async def scheduled_of(tx: Tx, account_id: int) -> list[int]:
    """Give what an account has scheduled."""
    return [row[0] for row in await tx.rows(SCHEDULED_OF, (account_id,))]


async def open_of(tx: Tx, account_id: int) -> list[int]:
    """Give what an account has queued or in flight."""
    return [row[0] for row in await tx.rows(OPEN_OF, (account_id,))]


async def cancel(tx: Tx, message_ids: Sequence[int], at_us: int, why: str) -> Cancelled:
    """End messages that have not left, and give back all that they cost.

    One that the gateway has in its hands at this moment is stepped over: ask again.
    """
    known = await find_messages(tx, message_ids)
    # Money first, as whoever accepts does: two that lock in different orders stop each other.
    await hot.balances(tx, {message.account_id for message in known})
    found = await tx.rows(TAKE_BACK, (sorted(set(message_ids)),))
    messages = [Message(*row) for row in found]
    given = set(
        await hot.refund(
            tx, [(m.id, m.account_id, m.charge_u, at_us, why) for m in messages if m.charge_u]
        )
    )
    await hot.settle(tx, [], [(m.id, int(State.CANCELLED), at_us, why) for m in messages])
    await hot.note(tx, [(m.id, at_us, "cancel", why) for m in messages])
    refunds_u: dict[int, int] = {}
    for message in messages:
        if message.id in given:
            before_u = refunds_u.get(message.account_id, 0)
            refunds_u[message.account_id] = before_u + message.charge_u
    return Cancelled([message.id for message in messages], refunds_u)
