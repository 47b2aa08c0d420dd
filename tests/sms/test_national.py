"""Texts in national tables: the octets, the room, and whether a table pays."""

import itertools
import re
from pathlib import Path

import gsmcodecs  # noqa: F401  # registers its codecs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.model.submissions import Alphabet
from dragoman.sms import segments
from dragoman.sms.alphabets import (
    BASIC,
    EXTENSION,
    NotUcs2,
    decode_gsm7,
    encode_gsm7,
    pack_septets,
)
from dragoman.sms.alphabets import decode as decode_plain
from dragoman.sms.national import (
    PLAIN,
    NotInTables,
    Plan,
    Shifts,
    cheapest,
    cut,
    decode,
    encode,
    segment,
    shifts_in,
    shifts_of,
)
from dragoman.sms.national_tables import CODES, LOCKING, NONE, SINGLE, Language, languages_called
from dragoman.sms.segments import Segments, TooManySegments, cut_septets, segment_septets
from dragoman.sms.udh import Element, LockingShift, SingleShift, Udh, decode_udh

TURKISH, SPANISH, PORTUGUESE = Language.TURKISH, Language.SPANISH, Language.PORTUGUESE
HINDI = Language.HINDI

pairs = st.builds(
    Shifts,
    st.sampled_from([None, *LOCKING]),
    st.sampled_from([None, *SINGLE]),
)


def held(shifts: Shifts) -> str:
    """Return the characters that a pair of tables can write."""
    main = LOCKING[shifts.locking] if shifts.locking else BASIC
    more = SINGLE[shifts.single] if shifts.single else "".join(EXTENSION.values())
    return (main + more).replace(NONE, "").replace("\x1b", "")


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Shifts]:
    """Draw a text together with tables that hold it."""
    shifts = draw(pairs)
    text = draw(st.text(st.sampled_from(held(shifts)), max_size=700))
    return text.replace("\r\n", "\n"), shifts


OCTETS = {
    "plain": ("Hi @ €", PLAIN, b"Hi \x00 \x1be"),
    "turkish single": ("İğ", Shifts(single=TURKISH), b"\x1b\x49\x1b\x67"),
    "turkish locking": ("İğ", Shifts(TURKISH), b"\x40\x0c"),
    "spanish": ("Adiós", Shifts(single=SPANISH), b"Adi\x1bos"),
    "portuguese pair": ("ãÀê", Shifts(PORTUGUESE, PORTUGUESE), b"\x7b\x14\x04"),
    "hindi": ("नमस्ते", Shifts(HINDI), b"\x2f\x42\x4c\x5f\x27\x59"),
    "hindi capitals": ("OK", Shifts(HINDI, HINDI), b"\x1bO\x1bK"),
    "two languages": ("ığá", Shifts(TURKISH, SPANISH), b"\x07\x0c\x1b\x61"),
    "a character in both tables": ("ç", Shifts(TURKISH, TURKISH), b"\x60"),
    "a character twice in one": ("¡*", Shifts(HINDI, HINDI), b"\x1b\x13\x1b\x0b"),
}


@pytest.mark.parametrize(("text", "shifts", "octets"), OCTETS.values(), ids=OCTETS)
def test_encode(text: str, shifts: Shifts, octets: bytes) -> None:
    assert encode(text, shifts) == octets
    assert decode(octets, shifts) == text


SHOWN = {
    "escape before a code that is free": (b"\x1b\x01\x1ba", Shifts(HINDI), "\u0902a"),
    "escape before a place without a character": (b"\x1b\x0c", Shifts(Language.BENGALI), NONE),
    "a place without a character": (b"\x0c", Shifts(Language.BENGALI), NONE),
    "escape before an escape": (b"\x1b\x1bI", Shifts(single=TURKISH), " I"),
    "escape at the end": (b"a\x1b", Shifts(single=TURKISH), "a "),
    "no septet": (b"\x80\x1b\xff", Shifts(TURKISH, TURKISH), NONE + NONE),
    "the default extension beside a locking table": (b"\x1be", Shifts(HINDI), "€"),
    "the default alphabet beside a single shift table": (b"\x00\x1be", Shifts(single=HINDI), "@€"),
}


