"""The data_coding octet, all 256 of it."""

import pytest

from dragoman.model.submissions import Alphabet
from dragoman.sms.coding import (
    Coding,
    MessageClass,
    NoSuchCoding,
    decode_data_coding,
    encode_data_coding,
)

GSM7, BINARY, UCS2, LATIN1 = Alphabet.GSM7, Alphabet.BINARY, Alphabet.UCS2, Alphabet.LATIN1
FLASH, MOBILE, SIM, TERMINAL = MessageClass

WRITTEN = {
    "gsm7": (GSM7, None, 0x00),
    "latin-1": (LATIN1, None, 0x03),
    "binary": (BINARY, None, 0x04),
    "ucs2": (UCS2, None, 0x08),
    "gsm7 flash": (GSM7, FLASH, 0xF0),
    "gsm7 to the SIM": (GSM7, SIM, 0xF2),
    "binary to the handset": (BINARY, MOBILE, 0xF5),
    "ucs2 flash": (UCS2, FLASH, 0x18),
    "ucs2 to equipment": (UCS2, TERMINAL, 0x1B),
}


@pytest.mark.parametrize(("alphabet", "klass", "octet"), WRITTEN.values(), ids=WRITTEN)
def test_write(alphabet: Alphabet, klass: MessageClass | None, octet: int) -> None:
    assert encode_data_coding(alphabet, klass) == octet


GENERAL = {
    "gsm7 flash": (GSM7, FLASH, 0x10),
    "binary to the handset": (BINARY, MOBILE, 0x15),
    "ucs2 flash": (UCS2, FLASH, 0x18),
    "no class": (GSM7, None, 0x00),
}


@pytest.mark.parametrize(("alphabet", "klass", "octet"), GENERAL.values(), ids=GENERAL)
def test_write_in_the_general_group(
    alphabet: Alphabet, klass: MessageClass | None, octet: int
) -> None:
    assert encode_data_coding(alphabet, klass, general=True) == octet


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize("klass", [None, *MessageClass])
@pytest.mark.parametrize("alphabet", Alphabet)
def test_what_is_written_is_read(
    alphabet: Alphabet, klass: MessageClass | None, *, general: bool
) -> None:
    if alphabet is LATIN1 and klass is not None:
        with pytest.raises(NoSuchCoding, match="LATIN1"):
            encode_data_coding(alphabet, klass, general=general)
    else:
        octet = encode_data_coding(alphabet, klass, general=general)
        assert decode_data_coding(octet) == Coding(alphabet, klass)


# First octet, last octet, what each of them reads as.
RANGES = {
    "default": (0x00, 0x00, [Coding(GSM7)]),
    "IA5": (0x01, 0x01, [Coding(LATIN1)]),
    "octets": (0x02, 0x02, [Coding(BINARY)]),
    "latin-1": (0x03, 0x03, [Coding(LATIN1)]),
    "octets, JIS, Cyrillic, Hebrew": (0x04, 0x07, [Coding(BINARY)] * 4),
    "ucs2": (0x08, 0x08, [Coding(UCS2)]),
    "pictograms, music": (0x09, 0x0A, [Coding(BINARY)] * 2),
    "reserved by SMPP": (0x0B, 0x0C, [Coding(GSM7)] * 2),
    "Kanji, Korean": (0x0D, 0x0E, [Coding(BINARY)] * 2),
    "reserved by SMPP, last": (0x0F, 0x0F, [Coding(GSM7)]),
    "gsm7 with class": (0x10, 0x13, [Coding(GSM7, klass) for klass in MessageClass]),
    "binary with class": (0x14, 0x17, [Coding(BINARY, klass) for klass in MessageClass]),
    "ucs2 with class": (0x18, 0x1B, [Coding(UCS2, klass) for klass in MessageClass]),
    "reserved alphabet": (0x1C, 0x1F, [Coding(GSM7, klass) for klass in MessageClass]),
    "compressed": (0x20, 0x2F, [Coding(BINARY)] * 16),
    "compressed with class": (
        0x30,
        0x3F,
        [Coding(BINARY, klass) for klass in MessageClass] * 4,
    ),
    "delete, gsm7": (0x40, 0x43, [Coding(GSM7)] * 4),
    "delete, binary": (0x44, 0x47, [Coding(BINARY)] * 4),
    "delete, ucs2": (0x48, 0x4B, [Coding(UCS2)] * 4),
    "delete, ucs2 with class": (0x58, 0x5B, [Coding(UCS2, klass) for klass in MessageClass]),
    "delete, compressed": (0x60, 0x6F, [Coding(BINARY)] * 16),
    "reserved groups": (0x80, 0xBF, [Coding(GSM7)] * 64),
    "waiting, discard or store": (0xC0, 0xDF, [Coding(GSM7)] * 32),
    "waiting, store, ucs2": (0xE0, 0xEF, [Coding(UCS2)] * 16),
    "class, gsm7": (0xF0, 0xF3, [Coding(GSM7, klass) for klass in MessageClass]),
    "class, binary": (0xF4, 0xF7, [Coding(BINARY, klass) for klass in MessageClass]),
    "class, reserved bit set": (0xF8, 0xFB, [Coding(GSM7, klass) for klass in MessageClass]),
}


@pytest.mark.parametrize(("first", "last", "codings"), RANGES.values(), ids=RANGES)
def test_read(first: int, last: int, codings: list[Coding]) -> None:
    assert [decode_data_coding(octet) for octet in range(first, last + 1)] == codings
