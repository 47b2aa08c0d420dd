"""What handsets write is stored before it is acknowledged, put together, and finds its owner."""

from itertools import permutations
from typing import Any

import pytest

from dragoman.carriers.simulator.handsets import Behaviour
from dragoman.carriers.simulator.reports import Parcel
from dragoman.carriers.simulator.utterances import Utterance, typed
from dragoman.model.states import State
from dragoman.protocols.smpp.pdus import DeliverSm
from dragoman.protocols.smpp.tlvs import Tag
from dragoman.sms.inbound import GAP
from dragoman.store.errors import StoreRefused
from dragoman.store.world import put_networks
from tests.flow.house import House, house
from tests.flow.inbound import (
    ALICE,
    HANDSET,
    LONG,
    OURS,
    SHARED,
    TO,
    received,
    sendmsg,
    told,
    utter,
)
from tests.flow.reports import RECEIPT


async def inbound(here: House) -> list[tuple[str, str, bytes]]:
    async with here.database.reading() as tx:
        rows = await tx.rows("SELECT sender, recipient, octets FROM inbound ORDER BY id")
    return [(sender, recipient, bytes(octets)) for sender, recipient, octets in rows]


async def test_a_message_from_a_handset_is_kept(engine: str) -> None:
    async with house(engine) as here:
        here.smsc.say_from("447700900009", "60300", "Yes please", "dragoman")
        await here.smsc.wait_until(lambda: here.smsc.delivered == 1)
        assert await inbound(here) == [("447700900009", "60300", b"Yes please")]


async def test_nothing_is_acknowledged_that_is_not_stored(engine: str) -> None:
    """Refused while the store is full, and offered again; then it is stored once."""
    async with house(engine) as here:
        here.store.instead = lambda: StoreRefused("full")
        here.smsc.say_from("447700900009", "60300", "Yes please", "dragoman")

        async def was_tried() -> bool:
            return here.node.counters.commits_failed > 0

        await here.until(was_tried)
        assert here.smsc.delivered == 0
        assert await inbound(here) == []
        here.store.instead = None
        await here.smsc.wait_until(lambda: here.smsc.delivered == 1)
        assert len(await inbound(here)) == 1


HOSTILE = [
    DeliverSm(),
    DeliverSm(source_addr=b"\xff\xfe\x80", destination_addr=b"'; DROP", short_message=bytes(40)),
    DeliverSm(source_addr=b"\x01\x1b", short_message=b"\xd8\x00\xdc", data_coding=8),
    DeliverSm(esm_class=RECEIPT),
    DeliverSm(esm_class=RECEIPT, short_message=b"id:\0\0 stat:DELIVRD"),
    DeliverSm(esm_class=RECEIPT, short_message=b"id:" + b"9" * 200 + b" stat:DELIVRD"),
    DeliverSm(esm_class=RECEIPT, short_message=b"id:1 stat:\xff\xff err:\0"),
    DeliverSm(esm_class=RECEIPT, tlvs=((Tag.receipted_message_id, b"a\0b\0"),)),
    DeliverSm(esm_class=0x40, short_message=b"\xff\0\0"),
    DeliverSm(tlvs=((0x1400, b""), (0xFFFF, b"\0" * 300))),
    # A place among segments in more octets than any number of the store has.
    DeliverSm(
        short_message=b"Hi",
        tlvs=(
            (Tag.sar_msg_ref_num, b"\xff" * 40),
            (Tag.sar_total_segments, b"\xff" * 40),
            (Tag.sar_segment_seqnum, b"\xff" * 39),
        ),
    ),
    # A header longer than any that a segment on the air has.
    DeliverSm(esm_class=0x40, tlvs=((Tag.message_payload, b"\xff\x70\xfd" + bytes(300)),)),
    DeliverSm(source_addr=b"BANK", destination_addr=OURS.encode(), short_message=b"STOP"),
    DeliverSm(destination_addr=OURS.encode(), short_message=b"STOP ALL"),
]


