"""Receipts find their messages: out of order, early, late, doubled, by any bind, after a crash."""

from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from dragoman.carriers.simulator.handsets import Behaviour
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.model.states import State
from dragoman.sms.receipts import ReceiptState
from dragoman.store import lookups
from tests.flow.house import house
from tests.flow.reports import receipt, report

MANY = [f"4477009{number:05d}" for number in range(1000)]
THREE_SEGMENTS = "a" * 400
SILENT = Behaviour(reports=False)


def main(**options: object) -> dict[str, dict[str, object]]:
    return {"carrier.main": options}


ID_FORMS = {
    "the same": ("decimal", ""),
    "hexadecimal, then decimal": ("hex", "decimal"),
    "decimal, then hexadecimal in capitals": ("decimal", "HEX"),
    "padded, then not": ("padded", "decimal"),
    "not padded, then padded": ("decimal", "padded"),
    "padded hexadecimal, then decimal": ("padded-hex", "decimal"),
    "no number at all": ("prefixed", ""),
}


@pytest.mark.parametrize(("answered", "reported"), ID_FORMS.values(), ids=ID_FORMS)
async def test_pain_1_and_3_whatever_the_radix(
    sqlite_url: str, answered: str, reported: str
) -> None:
    """Each message is delivered, whichever of decimal, hexadecimal and padded is used where."""
    options = SmscOptions(id_form=answered, receipt_id_form=reported, first_id=1_000_000)
    async with house(sqlite_url, smsc=options) as here:
        await here.send(MANY[:200])
        await here.until_tally({State.DELIVERED: 200})
        assert here.node.counters.receipts_ambiguous == 0


