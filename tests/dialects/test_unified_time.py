"""Dates, times and offsets as the scheduler's customers write them."""

from datetime import UTC, datetime

import pytest

from dragoman.dialects.unified_time import parse_instant

READABLE = {
    "as documented": ("03/03/2026", "03:45 am", "GMT +5:30", "2026-03-02T22:15:00"),
    "short, plus read as a blank": ("3/3/26", "03:45 PM", "GMT  3", "2026-03-03T12:45:00"),
    "hour 00 is another 12": ("03/03/2026", "00:15 pm", "-10:00", "2026-03-03T22:15:00"),
    "midnight": ("03/03/2026", "12:00 am", "+0:00", "2026-03-03T00:00:00"),
    "noon": ("03/03/2026", "12:00 pm", "+0", "2026-03-03T12:00:00"),
    "no blank before am": ("01/18/2018", "11:51pm", "-00:30", "2018-01-19T00:21:00"),
    "offset without its colon": ("03/03/2026", "1:00 am", "gmt+1", "2026-03-03T00:00:00"),
    "Tonga": ("03/03/2026", "1:00 pm", "+13:00", "2026-03-03T00:00:00"),
    "leap day": ("02/29/2028", "01:00 am", "+01:00", "2028-02-29T00:00:00"),
    "blanks around": (" 03/03/2026 ", " 01:00  AM ", " GMT + 01:00 ", "2026-03-03T00:00:00"),
}


@pytest.mark.parametrize(("date", "time", "gmt", "instant"), READABLE.values(), ids=READABLE)
def test_readable(date: str, time: str, gmt: str, instant: str) -> None:
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert parse_instant(date, time, gmt) == int(expected.timestamp()) * 1_000_000


UNREADABLE = {
    "no such day": ("02/30/2026", "03:45 am", "+5:30"),
    "no leap year": ("02/29/2026", "03:45 am", "+5:30"),
    "month 13": ("13/01/2026", "03:45 am", "+5:30"),
    "ISO date": ("2026-03-03", "03:45 am", "+5:30"),
    "year 0": ("03/03/0000", "03:45 am", "+5:30"),
    "three digits of a year": ("03/03/026", "03:45 am", "+5:30"),
    "hour 13": ("03/03/2026", "13:00 pm", "+5:30"),
    "minute 60": ("03/03/2026", "01:60 pm", "+5:30"),
    "no am or pm": ("03/03/2026", "03:45", "+5:30"),
    "a quarter of an hour": ("03/03/2026", "03:45 am", "+5:45"),
    "13 west": ("03/03/2026", "03:45 am", "-13:00"),
    "15 east": ("03/03/2026", "03:45 am", "+15:00"),
    "a zone's name": ("03/03/2026", "03:45 am", "CET"),
    "digits of another script": ("٠٣/٠٣/٢٠٢٦", "03:45 am", "+5:30"),
    "nothing": ("", "", ""),
}


@pytest.mark.parametrize(("date", "time", "gmt"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(date: str, time: str, gmt: str) -> None:
    assert parse_instant(date, time, gmt) is None
