"""Reading one table of the world file: every key against its type, every fault in words.

Knows how keys are declared (`msgspec.Struct` fields) and nothing about what they mean.  All
faults of a table are found, not the first only; a secret's value is never repeated.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from dragoman.core.worldfile.sorts import TAKES, read_sort

K = TypeVar("K", bound=msgspec.Struct)

SWITCHES = {"on": True, "off": False}
SECRETS = frozenset({"password", "api_secret", "notify_secret"})
ITEM = re.compile(r"`\$\[(\d+)\]`")
SHOWN_MOST = 60  # characters of a wrong value that an error repeats


class Problems:
    """The faults of a file, in the order in which they were found."""

    def __init__(self) -> None:
        """Start without any."""
        self.lines: list[str] = []

    def add(self, where: str, words: str) -> None:
        """Note a fault: where, and what to do."""
        self.lines.append(f"{where}: {words}")


def read_keys(
    table: type[K],
    raw: Mapping[str, object],
    where: str,
    problems: Problems,
    *,
    ignore: frozenset[str] = frozenset(),
) -> K | None:
    """Give a table's keys as its struct; None when something is wrong, which is then noted.

    Keys in `ignore` are somebody else's.
    """
    fields = {field.name: field for field in msgspec.structs.fields(table)}
    before = len(problems.lines)
    values: dict[str, object] = {}
    for key, value in raw.items():
        if key in fields:
            values[key] = _read(fields[key].type, key, value, where, problems)
        elif key not in ignore:
            problems.add(where, unknown("key", key, [*fields, *ignore]))
    for name, field in fields.items():
        if field.required and name not in raw:
            problems.add(where, f"needs the key {name}")
    return table(**values) if len(problems.lines) == before else None


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """Say that a word is not known, and which one may be meant."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"has no {what} {word!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _read(kind: Any, key: str, value: object, where: str, problems: Problems) -> object:
    shape = _bare(inspect.type_info(kind))
    if isinstance(shape, inspect.StructType):
        if isinstance(value, dict):
            return read_keys(shape.cls, value, f"{where} {key}", problems)
        problems.add(where, f"{key} must be a table")
        return None
    if isinstance(shape, inspect.BoolType) and isinstance(value, str):
        value = SWITCHES.get(value, value)
    given = value if isinstance(shape, inspect.CustomType) else _numbers(value)
    try:
        return msgspec.convert(given, kind, dec_hook=read_sort)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at ")
        if not words.startswith("must "):
            words = f"must be {describe(shape)}"
        shown = "" if key in SECRETS else f", not {show(_at(value, path))}"
        problems.add(where, f"{key} {words}{shown}")
        return None


def _at(value: object, path: str) -> object:
    """Give the item of a list that a fault is about, else the whole value."""
    index = ITEM.fullmatch(path)
    return value[int(index[1])] if index and isinstance(value, list) else value


def _bare(shape: inspect.Type) -> inspect.Type:
    return _bare(shape.type) if isinstance(shape, inspect.Metadata) else shape


def _numbers(value: object) -> object:
    """Give TOML's exact decimals as floats, for keys that are no money."""
    match value:
        case Decimal():
            return float(value)
        case list():
            return [_numbers(item) for item in value]
        case dict():
            return {key: _numbers(item) for key, item in value.items()}
        case _:
            return value


def show(value: object) -> str:
    """Give a value as the file has it, cut short."""
    match value:
        case bool():
            text = "true" if value else "false"
        case str():
            text = f'"{value}"'
        case Decimal() | int() | float():
            text = str(value)
        case list():
            text = f"[{', '.join(map(show, value))}]"
        case dict():
            text = "a table"
        case _:
            text = str(value)
    return text if len(text) <= SHOWN_MOST else f"{text[: SHOWN_MOST - 3]}..."


def describe(shape: inspect.Type) -> str:
    """Give the words for what a key takes."""
    match shape:
        case inspect.Metadata(type=inner):
            return describe(inner)
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType() | inspect.FloatType():
            noun = "a whole number" if isinstance(shape, inspect.IntType) else "a number"
            return noun + _bounds(shape)
        case inspect.LiteralType(values=values):
            return f"one of {', '.join(map(show, values))}"
        case inspect.EnumType(cls=cls):
            return f"one of {', '.join(show(member.value) for member in cls)}"
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return f"a list, each {describe(item)}"
        case inspect.TupleType(item_types=items):  # TON and NPI, in all that we read
            return f"a list of {len(items)} numbers"
        case inspect.StrType():
            return "a text in quotes"
        case inspect.DictType() | inspect.StructType():
            return "a table"
        case inspect.CustomType(cls=cls):
            return TAKES.get(cls, "a value of its own kind")
        case _:
            return "a value of another kind"


def _bounds(shape: inspect.IntType | inspect.FloatType) -> str:
    least, above, most = shape.ge, shape.gt, shape.le
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f" of {least} or more"
    if above is not None:
        return f" above {above}"
    return f" up to {most}" if most is not None else ""
