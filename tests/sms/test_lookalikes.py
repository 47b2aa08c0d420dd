"""Look-alikes: marks and spaces change, letters never do."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dragoman.model.extras import MOST_SWAPS
from dragoman.sms.alphabets import is_gsm7
from dragoman.sms.lookalikes import (
    _ALWAYS,
    _TO_SAVE,
    Stranger,
    _clusters,
    explain,
    replace,
    swaps,
)

REPLACED = {
    "nothing to do": ("Hi @ 5 €, né à 3", "Hi @ 5 €, né à 3"),
    "the dialect's example": ("“Hi” – ok…", '"Hi" - ok...'),
    "single quotes": ("‘don’t’ ‚x‛ `y´", "'don't' 'x' 'y'"),
    "guillemets": ("« oui » ‹non›", '" oui " <non>'),
    "dashes": ("a‐b‑c‒d–e—f―g−h", "a-b-c-d-e-f-g-h"),
    "spaces": ("a\u00a0b\u202fc\u2009d\u3000e\tf", "a b c d e f"),
    "unseen": ("so\u00adft\u200b \ufefftext\u2060", "soft text"),
    "line ends": ("a\u2028b\u2029c\x85d\ve", "a\nb\nc\nd\ne"),
    "full width": ("ＡＢＣ　１２３！", "ABC 123!"),
    "full-width quotes": ("＇ａ｀", "'a'"),
    "bullets": ("• one • two", "* one * two"),
    "base and accent": ("Cafe\u0301 A\u030a", "Café Å"),
    "signs that are letters": ("\u2126 \u212b \u212a", "Ω Å K"),
    "primes": ("5′ 6″ 7‴", "5' 6\" 7'''"),
    "more dashes": ("⸺ ⸻ ‗ ∖ ‖", "-- --- _ \\ ||"),
    "doubled marks": ("‼ ⁇ ⁈ ⁉ ‽", "!! ?? ?! !? ?!"),
    "ligatures": ("ﬁne oﬀer, aﬄuent", "fine offer, affluent"),
    "bold and italic": ("𝐇𝐞𝐥𝐥𝐨 𝘞𝘰𝘳𝘭𝘥 𝟏𝟐𝟑", "Hello World 123"),
    "roman numerals": ("Ⅻ ⅳ", "XII iv"),
    "small forms": ("﹖﹗﹠﹪", "?!&%"),
    "full-width signs": ("￡５ ￥６ ￤", "£5 ¥6 |"),
    "marks of trade": ("© ® ™ ℠ №5", "(c) (r) (tm) (sm) No.5"),
    "arithmetic": ("3×4÷2≤9 ±1 ≈ ≥", "3x4/2<=9 +/-1 ~ >="),
    "fractions": ("½ price, 1½ h, １¾, ⅞", "1/2 price, 1 1/2 h, 1 3/4, 7/8"),
    "encircled numbers": ("① yes ⑳ no", "(1) yes (20) no"),
    "arrows": ("a→b ← ↔ ⇒ ➜", "a->b <- <-> => ->"),
    "boxes and stars": ("● ■ ★", "* * *"),
    "number out of an address book": ("call \u202a+44 7700\u202c", "call +44 7700"),
    "an emoji that has a sign": ("50% off ➡\ufe0f now™\ufe0f", "50% off -> now(tm)"),
    "signs stay where nothing is saved": ("💙 ➡\ufe0f “Hi” ™ ½", '💙 ➡\ufe0f "Hi" ™ ½'),
    "accents on what was replaced": ("Ａ\u030a", "Å"),
    "letters stay": ("Привет ç ł Α", "Привет ç ł Α"),
    "joiners stay": ("👩\u200d👧 می\u200cخواهم", "👩\u200d👧 می\u200cخواهم"),
}


@pytest.mark.parametrize(("text", "expected"), REPLACED.values(), ids=REPLACED)
def test_replace(text: str, expected: str) -> None:
    assert replace(text) == expected


def test_every_replacement_is_gsm7_and_none_is_for_a_letter() -> None:
    for code, plain in _TO_SAVE.items():
        assert is_gsm7(plain or ""), hex(code)
        assert not is_gsm7(chr(code)), hex(code)
        if unicodedata.category(chr(code)) in {"Lu", "Ll", "Lo", "Nd", "Nl"}:
            assert unicodedata.normalize("NFKC", chr(code)) == plain
    assert _ALWAYS.items() <= _TO_SAVE.items()


@given(st.text())
@example("Ａ\u030a")
def test_replacing_twice_changes_nothing_more(text: str) -> None:
    assert replace(replace(text)) == replace(text)


SWAPPED: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "nothing": ("Hi @ 5 €", []),
    "each once, in order of sight": ("“a” “b” …", [("“", '"'), ("”", '"'), ("…", "...")]),
    "what is unseen": ("a\u200bb", [("\u200b", "")]),
    "signs where they save": ("a → ½", [("→", "->"), ("½", "1/2")]),
    "signs where they do not": ("😀 → ’", [("’", "'")]),
    "an accent that is only joined": ("Cafe\u0301 ’", [("’", "'")]),
    "letters stay": ("ц", []),
    "ASCII that GSM lacks": ("`a`\t", [("`", "'"), ("\t", " ")]),
}


@pytest.mark.parametrize(("text", "swapped"), SWAPPED.values(), ids=SWAPPED)
def test_swaps(text: str, swapped: list[tuple[str, str]]) -> None:
    assert swaps(text) == tuple(swapped)


def test_of_very_many_swaps_the_first_are_told() -> None:
    text = "".join(chr(0xFF21 + n) for n in range(26))
    assert swaps(text) == tuple((chr(0xFF21 + n), chr(0x41 + n)) for n in range(MOST_SWAPS))


EXPLAINED: dict[str, tuple[str, list[tuple[str, str | None]]]] = {
    "nothing": ("Hi @ 5 €, né à 3", []),
    "empty": ("", []),
    "quotes, each once": ("“a” “b”", [("“", '"'), ("”", '"')]),
    "in order of sight": ("…ц’", [("…", "..."), ("ц", None), ("’", "'")]),
    "base and accent": ("Cafe\u0301", [("e\u0301", "é")]),
    "base and an accent that GSM lacks": ("e\u0328", [("e\u0328", None)]),
    "unseen": ("a\u200bb\u202a", [("\u200b", ""), ("\u202a", "")]),
    "emoji": ("😀a", [("😀", None)]),
    "an accent with nothing under it": ("\u0301", [("\u0301", None)]),
}


@pytest.mark.parametrize(("text", "strangers"), EXPLAINED.values(), ids=EXPLAINED)
def test_explain(text: str, strangers: list[Stranger]) -> None:
    assert explain(text) == strangers


mixed = st.text(
    st.sampled_from([*map(chr, _TO_SAVE), *"aAé€ц\u0301\u0308\u0338😀"]) | st.characters(),
    max_size=20,
)


@given(mixed)
def test_what_is_explained_is_what_forces_unicode(text: str) -> None:
    strangers = explain(text)
    assert (not strangers) == is_gsm7(text)
    assert all(stranger.character in text for stranger in strangers)
    if all(stranger.replacement is not None for stranger in strangers):
        assert is_gsm7(replace(text))


@given(mixed)
def test_swaps_are_what_replace_does(text: str) -> None:
    """But for the blank between a number and a fraction."""
    plain = dict(swaps(text))
    done = unicodedata.normalize("NFC", "".join(plain.get(c, c) for c in _clusters(text)))
    assert done.replace(" ", "") == replace(text).replace(" ", "")
