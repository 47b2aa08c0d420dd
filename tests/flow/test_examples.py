"""Every worked example of the five dialects, over a socket, through the whole gateway.

A row starts from a fresh fixture.  Beside the answer, what is stored is held against the example:
texts, segments, charges, and the sums of every account.
"""

import json
from types import ModuleType
from typing import Any

import pytest

from dragoman.core.lists import subscribe
from dragoman.core.snapshot import compile_world
from dragoman.dialects import DIALECTS as SERVED
from dragoman.model.lists import Source
from dragoman.model.messages import Message
from dragoman.model.states import State
from dragoman.sms.alphabets import choose
from dragoman.store import hot
from dragoman.store.database import Database, Tx, open_database
from dragoman.store.ledger import credit
from dragoman.store.world import read_world
from tests.flow import (
    examples_intellisoftware,
    examples_intouch,
    examples_inviosmart,
    examples_itec,
    examples_unified,
)
from tests.flow.customer import Answer
from tests.flow.examples import Row, Stored
from tests.flow.house import House, house
from tests.flow.worlds import apply, changed

DIALECTS = {
    "intouch": examples_intouch,
    "itec": examples_itec,
    "unified": examples_unified,
    "intellisoftware": examples_intellisoftware,
    "inviosmart": examples_inviosmart,
}


EXAMPLES = {
    f"{dialect}: {label}": (examples, label)
    for dialect, examples in DIALECTS.items()
    for label in examples.ROWS
}


@pytest.mark.parametrize(("examples", "label"), EXAMPLES.values(), ids=EXAMPLES)
async def test_worked_example(sqlite_url: str, examples: ModuleType, label: str) -> None:
    await check(sqlite_url, examples, label)


# The engines differ below the store's seam only, which has its own tests: a third will do.
SOME = dict(list(EXAMPLES.items())[::3])


@pytest.mark.parametrize(("examples", "label"), SOME.values(), ids=SOME)
async def test_worked_example_on_postgresql(
    postgresql_url: str, examples: ModuleType, label: str
) -> None:
    await check(postgresql_url, examples, label)


async def check(url: str, examples: ModuleType, label: str) -> None:
    row: Row = examples.ROWS[label]
    database = await open_database(url)
    await furnish(database, examples, row)
    await database.close()
    async with house(url, None, clock_us=lambda: examples.CLOCK_US, is_up=False) as here:
        for earlier in row.after:
            check_answer(await ask(here, examples.ROWS[earlier]), examples.ROWS[earlier])
        async with here.database.transaction() as tx:
            news = [(i, state, at_us, "") for i, (state, at_us) in row.settled.items()]
            await hot.settle(tx, [], news)
        known = {message.id for message in await here.messages()}
        check_answer(await ask(here, row), row)
        check_stored(row, [m for m in await here.messages() if m.id not in known])
        assert await here.discrepancies() == []


async def furnish(database: Database, examples: ModuleType, row: Row, extra: str = "") -> None:
    """Make the fixture of one example; `extra` is more of its world."""
    world = changed(examples.WORLD + extra, row.changes)
    await apply(database, world, lambda: examples.CLOCK_US, examples.OPTED_OUT)
    async with database.transaction() as tx:
        snapshot = compile_world(await read_world(tx), SERVED)
        for account, row_name, number, action in getattr(examples, "MEMBERS", ()):
            account_id = snapshot.views[account].account.id
            how = (number, action, Source.PORTAL, "fixture", examples.CLOCK_US)
            assert await subscribe(tx, snapshot, account_id, row_name, *how)
        for name, following in examples.NEXT_IDS.items():
            await tx.run("INSERT INTO counter (name, next) VALUES (?, ?)", (name, following))
        for stored in getattr(examples, "STORED", ()):
            await store(tx, stored)


async def store(tx: Tx, stored: Stored) -> None:
    """Put a message there that was accepted before; the account had the money for it."""
    row = await tx.row("SELECT id FROM account WHERE name = ?", (stored.account,))
    assert row is not None
    message = Message(
        id=stored.id,
        submission_id=stored.id,
        account_id=row[0],
        dialect="",
        state=stored.state,
        sender=stored.sender,
        recipient=stored.recipient,
        text=stored.text,
        alphabet=choose(stored.text),
        flags=0,
        segments=stored.segments,
        price_u=stored.charge_u // stored.segments,
        charge_u=stored.charge_u,
        carrier_id=1,
        accepted_us=stored.accepted_us,
        changed_us=stored.changed_us,
    )
    await credit(tx, row[0], stored.charge_u, "topup", stored.accepted_us, "for a message")
    await hot.spend(tx, [(row[0], stored.charge_u)])
    await hot.insert_messages(tx, [message])


async def ask(here: House, row: Row) -> Answer:
    async with here.customer() as customer:
        return await customer.ask(row.method, row.target, row.headers, row.body)


def check_answer(answer: Answer, row: Row) -> None:
    """Hold the whole answer: status, headers, body."""
    assert answer.status == row.status
    expected = {"content-type": row.content_type, **row.answer_headers}
    named = {name: value for name, value in answer.headers.items() if name in expected}
    assert named == expected
    if row.content_type == "application/json":
        assert parsed(answer.text) == parsed(row.answer)
    else:
        assert answer.text == row.answer


def parsed(body: str) -> Any:
    """Give JSON as values, but floats as they are written."""
    return json.loads(body, parse_float=lambda text: ("float", text))


def check_stored(row: Row, messages: list[Message]) -> None:
    """Hold what a request left behind."""
    accepted = [message for message in messages if message.state != State.REJECTED]
    for message in accepted:
        assert message.state == (State.SCHEDULED if row.due_us else State.QUEUED)
        assert message.due_us == (row.due_us or None)
        if row.segments:
            assert message.segments == row.segments
        if row.charge_u:
            assert message.charge_u == row.charge_u
        if row.stored is not None:
            assert message.text == row.stored
            assert message.alphabet == row.alphabet
    if row.segments or row.charge_u or row.due_us or row.stored is not None:
        assert accepted
