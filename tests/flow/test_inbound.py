"""What carriers deliver is stored before it is acknowledged, whatever it is made of."""

from dragoman.carriers.simulator.reports import Parcel
from dragoman.model.states import State
from dragoman.protocols.smpp.pdus import DeliverSm
from dragoman.protocols.smpp.tlvs import Tag
from dragoman.store.errors import StoreRefused
from tests.flow.house import House, house
from tests.flow.reports import RECEIPT

TO = "447700900001"


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
]


async def test_pain_29_hostile_deliveries_disturb_nobody(engine: str) -> None:
    """Whatever octets a carrier sends: acknowledged, and customers notice nothing."""
    async with house(engine) as here, here.customer() as one:
        for pdu in HOSTILE:
            here.smsc.post_later("dragoman", [Parcel(pdu)], 0.0)
            await one.send(TO)
        await here.smsc.wait_until(lambda: here.smsc.delivered >= len(HOSTILE))
        await here.until_tally({State.DELIVERED: len(HOSTILE)})
        assert here.node.counters.commits_failed == 0
        assert len(here.smsc.binds) == 1
