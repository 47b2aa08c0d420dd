"""`submit_mode = "carrier"`: a customer is told what the carrier said, once that is durable."""

import asyncio
import json
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from dragoman.model.states import State
from dragoman.store.database import open_database
from tests.flow import (
    examples_intellisoftware,
    examples_intouch,
    examples_inviosmart,
    examples_itec,
    examples_unified,
)
from tests.flow.customer import SEND, itec
from tests.flow.endpoints import endpoint
from tests.flow.examples import Row
from tests.flow.examples_unified import DEST, A, B, z
from tests.flow.house import SMSC_PORT, WORLD, House, house
from tests.flow.notices import PRIVATE
from tests.flow.test_examples import ask, furnish

PATIENT: dict[str, object] = {"submit_mode": "carrier", "carrier_wait_s": 20}
HURRIED = PATIENT | {"carrier_wait_s": 0.2}
ALICE: dict[str, Any] = {"account.alice": PATIENT}
TWO: dict[str, Any] = {"account.two": PATIENT}
REFUSED = 0x45

# One request that is accepted, and its account; then what is said when the carrier refuses it, says
# that the number is bad, and says nothing: HTTP status and words.
WORDS: dict[str, tuple[ModuleType, str, str, str, str, str]] = {
    "intouch": (
        examples_intouch,
        "1 one recipient",
        "demo",
        "200 Carrier refused: 69",
        "200 Carrier refused: 11",
        "400 Gateway timeout, do not resend",
    ),
    "itec": (
        examples_itec,
        "1 one recipient",
        "demo",
        "200 Carrier refused: 69",
        "200 Carrier refused: 11",
        "400 Gateway timeout, do not resend",
    ),
    "unified": (
        examples_unified,
        "1 as documented",
        "demo",
        f"200 69|{DEST}|{A}",
        f"200 11|{DEST}|{B}",
        f"200 1715|{DEST}|{A}",
    ),
    "intellisoftware": (
        examples_intellisoftware,
        "1 as documented",
        "MyUsername",
        "200 ERR:GATEWAY_ERROR",
        "200 ERR:INVALID_NUMBER",
        "200 ID:10011000000000000001",
    ),
    "inviosmart": (
        examples_inviosmart,
        "1 the vendor's sample",
        "myusername",
        "200 Error: 1010 - Error sending SMS - Gateway call error.",
        "200 Error: 1010 - Error sending SMS - Gateway call error.",
        "200 Error: 1010 - Error sending SMS - Gateway call error.",
    ),
}


async def said(here: House, row: Row) -> str:
    answer = await ask(here, row)
    if answer.headers["content-type"] != "application/json":
        return f"{answer.status} {answer.text}"
    body = json.loads(answer.body)
    if answer.status != 200:
        return f"{answer.status} {body['detail']}"
    [entry] = body["details"]
    return f"200 {entry.get('error', entry['status'])}"


def world(account: str, options: dict[str, object] = PATIENT, **carrier: object) -> Row:
    changes = {f"account.{account}": options, "carrier.main": {"port": SMSC_PORT, **carrier}}
    return Row(target="", answer="", changes=changes)


async def until_nobody_waits(here: House) -> None:
    """Wait until nothing is remembered of those who waited."""

    async def holds() -> bool:
        return here.node.writer.awaited.messages == {}

    await here.until(holds)


async def prepare(url: str, examples: ModuleType, row: Row) -> None:
    database = await open_database(url)
    await furnish(database, examples, row)
    await database.close()


@pytest.mark.parametrize(
    ("examples", "label", "account", "refused", "bad_number", "silent"), WORDS.values(), ids=WORDS
)
async def test_the_words_of_a_dialect(
    engine: str,
    examples: ModuleType,
    label: str,
    account: str,
    refused: str,
    bad_number: str,
    silent: str,
) -> None:
    """Accepted, refused and unanswered; what is refused in the answer costs nothing."""
    row: Row = examples.ROWS[label]
    await prepare(engine, examples, world(account, PATIENT | {"carrier_wait_s": 0.3}))
    async with house(engine, None, clock_us=lambda: examples.CLOCK_US) as here:
        before = {message.id for message in await here.messages()}
        balance_u = await here.balance_u(account)
        for status, words in ((REFUSED, refused), (11, bad_number)):
            here.smsc.faults.fail_every, here.smsc.faults.fail_status = 1, status
            assert await said(here, row) == words
            assert await here.balance_u(account) == balance_u
        here.smsc.faults.fail_every = 0
        here.smsc.faults.silent_every = 1
        spoken = await said(here, row)
        made = [m for m in await here.messages() if m.id not in before]
        assert [m.state for m in made] == [State.REJECTED, State.REJECTED, State.UNKNOWN]
        assert shape(spoken) == shape(silent)
        here.smsc.faults.silent_every = 0
        # Who is told of a doubt and asks again is told of it again; an id means what it says.
        again = await said(here, row)
        assert again == spoken or again.startswith("200 ID")
        assert await here.discrepancies() == []


