"""What a value of the world file may look like, where its type alone does not tell.

Each sort is a marker type with one reader, which gives the canonical form or says in a few
words what it must be.  Pure but for the time zone database and the dialects' names.
"""

import contextlib
import ipaddress
import re
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from dragoman.core import patterns
from dragoman.core.quiet import read_hours
from dragoman.core.recipients import read_allowance
from dragoman.core.snapshot import country
from dragoman.core.spam import read_link
from dragoman.core.templates import Template
from dragoman.dialects import DIALECTS
from dragoman.dialects.notices import FORMS
from dragoman.model.lists import judge_name
from dragoman.sms.addresses import normalise
from dragoman.sms.national_tables import languages_called

MICRO = 1_000_000
LIMIT_U = 1 << 53
WORD_CHARACTERS = 40
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Amount(int):
    """Money in micro-units."""


class Charge(Amount):
    """Money in micro-units, not below zero."""


class Instant(int):
    """Microseconds UTC."""


class Prefix(str):
    """The first digits of international numbers; empty for all."""

    __slots__ = ()


class OwnNumber(str):
    """A number or shortcode of ours, in digits."""

    __slots__ = ()


class OwnNumbers(str):
    """A number of ours, or a range of them."""

    __slots__ = ()


class Recipient(str):
    """A subscriber's number, international, in digits."""

    __slots__ = ()


class ListName(str):
    """What a group or a subscription list is called."""

    __slots__ = ()


class ListWord(str):
    """What a handset may write to join or leave a list."""

    __slots__ = ()


class Digits(str):
    """A country code or a trunk prefix."""

    __slots__ = ()


class Zone(str):
    """A time zone of the IANA database."""

    __slots__ = ()


class Hours(str):
    """The hours of a day from one time to another, past midnight or not."""

    __slots__ = ()


class Network(str):
    """An IP address or network."""

    __slots__ = ()


class Pattern(str):
    """A regular expression."""

    __slots__ = ()


class Rating(str):
    """Messages to one number within a time."""

    __slots__ = ()


class LinkText(str):
    """A domain or URL that texts may not link to."""

    __slots__ = ()


class TemplateText(str):
    """A text with typed fields."""

    __slots__ = ()


class FormName(str):
    """A form of notifications: a dialect that has callbacks, or our own."""

    __slots__ = ()


class Country(str):
    """A country by its two letters."""

    __slots__ = ()


class Currency(str):
    """A currency, or the word for credits."""

    __slots__ = ()


class DialectName(str):
    """The name of a dialect."""

    __slots__ = ()


class LanguageName(str):
    """A language with national tables, or all of them."""

    __slots__ = ()


class Url(str):
    """An address of a customer's HTTP endpoint."""

    __slots__ = ()


class Name(str):
    """The name of an account or a carrier."""

    __slots__ = ()


def read_amount(value: object) -> Amount:
    """Give an amount exactly; it is written as a text or a number, never through a float."""
    words = 'must be an amount such as "12.50"'
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise TypeError(words)
    try:
        micro = Decimal(value) * MICRO
    except InvalidOperation:
        raise ValueError(words) from None
    if not micro.is_finite() or abs(micro) >= LIMIT_U:
        raise ValueError(words)
    if micro != int(micro):
        raise ValueError("must be an amount with at most 6 decimals")
    return Amount(int(micro))


def read_charge(value: object) -> Charge:
    """Give an amount that is not below zero."""
    amount = read_amount(value)
    if amount < 0:
        raise ValueError("must not be below 0")
    return Charge(amount)


def render_amount(micro: int) -> str:
    """Give an amount with at least two decimals and no more than it needs."""
    whole, rest = divmod(abs(micro), MICRO)
    decimals = f"{rest:06}".rstrip("0").ljust(2, "0")
    return f"{'-' if micro < 0 else ''}{whole}.{decimals}"


