"""What the operator configured: read as a whole, changed piece by piece.

Every change moves the world's version, once per transaction, so that running nodes read it anew.
Knows no file format.  A carrier's secret is kept as it is given: sealed (see secrets.py).
"""

from collections.abc import Iterable, Sequence

import msgspec

from dragoman.model.lists import Group, SubscriptionList
from dragoman.model.world import Account, CarrierRow, Number, Price, Route, World
from dragoman.store.database import Many, Row, Tx
from dragoman.store.hot import inserted
from dragoman.store.ids import reserve

GATEWAY = "gateway"  # scope of the settings called gw.*
DIALECT = "dialect:"  # and, with its name behind, of those called <dialect>.*

ACCOUNT_COLUMNS = (
    "id, name, password_hash, currency, balance_u, overdraft_u, country, time_zone, enabled,"
    " expires_us, senders, ip_allow, dialects, options"
)
CARRIER_COLUMNS = "id, name, kind, enabled, secret, options"
LIST_COLUMNS = (
    "id, account_id, name, kind, join_words, stop_words, platform_stop, on_dead, on_mt_sms,"
    " join_reply, stop_reply"
)

TOUCH = (
    "INSERT INTO counter (name, next) VALUES ('world', 1)"
    " ON CONFLICT (name) DO UPDATE SET next = counter.next + 1"
)

INSERT_ACCOUNT = (
    f"INSERT INTO account ({ACCOUNT_COLUMNS}, retired_u)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"
)
UPDATE_ACCOUNT = (
    "UPDATE account SET name = ?, password_hash = ?, currency = ?, overdraft_u = ?, country = ?,"
    " time_zone = ?, enabled = ?, expires_us = ?, senders = ?, ip_allow = ?, dialects = ?,"
    " options = ? WHERE id = ?"
)
OPENING = (
    "INSERT INTO ledger (account_id, at_us, amount_u, balance_u, kind, note)"
    " VALUES (?, ?, ?, ?, 'opening', '')"
)

INSERT_CARRIER = f"INSERT INTO carrier ({CARRIER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
UPDATE_CARRIER = (
    "UPDATE carrier SET name = ?, kind = ?, enabled = ?, secret = ?, options = ? WHERE id = ?"
)

PUT_ROUTE = inserted(
    "route",
    {
        "account_id": "bigint",
        "prefix": "text",
        "position": "bigint",
        "carrier_id": "bigint",
        "weight": "bigint",
    },
    "ON CONFLICT (account_id, prefix, position, carrier_id) DO UPDATE SET weight = excluded.weight",
)
PUT_PRICE = inserted(
    "price",
    {"account_id": "bigint", "currency": "text", "prefix": "text", "price_u": "bigint"},
    "ON CONFLICT (account_id, currency, prefix) DO UPDATE SET price_u = excluded.price_u",
)
PUT_NUMBER = inserted(
    "number",
    {"number": "text", "keyword": "text", "account_id": "bigint"},
    "ON CONFLICT (number, keyword) DO UPDATE SET account_id = excluded.account_id",
)
PUT_NETWORK = inserted(
    "network",
    {"prefix": "text", "code": "text"},
    "ON CONFLICT (prefix) DO UPDATE SET code = excluded.code",
)
PUT_SETTING = (
    "INSERT INTO setting (scope, key, value) VALUES (?, ?, ?)"
    " ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value"
)

DELETE_ROUTE = Many(
    columns={
        "account_id": "bigint",
        "prefix": "text",
        "position": "bigint",
        "carrier_id": "bigint",
    },
    sqlite=(
        "DELETE FROM route WHERE account_id = ? AND prefix = ? AND position = ? AND carrier_id = ?"
    ),
    postgresql=(
        "DELETE FROM route t USING rows WHERE t.account_id = rows.account_id"
        " AND t.prefix = rows.prefix AND t.position = rows.position"
        " AND t.carrier_id = rows.carrier_id"
    ),
)
DELETE_PRICE = Many(
    columns={"account_id": "bigint", "currency": "text", "prefix": "text"},
    sqlite="DELETE FROM price WHERE account_id = ? AND currency = ? AND prefix = ?",
    postgresql=(
        "DELETE FROM price t USING rows WHERE t.account_id = rows.account_id"
        " AND t.currency = rows.currency AND t.prefix = rows.prefix"
    ),
)
DELETE_NUMBER = Many(
    columns={"number": "text", "keyword": "text"},
    sqlite="DELETE FROM number WHERE number = ? AND keyword = ?",
    postgresql=(
        "DELETE FROM number t USING rows WHERE t.number = rows.number AND t.keyword = rows.keyword"
    ),
)

# What goes with its account.
OWNED = ("route", "price", "number", "barred", "contact", "contact_group", "subscription_list")
MEMBERSHIPS = (
    ("group_member", "group_id", "contact_group"),
    ("list_member", "list_id", "subscription_list"),
)


async def world_version(tx: Tx) -> int:
    """Give the version of the configuration; cheap enough to ask every second."""
    row = await tx.row("SELECT next FROM counter WHERE name = 'world'")
    return row[0] if row else 0


