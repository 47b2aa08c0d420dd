"""Frames of every command: octet for octet, there and back, and what must never be written."""

import pytest
from hypothesis import given

from dragoman.protocols.smpp.codec import BadBody, BrokenFrame, EncodeError, Frame, decode, encode
from dragoman.protocols.smpp.pdus import (
    COMMANDS,
    AlertNotification,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    DistributionList,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SmeAddress,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
    UnsuccessSme,
)
from dragoman.protocols.smpp.statuses import CommandStatus
from dragoman.protocols.smpp.tlvs import Tag, number, octets, text
from tests.protocols.smpp.strategies import PDUS, SEQUENCES

# Written by hand from the tables of chapter 4: field by field, in the order of the standard.
# name -> (pdu, status, body in hexadecimal)
FRAMES: dict[str, tuple[Pdu, int, str]] = {
    "generic_nack": (GenericNack(), 3, ""),
    "bind_receiver": (
        BindReceiver(b"rx", b"pw", b"VMS", 0x34, 1, 1, b"^44"),
        0,
        "727800 707700 564d5300 34 01 01 5e343400",
    ),
    "bind_transmitter": (
        BindTransmitter(b"SMPP3TEST", b"secret08", b"SUBMIT1", 0x50, 1, 1, b""),
        0,
        "534d50503354455354 00 7365637265743038 00 5355424d495431 00 50 01 01 00",
    ),
    "bind_transceiver": (BindTransceiver(), 0, "00 00 00 34 00 00 00"),
    "bind_receiver_resp": (BindReceiverResp(b"smsc"), 0, "736d736300"),
    "bind_transmitter_resp": (BindTransmitterResp(b"smsc"), 0, "736d736300"),
    "bind_transceiver_resp": (
        BindTransceiverResp(b"smsc", (number(Tag.sc_interface_version, 0x34),)),
        0,
        "736d736300 0210 0001 34",
    ),
    "a bind refused has no body": (BindTransceiverResp(b"smsc"), 0x0E, ""),
    "outbind": (Outbind(b"smsc", b"pw"), 0, "736d736300 707700"),
    "unbind": (Unbind(), 0, ""),
    "unbind_resp": (UnbindResp(), 0, ""),
    "enquire_link": (EnquireLink(), 0, ""),
    "enquire_link_resp": (EnquireLinkResp(), 0, ""),
    "submit_sm": (
        SubmitSm(
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
            short_message=b"\x05\x00\x03\x01\x02\x01\x00h",
            tlvs=(number(Tag.user_message_reference, 0x1234), (0x1400, b"1107")),
        ),
        0,
        (
            "57415000 05 00 447261676f6d616e00 01 01 34343737303039303031323300 40 41 02"
            "3032303631303233333432393030305200 3236313233313233353935393030302b00"
            "01 01 08 07 08 0500030102010068 0204 0002 1234 1400 0004 31313037"
        ),
    ),
    "submit_sm_resp": (SubmitSmResp(b"0a1b"), 0, "3061316200"),
    "a submit_sm refused has no body": (SubmitSmResp(), 0x58, ""),
    "submit_multi": (
        SubmitMulti(
            source_addr_ton=1,
            source_addr=b"1",
            dest_address=(SmeAddress(1, 2, b"44"), DistributionList(b"staff")),
            short_message=b"hi",
        ),
        0,
        "00 01 00 3100 02 01 01 02 343400 02 737461666600 00 00 00 00 00 00 00 00 00 02 6869",
    ),
    "submit_multi_resp": (
        SubmitMultiResp(b"7", (UnsuccessSme(1, 1, b"44", 0x0B),)),
        0,
        "3700 01 01 01 343400 0000000b",
    ),
    "deliver_sm": (
        DeliverSm(
            source_addr=b"44",
            destination_addr=b"33",
            esm_class=4,
            short_message=b"id:1",
            tlvs=(text(Tag.receipted_message_id, b"1"), number(Tag.message_state, 2)),
        ),
        0,
        (
            "00 00 00 343400 00 00 333300 04 00 00 00 00 00 00 00 00 04 69643a31"
            "001e 0002 3100 0427 0001 02"
        ),
    ),
    "deliver_sm_resp": (DeliverSmResp(), 0, "00"),
    "deliver_sm refused": (DeliverSmResp(), 0x64, "00"),
    "data_sm": (
        DataSm(
            service_type=b"",
            source_addr=b"44",
            destination_addr=b"33",
            registered_delivery=1,
            data_coding=4,
            tlvs=(octets(Tag.message_payload, b"\x00\xff"),),
        ),
        0,
        "00 00 00 343400 00 00 333300 00 01 04 0424 0002 00ff",
    ),
    "data_sm_resp": (DataSmResp(b"8"), 0, "3800"),
    "data_sm refused": (
        DataSmResp(b"", (number(Tag.delivery_failure_reason, 1),)),
        0xFE,
        "00 0425 0001 01",
    ),
    "query_sm": (QuerySm(b"9", 1, 1, b"44"), 0, "3900 01 01 343400"),
    "query_sm_resp": (
        QuerySmResp(b"9", b"261231235959000+", 2, 3),
        0,
        "3900 3236313233313233353935393030302b00 02 03",
    ),
    "cancel_sm": (
        CancelSm(b"", b"9", 1, 1, b"44", 1, 1, b"33"),
        0,
        "00 3900 01 01 343400 01 01 333300",
    ),
    "cancel_sm_resp": (CancelSmResp(), 0, ""),
    "replace_sm": (
        ReplaceSm(b"9", 1, 1, b"44", b"", b"", 1, 0, b"new"),
        0,
        "3900 01 01 343400 00 00 01 00 03 6e6577",
    ),
    "replace_sm_resp": (ReplaceSmResp(), 0, ""),
    "alert_notification": (
        AlertNotification(1, 1, b"44", 0, 0, b"33", (number(Tag.ms_availability_status, 1),)),
        0,
        "01 01 343400 00 00 333300 0422 0001 01",
    ),
}


