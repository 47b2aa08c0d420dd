"""How much an account may send in a day and in a month, by the calendar of its own time zone.

Pure but for the time zone database.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from dragoman.model.messages import Message
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.world import Account

# Every offset that clocks have today is a whole number of these, so a day begins with one.
QUARTER_US = 15 * 60 * 1_000_000
MESSAGES, SEGMENTS = "messages", "segments"


class Quota(msgspec.Struct, frozen=True):
    """How much an account may send; 0: no limit."""

    daily: int = 0
    monthly: int = 0
    unit: str = MESSAGES
    zone: str = "UTC"


class Span(NamedTuple):
    """A day (yyyymmdd) or a month (yyyymm) of an account, and what it may send in it."""

    number: int
    limit: int
    refusal: Refusal


DAILY = Refusal(Reason.THROTTLED, detail="daily quota")
MONTHLY = Refusal(Reason.THROTTLED, detail="monthly quota")


def quota_of(account: Account) -> Quota | None:
    """Give an account's quota; None where it has none."""
    options = account.options
    daily, monthly = options.get("daily_quota"), options.get("monthly_quota")
    if not daily and not monthly:
        return None
    return Quota(
        daily if isinstance(daily, int) else 0,
        monthly if isinstance(monthly, int) else 0,
        str(options.get("quota_unit") or MESSAGES),
        str(options.get("zone") or account.time_zone or "UTC"),
    )


def spans(quota: Quota, at_us: int) -> tuple[Span, ...]:
    """Give the day and the month that count at an instant, as far as they have a limit."""
    return _spans(quota, at_us // QUARTER_US)


@lru_cache(4096)
def _spans(quota: Quota, quarter: int) -> tuple[Span, ...]:
    local = datetime.fromtimestamp(quarter * QUARTER_US // 1_000_000, ZoneInfo(quota.zone))
    month = local.year * 100 + local.month
    both = (
        Span(month * 100 + local.day, quota.daily, DAILY),
        Span(month, quota.monthly, MONTHLY),
    )
    return tuple(span for span in both if span.limit)


def day_of(at_us: int) -> int:
    """Give the number of a day, by the clock of UTC."""
    return _spans(Quota(daily=1), at_us // QUARTER_US)[0].number


def weight(quota: Quota, messages: Iterable[Message | None]) -> int:
    """Count what messages use of a quota; refused ones use nothing."""
    good = [m for m in messages if m is not None and m.state != State.REJECTED]
    return len(good) if quota.unit == MESSAGES else sum(message.segments for message in good)
