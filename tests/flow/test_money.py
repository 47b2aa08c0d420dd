"""Nobody spends what he does not have, and every sum adds up, whatever happens meanwhile."""

import asyncio
import json
from typing import Any

import pytest

from dragoman.carriers.simulator.handsets import REFUSED, Behaviour
from dragoman.model.states import State
from dragoman.sms.receipts import ReceiptState
from dragoman.store import ledger
from dragoman.store.errors import StoreRefused, StoreUncertain
from tests.flow.customer import SEND, ids_of, itec
from tests.flow.house import House, house

MANY = [f"4477009{number:05d}" for number in range(1000)]
UNIT = 1_000_000
START_US = 1_700_000_000_000_000


def alice(**options: object) -> dict[str, dict[str, object]]:
    return {"account.alice": options}


async def buy(here: House, number: str) -> bool:
    """Send one message from a connection of its own; say whether it was paid for."""
    async with here.customer() as one:
        answer = await one.post_json(SEND, itec(number, "Hello"))
    if answer.status == 200:
        ids_of(answer)
        return True
    assert json.loads(answer.body)["detail"] == "Insufficient balance"
    return False


async def test_the_last_credit_is_spent_once(any_store: dict[str, Any]) -> None:
    async with house(**any_store, changes=alice(balance="1")) as here:
        bought = await asyncio.gather(buy(here, MANY[0]), buy(here, MANY[1]))
        assert sorted(bought) == [False, True]
        assert await here.balance_u() == 0
        await here.until_tally({State.DELIVERED: 1})
        assert await here.discrepancies() == []


async def test_credit_for_57_of_200_at_once(any_store: dict[str, Any]) -> None:
    async with house(**any_store, changes=alice(balance="50", overdraft="7.5")) as here:
        bought = await asyncio.gather(*(buy(here, number) for number in MANY[:200]))
        assert bought.count(True) == 57
        assert await here.balance_u() == -7 * UNIT
        await here.until_tally({State.DELIVERED: 57})
        assert here.smsc.submitted == 57
        assert await here.discrepancies() == []


async def test_all_recipients_or_none_where_the_dialect_says_so(sqlite_url: str) -> None:
    """Two lists at once, and credit for one of them: one whole list, never a part of each."""
    async with house(sqlite_url, changes=alice(balance="70")) as here:

        async def send(numbers: list[str]) -> int:
            async with here.customer() as one:
                answer = await one.post_json(SEND, itec(numbers, "Hello"))
            return len(ids_of(answer)) if answer.status == 200 else 0

        sent = await asyncio.gather(send(MANY[:50]), send(MANY[50:100]))
        assert sorted(sent) == [0, 50]
        assert await here.balance_u() == 20 * UNIT


async def test_every_segment_is_charged(engine: str) -> None:
    prices = {"account.alice": {"balance": "10"}}
    async with house(engine, changes=prices) as here:
        await here.send(MANY[0], "a" * 161)
        await here.send(MANY[1], "ж" * 135)
        assert [m.charge_u for m in await here.messages()] == [2 * UNIT, 3 * UNIT]
        assert await here.balance_u() == 5 * UNIT
        assert await here.discrepancies() == []


FATES = {
    "delivered": (Behaviour(), State.DELIVERED),
    "undeliverable": (Behaviour(state=ReceiptState.UNDELIVERABLE), State.UNDELIVERABLE),
    "expired": (Behaviour(state=ReceiptState.EXPIRED), State.EXPIRED),
    "refused at once": (REFUSED, State.REJECTED),
    "rejected by receipt": (Behaviour(state=ReceiptState.REJECTED), State.REJECTED),
}
POLICIES = {
    "none": [],
    "rejected": ["refused at once", "rejected by receipt"],
    "undelivered": ["undeliverable", "expired", "refused at once", "rejected by receipt"],
}


@pytest.mark.parametrize("text", ["Hello", "a" * 400], ids=["one segment", "three"])
@pytest.mark.parametrize(("policy", "paid_back"), POLICIES.items(), ids=POLICIES)
async def test_refunds_by_policy(engine: str, policy: str, paid_back: list[str], text: str) -> None:
    """Money goes back for the endings that the account's policy names; once, however often told."""
    async with house(engine, changes=alice(balance="100", refund=policy)) as here:
        here.smsc.faults.receipt_copies = 2
        for number, (behaviour, _) in zip(MANY, FATES.values(), strict=False):
            here.smsc.handsets.behave(number, behaviour)
        ids = await here.send(MANY[: len(FATES)], text)
        for message_id, (_, state) in zip(ids, FATES.values(), strict=True):
            await here.until_state(message_id, state)
        segments = 1 if text == "Hello" else 3
        kept = (len(FATES) - len(paid_back)) * segments * UNIT
        assert await here.balance_u() == 100 * UNIT - kept
        for message_id, fate in zip(ids, FATES, strict=True):
            life = await here.life(message_id)
            given = [entry.amount_u for entry in life.entries]
            assert given == ([segments * UNIT] if fate in paid_back else []), fate
        assert await here.discrepancies() == []


