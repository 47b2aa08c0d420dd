"""Limits of accounts: refused in the dialect's words, and exact whoever takes the requests."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from dragoman.cli.accounts import show_account
from dragoman.cli.frame import Opened, Refused
from dragoman.cli.messages import Wish, send
from dragoman.config import Config
from dragoman.core.enquire import Enquiries
from dragoman.core.login import Login
from dragoman.front.listener import Listener
from dragoman.front.serve import Service
from dragoman.model.states import State
from tests.flow.customer import SEND, Answer, customer, itec
from tests.flow.house import House, house, wall_us

TO = "447700900123"
NUMBERS = [f"4477009{number:05d}" for number in range(200)]


class Clock:
    """A clock that a test sets, and that goes on from there."""

    def __init__(self, text: str) -> None:
        self.set(text)

    def __call__(self) -> int:
        return wall_us() + self._ahead_us

    def set(self, text: str) -> None:
        at_s = datetime.fromisoformat(f"{text}+00:00").timestamp()
        self._ahead_us = int(at_s) * 1_000_000 - wall_us()


def alice(**options: object) -> dict[str, dict[str, object]]:
    return {"account.alice": options}


@asynccontextmanager
async def another_front(here: House) -> AsyncIterator[int]:
    """Give the port of a front that has its own memory and the same writer, as a process has."""
    node = here.node
    login = Login(node.world.current, node.counters, time.monotonic, secrets.token_bytes(32))
    service = Service(
        node.world.current,
        node.writer,
        login,
        Enquiries(here.store),
        node.counters,
        here.clock_us,
        node.is_up,
    )
    listener = Listener(service.handle, on_error=service.refuse_fault)
    await listener.start("127.0.0.1", 0)
    yield listener.port
    service.draining = True
    await listener.drain(5.0)


def is_throttled(answer: Answer) -> bool:
    said: dict[str, Any] = json.loads(answer.body)
    return bool(said["response"][0]["errors"]["error"] == "Too many requests")


async def test_a_day_has_its_number_and_the_next_one_has_it_again(engine: str) -> None:
    clock = Clock("2026-03-01 21:30")  # 23:30 where the account lives
    changes = alice(daily_quota=3, time_zone="Africa/Kigali")
    async with house(engine, clock_us=clock, changes=changes) as here, here.customer() as one:
        before_u = await here.balance_u()
        await one.send(NUMBERS[:2])
        refused = await one.post_json(SEND, itec(NUMBERS[2:4], "Hello"))  # one would fit, not two
        assert is_throttled(refused)
        await one.send(NUMBERS[2])
        assert is_throttled(await one.post_json(SEND, itec(NUMBERS[3], "Hello")))
        assert before_u - await here.balance_u() == 3_000_000
        clock.set("2026-03-01 22:00")
        await one.send(NUMBERS[:3])
        await here.until_tally({State.DELIVERED: 6})
        assert await here.discrepancies() == []


async def test_a_month_counts_beside_the_day_and_in_segments(engine: str) -> None:
    clock = Clock("2026-03-30 12:00")
    changes = alice(daily_quota=4, monthly_quota=6, quota_unit="segments")
    async with house(engine, clock_us=clock, changes=changes) as here, here.customer() as one:
        await one.send(TO, "a" * 400)
        assert is_throttled(await one.post_json(SEND, itec(TO, "a" * 200)))
        await one.send(TO)
        clock.set("2026-03-31 12:00")
        await one.send(TO, "a" * 200)
        assert is_throttled(await one.post_json(SEND, itec(TO, "Hello")))
        clock.set("2026-04-01 12:00")
        await one.send(TO, "a" * 400)


REFUSALS = {
    "intouch": ("/api/sendsms/.json", "Too many requests"),
    "itec": ("/itec/api/sendsms", "Too many requests"),
    "unified": ("/bulksms/bulksms", "1709"),
    "intellisoftware": ("/smsgateway/sendmsg.aspx", "ERR:GATEWAY_ERROR"),
    "inviosmart": ("/sendsms/", "1031"),
}
FORMS = {
    "intouch": {"username": "alice", "password": "secret", "sender": "DEMO"}
    | {"recipients": TO, "message": "Hi"},
    "itec": {"username": "alice", "password": "secret", "sender": "DEMO"}
    | {"recipients": TO, "message": "Hi"},
    "unified": {"username": "alice", "password": "secret", "type": "0", "dlr": "1"}
    | {"destination": TO, "source": "DEMO", "message": "Hi"},
    "intellisoftware": {"username": "alice", "password": "secret", "to": TO, "text": "Hi"}
    | {"from": "DEMO"},
    "inviosmart": {"username": "alice", "password": "secret", "sender": "DEMO"}
    | {"destination": TO, "message": "Hi"},
}


@pytest.mark.parametrize(("path", "words"), REFUSALS.values(), ids=REFUSALS)
async def test_each_dialect_has_its_word(
    sqlite_url: str, path: str, words: str, request: pytest.FixtureRequest
) -> None:
    dialect = request.node.callspec.id
    changes = alice(daily_quota=1, intellisoftware={"delay_reply": True})
    async with house(sqlite_url, changes=changes) as here, here.customer() as one:
        await one.send(TO)
        fields = "&".join(f"{key}={value}" for key, value in FORMS[dialect].items())
        answer = await one.get(f"{path}?{fields}")
        assert words in answer.text, answer


async def test_many_at_once_get_exactly_what_is_left(engine: str) -> None:
    """Requests over two fronts, which know nothing of each other, and a command beside them."""
    async with house(engine, changes=alice(daily_quota=100)) as here:
        async with another_front(here) as port:
            answers = await asyncio.gather(
                *(ask(p, number) for p in (here.listener.port, port) for number in NUMBERS[:80])
            )
        good = sum(answer.status == 200 for answer in answers)
        assert good == 100
        assert sum(map(is_throttled, (a for a in answers if a.status != 200))) == 60
        opened = Opened(Config(), here.database)
        with pytest.raises(Refused, match="beyond the daily quota"):
            await send(opened, Wish("alice", TO, "Hello"), 0)
        shown = await show_account(opened, "alice")
        assert isinstance(shown.data, dict)
        [use] = shown.data["quotas"]
        assert (use["used"], use["limit"]) == (100, 100)
        await here.until_tally({State.DELIVERED: 100})
        assert await here.discrepancies() == []


async def ask(port: int, number: str) -> Answer:
    async with customer(port) as one:
        return await one.post_json(SEND, itec(number, "Hello"))


async def test_two_fronts_keep_one_rate(engine: str) -> None:
    """Each front counts for itself; together they let pass what one may, and no more."""
    clock = Clock("2026-03-01 12:00")
    frozen_us = clock()
    async with house(engine, changes=alice(rate=20), clock_us=lambda: frozen_us) as here:
        async with another_front(here) as port:
            answers = await asyncio.gather(
                *(ask(p, number) for p in (here.listener.port, port) for number in NUMBERS[:30])
            )
        assert sum(answer.status == 200 for answer in answers) == 20


async def test_what_was_not_stored_is_not_counted(engine: str) -> None:
    async with house(engine, changes=alice(daily_quota=2, balance="1")) as here:
        async with here.customer() as one:
            dry = await one.post_json(SEND, itec(NUMBERS[:2], "Hello"))
            assert dry.status != 200
            await one.send(TO)
        async with here.database.reading() as tx:
            assert await tx.rows("SELECT used FROM quota") == [(1,)]
