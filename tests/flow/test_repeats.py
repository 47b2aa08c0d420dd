"""Who asks twice is answered as before: over real sockets, on both engines, through every fault."""

import asyncio
import json
from collections.abc import Callable
from socket import SO_LINGER, SOL_SOCKET
from struct import pack
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest

from dragoman.core.optout import opt_out
from dragoman.model.states import State
from dragoman.store.database import open_database
from dragoman.store.errors import StoreRefused, StoreUncertain
from dragoman.store.ledger import credit
from tests.flow import (
    examples_intellisoftware,
    examples_intouch,
    examples_inviosmart,
    examples_itec,
    examples_unified,
)
from tests.flow.customer import SEND, Answer, Customer, itec, request
from tests.flow.examples import Row
from tests.flow.house import WORLD, House, house
from tests.flow.test_examples import ask, furnish

START_US = 1_700_000_000_000_000
MINUTE_US = 60_000_000
UNIT = 1_000_000
HOME, OTHER = "447700900123", "447700900124"
KEY = {"idempotency-key": "order-77", "content-type": "application/json"}


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.us = START_US

    def __call__(self) -> int:
        return self.us


def alice(**options: object) -> dict[str, dict[str, object]]:
    return {"account.alice": options}


REPLAY = alice(duplicate_window_s=300)
REFUSE = alice(duplicate_window_s=300, duplicate_action="refuse")


async def post(one: Customer, recipients: Any = HOME, message: str = "Hello") -> Answer:
    return await one.post_json(SEND, itec(recipients, message))


async def post_key(one: Customer, message: str = "Hello", **fields: object) -> Answer:
    return await one.ask("POST", SEND, KEY, json.dumps(itec(HOME, message, **fields)).encode())


def words(answer: Answer) -> str:
    return f"{answer.status} {json.loads(answer.body).get('detail', 'success')}"


async def spent(here: House) -> int:
    return (100_000 * UNIT - await here.balance_u()) // UNIT


async def repeats_noted(here: House, message_id: int) -> list[str]:
    return [e.text for e in (await here.life(message_id)).events if e.kind == "repeat"]


# The duplicate guard


async def test_the_first_reply_again(any_store: dict[str, Any]) -> None:
    """Byte for byte, however the number is spelled; charged once; the window ends."""
    clock = Clock()
    async with house(**any_store, changes=REPLAY, clock_us=clock) as here, here.customer() as one:
        first = await post(one)
        clock.us += 299_000_000
        assert await post(one) == first
        assert await post(one, [f"+{HOME}"]) == first
        assert await post(one, message="Hello!") != first
        [message, _] = await here.messages()
        assert await repeats_noted(here, message.id) == [
            "asked for again and answered as before; nothing was charged"
        ]
        clock.us += 2_000_000
        assert await post(one) != first
        assert await spent(here) == 3
        assert here.node.counters.repeated == 2
        await here.until_tally({State.DELIVERED: 3})
        assert here.smsc.submitted == 3
        assert await here.discrepancies() == []


async def test_many_copies_at_once(any_store: dict[str, Any]) -> None:
    async with house(**any_store, changes=REPLAY) as here:

        async def copy() -> bytes:
            async with here.customer() as one:
                return (await post(one)).body

        bodies = await asyncio.gather(*(copy() for _ in range(12)))
        assert len(set(bodies)) == 1
        await here.until_tally({State.DELIVERED: 1})
        assert (here.smsc.submitted, await spent(here)) == (1, 1)


async def test_a_killed_gateway_still_knows(any_store: dict[str, Any]) -> None:
    async with house(**any_store, changes=REPLAY) as here:
        async with here.customer() as one:
            first = await post(one)
        await here.crash()
        await here.start()
        async with here.customer() as one:
            assert await post(one) == first
        assert len(await here.messages()) == 1


