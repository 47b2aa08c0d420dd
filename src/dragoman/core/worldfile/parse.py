"""The world file: what an operator wrote, read whole and judged before anything is changed.

Gives either everything, in types, or all that is wrong, each fault with its table, entry and key.
Knows no store; the environment comes as an argument, and so do the kinds of carriers, whose
options are their own business.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import UNSET

from dragoman.core.quiet import DAYS
from dragoman.core.worldfile.keys import (
    DIALECT_KEYS,
    NOT_YET,
    AccountKeys,
    CarrierKeys,
    GatewayKeys,
    NumberKeys,
    PriceKeys,
    RouteKeys,
)
from dragoman.core.worldfile.name_keys import GroupKeys, ListKeys
from dragoman.core.worldfile.tables import Problems, read_keys, show, unknown
from dragoman.model.lists import fold_name

K = TypeVar("K", bound=msgspec.Struct)
Options = dict[str, object]

MASKED = "***"  # stands for a secret that the store has; applying it changes nothing

LISTS = ("account", "carrier", "route", "price", "number", "group", "list")
SINGLES = ("gateway", "dialect")

CARRIER_KEYS = frozenset(field.name for field in msgspec.structs.fields(CarrierKeys))


class CarrierKind(msgspec.Struct, frozen=True):
    """What a kind of carrier may be told: its options, and the check of all of them together.

    `check` raises ValueError with words that name the key.
    """

    options: type[msgspec.Struct]
    check: Callable[[Mapping[str, object]], object]


Kinds = Mapping[str, CarrierKind]


class CarrierEntry(msgspec.Struct, frozen=True):
    """A carrier of the file: the keys of every carrier, and the options of its kind."""

    keys: CarrierKeys
    options: Options


class WorldFile(msgspec.Struct, frozen=True):
    """A whole file that is good.  Secrets are in clear, or masked, and never shown."""

    accounts: tuple[AccountKeys, ...] = ()
    carriers: tuple[CarrierEntry, ...] = ()
    routes: tuple[RouteKeys, ...] = ()
    prices: tuple[PriceKeys, ...] = ()
    numbers: tuple[NumberKeys, ...] = ()
    groups: tuple[GroupKeys, ...] = ()
    lists: tuple[ListKeys, ...] = ()
    gateway: Options = {}
    dialects: dict[str, Options] = {}
    notes: tuple[str, ...] = ()  # what is stored though nothing reads it yet

    def __repr__(self) -> str:
        """Hide the passwords."""
        return f"WorldFile({len(self.accounts)} accounts, {len(self.carriers)} carriers)"


class WorldError(ValueError):
    """A world file that cannot be applied; `problems` has a line for each fault."""

    def __init__(self, problems: list[str]) -> None:
        """Take what is wrong."""
        super().__init__("\n".join(problems))
        self.problems = problems


def parse_world(text: str, kinds: Kinds, environment: Mapping[str, str]) -> WorldFile:
    """Give what a world file says; WorldError with everything that is wrong with it."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise WorldError([f"this is not TOML: {error}"]) from None
    return read_tables(raw, kinds, environment)


def read_tables(
    raw: Mapping[str, object], kinds: Kinds, environment: Mapping[str, str]
) -> WorldFile:
    """Give what the tables of a world file say; WorldError with everything that is wrong."""
    problems = Problems()
    _look(raw, problems)
    file = WorldFile(
        accounts=tuple(_accounts(_entries(raw, "account"), environment, problems)),
        carriers=tuple(_carriers(_entries(raw, "carrier"), kinds, environment, problems)),
        routes=_listed(RouteKeys, raw, "route", problems),
        prices=_listed(PriceKeys, raw, "price", problems),
        numbers=_listed(NumberKeys, raw, "number", problems),
        groups=_listed(GroupKeys, raw, "group", problems),
        lists=_listed(ListKeys, raw, "list", problems),
        gateway=_single(GatewayKeys, raw.get("gateway"), "[gateway]", problems),
        dialects=_dialects(raw.get("dialect"), problems),
    )
    # What refers to an entry is judged only when all entries could be read: an account with a
    # fault is not an unknown account.
    for line in () if problems.lines else _references(file):
        problems.lines.append(line)
    if problems.lines:
        raise WorldError(problems.lines)
    return msgspec.structs.replace(file, notes=tuple(_notes(file)))


def plain(value: object) -> object:
    """Give a value as JSON would give it back, so that equal ones compare equal.

    What a table leaves out is left out here, too.
    """
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=_builtin))


def _builtin(value: object) -> object:
    return int(value) if isinstance(value, int) else str(value)


# The shape of the file.


