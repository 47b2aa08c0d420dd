"""What becomes of a submitted segment when the far end does not do what it should."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import pytest

from dragoman.carriers.simulator.handsets import Behaviour
from dragoman.carriers.simulator.options import ID_FORMS, SmscOptions
from dragoman.core.ports import Verdict
from dragoman.model.messages import Outgoing
from dragoman.protocols.smpp.statuses import CommandStatus
from dragoman.sms.receipts import ReceiptState
from dragoman.sms.refs import candidates, key_of
from tests.carriers.southbound import HandClock, messages, segments, settle, stage


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


_S = CommandStatus
REFUSALS: dict[str, tuple[int, dict[str, Any], bool]] = {
    "bad destination": (_S.ESME_RINVDSTADR, {}, False),
    "bad length": (_S.ESME_RINVMSGLEN, {}, False),
    "system error": (_S.ESME_RSYSERR, {}, True),
    "submit failed": (_S.ESME_RSUBMITFAIL, {}, True),
    "sender not allowed here": (_S.ESME_RINVSRCADR, {}, True),
    "the carrier's own number": (0x0405, {}, True),
    "its own number, said to be final": (0x0405, {"final_statuses": [0x0405]}, False),
    "a destination that others may know": (
        _S.ESME_RINVDSTADR,
        {"elsewhere_statuses": [0x0B]},
        True,
    ),
}


@pytest.mark.parametrize(("status", "options", "elsewhere"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_whether_another_carrier_might_take_it(
    status: int, options: dict[str, Any], elsewhere: bool
) -> None:
    async def story() -> None:
        async with stage(**options) as scene:
            await scene.until_up()
            scene.smsc.faults.fail_every = 1
            scene.smsc.faults.fail_status = int(status)
            scene.sink.send(segments(1))
            await scene.sink.until(lambda: len(scene.sink.answers) == 1)
            (answer,) = scene.sink.answers
            assert (answer.verdict, answer.status) == (Verdict.REJECTED, status)
            assert answer.elsewhere is elsewhere
            assert answer.detail

    run(story())


def test_what_cannot_be_written_is_refused_and_the_rest_goes_out() -> None:
    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.sink.send([*segments(1), *segments(2, sender="ΔΕΗ"), *segments(3)])
            await scene.sink.until(lambda: len(scene.sink.answers) == 3)
            verdicts = {a.outgoing.message_id: a.verdict for a in scene.sink.answers}
            assert verdicts == {1: Verdict.SENT, 2: Verdict.REJECTED, 3: Verdict.SENT}
            assert scene.carrier.status().outstanding == 0

    run(story())


def test_more_than_there_is_room_for_is_given_back() -> None:
    async def story() -> None:
        async with stage(window=10) as scene:
            await scene.until_up()
            scene.smsc.faults.response_delay_s = 0.05
            scene.carrier.submit(messages(15))
            await scene.sink.until(lambda: len(scene.sink.answers) == 15)
            assert scene.sink.busy == 5
            assert scene.smsc.most_unanswered == 10

    run(story())


# Receipts


FORMS = {
    f"{answer} answered, {receipt} in receipts": (answer, receipt)
    for answer in ("decimal", "hex", "HEX", "padded", "padded-hex")
    for receipt in ("decimal", "hex", "HEX", "padded", "padded-hex")
}


@pytest.mark.parametrize(("answer", "receipt"), FORMS.values(), ids=FORMS)
def test_pain_03_ids_of_any_radix_come_through_as_written(answer: str, receipt: str) -> None:
    """Pains 1 and 3: both sides' ids reach the core unaltered, and there they meet."""

    async def story() -> None:
        options = SmscOptions(id_form=answer, receipt_id_form=receipt, first_id=41_000_990)
        async with stage(options) as scene:
            await scene.until_up()
            scene.sink.send(messages(50))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 50)
            ids = range(41_000_990, 41_001_040)
            assert [a.ref for a in scene.sink.answers] == [ID_FORMS[answer].format(i) for i in ids]
            assert [d.ref for d in scene.sink.deliveries] == [
                ID_FORMS[receipt].format(i) for i in ids
            ]
            for sent, told in zip(scene.sink.answers, scene.sink.deliveries, strict=True):
                assert key_of(sent.ref) in candidates(told.ref)

    run(story())


def test_pain_04_receipts_that_overtake_their_responses_are_told_first() -> None:
    """Pain 4: the carrier hands on what comes in the order in which it comes."""

    async def story() -> None:
        async with stage(clock=HandClock()) as scene:
            await scene.until_up()
            scene.smsc.faults.receipt_first = True
            scene.smsc.faults.response_delay_s = 2.0
            scene.sink.send(messages(100))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 100)
            assert scene.sink.answers == []
            await scene.run_until(lambda: len(scene.sink.answers) == 100, most_s=3)
            assert {a.ref for a in scene.sink.answers} == {d.ref for d in scene.sink.deliveries}

    run(story())


