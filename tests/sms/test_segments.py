"""Segments: what is cut where, and the octets that go out."""

import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from dragoman.model.submissions import Alphabet
from dragoman.sms.alphabets import BASIC, EXTENSION, NotGsm7, choose, decode, encode
from dragoman.sms.segments import (
    Segments,
    TooManySegments,
    count,
    cut,
    cut_to,
    segment,
    segment_octets,
    segment_raw,
)

GSM7 = BASIC.replace("\x1b", "") + "".join(EXTENSION.values())

gsm7_texts = st.text(st.sampled_from(GSM7), min_size=60, max_size=1600)
ucs2_texts = st.text(st.sampled_from("aé€ц\u4e2d😀👍🇷"), min_size=60, max_size=1600)
long_texts = gsm7_texts | ucs2_texts

CUTS = {
    "empty": ("", Alphabet.GSM7, [0]),
    "fills one": ("a" * 160, Alphabet.GSM7, [160]),
    "one too many": ("a" * 161, Alphabet.GSM7, [153, 8]),
    "fills two": ("a" * 306, Alphabet.GSM7, [153, 153]),
    "extension costs two": ("€" * 80, Alphabet.GSM7, [160]),
    "odd septet stays empty": ("€" * 81, Alphabet.GSM7, [152, 10]),
    "escape is not parted": ("a" * 152 + "€" + "a" * 152, Alphabet.GSM7, [152, 153, 1]),
    "escape ends a segment": ("a" * 151 + "€" + "a" * 8, Alphabet.GSM7, [153, 8]),
    "fills one in unicode": ("ц" * 70, Alphabet.UCS2, [140]),
    "one too many in unicode": ("ц" * 71, Alphabet.UCS2, [134, 8]),
    "pairs cost two": ("😀" * 35, Alphabet.UCS2, [140]),
    "odd unit stays empty": ("😀" * 36, Alphabet.UCS2, [132, 12]),
    "pair is not parted": ("ц" * 66 + "😀" + "ц" * 66, Alphabet.UCS2, [132, 134, 2]),
    "latin-1 fills one": ("ï" * 140, Alphabet.LATIN1, [140]),
    "latin-1 in two": ("ï" * 141, Alphabet.LATIN1, [134, 7]),
    "line breaks count one": ("\r\n" * 160, Alphabet.GSM7, [160]),
    "a return alone is itself": ("\r" * 161, Alphabet.GSM7, [153, 8]),
    "line breaks in unicode": ("ц" + "\r\n" * 69, Alphabet.UCS2, [140]),
}


@pytest.mark.parametrize(("text", "alphabet", "octets"), CUTS.values(), ids=CUTS)
def test_cut(text: str, alphabet: Alphabet, octets: list[int]) -> None:
    pieces = cut(text, alphabet)
    assert "".join(pieces) == text.replace("\r\n", "\n")
    assert [len(encode(piece, alphabet)) for piece in pieces] == octets
    assert count(text, alphabet) == len(octets)
    assert [len(payload) for payload in segment(text, alphabet).payloads()] == octets


