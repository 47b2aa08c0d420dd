"""SMPP's time format, against dates written out by hand."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.protocols.smpp.times import (
    LONGEST_RELATIVE_S,
    TimeError,
    decode_time,
    encode_absolute,
    encode_relative,
)


def us(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[arg-type, misc]


NOW_US = us(2026, 10, 1, 12, 0, 0)

READ = {
    "UTC": (b"261231235959000+", us(2026, 12, 31, 23, 59, 59)),
    "tenths": (b"261231235959700+", us(2026, 12, 31, 23, 59, 59) + 700_000),
    "an hour ahead of UTC": (b"270101005959004+", us(2026, 12, 31, 23, 59, 59)),
    "half past three behind": (b"261231202959014-", us(2026, 12, 31, 23, 59, 59)),
    "leap day": (b"280229000000000+", us(2028, 2, 29)),
    "in a minute": (b"000000000100000R", us(2026, 10, 1, 12, 1, 0)),
    "the standard's example": (b"020610233429000R", NOW_US + 920 * 86_400_000_000 + 84_869_000_000),
    "at once": (b"000000000000000R", NOW_US),
}


@pytest.mark.parametrize(("value", "at_us"), READ.values(), ids=READ)
def test_read(value: bytes, at_us: int) -> None:
    assert decode_time(value, NOW_US) == at_us


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"2612312359590",
        b"261231235959000Z",
        b"261331235959000+",
        b"270229000000000+",
        b"261231245959000+",
        b"261231235959000+ ",
        "٢٦١٢٣١٢٣٥٩٥٩٠٠٠+".encode(),
    ],
)
def test_what_says_no_time(value: bytes) -> None:
    with pytest.raises(TimeError):
        decode_time(value, NOW_US)


def test_write() -> None:
    assert encode_absolute(us(2026, 12, 31, 23, 59, 59)) == b"261231235959000+"
    assert encode_relative(86_400 + 3_600 + 61) == b"000001010101000R"


@given(st.integers(us(2000, 1, 1) // 100_000, us(2099, 12, 31) // 100_000))
def test_an_instant_comes_back(tenths: int) -> None:
    assert decode_time(encode_absolute(tenths * 100_000), NOW_US) == tenths * 100_000


@given(st.integers(0, LONGEST_RELATIVE_S))
def test_a_span_comes_back(seconds: int) -> None:
    assert decode_time(encode_relative(seconds), NOW_US) == NOW_US + seconds * 1_000_000


@pytest.mark.parametrize("seconds", [-1, LONGEST_RELATIVE_S + 1])
def test_a_span_that_cannot_be_said(seconds: int) -> None:
    with pytest.raises(TimeError):
        encode_relative(seconds)


@pytest.mark.parametrize("at_us", [us(1999, 12, 31), us(2100, 1, 1), 1 << 62])
def test_an_instant_that_cannot_be_said(at_us: int) -> None:
    with pytest.raises(TimeError):
        encode_absolute(at_us)


@given(st.binary(max_size=20))
def test_any_octets_are_a_time_or_a_refusal(value: bytes) -> None:
    try:
        decode_time(value, NOW_US)
    except TimeError:
        return