async def test_pain_29_hostile_deliveries_disturb_nobody(engine: str) -> None:
    """Whatever octets a carrier sends: acknowledged, and customers notice nothing."""
    replying = {"account.alice": {"stop_reply": "Bye", "notify_url": "http://127.0.0.1:9/"}}
    async with house(engine, SHARED, changes=replying) as here, here.customer() as one:
        for pdu in HOSTILE:
            here.smsc.post_later("dragoman", [Parcel(pdu)], 0.0)
            await one.send(TO)
        await here.smsc.wait_until(lambda: here.smsc.delivered >= len(HOSTILE))
        await here.until_tally({State.DELIVERED: len(HOSTILE)})
        assert here.node.counters.commits_failed == 0
        assert len(here.smsc.binds) == 1


SPOKEN: dict[str, tuple[dict[str, Any], str, bytes]] = {
    "GSM 7-bit": ({"text": "Grüße, € 5 [x]"}, "Grüße, € 5 [x]", b""),
    "UCS-2": ({"text": "Да 😀"}, "Да 😀", b""),
    "Latin-1": ({"text": "café", "alphabet": "latin1"}, "café", b""),
    "Turkish tables": ({"text": "ığş İ", "language": "turkish"}, "ığş İ", b""),
    "Hindi single shift": ({"text": "नमस्ते", "language": "hindi"}, "नमस्ते", b""),
    "8-bit": ({"octets": "00ff", "alphabet": "binary"}, "", b"\0\xff"),
    "8-bit for a port": (
        {"octets": "00ff", "udh": "06050415820000", "alphabet": "binary"},
        "",
        b"\0\xff",
    ),
    "long, reference of 8 bits": ({"text": LONG}, LONG, b""),
    "long, reference of 16 bits": ({"text": LONG, "long": "wide"}, LONG, b""),
    "long, numbered beside": ({"text": LONG, "long": "sar"}, LONG, b""),
    "long, in one PDU": ({"text": LONG, "long": "payload"}, LONG, b""),
    "long, UCS-2": ({"text": "щ😀" * 80}, "щ😀" * 80, b""),
    "long, Turkish": ({"text": "ığş" * 90, "language": "turkish"}, "ığş" * 90, b""),
    "long, 8-bit": ({"octets": "0102" * 150, "alphabet": "binary"}, "", b"\1\2" * 150),
    "data_sm": ({"text": "Hi", "by": "data_sm"}, "Hi", b""),
    "long, data_sm": ({"text": LONG, "by": "data_sm"}, LONG, b""),
}


@pytest.mark.parametrize(("members", "text", "octets"), SPOKEN.values(), ids=SPOKEN)
async def test_whatever_is_typed_is_read(
    sqlite_url: str, members: dict[str, Any], text: str, octets: bytes
) -> None:
    async with house(sqlite_url, SHARED, changes=ALICE) as here:
        await utter(here, **members)
        [message] = await received(here)
        [event] = await told(here)
    assert (message.text, message.sender, message.recipient) == (text, HANDSET, OURS)
    assert (event.text, event.octets, event.account_id) == (text, octets, 1)
    assert event.udh.hex() == members.get("udh", event.udh.hex())
    assert message.is_whole


async def test_pain_32_five_segments_in_any_order_are_one_message(engine: str) -> None:
    """All 120, over two binds, with repeats, all at once; each is one message and one event."""
    orders = list(permutations(range(1, 6)))
    changes: dict[str, dict[str, object]] = {**ALICE, "carrier.main": {"binds": 2}}
    async with house(engine, SHARED, changes=changes) as here:
        sent = 0
        for order in orders:
            utterance = Utterance(
                sender=f"4477101{order[0]}{order[1]}{order[2]}{order[3]}",
                to=OURS,
                text=LONG,
                order=(*order[:4], order[1], order[4], order[2]),
            )
            here.smsc.utter(utterance)
            sent += 7
        await here.smsc.wait_until(lambda: here.smsc.delivered == sent)
        messages = await received(here)
        events = await told(here)
    assert [m.text for m in messages] == [LONG] * len(orders)
    assert sorted(e.sender for e in events) == sorted(m.sender for m in messages)
    assert {(m.segments, m.total) for m in messages} == {(5, 5)}


