"""A preview says what sending would do, and why."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.model.submissions import Alphabet
from dragoman.sms import national, segments
from dragoman.sms.alphabets import NotGsm7
from dragoman.sms.lookalikes import Stranger
from dragoman.sms.national import PLAIN, Shifts
from dragoman.sms.national_tables import Language
from dragoman.sms.preview import Preview, preview, preview_octets

GSM7, UCS2, LATIN1 = Alphabet.GSM7, Alphabet.UCS2, Alphabet.LATIN1
TURKISH = Language.TURKISH

PREVIEWS: dict[str, tuple[Preview, Preview, int]] = {
    "empty": (preview(""), Preview(GSM7, PLAIN, ("",), (0,), 160, ()), 160),
    "plain": (preview("Hi €"), Preview(GSM7, PLAIN, ("Hi €",), (5,), 160, ()), 155),
    "two": (
        preview("a" * 161),
        Preview(GSM7, PLAIN, ("a" * 153, "a" * 8), (153, 8), 153, ()),
        145,
    ),
    "wide": (
        preview("a" * 161, wide=True),
        Preview(GSM7, PLAIN, ("a" * 152, "a" * 9), (152, 9), 152, ()),
        143,
    ),
    "unicode, and why": (
        preview("“ц”"),
        Preview(
            UCS2,
            PLAIN,
            ("“ц”",),
            (3,),
            70,
            (Stranger("“", '"'), Stranger("ц", None), Stranger("”", '"')),
        ),
        67,
    ),
    "unicode because it was asked for": (
        preview("“a”", UCS2),
        Preview(UCS2, PLAIN, ("“a”",), (3,), 70, ()),
        67,
    ),
    "code units of pairs": (
        preview("😀" * 36),
        Preview(UCS2, PLAIN, ("😀" * 33, "😀" * 3), (66, 6), 67, (Stranger("😀", None),)),
        61,
    ),
    "latin-1": (preview("ï" * 3, LATIN1), Preview(LATIN1, PLAIN, ("ïïï",), (3,), 140, ()), 137),
    "a vendor's own sizes": (
        preview("a" * 200, one=150, each=120),
        Preview(GSM7, PLAIN, ("a" * 120, "a" * 80), (120, 80), 120, ()),
        40,
    ),
    "a vendor's own single": (
        preview("a" * 100, one=150, each=120),
        Preview(GSM7, PLAIN, ("a" * 100,), (100,), 150, ()),
        50,
    ),
    "national tables": (
        preview("ş" * 80, shifts=Shifts(TURKISH)),
        Preview(GSM7, Shifts(TURKISH), ("ş" * 80,), (80,), 155, ()),
        75,
    ),
    "national tables in two": (
        preview("ş" * 160, shifts=Shifts(TURKISH)),
        Preview(GSM7, Shifts(TURKISH), ("ş" * 149, "ş" * 11), (149, 11), 149, ()),
        138,
    ),
    "octets": (
        preview_octets(b"\6\5\4\x0b\x84\x23\xf0", b"\1\xff"),
        Preview(Alphabet.BINARY, PLAIN, ("01ff",), (2,), 133, ()),
        131,
    ),
    "octets in two": (
        preview_octets(b"", bytes(141)),
        Preview(Alphabet.BINARY, PLAIN, ("00" * 134, "00" * 7), (134, 7), 134, ()),
        127,
    ),
}


@pytest.mark.parametrize(("seen", "expected", "left"), PREVIEWS.values(), ids=PREVIEWS)
def test_preview(seen: Preview, expected: Preview, left: int) -> None:
    assert seen == expected
    assert seen.segments == len(expected.texts)
    assert seen.left == left


def test_a_text_outside_the_alphabet_is_refused() -> None:
    with pytest.raises(NotGsm7):
        preview("ц", GSM7)


def test_longer_than_can_be_sent() -> None:
    assert preview("a" * 153 * 300).segments == 300
    assert preview("ş" * 149 * 300, shifts=Shifts(TURKISH)).segments == 300


@given(
    st.text(st.sampled_from("aş€ц😀\r\n“"), max_size=400),
    st.sampled_from([PLAIN, Shifts(TURKISH), Shifts(single=TURKISH)]),
    st.fixed_dictionaries({"wide": st.booleans()}),
)
def test_it_is_what_is_sent(text: str, shifts: Shifts, more: dict[str, Any]) -> None:
    try:
        seen = preview(text, shifts=shifts, **more)
    except national.NotInTables:
        assert shifts != PLAIN
        return
    if seen.shifts == PLAIN:
        sent = segments.segment(text, **more)
    else:
        sent = national.segment(text, seen.shifts, **more)
    assert (seen.alphabet, seen.segments) == (sent.alphabet, len(sent))
    octets = segments.UNIT_OCTETS[seen.alphabet]
    assert seen.sizes == tuple(len(payload) // octets for payload in sent.payloads())
    assert max(seen.sizes) <= seen.room
    assert "".join(seen.texts) == text.replace("\r\n", "\n")
    assert bool(seen.strangers) == (seen.alphabet == UCS2)
