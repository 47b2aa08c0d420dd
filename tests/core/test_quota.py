"""Quotas: whose day it is, what counts, and what is told."""

from datetime import datetime

import pytest

from dragoman.core.quota import Quota, day_of, quota_of, spans, weight
from dragoman.model.states import State
from dragoman.model.world import Account
from tests.store.rows import a_message


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp()) * 1_000_000


# Time zone, instant in UTC, the day and the month that count.
DAYS = {
    "of UTC": ("UTC", "2026-03-01 00:00", 20260301, 202603),
    "the last second": ("UTC", "2026-02-28 23:59:59", 20260228, 202602),
    "ahead": ("Africa/Kigali", "2026-02-28 22:00", 20260301, 202603),
    "behind": ("America/New_York", "2026-03-01 04:59", 20260228, 202602),
    "by a quarter": ("Asia/Kathmandu", "2026-02-28 18:15", 20260301, 202603),
    "not yet by a quarter": ("Asia/Kathmandu", "2026-02-28 18:14:59", 20260228, 202602),
    "at the new year": ("Pacific/Auckland", "2026-12-31 11:00", 20270101, 202701),
    "in summer": ("Europe/London", "2026-06-30 23:00", 20260701, 202607),
}


@pytest.mark.parametrize(("zone", "when", "day", "month"), DAYS.values(), ids=DAYS)
def test_spans(zone: str, when: str, day: int, month: int) -> None:
    found = spans(Quota(5, 6, zone=zone), at(when))
    told = [(span.number, span.limit, span.refusal.detail) for span in found]
    assert told == [(day, 5, "daily quota"), (month, 6, "monthly quota")]
    assert [span.number for span in spans(Quota(monthly=6, zone=zone), at(when))] == [month]
    assert [span.number for span in spans(Quota(daily=6, zone=zone), at(when))] == [day]


def test_day_of() -> None:
    assert day_of(at("2026-03-01 00:00")) == 20260301


OPTIONS: dict[str, tuple[dict[str, object], Quota | None]] = {
    "none": ({}, None),
    "no limit": ({"daily_quota": 0, "quota_unit": "segments"}, None),
    "daily": ({"daily_quota": 5}, Quota(5, zone="Africa/Kigali")),
    "all": (
        {"daily_quota": 5, "monthly_quota": 50, "quota_unit": "segments", "zone": "UTC"},
        Quota(5, 50, "segments"),
    ),
}


@pytest.mark.parametrize(("options", "quota"), OPTIONS.values(), ids=OPTIONS)
def test_quota_of(options: dict[str, object], quota: Quota | None) -> None:
    account = Account(id=1, name="alice", time_zone="Africa/Kigali", options=options)
    assert quota_of(account) == quota


def test_weight() -> None:
    messages = [
        a_message(1, segments=3),
        None,
        a_message(2, state=State.SCHEDULED),
        a_message(3, state=State.REJECTED),
    ]
    assert weight(Quota(1), messages) == 2
    assert weight(Quota(1, unit="segments"), messages) == 4
