"""Quiet hours: night by the recipient's clock, across zones, summer time and midnight."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.quiet import Held, Quiet, held, quiet_of, read_hours
from dragoman.core.zones import zones_of
from dragoman.model.world import Account

NIGHT: dict[str, Any] = {"starts": 21 * 60, "ends": 8 * 60}
LONDON, ROME, KATHMANDU = "447700900123", "393331234567", "9779812345678"


def at(text: str) -> int:
    """Give an instant of UTC in microseconds."""
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp()) * 1_000_000


def shown(found: Held | None) -> str:
    """Give until when a message waits, in UTC; empty when it may leave."""
    return f"{datetime.fromtimestamp(found.until_us / 1e6, UTC):%Y-%m-%d %H:%M}" if found else ""


# What is quiet, to whom, when (in UTC), and until when it waits (in UTC; empty: not at all).
CASES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "by day": (NIGHT, LONDON, "2026-01-10 12:00", ""),
    "the minute before": (NIGHT, LONDON, "2026-01-10 20:59", ""),
    "from its first minute": (NIGHT, LONDON, "2026-01-10 21:00", "2026-01-11 08:00"),
    "after midnight": (NIGHT, LONDON, "2026-01-11 03:00", "2026-01-11 08:00"),
    "the last minute": (NIGHT, LONDON, "2026-01-11 07:59", "2026-01-11 08:00"),
    "when they end": (NIGHT, LONDON, "2026-01-11 08:00", ""),
    "in summer an hour earlier": (NIGHT, LONDON, "2026-07-10 20:00", "2026-07-11 07:00"),
    "within a day": ({"starts": 780, "ends": 840}, LONDON, "2026-01-10 13:30", "2026-01-10 14:00"),
    "and not beside it": ({"starts": 780, "ends": 840}, LONDON, "2026-01-10 14:30", ""),
    "another country's evening": (NIGHT, ROME, "2026-01-10 20:30", "2026-01-11 07:00"),
    "quarters of an hour": (NIGHT, KATHMANDU, "2026-01-10 15:15", "2026-01-11 02:15"),
    "half an hour": (NIGHT, "919812345678", "2026-01-10 15:30", "2026-01-11 02:30"),
    "still day there": (NIGHT, "919812345678", "2026-01-10 15:29", ""),
    "an area code of America": (NIGHT, "12125550123", "2026-01-10 03:00", "2026-01-10 13:00"),
    "another one": (NIGHT, "18085550123", "2026-01-10 03:00", ""),
    # Clocks go forward in the night: it is an hour shorter.
    "the night summer begins": (NIGHT, ROME, "2026-03-28 22:00", "2026-03-29 06:00"),
    "the night it ends": (NIGHT, ROME, "2026-10-24 22:00", "2026-10-25 07:00"),
    "an end that the clock leaps over": (
        {"starts": 60, "ends": 150},
        ROME,
        "2026-03-29 00:30",
        "2026-03-29 01:30",
    ),
    "an end that comes twice, before the first": (
        {"starts": 60, "ends": 150},
        ROME,
        "2026-10-25 00:10",
        "2026-10-25 00:30",
    ),
    "an end that comes twice, before the second": (
        {"starts": 60, "ends": 150},
        ROME,
        "2026-10-25 01:10",
        "2026-10-25 01:30",
    ),
    # In eleven zones at once: quiet from the first evening to the last morning.
    "all zones of a country": (NIGHT, "79123456789", "2026-01-10 10:00", "2026-01-11 06:00"),
    "where it is day in all": (NIGHT, "79123456789", "2026-01-11 06:30", ""),
    "never day in all: the middle one": (
        {"starts": 18 * 60, "ends": 12 * 60},
        "79123456789",
        "2026-01-10 10:00",
        "",
    ),
    "one zone for everybody": (
        NIGHT | {"zone": "Europe/London"},
        ROME,
        "2026-01-10 20:30",
        "",
    ),
    "a number that tells nothing": (
        NIGHT | {"home": "Africa/Kigali"},
        "99912345",
        "2026-01-10 19:00",
        "2026-01-11 06:00",
    ),
    "a shortcode": (NIGHT, "60300", "2026-01-10 22:00", "2026-01-11 08:00"),
    # 2026-01-10 is a Saturday.
    "a whole day": ({"days": frozenset({5})}, LONDON, "2026-01-10 12:00", "2026-01-11 00:00"),
    "and not the one before": ({"days": frozenset({5})}, LONDON, "2026-01-09 23:59", ""),
    "a week-end and the night behind it": (
        NIGHT | {"days": frozenset({5, 6})},
        LONDON,
        "2026-01-09 22:00",
        "2026-01-12 08:00",
    ),
}


@pytest.mark.parametrize(("quiet", "number", "when", "until"), CASES.values(), ids=CASES)
def test_held(quiet: dict[str, Any], number: str, when: str, until: str) -> None:
    found = held(Quiet(**quiet), number, None, at(when))
    assert shown(found) == until
    if found is not None:  # and then it leaves
        assert held(Quiet(**quiet), number, None, found.until_us) is None


RANKS = {"none": (None, True), "too low": (3, True), "the one": (2, False), "higher": (1, False)}


@pytest.mark.parametrize(("rank", "is_held"), RANKS.values(), ids=RANKS)
def test_urgent_ones_may_pass(rank: int | None, is_held: bool) -> None:
    quiet = Quiet(**NIGHT, exempt_rank=2)
    assert (held(quiet, LONDON, rank, at("2026-01-10 23:00")) is not None) == is_held


def test_words_are_in_the_recipients_time() -> None:
    quiet = Quiet(**NIGHT, home="Europe/Rome")
    found = held(quiet, ROME, None, at("2026-07-10 20:30"))
    assert found is not None
    assert found.words() == "quiet hours until 2026-07-11 08:00 Europe/Rome"


MINUTES = st.integers(0, 24 * 60 - 1)
ZONES = ("Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo")


@given(
    MINUTES,
    MINUTES,
    st.frozensets(st.integers(0, 6), max_size=6),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  # taken as UTC
)
def test_it_is_quiet_up_to_the_end_and_not_there(
    starts: int, ends: int, days: frozenset[int], zone: str, when: datetime
) -> None:
    quiet = Quiet(starts, ends, days, zone=zone)
    now_us = int(when.replace(tzinfo=UTC, second=0, microsecond=0).timestamp()) * 1_000_000
    found = held(quiet, LONDON, None, now_us)
    until_us = now_us if found is None else found.until_us
    assert not is_night(quiet, until_us)
    for share in range(10):
        between_us = now_us + (until_us - now_us) * share // 10 // 60_000_000 * 60_000_000
        assert between_us == until_us or is_night(quiet, between_us) or leapt(zone, until_us)


def is_night(quiet: Quiet, at_us: int) -> bool:
    local = datetime.fromtimestamp(at_us / 1e6, ZoneInfo(quiet.zone))
    minute = local.hour * 60 + local.minute
    if quiet.starts < quiet.ends:
        is_quiet = quiet.starts <= minute < quiet.ends
    else:
        is_quiet = quiet.starts > quiet.ends and not quiet.ends <= minute < quiet.starts
    return is_quiet or local.weekday() in quiet.days


def leapt(zone: str, at_us: int) -> bool:
    """Tell whether clocks changed shortly before, so that an end was leapt over."""
    now = datetime.fromtimestamp(at_us / 1e6, ZoneInfo(zone))
    before = datetime.fromtimestamp(at_us / 1e6 - 7200, ZoneInfo(zone))
    return now.utcoffset() != before.utcoffset()


ZONES_OF = {
    "one country, one time": (ROME, {"Europe/Rome", "Europe/Vatican"}),
    "an area": ("18085550123", {"Pacific/Honolulu"}),
    "an island with the code of a continent": ("12423591234", {"America/Nassau"}),
    "no such number, but a country": ("4412345", {"Europe/London"}),
    "nobody's": ("99912345", set[str]()),
    "a shortcode": ("60300", set[str]()),
    "no digits": ("", set[str]()),
}


@pytest.mark.parametrize(("number", "zones"), ZONES_OF.values(), ids=ZONES_OF)
def test_zones_of(number: str, zones: set[str]) -> None:
    found = set(zones_of(number))
    assert found == zones or (zones and zones <= found)


def test_every_zone_that_a_number_may_tell_is_known() -> None:
    from phonenumbers.tzdata import TIMEZONE_DATA

    for zones in TIMEZONE_DATA.values():
        for zone in zones:
            assert ZoneInfo(zone).key == zone


HOURS_WORDS = 'must be hours such as "21:00-08:00"'
HOURS = {
    "plain": ("21:00-08:00", (1260, 480)),
    "one digit": ("9:05-10:00", (545, 600)),
    "blanks": (" 21:00 - 08:00 ", (1260, 480)),
    "no end": ("21:00", None),
    "no minutes": ("21-8", None),
    "no length": ("21:00-21:00", None),
    "no such hour": ("24:00-08:00", None),
    "no such minute": ("21:60-08:00", None),
    "words": ("night", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("text", "hours"), HOURS.values(), ids=HOURS)
def test_read_hours(text: str, hours: tuple[int, int] | None) -> None:
    if hours is None:
        with pytest.raises(ValueError, match=HOURS_WORDS):
            read_hours(text)
    else:
        assert read_hours(text) == hours


OPTIONS: dict[str, tuple[dict[str, object], Quiet | None]] = {
    "none": ({}, None),
    "a zone alone is none": ({"quiet_zone": "Europe/Rome"}, None),
    "hours": ({"quiet_hours": "21:00-08:00"}, Quiet(1260, 480, home="Africa/Kigali")),
    "days": ({"quiet_days": ["sun"]}, Quiet(days=frozenset({6}), home="Africa/Kigali")),
    "all": (
        {
            "quiet_hours": "21:00-08:00",
            "quiet_zone": "Europe/Rome",
            "quiet_exempt_priority": 2,
            "zone": "UTC",
        },
        Quiet(1260, 480, zone="Europe/Rome", home="UTC", exempt_rank=2),
    ),
}


@pytest.mark.parametrize(("options", "quiet"), OPTIONS.values(), ids=OPTIONS)
def test_quiet_of(options: dict[str, object], quiet: Quiet | None) -> None:
    account = Account(id=1, name="alice", time_zone="Africa/Kigali", options=options)
    assert quiet_of(account) == quiet


def test_a_week_without_a_day_is_refused() -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    with pytest.raises(ValueError, match="leaves no day"):
        quiet_of(Account(id=1, name="alice", options={"quiet_days": days}))
