"""The simulator's own promises: handsets, faults, ids, control."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Coroutine
from typing import Any

import pytest

from dragoman.carriers.simulator.control import Control
from dragoman.carriers.simulator.faults import CUT, FINE, SILENT, Fate, Faults, Judge
from dragoman.carriers.simulator.handsets import (
    ENDING_DIGITS,
    ENDINGS,
    NO_RECEIPT,
    Behaviour,
    Handsets,
)
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.run import legend
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.model.states import State
from dragoman.net.smpp_link import SmppLink, connect
from dragoman.protocols.smpp.events import Event, Response
from dragoman.protocols.smpp.pdus import (
    BindTransceiver,
    CancelSm,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    SmeAddress,
    SubmitMulti,
    SubmitSm,
)
from dragoman.protocols.smpp.session import Session
from dragoman.protocols.smpp.states import Role
from dragoman.protocols.smpp.statuses import CommandStatus
from dragoman.sms.receipts import ReceiptState
from tests.carriers.southbound import HandClock, messages, real_clock, segments, stage


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


# Handsets


def test_a_number_chooses_a_fate_by_its_last_digits() -> None:
    handsets = Handsets()
    assert handsets.behaviour("447700900123") == Behaviour()
    assert handsets.behaviour("447700990002").state is ReceiptState.EXPIRED
    handsets.behave("+447700990002", NO_RECEIPT)
    assert handsets.behaviour("447700990002") is NO_RECEIPT
    assert {len(ending) for ending in ENDINGS} == {ENDING_DIGITS}
    assert len(legend()) == len(ENDINGS)


FATES = {
    "undeliverable": ("447700990001", 0, State.UNDELIVERABLE),
    "expired": ("447700990002", 0, State.EXPIRED),
    "rejected": ("447700990003", 0, State.REJECTED),
    "refused": ("447700990006", CommandStatus.ESME_RINVDSTADR, None),
    "out of order": ("447700990007", CommandStatus.ESME_RSYSERR, None),
}


@pytest.mark.parametrize(("number", "status", "state"), FATES.values(), ids=FATES)
def test_fates_reach_the_carrier(number: str, status: int, state: State | None) -> None:
    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.sink.send(segments(1, recipient=number))
            wanted = int(state is not None)
            await scene.sink.until(
                lambda: len(scene.sink.answers) == 1 and len(scene.sink.deliveries) == wanted
            )
            assert scene.sink.answers[0].status == status
            assert [delivery.state for delivery in scene.sink.deliveries] == [state][:wanted]

    run(story())


# Receipts

REPORTED = {"all": [1, 2, 3], "first": [1], "last": [3]}


@pytest.mark.parametrize(("which", "numbers"), REPORTED.items(), ids=REPORTED)
def test_a_network_that_reports_some_segments(which: str, numbers: list[int]) -> None:
    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.smsc.faults = Faults(receipt_segments=which)  # type: ignore[arg-type]
            scene.sink.send([*segments(1, 3), *segments(2)])
            await scene.sink.until(lambda: len(scene.sink.deliveries) == len(numbers) + 1)
            sent = {a.ref: (a.outgoing.message_id, a.outgoing.number) for a in scene.sink.answers}
            reported = sorted(sent[delivery.ref] for delivery in scene.sink.deliveries)
            assert reported == [(1, number) for number in numbers] + [(2, 1)]

    run(story())


def test_receipts_in_any_order() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            scene.smsc.faults.receipt_shuffle_s = 5.0
            scene.sink.send(messages(50))
            await scene.run_until(lambda: len(scene.sink.deliveries) == 50, most_s=10)
            refs = [int(delivery.ref) for delivery in scene.sink.deliveries]
            assert refs != sorted(refs)
            assert sorted(refs) == list(range(1, 51))

    run(story())


WANTED = {
    "none asked for": (0, ReceiptState.DELIVERED, 0),
    "always": (1, ReceiptState.DELIVERED, 1),
    "on failure, and delivered": (2, ReceiptState.DELIVERED, 0),
    "on failure, and failed": (2, ReceiptState.UNDELIVERABLE, 1),
}


@pytest.mark.parametrize(("registered", "state", "count"), WANTED.values(), ids=WANTED)
def test_receipts_come_as_they_were_asked_for(
    registered: int, state: ReceiptState, count: int
) -> None:
    async def story() -> None:
        async with stage(registered_delivery=registered) as scene:
            await scene.until_up()
            scene.smsc.handsets.behave("447700900123", Behaviour(state=state))
            scene.sink.send(segments(1))
            await scene.sink.until(lambda: len(scene.sink.answers) == 1)
            # Had there been a receipt it would have come before this one.
            scene.smsc.say_from("447700900999", "12345", "last")
            await scene.sink.until(
                lambda: any(not delivery.is_receipt for delivery in scene.sink.deliveries)
            )
            assert len(scene.sink.deliveries) == count + 1

    run(story())


SHAPES: dict[str, dict[str, Any]] = {
    "marked UCS2": {"receipt_coding": 8},
    "without TLVs": {"receipt_tlvs": False},
    "without text": {"receipt_text": False},
    "without its bit": {"receipt_unmarked": True},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_pain_11_odd_receipts_are_understood(shape: dict[str, Any]) -> None:
    """Pain 11: octets first, TLVs before text, the declared charset never."""

    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.smsc.faults = Faults(**shape)
            scene.sink.send(segments(1))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 1)
            (receipt,) = scene.sink.deliveries
            assert (receipt.ref, receipt.state) == ("1", State.DELIVERED)

    run(story())


# Faults

EVERY = {
    "nothing": (Faults(), [FINE] * 6),
    "throttle every third": (Faults(throttle_every=3), [FINE, FINE, Fate(0x58)] * 2),
    "fail every second": (
        Faults(fail_every=2, fail_status=8),
        [FINE, Fate(8)] * 3,
    ),
    "silent every third": (Faults(silent_every=3), [FINE, FINE, SILENT] * 2),
    "cut goes before all": (
        Faults(drop_every=3, throttle_every=3, silent_every=3),
        [FINE, FINE, CUT] * 2,
    ),
    "a rate of four": (Faults(rate_limit=4), [FINE] * 4 + [Fate(0x58)] * 2),
}


@pytest.mark.parametrize(("faults", "fates"), EVERY.values(), ids=EVERY)
def test_faults_come_when_they_are_due(faults: Faults, fates: list[Fate]) -> None:
    judge = Judge(faults)
    assert [judge.judge(0.1 * n) for n in range(6)] == fates


def test_the_rate_is_of_any_second() -> None:
    judge = Judge(Faults(rate_limit=2))
    times = [0.0, 0.9, 0.95, 1.05, 1.06, 1.95]
    assert [judge.judge(t) == FINE for t in times] == [True, True, False, True, False, True]


def test_an_unknown_form_of_ids_is_named() -> None:
    with pytest.raises(ValueError, match="'octal'"):
        SmscOptions(id_form="octal")


# Operations beside submit_sm, by a bare session


class Caller:
    """An ESME without any manners."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()

    def link_opened(self, link: SmppLink) -> None:
        link.session.bind(BindTransceiver(b"esme"))

    def link_events(self, link: SmppLink, events: list[Event]) -> None:
        for event in events:
            self.events.put_nowait(event)

    def link_writable(self, link: SmppLink) -> None:
        raise AssertionError("nothing was paused")

    def link_lost(self, link: SmppLink, error: Exception | None) -> None:
        pass


