"""Typographic characters and the plain ones that look like them and cost less.

One curly quote turns a text of 160 characters into one of 70.  This swaps marks, signs and
spaces, never letters: whoever typed a name wants that name.  Only letters in another dress
(full width, bold, a ligature) are undressed.  Knows nothing of when to do so.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from dragoman.model.extras import MOST_SWAPS, Swap
from dragoman.sms.alphabets import is_gsm7

# table: by eye, what a reader takes for the same; replaced in every text
_MARKS = {
    "'": "\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02c8\u00b4`\u275b\u275c",
    '"': "\u201c\u201d\u201e\u201f\u2033\u2036\u02ba\u02ee\u00ab\u00bb\u301d\u301e\u301f"
    "\u275d\u275e",
    "'''": "\u2034\u2037",
    "<": "\u2039\u27e8\u3008",
    ">": "\u203a\u27e9\u3009",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u02d7\ufe58\ufe63",
    "--": "\u2e3a",
    "---": "\u2e3b",
    "_": "\u2017",
    "...": "\u2026\u22ef",
    "..": "\u2025",
    ".": "\u2024\u2027\u00b7\u2219\u22c5",
    "*": "\u2022\u2023\u25e6\u2217\u204e",
    "/": "\u2044\u2215",
    "\\": "\u2216\u29f5",
    "~": "\u02dc\u223c\u2053\u301c",
    "^": "\u02c6",
    "|": "\u00a6\u2223\uffe4\uffe8",
    "||": "\u2016\u2225",
    ":": "\u2236\ua789",
    "!!": "\u203c",
    "??": "\u2047",
    "?!": "\u2048\u203d",
    "!?": "\u2049",
    "£": "\u20a4\uffe1",
    "¥": "\uffe5",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u2800\u3000",
    "\n": "\v\u0085\u2028\u2029",
    "": "\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064\ufeff",
}
# table: by eye, what one would type without the sign; replaced only where that saves a text from
# Unicode, for many of them are emoji too, and beside a heart "->" is no better than an arrow
_SIGNS = {
    "*": "\u25aa\u25ab\u25cf\u25cb\u25a0\u25a1\u25c6\u25c7\u2605\u2606\u22c6\u2731",
    "[": "\u3010\u27e6",
    "]": "\u3011\u27e7",
    "(": "\u3014",
    ")": "\u3015",
    "/": "\u00f7",
    "~": "\u2248",
    "x": "\u00d7\u2715\u2716",
    "+/-": "\u00b1",
    "<=": "\u2264\u21d0",
    ">=": "\u2265",
    "<<": "\u226a",
    ">>": "\u226b",
    "->": "\u2192\u2794\u279c\u279d\u279e\u27a1\u27f6",
    "<-": "\u2190\u27f5",
    "<->": "\u2194",
    "=>": "\u21d2",
    "<=>": "\u21d4",
    "(c)": "\u00a9",
    "(r)": "\u00ae",
    "(p)": "\u2117",
    "(tm)": "\u2122",
    "(sm)": "\u2120",
    "No.": "\u2116",
}
# Joiners, direction marks and variation selectors: nothing to see in a plain text, into which
# they come with numbers pasted out of an address book; but some scripts and emoji need them.
_UNSEEN: dict[int, str | None] = dict.fromkeys(
    (0x061C, *range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFE0E, 0xFE0F)
)
_FRACTIONS = {
    character: unicodedata.normalize("NFKC", character).replace("\u2044", "/")
    for character in "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
}
_MIXED = re.compile(f"(?<=\\d)(?=[{''.join(_FRACTIONS)}])")  # one and a half is not 11/2


def _undressed() -> Iterator[tuple[int, str]]:
    """Give what Unicode itself calls the same characters in another dress (NFKC)."""
    blocks = (
        range(0x2160, 0x2180),  # Roman numerals
        range(0xFB00, 0xFB07),  # Latin ligatures
        range(0xFE50, 0xFE6C),  # small forms
        range(0xFF01, 0xFF5F),  # full width
        range(0x1D400, 0x1D800),  # mathematical letters, used as bold and italic
    )
    for block in blocks:
        for code in block:
            plain = unicodedata.normalize("NFKC", chr(code))
            if plain != chr(code) and is_gsm7(plain):
                yield code, plain


_ALWAYS: dict[int, str] = {
    **dict(_undressed()),
    **{ord(mark): plain for plain, marks in _MARKS.items() for mark in marks},
    0xFF07: "'",
    0xFF40: "'",
}
_TO_SAVE: dict[int, str | None] = {
    **_ALWAYS,
    **_UNSEEN,
    **{ord(sign): plain for plain, signs in _SIGNS.items() for sign in signs},
    **{ord(fraction): plain for fraction, plain in _FRACTIONS.items()},
    **{0x2460 + n: f"({n + 1})" for n in range(20)},  # encircled numbers
}


class Stranger(NamedTuple):
    """A character, with the marks upon it, that forces Unicode, and what would stand for it."""

    character: str
    replacement: str | None


def replace(text: str) -> str:
    """Return a text with look-alikes of GSM 7-bit characters put in place of their models.

    Letters typed as a base and an accent are joined first (an "e" and U+0301 become "é"),
    which is what a reader saw all along.  Where that and the plain marks do not save a text
    from Unicode, its signs and what is unseen in it stay.
    """
    if text.isascii():
        return text.translate(_ALWAYS)
    text = unicodedata.normalize("NFC", text)
    saved = _joined(_MIXED.sub(" ", text).translate(_TO_SAVE))
    return saved if is_gsm7(saved) else _joined(text.translate(_ALWAYS))


def swaps(text: str) -> tuple[Swap, ...]:
    """Return what `replace` changes in a text, each once, in order of sight; the first ones only.

    An accent that is joined with its letter looks as before and is not told.
    """
    table = _TO_SAVE if is_gsm7(replace(text)) else _ALWAYS
    found: list[Swap] = []
    for cluster in dict.fromkeys(_clusters(text)):
        seen = _joined(cluster)
        if is_gsm7(seen) or len(found) == MOST_SWAPS:
            continue
        if (plain := _joined(seen.translate(table))) != seen:
            found.append((cluster, plain))
    return tuple(found)


def explain(text: str) -> list[Stranger]:
    """Return what forces a text into Unicode, each once, in order of sight; [] if nothing does.

    If each of them has a replacement, `replace` makes the text fit GSM 7-bit.
    """
    if is_gsm7(text):
        return []
    seen = dict.fromkeys(cluster for cluster in _clusters(text) if not is_gsm7(cluster))
    replaced = {cluster: replace(cluster) for cluster in seen}
    return [Stranger(one, plain if is_gsm7(plain) else None) for one, plain in replaced.items()]


def _joined(text: str) -> str:
    """Return a text with bases and accents joined that came together only just now."""
    return unicodedata.normalize("NFC", text)


def _clusters(text: str) -> Iterator[str]:
    """Give each character together with the combining marks upon it."""
    start = 0
    for at in range(1, len(text)):
        if not unicodedata.combining(text[at]):
            yield text[start:at]
            start = at
    yield text[start:]
