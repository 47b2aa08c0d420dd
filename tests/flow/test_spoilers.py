"""One thing that cannot be written spoils nobody else's: each kind, on every way to commit."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from dragoman.carriers.simulator import smsc as simulator
from dragoman.carriers.simulator.handsets import Behaviour
from dragoman.carriers.smpp import SmppCarrier
from dragoman.core.bookkeeping import Ending
from dragoman.core.ports import Delivery
from dragoman.model.inbound import ASIDE, RECEIPT_ASIDE
from dragoman.model.messages import Outgoing
from dragoman.model.states import State
from dragoman.protocols.smpp.pdus import DataSm, DeliverSm, SubmitSm
from dragoman.store.database import Tx
from dragoman.store.errors import StoreRefused
from tests.flow.customer import SEND, Answer, ids_of, itec
from tests.flow.house import House, house
from tests.flow.inbound import ALICE, HANDSET, OURS, SHARED, TO, received, told
from tests.flow.reports import receipt, report
from tests.flow.spoil import allow, one_group, spoilt
from tests.flow.test_schedule import HOUR_US, Clock, schedule
from tests.flow.test_store_faults import words_of

MANY = [f"4477009{number:05d}" for number in range(40)]
SILENT = Behaviour(reports=False)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SMSC offer again soon what was not taken."""
    monkeypatch.setattr(simulator, "OFFER_AGAIN_S", 0.02)


async def ask(here: House, recipients: str | list[str], text: str) -> Answer:
    """Ask on a connection of its own."""
    async with here.customer() as one:
        return await one.post_json(SEND, itec(recipients, text))


async def bring(here: House, *recipients: str, besides: int = 0) -> list["asyncio.Task[list[int]]"]:
    """Begin to send, a request for each; done when all of them are with the writer."""
    wanted = len(here.node.writer._group.accepts) + len(recipients) + besides
    sending = [asyncio.create_task(here.send(recipient)) for recipient in recipients]

    await here.until(lambda: _accepts(here, wanted))
    return sending


