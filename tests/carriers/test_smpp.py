"""A carrier against the simulator over real sockets: the plain way of a message."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from dragoman.carriers.simulator.options import SmscOptions
from dragoman.core.ports import Verdict
from dragoman.model.states import State
from tests.carriers.southbound import HandClock, messages, segments, stage


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def test_a_message_is_sent_answered_and_reported() -> None:
    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.sink.send(segments(1))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 1)
            (answer,), (receipt,) = scene.sink.answers, scene.sink.deliveries
            assert (answer.verdict, answer.ref, answer.outgoing.message_id) == (
                Verdict.SENT,
                "1",
                1,
            )
            assert (receipt.is_receipt, receipt.ref, receipt.state) == (True, "1", State.DELIVERED)
            (shown,) = scene.smsc.screen("447700900123")
            assert (shown.sender, shown.text, shown.segments) == ("ACME", "message 1", 1)

    run(story())


def test_ten_thousand_messages_all_come_back() -> None:
    async def story() -> None:
        async with stage(window=100) as scene:
            await scene.until_up()
            scene.sink.send(messages(10_000))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 10_000)
            refs = {answer.ref for answer in scene.sink.of(Verdict.SENT)}
            assert refs == {receipt.ref for receipt in scene.sink.deliveries}
            assert len(refs) == 10_000

    run(story())


def test_a_bind_that_our_own_mistake_ended_is_started_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Pain 14: nothing of ours dies in silence."""

    class Trap(HandClock):
        """Fails the second time that a bind sleeps."""

        armed = False

        def now_s(self) -> float:
            task = asyncio.current_task()
            if self.armed and task is not None and task.get_name().startswith("bind "):
                self.armed = False
                raise ZeroDivisionError("a mistake of ours")
            return super().now_s()

    async def story() -> None:
        clock = Trap()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            clock.armed = True
            scene.smsc.drop()
            await scene.run_until(lambda: not clock.armed, most_s=5)
            await scene.run_until(lambda: scene.carrier.status().state == "up", most_s=10)

    run(story())
    assert "a mistake of ours" in caplog.text


def test_a_carrier_over_tls() -> None:
    async def story() -> None:
        files = Path(__file__).parent.parent / "net" / "tls"
        certificate = str(files / "certificate.pem")
        options = SmscOptions(tls_certificate=certificate, tls_key=str(files / "key.pem"))
        async with stage(options, tls=True, tls_ca=certificate, tls_name="localhost") as scene:
            await scene.until_up()
            scene.sink.send(messages(10))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 10)

    run(story())


def test_a_certificate_that_nobody_vouches_for_keeps_the_carrier_down() -> None:
    async def story() -> None:
        files = Path(__file__).parent.parent / "net" / "tls"
        certificate, key = str(files / "certificate.pem"), str(files / "key.pem")
        options = SmscOptions(tls_certificate=certificate, tls_key=key)
        async with stage(options, HandClock(), tls=True) as scene:
            await scene.sink.until(lambda: scene.carrier.status().state == "down")
            assert "CERTIFICATE_VERIFY_FAILED" in scene.carrier.status().why

    run(story())
