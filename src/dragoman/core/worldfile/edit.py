"""Single keys of the stored world, changed as the world file would change them.

Pure: the stored world becomes the tables of its file, a few keys are set, and the file's own
rules judge the result.  Groups and lists are left out, for a file without them leaves them alone.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from dragoman.core.worldfile.parse import Kinds, WorldError, WorldFile, read_tables
from dragoman.core.worldfile.render import render_world
from dragoman.core.worldfile.tables import SECRETS
from dragoman.model.world import World

_EDIT = re.compile(r"([A-Za-z0-9_.]+)(\+=|-=|=)(.*)", re.DOTALL)

# Keys that are no setting, and what changes them.
_ELSEWHERE = {
    "name": "a name stays as it is; `dragoman apply` makes another account",
    "balance": "`dragoman account credit` and `dragoman account debit` change it",
    **{
        key: f"a secret would stand in the list of processes: export it, and write {key}_env=NAME"
        for key in SECRETS
    },
}


class Edit(msgspec.Struct, frozen=True):
    """One change: a key, perhaps of a table in the table, what is done, and the value.

    No value stands for the default, which is what a key has that is not there.
    """

    path: tuple[str, ...]
    how: str  # =, += or -=
    value: object | None


def read_edit(word: str) -> Edit:
    """Read KEY=VALUE, KEY+=VALUE or KEY-=VALUE; WorldError with what is wrong."""
    match = _EDIT.fullmatch(word)
    if match is None:
        raise WorldError([f"{word!r} must be KEY=VALUE, KEY+=VALUE or KEY-=VALUE"])
    key, how, value = match.groups()
    if key in _ELSEWHERE:
        raise WorldError([f"{key}: {_ELSEWHERE[key]}"])
    if how != "=" and not value:
        raise WorldError([f"{word}: there is nothing to add or to remove"])
    return Edit(tuple(key.split(".")), how, _value(value) if value else None)


def _value(text: str) -> object:
    """Give a value of TOML; what is none is a text without its quotes."""
    try:
        read = tomllib.loads(f"value = {text}", parse_float=Decimal)
    except tomllib.TOMLDecodeError:
        return text
    return read["value"] if read.keys() == {"value"} else text


def edited(
    world: World,
    account: str | None,
    edits: Sequence[Edit],
    kinds: Kinds,
    environment: Mapping[str, str],
) -> WorldFile:
    """Give the file of a world in which keys of an account, or of the gateway, are changed."""
    plain = msgspec.structs.replace(world, groups=(), lists=())
    tables = tomllib.loads(render_world(plain), parse_float=Decimal)
    if account is None:
        table = tables.setdefault("gateway", {})
    else:
        table = next(entry for entry in tables["account"] if entry["name"] == account)
    for edit in edits:
        _change(table, edit)
    return read_tables(tables, kinds, environment)


def _change(table: dict[str, object], edit: Edit) -> None:
    key, *rest = edit.path
    if rest:
        inner = table.setdefault(key, {})
        if not isinstance(inner, dict):
            raise WorldError([f"{'.'.join(edit.path)}: {key} is no table"])
        _change(inner, msgspec.structs.replace(edit, path=tuple(rest)))
        if not inner:  # as if nobody had written it
            del table[key]
    elif edit.how != "=":
        table[key] = _amended(table.get(key, []), edit)
    elif edit.value is None:
        table.pop(key, None)
    else:
        table[key] = edit.value
        if key.endswith("_env"):  # in place of the secret that the store has
            table.pop(key.removesuffix("_env"), None)


def _amended(known: object, edit: Edit) -> list[object]:
    """Give a list with items more or less; each stands in it once."""
    name = ".".join(edit.path)
    if not isinstance(known, list):
        raise WorldError([f"{name}: is no list; write {name}=VALUE"])
    items = edit.value if isinstance(edit.value, list) else [edit.value]
    if edit.how == "+=":
        return [*known, *(item for item in items if item not in known)]
    missing = [item for item in items if item not in known]
    if missing:
        raise WorldError([f"{name}: {missing[0]!r} is not in it"])
    return [item for item in known if item not in items]
