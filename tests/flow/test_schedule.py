"""Messages that wait for their hour: not before it, soon after it, or never if called back."""

import time
from datetime import UTC, datetime
from urllib.parse import urlencode

from dragoman.cli.frame import Opened
from dragoman.cli.schedule import call_back
from dragoman.config import Config
from dragoman.dialects.unified import parse_id
from dragoman.model.messages import Message
from dragoman.model.states import State
from dragoman.store import hot
from dragoman.store.database import open_database
from dragoman.store.ids import reserve
from tests.flow.house import WORLD, House, house, wall_us

HOUR_US = 3_600 * 1_000_000
TO = "447700900123"
SPARE = """
[[carrier]]
name = "spare"
kind = "smpp"
host = "127.0.0.1"
port = 2775
system_id = "dragoman"
password = "secret"

[[route]]
prefix = ""
carrier = "spare"
"""


class Clock:
    """The wall's clock, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead_us = 0

    def __call__(self) -> int:
        return wall_us() + self.ahead_us


async def schedule(here: House, due_us: int, recipients: str = TO) -> list[int]:
    """Schedule as a customer of Unified does; give the ids of the messages."""
    due = datetime.fromtimestamp(due_us / 1_000_000, UTC)
    fields = {
        "username": "alice",
        "password": "secret",
        "type": "0",
        "dlr": "1",
        "destination": recipients,
        "source": "DEMO",
        "message": "Hello",
        "date": due.strftime("%m/%d/%Y"),
        "time": due.strftime("%I:%M %p"),
        "gmt": "+00:00",
    }
    async with here.customer() as one:
        answer = await one.get(f"/bulksms/schedulemsg?{urlencode(fields)}")
    ids = [parse_id(item.split("|")[2]) for item in answer.text.split(",")]
    return [i for i in ids if i is not None]


async def test_a_message_leaves_when_its_hour_comes(engine: str) -> None:
    clock = Clock()
    async with house(
        engine, clock_us=clock, changes={"account.alice": {"validity_s": 600}}
    ) as here:
        before_u = await here.balance_u()
        [message_id] = await schedule(here, clock() + HOUR_US)
        assert before_u - await here.balance_u() == 1_000_000  # taken now, not at its hour
        message = await here.message(message_id)
        assert message.state == State.SCHEDULED
        assert message.due_us is not None
        assert message.expires_us == message.due_us + 600_000_000
        await here.do_chore(here.node.chores._release)
        await here.do_chore(here.node.chores._expire)
        assert await here.tally() == {State.SCHEDULED: 1}
        clock.ahead_us = HOUR_US + 60_000_000
        await here.until_state(message_id, State.DELIVERED)
        life = await here.life(message_id)
        assert [(event.kind, event.text) for event in life.events] == [
            ("release", "its time has come")
        ]
        assert await here.discrepancies() == []


async def test_a_restart_and_a_crash_forget_no_hour(engine: str) -> None:
    clock = Clock()
    async with house(engine, clock_us=clock) as here:
        ids = await schedule(here, clock() + HOUR_US, f"{TO},447700900124")
        await here.crash()
        clock.ahead_us = 2 * HOUR_US  # its hour passed while nobody was there
        await here.start()
        await here.until_tally({State.DELIVERED: len(ids)})


async def test_the_way_is_chosen_anew_if_its_carrier_is_gone(sqlite_url: str) -> None:
    clock = Clock()
    async with house(sqlite_url, WORLD + SPARE, clock_us=clock) as here:
        [message_id] = await schedule(here, clock() + HOUR_US)
        first = (await here.message(message_id)).carrier_id
        await here.apply(WORLD.replace('kind = "smpp"', 'kind = "smpp"\nenabled = false') + SPARE)
        clock.ahead_us = 2 * HOUR_US
        message = await here.until_state(message_id, State.DELIVERED)
        assert message.carrier_id != first
        assert [event.kind for event in (await here.life(message_id)).events] == ["release"]


async def test_pain_18_a_hundred_thousand_scheduled_delay_nobody(engine: str) -> None:
    """Scheduled messages take no slot: an urgent one leaves at once beside 100,000 of them."""
    count, clock = 100_000, Clock()
    async with house(engine, clock_us=clock) as here:
        [pattern] = [await here.message(i) for i in await schedule(here, clock() + HOUR_US)]
        async with here.database.transaction() as tx:
            first = await reserve(tx, "message", count)
            rows = [later(pattern, first + index) for index in range(count)]
            await hot.insert_messages(tx, rows)
        began_s = time.monotonic()
        [urgent] = await here.send(TO)
        await here.smsc.wait_for(1)
        assert time.monotonic() - began_s < 1.0
        await here.until_state(urgent, State.DELIVERED)
        assert await here.tally() == {State.SCHEDULED: count + 1, State.DELIVERED: 1}
        async with here.database.transaction() as tx:
            looked_s = time.monotonic()
            assert not await here.node.chores._release(tx, clock())
            assert time.monotonic() - looked_s < 0.5


def later(pattern: Message, message_id: int) -> Message:
    """Give another message like one, free of charge."""
    values = {name: getattr(pattern, name) for name in pattern.__struct_fields__}
    return Message(**{**values, "id": message_id, "charge_u": 0, "price_u": 0})


async def test_pain_20_nothing_leaves_after_it_was_called_back(engine: str) -> None:
    """A campaign is called back while it is on its way: what is said to be stopped is stopped."""
    count = 400
    recipients = [f"4477009{number:05d}" for number in range(count)]
    changes = {"carrier.main": {"window": 10}}
    async with house(engine, changes=changes) as here:
        here.smsc.faults.response_delay_s = 0.05
        before_u = await here.balance_u()
        ids = await here.send(recipients)
        await here.smsc.wait_for(count // 2)
        other = await open_database(engine)
        tally = await call_back(Opened(Config(), other), ids, "wrong text")
        await other.close()
        sent_then = here.smsc.submitted
        assert sum(tally.others.values()) + len(tally.cancelled) == count
        assert 0 < len(tally.cancelled) <= count // 2
        assert tally.others.keys() <= {"sent", "delivered"}  # nothing half-way is left
        left = count - len(tally.cancelled)
        assert sent_then == left
        await here.until_tally({State.CANCELLED: len(tally.cancelled), State.DELIVERED: left})
        await here.send("447700999999")  # the lane goes on, with what is not called back
        await here.smsc.wait_for(left + 1)
        arrived = {r.pdu.destination_addr.decode() for r in here.smsc.received}
        stopped = {m.recipient for m in await here.messages() if m.state == State.CANCELLED}
        assert len(stopped) == len(tally.cancelled)
        assert arrived.isdisjoint(stopped)
        assert before_u - await here.balance_u() == (left + 1) * 1_000_000
        assert await here.discrepancies() == []


async def test_what_is_called_back_before_its_hour_never_leaves(engine: str) -> None:
    clock = Clock()
    async with house(engine, clock_us=clock) as here:
        before_u = await here.balance_u()
        first, second = await schedule(here, clock() + HOUR_US, f"{TO},447700900124")
        tally = await call_back(Opened(Config(), here.database), [first], "not wanted")
        assert (tally.cancelled, dict(tally.others)) == ([first], {})
        clock.ahead_us = 2 * HOUR_US
        await here.until_tally({State.CANCELLED: 1, State.DELIVERED: 1})
        assert here.smsc.submitted == 1
        assert before_u - await here.balance_u() == 1_000_000
        late = await call_back(Opened(Config(), here.database), [first, second], "")
        assert (late.cancelled, late.others) == ([], {"cancelled": 1, "delivered": 1})
        assert await here.discrepancies() == []
