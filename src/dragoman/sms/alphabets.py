"""The alphabets a text travels in, and which of them a text needs.

GSM 7-bit is held one septet in each octet, as SMPP carries it under data_coding 0; packing
stands apart.  Knows no segments, no headers, no carriers.
Source: 3GPP TS 23.038 sections 6.1.2.1 (packing), 6.2.1 (default alphabet), 6.2.1.1
(extension table) and 6.2.3 (UCS2).
"""

import codecs
import re
from functools import lru_cache

from dragoman.model.extras import MOST_SWAPS, Swap
from dragoman.model.submissions import Alphabet

ESCAPE = 0x1B

# Row by row of 16 codes.  Code 0x09 is the *capital* C with cedilla: the mapping file of the
# Unicode Consortium has the small one, and who trusts it sends "français" as 7-bit text that
# every handset shows as "franÇais".
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}


class AlphabetError(ValueError):
    """A text that its alphabet cannot write, or octets that it cannot have written."""


class NotGsm7(AlphabetError):
    """A character is in neither GSM 7-bit table."""


class NotLatin1(AlphabetError):
    """A character is not in ISO 8859-1."""


class NotUcs2(AlphabetError):
    """Half a surrogate pair, or half a code unit."""


_FOREIGN = 0xFF
# Nearly all that is sent lies in Latin-1, for which CPython has the two fastest loops there
# are: encode, then look each octet up.  What is not a basic character becomes _FOREIGN.
_FROM_LATIN1 = bytes(
    _FOREIGN if code == ESCAPE or chr(code) not in BASIC else BASIC.index(chr(code))
    for code in range(256)
)
_FROM_TEXT: dict[int, int | bytes] = {
    **{ord(character): code for code, character in enumerate(BASIC) if code != ESCAPE},
    **{ord(character): bytes((ESCAPE, code)) for code, character in EXTENSION.items()},
}
_TO_TEXT = BASIC + "\ufffd" * 128
_EXTENDED = {BASIC[code]: character for code, character in EXTENSION.items()}
_ESCAPED = re.compile("\x1b(.?)", re.DOTALL)


@lru_cache(1)  # who asks whether a text fits nearly always writes that very text next
def gsm7_or_none(text: str) -> bytes | None:
    """Return the text's septets, or None if it does not fit GSM 7-bit.

    The one loop beneath everything here: asking is as dear as encoding.
    """
    try:
        octets = text.encode("latin-1").translate(_FROM_LATIN1)
    except UnicodeEncodeError:
        pass  # the Greek capitals and the euro sign are beyond Latin-1
    else:
        if _FOREIGN not in octets:
            return octets
    try:
        return codecs.charmap_encode(text, "strict", _FROM_TEXT)[0]
    except UnicodeEncodeError:
        return None


def is_gsm7(text: str) -> bool:
    """Tell whether every character is in the default alphabet or its extension table."""
    return gsm7_or_none(text) is not None


def encode_gsm7(text: str) -> bytes:
    """Return the septets of a text, one in each octet; an extension character takes two.

    Raises NotGsm7 with the first character that does not fit: nothing is replaced in silence.
    """
    octets = gsm7_or_none(text)
    if octets is None:
        stranger = next(character for character in text if gsm7_or_none(character) is None)
        raise NotGsm7(f"{stranger!r} is not in the GSM 7-bit alphabet")
    return octets


def decode_gsm7(octets: bytes) -> str:
    """Return what a handset would show for these septets, one in each octet; never fails.

    An escape before a code without an extension character shows the basic character of that
    code, and an escape before an escape, or before nothing, a space (3GPP TS 23.038 section
    6.2.1.1).  An octet above 0x7F is no septet and becomes U+FFFD.
    """
    text = codecs.charmap_decode(octets, "strict", _TO_TEXT)[0]
    return _ESCAPED.sub(_extended, text) if ESCAPE in octets else text


def _extended(match: re.Match[str]) -> str:
    character = match[1]
    if character in ("", "\x1b"):
        return " "
    return _EXTENDED.get(character, character)


def septets(text: str) -> int:
    """Return how many septets a text takes; raises NotGsm7 as encode_gsm7 does."""
    return len(encode_gsm7(text))


