"""A short message from a handset: taken apart, and long ones put together again.

Reads every alphabet and tolerates what peers get wrong: a header that does not add up is text.
Knows neither how segments reach us nor how long one waits for the rest.
Source: 3GPP TS 23.040 section 9.2.3.24; 3GPP TS 23.038 sections 4 and 6.2.1.2.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Literal, TypeAlias

import msgspec

from dragoman.model.submissions import Alphabet
from dragoman.sms.alphabets import decode, unpack_septets
from dragoman.sms.coding import decode_data_coding
from dragoman.sms.national import PLAIN, Shifts, shifts_of
from dragoman.sms.national import decode as decode_shifted
from dragoman.sms.udh import BrokenUdh, Concatenation, Udh, encode_udh, split_udh

GAP = "[...]"  # where a segment is missing; characters that every alphabet has
NUL = str.maketrans({"\0": "\ufffd"})  # no database takes it in a text

# How GSM 7-bit travels where no data_coding says more: see the carrier option `gsm7`.
Septets: TypeAlias = Literal["septets", "packed", "latin1"]


class Segment(msgspec.Struct, frozen=True):
    """One short message taken apart: its place in a long one, its header, and what follows."""

    place: Concatenation | None
    udh: bytes  # with its length octet, without concatenation; empty: none
    octets: bytes
    data_coding: int = 0
    header_octets: int = 0  # as it came: packed septets begin behind it on a septet boundary


class Whole(msgspec.Struct, frozen=True):
    """What somebody wrote: a text, or octets if it is 8-bit data, and the header of it."""

    text: str
    octets: bytes = b""
    udh: bytes = b""


def take_apart(
    user_data: bytes, data_coding: int, *, has_header: bool, place: Concatenation | None = None
) -> Segment:
    """Give a segment of its user data; `place` is what was told beside it.

    What the header says about the place counts more, since the handset wrote it.
    """
    udh, octets, kept = Udh(), user_data, b""
    if has_header:
        try:
            udh, octets = split_udh(user_data)
            rest = [element for element in udh.elements if not isinstance(element, Concatenation)]
            kept = encode_udh(rest) if rest else b""
        except BrokenUdh:  # also one that is longer than any on the air
            udh, octets = Udh(), user_data
    place = udh.concatenation or place
    return Segment(
        place if place is not None and place.total > 1 else None,
        kept,
        octets,
        data_coding,
        len(user_data) - len(octets),
    )


def put_together(segments: Mapping[int, Segment], total: int, gsm7: Septets = "septets") -> Whole:
    """Give what segments say together, by their numbers; a gap is marked where one is missing.

    The header is that of the first one there.  Neighbours of one alphabet are read as one text,
    for a peer may cut inside a character.
    """
    present = [(number, segments[number]) for number in sorted(segments)]
    header = present[0][1].udh if present else b""
    if any(_reading(segment)[0] is Alphabet.BINARY for _, segment in present):
        return Whole("", b"".join(segment.octets for _, segment in present), header)
    words: list[str] = []
    following = 1
    for (gap, alphabet, shifts), run in groupby(present, lambda item: _run(item, segments)):
        if gap >= following:
            words.append(GAP)
        pieces = list(run)
        words.append(_read([segment for _, segment in pieces], alphabet, shifts, gsm7))
        following = pieces[-1][0] + 1
    if following <= total:
        words.append(GAP)
    return Whole("".join(words).translate(NUL), b"", header)


def read(segment: Segment, gsm7: Septets = "septets") -> Whole:
    """Give what a short message says that is no part of a long one."""
    return put_together({1: segment}, 1, gsm7)


def _run(
    item: tuple[int, Segment], segments: Mapping[int, Segment]
) -> tuple[int, Alphabet, Shifts]:
    """Give what neighbours must share: the last gap before them, alphabet and tables."""
    number, segment = item
    gap = next((n for n in range(number - 1, 0, -1) if n not in segments), 0)
    return gap, *_reading(segment)


def _reading(segment: Segment) -> tuple[Alphabet, Shifts]:
    alphabet = decode_data_coding(segment.data_coding).alphabet
    if alphabet is not Alphabet.GSM7 or not segment.udh:
        return alphabet, PLAIN
    return alphabet, shifts_of(split_udh(segment.udh)[0])


def _read(segments: Sequence[Segment], alphabet: Alphabet, shifts: Shifts, gsm7: Septets) -> str:
    octets = b"".join(
        _septets(segment) if alphabet is Alphabet.GSM7 and gsm7 == "packed" else segment.octets
        for segment in segments
    )
    if alphabet is not Alphabet.GSM7:
        return decode(octets, alphabet)
    if gsm7 == "latin1" and shifts == PLAIN:
        return decode(octets, Alphabet.LATIN1)
    return decode(octets, alphabet) if shifts == PLAIN else decode_shifted(octets, shifts)


def _septets(segment: Segment) -> bytes:
    """Unpack the septets of a carrier that packs them; a last one that is nought is filling."""
    fill_bits = -8 * segment.header_octets % 7
    count, left = divmod(8 * len(segment.octets) - fill_bits, 7)
    if count <= 0:
        return b""
    septets = unpack_septets(segment.octets, count, fill_bits)
    return septets if left else septets.removesuffix(b"\0")
