"""Addresses: what a customer types as a number, and how the wire names its kind.

Knows no country but what it is told, and no numbering plan: a number of 7 to 15 digits is
good.  Source: SMPP 3.4 sections 5.2.5 and 5.2.6 for TON and NPI, ITU-T E.164 for the length.
"""

import re
from collections.abc import Callable, Collection, Mapping
from enum import IntEnum

import msgspec

from dragoman.sms.alphabets import encode_gsm7, is_gsm7


class Ton(IntEnum):
    """Type of number."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER_NUMBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6


class Npi(IntEnum):
    """Numbering plan indicator."""

    UNKNOWN = 0
    ISDN = 1  # E.163 and E.164
    DATA = 3
    TELEX = 4
    LAND_MOBILE = 6
    NATIONAL = 8
    PRIVATE = 9
    ERMES = 10
    INTERNET = 14
    WAP_CLIENT_ID = 18


class Address(msgspec.Struct, frozen=True):
    """An address as a PDU carries it."""

    ton: Ton
    npi: Npi
    digits: str


class AddressForms(msgspec.Struct, frozen=True):
    """How a carrier wants each kind of sender to be marked; the defaults suit most.

    `shortcode_digits` is the longest number that counts as a short code; 0 means none does.
    """

    alphanumeric: tuple[Ton, Npi] = (Ton.ALPHANUMERIC, Npi.UNKNOWN)
    international: tuple[Ton, Npi] = (Ton.INTERNATIONAL, Npi.ISDN)
    shortcode: tuple[Ton, Npi] = (Ton.NETWORK_SPECIFIC, Npi.UNKNOWN)
    local: tuple[Ton, Npi] = (Ton.UNKNOWN, Npi.ISDN)  # begins with 0, so it is not E.164
    shortcode_digits: int = 6


FORMS = AddressForms()

_DROPPED = str.maketrans("", "", " \t\u00a0-().")


def normalise(token: str, cc: str = "", trunk: str = "0", nsn: Collection[int] = ()) -> str | None:
    """Return the international digits of a number as typed, without plus; None if it is bad.

    `cc` is the account's country code, `trunk` the prefix that stands for it in a national
    number, `nsn` the lengths of national numbers written without that prefix.  National plans
    are not checked.  A leading blank may be a plus that the customer's client left undecoded,
    or the blank after a comma: it is dropped, and the digits decide.
    """
    if not (token.isdecimal() and token.isascii()):
        return _normalise_decorated(token, cc, trunk, nsn)
    if token.startswith("00"):
        return _checked(token[2:])
    if trunk and token.startswith(trunk):
        return _checked(cc + token[len(trunk) :]) if cc else None
    if cc and len(token) in nsn and not token.startswith(cc):
        return _checked(cc + token)
    return _checked(token)


def _normalise_decorated(token: str, cc: str, trunk: str, nsn: Collection[int]) -> str | None:
    bare = token.strip().translate(_DROPPED)
    international = bare.startswith("+")
    digits = bare[1:] if international else bare
    if not (digits.isdecimal() and digits.isascii()):
        return None
    return _checked(digits) if international else normalise(digits, cc, trunk, nsn)


def _checked(digits: str) -> str | None:
    return digits if 7 <= len(digits) <= 15 and digits[0] != "0" else None


_NUMERIC = re.compile(r"\+?([0-9]+)", re.ASCII)
_UNSHOWN = frozenset("\n\r\f")


def is_numeric_sender(sender: str, least: int = 3, most: int = 15) -> bool:
    """Tell whether a sender is digits with an optional plus, as many as the limits allow."""
    match = _NUMERIC.fullmatch(sender)
    return match is not None and least <= len(match[1]) <= most


def is_alphanumeric_sender(sender: str, most: int = 11) -> bool:
    """Tell whether a sender is a name: at most 11 visible GSM 7-bit characters, not all digits.

    Line and page breaks are in the alphabet, and have no business in a name.
    """
    return (
        0 < len(sender) <= most
        and _NUMERIC.fullmatch(sender) is None
        and _UNSHOWN.isdisjoint(sender)
        and is_gsm7(sender)
    )


def address_of(sender: str, forms: AddressForms = FORMS) -> Address:
    """Return a sender as the wire carries it: a name, a short code or a number.

    A sender with a plus is international whatever its length.
    """
    match = _NUMERIC.fullmatch(sender)
    if match is None:
        return Address(*forms.alphanumeric, sender)
    digits = match[1]
    if sender != digits:
        kind = forms.international
    elif len(digits) <= forms.shortcode_digits:
        kind = forms.shortcode
    elif digits[0] == "0":
        kind = forms.local
    else:
        kind = forms.international
    return Address(*kind, digits)


LONGEST_SENDER = 20  # octets of source_addr without its NUL, SMPP 3.4 section 4.4.1

# How a carrier may want names written; the standard leaves it open.
SENDER_CHARSETS: Mapping[str, Callable[[str], bytes]] = {
    "latin1": lambda name: name.encode("latin-1"),
    "gsm7": encode_gsm7,
    "utf8": str.encode,
}


class UnfitSender(ValueError):
    """A sender that source_addr cannot hold in the carrier's charset, and why."""


def encode_sender(sender: str, charset: str) -> bytes:
    """Return the octets of a sender for source_addr, in one of SENDER_CHARSETS.

    Raises UnfitSender: for a character that the charset lacks, for `@` in GSM 7-bit, whose code
    would end the field, and for more octets than the field holds.
    """
    try:
        octets = SENDER_CHARSETS[charset](sender)
    except ValueError:
        raise UnfitSender(f"sender {sender!r} cannot be written in {charset}") from None
    if 0 in octets:
        raise UnfitSender(f"sender {sender!r} has a character that ends an address of SMPP")
    if len(octets) > LONGEST_SENDER:
        raise UnfitSender(f"sender {sender!r} is longer than the {LONGEST_SENDER} octets of SMPP")
    return octets