def read_instant(value: object) -> Instant:
    """Give an instant; TOML has a form for it, and who puts it in quotes means the same."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("must be a time with its offset, such as 2030-01-31T00:00:00Z")
    return Instant((value - EPOCH) // timedelta(microseconds=1))


def render_instant(instant_us: int) -> str:
    """Give an instant as TOML writes it."""
    text = (EPOCH + timedelta(microseconds=instant_us)).isoformat()
    return text.replace("+00:00", "Z")


def _prefix(text: str) -> str:
    digits = text.replace(" ", "").removeprefix("+")
    if not re.fullmatch("[0-9]{0,15}", digits) or (digits.startswith("0")):
        raise ValueError(
            'must be the first digits of international numbers, such as "44", or "" for all'
        )
    return digits


def _own_number(text: str) -> str:
    digits = text.replace(" ", "").removeprefix("+")
    if not re.fullmatch("[0-9]{3,15}", digits):
        raise ValueError('must be a number such as "+447700900123", or a shortcode')
    return digits


def _own_numbers(text: str) -> str:
    """Give a number or a range; the two numbers of a range have as many digits."""
    first, hyphen, last = text.partition("-")
    if not hyphen:
        return _own_number(text)
    ends = _own_number(first), _own_number(last)
    if len(ends[0]) != len(ends[1]) or ends[0] >= ends[1]:
        raise ValueError('must be a number, or a range such as "447700900100-447700900199"')
    return "-".join(ends)


def _recipient(text: str) -> str:
    number = normalise(text, trunk="")
    if number is None:
        raise ValueError('must be an international number such as "+447700900123"')
    return number


def _list_name(text: str) -> str:
    if wrong := judge_name(text):
        raise ValueError(wrong)
    return text.strip()


def _list_word(text: str) -> str:
    if not text.strip() or len(text) > WORD_CHARACTERS:
        raise ValueError(f"must be a word of 1 to {WORD_CHARACTERS} characters")
    return " ".join(text.split())


def _digits(text: str) -> str:
    if not re.fullmatch("[0-9]{0,4}", text):
        raise ValueError('must be up to 4 digits in quotes, such as "44"')
    return text


def _zone(text: str) -> str:
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('must be a time zone such as "Europe/London"') from None
    return text


def _hours(text: str) -> str:
    return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in read_hours(text))


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            'must be an IP address or network such as "192.0.2.1" or "192.0.2.0/24"'
        ) from None
    return text


def _pattern(text: str) -> str:
    patterns.Pattern(text)
    return text


def _rating(text: str) -> str:
    read_allowance(text)
    return text


def _link(text: str) -> str:
    return read_link(text).text


def _template(text: str) -> str:
    Template(text)
    return text


def _country(text: str) -> str:
    if text and not country(text):
        raise ValueError('must be the two letters of a country, such as "GB"')
    return text.upper()


def _currency(text: str) -> str:
    if not re.fullmatch("[A-Za-z]{1,12}", text):
        raise ValueError('must be a currency such as "EUR", or a word such as "credits"')
    return text


def _dialect(text: str) -> str:
    if text not in DIALECTS:
        raise ValueError(f"must be one of {', '.join(DIALECTS)}")
    return text


def _language(text: str) -> str:
    try:
        languages_called([text])
    except ValueError:
        raise ValueError(
            'must be a language of the national tables such as "tr", or "*" for all'
        ) from None
    return text.lower()


def _form(text: str) -> str:
    if text not in FORMS:
        raise ValueError(f"must be one of {', '.join(FORMS)}")
    return text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isascii()
    except ValueError:
        good = False
    if not good or len(text) > 2000 or " " in text:
        raise ValueError('must be an address such as "https://example.com/in"')
    return text


def _name(text: str) -> str:
    if not re.fullmatch(r"[^\s:\x00-\x1f\x7f]{1,64}", text):
        raise ValueError("must be 1 to 64 characters without blanks and colons")
    return text


# Every sort that is a text reads a text; the others take what TOML gives.
TEXTS: dict[type, Callable[[str], str]] = {
    Prefix: _prefix,
    OwnNumber: _own_number,
    OwnNumbers: _own_numbers,
    Recipient: _recipient,
    ListName: _list_name,
    ListWord: _list_word,
    Digits: _digits,
    Zone: _zone,
    Hours: _hours,
    Network: _network,
    Pattern: _pattern,
    Rating: _rating,
    LinkText: _link,
    TemplateText: _template,
    Country: _country,
    Currency: _currency,
    DialectName: _dialect,
    FormName: _form,
    LanguageName: _language,
    Url: _url,
    Name: _name,
}
OTHERS: dict[type, Callable[[object], object]] = {
    Amount: read_amount,
    Charge: read_charge,
    Instant: read_instant,
}

# What the reference says that a key of the sort takes.
TAKES: dict[type, str] = {
    Amount: "an amount",
    Charge: "an amount of 0 or more",
    Instant: "a time with its offset",
    Prefix: "digits in quotes",
    OwnNumber: "a number in quotes",
    OwnNumbers: "a number or a range in quotes",
    Recipient: "an international number in quotes",
    ListName: "a name that is no number",
    ListWord: "a word",
    Digits: "up to 4 digits in quotes",
    Zone: "a time zone",
    Hours: "hours in quotes",
    Network: "an IP address or network",
    Pattern: "a regular expression",
    Rating: "messages and a time",
    LinkText: "a domain or URL",
    TemplateText: "a text with fields",
    Country: "a country's two letters",
    Currency: "a currency",
    DialectName: "a dialect's name",
    FormName: "a dialect's name, or json",
    LanguageName: "a language",
    Url: "an http or https address",
    Name: "a name",
}


def read_sort(sort: type, value: object) -> object:
    """Give the value of a sort; ValueError or TypeError in words that follow a key's name."""
    if sort in OTHERS:
        return OTHERS[sort](value)
    if not isinstance(value, str):
        raise TypeError("must be a text in quotes")
    return sort(TEXTS[sort](value))
