"""How a carrier gets its binds, keeps them, loses them and gets them again.

Time is moved by hand, so an hour of silence takes no longer than a second of it.
"""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from dragoman.carriers.bind import Surroundings
from dragoman.carriers.reconnect import BindGate
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.carriers.smpp import SmppCarrier
from dragoman.protocols.smpp.statuses import CommandStatus
from tests.carriers.southbound import HandClock, Sinkhole, messages, segments, settle, stage


def has_submitted(smsc: Smsc, wanted: int) -> bool:
    return smsc.submitted >= wanted


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


LAYOUTS: dict[str, dict[str, Any]] = {
    "one transceiver": {},
    "transmitter and receiver": {"bind": "transmitter+receiver"},
    "two of each": {"bind": "transmitter+receiver", "binds": 2},
    "four transceivers": {"binds": 4},
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_pain_10_receipts_are_found_by_whichever_bind_they_come(
    layout: dict[str, Any],
) -> None:
    """Pain 10: every layout of binds sees every receipt, under the one carrier."""

    async def story() -> None:
        async with stage(**layout) as scene:
            await scene.until_up()
            scene.sink.send(messages(500))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 500)
            assert {r.ref for r in scene.sink.deliveries} == {a.ref for a in scene.sink.answers}
            assert {r.carrier_id for r in scene.sink.deliveries} == {7}

    run(story())


def test_pain_21_ghosts_of_ourselves_are_waited_for() -> None:
    """Pain 21: the carrier remembers us for 60 s; at most four tries, then bound."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            scene.smsc.faults.ghost_s = 60.0
            scene.smsc.binds.clear()
            scene.smsc.drop()
            await scene.smsc.wait_until(lambda: not scene.smsc.connections)
            await settle()
            assert scene.carrier.status().state == "down"
            await scene.run_until(lambda: scene.carrier.status().state == "up", most_s=120)
            statuses = [status for _, status in scene.smsc.binds]
            assert statuses[-1] == 0
            assert set(statuses[:-1]) == {CommandStatus.ESME_RALYBND}
            assert len(statuses) <= 4

    run(story())


def test_pain_21_a_carrier_that_stops_says_goodbye() -> None:
    """Pain 21: unbind on shutdown, so that the next start finds no ghost."""

    async def story() -> None:
        async with stage() as scene:
            scene.smsc.faults.ghost_s = 600.0
            await scene.until_up()
            await scene.carrier.drain(1.0)
            assert scene.carrier.status().state == "stopped"
            await scene.add_carrier().start()
            await scene.until_up()

    run(story())


def test_pain_22_a_wrong_password_is_not_tried_every_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Pain 22: an hour of it makes a handful of binds, and tells a human what to do."""

    async def story() -> None:
        clock = HandClock()
        options = SmscOptions(accounts={"esme": "other"})
        async with stage(options, clock) as scene:
            await scene.pass_time(3600)
            statuses = [status for _, status in scene.smsc.binds]
            assert set(statuses) == {CommandStatus.ESME_RINVPASWD}
            assert 3 <= len(statuses) <= 6
            why = scene.carrier.status().why
            assert "ESME_RINVPASWD" in why
            assert "set the right password of this carrier; tried again in" in why

    run(story())
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert "secret" not in caplog.text


def test_pain_22_a_bind_that_fails_fast_is_tried_ever_more_slowly() -> None:
    """Pain 22: ten minutes of failing binds are fewer than twenty tries, each wait longer."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            scene.smsc.faults.bind_status = int(CommandStatus.ESME_RSYSERR)
            await scene.pass_time(600)
            times = [at_s for at_s, _ in scene.smsc.binds]
            waits = [b - a for a, b in pairwise(times)]
            assert 5 <= len(times) <= 20
            assert all(wait >= 1.9 for wait in waits)
            assert min(waits[5:]) >= 59.9

    run(story())


def test_pain_22_carriers_of_one_host_restart_together_and_knock_in_turn() -> None:
    """Pain 22: thirty upstreams at one host, five binds a second between them."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            scene.smsc.binds.clear()
            around = Surroundings(clock, BindGate(per_s=5.0), Random(3))
            options = {"host": "127.0.0.1", "port": scene.smsc.port, "system_id": "esme"}
            carriers = [
                SmppCarrier(number, f"c{number}", options, "x", Sinkhole(), around)
                for number in range(30)
            ]
            for carrier in carriers:
                await carrier.start()
            await scene.run_until(
                lambda: all(carrier.status().state == "up" for carrier in carriers),
                most_s=10,
                step_s=0.1,
            )
            times = [at_s for at_s, _ in scene.smsc.binds]
            assert len(times) == 30
            for start_s in times:
                assert sum(start_s <= at_s < start_s + 0.999 for at_s in times) <= 5
            await asyncio.gather(*(carrier.drain(1.0) for carrier in carriers))

    run(story())


