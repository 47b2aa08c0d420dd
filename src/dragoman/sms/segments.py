"""How a text or a block of octets becomes short messages that each fit TP-User-Data.

Makes the octets that `short_message` carries: a user data header where there are several
segments, then septets (one in each octet), UTF-16BE, Latin-1 or raw octets.  CR LF travels
and counts as LF.  Knows no price and no carrier.
Source: 3GPP TS 23.040 sections 9.2.3.24.1 and 9.2.3.24.8 (concatenation).
"""

from itertools import pairwise

import msgspec

from dragoman.model.submissions import Alphabet
from dragoman.sms.alphabets import ESCAPE, decode, encode, encode_ucs2, gsm7_or_none

USER_DATA_OCTETS = 140
MOST_SEGMENTS = 255  # the total is one octet of the concatenation element

# Characters of one short message without a header; 140 octets hold 160 septets.  Latin-1 and
# raw octets both take an octet each, UCS2 counts code units of two.
ONE = {Alphabet.GSM7: 160, Alphabet.BINARY: 140, Alphabet.UCS2: 70, Alphabet.LATIN1: 140}
UNIT_OCTETS = {Alphabet.GSM7: 1, Alphabet.BINARY: 1, Alphabet.UCS2: 2, Alphabet.LATIN1: 1}


class TooManySegments(ValueError):
    """More segments than a concatenation element can number."""


class Segments(msgspec.Struct, frozen=True, array_like=True):
    """A message cut to size: the user data of each segment, ready for the wire.

    The first `udh_octets` of every item are its user data header: 0 when there is none, and
    then the header indicator of esm_class stays clear.
    """

    alphabet: Alphabet
    user_data: tuple[bytes, ...]
    udh_octets: int = 0

    def __len__(self) -> int:
        """Return the number of segments, which is what is charged."""
        return len(self.user_data)

    def headers(self) -> tuple[bytes, ...]:
        """Return the user data header of each segment, empty where there is none."""
        return tuple(octets[: self.udh_octets] for octets in self.user_data)

    def payloads(self) -> tuple[bytes, ...]:
        """Return what follows the header of each segment."""
        return tuple(octets[self.udh_octets :] for octets in self.user_data)


def segment(
    text: str,
    alphabet: Alphabet | None = None,
    reference: int = 0,
    *,
    wide: bool = False,
    one: int | None = None,
    each: int | None = None,
) -> Segments:
    """Return a text cut into segments, each ready for the wire.

    Without an alphabet, GSM 7-bit if the whole text fits it, else UCS2.  Of the reference the
    low 8 bits go into the header, with `wide` the low 16.  `one` and `each` replace the room
    of a single segment and of each of several, in septets, code units or octets; a vendor may
    sell fewer than fit.  The empty text is one empty segment: it rings and is charged.
    Raises AlphabetError if the text does not fit the alphabet, TooManySegments above 255.
    """
    alphabet, octets = _written(text, alphabet)
    if len(octets) <= (one or ONE[alphabet]) * UNIT_OCTETS[alphabet]:
        return Segments(alphabet, (octets,))
    room = each or room_of_each(alphabet, wide=wide)
    return _numbered(alphabet, _pieces(octets, alphabet, room), reference, wide=wide)


def segment_octets(
    octets: bytes,
    reference: int = 0,
    *,
    elements: bytes = b"",
    wide: bool = False,
) -> Segments:
    """Return 8-bit data cut into segments, with the given header elements in each of them.

    `elements` are encoded header elements without the length octet (application ports, say);
    they stand before the concatenation element, and the room shrinks by them.
    Raises TooManySegments above 255, or when the elements leave no room at all.
    """
    return _segment_beside(octets, Alphabet.BINARY, reference, elements, wide=wide)


def segment_raw(udh: bytes, octets: bytes, reference: int = 0) -> Segments:
    """Return octets behind a whole header, its length octet included; an empty one is none.

    What fits travels as given.  What does not is cut, and each segment gets the header's elements
    beside those that number it.  Raises TooManySegments above 255.
    """
    if len(udh) + len(octets) <= USER_DATA_OCTETS:
        return Segments(Alphabet.BINARY, (udh + octets,), len(udh))
    return segment_octets(octets, reference, elements=udh[1:])


def segment_septets(
    septets: bytes,
    reference: int = 0,
    *,
    elements: bytes = b"",
    wide: bool = False,
) -> Segments:
    """Return septets, one in each octet, cut as `segment_octets` cuts, no escape pair parted.

    For 7-bit text in tables that only its writer knows, which the elements name.
    """
    return _segment_beside(septets, Alphabet.GSM7, reference, elements, wide=wide)


def cut_septets(septets: bytes, *, beside_octets: int = 0, wide: bool = False) -> list[bytes]:
    """Return the septets of each segment beside so many octets of header elements.

    A preview and a price need the number even where `segment_septets` has too many.
    """
    if len(septets) <= room_of_one(Alphabet.GSM7, beside_octets):
        return [septets]
    room = room_of_each(Alphabet.GSM7, wide=wide, beside_octets=beside_octets)
    return _pieces(septets, Alphabet.GSM7, room)


def count(
    text: str,
    alphabet: Alphabet | None = None,
    *,
    wide: bool = False,
    one: int | None = None,
    each: int | None = None,
) -> int:
    """Return how many segments `segment` would make of a text, and above 255 how many it takes.

    A preview and a price need the number of a text that is too long to be sent.
    """
    alphabet, octets = _written(text, alphabet)
    if len(octets) <= (one or ONE[alphabet]) * UNIT_OCTETS[alphabet]:
        return 1
    return len(_cuts(octets, alphabet, each or room_of_each(alphabet, wide=wide))) - 1


