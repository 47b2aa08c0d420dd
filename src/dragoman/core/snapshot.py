"""The world compiled for speed: read-only views that are replaced when the store's version moves.

Knows no SQL; the store reads the `World`, this module makes it quick to ask.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from dragoman.core.barred import NOBODY, Barred
from dragoman.core.dialogue import Dialogue, dialogue_of
from dragoman.core.directory import Directory, directories
from dragoman.core.owners import Owners
from dragoman.core.prefixes import Prefixes, Way, tariff, ways
from dragoman.core.quiet import Quiet, quiet_of
from dragoman.core.quota import Quota, quota_of
from dragoman.core.recipients import Allowance, read_allowance
from dragoman.core.spam import Spam
from dragoman.core.targets import Targets, targets_of
from dragoman.core.templates import Template
from dragoman.dialects.exchange import Dialect, Settings
from dragoman.model.barring import parse_barred
from dragoman.model.world import Account, CarrierRow, Price, World
from dragoman.sms.national_tables import Language, languages_called

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_MAX_SEGMENTS = 10
DEFAULT_CARRIER_WAIT_S = 10.0


class Numbering(msgspec.Struct, frozen=True):
    """How an account's numbers are read in one dialect; see `sms.addresses.normalise`."""

    cc: str
    trunk: str
    nsn: tuple[int, ...]


class View(msgspec.Struct, frozen=True):
    """An account as the hot path asks it."""

    account: Account
    settings: Mapping[str, Settings]  # by dialect
    numbering: Mapping[str, Numbering]  # by dialect
    senders: frozenset[str] | None  # lower case; None: any
    ip_allow: tuple[Network, ...]
    ip_ban: tuple[Network, ...]
    templates: tuple[Template, ...]
    spam: tuple[Spam, ...]
    blocked: frozenset[int]  # by the world file; the store's lists are in `Snapshot.barred`
    ways: Prefixes[Way]
    tariff: Prefixes[Price] | None
    max_segments: int
    validity_us: int
    priority: int
    rate: float
    has_dnd: bool
    duplicate_us: int  # how long the same content is a duplicate; 0: never
    targets: Targets  # where it is told things
    quiet: Quiet | None
    quota: Quota | None
    is_watched: bool  # a list of the world file concerns it
    tables: Mapping[int, frozenset[Language]]  # by carrier: national tables that both allow
    dialogue: Dialogue
    carrier_wait_s: float  # how long an answer waits for the carrier's; 0: for the store alone
    directory: Directory | None  # None: it has neither groups nor lists


class Snapshot(msgspec.Struct, frozen=True):
    """Everything that accepting a message needs, at one version of the world."""

    version: int
    views: Mapping[str, View]  # by account name
    views_by_id: Mapping[int, View]
    keys: Mapping[str, View]  # by API key
    carriers: Mapping[int, CarrierRow]
    mute: frozenset[int]  # carriers that give no receipts
    charsets: Mapping[int, str]  # by carrier of SMPP: what it wants senders' names written in
    dialects: Mapping[str, Settings]  # before anybody logged in
    gateway: Mapping[str, Any]
    ip_ban: tuple[Network, ...]
    allowances: Mapping[int, Allowance]  # by account: how often one number may get something
    dnd: frozenset[int]  # by the world file
    barred: Barred
    has_quiet: bool  # an account has quiet hours
    limited: frozenset[int]  # accounts that have a rate or a quota
    numbers: Owners
    networks: Prefixes[str]  # codes of senders' networks
    has_dead_rules: bool  # some list is left by numbers that receipts call dead
    has_send_rules: bool  # some list is joined by whoever is sent a text


def compile_world(
    world: World, dialects: Mapping[str, Dialect], barred: Barred = NOBODY
) -> Snapshot:
    """Compile the world for the dialects that are served, beside the lists of the store."""
    gateway = world.gateway
    general = {
        name: {**dialect.defaults, **world.dialects.get(name, {})}
        for name, dialect in dialects.items()
    }
    gateway_spam = _spam(gateway)
    named = directories(world)
    views = [
        _view(account, world, general, gateway_spam, named.get(account.id))
        for account in world.accounts
    ]
    return Snapshot(
        version=world.version,
        views={view.account.name: view for view in views},
        views_by_id={view.account.id: view for view in views},
        keys={str(k): v for v in views if (k := v.account.options.get("api_key"))},
        carriers={carrier.id: carrier for carrier in world.carriers},
        mute=frozenset(c.id for c in world.carriers if c.options.get("receipts") == "none"),
        charsets={
            carrier.id: str(carrier.options.get("sender_charset", "latin1"))
            for carrier in world.carriers
            if carrier.kind == "smpp"
        },
        dialects=general,
        gateway=gateway,
        ip_ban=_networks(gateway.get("ip_ban", ())),
        allowances=dict(_allowances(world)),
        dnd=_numbers(gateway.get("dnd", ())),
        barred=barred,
        has_quiet=any(view.quiet for view in views),
        limited=frozenset(view.account.id for view in views if view.rate or view.quota),
        numbers=Owners(world.numbers),
        networks=Prefixes(dict(world.networks)),
        has_dead_rules=any(found.on_dead for found in named.values()),
        has_send_rules=any(found.on_mt_sms for found in named.values()),
    )