STATES = {
    "delivered": (Behaviour(), 10, "000"),
    "undeliverable": (Behaviour(state=ReceiptState.UNDELIVERABLE, error="034"), 11, "034"),
    "expired": (Behaviour(state=ReceiptState.EXPIRED), 12, "000"),
    "rejected": (Behaviour(state=ReceiptState.REJECTED, error="0034"), 13, "0034"),
    "slow": (Behaviour(delay_s=0.1), 10, "000"),
}


@pytest.mark.parametrize(("behaviour", "state", "error"), STATES.values(), ids=STATES)
def test_a_handset_decides_what_the_receipt_says(
    behaviour: Behaviour, state: int, error: str
) -> None:
    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.smsc.handsets.behave("+447700900123", behaviour)
            scene.sink.send(segments(1))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 1)
            (receipt,) = scene.sink.deliveries
            assert (receipt.state, receipt.error) == (state, error)

    run(story())


def test_receipts_doubled_and_for_unknown_ids_are_handed_on() -> None:
    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.smsc.faults.receipt_copies = 2
            scene.smsc.faults.stray_every = 1
            scene.sink.send(segments(1))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 3)
            counts = Counter(delivery.ref for delivery in scene.sink.deliveries)
            assert counts == {"1": 2, "900000001": 1}

    run(story())


def test_what_is_not_stored_is_offered_again() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            scene.sink.acknowledges = False
            scene.sink.send(segments(1))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 1)
            scene.sink.deliveries[0].acknowledge(False)
            await settle()
            assert scene.smsc.delivered == 0
            scene.sink.acknowledges = True
            await scene.run_until(lambda: scene.smsc.delivered == 1, most_s=5)
            assert [delivery.ref for delivery in scene.sink.deliveries] == ["1", "1"]

    run(story())


def test_an_acknowledgement_that_comes_after_the_link_is_gone_hurts_nobody() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            scene.sink.acknowledges = False
            scene.sink.send(segments(1))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 1)
            scene.smsc.drop()
            await scene.run_until(lambda: len(scene.sink.deliveries) == 2, most_s=10)
            first, second = scene.sink.deliveries
            first.acknowledge(True)
            await settle()
            assert scene.smsc.delivered == 0
            second.acknowledge(True)
            await scene.smsc.wait_until(lambda: scene.smsc.delivered == 1)

    run(story())


def test_a_text_from_a_handset_is_delivered() -> None:
    async def story() -> None:
        async with stage() as scene:
            await scene.until_up()
            scene.smsc.say_from("447700900123", "12345", "Grüße")
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 1)
            (text,) = scene.sink.deliveries
            assert (text.is_receipt, text.sender, text.recipient, text.octets) == (
                False,
                "447700900123",
                "12345",
                b"Gr\x7e\x1ee",
            )

    run(story())


# Not knowing


def test_pain_24_late_answers_are_no_reason_to_send_twice() -> None:
    """Pain 24: 10,000 answers come after the timeout; nothing is sent twice, the window holds."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock, window=1000, response_timeout_s=60) as scene:
            await scene.until_up()
            scene.smsc.faults.response_delay_s = 75.0
            scene.sink.send(messages(10_000))
            await scene.run_until(
                lambda: len(scene.sink.of(Verdict.SENT)) == 10_000, most_s=3600, step_s=5
            )
            verdicts: dict[int, list[int]] = {}
            for answer in scene.sink.answers:
                verdicts.setdefault(answer.outgoing.message_id, []).append(answer.verdict)
            assert len(verdicts) == 10_000
            assert set(map(tuple, verdicts.values())) == {(Verdict.UNCERTAIN, Verdict.SENT)}
            assert not any(answer.cut for answer in scene.sink.answers)
            assert scene.smsc.submitted == 10_000
            assert scene.smsc.most_unanswered <= 1000

    run(story())


def test_an_answer_that_never_comes_is_uncertain_once() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock, window=10, response_timeout_s=60) as scene:
            await scene.until_up()
            scene.smsc.faults.silent_every = 2
            scene.sink.send(messages(100))
            await scene.run_until(lambda: len(scene.sink.answers) == 100, most_s=3600, step_s=5)
            counts = Counter(answer.verdict for answer in scene.sink.answers)
            assert counts == {Verdict.SENT: 50, Verdict.UNCERTAIN: 50}
            assert "no answer within 60 s" in scene.sink.of(Verdict.UNCERTAIN)[0].detail

    run(story())


def test_window_is_given_back_by_a_late_answer_or_else_by_time() -> None:
    """An overdue segment may still take up the peer's window, so it takes up ours."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock, window=10, response_timeout_s=60) as scene:
            await scene.until_up()
            scene.smsc.faults.response_delay_s = 75.0
            scene.sink.send(messages(4))
            await scene.smsc.wait_for(4)
            scene.smsc.faults.silent_every = 1
            scene.sink.send(messages(4, first=5))
            await scene.smsc.wait_for(8)
            await scene.pass_time(61)
            assert len(scene.sink.of(Verdict.UNCERTAIN)) == 8
            assert scene.carrier.free() == 2
            await scene.pass_time(20)
            assert len(scene.sink.of(Verdict.SENT)) == 4
            assert scene.carrier.free() == 6
            rooms = scene.sink.rooms
            await scene.pass_time(40)
            assert scene.carrier.free() == 10
            assert scene.sink.rooms > rooms

    run(story())