def shape(words: str) -> str:
    """Give words without an id, which counts up from request to request."""
    head, bar, _ = words.rpartition("|")
    return head + bar if bar else words.partition("ID:")[0]


# What the SMSC answers -> what the customer of unified is told: the worked examples 40.
STATUSES = {0x08: 8, 0x45: 69, 0x0B: 11, 0x58: 88, 0x14: 20, 0x404: 69, 0x0A: 10, 0x10: 69}


async def test_40_every_status_is_shown_in_decimal(sqlite_url: str) -> None:
    await prepare(sqlite_url, examples_unified, world("demo"))
    async with house(sqlite_url, None, clock_us=lambda: examples_unified.CLOCK_US) as here:
        assert await said(here, z("")) == f"200 1701|{DEST}|{A}"
        for status, code in STATUSES.items():
            here.smsc.faults.fail_every, here.smsc.faults.fail_status = 1, status
            assert (await said(here, z(""))).startswith(f"200 {code}|{DEST}|")
        assert here.smsc.submitted == len(STATUSES) + 1  # none was tried again
        assert here.node.writer.awaited.messages == {}


async def test_41_what_is_unanswered_is_never_sent_again(any_store: dict[str, Any]) -> None:
    """Not when the link is cut afterwards, though others are, and not after a crash."""
    url = any_store["url"]
    row = world("demo", HURRIED)
    await prepare(url, examples_unified, replace(row, changes={**row.changes, **TWO}))
    clock_us = examples_unified.CLOCK_US
    async with house(url, None, clock_us=lambda: clock_us, sync_aside=any_store["sync_aside"]) as h:
        h.smsc.faults.silent_every = 1
        assert await said(h, z("")) == f"200 1715|{DEST}|{A}"
        h.smsc.drop()
        await until_nobody_waits(h)
        h.smsc.faults.silent_every = 0
        assert await said(h, z("", username="two")) == f"200 1701|{DEST}|{B}"
        await h.crash()
        await h.start()
        assert (await said(h, z("", username="two"))).startswith("200 1701|")
        assert h.smsc.submitted == 3
        [unknown, *_] = await h.messages()
        assert unknown.state == State.UNKNOWN
        assert unknown.detail == "no answer in the 0.2 s that its customer waits"
        told, lost = [event.text for event in (await h.life(unknown.id)).events]
        assert told == f"{unknown.detail}; not sent again"
        assert lost.startswith("the connection")


async def test_an_answer_that_comes_after_the_wait_still_counts(any_store: dict[str, Any]) -> None:
    async with house(**any_store, changes={"account.alice": HURRIED}) as here:
        here.smsc.faults.response_delay_s = 0.5
        async with here.customer() as one:
            answer = await one.post_json(SEND, itec("447700900001", "a" * 400))
        assert answer.status == 400
        [message] = await here.messages()
        assert message.state == State.UNKNOWN
        await here.until_state(message.id, State.DELIVERED)
        await until_nobody_waits(here)


async def test_a_late_refusal_ends_it_and_costs_by_the_account(sqlite_url: str) -> None:
    """The account's policy decides about the charge, for nobody is told any more."""
    async with house(sqlite_url, changes={"account.alice": HURRIED}) as here:
        here.smsc.faults.response_delay_s = 0.5
        here.smsc.faults.fail_every = 1
        async with here.customer() as one:
            answer = await one.post_json(SEND, itec("447700900001", "Hello"))
        assert answer.status == 400
        [message] = await here.messages()
        await here.until_state(message.id, State.REJECTED)
        assert await here.balance_u() == 99_999_000_000
        await until_nobody_waits(here)


async def test_what_waits_here_leaves_once_after_its_customer_was_told(
    any_store: dict[str, Any],
) -> None:
    """It was accepted and its customer will not resend it: it must not be lost either."""
    async with house(**any_store, changes={"account.alice": HURRIED}, is_up=False) as here:
        async with here.customer() as one:
            answer = await one.post_json(SEND, itec("447700900001", "Hello"))
        assert json.loads(answer.body)["detail"] == "Gateway timeout, do not resend"
        [message] = await here.messages()
        assert message.state == State.QUEUED
        await until_nobody_waits(here)
        await here.smsc.start()
        await here.until_state(message.id, State.DELIVERED)
        assert here.smsc.submitted == 1
        events = [event.text for event in (await here.life(message.id)).events]
        assert events == ["its customer waited 0.2 s and was told so; it leaves when it can"]


async def test_a_link_that_is_cut_is_told_at_once_and_nothing_is_sent_again(
    any_store: dict[str, Any],
) -> None:
    async with house(**any_store, changes=ALICE) as here:
        here.smsc.faults.drop_every = 1
        async with here.customer() as one:
            answer = await one.post_json(SEND, itec("447700900001", "a" * 400))
            assert json.loads(answer.body)["detail"] == "Gateway timeout, do not resend"
            here.smsc.faults.drop_every = 0
            await here.until_up()
            await one.send("447700900002")
        first, _ = await here.messages()
        assert first.state == State.UNKNOWN
        sent_to = [r.pdu.destination_addr for r in here.smsc.received if r.message_id]
        assert sent_to.count(b"447700900002") == 1
        assert sent_to.count(b"447700900001") <= 3
        assert len({r.pdu.short_message for r in here.smsc.received}) == len(here.smsc.received)


