"""Carrier message ids: the same id is found however it is written, another one never."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dragoman.sms.refs import IdForm, Rule, candidates, key_of, narrow, relate

# As carriers give them: the id, and the key under which it is kept.
SHAPES = {
    "decimal": ("1234567890", "1234567890"),
    "decimal, one digit": ("7", "7"),
    "decimal, padded": ("0000001234", "1234"),
    "decimal, 20 digits": ("10011000000000000001", "10011000000000000001"),
    "decimal, 64 digits": ("9" * 64, "9" * 64),
    "decimal, longer than any number": ("0" * 65, "0" * 65),
    "zero": ("0", "0"),
    "zeros": ("00000000", "0"),
    "hex, lower": ("3b9aca00", "3b9aca00"),
    "hex, upper": ("3B9ACA00", "3b9aca00"),
    "hex, mixed": ("3b9ACA00", "3b9aca00"),
    "hex, zeros in front": ("00B8BE19", "b8be19"),
    "hex, 16 digits": ("0123456789ABCDEF", "123456789abcdef"),
    "hex, 32 digits": ("0E99A1B2C3D4E5F60718293A4B5C6D7E", "e99a1b2c3d4e5f60718293a4b5c6d7e"),
    "hex that looks like a float": ("1e5", "1e5"),
    "hex that is a word": ("DEADBEEF", "deadbeef"),
    "uuid": ("0e99f1a2-7b6c-4d5e-8f90-a1b2c3d4e5f6", "0e99f1a2-7b6c-4d5e-8f90-a1b2c3d4e5f6"),
    "uuid, upper": (
        "0E99F1A2-7B6C-4D5E-8F90-A1B2C3D4E5F6",
        "0e99f1a2-7b6c-4d5e-8f90-a1b2c3d4e5f6",
    ),
    "uuid, all zeros in front": (
        "00000000-0000-4000-8000-000000000001",
        "00000000-0000-4000-8000-000000000001",
    ),
    "uuid in braces": (
        "{0E99F1A2-7B6C-4D5E-8F90-A1B2C3D4E5F6}",
        "{0E99F1A2-7B6C-4D5E-8F90-A1B2C3D4E5F6}",
    ),
    "base 64": ("AAECAwQFBgc=", "AAECAwQFBgc="),
    "letters beyond f": ("00XyZ123", "00XyZ123"),
    "short token": ("msg_01HZX3", "msg_01HZX3"),
    "decimal with a dash": ("0012-3456", "0012-3456"),
    "decimal with a dot": ("000123.1", "000123.1"),
    "host and number": ("smsc01:000077", "smsc01:000077"),
    "number and host": ("000077@smsc01", "000077@smsc01"),
    "hex with its mark": ("0x00B8BE19", "0x00B8BE19"),
    "negative": ("-1234567", "-1234567"),
    "plus": ("+0123", "+0123"),
    "blank inside": ("0012 34", "0012 34"),
    "date and number": ("20250304153000-00042", "20250304153000-00042"),
    "digits of another script": ("٠٠١٢٣", "٠٠١٢٣"),
    "full stop at the end": ("000123.", "000123."),
}


@pytest.mark.parametrize(("ref", "key"), SHAPES.values(), ids=SHAPES)
def test_pain_2_ids_are_kept_and_match_themselves(ref: str, key: str) -> None:
    """Pain 2: the key is for finding; of the id itself nothing is cut, in any form."""
    assert key_of(ref) == key
    assert key_of(key) == key
    assert candidates(ref)[0] == key
    assert relate(ref, ref) is Rule.TEXT
    assert candidates(ref, IdForm.TEXT) == (key,)
    assert relate(ref, ref, IdForm.TEXT) is Rule.TEXT


@pytest.mark.parametrize("form", [IdForm.AUTO, IdForm.TEXT, IdForm.PADDED])
def test_pain_2_leading_zeros_of_what_is_no_number_count(form: IdForm) -> None:
    """Pain 2: an id that is not digits throughout is only ever equal to itself."""
    uuid = "0e99f1a2-7b6c-4d5e-8f90-a1b2c3d4e5f6"
    assert relate(uuid, uuid.lstrip("0"), form) is None
    assert relate("00XyZ1", "XyZ1", form) is None
    assert relate("00XyZ1", "00xyz1", form) is None
    assert relate("00B8BE19", "B8BE19", form) is (Rule.HEX if form == IdForm.AUTO else None)


# response, receipt, rule
PAIRS = {
    "same text": ("00B8BE19", "00B8BE19", Rule.TEXT),
    "padded in the receipt": ("1234", "0000001234", Rule.PADDED),
    "padded in the response": ("0000001234", "1234", Rule.PADDED),
    "padded in both": ("001234", "0001234", Rule.PADDED),
    "uuid in capitals": (
        "0e99f1a2-7b6c-4d5e-8f90-a1b2c3d4e5f6",
        "0E99F1A2-7B6C-4D5E-8F90-A1B2C3D4E5F6",
        Rule.UUID,
    ),
    "hex in capitals": ("b8be19", "B8BE19", Rule.HEX),
    "hex padded": ("00b8be19", "B8BE19", Rule.HEX),
    "hex, then decimal": ("00B8BE19", "12107289", Rule.HEX_TO_DEC),
    "hex, then padded decimal": ("b8be19", "0012107289", Rule.HEX_TO_DEC),
    "hex without letters, then decimal": ("12345678", "305419896", Rule.HEX_TO_DEC),
    "decimal, then hex": ("12107289", "00B8BE19", Rule.DEC_TO_HEX),
    "decimal, then hex without letters": ("305419896", "12345678", Rule.DEC_TO_HEX),
    "one digit": ("7", "7", Rule.TEXT),
    "64 bits": ("18446744073709551615", "FFFFFFFFFFFFFFFF", Rule.DEC_TO_HEX),
    "another number": ("1234", "12345", None),
    "zeros behind": ("1234", "12340", None),
    "another hex": ("00B8BE19", "00B8BE1A", None),
    "two empty ones": ("", "", None),
    "empty response": ("", "0", None),
    "empty receipt": ("0", "", None),
    "texts": ("abc-1", "abc-2", None),
    "text and its case": ("abcx", "ABCX", None),
    "number longer than any": ("1" * 65, "0" + "1" * 65, None),
}


@pytest.mark.parametrize(("response", "receipt", "rule"), PAIRS.values(), ids=PAIRS)
def test_pain_3_every_radix_at_once(response: str, receipt: str, rule: Rule | None) -> None:
    """Pain 3: text, padded, hexadecimal and decimal are all tried, and the rule has a name."""
    assert relate(response, receipt) is rule
    assert (key_of(response) in candidates(receipt)) is (rule is not None)


# form: the rule for each of the pairs below
PINNED: dict[IdForm, list[Rule | None]] = {
    IdForm.AUTO: [Rule.TEXT, Rule.PADDED, Rule.HEX, Rule.HEX_TO_DEC, Rule.DEC_TO_HEX, Rule.TEXT],
    IdForm.TEXT: [Rule.TEXT, None, None, None, None, Rule.TEXT],
    IdForm.PADDED: [Rule.TEXT, Rule.PADDED, None, None, None, Rule.TEXT],
    IdForm.HEX: [None, None, None, Rule.HEX_TO_DEC, None, Rule.TEXT],
    IdForm.DEC: [None, None, None, None, Rule.DEC_TO_HEX, Rule.TEXT],
}
PINNED_PAIRS = [
    ("1234", "1234"),
    ("1234", "001234"),
    ("b8be19", "00B8BE19"),
    ("12345678", "305419896"),
    ("305419896", "12345678"),
    ("msg-1", "msg-1"),
]


@pytest.mark.parametrize(("form", "rules"), PINNED.items(), ids=PINNED)
def test_pain_3_a_form_can_be_pinned(form: IdForm, rules: list[Rule | None]) -> None:
    """Pain 3: the operator may allow one reading only; what has no other radix stays text."""
    found = [relate(response, receipt, form) for response, receipt in PINNED_PAIRS]
    # "00B8BE19" is no decimal number, so under "hex" it could only be itself.
    assert found == rules
    for (response, receipt), rule in zip(PINNED_PAIRS, rules, strict=True):
        if rule is not None:
            assert key_of(response) in candidates(receipt, form)


def test_candidates_in_order() -> None:
    assert candidates("305419896") == ("305419896", "12345678", "12973086870")
    assert candidates("00B8BE19") == ("b8be19", "12107289")
    assert candidates("7") == ("7",)
    assert candidates("msg-1") == ("msg-1",)
    assert candidates("305419896", IdForm.HEX) == ("12345678",)
    assert candidates("12345678", IdForm.DEC) == ("305419896",)
    assert candidates("305419896", "padded") == ("305419896",)
    assert candidates("") == ()


def test_an_unknown_form_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="octal"):
        candidates("1", "octal")


# receipt, stored ids, what is left of them
FOUND: dict[str, tuple[str, list[str], list[tuple[int, Rule]]]] = {
    "nothing is stored": ("1234", [], []),
    "one": ("1234", ["1234"], [(0, Rule.TEXT)]),
    "only others": ("1234", ["4321"], []),
    "text before padding": ("1234", ["001234", "1234"], [(1, Rule.TEXT)]),
    "text before radix": ("305419896", ["12345678", "305419896"], [(1, Rule.TEXT)]),
    "padding or radix": (
        "0305419896",
        ["305419896", "12345678"],
        [(0, Rule.PADDED), (1, Rule.HEX_TO_DEC)],
    ),
    "either radix": ("12", ["18", "c"], [(0, Rule.DEC_TO_HEX), (1, Rule.HEX_TO_DEC)]),
    "an id given twice": ("1234", ["1234", "1234"], [(0, Rule.TEXT), (1, Rule.TEXT)]),
}


@pytest.mark.parametrize(("receipt", "stored", "left"), FOUND.values(), ids=FOUND)
def test_pain_3_an_ambiguity_is_seen(
    receipt: str, stored: list[str], left: list[tuple[int, Rule]]
) -> None:
    """Pain 3: two messages that a receipt may mean are both told, so that it can be refused."""
    assert narrow(receipt, stored) == left


def written(number: int, radix: str, padding: int, *, capitals: bool) -> str:
    """Write a number as some carrier would."""
    digits = "0" * padding + f"{number:{radix}}"
    return digits.upper() if capitals else digits


spellings = st.tuples(st.sampled_from("dx"), st.integers(0, 12), st.booleans())


@given(st.integers(0, 2**128), spellings, spellings)
def test_pain_1_any_two_spellings_of_an_id_match(
    number: int, one: tuple[str, int, bool], other: tuple[str, int, bool]
) -> None:
    """Pain 1: whatever padding, case and radix the response and the receipt have."""
    response = written(number, one[0], one[1], capitals=one[2])
    receipt = written(number, other[0], other[1], capitals=other[2])
    assert key_of(response) in candidates(receipt)
    assert relate(response, receipt) is not None
    assert key_of(receipt) in candidates(response), "for receipts that overtake their response"


@given(st.integers(0, 2**64), st.integers(0, 2**64), spellings, spellings)
def test_pain_3_a_match_has_a_reason(
    a: int, b: int, one: tuple[str, int, bool], other: tuple[str, int, bool]
) -> None:
    """Pain 3: ids that match are one number under some radix, never by accident of text."""
    response = written(a, one[0], one[1], capitals=one[2])
    receipt = written(b, other[0], other[1], capitals=other[2])
    if relate(response, receipt) is not None:
        assert values(response) & values(receipt)


def values(ref: str) -> set[int]:
    """Read an id in every radix that it may have."""
    return {int(ref, 16)} | ({int(ref)} if ref.isdecimal() else set())


def test_pain_1_50_000_ids_without_a_miss() -> None:
    """Pain 1: hexadecimal at the response, padded decimal at the receipt, and no mix-up."""
    first = 1_000_000_000
    stored = {key_of(f"{number:X}"): number for number in range(first, first + 50_000)}
    for number in range(first, first + 50_000):
        assert [stored[k] for k in candidates(f"{number:012d}") if k in stored] == [number]


@given(st.text(max_size=65), st.text(max_size=65))
def test_any_text_is_an_id(response: str, receipt: str) -> None:
    assert key_of(key_of(response)) == key_of(response)
    rule = relate(response, receipt)
    assert (rule is not None) == (bool(receipt) and key_of(response) in candidates(receipt))


@given(st.text())
def test_keys_of_texts_are_the_texts(ref: str) -> None:
    assume(any(character not in "0123456789abcdefABCDEF-" for character in ref))
    assert key_of(ref) == ref[:65]


def test_what_is_indexed_of_an_id_has_a_limit() -> None:
    """Ids that differ behind it are found under one key and told apart all the same."""
    one, other = "x" * 5_000 + "1", "x" * 5_000 + "2"
    assert key_of(one) == key_of(other) == "x" * 65
    assert candidates(one) == ("x" * 65,)
    assert narrow(one, [other, one]) == [(1, Rule.TEXT)]
    assert narrow(one, [other]) == []