def _allowances(world: World) -> Iterator[tuple[int, Allowance]]:
    for account in world.accounts:
        told = account.options.get("recipient_rate", world.gateway.get("recipient_rate"))
        if isinstance(told, str) and told:
            yield account.id, read_allowance(told)


def _view(
    account: Account,
    world: World,
    general: Mapping[str, Settings],
    spam: tuple[Spam, ...],
    directory: Directory | None,
) -> View:
    options = account.options
    blocked = _numbers(options.get("blocked", ()))
    has_dnd = bool(options.get("dnd", False))
    named = frozenset(sender.lower() for sender in account.senders)
    senders = None if "*" in named or not named else named
    settings = {name: _settings(name, account, defaults) for name, defaults in general.items()}
    return View(
        account=account,
        settings=settings,
        numbering={name: _numbering(merged) for name, merged in settings.items()},
        senders=senders,
        ip_allow=_networks(account.ip_allow),
        ip_ban=_networks(options.get("ip_ban", ())),
        templates=tuple(map(Template, _strings(options.get("templates", ())))),
        spam=(*spam, *_spam(options)),
        blocked=blocked,
        ways=ways(world.routes, account.id),
        tariff=tariff(world.prices, account.id, account.currency),
        max_segments=_integer(options.get("max_parts", DEFAULT_MAX_SEGMENTS)),
        validity_us=_integer(options.get("validity_s", world.gateway.get("validity_s", 0)))
        * 1_000_000,
        priority=_integer(options.get("priority", 0)),
        rate=float(_number(options.get("rate", 0))),
        duplicate_us=_integer(options.get("duplicate_window_s", 0)) * 1_000_000,
        targets=targets_of(settings, options, account.dialects),
        has_dnd=has_dnd,
        quiet=quiet_of(account),
        quota=quota_of(account),
        is_watched=bool(blocked) or (has_dnd and bool(world.gateway.get("dnd"))),
        tables=_tables(options, world.carriers),
        dialogue=dialogue_of(options),
        carrier_wait_s=_carrier_wait_s(options),
        directory=directory,
    )


def _carrier_wait_s(options: Mapping[str, object]) -> float:
    if options.get("submit_mode") != "carrier":
        return 0.0
    return _number(options.get("carrier_wait_s", DEFAULT_CARRIER_WAIT_S))


def _settings(name: str, account: Account, defaults: Settings) -> dict[str, Any]:
    """Merge a dialect's defaults, the account's plain options, and its table for the dialect."""
    plain = {k: v for k, v in account.options.items() if not isinstance(v, dict)}
    if account.country:
        plain = {**country(account.country), **plain}
    if account.time_zone:
        plain = {"zone": account.time_zone, **plain}
    table = account.options.get(name, {})
    return {**defaults, **plain, **(table if isinstance(table, dict) else {})}


def _tables(
    options: Mapping[str, object], carriers: tuple[CarrierRow, ...]
) -> dict[int, frozenset[Language]]:
    """Give the languages that an account allows and a carrier does, too; only where any is."""
    wanted = languages_called(_strings(options.get("languages", ())))
    both = {
        carrier.id: wanted & languages_called(_strings(carrier.options.get("languages", ())))
        for carrier in carriers
        if wanted
    }
    return {carrier_id: languages for carrier_id, languages in both.items() if languages}


def _numbering(settings: Settings) -> Numbering:
    nsn = settings.get("nsn", ())
    lengths = nsn if isinstance(nsn, (list, tuple)) else (nsn,)
    return Numbering(
        str(settings.get("cc", "")),
        str(settings.get("trunk", "")),
        tuple(_integer(length) for length in lengths if length),
    )


def country(region: str) -> dict[str, Any]:
    """Give the options `cc` and `trunk` of a country by its ISO 3166 code; empty if unknown."""
    # Ten megabytes that most worlds never need.
    import phonenumbers  # noqa: PLC0415

    code = phonenumbers.country_code_for_region(region.upper())
    if not code:
        return {}
    trunk = phonenumbers.ndd_prefix_for_region(region.upper(), strip_non_digits=True)
    return {"cc": str(code), "trunk": trunk or ""}


def _spam(options: Mapping[str, Any]) -> tuple[Spam, ...]:
    """Give the rules that options have about texts, if they have any."""
    rules = Spam(*(_strings(options.get(key, ())) for key in ("spam", "spam_words", "spam_links")))
    return (rules,) if rules else ()


def _networks(value: object) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in _strings(value))


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def _numbers(value: object) -> frozenset[int]:
    read = map(parse_barred, _strings(value))
    return frozenset(number for number in read if number is not None)


def _integer(value: object) -> int:
    return int(_number(value))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float, str)) and value != "" else 0.0