async def test_a_refused_duplicate_among_good_ones(any_store: dict[str, Any]) -> None:
    """It has an entry and a row of its own, as refused ones of this dialect do, at no cost."""
    async with house(**any_store, changes=REFUSE) as here, here.customer() as one:
        await post(one)
        answer = json.loads((await post(one, [HOME, OTHER, OTHER])).body)
        assert [entry["status"] for entry in answer["details"]] == ["U", "P", "U"]
        assert words(await post(one)) == "400 Duplicate message"
        assert await here.tally() in (
            {State.DELIVERED: 2, State.REJECTED: 2},
            {State.SENT: 1, State.DELIVERED: 1, State.REJECTED: 2},
            {State.SENT: 2, State.REJECTED: 2},
            {State.SENDING: 1, State.DELIVERED: 1, State.REJECTED: 2},
            {State.SENDING: 1, State.SENT: 1, State.REJECTED: 2},
        )
        refused = [m for m in await here.messages() if m.state == State.REJECTED]
        assert [(m.recipient, m.charge_u, m.detail) for m in refused] == [
            (HOME, 0, "duplicate"),
            (OTHER, 0, "duplicate"),
        ]
        [first, *_] = await here.messages()
        assert await repeats_noted(here, first.id) == ["asked for again and refused as a duplicate"]
        assert await spent(here) == 2
        assert await here.discrepancies() == []


async def test_what_could_not_be_paid_is_no_duplicate(sqlite_url: str) -> None:
    changes = alice(duplicate_window_s=300, duplicate_action="refuse", balance="0")
    async with house(sqlite_url, changes=changes) as here, here.customer() as one:
        assert words(await post(one)) == "400 Insufficient balance"
        async with here.database.transaction() as tx:
            await credit(tx, 1, UNIT, "topup", START_US, "")
        assert words(await post(one)) == "200 success"
        assert words(await post(one)) == "400 Duplicate message"


async def test_without_it_nothing_is_asked_of_the_store(sqlite_url: str) -> None:
    async with house(sqlite_url) as here:
        ids = [await here.send(HOME) for _ in range(3)]
        assert len({i for [i] in ids}) == 3
        async with here.database.reading() as tx:
            assert await tx.row("SELECT count(*) FROM answered") == (0,)


async def test_what_nobody_may_ask_for_again_is_forgotten(any_store: dict[str, Any]) -> None:
    clock = Clock()
    async with house(**any_store, changes=REPLAY, clock_us=clock) as here:
        await here.send(HOME)
        clock.us += 200_000_000
        await here.send(OTHER)
        clock.us += 150_000_000
        await here.do_chore(here.node.chores._forget_answered)
        async with here.database.reading() as tx:
            assert await tx.row("SELECT count(*) FROM answered") == (1,)


# The idempotency key

DIALECTS: dict[str, tuple[ModuleType, str, str]] = {
    "intouch": (
        examples_intouch,
        "1 one recipient",
        "400 Idempotency key was used for another request",
    ),
    "itec": (
        examples_itec,
        "1 one recipient",
        "400 Idempotency key was used for another request",
    ),
    "unified": (examples_unified, "1 as documented", "200 1041"),
    "intellisoftware": (examples_intellisoftware, "1 as documented", "200 ERR:PARAMETER_INVALID"),
    "inviosmart": (
        examples_inviosmart,
        "1 the vendor's sample",
        "200 Status: 1024 - Error validating Sms.",
    ),
}


@pytest.mark.parametrize(("examples", "label", "refused"), DIALECTS.values(), ids=DIALECTS)
async def test_a_key_in_every_dialect(
    engine: str, examples: ModuleType, label: str, refused: str
) -> None:
    """The same key: the first answer, byte for byte.  With another request: refused."""
    row: Row = examples.ROWS[label]
    now_us = examples.CLOCK_US
    database = await open_database(engine)
    await furnish(database, examples, row)
    await database.close()
    async with house(engine, None, clock_us=lambda: now_us, is_up=False) as here:
        keyed = with_fields(row, {"Idempotency-Key": "k1"})
        first = await ask(here, keyed)
        before = await here.messages()
        assert await ask(here, keyed) == first
        assert await ask(here, with_fields(row, {}, idempotencykey="k1")) == first
        other = with_fields(row, {"Idempotency-Key": "k1"}, more="1")
        answer = await ask(here, other)
        said = json.loads(answer.body)["detail"] if answer.text.startswith("{") else answer.text
        assert f"{answer.status} {said}" == refused
        assert await here.messages() == before
        now_us += 86_400 * UNIT
        assert await ask(here, other) != answer
        new = [m for m in await here.messages() if m not in before]
        assert len(new) == 1
        assert await here.discrepancies() == []


def with_fields(row: Row, headers: dict[str, str], **fields: str) -> Row:
    """Give a row with further headers and parameters, which stand in its query."""
    mark = "&" if "?" in row.target else "?"
    return Row(
        target=f"{row.target}{mark}{urlencode(fields)}" if fields else row.target,
        answer=row.answer,
        method=row.method,
        headers={**row.headers, **headers},
        body=row.body,
    )


