"""Applying world files to a store: what changes, what stays, and that twice is as good as once."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.passwords import verify
from dragoman.core.worldfile.apply import apply_world, export_world, plan_world
from dragoman.core.worldfile.diff import Change
from dragoman.core.worldfile.parse import WorldError
from dragoman.core.worldfile.plan import Plan, Used, plan
from dragoman.core.worldfile.render import render_world
from dragoman.model.messages import Message
from dragoman.model.world import Account, World
from dragoman.store import hot, ledger
from dragoman.store.database import Database, open_database
from dragoman.store.world import read_world
from tests.core.worlds import SEALING, WHOLE, parsed

T = TypeVar("T")

ALICE = '[[account]]\nname = "alice"\npassword = "s3cret"\n'
CARRIER = '[[carrier]]\nname = "main"\nkind = "wire"\nhost = "h"\npassword = "secret"\n'
ROUTE = '[[route]]\nprefix = ""\ncarrier = "main"\n'


def in_store(url: str, story: Callable[[Database], Awaitable[T]]) -> T:
    """Run a story with a store that is open."""

    async def told() -> T:
        database = await open_database(url)
        try:
            return await story(database)
        finally:
            await database.close()

    return asyncio.run(told())


async def applied(database: Database, text: str) -> Plan:
    return await apply_world(database, parsed(text), SEALING, lambda: 1_000)


async def world_of(database: Database) -> World:
    async with database.reading() as tx:
        return await read_world(tx)


def named(world: World, name: str) -> Account:
    return next(account for account in world.accounts if account.name == name)


def test_a_world_is_made_and_then_nothing_changes(engine: str) -> None:
    async def story(database: Database) -> None:
        first = await applied(database, WHOLE)
        assert [(c.action, c.table, c.name) for c in first.changes] == [
            ("created", "setting", "gateway ip_ban"),
            ("created", "setting", "gateway retention_days"),
            ("created", "setting", "dialect.unified reply_form"),
            ("created", "account", "alice"),
            ("created", "account", "bob"),
            ("created", "carrier", "main"),
            ("created", "carrier", "spare"),
            ("created", "route", '"" over main'),
            ("created", "route", '"" over spare'),
            ("created", "route", '"44" over spare for alice'),
            ("created", "price", '"44" in EUR'),
            ("created", "price", '"" in EUR for alice'),
            ("created", "number", "447700900123"),
            ("created", "number", "60300 WIN"),
            ("created", "group", '"All staff" of alice'),
            ("created", "group", '"all Staff" of bob'),
            ("created", "list", '"News" of alice'),
            ("created", "list", '"Club" of bob'),
        ]
        world = await world_of(database)
        alice = named(world, "alice")
        assert verify(alice.password_hash, b"s3cret")
        assert alice.password_hash.startswith("$argon2id$")
        # A short secret may be guessed, so it is hashed slowly, too.
        assert str(alice.options["api_secret_hash"]).startswith("$argon2id$")
        assert (alice.balance_u, alice.overdraft_u) == (100_000_000, 2_500_000)
        assert alice.options["unified"] == {"lenient": True, "nsn": []}
        assert world.carriers[0].secret == "sealed(secret)"
        assert [r.position for r in world.routes] == [0, 1, 0]
        async with database.reading() as tx:
            [opening] = await ledger.entries(tx, alice.id, 10)
        assert (opening.kind, opening.amount_u) == ("opening", 100_000_000)

        assert (await applied(database, WHOLE)).changes == ()
        again = await world_of(database)
        assert again == world
        assert again.version == world.version

    in_store(engine, story)


def test_what_is_exported_changes_nothing(engine: str) -> None:
    async def story(database: Database) -> None:
        await applied(database, WHOLE)
        exported = await export_world(database)
        for secret in ("s3cret", "b0b", "secret)", "short", "argon2", "sealed"):
            assert secret not in exported
        assert (await applied(database, exported)).changes == ()
        assert await export_world(database) == exported

    in_store(engine, story)


EDITS = {
    "overdraft": ('overdraft = "2.5"', "overdraft = 3", "alice", ['overdraft: "2.50" → "3.00"']),
    "password": ('password = "s3cret"', 'password = "new"', "alice", ["password: another one"]),
    "api secret": (
        'api_secret = "short"',
        'api_secret = "0123456789abcdef0123456789abcdef"',
        "alice",
        ["api_secret: another one"],
    ),
    "option": ("max_parts = 4", "max_parts = 5", "alice", ["max_parts: 4 → 5"]),
    "option of a dialect": (
        'lenient = "on"',
        "lenient = false",
        "alice",
        ["unified.lenient: true → false"],
    ),
    "option left out": ("rate = 2.5\n", "", "alice", ["rate: 2.5 → not set"]),
    "enabled": (
        'password = "b0b"\nenabled = false',
        'password = "b0b"',
        "bob",
        ["enabled: false → not set"],
    ),
    "senders": (
        'senders = ["ACME", "447700900001"]',
        "",
        "alice",
        ['senders: ["ACME", "447700900001"] → not set'],
    ),
    "carrier's option": ("window = 10", "window = 20", "main", ["window: 10 → 20"]),
    "carrier's password": (
        'password = "secret"',
        'password = "other"',
        "main",
        ["password: another one"],
    ),
    "members": (
        '"447700900002"',
        '"447700900003", "447700900004"',
        '"All staff" of alice',
        ["members: 2 more, 1 fewer"],
    ),
    "name of a group": (
        '"all Staff"',
        '"ALL STAFF"',
        '"ALL STAFF" of bob',
        ['name: "all Staff" → "ALL STAFF"'],
    ),
    "rules of a list": (
        'join_words = ["join  news"]\non_dead = "delete"',
        'join_words = ["join", "in"]',
        '"News" of alice',
        ['join_words: ["join news"] → ["join", "in"]', 'on_dead: "delete" → "keep"'],
    ),
}


@pytest.mark.parametrize(("old", "new", "name", "details"), EDITS.values(), ids=EDITS)
def test_an_edit_changes_what_it_says_and_nothing_else(
    sqlite_url: str, old: str, new: str, name: str, details: list[str]
) -> None:
    assert WHOLE.count(old) == 1

    async def story(database: Database) -> None:
        await applied(database, WHOLE)
        before = await world_of(database)
        edited = WHOLE.replace(old, new)
        shown = await plan_world(database, parsed(edited), SEALING)
        assert await world_of(database) == before  # a plan writes nothing
        [change] = (await applied(database, edited)).changes
        assert shown.changes == (change,)
        assert (change.action, change.name, list(change.details)) == ("changed", name, details)
        assert (await world_of(database)).version == before.version + 1
        assert (await applied(database, edited)).changes == ()

    in_store(sqlite_url, story)


def test_groups_and_lists_that_left_the_file_stay(engine: str) -> None:
    """They are customers' data; a group whose members are not told keeps those, too."""
    bare = WHOLE[: WHOLE.index("[[group]]")]
    untold = bare + '[[group]]\naccount = "alice"\nname = "all staff"\n'

    async def story(database: Database) -> None:
        await applied(database, WHOLE)
        before = await export_world(database)
        assert (await applied(database, bare)).changes == ()
        assert await export_world(database) == before
        await applied(database, untold)
        assert await export_world(database) == before.replace("All staff", "all staff")

    in_store(engine, story)