WIRE = {
    "one": (
        segment("Hi @ €"),
        Segments(Alphabet.GSM7, (b"Hi \x00 \x1be",)),
    ),
    "one in unicode": (
        segment("Да"),
        Segments(Alphabet.UCS2, (b"\x04\x14\x04\x30",)),
    ),
    "asked for unicode": (
        segment("Hi", Alphabet.UCS2),
        Segments(Alphabet.UCS2, (b"\x00H\x00i",)),
    ),
    "two": (
        segment("a" * 161, reference=0x1234),
        Segments(
            Alphabet.GSM7,
            (b"\x05\x00\x03\x34\x02\x01" + b"a" * 153, b"\x05\x00\x03\x34\x02\x02" + b"a" * 8),
            6,
        ),
    ),
    "two in unicode": (
        segment("ц" * 71, reference=255),
        Segments(
            Alphabet.UCS2,
            (
                b"\x05\x00\x03\xff\x02\x01" + b"\x04\x46" * 67,
                b"\x05\x00\x03\xff\x02\x02" + b"\x04\x46" * 4,
            ),
            6,
        ),
    ),
    "wide reference": (
        segment("a" * 161, reference=0x51234, wide=True),
        Segments(
            Alphabet.GSM7,
            (
                b"\x06\x08\x04\x12\x34\x02\x01" + b"a" * 152,
                b"\x06\x08\x04\x12\x34\x02\x02" + b"a" * 9,
            ),
            7,
        ),
    ),
    "wide reference in unicode": (
        segment("ц" * 71, wide=True),
        Segments(
            Alphabet.UCS2,
            (
                b"\x06\x08\x04\x00\x00\x02\x01" + b"\x04\x46" * 66,
                b"\x06\x08\x04\x00\x00\x02\x02" + b"\x04\x46" * 5,
            ),
            7,
        ),
    ),
    "a vendor's own sizes": (
        segment("a" * 141, one=140, each=134),
        Segments(
            Alphabet.GSM7,
            (b"\x05\x00\x03\x00\x02\x01" + b"a" * 134, b"\x05\x00\x03\x00\x02\x02" + b"a" * 7),
            6,
        ),
    ),
    "a vendor's own latin-1": (
        segment("ï" * 160, Alphabet.LATIN1, one=160, each=153),
        Segments(Alphabet.LATIN1, (b"\xef" * 160,)),
    ),
    "octets": (segment_octets(bytes(140)), Segments(Alphabet.BINARY, (bytes(140),))),
    "octets in two": (
        segment_octets(bytes(141), 7),
        Segments(
            Alphabet.BINARY,
            (b"\x05\x00\x03\x07\x02\x01" + bytes(134), b"\x05\x00\x03\x07\x02\x02" + bytes(7)),
            6,
        ),
    ),
    "octets with ports": (
        segment_octets(bytes(133), elements=b"\x05\x04\x0b\x84\x23\xf0"),
        Segments(Alphabet.BINARY, (b"\x06\x05\x04\x0b\x84\x23\xf0" + bytes(133),), 7),
    ),
    "octets behind a header as given": (
        segment_raw(b"\x05\x00\x03\x07\x02\x01", bytes(134), 9),
        Segments(Alphabet.BINARY, (b"\x05\x00\x03\x07\x02\x01" + bytes(134),), 6),
    ),
    "octets behind an empty header": (
        segment_raw(b"\x00", b"a"),
        Segments(Alphabet.BINARY, (b"\x00a",), 1),
    ),
    "octets behind none": (segment_raw(b"", b"a"), Segments(Alphabet.BINARY, (b"a",))),
    "octets and header in two": (
        segment_raw(b"\x06\x05\x04\x0b\x84\x23\xf0", bytes(134), 7),
        segment_octets(bytes(134), 7, elements=b"\x05\x04\x0b\x84\x23\xf0"),
    ),
    "octets with ports in two": (
        segment_octets(bytes(134), 7, elements=b"\x05\x04\x0b\x84\x23\xf0"),
        Segments(
            Alphabet.BINARY,
            (
                b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x07\x02\x01" + bytes(128),
                b"\x0b\x05\x04\x0b\x84\x23\xf0\x00\x03\x07\x02\x02" + bytes(6),
            ),
            12,
        ),
    ),
}


@pytest.mark.parametrize(("made", "expected"), WIRE.values(), ids=WIRE)
def test_the_octets_of_each_segment(made: Segments, expected: Segments) -> None:
    assert made == expected
    assert len(made) == len(expected.user_data)
    assert all(len(octets) <= 160 for octets in made.user_data)


def test_headers_and_payloads() -> None:
    cut_in_two = segment("a" * 153 + "b" * 8)
    assert cut_in_two.headers() == (b"\x05\x00\x03\x00\x02\x01", b"\x05\x00\x03\x00\x02\x02")
    assert cut_in_two.payloads() == (b"a" * 153, b"b" * 8)
    assert segment("a").headers() == (b"",)


