"""Quiet hours: when nobody wants to be woken, by the clock on the recipient's wall.

Pure but for the time zone database.  Where a number may be in several zones it is night if it is
night in one of them, and a message leaves when it is day in all; where that is never so, the
middle one of them counts.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from dragoman.core.zones import zones_of
from dragoman.model.messages import rank_of
from dragoman.model.world import Account

MINUTE_US = 60_000_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"\s*(2[0-3]|[01]?[0-9]):([0-5][0-9])\s*"
_HOURS = re.compile(f"{_TIME}-{_TIME}", re.ASCII)
_NONE: frozenset[int] = frozenset()
PATIENCE_S = 9 * 86_400  # within so long it is day in one zone, whichever six days are quiet


class Quiet(msgspec.Struct, frozen=True):
    """When an account's messages must not arrive.

    The hours run from `starts` to `ends`, in minutes since midnight, past it where `ends` is the
    smaller; equal ones are no hours at all.
    """

    starts: int = 0
    ends: int = 0
    days: frozenset[int] = frozenset()  # 0: Monday; quiet from midnight to midnight
    zone: str = ""  # of all recipients; empty: of each its own
    home: str = "UTC"  # for numbers that tell no zone
    exempt_rank: int = 0  # messages of this rank or a smaller one may arrive; 0: none


def quiet_of(account: Account) -> Quiet | None:
    """Give an account's quiet hours; None where it has none.  Raise ValueError for odd ones."""
    options = account.options
    hours, days = options.get("quiet_hours"), options.get("quiet_days")
    if not hours and not days:
        return None
    named = _NONE
    if isinstance(days, (list, tuple)):
        named = frozenset(DAYS.index(str(day)) for day in days)
    if len(named) == len(DAYS):
        raise ValueError(f"quiet_days of account {account.name} leaves no day to send on")
    starts, ends = read_hours(str(hours)) if hours else (0, 0)
    exempt = options.get("quiet_exempt_priority")
    return Quiet(
        starts,
        ends,
        named,
        zone=str(options.get("quiet_zone") or ""),
        home=str(options.get("zone") or account.time_zone or "UTC"),
        exempt_rank=(rank_of(exempt) or 0) if isinstance(exempt, int) else 0,
    )


class Held(NamedTuple):
    """Until when a message is held back, and by whose clock."""

    until_us: int
    zone: str

    def words(self) -> str:
        """Say it, in the recipient's time."""
        local = datetime.fromtimestamp(self.until_us // 1_000_000, ZoneInfo(self.zone))
        return f"quiet hours until {local:%Y-%m-%d %H:%M} {self.zone}"


def read_hours(text: str) -> tuple[int, int]:
    """Give start and end of hours such as `21:00-08:00`, in minutes; raise ValueError."""
    found = _HOURS.fullmatch(text)
    if found is not None:
        hour, minute, last_hour, last_minute = map(int, found.groups())
        starts, ends = hour * 60 + minute, last_hour * 60 + last_minute
        if starts != ends:
            return starts, ends
    raise ValueError('must be hours such as "21:00-08:00"')


def held(quiet: Quiet, number: str, rank: int | None, at_us: int) -> Held | None:
    """Tell until when a message to a number must wait that would leave now; None: it may."""
    if rank is not None and rank <= quiet.exempt_rank:
        return None
    zones = (quiet.zone,) if quiet.zone else zones_of(number) or (quiet.home,)
    return _held(quiet, zones, at_us // MINUTE_US)


@lru_cache(4096)
def _held(quiet: Quiet, zones: tuple[str, ...], minute: int) -> Held | None:
    """As `held`, once for a minute: zones change their offset on whole ones."""
    now_s = at_s = minute * 60
    zone = ""
    while at_s < now_s + PATIENCE_S:
        # Of several with one morning the account's own zone is named.
        mornings = [(_morning_s(quiet, name, at_s), name == quiet.home, name) for name in zones]
        next_s, _, name = max(mornings)
        if next_s == at_s:
            return Held(at_s * 1_000_000, zone) if zone else None
        at_s, zone = next_s, name
    return _held(quiet, (_middle(zones, now_s),), minute)


def _middle(zones: tuple[str, ...], at_s: int) -> str:
    """Give the zone that lies between the others from east to west."""

    def offset(zone: str) -> timedelta:
        return datetime.fromtimestamp(at_s, ZoneInfo(zone)).utcoffset() or timedelta()

    return sorted(zones, key=offset)[len(zones) // 2]


def _morning_s(quiet: Quiet, zone: str, at_s: int) -> int:
    """Give the first instant from one on, in seconds, that is not quiet in a zone."""
    while True:
        end = _end(quiet, datetime.fromtimestamp(at_s, ZoneInfo(zone)))
        if end is None:
            return at_s
        # When clocks are put back the end comes twice, and its first time may have passed.
        at_s = max(int(end.timestamp()), at_s + 60)


def _end(quiet: Quiet, local: datetime) -> datetime | None:
    """Give when what is quiet about a local time ends; None if nothing is."""
    midnight = local.replace(hour=0, minute=0, second=0, fold=0)
    if local.weekday() in quiet.days:
        return midnight + timedelta(days=1)
    minute = local.hour * 60 + local.minute
    starts, ends = quiet.starts, quiet.ends
    if starts < ends:
        is_quiet, is_evening = starts <= minute < ends, False
    else:
        is_evening = minute >= starts
        is_quiet = starts != ends and (is_evening or minute < ends)
    return midnight + timedelta(days=is_evening, minutes=ends) if is_quiet else None