def test_a_long_api_secret_costs_no_slow_hash(sqlite_url: str) -> None:
    key = "0123456789abcdef0123456789abcdef"

    async def story(database: Database) -> None:
        await applied(
            database, f'[[account]]\nname = "a"\napi_key = "k"\napi_secret = "{key}"\n' + CARRIER
        )
        stored = str(named(await world_of(database), "a").options["api_secret_hash"])
        assert stored.startswith("sha256$")
        assert verify(stored, key.encode())

    in_store(sqlite_url, story)


def test_the_balance_counts_on_creation_only(sqlite_url: str) -> None:
    async def story(database: Database) -> None:
        await applied(database, ALICE + 'balance = "5"')
        assert (await applied(database, ALICE + 'balance = "1000"')).changes == ()
        assert named(await world_of(database), "alice").balance_u == 5_000_000
        with pytest.raises(WorldError, match="has EUR on its balance"):
            await applied(database, ALICE + 'currency = "USD"')

    in_store(sqlite_url, story)


def test_secrets_that_are_left_out_stay(sqlite_url: str) -> None:
    async def story(database: Database) -> None:
        await applied(database, ALICE + CARRIER)
        bare = (
            (ALICE + CARRIER).replace('password = "s3cret"', "").replace('password = "secret"', "")
        )
        assert (await applied(database, bare)).changes == ()

    in_store(sqlite_url, story)


NO_SECRET = {
    "masked": (
        'password = "***"',
        ['[[account]] "zoe": a secret is masked ("***"), and the store has none to keep'],
    ),
    "none": (
        "",
        ['[[account]] "zoe": needs a password, or password_env, or api_key and api_secret'],
    ),
}


@pytest.mark.parametrize(("line", "problems"), NO_SECRET.values(), ids=NO_SECRET)
def test_a_new_account_needs_a_secret(line: str, problems: list[str]) -> None:
    with pytest.raises(WorldError) as caught:
        plan(parsed(f'[[account]]\nname = "zoe"\n{line}'), World(version=0), Used(), SEALING)
    assert caught.value.problems == problems