def test_a_peer_that_stops_reading_is_given_nothing_more() -> None:
    async def story() -> None:
        bulk = [{"tag": 0x1400, "value": "x" * 2000}]
        async with stage(window=10_000, tlvs=bulk) as scene:
            await scene.until_up()
            scene.smsc.hang()
            sent = 0
            while scene.carrier.free():
                scene.carrier.submit(messages(100, first=sent))
                sent += 100
                await settle(2)
            assert sent < 10_000, "room ended before the window did"
            rooms = scene.sink.rooms
            scene.smsc.wake()
            await scene.sink.until(lambda: len(scene.sink.answers) == sent)
            assert scene.sink.rooms > rooms

    run(story())


def test_a_cut_link_leaves_what_was_written_uncertain() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            scene.smsc.faults.silent_every = 1
            scene.sink.send(messages(10))
            await scene.smsc.wait_for(10)
            scene.smsc.drop()
            await scene.sink.until(lambda: len(scene.sink.answers) == 10)
            assert {(a.verdict, a.cut) for a in scene.sink.answers} == {(Verdict.UNCERTAIN, True)}

    run(story())


def test_what_never_left_is_given_back_when_the_link_is_cut() -> None:
    """Submitted in the very turn in which the link went: no octet was written."""

    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            scene.smsc.faults.silent_every = 1
            scene.sink.send(messages(3))
            await scene.smsc.wait_for(3)
            scene.smsc.drop()
            scene.sink.send(messages(4, first=10))
            (bind,) = scene.carrier._binds
            assert bind.link is not None
            bind.link.connection_lost(None)
            assert {(a.verdict, a.cut) for a in scene.sink.answers} == {(Verdict.UNCERTAIN, True)}
            assert [o.message_id for o in scene.sink.ready] == [10, 11, 12, 13]

    run(story())


def test_every_tenth_cut_connection_loses_nothing() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            scene.smsc.faults.drop_every = 10
            scene.sink.send(messages(95))
            await scene.run_until(lambda: len(scene.sink.answers) == 95, most_s=3600)
            arrived = {r.pdu.short_message for r in scene.smsc.received}
            sent = {a.outgoing.octets for a in scene.sink.of(Verdict.SENT)}
            unsure = {a.outgoing.octets for a in scene.sink.of(Verdict.UNCERTAIN)}
            assert sent <= arrived
            assert len(sent | unsure) == 95
            assert scene.sink.ready == []

    run(story())


def test_answers_are_reported_once_per_read() -> None:
    async def story() -> None:
        async with stage(window=100) as scene:
            await scene.until_up()
            scene.sink.send(messages(2000))
            await scene.sink.until(lambda: len(scene.sink.deliveries) == 2000)
            calls = sum(1 for answers, _ in scene.sink.batches if answers)
            assert calls < 200

    run(story())


def test_submitted_segments_know_when_they_left() -> None:
    async def story() -> None:
        clock = HandClock()
        async with stage(clock=clock) as scene:
            await scene.until_up()
            batch: list[Outgoing] = segments(1)
            scene.sink.send(batch)
            assert batch[0].submitted_us == clock.now_us()
            assert scene.carrier.status().last_sent_us == clock.now_us()

    run(story())


def test_pain_35_the_operators_tlvs_reach_the_wire() -> None:
    """Pain 35: fixed values and fields of the segment, under tags that no standard names."""

    async def story() -> None:
        rules = [
            {"tag": 0x1400, "value": "1101234567890"},
            {"tag": 0x1401, "field": "message_id", "form": "number", "length": 8},
        ]
        async with stage(tlvs=rules) as scene:
            await scene.until_up()
            scene.sink.send(segments(77))
            await scene.sink.until(lambda: len(scene.sink.answers) == 1)
            (received,) = scene.smsc.received
            assert received.pdu.tlvs == (
                (0x1400, b"1101234567890\0"),
                (0x1401, (77).to_bytes(8, "big")),
            )

    run(story())
