"""How amounts, instants and plain lines are written in replies, and read from upstreams.

Money is micro-units and never passes through a binary float; instants are microseconds UTC and
zones IANA names.  Knows no dialect's fields.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dragoman.protocols.http import Response

_MICRO = 1_000_000
_DECIMAL = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?", re.ASCII)

zone = lru_cache(maxsize=1024)(ZoneInfo)


def plain(body: str) -> Response:
    """Give a text dialect's answer: HTTP 200 whatever it says, no line end after the last line."""
    return Response(200, body.encode())


def render_decimal(amount_u: int) -> str:
    """Write an amount with as few decimals as it needs, at least one: `18.0`, `0.057`, `-1.5`."""
    whole, rest = divmod(abs(amount_u), _MICRO)
    sign = "-" if amount_u < 0 else ""
    return f"{sign}{whole}.{f'{rest:06d}'.rstrip('0') or '0'}"


def parse_decimal(written: str) -> int | None:
    """Read an amount with thousands commas or without; None if it is none.

    More than six decimals are cut off.
    """
    match = _DECIMAL.fullmatch(written.strip().replace(",", ""))
    if match is None or not (match[2] or match[3]):
        return None
    amount_u = int(match[2] or "0") * _MICRO + int((match[3] or "").ljust(6, "0")[:6])
    return -amount_u if match[1] == "-" else amount_u


# The three forms ask for a second's digits once and then serve the whole second from memory:
# building an aware datetime costs more than the rest of a reply.
@lru_cache(maxsize=256)
def _local(second: int, name: str) -> datetime:
    """Give a second since the epoch as wall clock time of a zone."""
    return datetime.fromtimestamp(second, zone(name))


@lru_cache(maxsize=256)
def _iso_second(second: int, name: str) -> str:
    return _local(second, name).strftime("%Y-%m-%dT%H:%M:%S")


def render_iso(instant_us: int, name: str) -> str:
    """Write `YYYY-MM-DDThh:mm:ss.mmm`, wall clock of the zone, which is not named."""
    second, rest_us = divmod(instant_us, _MICRO)
    return f"{_iso_second(second, name)}.{rest_us // 1000:03d}"


def render_two_hours(instant_us: int, name: str) -> str:
    """Write `DD-MM-YYYY II:HH:MM:SS`: the hour on the 12-hour clock, then on the 24-hour clock."""
    return _local(instant_us // _MICRO, name).strftime("%d-%m-%Y %I:%H:%M:%S")


def render_digits(instant_us: int, name: str) -> str:
    """Write `YYYYMMDDHHmmSS`, hours from 00 to 23."""
    return _local(instant_us // _MICRO, name).strftime("%Y%m%d%H%M%S")


def render_spaced(instant_us: int, name: str) -> str:
    """Write `YYYY-MM-DD hh:mm:ss`, wall clock of the zone."""
    return _local(instant_us // _MICRO, name).strftime("%Y-%m-%d %H:%M:%S")


def render_w3c(instant_us: int, name: str) -> str:
    """Write `YYYY-MM-DDThh:mm:ss+hh:mm`, wall clock of the zone; no offset is written `-00:00`."""
    local = _local(instant_us // _MICRO, name)
    offset = local.strftime("%z")
    offset = "-00:00" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"
    return local.strftime("%Y-%m-%dT%H:%M:%S") + offset


def parse_w3c(written: str) -> int:
    """Read `YYYY-MM-DDThh:mm:ss+hh:mm` as microseconds UTC; 0 if it is not that."""
    try:
        moment = datetime.fromisoformat(written.strip().replace("-00:00", "+00:00"))
    except ValueError:
        return 0
    if moment.tzinfo is None:
        return 0
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)


def parse_spaced(written: str, name: str) -> int:
    """Read `YYYY-MM-DD hh:mm:ss` as microseconds UTC; 0 if it is not that."""
    return _parse(written, "%Y-%m-%d %H:%M:%S", name)


def parse_iso(written: str, name: str) -> int:
    """Read `YYYY-MM-DDThh:mm:ss.mmm` as microseconds UTC; 0 if it is not that."""
    return _parse(written, "%Y-%m-%dT%H:%M:%S.%f", name)


def parse_two_hours(written: str, name: str) -> int:
    """Read `DD-MM-YYYY II:HH:MM:SS` as microseconds UTC; 0 if it is not that."""
    return _parse(written, "%d-%m-%Y %I:%H:%M:%S", name)


def parse_digits(written: str, name: str) -> int:
    """Read `YYYYMMDDHHmmSS` as microseconds UTC; 0 if it is not that."""
    return _parse(written, "%Y%m%d%H%M%S", name)


def _parse(written: str, form: str, name: str) -> int:
    try:
        local = datetime.strptime(written, form).replace(tzinfo=zone(name))
    except ValueError:
        return 0
    return (local - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
