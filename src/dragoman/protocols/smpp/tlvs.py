"""The optional parameters of SMPP 3.4 by name, with typed reading and strict making.

On a PDU they are pairs of tag and octets in the order of the wire, so unknown and repeated ones
travel through unharmed; here is only what the standard says of the known ones.
Source: SMPP 3.4 sections 3.2.4 (encoding), 5.3.2 (definitions).
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from dragoman.protocols.smpp.pdus import Tlv, Tlvs


class Tag(IntEnum):
    """The tags of SMPP 3.4 section 5.3.2, spelled as there."""

    dest_addr_subunit = 0x0005
    dest_network_type = 0x0006
    dest_bearer_type = 0x0007
    dest_telematics_id = 0x0008
    source_addr_subunit = 0x000D
    source_network_type = 0x000E
    source_bearer_type = 0x000F
    source_telematics_id = 0x0010
    qos_time_to_live = 0x0017
    payload_type = 0x0019
    additional_status_info_text = 0x001D
    receipted_message_id = 0x001E
    ms_msg_wait_facilities = 0x0030
    privacy_indicator = 0x0201
    source_subaddress = 0x0202
    dest_subaddress = 0x0203
    user_message_reference = 0x0204
    user_response_code = 0x0205
    source_port = 0x020A
    destination_port = 0x020B
    sar_msg_ref_num = 0x020C
    language_indicator = 0x020D
    sar_total_segments = 0x020E
    sar_segment_seqnum = 0x020F
    sc_interface_version = 0x0210
    callback_num_pres_ind = 0x0302
    callback_num_atag = 0x0303
    number_of_messages = 0x0304
    callback_num = 0x0381
    dpf_result = 0x0420
    set_dpf = 0x0421
    ms_availability_status = 0x0422
    network_error_code = 0x0423
    message_payload = 0x0424
    delivery_failure_reason = 0x0425
    more_messages_to_send = 0x0426
    message_state = 0x0427
    ussd_service_op = 0x0501
    display_time = 0x1201
    sms_signal = 0x1203
    ms_validity = 0x1204
    alert_on_message_delivery = 0x130C
    its_reply_type = 0x1380
    its_session_info = 0x1383


class Number(msgspec.Struct, frozen=True):
    """A value that is an integer of exactly so many octets."""

    octets: int


class Text(msgspec.Struct, frozen=True):
    """A value that is a C-octet string, at most so many octets with its NUL."""

    limit: int


class Octets(msgspec.Struct, frozen=True):
    """A value that is octets, between so many and so many."""

    least: int
    most: int


Shape = Number | Text | Octets

_ONE, _TWO, _FOUR = Number(1), Number(2), Number(4)

# Those not named here are an integer of one octet, as most are.
_OTHER_SHAPES: dict[Tag, Shape] = {
    Tag.dest_telematics_id: _TWO,
    Tag.qos_time_to_live: _FOUR,
    Tag.additional_status_info_text: Text(256),
    Tag.receipted_message_id: Text(65),
    Tag.source_subaddress: Octets(2, 23),
    Tag.dest_subaddress: Octets(2, 23),
    Tag.user_message_reference: _TWO,
    Tag.source_port: _TWO,
    Tag.destination_port: _TWO,
    Tag.sar_msg_ref_num: _TWO,
    Tag.callback_num_atag: Octets(0, 65),
    Tag.callback_num: Octets(4, 19),
    Tag.network_error_code: Octets(3, 3),
    Tag.message_payload: Octets(0, 0xFFFF),
    Tag.sms_signal: _TWO,
    Tag.alert_on_message_delivery: Octets(0, 0),
    Tag.its_session_info: Octets(2, 2),
}
SHAPES: dict[Tag, Shape] = {tag: _OTHER_SHAPES.get(tag, _ONE) for tag in Tag}


class TlvError(ValueError):
    """We tried to make an optional parameter that the standard does not allow."""


def find(tlvs: Tlvs, tag: int) -> bytes | None:
    """Return the octets of the first optional parameter with this tag, if there is one."""
    for found, value in tlvs:
        if found == tag:
            return value
    return None


def find_number(tlvs: Tlvs, tag: int) -> int | None:
    """Return an optional parameter read as an integer, of whatever length the peer chose.

    An empty value has no number in it and is as good as absent.
    """
    value = find(tlvs, tag)
    return int.from_bytes(value, "big") if value else None


def find_text(tlvs: Tlvs, tag: int) -> bytes | None:
    """Return an optional parameter read up to its NUL, which many peers leave out."""
    value = find(tlvs, tag)
    return None if value is None else value.partition(b"\0")[0]


def number(tag: Tag, value: int) -> Tlv:
    """Make an optional parameter that is an integer; raise TlvError where it does not fit."""
    match SHAPES[tag]:
        case Number(octets=octets) if 0 <= value < 1 << 8 * octets:
            return tag.value, value.to_bytes(octets, "big")
        case shape:
            raise TlvError(f"{tag.name} is {shape}, got {value}")


def text(tag: Tag, value: bytes) -> Tlv:
    """Make an optional parameter that is a C-octet string, NUL added; raise TlvError."""
    match SHAPES[tag]:
        case Text(limit=limit) if len(value) < limit and 0 not in value:
            return tag.value, value + b"\0"
        case shape:
            raise TlvError(f"{tag.name} is {shape}, got {len(value)} octets")


def octets(tag: Tag, value: bytes) -> Tlv:
    """Make an optional parameter that is plain octets; raise TlvError where too many or few."""
    match SHAPES[tag]:
        case Octets(least=least, most=most) if least <= len(value) <= most:
            return tag.value, value
        case shape:
            raise TlvError(f"{tag.name} is {shape}, got {len(value)} octets")


def tag_name(tag: int) -> str:
    """Return the standard's name of a tag, or its number in hexadecimal."""
    try:
        return Tag(tag).name
    except ValueError:
        return f"0x{tag:04X}"
