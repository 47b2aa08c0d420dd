"""Statuses and optional parameters by name: the tables, and reading and making by type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import consts as smpplib_names

from dragoman.protocols.smpp.statuses import (
    ALREADY_BOUND,
    FLOW_CONTROL,
    PERMANENT_BIND_REFUSALS,
    SYSTEM_ERRORS,
    CommandStatus,
    status_meaning,
    status_name,
)
from dragoman.protocols.smpp.tlvs import (
    SHAPES,
    Number,
    Octets,
    Tag,
    Text,
    TlvError,
    find,
    find_number,
    find_text,
    number,
    octets,
    tag_name,
    text,
)


def test_the_statuses_are_those_of_another_implementation() -> None:
    theirs = {
        name.removeprefix("SMPP_"): value
        for name, value in vars(smpplib_names).items()
        if name.startswith("SMPP_ESME_")
    }
    assert {status.name: status.value for status in CommandStatus} == theirs


def test_the_tags_are_those_of_another_implementation() -> None:
    theirs = {name.lower(): value for name, value in smpplib_names.OPTIONAL_PARAMS.items()}
    assert {tag.name: tag.value for tag in Tag} == theirs


NAMES = {
    0x00: ("ESME_ROK", "no error"),
    0x58: ("ESME_RTHROTTLED", "throttled: more messages than the carrier allows"),
    0x09: ("0x00000009", "reserved"),
    0x100: ("0x00000100", "reserved for SMPP extension"),
    0x3FF: ("0x000003FF", "reserved for SMPP extension"),
    0x400: ("0x00000400", "reserved for the SMSC vendor"),
    0x4FF: ("0x000004FF", "reserved for the SMSC vendor"),
    0x500: ("0x00000500", "reserved"),
    0xFFFFFFFF: ("0xFFFFFFFF", "reserved"),
}


@pytest.mark.parametrize(("status", "words"), NAMES.items())
def test_every_number_has_a_name_and_a_meaning(status: int, words: tuple[str, str]) -> None:
    assert (status_name(status), status_meaning(status)) == words


@given(st.integers(0, 0xFFFF_FFFF))
def test_no_status_is_without_words(status: int) -> None:
    assert status_name(status)
    assert status_meaning(status)


def test_the_classes_hold_plain_numbers_and_do_not_overlap() -> None:
    """Pain 27: throttled and queue full are flow control, and nothing else is."""
    assert {0x14, 0x58} == FLOW_CONTROL
    assert {0x05} == ALREADY_BOUND
    assert {0x0D, 0x0E, 0x0F, 0x53} == PERMANENT_BIND_REFUSALS
    classes = [FLOW_CONTROL, ALREADY_BOUND, PERMANENT_BIND_REFUSALS, SYSTEM_ERRORS]
    assert sum(map(len, classes)) == len(frozenset().union(*classes))


@pytest.mark.parametrize("tag", Tag, ids=lambda tag: tag.name)
def test_what_is_made_is_found(tag: Tag) -> None:
    match SHAPES[tag]:
        case Number(octets=width):
            largest = (1 << 8 * width) - 1
            assert find_number((number(tag, largest),), tag) == largest
            assert len(number(tag, 0)[1]) == width
            for wrong in (-1, largest + 1):
                with pytest.raises(TlvError, match=tag.name):
                    number(tag, wrong)
            with pytest.raises(TlvError, match=tag.name):
                text(tag, b"1")
        case Text(limit=limit):
            longest = b"1" * (limit - 1)
            assert find_text((text(tag, longest),), tag) == longest
            assert text(tag, b"a") == (tag.value, b"a\0")
            for unlawful in (longest + b"1", b"a\0b"):
                with pytest.raises(TlvError, match=tag.name):
                    text(tag, unlawful)
            with pytest.raises(TlvError, match=tag.name):
                octets(tag, b"1")
        case Octets(least=least, most=most):
            for length in {least, most}:
                assert find((octets(tag, b"x" * length),), tag) == b"x" * length
            with pytest.raises(TlvError, match=tag.name):
                octets(tag, b"x" * (most + 1))
            with pytest.raises(TlvError, match=tag.name):
                number(tag, 1)


FOUND = {
    "absent": ((), None, None, None),
    "the first of two": (((0x0427, b"\x02"), (0x0427, b"\x05")), b"\x02", 2, b"\x02"),
    "wider than the standard": (((0x0427, b"\x00\x02"),), b"\x00\x02", 2, b""),
    "empty": (((0x0427, b""),), b"", None, b""),
    "text without NUL": (((0x0427, b"12"),), b"12", 0x3132, b"12"),
    "text with rubbish after NUL": (((0x0427, b"12\x00x"),), b"12\x00x", 0x31320078, b"12"),
}


@pytest.mark.parametrize(("tlvs", "value", "as_number", "as_text"), FOUND.values(), ids=FOUND)
def test_find(
    tlvs: tuple[tuple[int, bytes], ...],
    value: bytes | None,
    as_number: int | None,
    as_text: bytes | None,
) -> None:
    assert find(tlvs, Tag.message_state) == value
    assert find_number(tlvs, Tag.message_state) == as_number
    assert find_text(tlvs, Tag.message_state) == as_text


def test_a_tag_has_a_name_or_a_number() -> None:
    assert tag_name(0x0424) == "message_payload"
    assert tag_name(0x1400) == "0x1400"
