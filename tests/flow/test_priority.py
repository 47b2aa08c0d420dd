"""Messages that leave before others: past any backlog, and not for ever past the others."""

import time
from collections.abc import Sequence

from dragoman.carriers.simulator.smsc import Received
from dragoman.model.messages import Message
from dragoman.model.states import State
from dragoman.store import hot
from dragoman.store.ids import reserve
from tests.flow.house import WORLD, House, house

TO = "447700900123"
URGENT = """
[[account]]
name = "codes"
password = "secret"
currency = "EUR"
balance = "100000"
priority = 3
"""


def recipients(received: Sequence[Received]) -> list[str]:
    return [one.pdu.destination_addr.decode() for one in received]


async def a_backlog(here: House, pattern: Message, count: int) -> None:
    """Queue messages like one, to numbers of their own, as an outage would have left them."""
    async with here.database.transaction() as tx:
        first = await reserve(tx, "message", count)
        values = {name: getattr(pattern, name) for name in pattern.__struct_fields__}
        changes = {"state": State.QUEUED, "charge_u": 0, "price_u": 0}
        rows = [
            Message(**{**values, **changes, "id": i, "recipient": f"4479{i:08d}"})
            for i in range(first, first + count)
        ]
        await hot.insert_messages(tx, rows)


async def test_a_hundred_thousand_queued_do_not_delay_an_urgent_one(engine: str) -> None:
    """On one carrier, at its full rate: the urgent one is on the air at once."""
    changes = {"carrier.main": {"window": 10}}
    async with house(engine, WORLD + URGENT, changes=changes) as here:
        here.smsc.faults.response_delay_s = 0.02
        [first] = await here.send(TO)
        await here.until_state(first, State.DELIVERED)
        await a_backlog(here, await here.message(first), 100_000)
        await here.smsc.wait_for(50)
        began_s = time.monotonic()
        [urgent] = await here.send("447700900999", username="codes")
        message = await here.until_state(urgent, State.DELIVERED)
        assert time.monotonic() - began_s < 1.0
        assert (message.priority, here.smsc.submitted < 10_000) == (3, True)
        flags = {r.pdu.priority_flag for r in here.smsc.received}
        assert flags == {0, 3}


async def test_the_others_are_not_held_up_for_ever(engine: str) -> None:
    """While urgent ones never end, a share of the room goes to the oldest of all."""
    changes = {"carrier.main": {"window": 1, "enabled": False}}
    async with house(engine, WORLD + URGENT, changes=changes, is_up=False) as here:
        usual = await here.send([f"44770090{number:04d}" for number in range(8)])
        urgent = await here.send(
            [f"44770091{number:04d}" for number in range(40)], username="codes"
        )
        await here.smsc.start()
        await here.apply(WORLD.replace("port = 2775", "port = 2775\nwindow = 1") + URGENT)
        await here.until_tally({State.DELIVERED: len(usual) + len(urgent)})
        order = recipients(here.smsc.received)
        places = [order.index(f"44770090{number:04d}") for number in range(8)]
        assert places == sorted(places)  # the oldest of equals first
        assert places[:5] == [7, 15, 23, 31, 39]
        assert [o for o in order if o.startswith("44770091")] == sorted(
            o for o in order if o.startswith("44770091")
        )