async def read_world(tx: Tx) -> World:
    """Give the whole configuration, each list in the order of its key."""
    settings = await read_settings(tx)
    return World(
        version=await world_version(tx),
        accounts=tuple(
            account_of(row)
            for row in await tx.rows(f"SELECT {ACCOUNT_COLUMNS} FROM account ORDER BY id")
        ),
        carriers=tuple(
            carrier_of(row)
            for row in await tx.rows(f"SELECT {CARRIER_COLUMNS} FROM carrier ORDER BY id")
        ),
        routes=tuple(
            Route(
                account_id=account_id,
                prefix=prefix,
                position=position,
                carrier_id=carrier_id,
                weight=weight,
            )
            for account_id, prefix, position, carrier_id, weight in await tx.rows(
                "SELECT account_id, prefix, position, carrier_id, weight FROM route"
                " ORDER BY account_id, prefix, position, carrier_id"
            )
        ),
        prices=tuple(
            Price(account_id=account_id, currency=currency, prefix=prefix, price_u=price_u)
            for account_id, currency, prefix, price_u in await tx.rows(
                "SELECT account_id, currency, prefix, price_u FROM price"
                " ORDER BY account_id, currency, prefix"
            )
        ),
        numbers=tuple(
            Number(number=number, keyword=keyword, account_id=account_id)
            for number, keyword, account_id in await tx.rows(
                "SELECT number, keyword, account_id FROM number ORDER BY number, keyword"
            )
        ),
        networks=tuple(
            (prefix, code)
            for prefix, code in await tx.rows("SELECT prefix, code FROM network ORDER BY prefix")
        ),
        gateway=settings.pop(GATEWAY, {}),
        dialects={
            scope.removeprefix(DIALECT): values
            for scope, values in settings.items()
            if scope.startswith(DIALECT)
        },
        groups=await read_groups(tx),
        lists=await read_lists(tx),
    )


async def read_groups(tx: Tx) -> tuple[Group, ...]:
    """Give the groups of all accounts, without their members."""
    rows = await tx.rows(
        "SELECT id, account_id, name FROM contact_group ORDER BY account_id, folded"
    )
    return tuple(Group(id=row[0], account_id=row[1], name=row[2]) for row in rows)


async def read_lists(tx: Tx) -> tuple[SubscriptionList, ...]:
    """Give the subscription lists of all accounts, without their members."""
    rows = await tx.rows(
        f"SELECT {LIST_COLUMNS} FROM subscription_list ORDER BY account_id, folded"
    )
    return tuple(map(list_of, rows))


async def read_settings(tx: Tx) -> dict[str, dict[str, object]]:
    """Give all settings by scope and key."""
    settings: dict[str, dict[str, object]] = {}
    for scope, key, value in await tx.rows(
        "SELECT scope, key, value FROM setting ORDER BY scope, key"
    ):
        settings.setdefault(scope, {})[key] = msgspec.json.decode(value)
    return settings


async def touch(tx: Tx) -> None:
    """Move the version of the configuration, once per transaction."""
    if "world" not in tx.marks:
        tx.marks.add("world")
        await tx.run(TOUCH)


async def put_account(tx: Tx, account: Account, now_us: int) -> int:
    """Make an account, or change the one with its id; id 0 is the one of that name.

    The balance counts when an account is made, as the opening of its ledger; later it is changed
    by ledger entries only.  Gives the account's id.
    """
    await touch(tx)
    known = await find_id(tx, "account", account.id, account.name)
    last = (
        account.country,
        account.time_zone,
        int(account.enabled),
        account.expires_us,
        json(account.senders),
        json(account.ip_allow),
        json(account.dialects),
        json(account.options),
    )
    first = (account.name, account.password_hash, account.currency)
    if known:
        await tx.run(UPDATE_ACCOUNT, (*first, account.overdraft_u, *last, known))
        return known
    made = account.id or await reserve(tx, "account", 1)
    await tx.run(INSERT_ACCOUNT, (made, *first, account.balance_u, account.overdraft_u, *last))
    await tx.run(OPENING, (made, now_us, account.balance_u, account.balance_u))
    return made


async def put_carrier(tx: Tx, carrier: CarrierRow) -> int:
    """Make a carrier, or change the one with its id; id 0 is the one of that name.

    Gives the carrier's id.
    """
    await touch(tx)
    known = await find_id(tx, "carrier", carrier.id, carrier.name)
    values = (
        carrier.name,
        carrier.kind,
        int(carrier.enabled),
        carrier.secret,
        json(carrier.options),
    )
    if known:
        await tx.run(UPDATE_CARRIER, (*values, known))
        return known
    made = carrier.id or await reserve(tx, "carrier", 1)
    await tx.run(INSERT_CARRIER, (made, *values))
    return made


async def find_id(tx: Tx, table: str, row_id: int, name: str) -> int:
    """Give the id of an account or carrier by id, or by name where the id is 0; 0 if unknown."""
    column, value = ("id", row_id) if row_id else ("name", name)
    row = await tx.row(f"SELECT id FROM {table} WHERE {column} = ?", (value,))
    return row[0] if row else 0


