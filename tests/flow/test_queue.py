"""Accepted messages leave: after a crash, a lost carrier, a lost store, whatever comes back."""

import asyncio
import time
from typing import Any

import psycopg
import pytest

from dragoman.carriers.simulator.smsc import Received
from dragoman.core.dispatch import Lane
from dragoman.model.states import State
from dragoman.store.errors import StoreUnavailable
from tests.flow.customer import SEND, ids_of, itec
from tests.flow.house import House, house
from tests.flow.queues import MANY, THREE_SEGMENTS, main, recipient


async def test_pain_13_an_answer_means_that_it_is_stored(any_store: dict[str, Any]) -> None:
    """No answer before the commit; and what was answered is there after a crash."""
    async with house(**any_store) as here, here.customer() as one:
        release = asyncio.Event()
        here.store.before = lambda: forever(release)
        asking = asyncio.create_task(one.post_json(SEND, itec(MANY[0], "Hello")))
        done, _ = await asyncio.wait([asking], timeout=0.2)
        assert not done
        assert await here.messages() == []
        release.set()
        [message_id] = ids_of(await asking)
        await here.crash()
        await here.start()
        assert (await here.message(message_id)).recipient == MANY[0]
        await here.until_state(message_id, State.DELIVERED)


async def forever(release: asyncio.Event) -> None:
    await release.wait()


async def test_pain_13_crashes_under_load_lose_nothing(any_store: dict[str, Any]) -> None:
    """Whatever is killed when: every answered id exists and arrives, doubles stay in the window."""
    window, rounds = 20, 6
    answered: list[int] = []
    async with house(**any_store, changes=main(window=window)) as here:
        for index in range(rounds):
            batches = [MANY[index * 300 + k * 10 :][:10] for k in range(30)]
            senders = [asyncio.create_task(pour(here, batch, answered)) for batch in batches]
            wanted = here.smsc.submitted + 80
            await here.until(lambda until=wanted: enough(here, until))  # type: ignore[misc]
            await here.crash()
            await asyncio.gather(*senders)
            await here.start()
        stored = {message.id: message for message in await here.messages()}
        assert set(answered) <= stored.keys()
        await here.until_tally({State.DELIVERED: len(stored)})
        arrived = [recipient(r) for r in here.smsc.received if r.message_id]
        assert set(arrived) == {message.recipient for message in stored.values()}
        assert len(arrived) - len(set(arrived)) <= rounds * window
        assert await here.discrepancies() == []


async def enough(here: House, submits: int) -> bool:
    return here.smsc.submitted >= submits


async def pour(here: House, recipients: list[str], answered: list[int]) -> None:
    """Send one by one over one connection until the gateway is gone."""
    try:
        async with here.customer() as one:
            for number in recipients:
                answered += await one.send(number)
    except (OSError, asyncio.IncompleteReadError):
        pass


async def test_pain_14_a_store_that_is_gone_for_a_while(sqlite_url: str) -> None:
    """Refused while there is no store, in flow again as soon as there is, without a restart."""
    async with house(sqlite_url) as here:
        await here.send(MANY[:10])
        await here.until_tally({State.DELIVERED: 10})
        here.store.instead = lambda: StoreUnavailable("cut")
        async with here.customer() as one:
            answer = await one.post_json(SEND, itec(MANY[10], "Hello"))
            assert answer.status == 400
            assert b"Internal error" in answer.body
        here.store.instead = None
        began_s = time.monotonic()
        await here.send(MANY[11:20])
        await here.until_tally({State.DELIVERED: 19})
        assert time.monotonic() - began_s < 5.0
        assert await here.discrepancies() == []


async def test_pain_14_answers_of_a_carrier_outlive_a_store_that_is_gone(sqlite_url: str) -> None:
    """What a carrier said while nothing could be written is written afterwards."""
    async with house(sqlite_url) as here:
        here.smsc.faults.response_delay_s = 0.05
        await here.send(MANY[:50])
        here.store.instead = lambda: StoreUnavailable("cut")
        await here.smsc.wait_for(50)
        failed = here.node.counters.commits_failed
        await here.until(lambda: more(here, failed))
        here.store.instead = None
        await here.until_tally({State.DELIVERED: 50})
        assert here.smsc.submitted == 50


async def more(here: House, failed: int) -> bool:
    here.store.notice()
    await asyncio.sleep(0)
    return here.node.counters.commits_failed > failed