@pytest.mark.parametrize(("octets", "shifts", "text"), SHOWN.values(), ids=SHOWN)
def test_decode(octets: bytes, shifts: Shifts, text: str) -> None:
    assert decode(octets, shifts) == text


@given(st.binary(max_size=60), pairs)
def test_any_octets_show_something(octets: bytes, shifts: Shifts) -> None:
    assert len(decode(octets, shifts)) <= len(octets)


@given(st.binary(max_size=60))
def test_without_tables_it_is_the_default_alphabet(octets: bytes) -> None:
    text = decode(octets, PLAIN)
    assert text == decode_gsm7(octets)
    if NONE not in text:
        assert encode(text, PLAIN) == encode_gsm7(text)


@given(written())
def test_nothing_is_lost(text_and_shifts: tuple[str, Shifts]) -> None:
    text, shifts = text_and_shifts
    assert decode(encode(text, shifts), shifts) == text


# gsmcodecs has other characters than we in three places: test_national_tables.py says which.
@given(written())
def test_gsmcodecs_reads_it(text_and_shifts: tuple[str, Shifts]) -> None:
    text, shifts = text_and_shifts
    if shifts.locking and shifts.locking > PORTUGUESE:
        text = text.replace(",", "").replace("\u0ca1", "")
    if shifts.single == Language.TELUGU:
        text = text.replace("€", "")
    name = f"gsm23.038-{shifts.locking or 0:d}-{shifts.single or 0:d}"
    assert encode(text, shifts).decode(name) == text


def test_a_character_in_neither_table_is_named() -> None:
    with pytest.raises(NotInTables, match="'ц'"):
        encode("aц", Shifts(TURKISH, SPANISH))
    with pytest.raises(NotInTables, match="'A'"):
        segment("A", Shifts(HINDI))


# Header of a single segment, its room, header of each of several, their room, the same wide.
ROOMS: dict[str, tuple[Shifts, str, int, str, int, int]] = {
    "locking": (Shifts(TURKISH), "03 250101", 155, "08 250101 00030701", 149, 148),
    "single": (Shifts(single=TURKISH), "03 240101", 155, "08 240101 00030701", 149, 148),
    "both": (
        Shifts(TURKISH, PORTUGUESE),
        "06 250101 240103",
        152,
        "0B 250101 240103 00030701",
        146,
        145,
    ),
}


@pytest.mark.parametrize(
    ("shifts", "alone", "one", "several", "each", "wide"), ROOMS.values(), ids=ROOMS
)
def test_the_room(shifts: Shifts, alone: str, one: int, several: str, each: int, wide: int) -> None:
    fits, over = "a" * one, "a" * (one + 1)
    header = bytes.fromhex(alone)
    assert segment(fits, shifts, 7) == Segments(Alphabet.GSM7, (header + b"a" * one,), len(header))
    made = segment(over, shifts, 7)
    assert made.headers() == tuple(
        bytes.fromhex(several)[:-1] + bytes((2, number)) for number in (1, 2)
    )
    assert [len(payload) for payload in made.payloads()] == [each, one + 1 - each]
    assert [len(piece) for piece in cut(over, shifts, wide=True)] == [wide, one + 1 - wide]


@given(written(), st.booleans())
def test_every_segment_is_whole_text_and_fits(
    text_and_shifts: tuple[str, Shifts], wide: bool
) -> None:
    text, shifts = text_and_shifts
    made = segment(text, shifts, 7, wide=wide)
    assert "".join(cut(text, shifts, wide=wide)) == text
    assert cut(text, shifts, wide=wide) == [decode(payload, shifts) for payload in made.payloads()]
    for octets, header, payload in zip(
        made.user_data, made.headers(), made.payloads(), strict=True
    ):
        assert octets == header + payload
        assert encode(decode(payload, shifts), shifts) == payload  # no half of an escape pair
        fill_bits = -8 * len(header) % 7
        assert len(header) + len(pack_septets(payload, fill_bits)) <= 140
        if header:
            assert shifts_of(decode_udh(header)) == shifts


