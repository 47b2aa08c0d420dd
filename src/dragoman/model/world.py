"""What the operator configured: accounts, carriers, routes, prices, as the store holds them.

Knows neither the file that they came from nor the tables that they stand in.
"""

import msgspec

from dragoman.model.lists import Group, SubscriptionList


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A customer of ours.  Money is in micro-units of `currency`.

    `options` holds the keys that have no column: `max_parts`, `smart_encoding`, `cc`, `trunk`,
    `nsn`, `zone`, `validity_s`, `refund`, `verdict`, `rate`, `ip_ban`, `templates`, `spam`,
    `dnd` ..., and per dialect a table of its own (`{"unified": {"lenient": true}}`).
    """

    id: int
    name: str
    password_hash: str = ""
    currency: str = "EUR"
    balance_u: int = 0
    overdraft_u: int = 0
    country: str = ""
    time_zone: str = ""
    enabled: bool = True
    expires_us: int = 0
    senders: tuple[str, ...] = ("*",)
    ip_allow: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()  # empty: all
    options: dict[str, object] = {}


class CarrierRow(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier as configured; `options` are the keys of its kind, `secret` its password."""

    id: int
    name: str
    kind: str
    enabled: bool = True
    secret: str = ""
    options: dict[str, object] = {}


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the way for a prefix: carriers are tried in `position` order.

    Neighbouring routes of one prefix that have a weight share the traffic of their step.
    """

    prefix: str
    carrier_id: int
    position: int = 0
    weight: int = 0  # 0: a step of its own
    account_id: int = 0  # 0: every account


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """Price of one segment to a prefix, in micro-units of the currency."""

    prefix: str
    currency: str
    price_u: int
    account_id: int = 0  # 0: every account with this currency


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number or shortcode of ours and the account that owns it.

    A range is its first and last number with a hyphen between.
    """

    number: str
    account_id: int
    keyword: str = ""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration at one version of the store."""

    version: int
    accounts: tuple[Account, ...] = ()
    carriers: tuple[CarrierRow, ...] = ()
    routes: tuple[Route, ...] = ()
    prices: tuple[Price, ...] = ()
    numbers: tuple[Number, ...] = ()
    networks: tuple[tuple[str, str], ...] = ()  # (prefix, network code)
    gateway: dict[str, object] = {}  # the options called gw.*
    dialects: dict[str, dict[str, object]] = {}  # the options called <dialect>.*
    groups: tuple[Group, ...] = ()  # without their members, as lists
    lists: tuple[SubscriptionList, ...] = ()
