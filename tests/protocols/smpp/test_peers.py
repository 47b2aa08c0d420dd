"""Frames exchanged with two other people's implementations, smpplib and smpp34, both ways.

smpplib has no submit_multi, cancel_sm, replace_sm and outbind: the first three are read by
smpp34's server in test_loopback, and all four are written out by hand in test_codec.
"""

from typing import Any

import pytest
import smpp34
from smpplib import smpp as smpplib_codec

from dragoman.protocols.smpp.codec import Frame, decode, encode
from dragoman.protocols.smpp.layout import encode_body
from dragoman.protocols.smpp.pdus import (
    AlertNotification,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    QuerySm,
    QuerySmResp,
    SubmitSm,
    SubmitSmResp,
    Tlvs,
    Unbind,
    UnbindResp,
)
from dragoman.protocols.smpp.tlvs import (
    SHAPES,
    Number,
    Octets,
    Tag,
    Text,
    find,
    find_number,
    find_text,
    number,
    octets,
    text,
)
from tests.protocols.smpp.test_codec import FRAMES

SEQUENCE = 0x01020304

SUBMIT = SubmitSm(
    service_type=b"WAP",
    source_addr_ton=5,
    source_addr_npi=0,
    source_addr=b"Dragoman",
    dest_addr_ton=1,
    dest_addr_npi=1,
    destination_addr=b"447700900123",
    esm_class=0x40,
    protocol_id=0x41,
    priority_flag=2,
    schedule_delivery_time=b"020610233429000R",
    validity_period=b"261231235959000+",
    registered_delivery=1,
    replace_if_present_flag=1,
    data_coding=8,
    sm_default_msg_id=7,
    short_message=b"\x05\x00\x03\x01\x02\x01\x00h\xff",
    tlvs=(
        number(Tag.user_message_reference, 0x1234),
        number(Tag.source_port, 9200),
        number(Tag.destination_port, 2948),
        number(Tag.sar_msg_ref_num, 0x0102),
        number(Tag.sar_total_segments, 3),
        number(Tag.sar_segment_seqnum, 2),
        number(Tag.more_messages_to_send, 1),
        number(Tag.privacy_indicator, 1),
        number(Tag.user_response_code, 9),
        number(Tag.display_time, 1),
        number(Tag.ms_validity, 1),
        number(Tag.language_indicator, 2),
    ),
)
RECEIPT = DeliverSm(
    service_type=b"CMT",
    source_addr_ton=1,
    source_addr_npi=1,
    source_addr=b"447700900123",
    dest_addr_ton=2,
    dest_addr_npi=8,
    destination_addr=b"1234",
    esm_class=4,
    protocol_id=1,
    priority_flag=1,
    registered_delivery=1,
    data_coding=3,
    short_message=b"id:0123456789 stat:DELIVRD err:000 text:\xe9t\xe9",
    tlvs=(
        octets(Tag.network_error_code, b"\x03\x00\x0a"),
        number(Tag.message_state, 2),
        text(Tag.receipted_message_id, b"0123456789"),
    ),
)

# What smpplib knows: (PDU, status).
KNOWN_TO_SMPPLIB: dict[str, tuple[Pdu, int]] = {
    "bind_receiver": (BindReceiver(b"rx", b"pw", b"VMS", 0x34, 1, 1, b"^44"), 0),
    "bind_transmitter": (BindTransmitter(b"tx", b"secret08", b"", 0x34, 5, 9, b""), 0),
    "bind_transceiver": (BindTransceiver(b"trx", b"pw"), 0),
    "bind_receiver_resp": (BindReceiverResp(b"smsc"), 0),
    "bind_transmitter_resp": (BindTransmitterResp(b"smsc"), 0),
    "bind_transceiver_resp": (
        BindTransceiverResp(b"smsc", (number(Tag.sc_interface_version, 0x34),)),
        0,
    ),
    "unbind": (Unbind(), 0),
    "unbind_resp": (UnbindResp(), 0),
    "enquire_link": (EnquireLink(), 0),
    "enquire_link_resp": (EnquireLinkResp(), 0),
    "generic_nack": (GenericNack(), 3),
    "submit_sm": (SUBMIT, 0),
    "submit_sm, empty": (SubmitSm(), 0),
    "submit_sm_resp": (SubmitSmResp(b"0a1b-2c"), 0),
    "deliver_sm": (RECEIPT, 0),
    "deliver_sm_resp": (DeliverSmResp(), 0),
    "data_sm": (
        DataSm(
            service_type=b"CMT",
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=b"44",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=b"33",
            esm_class=1,
            registered_delivery=1,
            data_coding=4,
            tlvs=(
                number(Tag.source_port, 1),
                number(Tag.qos_time_to_live, 86_400),
                octets(Tag.message_payload, b"\x00\xff" * 60),
            ),
        ),
        0,
    ),
    "data_sm_resp": (DataSmResp(b"8"), 0),
    "query_sm": (QuerySm(b"9", 1, 1, b"44"), 0),
    "query_sm_resp": (QuerySmResp(b"9", b"261231235959000+", 2, 3), 0),
    "alert_notification": (
        AlertNotification(1, 1, b"44", 2, 3, b"33", (number(Tag.ms_availability_status, 1),)),
        0,
    ),
}


class Numbering:
    """What smpplib asks of its client: the sequence number."""

    sequence = SEQUENCE

    def next_sequence(self) -> int:
        return self.sequence