@pytest.mark.parametrize(("pdu", "status", "body"), FRAMES.values(), ids=FRAMES)
def test_frame_octet_for_octet(pdu: Pdu, status: int, body: str) -> None:
    octets_ = bytes.fromhex(body)
    frame = b"".join(
        value.to_bytes(4, "big")
        for value in (16 + len(octets_), pdu.command_id, status, 0x01020304)
    )
    assert encode(pdu, 0x01020304, status) == frame + octets_
    if octets_ or not status:
        assert decode(frame + octets_) == Frame(pdu, status, 0x01020304)
    else:
        assert decode(frame) == Frame(type(pdu)(), status, 0x01020304)


def test_every_command_of_the_standard_has_a_frame_above() -> None:
    assert {type(pdu) for pdu, _, _ in FRAMES.values()} == set(COMMANDS.values())


@given(PDUS, SEQUENCES)
def test_what_is_written_is_read(pdu: Pdu, sequence: int) -> None:
    assert decode(encode(pdu, sequence)) == Frame(pdu, 0, sequence)


UNLAWFUL: dict[str, tuple[Pdu, str]] = {
    "address too long": (SubmitSm(source_addr=b"1" * 21), "submit_sm.source_addr"),
    "destination too long": (DeliverSm(destination_addr=b"1" * 21), "deliver_sm.destination_addr"),
    "text too long": (SubmitSm(short_message=b"x" * 255), "submit_sm.short_message"),
    "text too long to replace": (ReplaceSm(short_message=b"x" * 255), "replace_sm.short_message"),
    "NUL inside a C-octet string": (SubmitSm(destination_addr=b"4\x004"), "destination_addr"),
    "octet above 255": (SubmitSm(data_coding=256), "submit_sm.data_coding"),
    "negative octet": (SubmitSm(esm_class=-1), "submit_sm.esm_class"),
    "service type too long": (SubmitSm(service_type=b"123456"), "submit_sm.service_type"),
    "time too long": (SubmitSm(validity_period=b"1" * 17), "submit_sm.validity_period"),
    "schedule too long": (SubmitSm(schedule_delivery_time=b"1" * 17), "schedule_delivery_time"),
    "message id too long": (SubmitSmResp(b"1" * 65), "submit_sm_resp.message_id"),
    "NUL inside a message id": (SubmitSmResp(b"1\x00"), "submit_sm_resp.message_id"),
    "message id of deliver_sm_resp": (DeliverSmResp(b"1" * 65), "deliver_sm_resp.message_id"),
    "system type too long": (BindReceiver(system_type=b"1" * 13), "bind_receiver.system_type"),
    "nobody to submit to": (SubmitMulti(), "submit_multi.dest_address"),
    "too many to submit to": (
        SubmitMulti(dest_address=(SmeAddress(),) * 255),
        "submit_multi.dest_address",
    ),
    "a bad one among many": (
        SubmitMulti(dest_address=(SmeAddress(destination_addr=b"1" * 21),)),
        "submit_multi.dest_address.destination_addr",
    ),
    "too many that failed": (
        SubmitMultiResp(unsuccess_sme=(UnsuccessSme(),) * 256),
        "submit_multi_resp.unsuccess_sme",
    ),
    "optional parameter too long": (
        DataSm(tlvs=((Tag.message_payload, b"x" * 65_536),)),
        "optional parameter",
    ),
    "optional parameter's tag too large": (SubmitSm(tlvs=((0x10000, b""),)), "optional parameter"),
}


