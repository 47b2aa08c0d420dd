"""The tables against another person's typing of the standard, and against each other."""

import pytest
from gsmcodecs.charmaps import GSMCHARMAPS

from dragoman.sms.alphabets import ESCAPE, EXTENSION
from dragoman.sms.national_tables import LOCKING, NONE, SINGLE, Language

FRAMED = [language for language in Language if language >= Language.BENGALI]

# Where gsmcodecs has something else, kind of table, language and code, then theirs and ours.
# Android and Firefox OS, which print the standard's tables with notes on its misprints, have
# ours in all three.
DEPARTURES = {
    # An apostrophe stands in the single shift tables already; a comma would stand nowhere.
    **{("locking", language, 0x2C): ("'", ",") for language in FRAMED},
    # The standard's own misprint: the letter PA twice, and DDA nowhere.
    ("locking", Language.KANNADA, 0x24): ("\u0caa", "\u0ca1"),
    # All other languages have the euro here.
    ("singleShift", Language.TELUGU, 0x65): (NONE, "€"),
}


@pytest.mark.parametrize("language", LOCKING, ids=lambda language: language.name)
def test_locking_tables_are_those_of_gsmcodecs(language: Language) -> None:
    assert_alike("locking", language, LOCKING[language], at_escape="\x1b")


@pytest.mark.parametrize("language", SINGLE, ids=lambda language: language.name)
def test_single_shift_tables_are_those_of_gsmcodecs(language: Language) -> None:
    assert_alike("singleShift", language, SINGLE[language], at_escape=NONE)


def assert_alike(kind: str, language: Language, table: str, at_escape: str) -> None:
    """Compare all 128 places; at the escape, gsmcodecs has the space that a handset shows."""
    theirs = {code: chr(point) for code, point in GSMCHARMAPS[language][kind]["decode"].items()}
    theirs[ESCAPE] = at_escape
    for (which, of, code), (wrong, right) in DEPARTURES.items():
        if (which, of) == (kind, language):
            assert theirs.get(code, NONE) == wrong
            theirs[code] = right
    assert {code: character for code, character in enumerate(table) if character != NONE} == {
        code: character for code, character in theirs.items() if character != NONE
    }


def test_which_languages_have_which_table() -> None:
    assert [*SINGLE] == [*Language] == [*range(1, 14)]
    assert [*Language] == sorted([*LOCKING, Language.SPANISH])


def test_every_table_has_128_places_and_its_controls_in_theirs() -> None:
    for table in LOCKING.values():
        assert len(table) == 128
        assert (table[0x0A], table[0x0D], table[ESCAPE], table[0x20]) == ("\n", "\r", "\x1b", " ")
        shown = table.replace(NONE, "")
        assert len(set(shown)) == len(shown)
    for table in SINGLE.values():
        assert len(table) == 128
        assert (table[0x0A], table[0x0D], table[ESCAPE]) == ("\f", NONE, NONE)
        assert {code: table[code] for code in EXTENSION} == EXTENSION


# The first code point of each script's block of 128.
BLOCKS = {
    Language.BENGALI: 0x0980,
    Language.GUJARATI: 0x0A80,
    Language.HINDI: 0x0900,
    Language.KANNADA: 0x0C80,
    Language.MALAYALAM: 0x0D00,
    Language.ORIYA: 0x0B00,
    Language.PUNJABI: 0x0A00,
    Language.TAMIL: 0x0B80,
    Language.TELUGU: 0x0C00,
}


def test_the_scripts_of_india_run_in_parallel() -> None:
    """Unicode lays these blocks out alike, so one code is one letter in all nine of them.

    Only what follows the matras (0x60 and 0x7B to 0x7F) is each script's own.
    """
    for code in (*range(0x60), *range(0x61, 0x7B)):
        letters = {
            ord(character) - block if ord(character) > 0x7F else character
            for language, block in BLOCKS.items()
            if (character := LOCKING[language][code]) != NONE
        }
        assert len(letters) <= 1, hex(code)


def test_each_script_stays_in_its_block() -> None:
    for language, block in BLOCKS.items():
        for table in (LOCKING[language], SINGLE[language]):
            foreign = {one for one in table if one > "\u0600" and not 0 <= ord(one) - block < 128}
            # dandas stand in the block of Devanagari for all scripts
            assert foreign <= {"\u0964", "\u0965", "€", NONE}