def test_nothing_is_written_where_anything_is_wrong(sqlite_url: str) -> None:
    async def story(database: Database) -> None:
        with pytest.raises(WorldError):
            await applied(database, ALICE + CARRIER.replace('"secret"', '"***"'))
        assert await world_of(database) == World(version=0)

    in_store(sqlite_url, story)


def message(account_id: int, carrier_id: int) -> Message:
    return Message(
        *(1, 1, account_id, "intouch", 1, "A", "447700900123", "hello", 0, 1, 1, 0, 0),
        *(carrier_id, 1, 1),
    )


def test_what_left_the_file_goes_but_not_what_messages_speak_of(engine: str) -> None:
    rest = '[[account]]\nname = "zoe"\npassword = "x"\n'

    async def story(database: Database) -> None:
        spare = CARRIER.replace("main", "spare")
        await applied(database, ALICE + ALICE.replace("alice", "bob") + CARRIER + spare + ROUTE)
        world = await world_of(database)
        alice, main = named(world, "alice").id, world.carriers[0].id
        async with database.transaction() as tx:
            await hot.insert_messages(tx, [message(alice, main)])
        made = await applied(database, rest)
        kept = "has messages, so its books are kept"
        assert made.changes == (
            Change("created", "account", "zoe"),
            Change("disabled", "account", "alice", (kept,)),
            Change("removed", "account", "bob"),
            Change("disabled", "carrier", "main", (kept,)),
            Change("removed", "carrier", "spare"),
            Change("removed", "route", '"" over main'),
        )
        assert made.notes == (
            "there is no route, so every recipient is refused",
            (
                'messages that wait for carrier "main" go on waiting; to give them to another one:'
                " dragoman queue move main OTHER"
            ),
        )
        assert (await applied(database, rest)).changes == ()
        assert not named(await world_of(database), "alice").enabled
        # Whoever comes back is the same one as before.
        assert [c.action for c in (await applied(database, ALICE + rest)).changes] == ["changed"]
        assert named(await world_of(database), "alice").id == alice

    in_store(engine, story)


def test_routes_keep_the_order_of_the_file(sqlite_url: str) -> None:
    names = ["a", "b", "c"]
    carriers = "".join(CARRIER.replace("main", name) for name in names)

    async def story(database: Database) -> None:
        for order in itertools.permutations(names):
            routes = "".join(ROUTE.replace("main", name) for name in order)
            await applied(database, carriers + routes)
            world = await world_of(database)
            ids = {carrier.id: carrier.name for carrier in world.carriers}
            assert [ids[route.carrier_id] for route in world.routes] == list(order)
            assert (await applied(database, await export_world(database))).changes == ()

    in_store(sqlite_url, story)


def test_whoever_sends_for_nothing_is_named() -> None:
    text = ALICE + CARRIER + ROUTE + '[[price]]\nprefix = ""\ncurrency = "USD"\nprice = "1"'
    assert plan(parsed(text), World(version=0), Used(), SEALING).notes == (
        'account "alice" pays in EUR, in which nothing has a price, so it sends for nothing',
    )


def test_two_operators_at_once_do_not_mix_their_worlds(sqlite_url: str) -> None:
    async def story(database: Database) -> None:
        other = await open_database(sqlite_url)
        texts = [ALICE + f"max_parts = {parts}" for parts in (3, 4)]
        try:
            await asyncio.gather(applied(database, texts[0]), applied(other, texts[1]))
        finally:
            await other.close()
        world = await world_of(database)
        assert len(world.accounts) == 1
        assert world.accounts[0].options["max_parts"] in {3, 4}

    in_store(sqlite_url, story)


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@given(
    senders=st.lists(WORDS, min_size=1, max_size=3),
    templates=st.lists(WORDS, max_size=3),
    overdraft_u=st.integers(0, 10**12),
    rate=st.floats(0, 1e6).map(lambda rate: round(rate, 3)),
    expires_us=st.integers(1, 4_000_000_000_000_000),
)
def test_any_account_survives_the_file(
    senders: list[str], templates: list[str], overdraft_u: int, rate: float, expires_us: int
) -> None:
    stored = Account(
        id=7,
        name="alice",
        password_hash="sha256$00",
        overdraft_u=overdraft_u,
        senders=tuple(senders),
        expires_us=expires_us,
        options={"templates": templates, "rate": rate, "unified": {"lenient": True}},
    )
    world = World(version=3, accounts=(stored,))
    assert plan(parsed(render_world(world)), world, Used(), SEALING).changes == ()