DECLINED: dict[str, tuple[Pdu, CommandStatus]] = {
    "cancel_sm": (CancelSm(), CommandStatus.ESME_RCANCELFAIL),
    "replace_sm": (ReplaceSm(), CommandStatus.ESME_RREPLACEFAIL),
    "submit_multi": (SubmitMulti(dest_address=(SmeAddress(),)), CommandStatus.ESME_RSUBMITFAIL),
    "query_sm of nothing": (QuerySm(b"5"), CommandStatus.ESME_RQUERYFAIL),
}


async def ask(caller: Caller, link: SmppLink, pdu: Pdu) -> Response:
    link.session.request(pdu, asyncio.get_running_loop().time())
    link.wake()
    async with asyncio.timeout(5):
        while True:
            event = await caller.events.get()
            if isinstance(event, Response):
                return event


def test_other_operations_are_answered() -> None:
    async def story() -> None:
        clock = real_clock()
        smsc = Smsc(SmscOptions(), clock)
        await smsc.start()
        caller = Caller()
        link = await connect(
            lambda: SmppLink(Session(Role.ESME, clock.now_s()), caller, clock),
            "127.0.0.1",
            smsc.port,
            timeout_s=5,
        )
        async with asyncio.timeout(5):
            await caller.events.get()
        for label, (pdu, status) in DECLINED.items():
            assert (await ask(caller, link, pdu)).status == status, label
        await ask(caller, link, SubmitSm(destination_addr=b"447700990001"))
        found = await ask(caller, link, QuerySm(b"1"))
        assert found.pdu == QuerySmResp(b"1", b"", ReceiptState.UNDELIVERABLE, 1)
        link.close()
        await smsc.wait_until(lambda: not smsc.connections)
        await smsc.stop()

    run(story())