async def test_segments_wait_in_the_store_for_the_rest(engine: str) -> None:
    """The node ends in between, without a word, and another one takes the last segment."""
    async with house(engine, SHARED, changes=ALICE) as here:
        pieces = typed(Utterance(sender=HANDSET, to=OURS, text=LONG), 9)
        for pdu in (pieces[4], pieces[0], pieces[2]):
            here.smsc.post_later("dragoman", [Parcel(pdu)], 0.0)
        await here.smsc.wait_until(lambda: here.smsc.delivered == 3)
        await here.crash()
        await here.start()
        await here.until_up()
        assert await received(here) == []
        for pdu in (pieces[1], pieces[3], pieces[0]):
            here.smsc.post_later("dragoman", [Parcel(pdu)], 0.0)
        await here.smsc.wait_until(lambda: here.smsc.delivered == 6)
        assert [m.text for m in await received(here)] == [LONG]
        assert len(await told(here)) == 1


async def test_what_came_is_delivered_when_the_rest_stays_away(engine: str) -> None:
    times = iter(range(1_900_000_000_000_000, 1_900_000_400_000_000))
    late_us = 0

    def clock_us() -> int:
        return next(times) + late_us

    async with house(engine, SHARED, changes=ALICE, clock_us=clock_us) as here:
        here.smsc.utter(Utterance(sender=HANDSET, to=OURS, text=LONG, order=(1, 2, 4, 5)))
        await here.smsc.wait_until(lambda: here.smsc.delivered == 4)
        await here.do_chore(here.node.chores._close_stale)
        assert await received(here) == []
        late_us = 301_000_000
        await here.do_chore(here.node.chores._close_stale)
        [message] = await received(here)
        [event] = await told(here)
        assert (message.segments, message.total, message.is_whole) == (4, 5, False)
        assert (event.segments, event.missing) == (5, 1)
        assert event.text == message.text == LONG[:306] + GAP + LONG[459:]
        await here.do_chore(here.node.chores._close_stale)
        assert len(await received(here)) == 1


async def test_pain_37_a_repeated_deliver_sm_makes_one_event(engine: str) -> None:
    """In one group and in two, short and long; the same words an hour later are news."""
    late_us = 0

    def clock_us() -> int:
        return 1_900_000_000_000_000 + late_us

    async with house(engine, SHARED, changes=ALICE, clock_us=clock_us) as here:
        pdu = typed(Utterance(sender=HANDSET, to=OURS, text="Yes"))[0]
        here.smsc.post_later("dragoman", [Parcel(pdu), Parcel(pdu)], 0.0)
        await here.smsc.wait_until(lambda: here.smsc.delivered == 2)
        here.smsc.post_later("dragoman", [Parcel(pdu)], 0.0)
        await here.smsc.wait_until(lambda: here.smsc.delivered == 3)
        assert [m.text for m in await received(here)] == ["Yes"]
        assert len(await told(here)) == 1
        assert here.node.counters.inbound_repeated == 2
        late_us = 3_600_000_000
        here.smsc.post_later("dragoman", [Parcel(pdu)], 0.0)
        await here.smsc.wait_until(lambda: here.smsc.delivered == 4)
        assert [e.text for e in await told(here)] == ["Yes", "Yes"]


OWNED = {
    "a number": (OURS, "Hi", "alice"),
    "the default owner": ("60070", "Hi", "alice"),
    "a keyword": ("60070", "win a car", "bob"),
    "a longer word": ("60070", "window", "alice"),
    "nobody's": ("60071", "Hi", ""),
}


async def test_who_gets_what(engine: str) -> None:
    async with house(engine, SHARED, changes=ALICE) as here:
        for number, text, _ in OWNED.values():
            await utter(here, to=number, text=text)
        names = {i: view.account.name for i, view in here.node.world.snapshot.views_by_id.items()}
        owners = [names.get(m.account_id, "") for m in await received(here)]
        events = [names[e.account_id] for e in await told(here)]
        assert here.node.counters.inbound_unclaimed == 1
    assert owners == [owner for _, _, owner in OWNED.values()]
    assert events == [owner for owner in owners if owner]


