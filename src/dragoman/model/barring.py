"""The lists of numbers that get nothing, and how a number comes onto one or off it.

Knows neither where they are kept nor who looks into them.
"""

from enum import IntEnum
from typing import NamedTuple

import msgspec

EVERYONE = 0  # in place of an account's id: the list holds for all accounts


class Bar(IntEnum):
    """Why a number gets nothing.  The values go to the database and never change."""

    DO_NOT_DISTURB = 1  # on a registry; counts for accounts that honour it
    OPTED_OUT = 2  # the subscriber said so, to one account or to everyone
    BLOCKED = 3  # the account, or the operator, does not want to send there


class BarList(NamedTuple):
    """One list: why its numbers are barred, and for whom (`EVERYONE` or an account's id)."""

    bar: int
    account_id: int = EVERYONE


REGISTRY = BarList(Bar.DO_NOT_DISTURB)


class BarEvent(msgspec.Struct, frozen=True, array_like=True):
    """A number came onto a list, or was taken off it: when, by which way, and what proves it."""

    id: int
    bar: int
    account_id: int
    number: int
    is_on: int  # 1: on, 0: off
    at_us: int
    source: str  # "cli", "import", "sms" ...
    proof: str  # the subscriber's words, a ticket, a file and its line


def parse_barred(text: str) -> int | None:
    """Give a number in international digits, with or without plus, as lists keep it.

    None where it cannot be one: an alphanumeric sender has nobody who could be barred.
    """
    digits = text.strip().removeprefix("+")
    is_number = digits.isascii() and digits.isdecimal() and 3 <= len(digits) <= 15
    return int(digits) if is_number and digits[0] != "0" else None