def cut(
    text: str,
    alphabet: Alphabet | None = None,
    *,
    wide: bool = False,
    one: int | None = None,
    each: int | None = None,
) -> list[str]:
    """Return the text of each segment; joined they give the text again, CR LF as LF."""
    alphabet, octets = _written(text, alphabet)
    if len(octets) <= (one or ONE[alphabet]) * UNIT_OCTETS[alphabet]:
        return [decode(octets, alphabet)]
    pieces = _pieces(octets, alphabet, each or room_of_each(alphabet, wide=wide))
    return [decode(piece, alphabet) for piece in pieces]


def cut_to(
    text: str,
    segments: int,
    alphabet: Alphabet | None = None,
    *,
    wide: bool = False,
    one: int | None = None,
    each: int | None = None,
) -> str:
    """Return the longest beginning of a text that fits into the given number of segments.

    The alphabet is that of the whole text: a Cyrillic letter beyond the cut still makes the
    room that of UCS2, since the customer wrote one text in one alphabet.
    """
    if segments < 1:
        raise ValueError(f"{segments} segments hold no text")
    alphabet, octets = _written(text, alphabet)
    room_of_one = one or ONE[alphabet]
    if len(octets) <= room_of_one * UNIT_OCTETS[alphabet]:
        return decode(octets, alphabet)
    kept = _cuts(octets, alphabet, room_of_one)[1]
    if segments > 1:
        ends = _cuts(octets, alphabet, each or room_of_each(alphabet, wide=wide))
        kept = max(kept, ends[min(segments, len(ends) - 1)])
    return decode(octets[:kept], alphabet)


def room_of_one(alphabet: Alphabet, beside_octets: int = 0) -> int:
    """Return the characters that fit in a single segment, beside octets of header elements."""
    if not beside_octets:
        return ONE[alphabet]
    return _characters(alphabet, USER_DATA_OCTETS - 1 - beside_octets)  # 1: its length octet


def room_of_each(alphabet: Alphabet, *, wide: bool = False, beside_octets: int = 0) -> int:
    """Return the characters that fit beside a concatenation element, in one of several.

    That is 153 septets, 67 code units or 134 octets with an 8-bit reference; `wide` takes one
    octet more, other header elements take `beside_octets`.
    """
    return _characters(alphabet, USER_DATA_OCTETS - (7 if wide else 6) - beside_octets)


def _characters(alphabet: Alphabet, octets: int) -> int:
    if alphabet == Alphabet.GSM7:
        return octets * 8 // 7  # what is left over are fill bits, which SMPP leaves out
    return octets // UNIT_OCTETS[alphabet]


def _segment_beside(
    octets: bytes, alphabet: Alphabet, reference: int, elements: bytes, *, wide: bool
) -> Segments:
    if len(octets) <= room_of_one(alphabet, len(elements)):
        header = bytes((len(elements),)) + elements if elements else b""
        return Segments(alphabet, (header + octets,), len(header))
    room = room_of_each(alphabet, wide=wide, beside_octets=len(elements))
    if room < 1:
        raise TooManySegments(f"{len(elements)} octets of header elements leave no room")
    pieces = _pieces(octets, alphabet, room)
    return _numbered(alphabet, pieces, reference, wide=wide, elements=elements)


def _written(text: str, alphabet: Alphabet | None) -> tuple[Alphabet, bytes]:
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if alphabet is None:
        septets = gsm7_or_none(text)
        if septets is not None:
            return Alphabet.GSM7, septets
        return Alphabet.UCS2, encode_ucs2(text)
    return alphabet, encode(text, alphabet)


def _cuts(octets: bytes, alphabet: Alphabet, room: int) -> list[int]:
    """Return where the segments begin and, last, where the text ends."""
    step = room * UNIT_OCTETS[alphabet]
    end = len(octets)
    cuts = [0]
    while (at := cuts[-1] + step) < end:
        # Halves of a pair in two segments are a space and a wrong letter on a handset, or
        # two boxes.  So the last place may stay empty, and a bill made by dividing is low.
        if alphabet == Alphabet.GSM7 and octets[at - 1] == ESCAPE:
            at -= 1
        elif alphabet == Alphabet.UCS2 and octets[at - 2] & 0xFC == 0xD8:
            at -= 2
        if at == cuts[-1]:
            raise TooManySegments(f"room for {room} does not hold a pair")
        cuts.append(at)
    cuts.append(end)
    return cuts


def _pieces(octets: bytes, alphabet: Alphabet, room: int) -> list[bytes]:
    return [octets[start:end] for start, end in pairwise(_cuts(octets, alphabet, room))]


def _numbered(
    alphabet: Alphabet,
    pieces: list[bytes],
    reference: int,
    *,
    wide: bool,
    elements: bytes = b"",
) -> Segments:
    total = len(pieces)
    if total > MOST_SEGMENTS:
        raise TooManySegments(f"{total} segments, and {MOST_SEGMENTS} can be numbered")
    if wide:
        numbering = b"\x08\x04" + (reference & 0xFFFF).to_bytes(2, "big")
    else:
        numbering = b"\x00\x03" + bytes((reference & 0xFF,))
    length = len(elements) + len(numbering) + 2
    start = bytes((length,)) + elements + numbering + bytes((total,))
    user_data = tuple(start + bytes((n,)) + piece for n, piece in enumerate(pieces, 1))
    return Segments(alphabet, user_data, length + 1)
