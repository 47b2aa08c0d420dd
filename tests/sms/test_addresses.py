"""Numbers as customers type them, and senders as the wire names them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.sms.addresses import (
    Address,
    AddressForms,
    Npi,
    Ton,
    UnfitSender,
    address_of,
    encode_sender,
    is_alphanumeric_sender,
    is_numeric_sender,
    normalise,
)

RWANDA = ("250", "0", (9,))
BRITAIN = ("44", "0", ())
NONE = ("", "0", ())
Plan = tuple[str, str, tuple[int, ...]]

# token: with 250, with 44, without a country
TYPED: dict[str, tuple[str | None, str | None, str | None]] = {
    "0785971082": ("250785971082", "44785971082", None),
    "785971082": ("250785971082", "785971082", "785971082"),
    "+250 785-971-082": ("250785971082", "250785971082", "250785971082"),
    "00250785971082": ("250785971082", "250785971082", "250785971082"),
    " 250785971082": ("250785971082", "250785971082", "250785971082"),
    "0771012345": ("250771012345", "44771012345", None),
    "078abc": (None, None, None),
    "+": (None, None, None),
    "12345": (None, None, None),
    "1234567890123456": (None, None, None),
    "": (None, None, None),
    "   ": (None, None, None),
    "1234567": ("1234567", "1234567", "1234567"),
    "123456789012345": ("123456789012345", "123456789012345", "123456789012345"),
    " 0785971082": ("250785971082", "44785971082", None),
    "(0785) 971.082": ("250785971082", "44785971082", None),
    "00 250 785 971 082": ("250785971082", "250785971082", "250785971082"),
    "\t+250785971082\n": ("250785971082", "250785971082", "250785971082"),
    "+250\u00a0785971082": ("250785971082", "250785971082", "250785971082"),
    "(+250) 785971082": ("250785971082", "250785971082", "250785971082"),
    "250785971": ("250785971", "250785971", "250785971"),
    "+0785971082": (None, None, None),
    "000785971082": (None, None, None),
    "++250785971082": (None, None, None),
    "250+785971082": (None, None, None),
    "00": (None, None, None),
    "0": (None, None, None),
    "+٢٥٠٧٨٥٩٧١": (None, None, None),
    "٢٥٠٧٨٥٩٧١٠": (None, None, None),
    "²507859710": (None, None, None),
}


@pytest.mark.parametrize(("token", "expected"), TYPED.items(), ids=map(repr, TYPED))
def test_normalise(token: str, expected: tuple[str | None, ...]) -> None:
    assert tuple(normalise(token, *plan) for plan in (RWANDA, BRITAIN, NONE)) == expected


PLANS: dict[str, tuple[str, Plan, str | None]] = {
    "trunk of two digits": ("0612345678", ("36", "06", ()), "3612345678"),
    "trunk that is not zero": ("84951234567", ("7", "8", ()), "74951234567"),
    "no trunk at all": ("0612345678", ("39", "", ()), None),
    "no trunk, national length": ("612345678", ("34", "", (9,)), "34612345678"),
    "no country, national length": ("612345678", ("", "0", (9,)), "612345678"),
    "several lengths": ("71234567", ("254", "0", (8, 9)), "25471234567"),
    "too long with its country": ("01234567890123", ("250", "0", ()), None),
}


@pytest.mark.parametrize(("token", "plan", "expected"), PLANS.values(), ids=PLANS)
def test_numbering_plans(token: str, plan: Plan, expected: str | None) -> None:
    assert normalise(token, *plan) == expected


@given(st.text() | st.from_regex(r"[ +]?[0-9 ().-]{5,20}", fullmatch=True))
def test_a_normal_number_is_e164_and_stays_so(token: str) -> None:
    for plan in (RWANDA, BRITAIN, NONE):
        number = normalise(token, *plan)
        if number is not None:
            assert re.fullmatch(r"[1-9][0-9]{6,14}", number)
            assert normalise(f"+{number}", *plan) == number
            assert normalise(f"00{number}", *plan) == number


SENDERS = {
    "name": ("Dragoman", Address(Ton.ALPHANUMERIC, Npi.UNKNOWN, "Dragoman")),
    "name of digits and letters": ("4You", Address(Ton.ALPHANUMERIC, Npi.UNKNOWN, "4You")),
    "number": ("250785971082", Address(Ton.INTERNATIONAL, Npi.ISDN, "250785971082")),
    "number with plus": ("+250785971082", Address(Ton.INTERNATIONAL, Npi.ISDN, "250785971082")),
    "short code": ("60070", Address(Ton.NETWORK_SPECIFIC, Npi.UNKNOWN, "60070")),
    "longest short code": ("600700", Address(Ton.NETWORK_SPECIFIC, Npi.UNKNOWN, "600700")),
    "too long for one": ("6007000", Address(Ton.INTERNATIONAL, Npi.ISDN, "6007000")),
    "plus is no short code": ("+60070", Address(Ton.INTERNATIONAL, Npi.ISDN, "60070")),
    "national": ("0785971082", Address(Ton.UNKNOWN, Npi.ISDN, "0785971082")),
    "plus alone": ("+", Address(Ton.ALPHANUMERIC, Npi.UNKNOWN, "+")),
    "empty": ("", Address(Ton.ALPHANUMERIC, Npi.UNKNOWN, "")),
}


@pytest.mark.parametrize(("sender", "address"), SENDERS.values(), ids=SENDERS)
def test_address_of(sender: str, address: Address) -> None:
    assert address_of(sender) == address


def test_a_carrier_may_want_other_forms() -> None:
    forms = AddressForms(
        alphanumeric=(Ton.ALPHANUMERIC, Npi.ISDN),
        shortcode=(Ton.ABBREVIATED, Npi.PRIVATE),
        shortcode_digits=5,
    )
    assert address_of("Shop", forms) == Address(Ton.ALPHANUMERIC, Npi.ISDN, "Shop")
    assert address_of("60070", forms) == Address(Ton.ABBREVIATED, Npi.PRIVATE, "60070")
    assert address_of("600700", forms) == Address(Ton.INTERNATIONAL, Npi.ISDN, "600700")


# sender: numeric within 3 to 15, a name
KINDS = {
    "250785971082": (True, False),
    "+250785971082": (True, False),
    "123": (True, False),
    "12": (False, False),
    "1234567890123456": (False, False),
    "+": (False, True),
    "Dragoman": (False, True),
    "ElevenChars": (False, True),
    "TwelveLetter": (False, False),
    "Café 24": (False, True),
    "Кафе": (False, False),
    "[x]": (False, True),
    "two\nlines": (False, False),
    "": (False, False),
    "٢٥٠": (False, False),
}


@pytest.mark.parametrize(("sender", "kinds"), KINDS.items(), ids=map(repr, KINDS))
def test_kinds_of_sender(sender: str, kinds: tuple[bool, bool]) -> None:
    assert (is_numeric_sender(sender), is_alphanumeric_sender(sender)) == kinds


def test_a_dialect_has_its_own_limits() -> None:
    assert is_numeric_sender("1", least=1, most=18)
    assert is_numeric_sender("+123456789012345678", least=1, most=18)
    assert not is_numeric_sender("1234567890123456789", least=1, most=18)
    assert is_alphanumeric_sender("Twelve chars", most=12)


# sender: its octets in each charset, None where it has none
WRITTEN = {
    "ACME": (b"ACME", b"ACME", b"ACME"),
    "Léo 24": (b"L\xe9o 24", b"L\x05o 24", b"L\xc3\xa9o 24"),
    "5€": (None, b"5\x1be", b"5\xe2\x82\xac"),
    "a@b": (b"a@b", None, b"a@b"),  # its septet is 0
    "ÀBC": (b"\xc0BC", None, b"\xc3\x80BC"),
    "€€€€€€€€€€€": (None, None, None),  # 22 octets, or 33
    "AB\0C": (None, None, None),
    "\ud800": (None, None, None),
}


@pytest.mark.parametrize(("sender", "octets"), WRITTEN.items(), ids=map(repr, WRITTEN))
def test_a_sender_in_the_charsets_of_carriers(
    sender: str, octets: tuple[bytes | None, ...]
) -> None:
    for charset, expected in zip(("latin1", "gsm7", "utf8"), octets, strict=True):
        if expected is None:
            with pytest.raises(UnfitSender):
                encode_sender(sender, charset)
        else:
            assert encode_sender(sender, charset) == expected