async def test_pain_3_what_could_be_two_messages_is_refused(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An id that is one message's in decimal and another's in hexadecimal is never guessed."""
    async with house(sqlite_url, smsc=SmscOptions(first_id=16)) as here:
        for number in MANY[:7]:
            here.smsc.handsets.behave(number, SILENT)
        ids = await here.send(MANY[:7])
        await here.until_tally({State.SENT: 7})
        one, other = here.smsc.received[0], here.smsc.received[6]
        assert (one.message_id, other.message_id) == ("16", "22")
        # "016" is 16 with padding, and 22 if it is hexadecimal; it names no recipient.
        nameless = replace(receipt(one, ref="016"), source_addr=b"", destination_addr=b"")
        report(here.smsc, nameless)
        await here.smsc.wait_until(lambda: here.smsc.delivered == 1)
        assert here.node.counters.receipts_ambiguous == 1
        assert "receipt id '016' could mean several messages; refused" in caplog.text
        assert await here.tally() == {State.SENT: 7}
        # Spelled exactly as it was answered, or with its recipient, it is one message's.
        report(here.smsc, replace(nameless, short_message=receipt(other).short_message))
        await here.until_state(ids[6], State.DELIVERED)
        report(here.smsc, receipt(one, ref="016"))
        await here.until_state(ids[0], State.DELIVERED)
        assert await here.tally() == {State.SENT: 5, State.DELIVERED: 2}


async def test_pain_4_receipts_before_their_answers(any_store: dict[str, Any]) -> None:
    """1000 receipts overtake their answers: every one is matched, and nothing polls for it."""
    async with house(**any_store, changes=main(window=1000)) as here:
        here.smsc.faults.receipt_first = True
        here.smsc.faults.response_delay_s = 0.2
        await here.send(MANY)
        await here.until_tally({State.DELIVERED: 1000})
        assert here.node.counters.receipts_parked > 0
        async with here.database.reading() as tx:
            assert await lookups.count_parked(tx) == {}


async def test_receipts_twice_and_for_nobody(sqlite_url: str) -> None:
    async with house(sqlite_url) as here:
        here.smsc.faults.receipt_copies = 3
        here.smsc.faults.stray_every = 2
        await here.send(MANY[:100])
        await here.until_tally({State.DELIVERED: 100})
        await here.smsc.wait_until(lambda: here.smsc.delivered == 350)
        assert await here.tally() == {State.DELIVERED: 100}
        assert await here.discrepancies() == []


async def test_pain_5_a_crash_between_answer_and_receipt(any_store: dict[str, Any]) -> None:
    """Whatever the gateway knew when it was killed, receipts find their messages afterwards."""
    rounds = 10
    async with house(**any_store) as here:
        for index in range(rounds):
            batch = MANY[index * 10 : index * 10 + 10]
            for number in batch:
                here.smsc.handsets.behave(number, SILENT)
            await here.send(batch)
            await here.until_tally({State.SENT: 10, State.DELIVERED: 10 * index})
            await here.crash()
            report(here.smsc, *(receipt(r) for r in list(here.smsc.received)[-10:]))
            await here.start()
            await here.until_tally({State.DELIVERED: 10 * index + 10})
        assert here.smsc.submitted == 10 * rounds
        assert await here.discrepancies() == []


REPORTING = {
    "first only": ("first", {"receipts": "first"}),
    "last only": ("last", {"receipts": "last"}),
    "all, shuffled": ("all", {}),
}


@pytest.mark.parametrize(("reported", "options"), REPORTING.values(), ids=REPORTING)
async def test_pain_6_whichever_segments_are_reported(
    sqlite_url: str, reported: str, options: dict[str, object]
) -> None:
    """Every segment asks for its receipt; those that come are enough for the verdict."""
    async with house(sqlite_url, changes=main(**options)) as here:
        here.smsc.faults.receipt_segments = reported  # type: ignore[assignment]
        here.smsc.faults.receipt_shuffle_s = 0.05
        here.smsc.handsets.behave(MANY[0], Behaviour(state=ReceiptState.UNDELIVERABLE))
        bad, *good = await here.send(MANY[:20], THREE_SEGMENTS)
        await here.until_tally({State.DELIVERED: 19, State.UNDELIVERABLE: 1})
        assert (await here.message(bad)).state == State.UNDELIVERABLE
        assert len(good) == 19
        assert here.smsc.submitted == 60
        assert {r.pdu.registered_delivery for r in here.smsc.received} == {1}


async def test_pain_6_an_unknown_habit_ends_in_time(sqlite_url: str) -> None:
    """A carrier that reports less than it was thought to: its word counts when time is over."""
    now_us = 1_700_000_000_000_000
    async with house(sqlite_url, clock_us=lambda: now_us) as here:
        here.smsc.faults.receipt_segments = "first"
        [told] = await here.send(MANY[0], THREE_SEGMENTS)
        here.smsc.handsets.behave(MANY[1], SILENT)
        [untold] = await here.send(MANY[1], THREE_SEGMENTS)
        await here.smsc.wait_until(lambda: here.smsc.delivered == 1)
        await here.until_tally({State.SENT: 2})
        now_us += 4 * 86_400 * 1_000_000
        await here.do_chore(here.node.chores._last_verdicts)
        assert (await here.message(told)).state == State.DELIVERED
        assert (await here.message(untold)).state == State.UNKNOWN
        # Unknown is soft: a receipt that comes later still counts.
        segments = [r for r in here.smsc.received if r.pdu.destination_addr == MANY[1].encode()]
        report(here.smsc, *map(receipt, segments))
        await here.until_state(untold, State.DELIVERED)


async def test_pain_7_no_early_verdict_in_any_order(sqlite_url: str) -> None:
    """Receipts of three segments in every order: the last of them brings the verdict."""
    async with house(sqlite_url) as here:
        orders = list(permutations(range(3)))
        for number in MANY[: len(orders)]:
            here.smsc.handsets.behave(number, SILENT)
        ids = await here.send(MANY[: len(orders)], THREE_SEGMENTS)
        await here.until_tally({State.SENT: len(orders)})
        taken = {
            number: [r for r in here.smsc.received if r.pdu.destination_addr == number.encode()]
            for number in MANY[: len(orders)]
        }
        for step in range(3):
            expected = here.smsc.delivered + len(orders)
            for number, order in zip(taken, orders, strict=True):
                report(here.smsc, receipt(taken[number][order[step]]))
            await here.smsc.wait_until(lambda until=expected: here.smsc.delivered == until)  # type: ignore[misc]
            states = {(await here.message(i)).state for i in ids}
            assert states == {State.DELIVERED if step == 2 else State.SENT}
            segments = (await here.life(ids[0])).segments
            reported = [s.id & 0xFF for s in segments if s.state == State.DELIVERED]
            assert len(reported) == step + 1


async def test_pain_8_throttled_twice_and_then_taken(sqlite_url: str) -> None:
    """The receipt belongs to the message, whatever its first tries came to."""
    async with house(sqlite_url) as here:
        here.smsc.faults.throttle_every = 1
        told = here.smsc.on_message
        assert told is not None

        def relent(received: object) -> None:
            if here.smsc.refused == 2:
                here.smsc.faults.throttle_every = 0
            told(received)  # type: ignore[arg-type]

        here.smsc.on_message = relent
        [message_id] = await here.send(MANY[0])
        await here.until_state(message_id, State.DELIVERED)
        assert (here.smsc.refused, here.smsc.accepted) == (2, 1)


BINDS = {
    "transmitter and receiver": {"bind": "transmitter+receiver"},
    "two of each": {"bind": "transmitter+receiver", "binds": 2},
    "four transceivers": {"bind": "transceiver", "binds": 4},
}


@pytest.mark.parametrize("options", BINDS.values(), ids=BINDS)
async def test_pain_10_receipts_by_another_bind(
    sqlite_url: str, options: dict[str, object]
) -> None:
    """A receipt belongs to the carrier, not to the connection that the message left by."""
    async with house(sqlite_url, changes=main(**options, window=10)) as here:
        await here.send(MANY[:200])
        await here.until_tally({State.DELIVERED: 200})
        assert here.node.counters.receipts_parked + here.node.counters.receipts >= 200


DISGUISES = {
    "as UCS-2": {"receipt_coding": 8},
    "as UCS-2, without TLVs": {"receipt_coding": 8, "receipt_tlvs": False},
    "as octets": {"receipt_coding": 4, "receipt_tlvs": False},
    "TLVs only": {"receipt_text": False},
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
async def test_pain_11_receipts_that_claim_another_charset(
    sqlite_url: str, disguise: dict[str, object]
) -> None:
    async with house(sqlite_url) as here:
        for name, value in disguise.items():
            setattr(here.smsc.faults, name, value)
        here.smsc.handsets.behave(MANY[1], Behaviour(state=ReceiptState.EXPIRED, error="0027"))
        await here.send(MANY[:2])
        await here.until_tally({State.DELIVERED: 1, State.EXPIRED: 1})


async def test_receipts_of_a_message_by_their_segments(sqlite_url: str) -> None:
    """What the timeline shows: each segment with its ids, times, state and error."""
    async with house(sqlite_url) as here:
        failing = Behaviour(state=ReceiptState.UNDELIVERABLE, error="034")
        here.smsc.handsets.behave(MANY[0], failing)
        [message_id] = await here.send(MANY[0], THREE_SEGMENTS)
        await here.until_state(message_id, State.UNDELIVERABLE)
        segments = (await here.life(message_id)).segments
        assert [(s.id & 0xFF, s.ref, s.error) for s in segments] == [
            (1, "1", "034"),
            (2, "2", "034"),
            (3, "3", "034"),
        ]
        assert all(0 < s.submitted_us <= s.answered_us <= s.receipt_us for s in segments)
