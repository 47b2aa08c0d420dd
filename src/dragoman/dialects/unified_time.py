"""When a Unified request wants to be sent: its `date`, `time` and `gmt` as one instant.

Knows no clock: whether the instant still lies ahead is for its caller to say.
Source: Unified Communications API's, "SMS Scheduler API" (date, time, gmt).
"""

import re
from datetime import UTC, datetime, timedelta

_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*(am|pm)", re.IGNORECASE)
# A plus that nobody encoded arrives as a blank, so an offset without a sign counts as plus.
_OFFSET = re.compile(r"(?:gmt)?\s*([+-]?)\s*([0-9]{1,2})(?:\s*:\s*([0-9]{2}))?", re.IGNORECASE)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


def parse_instant(date: str, time: str, gmt: str) -> int | None:
    """Give the instant in microseconds UTC, or None if any of the three cannot be read."""
    day, minutes, offset = _day(date.strip()), _minutes(time.strip()), _offset(gmt.strip())
    if day is None or minutes is None or offset is None:
        return None
    return (day - _EPOCH + timedelta(minutes=minutes - offset)) // _US


def _day(text: str) -> datetime | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    month, day, year = match.groups()
    try:
        return datetime(int("20"[: 4 - len(year)] + year), int(month), int(day), tzinfo=UTC)
    except ValueError:  # the 30th of February
        return None


def _minutes(text: str) -> int | None:
    """Give the minute of the day; hours run from 00 to 12, and 00 is another 12."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2]), match[3].lower()
    if hour > 12 or minute > 59:
        return None
    return hour % 12 * 60 + minute + (720 if half == "pm" else 0)


def _offset(text: str) -> int | None:
    """Give the offset east of Greenwich in minutes: whole and half hours, up to 12.

    13 and 14 exist east of it only (Tonga, Kiribati); the vendor's own table ends at 12.
    """
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hour, minute = match[1], int(match[2]), match[3] or "00"
    if minute not in {"00", "30"} or hour > (12 if sign == "-" else 14):
        return None
    minutes = hour * 60 + int(minute)
    return -minutes if sign == "-" else minutes