def test_pain_23_a_peer_that_went_silent_is_noticed_within_two_intervals() -> None:
    """Pain 23: octets vanish, no error comes; enquire_link finds out, and the bind is renewed."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock, enquire_link_s=10) as scene:
            await scene.until_up()
            await scene.pass_time(300)
            assert len(scene.smsc.binds) == 1, "a link that answers enquire_link is kept"
            scene.smsc.hang()
            scene.sink.send(messages(3))
            passed_s = await scene.run_until(
                lambda: scene.carrier.status().state != "up", most_s=40
            )
            assert passed_s <= 20
            assert "did not answer enquire_link" in scene.carrier.status().why
            assert [(a.verdict, a.cut) for a in scene.sink.answers] == [(3, True)] * 3
            scene.smsc.wake()
            await scene.run_until(lambda: scene.carrier.status().state == "up", most_s=120)

    run(story())


def test_pain_15_a_carrier_that_is_down_for_an_hour_costs_nothing() -> None:
    """Pain 15: no room is offered, nothing is taken, no attempt is spent; then all goes out."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            await scene.smsc.stop()
            await settle()
            scene.sink.send(messages(1000))
            await scene.pass_time(3600)
            assert scene.carrier.free() == 0
            assert (scene.sink.answers, scene.sink.busy) == ([], 0)
            assert scene.carrier.status().sent == 0
            assert len(scene.sink.ready) == 1000
            await scene.smsc.start()
            passed_s = await scene.run_until(
                lambda: len(scene.sink.answers) == 1000, most_s=10, step_s=0.1
            )
            assert passed_s <= 5.1
            assert scene.smsc.submitted == 1000

    run(story())


def test_pain_14_messages_flow_again_unaided_within_five_seconds() -> None:
    """Pain 14: whether the carrier was away for one second or for five minutes."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            for away_s in (1.0, 30.0, 300.0):
                await scene.run_until(lambda: scene.carrier.free() > 0, most_s=10)
                clock.advance(31)  # a connection that held for a while
                await settle()
                await scene.smsc.stop()
                await scene.pass_time(away_s)
                wanted = scene.smsc.submitted + 1
                scene.sink.send(segments(1))
                await scene.smsc.start()
                passed_s = await scene.run_until(
                    partial(has_submitted, scene.smsc, wanted), most_s=10, step_s=0.2
                )
                assert passed_s <= 5.1

    run(story())


def test_an_unbind_from_the_peer_is_followed_by_a_new_bind() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            scene.smsc.unbind()
            await scene.smsc.wait_until(lambda: not scene.smsc.connections)
            await settle()
            assert "the peer sent unbind" in scene.carrier.status().why
            await scene.run_until(lambda: scene.carrier.status().state == "up", most_s=10)

    run(story())


def test_a_carrier_that_never_answers_the_bind_is_given_up() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock, bind_timeout_s=15) as scene:
            await scene.until_up()
            scene.smsc.hang()
            scene.smsc.drop()
            await scene.smsc.wait_until(lambda: not scene.smsc.connections)
            await scene.run_until(
                lambda: "no bind was completed" in scene.carrier.status().why, most_s=30
            )

    run(story())


def test_a_host_that_does_not_exist_is_named() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock, host="smsc.invalid") as scene:
            await scene.sink.until(lambda: scene.carrier.status().state == "down")
            why = scene.carrier.status().why
            assert f"cannot connect to smsc.invalid:{scene.smsc.port}" in why
            assert "tried again in" in why

    run(story())


def test_a_status_that_people_can_read() -> None:
    async def story() -> None:
        async with stage(bind="transmitter+receiver", window=20, rate=50) as scene:
            assert scene.carrier.status().state in {"stopped", "connecting"}
            await scene.until_up()
            status = scene.carrier.status()
            where = f"127.0.0.1:{scene.smsc.port}"
            assert status.binds == (
                f"main/1 transmitter bound {where}",
                f"main/1 receiver bound {where}",
            )
            assert (status.name, status.state, status.why) == ("main", "up", "")
            assert (status.window, status.rate_pdus, status.outstanding) == (20, 50.0, 0)

    run(story())


def test_draining_waits_for_the_answers_on_their_way() -> None:
    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.smsc.faults.response_delay_s = 0.2
            scene.sink.send(messages(5))
            await scene.smsc.wait_for(5)
            await scene.carrier.drain(5.0)
            assert [answer.verdict for answer in scene.sink.answers] == [0] * 5
            assert scene.carrier.free() == 0

    run(story())


def test_draining_does_not_wait_for_ever() -> None:
    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.smsc.faults.silent_every = 1
            scene.sink.send(messages(5))
            await scene.smsc.wait_for(5)
            async with asyncio.timeout(5):
                await scene.carrier.drain(0.1)
            assert [(a.verdict, a.cut) for a in scene.sink.answers] == [(3, True)] * 5

    run(story())