def pack_septets(octets: bytes, fill_bits: int = 0) -> bytes:
    """Pack septets, one in each octet, into octets as a handset's TP-User-Data has them.

    `fill_bits` (0 to 6) come first and bring the text behind a header to a septet boundary
    (3GPP TS 23.040 section 9.2.3.24).
    """
    bits = 0
    for position, octet in enumerate(octets):
        if octet > 0x7F:
            raise NotGsm7(f"0x{octet:02X} at {position} is not a septet")
        bits |= octet << (7 * position)
    return (bits << fill_bits).to_bytes((7 * len(octets) + fill_bits + 7) // 8, "little")


def unpack_septets(packed: bytes, count: int, fill_bits: int = 0) -> bytes:
    """Return `count` septets, one in each octet, from packed octets.

    The count must be told: eight septets fill seven octets, and so do seven with a spare.
    """
    if 7 * count + fill_bits > 8 * len(packed):
        raise NotGsm7(f"{len(packed)} octets do not hold {count} septets")
    bits = int.from_bytes(packed, "little") >> fill_bits
    return bytes(bits >> (7 * position) & 0x7F for position in range(count))


def encode_ucs2(text: str) -> bytes:
    """Return a text as UTF-16BE without a mark; astral characters become surrogate pairs.

    Handsets have read UCS2 as UTF-16 for as long as they have had emoji.  Raises NotUcs2 on
    half a pair.
    """
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise NotUcs2(f"U+{ord(text[error.start]):04X} is half a surrogate pair") from None


def decode_ucs2(octets: bytes) -> str:
    """Return the text of UTF-16BE octets; raises NotUcs2 on half a pair or half a unit.

    Join the segments of a long message first: a careless peer cuts inside a pair.
    """
    try:
        return octets.decode("utf-16-be")
    except UnicodeDecodeError as error:
        raise NotUcs2(f"{error.reason} at octet {error.start}") from None


def encode_latin1(text: str) -> bytes:
    """Return a text as ISO 8859-1; raises NotLatin1 with the first character outside."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise NotLatin1(f"{text[error.start]!r} is not in ISO 8859-1") from None


def choose(text: str) -> Alphabet:
    """Return GSM7 if the whole text fits it, else UCS2."""
    return Alphabet.UCS2 if gsm7_or_none(text) is None else Alphabet.GSM7


_ENCODERS = {
    Alphabet.GSM7: encode_gsm7,
    Alphabet.UCS2: encode_ucs2,
    Alphabet.LATIN1: encode_latin1,
}


def encode(text: str, alphabet: Alphabet) -> bytes:
    """Return a text in the given alphabet; raises AlphabetError if it does not fit.

    BINARY writes no text at all.
    """
    encoder = _ENCODERS.get(alphabet)
    if encoder is None:
        raise AlphabetError(f"{alphabet.name} is no alphabet of a text")
    return encoder(text)


def decode(octets: bytes, alphabet: Alphabet) -> str:
    """Return the best reading of octets from a peer; never fails.

    What cannot be read becomes U+FFFD.  BINARY is shown as Latin-1, octet by octet, so that
    nothing is lost on the way to a log or a screen.
    """
    if alphabet == Alphabet.GSM7:
        return decode_gsm7(octets)
    if alphabet == Alphabet.UCS2:
        return octets.decode("utf-16-be", "replace")
    return octets.decode("latin-1")


def outsiders(text: str, alphabet: Alphabet) -> list[str]:
    """Return the characters that the alphabet cannot write, each once, in order of sight."""
    return [character for character in dict.fromkeys(text) if not _fits(character, alphabet)]


def _fits(character: str, alphabet: Alphabet) -> bool:
    try:
        encode(character, alphabet)
    except AlphabetError:
        return False
    return True


def force(text: str, alphabet: Alphabet, mark: str = "?") -> str:
    """Return the text with a mark in place of every character that the alphabet lacks."""
    return text.translate(dict.fromkeys(map(ord, outsiders(text, alphabet)), mark))


def marked(text: str, forced: str) -> tuple[Swap, ...]:
    """Return what `force` changed in a text, each once, in order of sight; the first ones only."""
    if text == forced:
        return ()
    swaps = dict.fromkeys(pair for pair in zip(text, forced, strict=True) if pair[0] != pair[1])
    return tuple(swaps)[:MOST_SWAPS]