# Control


def control() -> tuple[Smsc, Control]:
    smsc = Smsc(SmscOptions(), HandClock())
    return smsc, Control(smsc)


def test_faults_are_changed_while_it_runs() -> None:
    smsc, door = control()
    door.handle("PATCH", "/faults", b'{"throttle_every": 3}')
    door.handle("PATCH", "/faults", b'{"silent_every": 7}')
    assert smsc.faults == Faults(throttle_every=3, silent_every=7)
    assert door.handle("GET", "/faults", b"") == smsc.faults


def test_handsets_are_told_how_to_behave() -> None:
    smsc, door = control()
    body = b'{"state": "expired", "delay_s": 2, "error": "007"}'
    door.handle("PUT", "/handsets/%2B447700900123", body)
    assert smsc.handsets.behaviour("447700900123") == Behaviour(
        state=ReceiptState.EXPIRED, delay_s=2.0, error="007"
    )


REFUSED = {
    "a fault that does not exist": ("PATCH", "/faults", b'{"throttle": 3}', "throttle"),
    "no JSON": ("PATCH", "/faults", b"throttle=3", "JSON"),
    "a state that does not exist": ("PUT", "/handsets/1", b'{"state": "lost"}', "'lost'"),
    "a text without a sender": ("POST", "/say", b'{"to": "1", "text": "x"}', "from"),
    "an unknown path": ("GET", "/nowhere", b"", "nothing"),
    "a wrong method": ("GET", "/drop", b"", "nothing"),
}


@pytest.mark.parametrize(("method", "path", "body", "words"), REFUSED.values(), ids=REFUSED)
def test_control_says_what_it_did_not_understand(
    method: str, path: str, body: bytes, words: str
) -> None:
    _, door = control()
    with pytest.raises(ValueError, match=words):
        door.handle(method, path, body)


async def http(port: int, request: str) -> tuple[int, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), json.loads(body)


def test_control_over_http() -> None:
    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            door = Control(scene.smsc)
            await door.start("127.0.0.1", 0)
            scene.sink.send(segments(1))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 1)
            await scene.smsc.wait_until(lambda: scene.smsc.delivered == 1)
            status, seen = await http(door.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert status == 200
            counts = {key: seen[key] for key in ("submitted", "accepted", "refused", "delivered")}
            assert counts == {"submitted": 1, "accepted": 1, "refused": 0, "delivered": 1}
            assert [line.split()[0] for line in seen["binds"]] == ["esme"]
            status, shown = await http(door.port, "GET /messages?to=447700900123 HTTP/1.0\r\n\r\n")
            assert shown == [{"from": "ACME", "text": "message 1", "segments": 1, "flash": False}]
            words = '{"from": "447700900123", "to": "12345", "text": "Stop"}'
            await http(
                door.port, f"POST /say HTTP/1.1\r\nContent-Length: {len(words)}\r\n\r\n{words}"
            )
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 2)
            assert scene.sink.deliveries[1].octets == b"Stop"
            status, error = await http(door.port, "nonsense\r\n\r\n")
            assert (status, error) == (400, {"error": "this is no HTTP request"})
            await door.stop()

    run(story())


PROGRAM = """
import asyncio, time
from functools import partial
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.run import run
now_us = lambda: time.monotonic_ns() // 1000
asyncio.run(run(SmscOptions(control_port=0), now_us, partial(print, flush=True)))
"""


async def one_message_to(port: int) -> None:
    async with stage(port=port) as scene:
        await scene.sink.until(lambda: scene.carrier.status().state == "up")
        scene.sink.send(segments(1))
        await scene.sink.until(lambda: len(scene.sink.deliveries) == 1)


def test_a_process_of_its_own() -> None:
    """It says where it listens, shows what it got, and leaves quietly on SIGTERM."""
    program = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            run(one_message_to(int(line.partition("127.0.0.1:")[2].partition(";")[0])))
        finally:
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "submit_sm ACME -> 447700900123 dcs 0x00 'message 1' = 1" in said
    assert "handset 447700900123 shows from ACME: 'message 1'" in said
    assert "1 submit_sm, 1 taken, 0 refused, 1 deliver_sm acknowledged" in said
