"""The data_coding octet: which alphabet, and which class of message.

Writes the values that SMPP names and reads all 256.  Knows no text.
Source: SMPP 3.4 section 5.2.19; 3GPP TS 23.038 section 4 for the octets that SMPP hands on.
"""

from enum import IntEnum

import msgspec

from dragoman.model.submissions import Alphabet


class MessageClass(IntEnum):
    """Where a handset puts a message (3GPP TS 23.038 section 4)."""

    FLASH = 0  # on the display at once, kept nowhere
    MOBILE = 1  # in the handset's memory
    SIM = 2
    TERMINAL = 3  # to equipment behind the handset


class NoSuchCoding(ValueError):
    """The octet has no value for this alphabet together with this class."""


class Coding(msgspec.Struct, frozen=True):
    """What a data_coding octet says; `message_class` is None where it gives no class.

    BINARY also stands for what can only be handed on as octets: compressed text, and the
    Cyrillic, Hebrew, Japanese and Korean sets of SMPP.
    """

    alphabet: Alphabet
    message_class: MessageClass | None = None


_PLAIN = {Alphabet.GSM7: 0x00, Alphabet.LATIN1: 0x03, Alphabet.BINARY: 0x04, Alphabet.UCS2: 0x08}
# 0xF0 is the group of which SMPP says that it controls the class; it has no UCS2, so that
# one takes its value in the general group of TS 23.038.
_CLASSED = {Alphabet.GSM7: 0xF0, Alphabet.BINARY: 0xF4, Alphabet.UCS2: 0x18}
_GENERAL = {Alphabet.GSM7: 0x10, Alphabet.BINARY: 0x14, Alphabet.UCS2: 0x18}


def encode_data_coding(
    alphabet: Alphabet, message_class: MessageClass | None = None, *, general: bool = False
) -> int:
    """Return the data_coding octet for an alphabet and a message class.

    With `general` a class is written in the general group (0x10, 0x14), which some carriers
    want in place of 0xF0 and 0xF4.  Raises NoSuchCoding for Latin-1 with a class: send that
    with dest_addr_subunit, which has a value for the display (SMPP 3.4 section 5.3.2.1).
    """
    if message_class is None:
        return _PLAIN[alphabet]
    group = (_GENERAL if general else _CLASSED).get(alphabet)
    if group is None:
        raise NoSuchCoding(f"{alphabet.name} with message class {message_class:d}")
    return group | message_class


def decode_data_coding(octet: int) -> Coding:
    """Return what an octet says, whatever it is.

    Octets that both standards leave open read as GSM 7-bit, as TS 23.038 section 4 wants.
    """
    return _CODINGS[octet & 0xFF]


# SMPP's own table, for the octets below 0x10.  IA5 is read as Latin-1, which holds it.
_SMPP = {
    0x01: Alphabet.LATIN1,
    0x02: Alphabet.BINARY,
    0x03: Alphabet.LATIN1,
    0x04: Alphabet.BINARY,
    0x05: Alphabet.BINARY,  # JIS
    0x06: Alphabet.BINARY,  # Cyrillic
    0x07: Alphabet.BINARY,  # Latin/Hebrew
    0x08: Alphabet.UCS2,
    0x09: Alphabet.BINARY,  # pictograms
    0x0A: Alphabet.BINARY,  # music codes
    0x0D: Alphabet.BINARY,  # extended Kanji JIS
    0x0E: Alphabet.BINARY,  # KS C 5601
}
_BY_BITS = (Alphabet.GSM7, Alphabet.BINARY, Alphabet.UCS2, Alphabet.GSM7)  # bits 3 and 2


def _coding(octet: int) -> Coding:
    match octet >> 4:
        case 0x0:
            return Coding(_SMPP.get(octet, Alphabet.GSM7))
        case group if group < 0x8:  # general, and marked for automatic deletion
            compressed = bool(group & 0x2)
            alphabet = Alphabet.BINARY if compressed else _BY_BITS[octet >> 2 & 3]
            return Coding(alphabet, MessageClass(octet & 3) if group & 0x1 else None)
        case 0xE:  # message waiting, stored, UCS2
            return Coding(Alphabet.UCS2)
        case 0xF:
            return Coding(_BY_BITS[octet >> 2 & 1], MessageClass(octet & 3))
        case _:  # reserved, or message waiting in GSM 7-bit
            return Coding(Alphabet.GSM7)


_CODINGS = tuple(map(_coding, range(256)))