async def test_a_message_from_a_handset(
    any_store: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """It is refused for now, offered again, and at last set aside and acknowledged."""
    async with spoilt(
        **any_store, forbidden="inbound.text = poison", world=SHARED, changes=ALICE
    ) as here:
        here.smsc.say_from(HANDSET, OURS, "before", "dragoman")
        here.smsc.say_from(HANDSET, OURS, "poison", "dragoman")
        here.smsc.say_from(HANDSET, OURS, "after", "dragoman")
        ids = [(await here.send(number))[0] for number in MANY]
        await here.smsc.wait_until(lambda: here.smsc.delivered >= 3)
        await here.until_tally({State.DELIVERED: len(MANY)})
        assert len(set(ids)) == len(MANY) == here.smsc.submitted
        assert await here.balance_u() == 100_000_000_000 - len(MANY) * 1_000_000
        assert await here.discrepancies() == []
        kept = await received(here)
        assert sorted((m.text, m.octets, m.deed) for m in kept) == [
            ("", b"poison", ASIDE),
            ("after", b"after", ""),
            ("before", b"before", ""),
        ]
        assert {event.text for event in await told(here)} == {"before", "after"}
        assert "a delivery is refused for now" in caplog.text
        assert "a delivery is set aside" in caplog.text
        assert "poison" not in caplog.text.replace("constraint", "")
        # When the fault is mended, it can be given to whom it was for.
        await allow(here.url, "inbound")
        [aside] = [m for m in kept if m.deed]
        async with here.database.transaction() as tx:
            inbox = here.node.writer._books.inbox
            await inbox.claim(tx, [aside], kept[0].account_id or kept[1].account_id, 1)
        assert {event.text for event in await told(here)} == {"before", "after", "poison"}


async def test_a_receipt(any_store: dict[str, Any]) -> None:
    """Receipts that came with it are applied; it is set aside, and its message waits on."""
    async with spoilt(**any_store, forbidden="segment.error = 666") as here:
        for number in MANY:
            here.smsc.handsets.behave(number, SILENT)
        ids = await here.send(MANY)
        await here.until_tally({State.SENT: len(MANY)})
        pdus = [receipt(one) for one in here.smsc.received]
        bad = pdus[7]
        assert b"err:000" in bad.short_message
        pdus[7] = replace(bad, short_message=bad.short_message.replace(b"err:000", b"err:666"))
        async with one_group(here):
            report(here.smsc, *pdus)
            await here.until(lambda: _brought(here, 10))
        await here.smsc.wait_until(lambda: here.smsc.delivered >= len(MANY))
        await here.until_tally({State.DELIVERED: len(MANY) - 1, State.SENT: 1})
        [aside] = await received(here)
        assert (aside.deed, aside.octets) == (RECEIPT_ASIDE, pdus[7].short_message)
        assert (await here.message(ids[7])).state == State.SENT
        counters = here.node.counters
        assert (counters.receipts, counters.inbound_unclaimed) == (len(MANY) - 1, 1)
        # The same once more, for its acknowledgement got lost: acknowledged, and not kept twice.
        report(here.smsc, pdus[7])
        await here.smsc.wait_until(lambda: here.smsc.delivered > len(MANY))
        assert len(await received(here)) == 1


async def _brought(here: House, deliveries: int) -> bool:
    return sum(len(some) for _, some in here.node.writer._group.deliveries) >= deliveries


async def test_a_submission(any_store: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """Its sender alone is refused; everybody else in the group is taken and charged, once."""
    async with spoilt(**any_store, forbidden="message.text = poison") as here:
        async with one_group(here):
            sending = await bring(here, *MANY[:20])
            asked = asyncio.create_task(ask(here, TO, "poison"))
            sending += await bring(here, *MANY[20:], besides=1)
        ids = [i for some in await asyncio.gather(*sending) for i in some]
        assert words_of(await asked) == "400 Internal error"
        assert len(set(ids)) == len(MANY)
        await here.until_tally({State.DELIVERED: len(MANY)})
        assert here.smsc.submitted == len(MANY)
        assert await here.balance_u() == 100_000_000_000 - len(MANY) * 1_000_000
        assert here.node.counters.charged_u == len(MANY) * 1_000_000
        assert await here.discrepancies() == []
        assert "a submission is refused (account 1)" in caplog.text
        # And the lane has all of its room again.
        [lane] = here.node.lanes.values()
        assert (lane.reserved, lane.unsettled) == (0, 0)


LIMITED: dict[str, dict[str, object]] = {
    "account.alice": {
        "balance": "20",
        "rate": 44,
        "duplicate_window_s": 60,
        "recipient_rate": "1/1h",
    }
}


async def test_what_was_decided_for_a_spoilt_group_is_decided_anew(engine: str) -> None:
    """What the spoiler took of money and rate is there for others; a repeat is still one."""
    async with spoilt(engine, "message.text = poison", changes=LIMITED) as here:
        async with one_group(here):
            asked = [asyncio.create_task(ask(here, MANY[:20], "poison"))]
            await here.until(lambda: _accepts(here, 1))
            asked += [asyncio.create_task(ask(here, MANY[:12], "Hello")) for _ in range(2)]
            await here.until(lambda: _accepts(here, 3))
        refused, *good = await asyncio.gather(*asked)
        assert words_of(refused) == "400 Internal error"
        assert good[0].text == good[1].text
        assert len(ids_of(good[0])) == 12
        await here.until_tally({State.DELIVERED: 12})
        assert await here.balance_u() == 8_000_000
        assert await here.discrepancies() == []


async def _accepts(here: House, wanted: int) -> bool:
    return len(here.node.writer._group.accepts) == wanted


async def test_a_job(any_store: dict[str, Any]) -> None:
    """Its exception comes back to whoever gave it, and to nobody else."""

    def fault() -> Exception:
        return ValueError("broken")

    async def broken(_tx: Tx) -> None:
        raise fault()

    async def conflicting(tx: Tx) -> None:
        await tx.run("INSERT INTO event SELECT * FROM event WHERE 1 = 0")
        await tx.run("UPDATE account SET name = NULL")

    done: list[int] = []

    async def good(_tx: Tx) -> None:
        done.append(1)

    async with house(**any_store) as here:
        job = here.node.writer.job
        async with one_group(here):
            jobs = [job(good), job(broken), job(good), job(conflicting), job(good)]
            sending = await bring(here, *MANY)
        told = await asyncio.gather(*jobs, return_exceptions=True)
        assert [type(word).__name__ for word in told] == [
            "bool",
            "ValueError",
            "bool",
            "StoreConflict",
            "bool",
        ]
        assert len(done) >= 3
        await asyncio.gather(*sending)
        await here.until_tally({State.DELIVERED: len(MANY)})
        assert here.smsc.submitted == len(MANY)
        assert await here.discrepancies() == []


async def test_an_answer_of_a_carrier(any_store: dict[str, Any]) -> None:
    """Its message is unknown and never sent again; those that it came with are sent."""
    async with spoilt(**any_store, forbidden="segment.ref = 7") as here:
        for number in MANY:
            here.smsc.handsets.behave(number, SILENT)
        ids = await here.send(MANY)
        await here.until_tally({State.SENT: len(MANY) - 1, State.UNKNOWN: 1})
        [unknown] = [m for m in await here.messages() if m.state == State.UNKNOWN]
        assert unknown.id in ids
        [lane] = here.node.lanes.values()
        assert lane.unsettled == 0
        assert here.node.counters.answered_sent == len(MANY) - 1
        await here.crash()
        await here.start()
        await here.until_up()
        await here.send("447700999999")
        await here.until_tally({State.SENT: len(MANY) - 1, State.UNKNOWN: 1, State.DELIVERED: 1})
        assert here.smsc.submitted == len(MANY) + 1


async def test_a_message_in_the_queue(any_store: dict[str, Any]) -> None:
    """What cannot be sent at all ends; the queue behind it goes out."""
    async with house(**any_store, changes={"account.alice": {"refund": "undelivered"}}) as here:
        await here.smsc.stop()
        await here.until(lambda: _is_down(here))
        ids = await here.send(MANY)
        async with here.database.transaction() as tx:
            await tx.run("UPDATE message SET alphabet = 99 WHERE id = ?", (ids[5],))
        await here.smsc.start()
        await here.until_tally({State.DELIVERED: len(MANY) - 1, State.FAILED: 1})
        assert (await here.message(ids[5])).state == State.FAILED
        assert here.smsc.submitted == len(MANY) - 1
        assert await here.discrepancies() == []


async def _is_down(here: House) -> bool:
    return not here.node.lanes[1].up


async def test_what_the_carrier_s_side_cannot_read_or_write(engine: str) -> None:
    """A segment is refused for itself, a deliver_sm set aside; the bind stays."""
    async with house(engine) as here:
        carrier = here.node.lanes[1].carrier
        assert isinstance(carrier, SmppCarrier)
        read, write = carrier._reader.read, carrier._writer.submit_sm

        def misread(pdu: DeliverSm | DataSm, *rest: Any) -> Delivery:
            if isinstance(pdu, DeliverSm) and pdu.short_message == b"poison":
                raise KeyError("a fault of ours")
            return read(pdu, *rest)

        def miswrite(outgoing: Outgoing, now_us: int) -> SubmitSm:
            if outgoing.recipient == MANY[7]:
                raise KeyError("a fault of ours")
            return write(outgoing, now_us)

        carrier._reader.read = misread  # type: ignore[method-assign,assignment]
        carrier._writer.submit_sm = miswrite  # type: ignore[method-assign]
        ids = await here.send(MANY)
        here.smsc.say_from(HANDSET, OURS, "poison", "dragoman")
        await here.until_tally({State.DELIVERED: len(MANY) - 1, State.REJECTED: 1})
        assert (await here.message(ids[7])).state == State.REJECTED
        await here.smsc.wait_until(lambda: here.smsc.delivered == len(MANY))
        [aside] = await received(here)
        assert (aside.deed, aside.octets, aside.sender) == (ASIDE, b"poison", HANDSET)
        assert len(here.smsc.binds) == 1


async def test_a_message_that_spoils_a_chore(engine: str) -> None:
    """It ends; what was due beside it, and behind it, leaves."""
    clock = Clock()
    async with spoilt(engine, "event.message_id = 9", clock_us=clock) as here:
        await schedule(here, clock() + HOUR_US, ",".join(MANY))
        clock.ahead_us = 2 * HOUR_US
        await here.until_tally({State.DELIVERED: len(MANY) - 1, State.FAILED: 1})
        assert (await here.message(9)).state == State.FAILED


async def test_a_message_that_spoils_the_last_verdicts(engine: str) -> None:
    """By a fault of our own code this time; it stays unknown, as the others do."""
    clock = Clock()
    async with house(engine, clock_us=clock) as here:
        for number in MANY:
            here.smsc.handsets.behave(number, SILENT)
        ids = await here.send(MANY)
        await here.until_tally({State.SENT: len(MANY)})
        reports = here.node.writer._books.reports
        tell = reports.tell
        told: set[int] = set()

        async def broken(tx: Tx, endings: Sequence[Ending], errors: Mapping[int, str]) -> None:
            if any(ending[0] == ids[9] for ending in endings):
                raise KeyError("a fault of ours")
            told.update(ending[0] for ending in endings)
            await tell(tx, endings, errors)

        reports.tell = broken  # type: ignore[method-assign]
        clock.ahead_us = 100 * HOUR_US
        await here.do_chore(here.node.chores._last_verdicts)
        assert await here.tally() == {State.UNKNOWN: len(MANY)}
        assert told == {*ids} - {ids[9]}
        assert await here.discrepancies() == []


async def test_a_store_that_goes_away_halfway(any_store: dict[str, Any]) -> None:
    """What was not written yet is refused, as ever; nothing is taken that nobody was told of."""
    begun = 0

    async def count() -> None:
        nonlocal begun
        begun += 1
        if begun == 4:
            here.store.instead = lambda: StoreRefused("full")

    async with spoilt(**any_store, forbidden="message.text = poison") as here:
        async with one_group(here, count):
            asked = [asyncio.create_task(ask(here, number, "Hello")) for number in MANY]
            asked.append(asyncio.create_task(ask(here, TO, "poison")))
            await here.until(lambda: _accepts(here, len(MANY) + 1))
        answers = await asyncio.gather(*asked)
        ids = [i for answer in answers if answer.status == 200 for i in ids_of(answer)]
        assert {words_of(a) for a in answers if a.status != 200} == {"400 Internal error"}
        assert 0 < len(ids) < len(MANY)
        here.store.before = here.store.instead = None
        await here.until_tally({State.DELIVERED: len(ids)})
        assert sorted(ids) == [message.id for message in await here.messages()]
        assert here.smsc.submitted == len(ids)
        assert await here.discrepancies() == []
