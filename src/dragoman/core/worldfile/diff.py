"""How two worlds differ, row by row, and what the difference is called.

Pure; knows rows of `model.world` and the words of the world file.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec

from dragoman.core.worldfile.render import SECRET_OPTIONS
from dragoman.core.worldfile.tables import show
from dragoman.model.world import Account, CarrierRow

T = TypeVar("T")
N = TypeVar("N", Account, CarrierRow)

Table = Mapping[str, object]


class Change(msgspec.Struct, frozen=True):
    """One entry that differs: what is done, to what, and how in words."""

    action: str  # created, changed, removed, disabled
    table: str
    name: str
    details: tuple[str, ...] = ()


class Rows(msgspec.Struct, Generic[T], frozen=True):
    """Rows of one kind to put and to delete, and what that means in words."""

    put: tuple[T, ...] = ()
    gone: tuple[T, ...] = ()
    changes: tuple[Change, ...] = ()


def diff_named(
    table: str,
    wanted: Sequence[N],
    known: Sequence[N],
    used: frozenset[int],
    tables: Callable[[N], Table],
) -> Rows[N]:
    """Compare accounts or carriers; one that is used is disabled where others are removed."""
    before = {row.id: row for row in known}
    kept = {row.id for row in wanted}
    put: list[N] = []
    gone: list[N] = []
    changes: list[Change] = []
    for row in wanted:
        old = before.get(row.id)
        if old is None:
            changes.append(Change("created", table, row.name))
        elif row != old:
            changes.append(Change("changed", table, row.name, details(old, row, tables)))
        else:
            continue
        put.append(row)
    for row in known:
        if row.id in kept:
            continue
        if row.id not in used:
            gone.append(row)
            changes.append(Change("removed", table, row.name))
        elif row.enabled:
            put.append(msgspec.structs.replace(row, enabled=False))
            words = "has messages, so its books are kept"
            changes.append(Change("disabled", table, row.name, (words,)))
    return Rows(tuple(put), tuple(gone), tuple(changes))


def diff_rows(
    table: str,
    wanted: Sequence[T],
    known: Sequence[T],
    key: Callable[[T], Hashable],
    name: Callable[[T], str],
) -> Rows[T]:
    """Compare rows that are nothing but their values."""
    before = {key(row): row for row in known}
    after = {key(row): row for row in wanted}
    put = [row for at, row in after.items() if before.get(at) != row]
    gone = [row for at, row in before.items() if at not in after]
    changes = [
        Change("created" if key(row) not in before else "changed", table, name(row)) for row in put
    ]
    changes += [Change("removed", table, name(row)) for row in gone]
    return Rows(tuple(put), tuple(gone), tuple(changes))


def details(old: N, new: N, tables: Callable[[N], Table]) -> tuple[str, ...]:
    """Say which keys differ and how; of a secret only that it does."""
    before: Table = flat(tables(old))
    after: Table = flat(tables(new))
    lines = [
        f"{key}: {shown(before, key)} → {shown(after, key)}"
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    ]
    lines += [f"{name}: another one" for name in changed_secrets(old, new)]
    return tuple(lines)


def changed_secrets(old: Account | CarrierRow, new: Account | CarrierRow) -> list[str]:
    """Name the secrets that both rows have and that differ."""
    before, after = secrets_of(old), secrets_of(new)
    return [name for name in before if before[name] and before[name] != after[name]]


def secrets_of(row: Account | CarrierRow) -> dict[str, object]:
    """Give the stored forms of a row's secrets by the names that the file has for them."""
    first = row.password_hash if isinstance(row, Account) else row.secret
    others = {name: row.options.get(option) for option, name in SECRET_OPTIONS.items()}
    return {"password": first, **others}


def flat(table: Table, prefix: str = "") -> dict[str, object]:
    """Give a table without tables in it: their keys with a dot."""
    found: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found.update(flat(value, f"{prefix}{key}."))
        else:
            found[f"{prefix}{key}"] = value
    return found


def shown(table: Table, key: str) -> str:
    """Give a value for people."""
    return show(table[key]) if key in table else "not set"
