"""What applying a world file would change: the rows that it wants beside the rows there are.

Pure but for the cost of password hashes.  Declarative: what left the file goes, but an account
or a carrier that messages speak of is disabled instead, so that their books stay readable.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec import UnsetType

from dragoman.core.passwords import hash_key, hash_password, verify
from dragoman.core.prefixes import tariff
from dragoman.core.worldfile.diff import Change, Rows, diff_named, diff_rows
from dragoman.core.worldfile.keys import AccountKeys
from dragoman.core.worldfile.named import GroupRow, plan_groups, plan_lists
from dragoman.core.worldfile.parse import (
    MASKED,
    CarrierEntry,
    WorldError,
    WorldFile,
    plain,
)
from dragoman.core.worldfile.render import account_table, carrier_table
from dragoman.core.worldfile.tables import Problems, show
from dragoman.model.lists import SubscriptionList
from dragoman.model.world import Account, CarrierRow, Number, Price, Route, World
from dragoman.store.secrets import SealBroken
from dragoman.store.world import DIALECT, GATEWAY

T = TypeVar("T")

# An API secret this long is random enough for a quick hash; a shorter one may be guessed.
RANDOM_OCTETS = 22

ACCOUNT_COLUMNS = frozenset(
    {
        *("name", "password", "password_env", "api_secret", "api_secret_env"),
        *("notify_secret", "notify_secret_env"),
        *("currency", "balance", "overdraft", "country", "time_zone", "enabled", "expires"),
        *("senders", "ip_allow", "dialects"),
    }
)


class Sealing(msgspec.Struct, frozen=True):
    """How a secret that must be read again is kept: `seal` hides it, `unseal` gives it back."""

    seal: Callable[[str], str]
    unseal: Callable[[str], str]


class Used(msgspec.Struct, frozen=True):
    """What else the store knows: accounts and carriers that its books speak of, and members."""

    accounts: frozenset[int] = frozenset()
    carriers: frozenset[int] = frozenset()
    members: Mapping[int, Sequence[str]] = {}  # of groups, where the file speaks of them


class Setting(msgspec.Struct, frozen=True):
    """One option of the gateway or of a dialect."""

    scope: str
    key: str
    value: object = None


class Plan(msgspec.Struct, frozen=True):
    """What is to be written.  New accounts and carriers have negative ids until they are."""

    version: int  # of the world that it was made for
    accounts: Rows[Account]
    carriers: Rows[CarrierRow]
    routes: Rows[Route]
    prices: Rows[Price]
    numbers: Rows[Number]
    settings: Rows[Setting]
    groups: Rows[GroupRow] = Rows()
    lists: Rows[SubscriptionList] = Rows()
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Give all changes in the order of the file's tables."""
        groups = (
            self.settings,
            self.accounts,
            self.carriers,
            self.routes,
            self.prices,
            self.numbers,
            self.groups,
            self.lists,
        )
        return tuple(change for rows in groups for change in rows.changes)


def vanished(file: WorldFile, world: World) -> tuple[list[int], list[int]]:
    """Give the accounts and carriers of the store that the file does not have."""
    names = {str(account.name) for account in file.accounts}
    carriers = {str(entry.keys.name) for entry in file.carriers}
    return (
        [account.id for account in world.accounts if account.name not in names],
        [carrier.id for carrier in world.carriers if carrier.name not in carriers],
    )


