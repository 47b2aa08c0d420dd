"""Contacts of accounts, and the groups that they are put into.

Knows no rule of names and no limit; numbers are international digits without `+`.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dragoman.model.lists import fold_name
from dragoman.store.database import Many, Tx
from dragoman.store.hot import inserted
from dragoman.store.ids import reserve
from dragoman.store.world import touch


class Contact(NamedTuple):
    """A number that an account knows, and what it calls it."""

    number: str
    name: str


FIND_GROUP = "SELECT id FROM contact_group WHERE account_id = ? AND folded = ?"
PUT_GROUP = (
    "INSERT INTO contact_group (id, account_id, name, folded) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name"
)
SIZES = "SELECT group_id, count(*) FROM group_member WHERE group_id IN (?ids) GROUP BY group_id"
MEMBERS = "SELECT number FROM group_member WHERE group_id = ? ORDER BY number LIMIT ?"
ALL_MEMBERS = "SELECT group_id, number FROM group_member ORDER BY group_id, number"
# A name that is not told leaves the one that is known.
PUT_CONTACT = inserted(
    "contact",
    {"account_id": "bigint", "number": "text", "name": "text"},
    "ON CONFLICT (account_id, number) DO UPDATE SET name = excluded.name"
    " WHERE excluded.name <> '' AND excluded.name <> contact.name",
)
CONTACTS = (
    "SELECT number, name FROM contact WHERE account_id = ? AND number > ? ORDER BY number LIMIT ?"
)
CONTACTS_OF = (
    "SELECT m.number, coalesce(c.name, '') FROM group_member m"
    " LEFT JOIN contact c ON c.account_id = ? AND c.number = m.number"
    " WHERE m.group_id = ? AND m.number > ? ORDER BY m.number LIMIT ?"
)
JOIN = inserted("group_member", {"group_id": "bigint", "number": "text"}, "ON CONFLICT DO NOTHING")
LEAVE = Many(
    columns={"group_id": "bigint", "number": "text"},
    sqlite="DELETE FROM group_member WHERE group_id = ? AND number = ?",
    postgresql=(
        "DELETE FROM group_member t USING rows"
        " WHERE t.group_id = rows.group_id AND t.number = rows.number"
    ),
)
FORGET = Many(
    columns={"account_id": "bigint", "number": "text"},
    sqlite="DELETE FROM contact WHERE account_id = ? AND number = ?",
    postgresql=(
        "DELETE FROM contact t USING rows"
        " WHERE t.account_id = rows.account_id AND t.number = rows.number"
    ),
)


async def put_group(tx: Tx, account_id: int, name: str) -> int:
    """Make a group, or spell its name anew; gives its id."""
    await touch(tx)
    row = await tx.row(FIND_GROUP, (account_id, fold_name(name)))
    group_id = int(row[0]) if row else await reserve(tx, "group", 1)
    await tx.run(PUT_GROUP, (group_id, account_id, name, fold_name(name)))
    return group_id


async def delete_group(tx: Tx, group_id: int) -> None:
    """Delete a group; its members stay contacts."""
    await touch(tx)
    await tx.run("DELETE FROM group_member WHERE group_id = ?", (group_id,))
    await tx.run("DELETE FROM contact_group WHERE id = ?", (group_id,))


async def put_contacts(tx: Tx, account_id: int, contacts: Iterable[Contact]) -> int:
    """Make contacts, or name them anew; gives how many rows that changed.

    Of several with one number the last name counts.
    """
    rows = dict[str, str]()
    for number, name in contacts:
        rows[number] = name or rows.get(number, "")
    if not rows:
        return 0
    return await tx.run_many(PUT_CONTACT, [(account_id, *row) for row in rows.items()])


async def delete_contacts(tx: Tx, account_id: int, numbers: Sequence[str]) -> int:
    """Delete contacts, out of all groups of the account, too; gives how many they were."""
    groups = await tx.rows("SELECT id FROM contact_group WHERE account_id = ?", (account_id,))
    leaving = [(group_id, number) for (group_id,) in groups for number in numbers]
    if leaving:
        await tx.run_many(LEAVE, leaving)
    return await tx.run_many(FORGET, [(account_id, number) for number in numbers])


async def join(tx: Tx, group_id: int, numbers: Iterable[str]) -> int:
    """Put numbers into a group; gives how many were not in it."""
    rows = [(group_id, number) for number in dict.fromkeys(numbers)]
    return await tx.run_many(JOIN, rows) if rows else 0


async def leave(tx: Tx, group_id: int, numbers: Iterable[str]) -> int:
    """Take numbers out of a group; gives how many were in it."""
    rows = [(group_id, number) for number in dict.fromkeys(numbers)]
    return await tx.run_many(LEAVE, rows) if rows else 0


async def members(tx: Tx, group_id: int, limit: int) -> list[str]:
    """Give the numbers of a group, in their order, as many as the limit allows."""
    return [row[0] for row in await tx.rows(MEMBERS, (group_id, limit))]


async def all_members(tx: Tx) -> dict[int, list[str]]:
    """Give the numbers of all groups."""
    found: dict[int, list[str]] = {}
    for group_id, number in await tx.rows(ALL_MEMBERS):
        found.setdefault(group_id, []).append(number)
    return found


async def sizes(tx: Tx, group_ids: Sequence[int]) -> dict[int, int]:
    """Count the members of groups; those without are missing."""
    return {row[0]: row[1] for row in await tx.rows(SIZES, (list(group_ids),))}


async def contacts(
    tx: Tx, account_id: int, limit: int, after: str = "", group_id: int = 0
) -> list[Contact]:
    """Give contacts of an account, of one group if it is named, in the order of their numbers."""
    if group_id:
        found = await tx.rows(CONTACTS_OF, (account_id, group_id, after, limit))
    else:
        found = await tx.rows(CONTACTS, (account_id, after, limit))
    return [Contact._make(row) for row in found]
