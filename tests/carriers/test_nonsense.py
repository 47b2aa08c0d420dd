"""What a carrier survives that was never a message."""

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any

import pytest

from dragoman.core.ports import Verdict
from dragoman.protocols.smpp.codec import encode
from dragoman.protocols.smpp.pdus import SubmitSmResp
from dragoman.protocols.smpp.statuses import CommandStatus
from tests.carriers.southbound import HandClock, messages, segments, stage

_S = CommandStatus


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


NONSENSE = {
    "a web scan": b"GET / HTTP/1.1\r\nHost: smsc\r\n\r\n",
    "a length of nothing": bytes(16),
    "a length beyond reason": b"\xff\xff\xff\xff" + bytes(12),
    "random": bytes(range(255, 0, -1)),
}


@pytest.mark.parametrize("octets", NONSENSE.values(), ids=NONSENSE)
def test_pain_34_nonsense_from_the_carrier_costs_one_connection(octets: bytes) -> None:
    """Pain 34: the bind that got it is renewed, the process and the other carrier go on."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene, stage(clock=clock) as neighbour:
            await scene.until_up()
            await neighbour.until_up()
            scene.smsc.send_raw(octets)
            await scene.smsc.wait_until(lambda: not scene.smsc.connections)
            await scene.run_until(lambda: scene.carrier.status().state == "up", most_s=10)
            scene.sink.send(segments(1))
            neighbour.sink.send(segments(2))
            await scene.sink.until(lambda: len(scene.sink.answers) == 1)
            await neighbour.sink.until(lambda: len(neighbour.sink.answers) == 1)
            assert neighbour.smsc.binds[0][1] == 0
            assert len(neighbour.smsc.binds) == 1

    run(story())


def oddity(command: int, body: bytes, status: int = 0, sequence: int = 99) -> bytes:
    head = (16 + len(body), command, status, sequence)
    return b"".join(number.to_bytes(4, "big") for number in head) + body


SURVIVED = {
    "an unknown command": oddity(0x0000_0777, b"what"),
    "a deliver_sm cut short": oddity(0x0000_0005, b"CMT"),
    "a deliver_sm whose sm_length lies": oddity(
        0x0000_0005, b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xfa" + b"short"
    ),
    "an answer to nothing": encode(SubmitSmResp(b"1"), 4711),
    "a generic_nack out of the blue": oddity(0x8000_0000, b""),
    "an enquire_link_resp with a null too many": oddity(0x8000_0015, b"\0"),
}


@pytest.mark.parametrize("octets", SURVIVED.values(), ids=SURVIVED)
def test_pain_34_a_bad_frame_keeps_the_session(octets: bytes) -> None:
    """Pain 34: it is answered or passed over, and the bind lives on."""

    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.smsc.send_raw(octets)
            scene.sink.send(segments(1))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 1)
            assert scene.sink.answers[0].verdict == Verdict.SENT
            assert len(scene.smsc.binds) == 1

    run(story())


def test_pain_34_a_body_on_an_error_answer_is_read_over() -> None:
    """Pain 34: some carriers add a message id, or a null too many, to a refusal."""

    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.smsc.faults.silent_every = 1
            scene.sink.send(messages(3))
            await scene.smsc.wait_for(3)
            # The bind was the first request of the session, so these are numbers 2 to 4.
            scene.smsc.send_raw(
                oddity(0x8000_0004, b"\0", status=8, sequence=2)
                + oddity(0x8000_0004, b"77\0\0", status=8, sequence=3)
                + oddity(0x8000_0004, b"78\0\0", sequence=4)
            )
            await scene.sink.until(lambda: len(scene.sink.answers) == 3)
            seen = [(a.verdict, a.status, a.ref) for a in scene.sink.answers]
            assert seen == [(1, 8, ""), (1, 8, ""), (0, 0, "78")]

    run(story())


async def throw(port: int, octets: bytes) -> None:
    """Connect, send octets, and go when the other end closes or has nothing to say."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    writer.write_eof()
    async with asyncio.timeout(10):
        await reader.read()
    writer.close()
    await writer.wait_closed()


def test_pain_34_strangers_at_the_listener_disturb_nobody() -> None:
    """Pain 34: scans and noise on 200 connections, beside four binds that go on working."""

    async def story() -> None:
        random = Random(34)
        async with stage(binds=4) as scene:
            await scene.until_up()
            noise = [*NONSENSE.values(), *SURVIVED.values(), b""]
            noise += [random.randbytes(random.randrange(300)) for _ in range(189)]
            scene.sink.send(messages(2000))
            await asyncio.gather(*(throw(scene.smsc.port, octets) for octets in noise))
            scene.sink.send(messages(100, first=5000))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 2100)
            await scene.smsc.wait_until(lambda: len(scene.smsc.connections) == 4)
            assert {answer.verdict for answer in scene.sink.answers} == {Verdict.SENT}
            assert len(scene.smsc.binds) == 4

    run(story())