async def test_pain_14_a_server_that_cuts_every_connection(postgresql_url: str) -> None:
    """PostgreSQL ends our connections under load; everything answered arrives, unaided."""
    answered: list[int] = []
    async with house(postgresql_url) as here:
        senders = [
            asyncio.create_task(insist(here, MANY[k * 20 : k * 20 + 20], answered))
            for k in range(10)
        ]
        with psycopg.connect(postgresql_url, autocommit=True) as admin:
            for until in (30, 80, 130):
                await here.until(lambda until=until: enough(here, until))  # type: ignore[misc]
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'dragoman' AND datname = current_database()"
                )
        await asyncio.gather(*senders)
        stored = await here.messages()
        assert set(answered) <= {message.id for message in stored}
        await here.until_tally({State.DELIVERED: len(stored)})
        assert await here.discrepancies() == []


async def insist(here: House, recipients: list[str], answered: list[int]) -> None:
    """Send one by one, whatever the answers are; remember what was accepted."""
    async with here.customer() as one:
        for number in recipients:
            answer = await one.post_json(SEND, itec(number, "Hello"))
            if answer.status == 200:
                answered += ids_of(answer)


async def test_pain_24_late_answers_make_no_doubles(any_store: dict[str, Any]) -> None:
    """Answers come after their time: unknown meanwhile, sent in the end, and nothing twice."""
    options = main(window=300, response_timeout_s=0.1)
    async with house(**any_store, changes=options) as here:
        here.smsc.faults.response_delay_s = 0.6
        await here.send(MANY[:300])
        await here.until_tally({State.UNKNOWN: 300})
        await here.until_tally({State.DELIVERED: 300})
        assert here.smsc.submitted == 300
        assert here.node.counters.answered_uncertain == 300
        assert await here.discrepancies() == []


async def test_pain_24_no_answer_at_all_is_never_sent_again(sqlite_url: str) -> None:
    """A silent carrier: its receipts come by ids that nobody was told, so nobody knows."""
    async with house(sqlite_url, changes=main(response_timeout_s=0.1)) as here:
        here.smsc.faults.silent_every = 1
        ids = await here.send(MANY[:5])
        await here.until_tally({State.UNKNOWN: 5})
        life = await here.life(ids[0])
        assert [event.kind for event in life.events] == ["uncertain"]
        await here.stop()
        await here.start()
        await here.until_up()
        assert await here.tally() == {State.UNKNOWN: 5}
        assert here.smsc.submitted == 5


ON_UNCERTAIN = {
    "wait": ({"on_uncertain": "wait"}, State.UNKNOWN, 1),
    "fail": ({"on_uncertain": "fail"}, State.FAILED, 1),
    "resend": ({"on_uncertain": "resend"}, State.DELIVERED, 2),
}


@pytest.mark.parametrize("text", ["Hello", THREE_SEGMENTS], ids=["one segment", "three"])
@pytest.mark.parametrize(("options", "state", "sent"), ON_UNCERTAIN.values(), ids=ON_UNCERTAIN)
async def test_pain_24_the_rule_of_the_carrier(
    sqlite_url: str, options: dict[str, object], state: State, sent: int, text: str
) -> None:
    """Whether a message without an answer is sent again is the operator's choice."""
    async with house(sqlite_url, changes=main(response_timeout_s=0.1, **options)) as here:
        here.smsc.faults.silent_every = 1
        told = here.smsc.on_message
        assert told is not None
        segments = 1 if text == "Hello" else 3

        def relent(received: Received) -> None:
            if here.smsc.submitted == segments:
                here.smsc.faults.silent_every = 0
            told(received)

        here.smsc.on_message = relent
        [message_id] = await here.send(MANY[0], text)
        await here.until_state(message_id, state)
        assert here.smsc.submitted == sent * segments


@pytest.mark.parametrize("segments", [1, 3])
async def test_a_link_that_is_cut_loses_nothing(sqlite_url: str, segments: int) -> None:
    """What may have been on the wire is sent again, and no more than that."""
    window = 10
    text = "Hello" if segments == 1 else THREE_SEGMENTS
    async with house(sqlite_url, changes=main(window=window)) as here:
        here.smsc.faults.drop_every = 35
        ids = await here.send(MANY[:60], text)
        await here.until(lambda: enough(here, 35))
        here.smsc.faults.drop_every = 0
        await here.until_tally({State.DELIVERED: 60})
        for number in MANY[:60]:
            assert {message.text for message in here.smsc.screen(number)} == {text}
        assert here.smsc.submitted - 60 * segments <= window
        again = [i for i in ids if (await here.life(i)).events]
        assert 0 < len(again) <= window


async def test_long_messages_wait_for_no_watchdog(sqlite_url: str) -> None:
    """A window that is no multiple of their segments: the next begins as soon as one may."""
    async with house(sqlite_url, changes=main(window=10)) as here:
        [watchdog] = [task for task in here.node._tasks if task.get_name() == "look"]
        watchdog.cancel()
        await here.send(MANY[:50], THREE_SEGMENTS)
        await here.until_tally({State.DELIVERED: 50}, timeout_s=10)
        assert here.smsc.submitted == 150
        assert here.smsc.most_unanswered <= 10


