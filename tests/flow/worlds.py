"""Worlds of tests: world files, read, changed and applied as an operator's are."""

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from dragoman.carriers.profile import SmppProfile, read_profile
from dragoman.core.optout import opt_out
from dragoman.core.worldfile.apply import apply_world
from dragoman.core.worldfile.parse import CarrierKind, parse_world
from dragoman.core.worldfile.plan import Plan, Sealing
from dragoman.store.database import Database

KINDS = {"smpp": CarrierKind(SmppProfile, read_profile)}
SEALING = Sealing(seal=lambda secret: secret, unseal=lambda sealed: sealed)
Changes = Mapping[str, Mapping[str, object]]


async def apply(
    database: Database, text: str, clock_us: Callable[[], int], opted_out: Iterable[str] = ()
) -> Plan:
    """Make the store's world a file's; `opted_out` want nothing from anybody."""
    made = await apply_world(database, parse_world(text, KINDS, {}), SEALING, clock_us)
    if opted_out:
        async with database.transaction() as tx:
            for number in opted_out:
                await opt_out(tx, 0, number, clock_us(), "test", "STOP")
    return made


def changed(text: str, changes: Changes) -> str:
    """Give a world file with the keys that `changes` adds or replaces; see `examples.Row`.

    An account or carrier is named by its name: {"account.demo": {"max_parts": 3}}.
    """
    tables: dict[str, Any] = tomllib.loads(text)
    for name, keys in changes.items():
        first, _, second = name.partition(".")
        if isinstance(tables.get(first), list):
            [table] = [entry for entry in tables[first] if entry["name"] == second]
        else:
            table = tables.setdefault(first, {})
            table = table.setdefault(second, {}) if second else table
        table.update(keys)
    return "\n".join(_lines(tables))


def _lines(tables: Mapping[str, Any]) -> Iterator[str]:
    for name, table in tables.items():
        if isinstance(table, list):
            for entry in table:
                yield f"[[{name}]]"
                yield from _keys(entry)
        else:
            yield f"[{name}]"
            yield from _keys(table)


def _keys(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{key} = {_value(value)}"


def _value(value: object) -> str:
    """Give a value in TOML, whose texts, numbers and lists of these are written as JSON's."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_value(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