async def test_a_key_outlives_what_made_the_request_good(any_store: dict[str, Any]) -> None:
    """The number opted out since, the credit is gone: the answer is what it was."""
    async with house(**any_store, changes=alice(balance="1")) as here, here.customer() as one:
        first = await post_key(one)
        async with here.database.transaction() as tx:
            assert await opt_out(tx, 0, HOME, START_US, "sms", "STOP")
        await here.until_live()
        assert await post_key(one) == first
        assert words(await post_key(one, "other")) == (
            "400 Idempotency key was used for another request"
        )


async def test_a_refused_request_leaves_its_key_free(any_store: dict[str, Any]) -> None:
    async with house(**any_store, changes=alice(balance="0")) as here, here.customer() as one:
        assert words(await post_key(one)) == "400 Insufficient balance"
        async with here.database.transaction() as tx:
            await credit(tx, 1, UNIT, "topup", START_US, "")
        first = await post_key(one)
        assert words(first) == "200 success"
        assert await post_key(one) == first


async def test_a_key_of_another_account_is_another_key(sqlite_url: str) -> None:
    bob = '[[account]]\nname = "bob"\npassword = "secret"\ncurrency = "EUR"\nbalance = "9"\n'
    async with house(sqlite_url, WORLD + bob) as here, here.customer() as one:
        answers = [await post_key(one, username=name) for name in ("alice", "bob", "alice")]
        assert [words(answer) for answer in answers] == ["200 success"] * 3
        assert answers[0] == answers[2] != answers[1]
        assert len(await here.messages()) == 2


# The lost answer


async def test_example_49_the_store_hangs_and_the_client_asks_the_backup(engine: str) -> None:
    """The first is told that the gateway cannot; it was stored all the same; one message."""
    examples = examples_intellisoftware
    row: Row = examples.ROWS["1 as documented"]
    database = await open_database(engine)
    await furnish(database, examples, row)
    await database.close()
    async with house(engine, None, clock_us=lambda: examples.CLOCK_US, is_up=False) as here:
        here.store.afterwards = lambda: StoreUncertain("it hung")
        assert (await ask(here, row)).text == "ERR:GATEWAY_ERROR"
        here.store.afterwards = None
        assert (await ask(here, row)).text == row.answer
        assert (await ask(here, row)).text == row.answer
        assert len(await here.messages()) == 1
        assert await here.discrepancies() == []


UNCERTAIN: dict[str, Callable[[House], None]] = {
    "stored": lambda here: setattr(here.store, "afterwards", lambda: StoreUncertain("hung")),
    "not stored": lambda here: setattr(here.store, "instead", lambda: StoreUncertain("hung")),
    "refused": lambda here: setattr(here.store, "instead", lambda: StoreRefused("full")),
}


@pytest.mark.parametrize("spoil", UNCERTAIN.values(), ids=UNCERTAIN)
@pytest.mark.parametrize("restarts", [False, True])
async def test_whoever_is_told_timeout_may_ask_again(
    any_store: dict[str, Any], spoil: Callable[[House], None], restarts: bool
) -> None:
    async with house(**any_store) as here:
        async with here.customer() as one:
            spoil(here)
            refused = await post(one)
            assert words(refused) in (
                "400 Gateway timeout, do not resend",
                "400 Internal error",
            )
            here.store.afterwards = here.store.instead = None
            await here.node.writer.flushed()
        if restarts:
            await here.stop()
            await here.start()
        async with here.customer() as one:
            first = await post(one)
            assert words(first) == "200 success"
        await here.until_tally({State.DELIVERED: 1})
        assert (here.smsc.submitted, await spent(here)) == (1, 1)
        assert await here.discrepancies() == []


async def test_a_client_that_gave_up_is_answered_when_it_comes_back(
    any_store: dict[str, Any],
) -> None:
    """It closes while the store hangs, and asks again at once: both are in one group, or two."""
    release = asyncio.Event()
    asked = asyncio.Event()

    async def hang() -> None:
        asked.set()
        here.store.notice()
        await release.wait()

    async def hangs() -> bool:
        return asked.is_set()

    async def left() -> bool:
        return here.node.writer.repeats.suspects

    async with house(**any_store) as here:
        async with here.customer() as one:
            await post(one, OTHER)  # whose log-in is known from now on
        here.store.before = hang
        async with here.customer() as one:
            one.write(a_request())
            await one.writer.drain()
            await here.until(hangs)
            reset(one)
            await here.until(left)
        async with here.customer() as one:
            one.write(a_request())
            here.store.before = None
            release.set()
            first = await one.answer()
            one.write(a_request())
            assert await one.answer() == first
        assert words(first) == "200 success"
        await here.until_tally({State.DELIVERED: 2})
        assert (here.smsc.submitted, await spent(here)) == (2, 2)