async def delete_account(tx: Tx, account_id: int) -> None:
    """Delete an account and what only concerns it; its messages and ledger stay."""
    await touch(tx)
    for members, column, owner in MEMBERSHIPS:
        owned = f"SELECT id FROM {owner} WHERE account_id = ?"
        await tx.run(f"DELETE FROM {members} WHERE {column} IN ({owned})", (account_id,))
    for table in OWNED:
        await tx.run(f"DELETE FROM {table} WHERE account_id = ?", (account_id,))
    await tx.run("DELETE FROM account WHERE id = ?", (account_id,))


async def delete_carrier(tx: Tx, carrier_id: int) -> None:
    """Delete a carrier and the routes over it; its messages stay."""
    await touch(tx)
    await tx.run("DELETE FROM route WHERE carrier_id = ?", (carrier_id,))
    await tx.run("DELETE FROM carrier WHERE id = ?", (carrier_id,))


async def put_routes(tx: Tx, routes: Iterable[Route]) -> None:
    """Make routes, or change their weights."""
    await _change(tx, PUT_ROUTE, [(*route_key(r), r.weight) for r in routes])


async def delete_routes(tx: Tx, routes: Iterable[Route]) -> None:
    """Delete routes; their weights do not matter."""
    await _change(tx, DELETE_ROUTE, [route_key(r) for r in routes])


async def put_prices(tx: Tx, prices: Iterable[Price]) -> None:
    """Make prices, or change them."""
    await _change(tx, PUT_PRICE, [(p.account_id, p.currency, p.prefix, p.price_u) for p in prices])


async def delete_prices(tx: Tx, prices: Iterable[Price]) -> None:
    """Delete prices; how high they were does not matter."""
    await _change(tx, DELETE_PRICE, [(p.account_id, p.currency, p.prefix) for p in prices])


async def put_numbers(tx: Tx, numbers: Iterable[Number]) -> None:
    """Give numbers, or their keywords, to accounts."""
    await _change(tx, PUT_NUMBER, [(n.number, n.keyword, n.account_id) for n in numbers])


async def delete_numbers(tx: Tx, numbers: Iterable[Number]) -> None:
    """Take numbers, or their keywords, from whoever has them."""
    await _change(tx, DELETE_NUMBER, [(n.number, n.keyword) for n in numbers])


async def put_networks(tx: Tx, networks: Iterable[tuple[str, str]], *, instead: bool) -> None:
    """Let prefixes belong to networks, (prefix, code) each; `instead` of all that were there."""
    await touch(tx)
    if instead:
        await tx.run("DELETE FROM network")
    await tx.run_many(PUT_NETWORK, list(networks))


async def put_setting(tx: Tx, scope: str, key: str, value: object) -> None:
    """Set one setting; any value that JSON has."""
    await touch(tx)
    await tx.run(PUT_SETTING, (scope, key, json(value)))


async def delete_setting(tx: Tx, scope: str, key: str) -> None:
    """Let a setting have its default again."""
    await touch(tx)
    await tx.run("DELETE FROM setting WHERE scope = ? AND key = ?", (scope, key))


async def _change(tx: Tx, many: Many, rows: Sequence[Row]) -> None:
    if rows:
        await touch(tx)
        await tx.run_many(many, rows)


def route_key(route: Route) -> tuple[int, str, int, int]:
    """Give what tells a route from all others."""
    return (route.account_id, route.prefix, route.position, route.carrier_id)


def account_of(row: Row) -> Account:
    """Give an account from its columns."""
    return Account(
        id=row[0],
        name=row[1],
        password_hash=row[2],
        currency=row[3],
        balance_u=row[4],
        overdraft_u=row[5],
        country=row[6],
        time_zone=row[7],
        enabled=bool(row[8]),
        expires_us=row[9],
        senders=tuple(msgspec.json.decode(row[10], type=list[str])),
        ip_allow=tuple(msgspec.json.decode(row[11], type=list[str])),
        dialects=tuple(msgspec.json.decode(row[12], type=list[str])),
        options=msgspec.json.decode(row[13], type=dict[str, object]),
    )


def carrier_of(row: Row) -> CarrierRow:
    """Give a carrier from its columns."""
    return CarrierRow(
        id=row[0],
        name=row[1],
        kind=row[2],
        enabled=bool(row[3]),
        secret=row[4],
        options=msgspec.json.decode(row[5], type=dict[str, object]),
    )


def list_of(row: Row) -> SubscriptionList:
    """Give a subscription list from its columns."""
    return SubscriptionList(
        id=row[0],
        account_id=row[1],
        name=row[2],
        kind=row[3],
        join_words=tuple(msgspec.json.decode(row[4], type=list[str])),
        stop_words=tuple(msgspec.json.decode(row[5], type=list[str])),
        platform_stop=bool(row[6]),
        on_dead=row[7],
        on_mt_sms=row[8],
        join_reply=row[9] or "",
        stop_reply=row[10] or "",
    )


def json(value: object) -> str:
    """Give a value as JSON text."""
    return msgspec.json.encode(value).decode()