@given(long_texts)
@example("a" * 159 + "€")
@example("a" * 69 + "ц")
def test_pain_30_nothing_is_lost_and_every_segment_fits(text: str) -> None:
    """Pain 30: each segment alone is whole text, in room, without a mark, none shorter than due."""
    alphabet = choose(text)
    one, each = (160, 153) if alphabet is Alphabet.GSM7 else (140, 134)
    made = segment(text)
    shown = [decode(payload, alphabet) for payload in made.payloads()]
    assert "".join(shown) == text.replace("\r\n", "\n")
    assert shown == cut(text)
    assert len(made) == count(text)
    assert "\ufffd" not in "".join(shown)
    assert not any(payload.startswith(b"\xfe\xff") for payload in made.payloads())
    sizes = [len(payload) for payload in made.payloads()]
    assert max(sizes) <= (one if len(made) == 1 else each)
    assert all(size >= each - 2 for size in sizes[:-1])
    assert len(made) == 1 or sum(sizes) > one


@given(long_texts.filter(lambda text: "\r\n" not in text))
def test_smsutil_cuts_alike(text: str) -> None:
    assert cut(text) == [part.content for part in smsutil.split(text).parts]


@given(long_texts, st.integers(1, 12))
def test_cut_to_is_the_longest_beginning_that_fits(text: str, segments: int) -> None:
    alphabet = choose(text)
    kept = cut_to(text, segments)
    whole = text.replace("\r\n", "\n")
    assert whole.startswith(kept)
    assert count(kept, alphabet) <= segments
    if kept != whole:
        assert count(whole[: len(kept) + 1], alphabet) > segments


# text, segments, room of one, room of each, length that is kept
KEPT = {
    "fits": ("a" * 160, 1, None, None, 160),
    "one": ("a" * 161, 1, None, None, 160),
    "two": ("a" * 400, 2, None, None, 306),
    "more than there is": ("a" * 400, 9, None, None, 400),
    "pair at the end": ("a" * 159 + "€", 1, None, None, 159),
    "unicode": ("ц" * 71, 1, None, None, 70),
    "alphabet of the whole": ("a" * 200 + "ц", 1, None, None, 70),
    "own sizes": ("a" * 400, 2, 140, 134, 268),
    "one holds more than two": ("a" * 400, 2, 160, 50, 160),
}


@pytest.mark.parametrize(("text", "segments", "one", "each", "length"), KEPT.values(), ids=KEPT)
def test_cut_to(text: str, segments: int, one: int | None, each: int | None, length: int) -> None:
    assert cut_to(text, segments, one=one, each=each) == text[:length]


def test_cut_to_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="0 segments"):
        cut_to("a", 0)


def test_at_most_255_segments() -> None:
    longest = "a" * (153 * 255)
    made = segment(longest)
    assert len(made) == count(longest) == 255
    assert made.user_data[-1][:6] == b"\x05\x00\x03\x00\xff\xff"
    assert count(longest + "a") == 256
    with pytest.raises(TooManySegments, match="256 segments"):
        segment(longest + "a")
    with pytest.raises(TooManySegments, match="256 segments"):
        segment_octets(bytes(134 * 255 + 1))


def test_elements_that_leave_no_room() -> None:
    with pytest.raises(TooManySegments, match="134 octets"):
        segment_octets(bytes(20), elements=bytes(134))


def test_a_room_too_small_for_a_pair_is_refused() -> None:
    with pytest.raises(TooManySegments, match="room for 1"):
        segment("€€", one=1, each=1)
    with pytest.raises(TooManySegments, match="room for 1"):
        segment("😀😀", one=1, each=1)


def test_a_text_outside_its_alphabet_is_refused() -> None:
    with pytest.raises(NotGsm7):
        segment("ц", Alphabet.GSM7)
    with pytest.raises(NotGsm7):
        count("ц", Alphabet.GSM7)