def plan(file: WorldFile, world: World, used: Used, sealing: Sealing) -> Plan:
    """Give what makes the store's world the file's; WorldError where that cannot be.

    `used` needs to know only about what vanished from the file.
    """
    problems = Problems()
    accounts = list(_wanted_accounts(file, world, sealing, problems))
    carriers = list(_wanted_carriers(file, world, sealing, problems))
    if problems.lines:
        raise WorldError(problems.lines)
    ids = {account.name: account.id for account in accounts}
    carrier_ids = {carrier.name: carrier.id for carrier in carriers}
    routes = list(_wanted_routes(file, ids, carrier_ids))
    prices = list(_wanted_prices(file, {account.name: account for account in accounts}))
    numbers = [
        Number(number=str(n.number), account_id=ids[n.account], keyword=n.keyword.upper())
        for n in file.numbers
    ]
    names = {account.id: account.name for account in (*world.accounts, *accounts)}
    ways = {carrier.id: carrier.name for carrier in (*world.carriers, *carriers)}
    return Plan(
        version=world.version,
        accounts=diff_named("account", accounts, world.accounts, used.accounts, account_table),
        carriers=diff_named("carrier", carriers, world.carriers, used.carriers, carrier_table),
        routes=diff_rows(
            "route",
            routes,
            world.routes,
            lambda r: (r.account_id, r.prefix, r.position, r.carrier_id),
            lambda r: _label(
                f"{show(r.prefix)} over {ways.get(r.carrier_id)}", r.account_id, names
            ),
        ),
        prices=diff_rows(
            "price",
            prices,
            world.prices,
            lambda p: (p.account_id, p.currency, p.prefix),
            lambda p: _label(f"{show(p.prefix)} in {p.currency}", p.account_id, names),
        ),
        numbers=diff_rows(
            "number",
            numbers,
            world.numbers,
            lambda n: (n.number, n.keyword),
            lambda n: f"{n.number} {n.keyword}".rstrip(),
        ),
        settings=_settings(file, world),
        groups=plan_groups(file, world, used.members, ids, names),
        lists=plan_lists(file, world, ids, names),
        notes=(*file.notes, *_notes(file, accounts, prices, world, used)),
    )


# The rows that the file wants.


def _wanted_accounts(
    file: WorldFile, world: World, sealing: Sealing, problems: Problems
) -> Iterator[Account]:
    known = {account.name: account for account in world.accounts}
    for fresh, keys in enumerate(file.accounts, 1):
        before = known.get(keys.name)
        row = _account(keys, before or Account(id=-fresh, name=str(keys.name)), sealing)
        where = f"[[account]] {show(keys.name)}"
        if before is None and MASKED in {keys.password, keys.api_secret, keys.notify_secret}:
            problems.add(where, 'a secret is masked ("***"), and the store has none to keep')
        elif not row.password_hash and not row.options.get("api_secret_hash"):
            problems.add(where, "needs a password, or password_env, or api_key and api_secret")
        if before is not None and before.balance_u and before.currency != row.currency:
            problems.add(
                where,
                f"has {before.currency} on its balance, so currency cannot become"
                f" {row.currency}; make another account",
            )
        yield row


def _account(keys: AccountKeys, before: Account, sealing: Sealing) -> Account:
    """Give the row of an account; what the file cannot know stays as it was."""
    given = plain(keys)
    options = (
        {key: value for key, value in given.items() if key not in ACCOUNT_COLUMNS}
        if isinstance(given, dict)
        else {}
    )
    old = str(before.options.get("api_secret_hash", ""))
    if "api_key" in options and (stored := _hashed(keys.api_secret, old, is_key=True)):
        options["api_secret_hash"] = stored
    old = str(before.options.get("notify_secret_sealed", ""))
    if sealed := _sealed(keys.notify_secret, old, sealing):
        options["notify_secret_sealed"] = sealed
    return Account(
        id=before.id,
        name=str(keys.name),
        password_hash=_hashed(keys.password, before.password_hash),
        currency=str(keys.currency),
        balance_u=before.balance_u if before.id > 0 else int(_or(keys.balance, 0)),
        overdraft_u=int(keys.overdraft),
        country=str(keys.country),
        time_zone=str(_or(keys.time_zone, "")),
        enabled=keys.enabled,
        expires_us=int(_or(keys.expires, 0)),
        senders=keys.senders or ("*",),
        ip_allow=tuple(map(str, keys.ip_allow)),
        dialects=tuple(map(str, keys.dialects)),
        options=options,
    )


def _or(value: T | UnsetType, otherwise: T) -> T:
    return otherwise if isinstance(value, UnsetType) else value


def _hashed(secret: str | UnsetType, stored: str, *, is_key: bool = False) -> str:
    """Give the stored form of a secret: the old one where it is the same, or not told."""
    if isinstance(secret, UnsetType) or secret == MASKED:
        return stored
    octets = secret.encode()
    if stored and verify(stored, octets):
        return stored
    # A program's key is random if it is long; what a person chose must cost a guesser time.
    quick = is_key and len(octets) >= RANDOM_OCTETS
    return hash_key(octets) if quick else hash_password(octets)