def test_an_escape_pair_is_not_parted() -> None:
    made = segment("a" * 148 + "Ş" + "a" * 20, Shifts(single=TURKISH))
    assert [len(payload) for payload in made.payloads()] == [148, 22]


def test_line_breaks_count_one() -> None:
    assert segment("\r\n" * 155, Shifts(TURKISH)) == segment("\n" * 155, Shifts(TURKISH))


def test_at_most_255_segments() -> None:
    assert len(segment("ş" * (149 * 255), Shifts(TURKISH))) == 255
    with pytest.raises(TooManySegments, match="256 segments"):
        segment("ş" * (149 * 255 + 1), Shifts(TURKISH))
    assert len(cut_septets(bytes(149 * 255 + 1), beside_octets=3)) == 256


def test_elements_that_leave_no_room() -> None:
    with pytest.raises(TooManySegments, match="134 octets"):
        segment_septets(bytes(20), elements=bytes(134))


ALL = tuple(Language)
# text, languages allowed, then alphabet, tables, segments with and without
PLANS: dict[str, tuple[str, tuple[Language, ...], Plan]] = {
    "nothing allowed": ("ş" * 71, (), Plan(Alphabet.UCS2, PLAIN, 2, 2)),
    "one segment is as cheap as can be": ("ş" * 70, ALL, Plan(Alphabet.UCS2, PLAIN, 1, 1)),
    "locking": ("ş" * 80, (TURKISH,), Plan(Alphabet.GSM7, Shifts(TURKISH), 1, 2)),
    "single where it is enough": (
        "a" * 100 + "É" + "á" * 10,
        (SPANISH,),
        Plan(Alphabet.GSM7, Shifts(single=SPANISH), 1, 2),
    ),
    "single before locking": (
        "a" * 100 + "ã" * 20,
        (PORTUGUESE,),
        Plan(Alphabet.GSM7, Shifts(single=PORTUGUESE), 1, 2),
    ),
    "fewer septets among equals": (
        "€" * 100 + "^" * 20,
        (TURKISH, PORTUGUESE),
        Plan(Alphabet.GSM7, Shifts(PORTUGUESE), 1, 2),
    ),
    "both of one language": (
        "क" * 100 + "OK",
        (HINDI,),
        Plan(Alphabet.GSM7, Shifts(HINDI, HINDI), 1, 2),
    ),
    "of two languages": (
        "ığ" * 50 + "á",
        (SPANISH, TURKISH),
        Plan(Alphabet.GSM7, Shifts(TURKISH, SPANISH), 1, 2),
    ),
    "another language": ("ş" * 71, (HINDI, SPANISH), Plan(Alphabet.UCS2, PLAIN, 2, 2)),
    "a letter of no language": ("ş" * 70 + "ц", ALL, Plan(Alphabet.UCS2, PLAIN, 2, 2)),
    "escapes saved": ("€" * 100, (TURKISH,), Plan(Alphabet.GSM7, Shifts(TURKISH), 1, 2)),
    "the header costs what is saved": (
        "a" * 151 + "€" * 5,
        (TURKISH,),
        Plan(Alphabet.GSM7, PLAIN, 2, 2),
    ),
    "nothing to be saved": ("a" * 306, ALL, Plan(Alphabet.GSM7, PLAIN, 2, 2)),
    "line breaks": (
        "ş" + "\r\n" * 100,
        (TURKISH,),
        Plan(Alphabet.GSM7, Shifts(single=TURKISH), 1, 2),
    ),
}