GROUP = f"""{WORLD}
[[group]]
account = "alice"
name = "Staff"
members = ["+447700900001", "+447700900002"]
"""


async def test_a_client_that_sent_to_a_group_and_left_is_known_again(sqlite_url: str) -> None:
    """What the name stood for was found before the store hung; nobody of them gets it twice."""
    release = asyncio.Event()
    asked = asyncio.Event()

    async def hang() -> None:
        asked.set()
        here.store.notice()
        await release.wait()

    async def hangs() -> bool:
        return asked.is_set()

    async def is_gone() -> bool:
        return not here.listener._shared.clients

    async def is_known() -> bool:
        return here.node.writer.repeats.suspects

    target = "/smsgateway/sendmsg.aspx?username=alice&password=secret&to=Staff&text=Hi"
    async with house(sqlite_url, GROUP) as here:
        async with here.customer() as one:
            await one.get(target.replace("Staff", OTHER))
        here.store.before = hang
        async with here.customer() as one:
            one.write(request("GET", target, {}, b""))
            await one.writer.drain()
            await here.until(hangs)
            reset(one)
            await here.until(is_gone)
        here.store.before = None
        release.set()
        await here.until(is_known)
        async with here.customer() as one:
            again = await one.get(target)
        assert again.text.count("ID:") == 2
        await here.until_tally({State.DELIVERED: 3})
        assert await spent(here) == 3


def a_request() -> bytes:
    body = json.dumps(itec(HOME, "Hello")).encode()
    head = f"POST {SEND} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def reset(one: Customer) -> None:
    """Leave as a client that is killed does, without a word."""
    one.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
    one.writer.transport.abort()


async def test_who_only_ends_his_half_is_no_lost_client(sqlite_url: str) -> None:
    """What `nc` does: each request is a message of its own, however alike."""
    async with house(sqlite_url) as here:
        bodies = []
        for _ in range(2):
            async with here.customer() as one:
                one.write(a_request())
                one.writer.write_eof()
                bodies.append((await one.answer()).body)
        assert bodies[0] != bodies[1]
        assert len(await here.messages()) == 2
        assert not here.node.writer.repeats.suspects


# Where the account waits for its carriers

PATIENT = {"submit_mode": "carrier", "carrier_wait_s": 20, "duplicate_window_s": 300}


async def test_the_carriers_refusal_again(any_store: dict[str, Any]) -> None:
    """What a carrier said of the first is what the repeat is told; it was not sent again."""
    async with house(**any_store, changes=alice(**PATIENT)) as here, here.customer() as one:
        here.smsc.faults.fail_every, here.smsc.faults.fail_status = 1, 0x45
        first = await post(one)
        assert b"Carrier refused: 69" in first.body
        here.smsc.faults.fail_every = 0
        assert await post(one) == first
        assert (here.smsc.submitted, await spent(here)) == (1, 0)
        assert await here.discrepancies() == []


async def test_a_repeat_waits_with_its_first(any_store: dict[str, Any]) -> None:
    async with house(**any_store, changes=alice(**PATIENT)) as here:
        here.smsc.faults.response_delay_s = 0.2
        here.smsc.faults.fail_every, here.smsc.faults.fail_status = 1, 0x45

        async def copy() -> bytes:
            async with here.customer() as one:
                return (await post(one)).body

        bodies = await asyncio.gather(*(copy() for _ in range(3)))
        assert len(set(bodies)) == 1
        assert b"Carrier refused: 69" in bodies[0]
        assert here.smsc.submitted == 1


async def test_what_a_carrier_refused_is_no_duplicate(any_store: dict[str, Any]) -> None:
    changes = alice(**PATIENT, duplicate_action="refuse")
    async with house(**any_store, changes=changes) as here, here.customer() as one:
        here.smsc.faults.fail_every, here.smsc.faults.fail_status = 1, 0x45
        assert b"Carrier refused: 69" in (await post(one)).body
        here.smsc.faults.fail_every = 0
        assert words(await post(one)) == "200 success"
        assert words(await post(one)) == "400 Duplicate message"
        assert (here.smsc.submitted, await spent(here)) == (2, 1)
