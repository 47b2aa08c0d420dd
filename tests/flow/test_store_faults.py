"""A store that is full, locked, slow or gone: refused in the dialect's words, nothing pretended."""

import asyncio
import json
import sqlite3
import threading
from types import ModuleType

import pytest

from dragoman.core.watch import Watch
from dragoman.model.states import State
from dragoman.store.database import open_database, sqlite_path
from dragoman.store.errors import StoreRefused, StoreUnavailable
from dragoman.store.sqlite import SqliteDatabase
from tests.flow import (
    examples_intellisoftware,
    examples_intouch,
    examples_inviosmart,
    examples_itec,
    examples_unified,
)
from tests.flow.customer import SEND, Answer, ids_of, itec
from tests.flow.examples import Row
from tests.flow.house import WORLD, House, house, wall_us
from tests.flow.test_examples import ask, check_answer, furnish

MANY = [f"4477009{number:05d}" for number in range(1000)]

# One request that is accepted, and what is said when the store refuses it, when nobody can tell
# whether the store took it, and when the account is too fast: HTTP status and words.
WORDS: dict[str, tuple[ModuleType, str, str, str, str, str]] = {
    "intouch": (
        examples_intouch,
        "1 one recipient",
        "demo",
        "400 Internal error",
        "400 Gateway timeout, do not resend",
        "400 Too many requests",
    ),
    "itec": (
        examples_itec,
        "1 one recipient",
        "demo",
        "400 Internal error",
        "400 Gateway timeout, do not resend",
        "400 Too many requests",
    ),
    "unified": (examples_unified, "1 as documented", "demo", "200 1710", "200 1715", "200 1709"),
    "intellisoftware": (
        examples_intellisoftware,
        "1 as documented",
        "MyUsername",
        "200 ERR:INTERNAL_ERROR",
        "200 ERR:GATEWAY_ERROR",
        "200 ERR:GATEWAY_ERROR",
    ),
    "inviosmart": (
        examples_inviosmart,
        "1 the vendor's sample",
        "myusername",
        "200 Error: 1019 - Error inserting row on transactions table. Aborting",
        "200 Error: 1010 - Error sending SMS - Gateway call error.",
        "200 Error: 1031 - The SMS Service is temporary unavailable. Try again in a few minutes.",
    ),
}


def words_of(answer: Answer) -> str:
    if answer.headers["content-type"] == "application/json":
        return f"{answer.status} {json.loads(answer.body).get('detail', 'success')}"
    return f"{answer.status} {answer.text}"


@pytest.mark.parametrize(
    ("examples", "label", "account", "refused", "doubtful", "too_fast"), WORDS.values(), ids=WORDS
)
async def test_the_words_of_a_dialect(
    engine: str,
    examples: ModuleType,
    label: str,
    account: str,
    refused: str,
    doubtful: str,
    too_fast: str,
) -> None:
    """No false success and nothing left behind; the same request is taken when all is well."""
    row: Row = examples.ROWS[label]
    now_us = examples.CLOCK_US
    database = await open_database(engine)
    limited = Row(target="", answer="", changes={f"account.{account}": {"rate": 1}})
    await furnish(database, examples, limited)
    await database.close()
    async with house(engine, None, clock_us=lambda: now_us, is_up=False) as here:
        before = await here.messages()
        here.store.instead = lambda: StoreRefused("full")
        assert words_of(await ask(here, row)) == refused
        assert words_of(await ask(here, row)) == too_fast  # the first one counted
        now_us += 1_000_000
        here.store.instead = None
        here.node.writer.timeout_s = 0.05
        here.store.before = forever
        assert words_of(await ask(here, row)) == doubtful
        here.store.before = None
        here.node.writer.timeout_s = 5.0
        assert await here.messages() == before
        now_us += 1_000_000
        assert words_of(await ask(here, row)).startswith("200")
        [stored] = [m for m in await here.messages() if m not in before]
        assert stored.state == State.QUEUED
        assert await here.discrepancies() == []


async def forever() -> None:
    await asyncio.Event().wait()


QUESTIONS = {
    "intouch": (examples_intouch, "24 status", "400 Internal error"),
    "itec": (examples_itec, "23 status", "400 Internal error"),
    "unified": (examples_unified, "credits", "200 1709"),
    "intellisoftware": (examples_intellisoftware, "37 balance", "200 ERR:INTERNAL_ERROR"),
    "inviosmart": (
        examples_inviosmart,
        "29 status",
        "200 Error: 1019 - Error inserting row on transactions table. Aborting",
    ),
}


@pytest.mark.parametrize(("examples", "label", "words"), QUESTIONS.values(), ids=QUESTIONS)
async def test_questions_to_a_store_that_is_gone(
    sqlite_url: str, examples: ModuleType, label: str, words: str
) -> None:
    row: Row = examples.ROWS[label]
    database = await open_database(sqlite_url)
    await furnish(database, examples, row)
    await database.close()
    async with house(sqlite_url, None, clock_us=lambda: examples.CLOCK_US, is_up=False) as here:
        here.store.unreadable = lambda: StoreUnavailable("gone")
        assert words_of(await ask(here, row)) == words
        here.store.unreadable = None
        check_answer(await ask(here, row), row)


def writer_of(here: House) -> sqlite3.Connection:
    assert isinstance(here.database, SqliteDatabase)
    return here.database._writer