# Three segments, of which the SMSC refuses each n-th -> what is said.
LONG = {"all taken": (0, "P"), "one refused": (3, "U"), "all refused": (1, "U")}


@pytest.mark.parametrize(("every", "status"), LONG.values(), ids=LONG)
async def test_a_long_message_is_decided_by_all_segments(
    engine: str, every: int, status: str
) -> None:
    async with house(engine, changes=ALICE) as here:
        here.smsc.faults.fail_every, here.smsc.faults.fail_status = every, 0x45
        async with here.customer() as one:
            answer = await one.post_json(SEND, itec("447700900001", "a" * 400))
        [entry] = json.loads(answer.body)["details"]
        assert entry["status"] == status
        assert entry.get("error") == (None if status == "P" else "Carrier refused: 69")
        assert here.smsc.submitted == 3
        assert await here.discrepancies() == []


async def test_each_recipient_has_its_own_answer_and_the_sums_are_right(engine: str) -> None:
    async with house(engine, changes=ALICE) as here:
        here.smsc.faults.fail_every, here.smsc.faults.fail_status = 2, 0x0B
        numbers = [f"44770090000{n}" for n in range(4)]
        async with here.customer() as one:
            answer = await one.post_json(SEND, itec([*numbers, "12ab"], "Hello"))
        body = json.loads(answer.body)
        details = body["details"]
        assert [d["status"] for d in details] == ["P", "U", "P", "U", "U"]
        assert [d["cost"] for d in details] == [1.0, 0.0, 1.0, 0.0, 0.0]
        assert body["summary"]["cost"] == 2.0
        assert body["summary"]["balance"] == 99_998.0
        assert await here.balance_u() == 99_998_000_000
        assert await here.discrepancies() == []


SPARE = """
[[carrier]]
name = "spare"
kind = "smpp"
host = "127.0.0.1"
port = 2775
system_id = "spare"
password = "secret"

[[route]]
prefix = ""
carrier = "spare"
"""


async def test_the_next_carrier_is_asked_before_the_customer_is_told(engine: str) -> None:
    """Both are the same SMSC here, which refuses each second one."""
    async with house(engine, WORLD + SPARE, changes=ALICE) as here:
        here.smsc.faults.fail_every, here.smsc.faults.fail_status = 2, 0x58
        async with here.customer() as one:
            await one.send("447700900001")
            [message_id] = await one.send("447700900002")
        assert (await here.message(message_id)).carrier_id == 2
        assert here.smsc.submitted == 3


async def test_a_long_message_that_is_sent_too_fast_goes_on(sqlite_url: str) -> None:
    """Half of it may be on the air: it is made whole, and not refused."""
    async with house(sqlite_url, changes=ALICE) as here:
        here.smsc.faults.throttle_every = 3
        async with here.customer() as one:
            await one.send("447700900001", "a" * 400)
        assert here.smsc.accepted == 3


async def test_who_was_told_of_the_doubt_hears_of_it_as_of_any_state(engine: str) -> None:
    """Where reports were asked for, "unknown" is one, and a receipt that comes later is another."""
    changes = {**PRIVATE, "account.alice": HURRIED}
    async with endpoint() as far, house(engine, changes=changes) as here:
        here.smsc.faults.response_delay_s = 0.6
        async with here.customer() as one:
            wanted = itec("447700900001", "Hello", dlrurl=f"{far.url}/r")
            assert (await one.post_json(SEND, wanted)).status == 400
        await far.until(2)
        [message] = await here.messages()
        assert [heard.line for heard in far.taken] == [
            f"GET /r?messageid={message.id}&status={letter} HTTP/1.1" for letter in "SD"
        ]


async def test_a_scheduled_message_is_answered_at_once(sqlite_url: str) -> None:
    row = examples_unified.ROWS["43 schedule"]
    await prepare(sqlite_url, examples_unified, world("demo"))
    clock_us = examples_unified.CLOCK_US
    async with house(sqlite_url, None, clock_us=lambda: clock_us, is_up=False) as here:
        assert await said(here, row) == f"200 {row.answer}"


async def test_a_shutdown_leaves_nobody_without_an_answer(any_store: dict[str, Any]) -> None:
    async with house(**any_store, changes=ALICE) as here, here.customer() as one:
        here.smsc.faults.silent_every = 1
        asking = asyncio.create_task(one.post_json(SEND, itec("447700900001", "Hello")))
        await here.smsc.wait_for(1)
        here.node.writer.awaited.close()
        answer = await asking
        assert json.loads(answer.body)["detail"] == "Gateway timeout, do not resend"


async def test_who_waits_for_the_store_only_is_not_looked_up(sqlite_url: str) -> None:
    """A silent carrier holds up whoever waits for it, and nobody else."""
    async with house(sqlite_url) as here:
        here.smsc.faults.silent_every = 1
        await here.send("447700900001")
        assert here.node.writer.awaited.messages == {}
