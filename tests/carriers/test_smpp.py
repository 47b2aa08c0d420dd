"""A carrier against the simulator over real sockets: the plain way of a message."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from dragoman.core.ports import Verdict
from dragoman.model.states import State
from tests.carriers.southbound import messages, segments, stage


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
