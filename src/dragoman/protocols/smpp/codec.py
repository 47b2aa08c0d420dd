"""SMPP frames: a header of sixteen octets and a body, out of a PDU and back into one.

`encode` is strict.  `decode` has three answers: a Frame; a BadBody, whose header stands so that
it can be answered and survived; a BrokenFrame, after which the stream has no next frame.
Refuses to know connections and state.  Source: SMPP 3.4 sections 3.2 (format), 5.1 (header).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from dragoman.protocols.smpp import fast
from dragoman.protocols.smpp.fast import HEADER, HEADER_OCTETS
from dragoman.protocols.smpp.layout import BodyError, EncodeError, decode_body, encode_body
from dragoman.protocols.smpp.pdus import (
    COMMANDS,
    DeliverSm,
    DeliverSmResp,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    command_name,
)
from dragoman.protocols.smpp.statuses import CommandStatus

__all__ = [
    "DECODERS",
    "HEADER",
    "HEADER_OCTETS",
    "MOST_FRAME_OCTETS",
    "BadBody",
    "BodyError",
    "BrokenFrame",
    "EncodeError",
    "Frame",
    "decode",
    "encode",
]

# message_payload alone may hold 65,535 octets; the rest of a submit_multi to 254 places fits
# in another 8 KiB.  A length above this is noise, and the stream cannot be trusted any more.
MOST_FRAME_OCTETS = 0x1_2000
LARGEST_SEQUENCE = 0x7FFF_FFFF

Encoder = Callable[[Any, int, int], bytes]
Decoder = Callable[[bytes, int, int], Pdu]


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A frame that was understood."""

    pdu: Pdu
    status: int
    sequence: int


class BadBody(msgspec.Struct, frozen=True, gc=False):
    """A frame whose header stands but whose body or command cannot be read.

    `answer` is the command_status that tells the peer so.
    """

    command_id: int
    status: int
    sequence: int
    answer: CommandStatus
    what: str


class BrokenFrame(msgspec.Struct, frozen=True, gc=False):
    """Octets that are no frame; where the next one begins cannot be known."""

    what: str


def encode(pdu: Pdu, sequence: int, status: int = 0) -> bytes:
    """Return a PDU as a frame; raise EncodeError, naming the field, where it is not lawful.

    A bind or submit_sm response with a status other than 0 goes without its body, as the
    standard wants (SMPP 3.4 sections 4.1.2, 4.4.2).
    """
    try:
        return ENCODERS[type(pdu)](pdu, sequence, status)
    except struct.error as error:
        raise EncodeError(f"sequence {sequence} or status {status}: {error}") from error


def decode(frame: bytes) -> Frame | BadBody | BrokenFrame:
    """Read exactly one frame."""
    if len(frame) < HEADER_OCTETS:
        return BrokenFrame(f"{len(frame)} octets are less than a header")
    length, command_id, status, sequence = HEADER.unpack_from(frame)
    if length != len(frame) or length > MOST_FRAME_OCTETS:
        return BrokenFrame(f"command_length is {length}, there are {len(frame)} octets")
    decoder = DECODERS.get(command_id)
    if decoder is None:
        what = f"{command_name(command_id)} is not in SMPP 3.4"
        return BadBody(command_id, status, sequence, CommandStatus.ESME_RINVCMDID, what)
    try:
        return Frame(decoder(frame, HEADER_OCTETS, length), status, sequence)
    except BodyError as error:
        return BadBody(command_id, status, sequence, error.status, str(error))


def _encode_by_table(pdu: Pdu, sequence: int, status: int) -> bytes:
    body = b"" if status and pdu.is_bare_on_error else encode_body(pdu)
    return HEADER.pack(HEADER_OCTETS + len(body), pdu.command_id, status, sequence) + body


ENCODERS: dict[type[Pdu], Encoder] = dict.fromkeys(COMMANDS.values(), _encode_by_table) | {
    SubmitSm: fast.encode_short_message,
    DeliverSm: fast.encode_short_message,
    SubmitSmResp: fast.encode_submit_sm_resp,
    DeliverSmResp: fast.encode_deliver_sm_resp,
}

DECODERS: dict[int, Decoder] = {
    number: partial(decode_body, command) for number, command in COMMANDS.items()
} | {
    SubmitSm.command_id: fast.decode_submit_sm,
    DeliverSm.command_id: fast.decode_deliver_sm,
    SubmitSmResp.command_id: fast.decode_submit_sm_resp,
    DeliverSmResp.command_id: fast.decode_deliver_sm_resp,
}
