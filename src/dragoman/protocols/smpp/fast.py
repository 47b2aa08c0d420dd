"""Hand-written codecs for the PDUs that carry the traffic; equal to the table-driven ones.

A message costs one submit_sm, one submit_sm_resp, one deliver_sm and one deliver_sm_resp, so
these four decide what a gateway can do.  Each function here treats the usual case in straight
code and hands anything else to `layout`, which alone knows tolerance and the words of errors.
Source: SMPP 3.4 sections 4.4 (submit_sm), 4.6 (deliver_sm).
"""

from __future__ import annotations

import struct

from dragoman.protocols.smpp.layout import (
    decode_body,
    decode_tlvs,
    encode_body,
    encode_tlvs,
)
from dragoman.protocols.smpp.pdus import (
    DeliverSm,
    DeliverSmResp,
    Pdu,
    ShortMessage,
    SubmitSm,
    SubmitSmResp,
)

HEADER = struct.Struct(">IIII")
HEADER_OCTETS = HEADER.size

_RESPONSE_WITHOUT_ID = struct.Struct(">IIIIx")


def encode_short_message(pdu: ShortMessage, sequence: int, status: int) -> bytes:
    """Return a submit_sm or deliver_sm as a frame."""
    service_type = pdu.service_type
    source = pdu.source_addr
    destination = pdu.destination_addr
    schedule = pdu.schedule_delivery_time
    validity = pdu.validity_period
    text = pdu.short_message
    if (
        len(service_type) > 5
        or len(source) > 20
        or len(destination) > 20
        or len(schedule) > 16
        or len(validity) > 16
        or len(text) > 254
        or 0 in service_type + source + destination + schedule + validity
    ):
        return _frame(pdu, encode_body(pdu), sequence, status)  # raises, and names the field
    try:
        body = b"%b\0%c%c%b\0%c%c%b\0%c%c%c%b\0%b\0%c%c%c%c%c%b" % (
            service_type,
            pdu.source_addr_ton,
            pdu.source_addr_npi,
            source,
            pdu.dest_addr_ton,
            pdu.dest_addr_npi,
            destination,
            pdu.esm_class,
            pdu.protocol_id,
            pdu.priority_flag,
            schedule,
            validity,
            pdu.registered_delivery,
            pdu.replace_if_present_flag,
            pdu.data_coding,
            pdu.sm_default_msg_id,
            len(text),
            text,
        )
    except OverflowError:
        return _frame(pdu, encode_body(pdu), sequence, status)  # raises, and names the field
    if pdu.tlvs:
        body += encode_tlvs(pdu.tlvs)
    return _frame(pdu, body, sequence, status)


def decode_submit_sm(data: bytes, start: int, end: int) -> Pdu:
    """Return the submit_sm whose body is `data[start:end]`; raise BodyError."""
    return _decode_short_message(SubmitSm, data, start, end)


def decode_deliver_sm(data: bytes, start: int, end: int) -> Pdu:
    """Return the deliver_sm whose body is `data[start:end]`; raise BodyError."""
    return _decode_short_message(DeliverSm, data, start, end)


def decode_submit_sm_resp(data: bytes, start: int, end: int) -> Pdu:
    """Return the submit_sm_resp whose body is `data[start:end]`, whatever that holds."""
    if data.find(0, start, end) == end - 1 >= start:
        return SubmitSmResp(data[start : end - 1])
    return decode_body(SubmitSmResp, data, start, end)


def decode_deliver_sm_resp(data: bytes, start: int, end: int) -> Pdu:
    """Return the deliver_sm_resp whose body is `data[start:end]`, whatever that holds."""
    if end - start == 1 and data[start] == 0:
        return _EMPTY_DELIVER_SM_RESP
    return decode_body(DeliverSmResp, data, start, end)


def encode_submit_sm_resp(pdu: SubmitSmResp, sequence: int, status: int) -> bytes:
    """Return a submit_sm_resp as a frame: bare where it refuses."""
    if status:
        return HEADER.pack(HEADER_OCTETS, pdu.command_id, status, sequence)
    message_id = pdu.message_id
    if len(message_id) > 64 or 0 in message_id or pdu.tlvs:
        return _frame(pdu, encode_body(pdu), sequence, 0)
    return _frame(pdu, message_id + b"\0", sequence, 0)


def encode_deliver_sm_resp(pdu: DeliverSmResp, sequence: int, status: int) -> bytes:
    """Return a deliver_sm_resp as a frame."""
    if pdu.message_id or pdu.tlvs:
        return _frame(pdu, encode_body(pdu), sequence, status)
    return _RESPONSE_WITHOUT_ID.pack(HEADER_OCTETS + 1, pdu.command_id, status, sequence)


_EMPTY_DELIVER_SM_RESP = DeliverSmResp()


def _frame(pdu: Pdu, body: bytes, sequence: int, status: int) -> bytes:
    return HEADER.pack(HEADER_OCTETS + len(body), pdu.command_id, status, sequence) + body


def _decode_short_message(
    command: type[SubmitSm | DeliverSm], data: bytes, start: int, end: int
) -> Pdu:
    """Read the fields in one pass; every `index` fails where the body ends too soon.

    Single octets are read without asking for the end, because positions only grow: the last
    comparison catches what strayed into the next frame.
    """
    index = data.index
    try:
        a = index(0, start, end)
        b = index(0, a + 3, end)
        c = index(0, b + 3, end)
        d = index(0, c + 4, end)
        e = index(0, d + 1, end)
        text = e + 6
        after = text + data[e + 5]
        if after > end:
            return decode_body(command, data, start, end)
        return command(
            data[start:a],
            data[a + 1],
            data[a + 2],
            data[a + 3 : b],
            data[b + 1],
            data[b + 2],
            data[b + 3 : c],
            data[c + 1],
            data[c + 2],
            data[c + 3],
            data[c + 4 : d],
            data[d + 1 : e],
            data[e + 1],
            data[e + 2],
            data[e + 3],
            data[e + 4],
            data[text:after],
            decode_tlvs(data, after, end) if after != end else (),
        )
    except (ValueError, IndexError):
        # Also BodyError of the optional parameters: the table-driven reader says it again.
        return decode_body(command, data, start, end)
