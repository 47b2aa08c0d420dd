"""The world as its file: each stored row as the table that would have made it, and TOML text.

The inverse of `worldfile` and `worldplan`: applying what is rendered here changes nothing.
Secrets are masked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from dragoman.core.worldfile.parse import MASKED, Options
from dragoman.core.worldfile.sorts import render_amount, render_instant
from dragoman.model.lists import Group, ListKind, SubscriptionList
from dragoman.model.world import Account, CarrierRow, Number, Price, Route, World

HEAD = """\
# The world of this gateway, as `dragoman export` wrote it.  Secrets are masked: applied to this
# store they stay what they are, in another one they must be filled in.
"""

BARE_KEY = re.compile("[A-Za-z0-9_-]+")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}

# Options that stand for a secret of the file.
SECRET_OPTIONS = {"api_secret_hash": "api_secret", "notify_secret_sealed": "notify_secret"}


class Bare(str):
    """TOML that stands without quotes, such as a time."""

    __slots__ = ()


def render_world(world: World, members: Mapping[int, Sequence[str]] | None = None) -> str:
    """Give the world file of a stored world; `members` are those of its groups, by id."""
    accounts = {account.id: account.name for account in world.accounts}
    carriers = {carrier.id: carrier.name for carrier in world.carriers}
    blocks = [HEAD]
    if world.gateway:
        blocks.append(_block("[gateway]", world.gateway))
    blocks.extend(
        _block(f"[dialect.{name}]", table) for name, table in sorted(world.dialects.items())
    )
    for account in world.accounts:
        table = {**account_table(account), "balance": render_amount(account.balance_u)}
        blocks.append(_block("[[account]]", table, "account"))
    blocks.extend(_block("[[carrier]]", carrier_table(carrier)) for carrier in world.carriers)
    blocks.extend(
        _block("[[route]]", route_table(route, accounts, carriers)) for route in world.routes
    )
    blocks.extend(_block("[[price]]", price_table(price, accounts)) for price in world.prices)
    blocks.extend(_block("[[number]]", number_table(number, accounts)) for number in world.numbers)
    known = members or {}
    blocks.extend(
        _block("[[group]]", group_table(group, accounts, known.get(group.id, ())))
        for group in world.groups
    )
    blocks.extend(_block("[[list]]", list_table(row, accounts)) for row in world.lists)
    return "\n".join(blocks)


# Rows as tables.  What has its default value is left out, so that tables compare well.


def account_table(account: Account) -> Options:
    """Give the keys of an account, without its balance."""
    options = {key: value for key, value in account.options.items() if key not in SECRET_OPTIONS}
    secrets = {name: MASKED for key, name in SECRET_OPTIONS.items() if account.options.get(key)}
    table: Options = {
        "name": account.name,
        "password": MASKED if account.password_hash else "",
        "currency": account.currency,
        "overdraft": render_amount(account.overdraft_u) if account.overdraft_u else "",
        "country": account.country,
        "time_zone": account.time_zone,
        "expires": Bare(render_instant(account.expires_us)) if account.expires_us else "",
        "senders": [] if account.senders == ("*",) else list(account.senders),
        "ip_allow": list(account.ip_allow),
        "dialects": list(account.dialects),
        **secrets,
    }
    if not account.enabled:
        table["enabled"] = False
    return {**{key: value for key, value in table.items() if value not in ("", [])}, **options}


def carrier_table(carrier: CarrierRow) -> Options:
    """Give the keys of a carrier."""
    table: Options = {"name": carrier.name, "kind": carrier.kind}
    if not carrier.enabled:
        table["enabled"] = False
    if carrier.secret:
        table["password"] = MASKED
    return {**table, **carrier.options}


def route_table(route: Route, accounts: Mapping[int, str], carriers: Mapping[int, str]) -> Options:
    """Give the keys of a route; its position is its place in the file."""
    table: Options = {"prefix": route.prefix, "carrier": carriers.get(route.carrier_id, "")}
    if route.weight:
        table["weight"] = route.weight
    if route.account_id:
        table["account"] = accounts.get(route.account_id, "")
    return table


def price_table(price: Price, accounts: Mapping[int, str]) -> Options:
    """Give the keys of a price."""
    table: Options = {
        "prefix": price.prefix,
        "currency": price.currency,
        "price": render_amount(price.price_u),
    }
    if price.account_id:
        table["account"] = accounts.get(price.account_id, "")
    return table


def number_table(number: Number, accounts: Mapping[int, str]) -> Options:
    """Give the keys of a number."""
    table: Options = {
        "number": number.number,
        "account": accounts.get(number.account_id, ""),
    }
    if number.keyword:
        table["keyword"] = number.keyword
    return table


def group_table(group: Group, accounts: Mapping[int, str], members: Sequence[str]) -> Options:
    """Give the keys of a group."""
    table: Options = {"account": accounts.get(group.account_id, ""), "name": group.name}
    return {**table, "members": [f"+{number}" for number in members]}


def list_table(row: SubscriptionList, accounts: Mapping[int, str]) -> Options:
    """Give the keys of a subscription list, without its members."""
    table: Options = {"account": accounts.get(row.account_id, ""), "name": row.name}
    if row.kind == ListKind.PREMIUM:
        table["kind"] = "premium"
    for key, default in (
        ("on_dead", "keep"),
        ("on_mt_sms", "keep"),
        ("platform_stop", True),
        ("join_reply", ""),
        ("stop_reply", ""),
    ):
        if (value := getattr(row, key)) != default:
            table[key] = value
    for key in ("join_words", "stop_words"):
        if words := getattr(row, key):
            table[key] = list(words)
    return table


# TOML (v1.0.0, https://toml.io/en/v1.0.0).


def _block(head: str, table: Mapping[str, object], name: str = "") -> str:
    """Give a table; where it is one of a list with a name, its tables follow as its own."""
    inner = {key: value for key, value in table.items() if name and isinstance(value, dict)}
    lines = [head, *_lines({k: v for k, v in table.items() if k not in inner})]
    for key, value in inner.items():
        lines += [f"[{name}.{render_key(key)}]", *_lines(value)]
    return "\n".join(lines) + "\n"


def _lines(table: Mapping[str, object]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{render_key(key)} = {render_value(value)}"


def render_key(key: str) -> str:
    """Give a key, in quotes where it needs them."""
    return key if BARE_KEY.fullmatch(key) else render_value(key)


def render_value(value: object) -> str:
    """Give a JSON value as TOML; null cannot be written and is not among ours."""
    match value:
        case Bare():
            return str(value)
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{"".join(map(_escaped, value))}"'
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case list() | tuple():
            return f"[{', '.join(map(render_value, value))}]"
        case dict():
            pairs = (f"{render_key(k)} = {render_value(v)}" for k, v in value.items())
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        case _:
            raise TypeError(f"{value!r} has no form in TOML")


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character < " " or character == "\x7f":
        return f"\\u{ord(character):04x}"
    return character
