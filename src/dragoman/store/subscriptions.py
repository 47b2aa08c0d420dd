"""Subscription lists: their rules, their members, and every change that was ever made.

Knows no reason for a change: which one is real was decided in core.  Members are subscribed (1)
or unsubscribed (2), by the numbers of `model.lists.Action`.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dragoman.model.lists import SubscriptionList, fold_name
from dragoman.store.database import Many, Tx
from dragoman.store.hot import inserted
from dragoman.store.ids import reserve
from dragoman.store.world import LIST_COLUMNS, json, touch


class Member(NamedTuple):
    """A number that a list knows."""

    number: str
    state: int
    changed_us: int


class Event(NamedTuple):
    """One change of a member, as it is kept."""

    account_id: int
    list_name: str
    kind: int
    number: str
    action: int
    source: int
    proof: str
    at_us: int


PUT_LIST = (
    f"INSERT INTO subscription_list ({LIST_COLUMNS}, folded)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind,"
    " join_words = excluded.join_words, stop_words = excluded.stop_words,"
    " platform_stop = excluded.platform_stop, on_dead = excluded.on_dead,"
    " on_mt_sms = excluded.on_mt_sms, join_reply = excluded.join_reply,"
    " stop_reply = excluded.stop_reply, folded = excluded.folded"
)
FIND_LIST = "SELECT id FROM subscription_list WHERE account_id = ? AND folded = ?"
# Whoever changes members holds the list's row, so that no change is told twice.
HOLD = "SELECT 1 FROM subscription_list WHERE id = ? FOR UPDATE"
STATES = "SELECT number, state FROM list_member WHERE list_id = ? AND number IN (?texts)"
SUBSCRIBED = (
    "SELECT number FROM list_member WHERE list_id = ? AND state = 1 ORDER BY number LIMIT ?"
)
MEMBERS = (
    "SELECT number, state, changed_us FROM list_member"
    " WHERE list_id = ? AND number > ? ORDER BY number LIMIT ?"
)
COUNTS = (
    "SELECT list_id, state, count(*) FROM list_member WHERE list_id IN (?ids)"
    " GROUP BY list_id, state"
)
LISTS_OF = "SELECT list_id FROM list_member WHERE number = ? AND state = 1 ORDER BY list_id"
PUT_MEMBER = inserted(
    "list_member",
    {"list_id": "bigint", "number": "text", "state": "bigint", "changed_us": "bigint"},
    "ON CONFLICT (list_id, number)"
    " DO UPDATE SET state = excluded.state, changed_us = excluded.changed_us",
)
DELETE_MEMBER = Many(
    columns={"list_id": "bigint", "number": "text"},
    sqlite="DELETE FROM list_member WHERE list_id = ? AND number = ?",
    postgresql=(
        "DELETE FROM list_member t USING rows"
        " WHERE t.list_id = rows.list_id AND t.number = rows.number"
    ),
)
KEEP = inserted(
    "list_event",
    {
        "account_id": "bigint",
        "list_name": "text",
        "kind": "bigint",
        "number": "text",
        "action": "bigint",
        "source": "bigint",
        "proof": "text",
        "at_us": "bigint",
    },
)
EVENT_COLUMNS = "account_id, list_name, kind, number, action, source, proof, at_us"
EVENTS = f"SELECT {EVENT_COLUMNS} FROM list_event WHERE account_id = ? ORDER BY id DESC LIMIT ?"
EVENTS_OF_NUMBER = (
    f"SELECT {EVENT_COLUMNS} FROM list_event WHERE number = ? AND account_id = ?"
    " ORDER BY id DESC LIMIT ?"
)


async def put_list(tx: Tx, wanted: SubscriptionList) -> int:
    """Make a list, or change the one of that name; gives its id."""
    await touch(tx)
    folded = fold_name(wanted.name)
    row = await tx.row(FIND_LIST, (wanted.account_id, folded))
    list_id = int(row[0]) if row else await reserve(tx, "list", 1)
    values = (
        list_id,
        wanted.account_id,
        wanted.name,
        int(wanted.kind),
        json(wanted.join_words),
        json(wanted.stop_words),
        int(wanted.platform_stop),
        wanted.on_dead,
        wanted.on_mt_sms,
        wanted.join_reply,
        wanted.stop_reply,
        folded,
    )
    await tx.run(PUT_LIST, values)
    return list_id


async def delete_list(tx: Tx, list_id: int) -> None:
    """Delete a list and its members; what was changed in it is kept."""
    await touch(tx)
    await tx.run("DELETE FROM list_member WHERE list_id = ?", (list_id,))
    await tx.run("DELETE FROM subscription_list WHERE id = ?", (list_id,))


async def hold(tx: Tx, list_id: int) -> bool:
    """Keep others from changing members of a list until the end of the transaction.

    False: it was deleted.
    """
    return await tx.row(HOLD, (list_id,)) is not None


async def states(tx: Tx, list_id: int, numbers: Iterable[str]) -> dict[str, int]:
    """Give the states of those of the numbers that the list knows."""
    found = await tx.rows(STATES, (list_id, sorted(set(numbers))))
    return dict(found)


async def put_members(tx: Tx, list_id: int, numbers: Sequence[str], state: int, at_us: int) -> None:
    """Let numbers be in a state."""
    await tx.run_many(PUT_MEMBER, [(list_id, number, state, at_us) for number in numbers])


async def delete_members(tx: Tx, list_id: int, numbers: Sequence[str]) -> None:
    """Let a list no longer know numbers."""
    await tx.run_many(DELETE_MEMBER, [(list_id, number) for number in numbers])


async def keep(tx: Tx, events: Sequence[Event]) -> None:
    """Keep changes for ever."""
    await tx.run_many(KEEP, events)


async def subscribed(tx: Tx, list_id: int, limit: int) -> list[str]:
    """Give who is subscribed, in the order of their numbers, as many as the limit allows."""
    return [row[0] for row in await tx.rows(SUBSCRIBED, (list_id, limit))]


async def members(tx: Tx, list_id: int, limit: int, after: str = "") -> list[Member]:
    """Give all that a list knows, in the order of the numbers."""
    return [Member._make(row) for row in await tx.rows(MEMBERS, (list_id, after, limit))]


async def counts(tx: Tx, list_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Count members by list and state; none is missing."""
    return {(row[0], row[1]): row[2] for row in await tx.rows(COUNTS, (list(list_ids),))}


async def lists_of(tx: Tx, number: str) -> list[int]:
    """Give the lists, of whatever account, that a number is subscribed to."""
    return [row[0] for row in await tx.rows(LISTS_OF, (number,))]


async def events(tx: Tx, account_id: int, limit: int, number: str = "") -> list[Event]:
    """Give changes in an account's lists, of one number if it is told, the newest first."""
    if number:
        found = await tx.rows(EVENTS_OF_NUMBER, (number, account_id, limit))
    else:
        found = await tx.rows(EVENTS, (account_id, limit))
    return [Event._make(row) for row in found]
