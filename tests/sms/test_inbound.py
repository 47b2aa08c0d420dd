from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.model.submissions import Alphabet
from dragoman.sms import national
from dragoman.sms.alphabets import encode_ucs2, pack_septets
from dragoman.sms.coding import encode_data_coding
from dragoman.sms.inbound import GAP, Segment, Whole, put_together, read, take_apart
from dragoman.sms.national import Shifts
from dragoman.sms.national_tables import Language
from dragoman.sms.segments import segment
from dragoman.sms.udh import Concatenation, LockingShift, Ports, encode_udh

PORTS = Ports(5505, 0)
NARROW, WIDE = Concatenation(7, 3, 2), Concatenation(0x1234, 3, 2, wide=True)
LOCK = LockingShift(1)
TURKISH = Shifts(Language.TURKISH, Language.TURKISH)

# User data, data_coding, whether it has a header, and what was told beside; then what it is.
TAKEN_APART = {
    "plain": ((b"Hi", 0, False, None), Segment(None, b"", b"Hi", 0, 0)),
    "empty": ((b"", 0, False, None), Segment(None, b"", b"", 0, 0)),
    "narrow reference": (
        (b"\x05\x00\x03\x07\x03\x02Hi", 0, True, None),
        Segment(NARROW, b"", b"Hi", 0, 6),
    ),
    "wide reference": (
        (b"\x06\x08\x04\x12\x34\x03\x02Hi", 8, True, None),
        Segment(WIDE, b"", b"Hi", 8, 7),
    ),
    "not the only element": (
        (
            encode_udh([PORTS, NARROW, LOCK]) + b"Hi",
            0,
            True,
            None,
        ),
        Segment(NARROW, encode_udh([PORTS, LOCK]), b"Hi", 0, 15),
    ),
    "told beside": ((b"Hi", 0, False, NARROW), Segment(NARROW, b"", b"Hi", 0, 0)),
    "told twice: the handset knows": (
        (b"\x05\x00\x03\x07\x03\x02Hi", 0, True, WIDE),
        Segment(NARROW, b"", b"Hi", 0, 6),
    ),
    "one of one is a whole": (
        (b"\x05\x00\x03\x07\x01\x01Hi", 0, True, None),
        Segment(None, b"", b"Hi", 0, 6),
    ),
    "header that does not add up": (
        (b"\xff\0\0", 0, True, None),
        Segment(None, b"", b"\xff\0\0", 0, 0),
    ),
    "header of nothing": ((b"", 0, True, None), Segment(None, b"", b"", 0, 0)),
}


@pytest.mark.parametrize(("given_", "expected"), TAKEN_APART.values(), ids=TAKEN_APART)
def test_pain_33_take_apart(
    given_: tuple[bytes, int, bool, Concatenation | None], expected: Segment
) -> None:
    """Every form of concatenation, mixed with ports and tables."""
    octets, data_coding, has_header, place = given_
    assert take_apart(octets, data_coding, has_header=has_header, place=place) == expected


READ = {
    "GSM 7-bit": ("septets", Segment(None, b"", b"\x1be 5", 0), Whole("€ 5")),
    "unknown coding is GSM 7-bit": ("septets", Segment(None, b"", b"\x00", 0x0F), Whole("@")),
    "UCS-2": ("septets", Segment(None, b"", encode_ucs2("Да 😀"), 8), Whole("Да 😀")),
    "half a unit": ("septets", Segment(None, b"", b"\x04\x14\x04", 8), Whole("Д\ufffd")),
    "Latin-1": ("septets", Segment(None, b"", b"Gr\xfc\xdfe", 3), Whole("Grüße")),
    "a NUL, which no store takes": ("septets", Segment(None, b"", b"a\0b", 3), Whole("a\ufffdb")),
    "8-bit": ("septets", Segment(None, b"", b"\0\xff", 4), Whole("", b"\0\xff")),
    "8-bit for a port": (
        "septets",
        Segment(None, encode_udh([PORTS]), b"\x01", 4, 7),
        Whole("", b"\x01", encode_udh([PORTS])),
    ),
    "Turkish": (
        "septets",
        Segment(None, b"\x06\x25\x01\x01\x24\x01\x01", national.encode("ığş", TURKISH), 0, 7),
        Whole("ığş", b"", b"\x06\x25\x01\x01\x24\x01\x01"),
    ),
    "a carrier whose default is Latin-1": ("latin1", Segment(None, b"", b"\xa3@", 0), Whole("£@")),
    "packed": ("packed", Segment(None, b"", pack_septets(b"hellohello"), 0), Whole("hellohello")),
    "packed, filled up": (
        "packed",
        Segment(None, b"", pack_septets(b"7 chars"), 0),
        Whole("7 chars"),
    ),
    "packed behind a header": (
        "packed",
        Segment(NARROW, b"", pack_septets(b"hello", 1), 0, 6),
        Whole("hello"),
    ),
    "packed, nothing but filling": ("packed", Segment(NARROW, b"", b"", 0, 6), Whole("")),
}


@pytest.mark.parametrize(("gsm7", "given_", "expected"), READ.values(), ids=READ)
def test_read(gsm7: str, given_: Segment, expected: Whole) -> None:
    assert read(given_, gsm7) == expected  # type: ignore[arg-type]


def three(*missing: int) -> dict[int, Segment]:
    """Three segments of which some did not come; the second is in another alphabet."""
    segments = {
        1: Segment(None, b"", b"one ", 0),
        2: Segment(None, b"", encode_ucs2("два "), 8),
        3: Segment(None, b"", b"three", 0),
    }
    return {n: s for n, s in segments.items() if n not in missing}


GAPS = {
    "all": ((), "one два three"),
    "without the first": ((1,), f"{GAP}два three"),
    "without the second": ((2,), f"one {GAP}three"),
    "without the last": ((3,), f"one два {GAP}"),
    "only the second": ((1, 3), f"{GAP}два {GAP}"),
}


@pytest.mark.parametrize(("missing", "text"), GAPS.values(), ids=GAPS)
def test_gaps_are_marked(missing: tuple[int, ...], text: str) -> None:
    assert put_together(three(*missing), 3) == Whole(text)


def test_a_pair_that_a_peer_cut_in_two_is_whole_again() -> None:
    octets = encode_ucs2("😀")
    halves = {1: Segment(None, b"", octets[:2], 8), 2: Segment(None, b"", octets[2:], 8)}
    assert put_together(halves, 2) == Whole("😀")
    halves = {1: Segment(None, b"", b"\x1b", 0), 2: Segment(None, b"", b"e", 0)}
    assert put_together(halves, 2) == Whole("€")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1))
def test_what_our_own_cutter_makes_is_read_again(text: str) -> None:
    cut = segment(text, None, 5)
    pieces = [
        take_apart(
            octets, encode_data_coding(Alphabet(cut.alphabet)), has_header=bool(cut.udh_octets)
        )
        for octets in cut.user_data
    ]
    segments = {p.place.number if p.place else 1: p for p in pieces}
    assert put_together(segments, len(pieces)).text == text


@given(st.binary(max_size=160), st.integers(0, 255), st.booleans())
def test_hostile_octets_are_read_somehow(octets: bytes, coding: int, has_header: bool) -> None:
    for gsm7 in ("septets", "packed", "latin1"):
        whole = read(take_apart(octets, coding, has_header=has_header), gsm7)
        assert "\0" not in whole.text
        whole.text.encode()


def test_the_order_of_segments_is_that_of_their_numbers() -> None:
    texts = {put_together(dict(order), 3).text for order in permutations(three().items())}
    assert texts == {"one два three"}