@pytest.mark.parametrize(("text", "languages", "plan"), PLANS.values(), ids=PLANS)
def test_pain_31_tables_are_used_where_they_make_a_message_cheaper(
    text: str, languages: tuple[Language, ...], plan: Plan
) -> None:
    """Pain 31: the price with and without tables, and a handset shows the same either way."""
    assert cheapest(text, languages) == plan
    assert segments.count(text) == plan.plain_segments
    without = segments.segment(text)
    shown = "".join(decode_plain(octets, without.alphabet) for octets in without.payloads())
    if plan.shifts == PLAIN:
        assert len(without) == plan.segments
    else:
        made = segment(text, plan.shifts)
        assert len(made) == plan.segments < plan.plain_segments
        tables = [shifts_of(decode_udh(header)) for header in made.headers()]
        assert tables == [plan.shifts] * len(made)
        assert "".join(map(decode, made.payloads(), tables)) == shown


@given(
    st.text(st.sampled_from("aA€ışÇãôá^\r\nक"), min_size=60, max_size=420),
    st.sets(st.sampled_from([TURKISH, SPANISH, PORTUGUESE, HINDI])),
    st.booleans(),
)
def test_no_other_tables_are_cheaper(text: str, languages: set[Language], wide: bool) -> None:
    plan = cheapest(text, languages, wide=wide)
    prices = [segments.count(text, wide=wide)]
    assert plan.plain_segments == prices[0]
    for locking, single in itertools.product([None, *languages], repeat=2):
        if locking != SPANISH and (locking or single):
            try:
                prices.append(len(segment(text, Shifts(locking, single), wide=wide)))
            except NotInTables:
                continue
    assert plan.segments == min(prices)
    assert (plan.shifts == PLAIN) == (plan.segments == plan.plain_segments)


def test_half_a_pair_is_refused() -> None:
    with pytest.raises(NotUcs2):
        cheapest("\ud83d", ALL)


HEADERS: dict[str, tuple[Udh, Shifts]] = {
    "none": (Udh(), PLAIN),
    "locking": (Udh((LockingShift(1),)), Shifts(TURKISH)),
    "single": (Udh((SingleShift(2),)), Shifts(single=SPANISH)),
    "both": (Udh((SingleShift(13), LockingShift(6))), Shifts(HINDI, Language.URDU)),
    "spanish has no locking table": (Udh((LockingShift(2),)), PLAIN),
    "languages to come": (Udh((SingleShift(14), LockingShift(0))), PLAIN),
    "other elements": (Udh((Element(0x70, b""), SingleShift(1))), Shifts(single=TURKISH)),
}


@pytest.mark.parametrize(("udh", "shifts"), HEADERS.values(), ids=HEADERS)
def test_the_tables_that_a_header_names(udh: Udh, shifts: Shifts) -> None:
    assert shifts_of(udh) == shifts


def test_the_reference_lists_every_language() -> None:
    text = Path("docs/reference/national-languages.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(\w+)` \| `(\w\w)` \| (\d+) \| (yes|no) \| (yes|no) \|", text, re.MULTILINE
    )
    assert rows == [
        (
            language.name.lower(),
            code,
            f"{language:d}",
            "yes" if language in SINGLE else "no",
            "yes" if language in LOCKING else "no",
        )
        for code, language in CODES.items()
    ]
    assert [*CODES.values()] == [*Language]


CALLED = {
    "codes": (("tr", "ES"), {TURKISH, SPANISH}),
    "names": (("turkish", " Urdu "), {TURKISH, Language.URDU}),
    "both": (("hi", "hindi"), {HINDI}),
    "all": (("*",), set(Language)),
    "none": ((), set()),
}


@pytest.mark.parametrize(("words", "languages"), CALLED.values(), ids=CALLED)
def test_what_languages_are_called(words: tuple[str, ...], languages: set[Language]) -> None:
    assert languages_called(words) == languages


def test_a_language_without_tables_is_named() -> None:
    with pytest.raises(ValueError, match=r"^no national table for 'de'; there is \* for all, tr "):
        languages_called(["tr", "de"])


@given(pairs)
def test_tables_fit_into_one_octet(shifts: Shifts) -> None:
    assert 0 <= shifts.octet() <= 0xFF
    assert shifts_in(shifts.octet()) == shifts
