"""What waits for a carrier: it costs nothing, keeps its order, and leaves as fast as it may."""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType

from dragoman.carriers.simulator.handsets import piece_of
from dragoman.carriers.simulator.smsc import Received
from dragoman.front.webhooks import LOOK_S
from dragoman.model.states import State
from dragoman.store import queries
from tests.flow.house import house
from tests.flow.queues import MANY, THREE_SEGMENTS, main, recipient


async def test_pain_15_a_carrier_that_is_down_costs_nothing(engine: str) -> None:
    """2,000 messages wait: no attempt is spent, nothing is written, hardly a step is taken."""
    async with house(engine, is_up=False, look_s=LOOK_S) as here:
        await here.send(MANY[:1000])
        await here.send(MANY[1000:])
        assert await here.tally() == {State.QUEUED: 2000}
        before = await here.messages()
        assert 0 < await calls_in(1.0) < 8 * 2000
        assert await here.messages() == before
        assert here.node.counters.submitted == 0
        [lane] = here.node.lanes.values()
        assert lane.waiting_here() == 0
        assert not lane.flights
        await here.smsc.start()
        await here.until_tally({State.DELIVERED: 2000})
        assert here.smsc.submitted == here.node.counters.submitted == 2000


async def calls_in(rest_s: float) -> int:
    """Give how many functions are called while nothing is asked for.

    Not how much time that takes: a wake alone costs a millisecond of it on some machines.
    """
    calls = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        await asyncio.sleep(rest_s)  # what is measured is that nothing happens
    finally:
        sys.setprofile(None)
    return calls


async def test_pain_16_a_backlog_stays_on_disk(sqlite_url: str) -> None:
    """However much waits, a window of it is in memory, and it leaves in the order it came."""
    window = 30
    async with house(sqlite_url, changes=main(window=window), is_up=False) as here:
        for start in range(0, 2000, 500):
            await here.send(MANY[start : start + 500])
        [lane] = here.node.lanes.values()
        most = 0

        def look() -> None:
            nonlocal most
            most = max(most, lane.waiting_here() + lane.carrier.status().outstanding)

        told = here.smsc.on_message
        assert told is not None

        def look_and_tell(received: Received) -> None:
            look()
            told(received)

        here.smsc.on_message = look_and_tell
        await here.smsc.start()
        await here.until_tally({State.DELIVERED: 2000})
        assert 0 < most <= window
        assert here.smsc.most_unanswered <= window
        assert [recipient(r) for r in here.smsc.received] == MANY


async def test_pain_19_what_waits_where_and_since_when(sqlite_url: str) -> None:
    async with house(sqlite_url, clock_us=lambda: 1_700_000_000_000_000, is_up=False) as here:
        await here.send(MANY[:3])
        async with here.database.reading() as tx:
            waiting = await queries.waiting(tx)
        assert waiting == [queries.Waiting(1, State.QUEUED, 3, 1_700_000_000_000_000)]
        [lane] = here.node.lanes.values()
        status = lane.carrier.status()
        assert status.state != "up"
        assert "cannot connect" in status.why


async def test_pain_25_order_survives_throttling(sqlite_url: str) -> None:
    """Some are refused for now: per recipient nothing is overtaken, segments included."""
    few, texts = MANY[:4], 6
    async with house(sqlite_url, changes=main(in_order=True)) as here:
        told = here.smsc.on_message
        assert told is not None
        # At full speed first, so that being throttled does not mean next to nothing.
        await here.send(MANY[100:400])
        await here.until_tally({State.DELIVERED: 300})
        here.smsc.received.clear()
        here.smsc.faults.throttle_every = 3

        def relent(received: Received) -> None:
            if here.smsc.refused == 4:
                here.smsc.faults.throttle_every = 0
            told(received)

        here.smsc.on_message = relent
        for index in range(texts):
            await here.send(few, f"{index}" + "a" * 200)
        await here.until_tally({State.DELIVERED: 300 + texts * len(few)})
        assert here.smsc.refused == 4
        taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for received in here.smsc.received:
            if not received.status:
                place = piece_of(received.pdu).concatenation
                assert place is not None
                taken[recipient(received)].append((place.reference, place.number))
        assert taken.keys() == set(few)
        for places in taken.values():
            assert [number for _, number in places] == [1, 2] * texts
            references = [reference for reference, _ in places[::2]]
            assert references == [reference for reference, _ in places[1::2]]
        for number in few:
            shown = [message.text[0] for message in here.smsc.screen(number)]
            assert shown == [str(index) for index in range(texts)]


async def test_pain_26_the_rate_counts_segments(sqlite_url: str) -> None:
    """A campaign of three-segment messages: no second sees more submit_sm than the rate."""
    rate = 60
    async with house(sqlite_url, changes=main(rate=rate)) as here, lateness() as late_us:
        await here.send(MANY[:30], THREE_SEGMENTS)
        await here.until_tally({State.DELIVERED: 30})
        times = [received.at_us for received in here.smsc.received]
        assert len(times) == 90
        # One that was read late at the SMSC was sent by so much before the second seen there.
        second_us = 1_000_000 - max(late_us)
        for start, time_us in enumerate(times):
            assert sum(time_us <= t < time_us + second_us for t in times[start:]) <= rate
        references = [piece_of(r.pdu).concatenation for r in here.smsc.received]
        ordered = [place.number for place in references if place is not None]
        assert ordered == [1, 2, 3] * 30


@asynccontextmanager
async def lateness() -> AsyncIterator[list[int]]:
    """Note how late this busy machine wakes a sleeper, in microseconds, again and again."""
    late_us = [0]

    async def sleeper() -> None:
        while True:
            began_s = time.monotonic()
            await asyncio.sleep(0.002)
            late_us.append(int((time.monotonic() - began_s - 0.002) * 1_000_000))

    sleeping = asyncio.create_task(sleeper())
    try:
        yield late_us
    finally:
        sleeping.cancel()


async def test_pain_27_throttling_spends_nothing(sqlite_url: str) -> None:
    """Throttled and queue full are "not now": the message stays what it is, and arrives once."""
    async with house(sqlite_url) as here:
        here.smsc.faults.rate_limit = 100
        await here.send(MANY[:150])
        await here.until_tally({State.DELIVERED: 150})
        assert here.smsc.accepted == 150
        assert here.smsc.refused > 0
        assert here.node.counters.answered_rejected == 0
        assert len({recipient(r) for r in here.smsc.received if not r.status}) == 150


async def test_messages_leave_in_the_order_they_came(sqlite_url: str) -> None:
    """Some go out from memory and some by way of the disk; none overtakes."""
    async with house(sqlite_url, changes=main(window=7)) as here:
        async with here.customer() as one:
            for number in MANY[:100]:
                await one.send(number)
        await here.until_tally({State.DELIVERED: 100})
        arrived = [recipient(r) for r in here.smsc.received]
        assert arrived == MANY[:100]
