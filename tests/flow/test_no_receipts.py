"""Carriers that give no receipts, and messages that ask for none: `sent` is where they end."""

from dragoman.carriers.simulator.handsets import Behaviour
from dragoman.model.states import State
from tests.flow.house import WORLD, House, house
from tests.flow.worlds import Changes, changed

MUTE: Changes = {"carrier.main": {"receipts": "none"}}
DAYS_4_US = 4 * 86_400 * 1_000_000
TWO_SEGMENTS = "a" * 200
SILENT = Behaviour(reports=False)


def asked(here: House) -> set[int]:
    """Give what was asked of the carrier about receipts."""
    return {received.pdu.registered_delivery for received in here.smsc.received}


async def test_a_carrier_without_receipts(sqlite_url: str) -> None:
    now_us = 1_700_000_000_000_000
    async with house(sqlite_url, changes=MUTE, clock_us=lambda: now_us) as here:
        ids = await here.send(["447700900001", "447700900002"])
        ids += await here.send("447700900003", TWO_SEGMENTS)
        await here.until_tally({State.SENT: 3})
        assert asked(here) == {0}
        now_us += DAYS_4_US
        await here.do_chore(here.node.chores._last_verdicts)
        assert await here.tally() == {State.SENT: 3}
        assert {(await here.message(i)).flags & 1 for i in ids} == {0}


async def test_a_carrier_that_stopped_giving_them(sqlite_url: str) -> None:
    """What was sent before the operator said so is not called unknown either."""
    now_us = 1_700_000_000_000_000
    async with house(sqlite_url, clock_us=lambda: now_us) as here:
        here.smsc.handsets.behave("447700900001", SILENT)
        await here.send("447700900001")
        await here.until_tally({State.SENT: 1})
        assert asked(here) == {1}
        await here.apply(changed(WORLD, MUTE))
        now_us += DAYS_4_US
        await here.do_chore(here.node.chores._last_verdicts)
        assert await here.tally() == {State.SENT: 1}
