"""How amounts and instants are written in replies, and read from upstreams."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.forms import (
    parse_decimal,
    parse_digits,
    parse_two_hours,
    plain,
    render_decimal,
    render_digits,
    render_iso,
    render_two_hours,
)
from dragoman.protocols.http import Response
from tests.flow.examples import at_us

AMOUNTS = {
    "whole": (18_000_000, "18.0"),
    "owed": (-1_617_000_000, "-1617.0"),
    "three decimals": (57_000, "0.057"),
    "one": (100_000, "0.1"),
    "nothing": (0, "0.0"),
    "smallest": (1, "0.000001"),
    "owed, below one": (-1, "-0.000001"),
    "beyond binary floats": (9_007_199_254_740_993_000_001, "9007199254740993.000001"),
}


@pytest.mark.parametrize(("amount_u", "written"), AMOUNTS.values(), ids=AMOUNTS)
def test_amount(amount_u: int, written: str) -> None:
    assert render_decimal(amount_u) == written
    assert parse_decimal(written) == amount_u


@given(st.integers(-(10**20), 10**20))
def test_an_amount_is_exact_and_has_no_exponent(amount_u: int) -> None:
    written = render_decimal(amount_u)
    assert Decimal(written) == Decimal(amount_u) / 1_000_000
    assert parse_decimal(written) == amount_u
    assert "." in written


WRITTEN = {
    "thousands": ("1,617.50", 1_617_500_000),
    "blanks": (" 18 ", 18_000_000),
    "no whole part": (".5", 500_000),
    "no decimals": ("5.", 5_000_000),
    "plus": ("+1", 1_000_000),
    "seven decimals": ("0.0000019", 1),
    "nothing": ("", None),
    "point": (".", None),
    "sign": ("-", None),
    "word": ("ten", None),
    "exponent": ("1e3", None),
    "digits of another script": ("١٢", None),
}


@pytest.mark.parametrize(("written", "amount_u"), WRITTEN.values(), ids=WRITTEN)
def test_an_amount_as_others_write_it(written: str, amount_u: int | None) -> None:
    assert parse_decimal(written) == amount_u


INSTANTS: dict[str, tuple[Callable[[int, str], str], str, str, str]] = {
    "vendor's sample": (
        render_iso,
        "2015-08-27T14:19:58.398Z",
        "Africa/Kigali",
        "2015-08-27T16:19:58.398",
    ),
    "milliseconds cut, not rounded": (
        render_iso,
        "2026-03-02T10:15:30.249999Z",
        "Africa/Kigali",
        "2026-03-02T12:15:30.249",
    ),
    "on the second": (
        render_iso,
        "2026-01-01T00:00:00Z",
        "Europe/London",
        "2026-01-01T00:00:00.000",
    ),
    "two hours, afternoon": (
        render_two_hours,
        "2015-08-27T14:19:58.398Z",
        "Africa/Kigali",
        "27-08-2015 04:16:19:58",
    ),
    "two hours, after midnight": (
        render_two_hours,
        "2026-03-01T22:05:09Z",
        "Africa/Kigali",
        "02-03-2026 12:00:05:09",
    ),
    "two hours, after noon": (
        render_two_hours,
        "2026-03-02T10:05:09Z",
        "Africa/Kigali",
        "02-03-2026 12:12:05:09",
    ),
    "digits, winter": (
        render_digits,
        "2010-12-12T14:25:14Z",
        "Europe/Rome",
        "20101212152514",
    ),
    "digits, summer": (render_digits, "2010-07-12T22:25:14Z", "Europe/Rome", "20100713002514"),
}


@pytest.mark.parametrize(("render", "instant", "zone", "written"), INSTANTS.values(), ids=INSTANTS)
def test_instant(render: Callable[[int, str], str], instant: str, zone: str, written: str) -> None:
    assert render(at_us(instant), zone) == written


@pytest.mark.parametrize("parse", [parse_two_hours, parse_digits])
@pytest.mark.parametrize("written", ["", "today", "27-08-2015", "99999999999999"])
def test_what_is_no_instant(parse: Callable[[str, str], int], written: str) -> None:
    assert parse(written, "Europe/Rome") == 0


@given(st.integers(0, 4_000_000_000), st.sampled_from(["Africa/Kigali", "Europe/Rome"]))
def test_what_is_written_is_read(second: int, zone: str) -> None:
    """Except in the hour that passes twice when summer ends, where the first is meant."""
    fold = datetime.fromtimestamp(second, ZoneInfo(zone)).fold
    expected_us = (second - fold * 3600) * 1_000_000
    for render, parse in ((render_two_hours, parse_two_hours), (render_digits, parse_digits)):
        assert parse(render(second * 1_000_000, zone), zone) == expected_us


def test_a_plain_answer_is_200_and_ends_without_a_line_end() -> None:
    assert plain("Ünal") == Response(200, "Ünal".encode(), "text/plain; charset=utf-8")
