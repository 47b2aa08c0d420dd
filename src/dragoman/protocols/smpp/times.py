"""The sixteen characters in which SMPP says when: absolute with an offset, or relative.

Instants are microseconds since 1970 UTC, and now is an argument.  The empty string, which means
"at once" or "as the SMSC likes", is the caller's to know.
Source: SMPP 3.4 section 7.1.1 (`YYMMDDhhmmsstnnp`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_SECOND_US = 1_000_000
_TENTH_US = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([-+R])", re.ASCII)
# Beyond, days would have to become months, which the standard leaves without a length.
LONGEST_RELATIVE_S = 31 * 86_400


class TimeError(ValueError):
    """A time that the format cannot say, or characters that say none."""


def encode_absolute(at_us: int) -> bytes:
    """Return an instant in UTC; tenths of a second are kept, what is finer is cut off."""
    try:
        at = _EPOCH + timedelta(microseconds=at_us)
    except OverflowError as error:
        raise TimeError(f"{at_us} us is no year that can be written") from error
    if not 2000 <= at.year <= 2099:
        raise TimeError(f"the year {at.year} has no two digits here")
    return f"{at:%y%m%d%H%M%S}{at.microsecond // _TENTH_US}00+".encode()


def encode_relative(seconds: int) -> bytes:
    """Return a span as days, hours, minutes and seconds from now, at most 31 days."""
    if not 0 <= seconds <= LONGEST_RELATIVE_S:
        raise TimeError(f"{seconds} s is not between 0 and {LONGEST_RELATIVE_S}")
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"0000{day:02}{hour:02}{minute:02}{second:02}000R".encode()


def decode_time(value: bytes, now_us: int) -> int:
    """Return the instant that either form means; a month counts 30 days and a year 365.

    Raises TimeError for any other shape and for days that no calendar has.
    """
    shape = _SHAPE.fullmatch(value)
    if shape is None:
        raise TimeError(f"{value!r} is not of the form YYMMDDhhmmsstnnp")
    year, month, day, hour, minute, second, tenth, quarters = map(int, shape.groups()[:8])
    if shape[9] == b"R":
        days = year * 365 + month * 30 + day
        span = timedelta(days=days, hours=hour, minutes=minute, seconds=second)
        return now_us + span // timedelta(microseconds=1)
    try:
        local = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise TimeError(f"{value!r}: {error}") from error
    ahead = timedelta(minutes=15 * quarters) * (1 if shape[9] == b"+" else -1)
    seconds = (local - ahead - _EPOCH) // timedelta(seconds=1)
    return seconds * _SECOND_US + tenth * _TENTH_US