async def test_a_full_disk(sqlite_url: str) -> None:
    """Each request is stored whole or refused whole; with space, all goes on by itself."""
    async with house(sqlite_url) as here:
        writer = writer_of(here)
        [(pages,)] = writer.execute("PRAGMA page_count").fetchall()
        writer.execute(f"PRAGMA max_page_count = {pages + 20}")
        accepted: list[int] = []
        refused = 0
        async with here.customer() as one:
            while refused < 3:
                answer = await one.post_json(SEND, itec(MANY[:100], "a" * 100))
                if answer.status == 200:
                    accepted += ids_of(answer)
                else:
                    refused += 1
                    assert words_of(answer) == "400 Internal error"
        assert [message.id for message in await here.messages()] == accepted
        writer.execute("PRAGMA max_page_count = 1000000")
        accepted += await here.send(MANY[:100])
        await here.until_tally({State.DELIVERED: len(accepted)})
        assert here.smsc.submitted == len(accepted)
        assert await here.discrepancies() == []


async def test_another_process_holds_the_store_for_a_moment(sqlite_url: str) -> None:
    async with house(sqlite_url) as here:
        other = sqlite3.connect(sqlite_path(sqlite_url), check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.2, other.rollback)
        timer.start()
        [message_id] = await here.send(MANY[0])
        timer.join()
        other.close()
        await here.until_state(message_id, State.DELIVERED)


async def test_another_process_holds_the_store_too_long(sqlite_url: str) -> None:
    """No longer than the operator allows: the loop stands still while SQLite waits for a lock."""
    async with house(sqlite_url, changes={"gateway": {"store_timeout_s": 0.05}}) as here:
        other = sqlite3.connect(sqlite_path(sqlite_url))
        other.execute("BEGIN IMMEDIATE")
        async with here.customer() as one:
            answer = await one.post_json(SEND, itec(MANY[0], "Hello"))
        assert words_of(answer) == "400 Internal error"
        other.rollback()
        other.close()
        assert await here.messages() == []
        [message_id] = await here.send(MANY[0])
        await here.until_state(message_id, State.DELIVERED)


async def test_an_answer_waits_for_the_store_as_long_as_the_operator_says(engine: str) -> None:
    """And no longer; a changed patience counts without a restart."""
    async with house(engine) as here, here.customer() as one:
        assert here.node.writer.timeout_s == 5.0
        await here.apply(WORLD + "[gateway]\nstore_timeout_s = 0.05\n")

        async def is_hurried() -> bool:
            return here.node.writer.timeout_s == 0.05

        await here.until(is_hurried)
        here.store.before = forever
        answer = await one.post_json(SEND, itec(MANY[0], "Hello"))
        assert words_of(answer) == "400 Gateway timeout, do not resend"
        here.store.before = None


async def test_stopping_without_a_store(engine: str) -> None:
    """The end does not wait for a store that is gone; the next start puts right what is left."""
    async with house(engine) as here:
        here.smsc.faults.response_delay_s = 0.1
        await here.send(MANY[:20])
        here.store.instead = lambda: StoreUnavailable("gone")
        await here.stop(grace_s=0.2)
        here.smsc.faults.response_delay_s = 0.0
        await here.start()
        await here.until_tally({State.DELIVERED: 20})
        assert here.smsc.submitted <= 40
        assert await here.discrepancies() == []


async def test_readiness_says_that_nothing_can_be_stored(sqlite_url: str) -> None:
    """The chores notice it without any customer, and that it is over; a carrier's fall is none."""
    late_us = 0
    async with house(sqlite_url, clock_us=lambda: wall_us() + late_us) as here:
        watch = Watch(here.node)
        assert watch.readiness() == []
        here.store.instead = lambda: StoreRefused("full")
        await here.do_chore(here.node.chores._renew)
        said = ["the store did not take a group (StoreRefused): full"]
        assert watch.readiness() == said
        assert watch.status().not_ready == tuple(said)
        here.store.instead = None
        await here.do_chore(here.node.chores._renew)
        assert watch.readiness() == []
        late_us = 40_000_000
        assert watch.readiness() == ["nothing was stored for 40 s"]
        await here.do_chore(here.node.chores._renew)
        assert watch.readiness() == []
        await here.smsc.stop()

        async def is_down() -> bool:
            return not here.node.lanes[1].up

        await here.until(is_down)
        assert watch.readiness() == []
        assert [lane.carrier.state for lane in watch.status().lanes] != ["up"]


async def test_a_store_that_stays_away_does_not_fill_the_log(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    looks = 0

    def gone() -> StoreUnavailable:
        nonlocal looks
        looks += 1
        here.store.notice()
        return StoreUnavailable("gone")

    async with house(sqlite_url) as here:
        here.store.unreadable = gone

        async def looked_often() -> bool:
            # The webhooks look often here, and each of the others twice at least.
            return looks >= 80

        await here.until(looked_often)
        here.store.unreadable = None
    assert sorted(r.getMessage() for r in caplog.records if "gone" in r.getMessage()) == [
        "the outbox cannot be looked at: gone",
        "the queue cannot be looked at: gone",
        "the schedule cannot be looked at: gone",
        "the store cannot be used (gone); the known world goes on",
    ]