async def test_expiry_by_validity(engine: str) -> None:
    """What waits longer than its validity ends here, is paid back, and never leaves."""
    now_us = START_US
    options = alice(balance="100", refund="undelivered", validity_s=60)
    async with house(engine, changes=options, clock_us=lambda: now_us, is_up=False) as here:
        ids = await here.send(MANY[:10])
        now_us += 59 * UNIT
        await here.do_chore(here.node.chores._expire)
        assert await here.tally() == {State.QUEUED: 10}
        later = await here.send(MANY[10:15])
        now_us += UNIT
        await here.do_chore(here.node.chores._expire)
        assert await here.tally() == {State.EXPIRED: 10, State.QUEUED: 5}
        assert (await here.message(ids[0])).detail == "validity ran out"
        assert await here.balance_u() == 95 * UNIT
        await here.smsc.start()
        for message_id in later:
            await here.until_state(message_id, State.DELIVERED)
        assert here.smsc.submitted == 5
        assert await here.discrepancies() == []


async def test_validity_reaches_the_carrier(sqlite_url: str) -> None:
    async with house(sqlite_url, changes=alice(validity_s=3600), clock_us=lambda: START_US) as here:
        await here.send(MANY[0])
        await here.smsc.wait_for(1)
        [received] = here.smsc.received
        assert received.pdu.validity_period == b"231114231320000+"


async def test_expired_meanwhile_is_not_sent(sqlite_url: str) -> None:
    """A message whose time ran out is not claimed, even before the chore has ended it."""
    now_us = START_US
    options = alice(validity_s=60)
    async with house(sqlite_url, changes=options, clock_us=lambda: now_us, is_up=False) as here:
        await here.send(MANY[:5])
        now_us += 61 * UNIT
        await here.smsc.start()
        await here.until_up()
        await here.send(MANY[5])
        await here.smsc.wait_for(1)
        await here.do_chore(here.node.chores._expire)
        await here.until_tally({State.EXPIRED: 5, State.DELIVERED: 1})
        assert here.smsc.submitted == 1


async def test_refusals_of_the_store_cost_nothing(engine: str) -> None:
    """Surely not stored: refused and free.  Perhaps stored: no promise, and the books agree."""
    async with house(engine, changes=alice(balance="100"), is_up=False) as here:
        here.store.instead = lambda: StoreRefused("full")
        async with here.customer() as one:
            refused = await one.post_json(SEND, itec(MANY[0], "Hello"))
            here.store.instead = lambda: StoreUncertain("fsync")
            doubtful = await one.post_json(SEND, itec(MANY[1], "Hello"))
            here.store.instead = None
            assert (refused.status, json.loads(refused.body)["detail"]) == (400, "Internal error")
            assert doubtful.status == 400
            assert json.loads(doubtful.body)["detail"] == "Gateway timeout, do not resend"
            await one.send(MANY[2])
        assert await here.balance_u() == 99 * UNIT
        assert await here.discrepancies() == []


async def test_what_was_stored_in_doubt_leaves_once(any_store: dict[str, Any]) -> None:
    """The commit was done though nobody could tell: no promise, one charge, one submit_sm."""
    async with house(**any_store, changes=alice(balance="100")) as here:
        here.store.afterwards = lambda: StoreUncertain("lost while it committed")
        async with here.customer() as one:
            answer = await one.post_json(SEND, itec(MANY[0], "Hello"))
        assert json.loads(answer.body)["detail"] == "Gateway timeout, do not resend"
        here.store.afterwards = None
        await here.until_tally({State.DELIVERED: 1})
        assert here.smsc.submitted == 1
        assert await here.balance_u() == 99 * UNIT
        assert await here.discrepancies() == []


async def test_answers_stored_in_doubt_count_once(any_store: dict[str, Any]) -> None:
    """Answers are written again when nobody can tell whether they were: nothing counts twice."""
    async with house(**any_store, changes=alice(balance="100", refund="undelivered")) as here:
        here.smsc.handsets.behave(MANY[0], REFUSED)
        here.smsc.faults.response_delay_s = 0.05
        refused, *others = await here.send(MANY[:3])
        here.store.afterwards = lambda: StoreUncertain("lost while it committed")
        await here.until_state(refused, State.REJECTED)
        here.store.afterwards = None
        for message_id in others:
            await here.until_state(message_id, State.DELIVERED)
        assert [entry.amount_u for entry in (await here.life(refused)).entries] == [UNIT]
        assert await here.balance_u() == 98 * UNIT
        assert await here.discrepancies() == []


async def test_retention_keeps_the_sums(engine: str) -> None:
    now_us = START_US
    options = alice(balance="100", refund="undelivered")
    options["gateway"] = {"retention_days": 7}
    async with house(engine, changes=options, clock_us=lambda: now_us) as here:
        here.smsc.handsets.behave(MANY[1], FATES["expired"][0])
        old = await here.send(MANY[:2])
        await here.until_tally({State.DELIVERED: 1, State.EXPIRED: 1})
        now_us += 8 * 86_400 * UNIT
        await here.send(MANY[2])
        await here.until_tally({State.DELIVERED: 2, State.EXPIRED: 1})
        await here.do_chore(here.node.chores._retire)
        assert old[0] not in {message.id for message in await here.messages()}
        assert len(await here.messages()) == 1
        assert await here.balance_u() == 98 * UNIT
        assert await here.discrepancies() == []


async def test_credit_counts_at_once(engine: str) -> None:
    async with house(engine, changes=alice(balance="0")) as here:
        assert not await buy(here, MANY[0])
        async with here.database.transaction() as tx:
            await ledger.credit(tx, 1, UNIT, "topup", START_US, "paid")
        assert await buy(here, MANY[0])
        assert not await buy(here, MANY[0])
        assert await here.discrepancies() == []