async def test_a_reply_brings_back_the_context_of_what_it_answers(engine: str) -> None:
    """The latest message counts, also one without a context; a restart forgets nothing."""
    fields = {"username": "alice", "password": "secret", "text": "Hi", "to": HANDSET}

    async def say(here: House, **more: str) -> None:
        async with here.customer() as one:
            answer = await one.get(sendmsg(**fields, **more))
            assert answer.text.startswith("ID:"), answer

    async with house(engine, SHARED, changes=ALICE) as here:
        await say(here, usercontext="order-76", **{"from": OURS})
        await say(here, usercontext="order-77", **{"from": OURS})
        await utter(here, text="Yes please")
        await utter(here, text="Really")
        await utter(here, text="To another number", to="60070")
        await here.stop()
        await here.start()
        await here.until_up()
        await utter(here, text="After a restart")
        await say(here, **{"from": OURS})
        await utter(here, text="And now?")
        contexts = [(e.text, e.context) for e in await told(here)]
        assert contexts == [
            ("Yes please", "order-77"),
            ("Really", "order-77"),
            ("To another number", ""),
            ("After a restart", "order-77"),
            ("And now?", ""),
        ]
        second = (await here.messages())[1]
        life = await here.life(second.id)
        assert "reply" in {event.kind for event in life.events}


async def test_each_conversation_of_a_pool_has_its_own_number(engine: str) -> None:
    pool = ["447700900001", "447700900002"]
    numbers = "".join(f'[[number]]\nnumber = "{n}"\naccount = "alice"\n' for n in pool)
    changes = {"account.alice": {**ALICE["account.alice"], "sender_pool": pool}}
    fields = {"username": "alice", "password": "secret", "text": "Hi", "to": HANDSET}
    async with house(engine, SHARED + numbers, changes=changes) as here:
        async with here.customer() as one:
            for context in ("a", "b", "a"):
                await one.get(sendmsg(**fields, usercontext=context))
        first, second, third = [m.sender for m in await here.messages()]
        assert sorted({first, second}) == pool
        assert third == first
        await utter(here, text="to the second", to=second)
        await utter(here, text="to the first", to=first)
        contexts = [(e.text, e.context) for e in await told(here)]
    assert contexts == [("to the second", "b"), ("to the first", "a")]


async def test_the_network_of_the_sender_is_told(engine: str) -> None:
    async with house(engine, SHARED, changes=ALICE) as here:
        async with here.store.transaction() as tx:
            await put_networks(tx, {"447710": "234010"}.items(), instead=True)
        await here.until_live()
        await utter(here, text="Hi")
        await utter(here, text="Hi", sender="447711012345")
        assert [e.network for e in await told(here)] == ["234010", ""]


async def test_handsets_answer_by_themselves(engine: str) -> None:
    async with house(engine, SHARED, changes=ALICE) as here:
        here.smsc.handsets.behave(HANDSET, Behaviour(reply="I am at lunch"))
        await here.send(HANDSET, LONG, sender=OURS)
        await here.smsc.wait_until(lambda: here.smsc.waiting() == 0)

        async def came() -> bool:
            return bool(await received(here))

        await here.until(came)
        [message] = await received(here)
        assert (message.text, message.sender, message.recipient) == ("I am at lunch", HANDSET, OURS)


async def test_what_is_typed_before_anybody_is_bound_waits_for_the_first(sqlite_url: str) -> None:
    async with house(sqlite_url, SHARED, changes=ALICE, is_up=False) as here:
        here.smsc.utter(Utterance(sender=HANDSET, to=OURS, text="Is anybody there?"))
        await here.smsc.start()
        await here.smsc.wait_until(lambda: here.smsc.delivered == 1)
        assert [m.text for m in await received(here)] == ["Is anybody there?"]
