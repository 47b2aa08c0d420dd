"""Look-alikes: marks and spaces change, letters never do."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.sms.alphabets import is_gsm7
from dragoman.sms.lookalikes import _TABLE, replace

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
    "letters stay": ("Привет ç ł Α", "Привет ç ł Α"),
    "joiners stay": ("👩\u200d👧 می\u200cخواهم", "👩\u200d👧 می\u200cخواهم"),
}


@pytest.mark.parametrize(("text", "expected"), REPLACED.values(), ids=REPLACED)
def test_replace(text: str, expected: str) -> None:
    assert replace(text) == expected


def test_every_replacement_is_gsm7_and_none_is_a_letter() -> None:
    for code, plain in _TABLE.items():
        assert is_gsm7(plain), hex(code)
        assert not is_gsm7(chr(code)), hex(code)
        if unicodedata.category(chr(code)) in {"Lu", "Ll", "Lo", "Nd"}:
            assert unicodedata.normalize("NFKC", chr(code)) == plain


@given(st.text())
def test_replacing_twice_changes_nothing_more(text: str) -> None:
    assert replace(replace(text)) == replace(text)