def _look(raw: Mapping[str, object], problems: Problems) -> None:
    """Note what is no table of ours, or one with the wrong brackets."""
    if not raw:
        problems.add("the file", "has no tables; an empty world would remove everything")
    for name, value in raw.items():
        if name in LISTS:
            if not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
                problems.add(f"[{name}]", f"is a list; write [[{name}]], with two brackets")
        elif name not in SINGLES:
            problems.add("the file", unknown("table", name, (*LISTS, *SINGLES)))
        elif not isinstance(value, dict):
            problems.add(f"[[{name}]]", f"is no list; write [{name}], with one bracket")


def _entries(raw: Mapping[str, object], name: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Give the entries of a list, each with what errors call it."""
    value = raw.get(name)
    for index, item in enumerate(value if isinstance(value, list) else (), 1):
        if isinstance(item, dict):
            yield f"[[{name}]] {_label(item, index)}", item


def _label(item: Mapping[str, object], index: int) -> str:
    for key in ("name", "number"):
        if isinstance(item.get(key), str):
            return show(item[key])
    if isinstance(item.get("prefix"), str):
        return f"number {index} (prefix {show(item['prefix'])})"
    return f"number {index}"


def _listed(
    table: type[K], raw: Mapping[str, object], name: str, problems: Problems
) -> tuple[K, ...]:
    read = (read_keys(table, item, where, problems) for where, item in _entries(raw, name))
    return tuple(keys for keys in read if keys is not None)


def _single(table: type[K], value: object, where: str, problems: Problems) -> Options:
    keys = read_keys(table, value, where, problems) if isinstance(value, dict) else None
    options = plain(keys) if keys is not None else {}
    assert isinstance(options, dict)  # noqa: S101  # a struct becomes an object
    return options


def _dialects(value: object, problems: Problems) -> dict[str, Options]:
    tables: dict[str, Options] = {}
    for name, item in value.items() if isinstance(value, dict) else ():
        if name not in DIALECT_KEYS:
            problems.add("[dialect]", unknown("dialect", name, DIALECT_KEYS))
        elif not isinstance(item, dict):
            problems.add("[dialect]", f"{name} must be a table: write [dialect.{name}]")
        elif options := _single(DIALECT_KEYS[name], item, f"[dialect.{name}]", problems):
            tables[name] = options
    return tables


# Accounts and carriers, with their secrets.


def _accounts(
    entries: Iterator[tuple[str, dict[str, object]]],
    environment: Mapping[str, str],
    problems: Problems,
) -> Iterator[AccountKeys]:
    taken: dict[str, str] = {}  # user name -> whose
    for where, item in entries:
        keys = read_keys(AccountKeys, item, where, problems)
        if keys is None:
            continue
        for key in ("name", "api_key"):
            name = getattr(keys, key)
            if name is UNSET:
                continue
            if name in taken:
                problems.add(where, f"{key} {show(name)} is taken by {taken[name]}")
            taken[name] = where
        if (keys.api_key is UNSET) and keys.api_secret is not UNSET:
            problems.add(where, "api_secret needs an api_key, the user name that goes with it")
        if keys.quiet_days is not UNSET and len(set(keys.quiet_days)) == len(DAYS):
            problems.add(where, "quiet_days leaves no day to send on")
        yield msgspec.structs.replace(
            keys,
            password=_secret(keys, "password", where, environment, problems),
            api_secret=_secret(keys, "api_secret", where, environment, problems),
            notify_secret=_secret(keys, "notify_secret", where, environment, problems),
        )


def _carriers(
    entries: Iterator[tuple[str, dict[str, object]]],
    kinds: Kinds,
    environment: Mapping[str, str],
    problems: Problems,
) -> Iterator[CarrierEntry]:
    taken: set[str] = set()
    for where, item in entries:
        kind = kinds.get(str(item.get("kind")))
        known = {field.name for field in msgspec.structs.fields(kind.options)} if kind else item
        keys = read_keys(CarrierKeys, item, where, problems, ignore=frozenset(known) - CARRIER_KEYS)
        if kind is None:
            if isinstance(item.get("kind"), str):
                words = f"kind must be one of {', '.join(kinds)}, not {show(item['kind'])}"
                problems.add(where, words)
            continue
        options = {
            key: value for key, value in item.items() if key in known and key not in CARRIER_KEYS
        }
        checked = _options(kind, options, where, problems)
        if keys is None or checked is None:
            continue
        if keys.name in taken:
            problems.add(where, "stands in the file twice")
        taken.add(keys.name)
        password = _secret(keys, "password", where, environment, problems)
        yield CarrierEntry(msgspec.structs.replace(keys, password=password), checked)


def _options(kind: CarrierKind, options: Options, where: str, problems: Problems) -> Options | None:
    """Give a carrier's options in their canonical form, judged one by one, then together."""
    read = read_keys(kind.options, options, where, problems)
    if read is None:
        return None
    # What was left out stays out, so that a default of a later version can be another one.
    given = plain({key: getattr(read, key) for key in options})
    assert isinstance(given, dict)  # noqa: S101  # an object stays an object
    try:
        kind.check(given)
    except ValueError as error:
        problems.add(where, str(error))
        return None
    return given


def _secret(
    keys: msgspec.Struct,
    name: str,
    where: str,
    environment: Mapping[str, str],
    problems: Problems,
) -> str | msgspec.UnsetType:
    """Give a secret, from the file or from the environment variable that the file names."""
    given: str | msgspec.UnsetType = getattr(keys, name)
    variable: str | msgspec.UnsetType = getattr(keys, f"{name}_env")
    if given == "":
        problems.add(where, f"{name} is empty; leave the key out to keep what the store has")
    if isinstance(variable, msgspec.UnsetType):
        return given
    if given is not UNSET:
        problems.add(where, f"has both {name} and {name}_env; one of them must go")
    found = environment.get(variable, "")
    if given is UNSET and not found:
        problems.add(
            where, f"{name}_env names the environment variable {variable}, which is not set"
        )
    return found


# What refers to something else.


def _references(file: WorldFile) -> Iterator[str]:
    accounts = {str(account.name): account for account in file.accounts}
    carriers = {str(entry.keys.name) for entry in file.carriers}
    yield from _routes(file, accounts, carriers)
    yield from _prices(file, accounts)
    seen: set[tuple[str, str]] = set()
    for number in file.numbers:
        where = f"[[number]] {show(number.number)}"
        if number.account not in accounts:
            yield f"{where}: account {_stranger(number.account, accounts)}"
        key = (str(number.number), number.keyword.upper())
        if key in seen:
            yield f"{where}: stands in the file twice with keyword {show(number.keyword)}"
        seen.add(key)
    yield from _named("group", file.groups, accounts)
    yield from _named("list", file.lists, accounts)


def _named(
    table: str, entries: Sequence[GroupKeys | ListKeys], accounts: Mapping[str, AccountKeys]
) -> Iterator[str]:
    """Judge what an account calls by a name, groups or lists."""
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        where = f"[[{table}]] {show(entry.name)}"
        if entry.account not in accounts:
            yield f"{where}: account {_stranger(entry.account, accounts)}"
        key = (entry.account, fold_name(entry.name))
        if key in seen:
            yield f"{where}: account {show(entry.account)} has one of that name already"
        seen.add(key)


def _routes(
    file: WorldFile, accounts: Mapping[str, AccountKeys], carriers: set[str]
) -> Iterator[str]:
    seen: set[tuple[object, ...]] = set()
    for index, route in enumerate(file.routes, 1):
        where = f"[[route]] number {index} (prefix {show(route.prefix)})"
        if route.carrier not in carriers:
            yield f"{where}: carrier {_stranger(route.carrier, carriers)}"
        if isinstance(route.account, str) and route.account not in accounts:
            yield f"{where}: account {_stranger(route.account, accounts)}"
        key = (route.account, route.prefix, route.carrier)
        if key in seen:
            yield f"{where}: stands in the file twice with carrier {show(route.carrier)}"
        seen.add(key)


def _prices(file: WorldFile, accounts: Mapping[str, AccountKeys]) -> Iterator[str]:
    seen: set[tuple[object, ...]] = set()
    for index, price in enumerate(file.prices, 1):
        where = f"[[price]] number {index} (prefix {show(price.prefix)})"
        account = accounts.get(price.account) if isinstance(price.account, str) else None
        if isinstance(price.account, str):
            if account is None:
                yield f"{where}: account {_stranger(price.account, accounts)}"
            elif price.currency is not UNSET and price.currency != account.currency:
                yield (
                    f"{where}: currency is {price.currency}, but account {show(account.name)}"
                    f" pays in {account.currency}"
                )
        elif price.currency is UNSET:
            yield f"{where}: needs the key currency, or the account whose price it is"
        key = (price.account, price.prefix, UNSET if account else price.currency)
        if key in seen:
            yield f"{where}: this prefix has a price already"
        seen.add(key)


def _stranger(name: str, known: Mapping[str, object] | set[str]) -> str:
    """Say that a name is not in the file, and which one may be meant."""
    near = re.sub(r"^.*(?=; did)|^.*", "", unknown("entry", name, known))
    return f"{show(name)} is not in this file{near}"


def _notes(file: WorldFile) -> Iterator[str]:
    """Say which keys are kept for later versions."""
    for account in file.accounts:
        options = plain(account)
        assert isinstance(options, dict)  # noqa: S101  # a struct becomes an object
        yield from _unread("account", options, f"[[account]] {show(account.name)}")
        for name in DIALECT_KEYS:
            where = f"[[account]] {show(account.name)} {name}"
            yield from _unread("dialect", options.get(name, {}), where)
    yield from _unread("gateway", file.gateway, "[gateway]")
    for name, table in file.dialects.items():
        yield from _unread("dialect", table, f"[dialect.{name}]")


def _unread(table: str, options: Mapping[str, object], where: str) -> Iterator[str]:
    for key in options:
        if key in NOT_YET[table]:
            yield f"{where}: {key} is stored, but this version does nothing with it yet"
