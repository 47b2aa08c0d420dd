"""Receipts and messages from handsets, as carriers really send them."""

import pytest

from dragoman.carriers.deliveries import STATES, DeliveryReader, Plan
from dragoman.core.ports import Delivery
from dragoman.model.states import State
from dragoman.protocols.smpp.pdus import DataSm, DeliverSm
from dragoman.protocols.smpp.tlvs import Tag
from dragoman.sms.receipts import ReceiptState

TEXT = (
    b"id:0123AB sub:001 dlvrd:001 submit date:2311142213 done date:2311142214"
    b" stat:%b err:%b text:Hello"
)
DELIVERED_TEXT = TEXT % (b"DELIVRD", b"000")


def acknowledge(stored: bool) -> None:
    raise AssertionError("reading acknowledges nothing")


Fields = tuple[bool, str, int, str]

ROWS: dict[str, tuple[DeliverSm | DataSm, bool, Fields]] = {
    "delivered": (
        DeliverSm(esm_class=4, short_message=DELIVERED_TEXT),
        False,
        (True, "0123AB", State.DELIVERED, "000"),
    ),
    "undeliverable with a code of four digits": (
        DeliverSm(esm_class=4, short_message=TEXT % (b"UNDELIV", b"0034")),
        False,
        (True, "0123AB", State.UNDELIVERABLE, "0034"),
    ),
    "accepted is no verdict": (
        DeliverSm(esm_class=4, short_message=TEXT % (b"ACCEPTD", b"000")),
        False,
        (True, "0123AB", State.SENT, "000"),
    ),
    "an intermediate notification": (
        DeliverSm(esm_class=0x20, short_message=TEXT % (b"ENROUTE", b"000")),
        False,
        (True, "0123AB", State.SENT, "000"),
    ),
    "marked UCS2 and plain ASCII": (
        DeliverSm(esm_class=4, data_coding=8, short_message=DELIVERED_TEXT),
        False,
        (True, "0123AB", State.DELIVERED, "000"),
    ),
    "TLVs win over the text": (
        DeliverSm(
            esm_class=4,
            short_message=DELIVERED_TEXT,
            tlvs=(
                (Tag.receipted_message_id, b"77\0"),
                (Tag.message_state, b"\x05"),
                (Tag.network_error_code, b"\x03\x00\x1b"),
            ),
        ),
        False,
        (True, "77", State.UNDELIVERABLE, "027"),
    ),
    "TLVs and no text": (
        DeliverSm(
            esm_class=4,
            tlvs=((Tag.receipted_message_id, b"77"), (Tag.message_state, b"\x02")),
        ),
        False,
        (True, "77", State.DELIVERED, ""),
    ),
    "known by its TLV alone": (
        DeliverSm(tlvs=((Tag.receipted_message_id, b"77\0"), (Tag.message_state, b"\x03"))),
        False,
        (True, "77", State.EXPIRED, ""),
    ),
    "in message_payload": (
        DeliverSm(esm_class=4, tlvs=((Tag.message_payload, DELIVERED_TEXT),)),
        False,
        (True, "0123AB", State.DELIVERED, "000"),
    ),
    "as data_sm": (
        DataSm(esm_class=4, tlvs=((Tag.message_payload, DELIVERED_TEXT),)),
        False,
        (True, "0123AB", State.DELIVERED, "000"),
    ),
    "marked, and nonsense": (
        DeliverSm(esm_class=4, short_message=b"thank you"),
        False,
        (True, "", State.UNKNOWN, ""),
    ),
    "unmarked, at a carrier that does so": (
        DeliverSm(short_message=DELIVERED_TEXT),
        True,
        (True, "0123AB", State.DELIVERED, "000"),
    ),
    "unmarked, at a carrier that does not": (
        DeliverSm(short_message=DELIVERED_TEXT),
        False,
        (False, "", 0, ""),
    ),
    "a person's text at a carrier of unmarked receipts": (
        DeliverSm(short_message=b"id:card please"),
        True,
        (False, "", 0, ""),
    ),
}


@pytest.mark.parametrize(("pdu", "unmarked", "expected"), ROWS.values(), ids=ROWS)
def test_receipts(pdu: DeliverSm | DataSm, unmarked: bool, expected: Fields) -> None:
    """Pain 11 among them: octets first, TLVs before text, and never the declared charset."""
    delivery = DeliveryReader(7, unmarked_receipts=unmarked).read(pdu, acknowledge, 9)
    assert (delivery.is_receipt, delivery.ref, delivery.state, delivery.error) == expected


def test_a_text_from_a_handset_comes_whole() -> None:
    pdu = DeliverSm(
        source_addr_ton=1,
        source_addr=b"+447700900123",
        destination_addr=b"12345",
        esm_class=0x40,
        data_coding=8,
        short_message=b"\5\0\3\1\2\1\0A",
        tlvs=((Tag.user_message_reference, b"\0\1"),),
    )
    delivery = DeliveryReader(7, unmarked_receipts=False).read(pdu, acknowledge, 9)
    assert delivery == Delivery(
        7,
        False,
        acknowledge,
        9,
        sender="447700900123",
        recipient="12345",
        data_coding=8,
        esm_class=0x40,
        octets=b"\5\0\3\1\2\1\0A",
        tlvs={Tag.user_message_reference: b"\0\1"},
    )


def test_every_state_of_the_standard_has_one_of_ours() -> None:
    assert set(STATES) == set(ReceiptState)


UK, US, UNKNOWN = Plan("44", "0"), Plan("1", ""), Plan()
# TON, what stands in the PDU, and what that is by the plan of the carrier.
ADDRESSES = {
    "international": (UK, 1, b"447700900126", "447700900126"),
    "with a plus": (UNKNOWN, 1, b"+447700900126", "447700900126"),
    "with zeros": (UNKNOWN, 0, b"00447700900126", "447700900126"),
    "national": (UK, 2, b"07700900126", "447700900126"),
    "national, of no kind": (UK, 0, b"07700900126", "447700900126"),
    "national, nobody knows where": (UNKNOWN, 2, b"07700900126", "07700900126"),
    "national, without what stands for the country": (US, 2, b"2025550143", "12025550143"),
    "marked as national and is not": (UK, 2, b"447700900126", "447700900126"),
    "a short code": (UK, 3, b"60300", "60300"),
    "a short code, marked as national": (UK, 2, b"60300", "60300"),
    "a short code with zeros": (UK, 0, b"00123", "00123"),
    "a name": (UK, 5, b"00Bank", "00Bank"),
    "no digits": (UK, 0, b"0x\xff1234567", "0x\xff1234567"),
    "nothing": (UK, 0, b"", ""),
}


@pytest.mark.parametrize(("plan", "ton", "octets", "expected"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address(plan: Plan, ton: int, octets: bytes, expected: str) -> None:
    assert plan.read(ton, octets) == expected
