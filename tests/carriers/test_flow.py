"""Pace over real sockets: throttling, rates, and what stays together."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from dragoman.core.ports import Verdict
from dragoman.model.messages import Outgoing
from dragoman.protocols.smpp.statuses import CommandStatus
from tests.carriers.southbound import HandClock, messages, segments, stage

_S = CommandStatus


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def test_pain_25_throttling_keeps_the_order() -> None:
    """Pain 25: every third is throttled; what follows waits behind it, on the whole carrier."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock, window=1) as scene:
            await scene.until_up()
            scene.smsc.faults.throttle_every = 3
            scene.sink.send(messages(40))
            await scene.run_until(lambda: len(scene.sink.answers) == 40, most_s=600, step_s=0.1)
            order = [a.outgoing.message_id for a in scene.sink.answers]
            assert order == list(range(1, 41))
            assert {a.verdict for a in scene.sink.answers} == {Verdict.SENT}
            assert scene.sink.busy == 19

    run(story())


def test_pain_25_segments_of_a_message_stay_on_one_bind() -> None:
    """Pain 25: four binds, messages of three segments, all answered in their turn."""

    async def story() -> None:
        async with stage(binds=4, window=12) as scene:
            await scene.until_up()
            batch = [s for number in range(1, 201) for s in segments(number, 3)]
            scene.sink.send(batch)
            await scene.sink.until(lambda: len(scene.sink.answers) == 600)
            places: dict[bytes, list[tuple[int, int]]] = {}
            for received in scene.smsc.received:
                text = received.pdu.short_message
                places.setdefault(text[6:], []).append((received.connection, text[5]))
            assert len(places) == 200
            assert {tuple(number for _, number in seen) for seen in places.values()} == {(1, 2, 3)}
            split = sum(len({bind for bind, _ in seen}) > 1 for seen in places.values())
            assert split <= 10, "only where no bind had room for all three"
            assert len({bind for seen in places.values() for bind, _ in seen}) == 4

    run(story())


def test_pain_25_a_message_goes_where_it_fits_whole_and_stays_where_it_began() -> None:
    """Pain 25: less room here than there, and a batch that ends in the middle of a message."""

    async def story() -> None:
        async with stage(binds=2, window=6) as scene:
            await scene.until_up()
            scene.smsc.faults.silent_every = 1

            async def submitted(batch: list[Outgoing]) -> list[int]:
                seen = scene.smsc.submitted
                scene.carrier.submit(batch)
                await scene.smsc.wait_for(seen + len(batch))
                return [received.connection for received in scene.smsc.received][seen:]

            begun = segments(1, 4)
            (here,) = await submitted(begun[:1])
            # The other bind is the roomier one now, and this message has begun.
            assert await submitted(begun[1:2]) == [here]
            other = 3 - here
            assert await submitted(segments(2, 5)) == [other] * 5
            # One segment fits there and four here: the message is not torn.
            assert await submitted(segments(3, 3)) == [here] * 3

    run(story())


def test_pain_26_the_rate_counts_segments_over_all_binds() -> None:
    """Pain 26: messages of three segments over two binds; no second sees more than the limit."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock, binds=2, rate=50) as scene:
            await scene.until_up()
            times: list[float] = []
            scene.smsc.on_message = lambda _: times.append(clock.now_s())
            scene.sink.send([s for number in range(1, 101) for s in segments(number, 3)])
            passed_s = await scene.run_until(lambda: len(times) == 300, most_s=10, step_s=0.01)
            assert passed_s <= 6.5
            for start_s in times:
                assert sum(start_s <= at_s < start_s + 1.0 for at_s in times) <= 50

    run(story())


FLOWS = {
    "throttled": _S.ESME_RTHROTTLED,
    "queue full": _S.ESME_RMSGQFUL,
}


@pytest.mark.parametrize("status", FLOWS.values(), ids=FLOWS)
def test_pain_27_a_hidden_limit_is_found_and_nothing_is_lost(status: int) -> None:
    """Pain 27: neither status refuses anything for good, and the pace settles at the limit."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            scene.smsc.faults.rate_limit = 100
            scene.smsc.faults.throttle_status = int(status)
            scene.sink.send(messages(3000))
            begin_s = clock.now_s()
            times: list[float] = []
            scene.smsc.on_message = lambda r: times.append(clock.now_s()) if r.message_id else None
            await scene.run_until(lambda: clock.now_s() >= begin_s + 20, most_s=30, step_s=0.02)
            late = sum(at_s >= begin_s + 10 for at_s in times)
            assert 900 <= late <= 1010
            assert 80 <= scene.carrier.status().throttled_rate_pdus <= 105
            assert {a.verdict for a in scene.sink.answers} == {Verdict.SENT}
            waiting = len(scene.sink.ready) + scene.carrier.status().outstanding
            assert len(scene.sink.answers) + waiting == 3000

    run(story())


def test_the_carriers_own_word_for_too_fast_is_understood() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock, throttle_statuses=[0x0401]) as scene:
            await scene.until_up()
            scene.smsc.faults.throttle_every = 5
            scene.smsc.faults.throttle_status = 0x0401
            scene.sink.send(messages(20))
            await scene.run_until(lambda: len(scene.sink.answers) == 20, most_s=60, step_s=0.1)
            assert {a.verdict for a in scene.sink.answers} == {Verdict.SENT}
            assert scene.sink.busy >= 4

    run(story())