def _wanted_carriers(
    file: WorldFile, world: World, sealing: Sealing, problems: Problems
) -> Iterator[CarrierRow]:
    known = {carrier.name: carrier for carrier in world.carriers}
    for fresh, entry in enumerate(file.carriers, 1):
        before = known.get(entry.keys.name)
        if before is None and entry.keys.password == MASKED:
            where = f"[[carrier]] {show(entry.keys.name)}"
            problems.add(where, 'password is masked ("***"), and the store has none to keep')
        yield _carrier(entry, before, -fresh, sealing)


def _carrier(
    entry: CarrierEntry, before: CarrierRow | None, fresh: int, sealing: Sealing
) -> CarrierRow:
    secret = _sealed(entry.keys.password, before.secret if before else "", sealing)
    return CarrierRow(
        id=before.id if before else fresh,
        name=str(entry.keys.name),
        kind=entry.keys.kind,
        enabled=entry.keys.enabled,
        secret=secret,
        options=entry.options,
    )


def _sealed(given: str | UnsetType, stored: str, sealing: Sealing) -> str:
    """Give the stored form of a secret: the old one where it is the same, or not told."""
    if isinstance(given, UnsetType) or given == MASKED or _is_sealed(given, stored, sealing):
        return stored
    return sealing.seal(given)


def _is_sealed(given: str, stored: str, sealing: Sealing) -> bool:
    """Tell whether a stored secret is this one; one that cannot be opened is not."""
    try:
        return bool(stored) and sealing.unseal(stored) == given
    except SealBroken:
        return False


def _wanted_routes(
    file: WorldFile, accounts: Mapping[str, int], carriers: Mapping[str, int]
) -> Iterator[Route]:
    places: dict[tuple[int, str], int] = {}
    for route in file.routes:
        account_id = accounts[route.account] if isinstance(route.account, str) else 0
        prefix = str(route.prefix)
        position = places[account_id, prefix] = places.get((account_id, prefix), -1) + 1
        yield Route(
            prefix=prefix,
            carrier_id=carriers[route.carrier],
            position=position,
            weight=route.weight,
            account_id=account_id,
        )


def _wanted_prices(file: WorldFile, accounts: Mapping[str, Account]) -> Iterator[Price]:
    for price in file.prices:
        owner = accounts[price.account] if isinstance(price.account, str) else None
        yield Price(
            prefix=str(price.prefix),
            currency=owner.currency if owner else str(price.currency),
            price_u=int(price.price),
            account_id=owner.id if owner else 0,
        )


# The rest of the plan.


def _label(words: str, account_id: int, names: Mapping[int, str]) -> str:
    return f"{words} for {names.get(account_id)}" if account_id else words


def _settings(file: WorldFile, world: World) -> Rows[Setting]:
    """Compare the options of the gateway and of the dialects."""
    wanted = {GATEWAY: file.gateway, **{DIALECT + n: t for n, t in file.dialects.items()}}
    known = {GATEWAY: world.gateway, **{DIALECT + n: t for n, t in world.dialects.items()}}
    return diff_rows(
        "setting",
        [Setting(scope, k, v) for scope, table in wanted.items() for k, v in table.items()],
        [Setting(scope, k, v) for scope, table in known.items() for k, v in table.items()],
        lambda setting: (setting.scope, setting.key),
        lambda setting: f"{setting.scope.replace(':', '.')} {setting.key}",
    )


def _notes(
    file: WorldFile,
    accounts: Sequence[Account],
    prices: Sequence[Price],
    world: World,
    used: Used,
) -> Iterator[str]:
    """Say what is allowed and probably not meant."""
    if accounts and not file.routes:
        yield "there is no route, so every recipient is refused"
    for account in accounts if prices else ():
        if account.enabled and tariff(prices, account.id, account.currency) is None:
            yield (
                f"account {show(account.name)} pays in {account.currency}, in which nothing has a"
                " price, so it sends for nothing"
            )
    kept = {entry.keys.name for entry in file.carriers}
    for carrier in world.carriers:
        if carrier.id in used.carriers and carrier.name not in kept and carrier.enabled:
            yield (
                f"messages that wait for carrier {show(carrier.name)} go on waiting; to give them"
                f" to another one: dragoman queue move {carrier.name} OTHER"
            )