def their_values(pdu: Pdu) -> dict[str, object]:
    """Return a PDU's fields and optional parameters as smpplib takes them: by name, as str."""
    values: dict[str, object] = {}
    for name in pdu.__struct_fields__:
        value = getattr(pdu, name)
        if name == "tlvs":
            values |= {Tag(tag).name: by_shape(value, Tag(tag)) for tag, _ in value}
        elif isinstance(value, bytes) and name != "short_message":
            values[name] = value.decode("ascii")
        else:
            values[name] = value
    return values


def by_shape(tlvs: Tlvs, tag: Tag) -> object:
    match SHAPES[tag]:
        case Number():
            return find_number(tlvs, tag)
        case Text():
            return (find_text(tlvs, tag) or b"").decode("ascii")
        case Octets():
            return find(tlvs, tag)


@pytest.mark.parametrize(("pdu", "status"), KNOWN_TO_SMPPLIB.values(), ids=KNOWN_TO_SMPPLIB)
def test_smpplib_reads_what_we_write(pdu: Pdu, status: int) -> None:
    theirs = smpplib_codec.parse_pdu(encode(pdu, SEQUENCE, status), client=Numbering())
    assert (theirs.command, theirs.status, theirs.sequence) == (
        pdu.command_name,
        status,
        SEQUENCE,
    )
    for name, value in their_values(pdu).items():
        read = getattr(theirs, name)
        assert (read.decode("ascii") if isinstance(value, str) else read or type(value)()) == value


@pytest.mark.parametrize(("pdu", "status"), KNOWN_TO_SMPPLIB.values(), ids=KNOWN_TO_SMPPLIB)
def test_we_read_what_smpplib_writes(pdu: Pdu, status: int) -> None:
    theirs = smpplib_codec.make_pdu(pdu.command_name, client=Numbering(), **their_values(pdu))
    theirs.status = status
    read = decode(theirs.generate())
    assert isinstance(read, Frame)
    assert (read.status, read.sequence) == (status, SEQUENCE)
    assert in_order(read.pdu) == in_order(pdu)


def in_order(pdu: Pdu) -> tuple[object, ...]:
    """Return a PDU's values with the optional parameters sorted: their order means nothing."""
    values = {name: getattr(pdu, name) for name in pdu.__struct_fields__}
    return type(pdu), *(sorted(value) if n == "tlvs" else value for n, value in values.items())


TEXT_FIELDS = {name for name in SUBMIT.__struct_fields__ if name not in {"tlvs", "short_message"}}
KNOWN_TO_SMPP34: dict[str, SubmitSm | DeliverSm] = {
    "submit_sm": SUBMIT,
    "submit_sm, empty": SubmitSm(),
    "submit_sm, vendor's TLVs": SubmitSm(tlvs=((0x1400, b"1101\0"), (0x3FFF, b""))),
    "submit_sm, payload": SubmitSm(tlvs=(octets(Tag.message_payload, b"x" * 1_000),)),
    "deliver_sm": RECEIPT,
    "deliver_sm, longest": DeliverSm(short_message=bytes(range(254))),
}


def as_smpp34(pdu: SubmitSm | DeliverSm) -> dict[str, object]:
    values = {name: getattr(pdu, name) for name in pdu.__struct_fields__}
    return {
        name: value.decode("ascii") if name in TEXT_FIELDS and isinstance(value, bytes) else value
        for name, value in values.items()
    }


@pytest.mark.parametrize("pdu", KNOWN_TO_SMPP34.values(), ids=KNOWN_TO_SMPP34)
def test_smpp34_reads_what_we_write(pdu: SubmitSm | DeliverSm) -> None:
    theirs = smpp34.decode(encode(pdu, SEQUENCE))
    assert (theirs.command_id, theirs.sequence_number) == (pdu.command_id, SEQUENCE)
    for name, value in as_smpp34(pdu).items():
        read = getattr(theirs, name)
        assert (tuple((t.tag, t.value) for t in read) if name == "tlvs" else read) == value


@pytest.mark.parametrize("pdu", KNOWN_TO_SMPP34.values(), ids=KNOWN_TO_SMPP34)
def test_we_read_what_smpp34_writes(pdu: SubmitSm | DeliverSm) -> None:
    their_class: Any = smpp34.SubmitSm if isinstance(pdu, SubmitSm) else smpp34.DeliverSm
    values = as_smpp34(pdu) | {"tlvs": [smpp34.Tlv(tag, value) for tag, value in pdu.tlvs]}
    octets_ = their_class(**values, sequence_number=SEQUENCE).encode()
    assert decode(octets_) == Frame(pdu, 0, SEQUENCE)
    assert octets_ == encode(pdu, SEQUENCE)


OTHERS = {
    label: (pdu, status)
    for label, (pdu, status, body) in FRAMES.items()
    if not isinstance(pdu, SubmitSm | DeliverSm) and (body or not status)
}


@pytest.mark.parametrize(("pdu", "status"), OTHERS.values(), ids=OTHERS)
def test_smpp34_parts_every_frame_as_we_do(pdu: Pdu, status: int) -> None:
    theirs = smpp34.decode(encode(pdu, SEQUENCE, status))
    assert isinstance(theirs, smpp34.RawPdu)
    assert theirs.command_id == pdu.command_id
    assert theirs.command_status == status
    assert theirs.sequence_number == SEQUENCE
    assert theirs.body == encode_body(pdu)
