"""PDU bodies to octets and back, driven by the layout that each PDU class declares.

Writing is strict: what the standard does not allow raises EncodeError and never leaves.
Reading is tolerant of requests and lenient with responses: a response must still settle its
request, so what can be read of it is read.  Refuses to know frames, sequence numbers and state.
Source: SMPP 3.4 sections 3.1 (parameter types), 3.2.4 (optional parameters), 4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Annotated, Any, assert_never, get_args, get_origin, get_type_hints

import msgspec

from dragoman.protocols.smpp.pdus import (
    COMMANDS,
    RESPONSE_BIT,
    Counted,
    CString,
    Destinations,
    DistributionList,
    Integer,
    Kind,
    Parameters,
    Pdu,
    SmeAddress,
    Tlvs,
    Unsuccesses,
    UnsuccessSme,
)
from dragoman.protocols.smpp.statuses import CommandStatus

SME_FLAG = 1
LIST_FLAG = 2
MOST_DESTINATIONS = 254

_TAG_AND_LENGTH = struct.Struct(">HH")


class EncodeError(ValueError):
    """A value of ours does not fit its field; nothing was written."""


class BodyError(ValueError):
    """A peer's body cannot be read; `status` is the fitting answer.

    `salvaged` is what could be read of the field at fault, for responses.
    """

    def __init__(self, status: CommandStatus, what: str, salvaged: object = None) -> None:
        super().__init__(what)
        self.status = status
        self.salvaged = salvaged


Field = tuple[str, Kind]
Layout = tuple[Field, ...]


def layout_of(struct_type: type[msgspec.Struct]) -> Layout:
    """Return the fields that a class sends, in order, from its annotations."""
    hints = get_type_hints(struct_type, include_extras=True)
    kinds = ((name, hints[name]) for name in struct_type.__struct_fields__)
    return tuple((name, get_args(hint)[1]) for name, hint in kinds if get_origin(hint) is Annotated)


LAYOUTS: dict[type[Pdu], Layout] = {command: layout_of(command) for command in COMMANDS.values()}

_SME = layout_of(SmeAddress)
_LIST = layout_of(DistributionList)
_UNSUCCESS = layout_of(UnsuccessSme)


def encode_body(pdu: Pdu) -> bytes:
    """Return the octets of a PDU after its header; raise EncodeError naming the field."""
    return _encode_fields(LAYOUTS[type(pdu)], pdu, pdu.command_name)


def decode_body(command: type[Pdu], data: bytes, position: int, end: int) -> Pdu:
    """Return the PDU whose body is `data[position:end]`.

    Raises BodyError for a request that cannot be read.  A response never raises: a refusal
    without a body, a missing NUL or trailing rubbish leave the unread fields at their defaults.
    """
    values: list[Any] = []
    for name, kind in LAYOUTS[command]:
        try:
            value, position = _decode_field(name, kind, data, position, end)
        except BodyError as error:
            if not command.command_id & RESPONSE_BIT:
                raise
            if error.salvaged is not None:
                values.append(error.salvaged)
            break
        values.append(value)
    return command(*values)


def encode_tlvs(tlvs: Tlvs) -> bytes:
    """Return optional parameters as octets; raise EncodeError for a tag or length too large."""
    try:
        return b"".join([_TAG_AND_LENGTH.pack(tag, len(value)) + value for tag, value in tlvs])
    except struct.error as error:
        raise EncodeError(f"optional parameter: {error}") from error


def decode_tlvs(data: bytes, position: int, end: int) -> Tlvs:
    """Return the optional parameters between `position` and `end`, known tags or not.

    Up to three NULs at the end are ignored, and so is one at the start when only then the
    rest can be read: some peers end short_message with a NUL that sm_length does not count.
    """
    tlvs, rest = _read_tlvs(data, position, end)
    if not any(data[rest:end]):
        return tlvs
    if data[position] == 0:
        shifted, shifted_rest = _read_tlvs(data, position + 1, end)
        if shifted_rest == end:
            return shifted
    raise BodyError(
        CommandStatus.ESME_RINVOPTPARSTREAM,
        f"optional parameters break off {end - rest} octets before the end",
        salvaged=tlvs,
    )


def _read_tlvs(data: bytes, position: int, end: int) -> tuple[Tlvs, int]:
    tlvs = []
    while end - position >= _TAG_AND_LENGTH.size:
        tag, length = _TAG_AND_LENGTH.unpack_from(data, position)
        start = position + _TAG_AND_LENGTH.size
        if length > end - start:
            break
        position = start + length
        tlvs.append((tag, data[start:position]))
    return tuple(tlvs), position


def _encode_fields(layout: Layout, value: object, owner: str) -> bytes:
    return b"".join(
        [_encode_field(f"{owner}.{name}", kind, getattr(value, name)) for name, kind in layout]
    )


def _encode_field(name: str, kind: Kind, value: Any) -> bytes:
    match kind:
        case CString(limit=limit):
            if len(value) >= limit or 0 in value:
                raise EncodeError(
                    f"{name} takes at most {limit - 1} octets other than NUL, got {len(value)}"
                )
            return bytes(value) + b"\0"
        case Integer(octets=octets):
            if not 0 <= value < 1 << 8 * octets:
                raise EncodeError(f"{name} takes {octets} octet(s), got {value}")
            return int(value).to_bytes(octets, "big")
        case Counted(limit=limit):
            if len(value) > limit:
                raise EncodeError(f"{name} takes at most {limit} octets, got {len(value)}")
            return bytes((len(value),)) + bytes(value)
        case Destinations():
            if not 1 <= len(value) <= MOST_DESTINATIONS:
                raise EncodeError(f"{name} takes 1 to {MOST_DESTINATIONS}, got {len(value)}")
            return _count_and_join(_encode_destination(name, one) for one in value)
        case Unsuccesses():
            if len(value) > 0xFF:
                raise EncodeError(f"{name} takes at most 255, got {len(value)}")
            return _count_and_join(_encode_fields(_UNSUCCESS, one, name) for one in value)
        case Parameters():
            return encode_tlvs(value)
        case _:
            assert_never(kind)


def _count_and_join(items: Iterable[bytes]) -> bytes:
    encoded = list(items)
    return bytes((len(encoded),)) + b"".join(encoded)


def _encode_destination(name: str, destination: SmeAddress | DistributionList) -> bytes:
    if isinstance(destination, SmeAddress):
        return bytes((SME_FLAG,)) + _encode_fields(_SME, destination, name)
    return bytes((LIST_FLAG,)) + _encode_fields(_LIST, destination, name)


def _decode_field(name: str, kind: Kind, data: bytes, position: int, end: int) -> tuple[Any, int]:
    match kind:
        case CString():
            nul = data.find(0, position, end)
            if nul < 0:
                raise BodyError(
                    CommandStatus.ESME_RINVCMDLEN, f"{name} has no NUL", data[position:end]
                )
            return data[position:nul], nul + 1
        case Integer(octets=octets):
            after = position + octets
            if after > end:
                raise BodyError(CommandStatus.ESME_RINVCMDLEN, f"the PDU ends before {name}")
            return int.from_bytes(data[position:after], "big"), after
        case Counted():
            length, start = _decode_field(name, Integer(1), data, position, end)
            if start + length > end:
                raise BodyError(
                    CommandStatus.ESME_RINVMSGLEN,
                    f"{name} should have {length} octets, {end - start} are left",
                )
            return data[start : start + length], start + length
        case Destinations():
            return _decode_destinations(data, position, end)
        case Unsuccesses():
            return _decode_unsuccesses(data, position, end)
        case Parameters():
            return decode_tlvs(data, position, end), end
        case _:
            assert_never(kind)


def _decode_fields(layout: Layout, data: bytes, position: int, end: int) -> tuple[list[Any], int]:
    values = []
    for name, kind in layout:
        value, position = _decode_field(name, kind, data, position, end)
        values.append(value)
    return values, position


def _decode_destinations(
    data: bytes, position: int, end: int
) -> tuple[tuple[SmeAddress | DistributionList, ...], int]:
    count, position = _decode_field("number_of_dests", Integer(1), data, position, end)
    found: list[SmeAddress | DistributionList] = []
    for _ in range(count):
        flag, position = _decode_field("dest_flag", Integer(1), data, position, end)
        if flag == SME_FLAG:
            values, position = _decode_fields(_SME, data, position, end)
            found.append(SmeAddress(*values))
        elif flag == LIST_FLAG:
            values, position = _decode_fields(_LIST, data, position, end)
            found.append(DistributionList(*values))
        else:
            raise BodyError(CommandStatus.ESME_RINVDESTFLAG, f"dest_flag is {flag}")
    return tuple(found), position


def _decode_unsuccesses(
    data: bytes, position: int, end: int
) -> tuple[tuple[UnsuccessSme, ...], int]:
    count, position = _decode_field("no_unsuccess", Integer(1), data, position, end)
    found: list[UnsuccessSme] = []
    for _ in range(count):
        try:
            values, position = _decode_fields(_UNSUCCESS, data, position, end)
        except BodyError as error:
            raise BodyError(error.status, str(error), salvaged=tuple(found)) from None
        found.append(UnsuccessSme(*values))
    return tuple(found), position