async def test_pain_34_garbage_from_the_carrier(sqlite_url: str) -> None:
    """Octets that are no SMPP end that connection only; the next one carries on."""
    async with house(sqlite_url) as here:
        await here.send(MANY[:10])
        await here.until_tally({State.DELIVERED: 10})
        here.smsc.send_raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await here.smsc.wait_until(lambda: len(here.smsc.binds) == 2)
        await here.send(MANY[10:20])
        await here.until_tally({State.DELIVERED: 20})


async def test_pain_34_a_bad_pdu_from_the_carrier(sqlite_url: str) -> None:
    """A good frame with a broken body is answered, and the connection stays."""
    bad = bytes.fromhex("00000012 00000005 00000000 000003e7 0001")
    async with house(sqlite_url) as here:
        here.smsc.send_raw(bad)
        await here.send(MANY[:10])
        await here.until_tally({State.DELIVERED: 10})
        assert len(here.smsc.binds) == 1


async def test_pain_23_a_carrier_that_hangs(sqlite_url: str) -> None:
    """Nothing is read at the other end: noticed by enquire_link, bound anew, all arrives."""
    options = main(enquire_link_s=0.2, response_timeout_s=30)
    async with house(sqlite_url, changes=options) as here:
        [lane] = here.node.lanes.values()
        here.smsc.hang()
        await here.send(MANY[:10])
        assert await here.tally() == {State.SENDING: 10}
        began_s = time.monotonic()
        await here.until(lambda: is_down(lane))
        assert time.monotonic() - began_s < 2.0
        here.smsc.drop()
        here.smsc.wake()
        await here.until_tally({State.DELIVERED: 10})


async def is_down(lane: Lane) -> bool:
    return not lane.up


async def test_draining_loses_nothing(any_store: dict[str, Any]) -> None:
    """Stopped while requests are under way: whoever was told yes is stored, and arrives later."""
    answered: list[int] = []
    async with house(**any_store, changes=main(window=5)) as here:
        here.smsc.faults.response_delay_s = 0.02
        senders = [
            asyncio.create_task(pour(here, MANY[k * 50 : k * 50 + 50], answered)) for k in range(10)
        ]
        await here.until(lambda: enough(here, 40))
        await here.stop()
        await asyncio.gather(*senders)
        here.smsc.faults.response_delay_s = 0.0
        await here.start()
        stored = await here.messages()
        assert set(answered) == {message.id for message in stored}
        # Nothing was cut off: what was on the wire was answered before the end.
        assert here.smsc.submitted <= len(stored)
        await here.until_tally({State.DELIVERED: len(stored)})
        assert here.smsc.submitted == len(stored)
        assert await here.discrepancies() == []


async def test_recovery_puts_back_what_was_on_the_wire(sqlite_url: str) -> None:
    """After a crash, what may have been on the wire is sent again; the timeline says so."""
    async with house(sqlite_url, changes=main(window=5)) as here:
        here.smsc.hang()
        ids = await here.send(MANY[:20])
        assert await here.tally() == {State.SENDING: 5, State.QUEUED: 15}
        await here.crash()
        here.smsc.drop()
        here.smsc.wake()
        await here.start()
        await here.until_tally({State.DELIVERED: 20})
        assert [e.kind for e in (await here.life(ids[0])).events] == ["uncertain"]
        assert (await here.life(ids[19])).events == []


async def test_recovery_waits_where_the_operator_fears_doubles(sqlite_url: str) -> None:
    async with house(sqlite_url, changes=main(window=5, on_cut="wait")) as here:
        here.smsc.hang()
        await here.send(MANY[:5])
        await here.crash()
        here.smsc.drop()
        here.smsc.wake()
        await here.start()
        await here.until_up()
        assert await here.tally() == {State.UNKNOWN: 5}


async def test_pain_14_chores_have_their_turn_under_load(engine: str) -> None:
    """Customers who never pause keep nobody from the lease, the expiry, or a change of carriers."""
    async with house(engine) as here:
        ended = False

        async def hammer() -> None:
            async with here.customer() as one:
                while not ended:
                    await one.send(MANY[:5])

        hammers = [asyncio.create_task(hammer()) for _ in range(20)]
        await here.smsc.wait_for(50)
        began_s = time.monotonic()
        for _ in range(5):
            await here.do_chore(here.node.chores._renew)
        took_s = time.monotonic() - began_s
        ended = True
        await asyncio.gather(*hammers)
        assert took_s < 2.0