@pytest.mark.parametrize(("pdu", "named"), UNLAWFUL.values(), ids=UNLAWFUL)
def test_the_writer_is_strict(pdu: Pdu, named: str) -> None:
    with pytest.raises(EncodeError, match=named):
        encode(pdu, 1)


@pytest.mark.parametrize(("sequence", "status"), [(1 << 32, 0), (-1, 0), (1, 1 << 32), (1, -1)])
def test_a_header_that_does_not_fit_is_refused(sequence: int, status: int) -> None:
    with pytest.raises(EncodeError, match="sequence"):
        encode(EnquireLink(), sequence, status)


def test_a_password_is_not_shown() -> None:
    """Pain 40: what is logged shows no secret."""
    for pdu in (BindTransceiver(b"me", b"hunter2"), Outbind(b"me", b"hunter2")):
        assert "hunter2" not in repr(pdu)
        assert "me" in repr(pdu)


BROKEN: dict[str, tuple[str, str]] = {
    "nothing": ("", "0 octets"),
    "half a header": ("00000010 00000015", "8 octets"),
    "a length below a header": ("0000000f 00000015 00000000 00000001", "command_length is 15"),
    "a length beyond the octets": ("00000011 00000015 00000000 00000001", "command_length is 17"),
    "a web scan": (b"GET / HTTP/1.1\r\n\r\n".hex(), "command_length is 1195725856"),
}


@pytest.mark.parametrize(("frame", "what"), BROKEN.values(), ids=BROKEN)
def test_octets_that_are_no_frame(frame: str, what: str) -> None:
    broken = decode(bytes.fromhex(frame))
    assert isinstance(broken, BrokenFrame)
    assert what in broken.what


def test_an_unknown_command_keeps_its_header() -> None:
    bad = decode(bytes.fromhex("00000010 00000666 00000000 00000009"))
    assert bad == BadBody(
        0x666, 0, 9, CommandStatus.ESME_RINVCMDID, "command 0x00000666 is not in SMPP 3.4"
    )


SPOILT: dict[str, tuple[str, CommandStatus, str]] = {
    "an address without its NUL": (
        "00000014 00000005 00000000 00000009 00000034",
        CommandStatus.ESME_RINVCMDLEN,
        "source_addr has no NUL",
    ),
    "a destination that is neither": (
        "0000001b 00000021 00000000 00000009 00 00 00 00 01 03 343400 00 00",
        CommandStatus.ESME_RINVDESTFLAG,
        "dest_flag is 3",
    ),
    "fewer destinations than announced": (
        "0000001a 00000021 00000000 00000009 00 00 00 00 02 02 343400 00",
        CommandStatus.ESME_RINVDESTFLAG,
        "dest_flag is 0",
    ),
    "no body at all": (
        "00000010 00000009 00000000 00000009",
        CommandStatus.ESME_RINVCMDLEN,
        "system_id has no NUL",
    ),
}


@pytest.mark.parametrize(("octets_", "answer", "what"), SPOILT.values(), ids=SPOILT)
def test_a_bad_body_says_what_to_answer(octets_: str, answer: CommandStatus, what: str) -> None:
    frame = bytes.fromhex(octets_)
    command_id = int.from_bytes(frame[4:8], "big")
    assert decode(frame) == BadBody(command_id, 0, 9, answer, what)
