"""The user data header: its information elements, read and written.

Any elements in any order; those that the gateway acts upon have types of their own, all others
stay octets.  Knows nothing of the text behind the header.
Source: 3GPP TS 23.040 section 9.2.3.24.
"""

import struct
from collections.abc import Iterable
from typing import TypeVar, assert_never

import msgspec

CONCATENATION = 0x00
SPECIAL_INDICATION = 0x01
PORTS = 0x04
WIDE_PORTS = 0x05
WIDE_CONCATENATION = 0x08
SINGLE_SHIFT = 0x24
LOCKING_SHIFT = 0x25


class BrokenUdh(ValueError):
    """Octets that are no user data header, or a header that cannot be written."""


class Element(msgspec.Struct, frozen=True):
    """An information element that is only carried through."""

    identifier: int
    octets: bytes


class Concatenation(msgspec.Struct, frozen=True):
    """Which segment of which message; `wide` is the 16-bit reference (9.2.3.24.1 and .8)."""

    reference: int
    total: int
    number: int
    wide: bool = False


class Ports(msgspec.Struct, frozen=True):
    """Application ports; `wide` are those of 16 bits (9.2.3.24.3 and .4)."""

    destination: int
    source: int = 0
    wide: bool = True


class SpecialIndication(msgspec.Struct, frozen=True):
    """Messages that wait elsewhere: their kind (0 is voice) and number (9.2.3.24.2)."""

    kind: int
    waiting: int
    store: bool = False


class SingleShift(msgspec.Struct, frozen=True):
    """The national language whose table stands behind the escape (9.2.3.24.15)."""

    language: int


class LockingShift(msgspec.Struct, frozen=True):
    """The national language whose table replaces the default alphabet (9.2.3.24.16)."""

    language: int


AnyElement = Concatenation | Ports | SpecialIndication | SingleShift | LockingShift | Element
_T = TypeVar("_T", bound=AnyElement)


class Udh(msgspec.Struct, frozen=True):
    """A user data header: its elements in the order of the octets.

    Where an element stands twice the last one counts, and likewise the last of a narrow and a
    wide one (TS 23.040 section 9.2.3.24).
    """

    elements: tuple[AnyElement, ...] = ()

    @property
    def concatenation(self) -> Concatenation | None:
        """Which segment of which message this is, if it is one of several."""
        return self._last(Concatenation)

    @property
    def ports(self) -> Ports | None:
        """The application ports, if there are any."""
        return self._last(Ports)

    @property
    def single_shift(self) -> SingleShift | None:
        """The single shift table, if one is named."""
        return self._last(SingleShift)

    @property
    def locking_shift(self) -> LockingShift | None:
        """The locking shift table, if one is named."""
        return self._last(LockingShift)

    def _last(self, kind: type[_T]) -> _T | None:
        found = [element for element in self.elements if isinstance(element, kind)]
        return found[-1] if found else None


def split_udh(user_data: bytes) -> tuple[Udh, bytes]:
    """Return the header at the start of user data, and what follows it.

    Raises BrokenUdh when the lengths do not add up: such a header is to be ignored as a whole
    (TS 23.040 section 9.2.3.24).
    """
    if not user_data:
        raise BrokenUdh("no octet, so no header length")
    end = 1 + user_data[0]
    if end > len(user_data):
        raise BrokenUdh(f"a header of {end - 1} octets in {len(user_data) - 1}")
    return Udh(tuple(_elements(user_data[1:end]))), user_data[end:]


def decode_udh(header: bytes) -> Udh:
    """Return the header that these octets are, from the length octet to the last."""
    udh, rest = split_udh(header)
    if rest:
        raise BrokenUdh(f"{len(rest)} octets follow the header's end")
    return udh


def encode_udh(elements: Iterable[AnyElement]) -> bytes:
    """Return the header of these elements, with its length octet; raises BrokenUdh."""
    octets = encode_elements(elements)
    # 139 beside the length octet would leave no text, and is what the field can hold.
    if len(octets) > 139:
        raise BrokenUdh(f"{len(octets)} octets of elements in a field of 140")
    return bytes((len(octets),)) + octets


def encode_elements(elements: Iterable[AnyElement]) -> bytes:
    """Return the octets of elements without a length in front; raises BrokenUdh."""
    try:
        return b"".join(map(_encode, elements))
    except struct.error as error:
        raise BrokenUdh(f"a number does not fit its element: {error}") from None


def _elements(octets: bytes) -> Iterable[AnyElement]:
    at = 0
    while at < len(octets):
        start = at + 2
        if start > len(octets):
            raise BrokenUdh(f"element 0x{octets[at]:02X} has no length")
        identifier, at = octets[at], start + octets[at + 1]
        if at > len(octets):
            raise BrokenUdh(f"element 0x{identifier:02X} goes {at - len(octets)} octets too far")
        yield _decode(identifier, octets[start:at])


def _decode(identifier: int, octets: bytes) -> AnyElement:
    """Return an element by its type, or as octets if they are not what its type says."""
    match identifier, len(octets):
        case (0x00, 3) | (0x08, 4):
            *reference, total, number = octets
            # Zero, or a number above the total: the element is to be ignored (9.2.3.24.1).
            if 0 < number <= total:
                wide = identifier == WIDE_CONCATENATION
                return Concatenation(int.from_bytes(reference, "big"), total, number, wide)
        case 0x01, 2:
            return SpecialIndication(octets[0] & 0x7F, octets[1], octets[0] > 0x7F)
        case 0x04, 2:
            return Ports(octets[0], octets[1], wide=False)
        case 0x05, 4:
            return Ports(*struct.unpack(">HH", octets))
        case 0x24, 1:
            return SingleShift(octets[0])
        case 0x25, 1:
            return LockingShift(octets[0])
    return Element(identifier, octets)


def _encode(element: AnyElement) -> bytes:
    pack = struct.pack
    match element:
        case Concatenation(reference, total, number, True):
            return pack(">BBHBB", WIDE_CONCATENATION, 4, reference, total, number)
        case Concatenation(reference, total, number):
            return pack("BBBBB", CONCATENATION, 3, reference, total, number)
        case Ports(destination, source, True):
            return pack(">BBHH", WIDE_PORTS, 4, destination, source)
        case Ports(destination, source):
            return pack("BBBB", PORTS, 2, destination, source)
        case SpecialIndication(kind, waiting, store):
            return pack("BBBB", SPECIAL_INDICATION, 2, kind | store << 7, waiting)
        case SingleShift(language):
            return pack("BBB", SINGLE_SHIFT, 1, language)
        case LockingShift(language):
            return pack("BBB", LOCKING_SHIFT, 1, language)
        case Element(identifier, octets):
            return pack("BB", identifier, len(octets)) + octets
        case _:
            assert_never(element)
