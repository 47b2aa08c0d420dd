"""User data headers: corpus, round trips, and any octets at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.sms.segments import segment
from dragoman.sms.udh import (
    AnyElement,
    BrokenUdh,
    Concatenation,
    Element,
    LockingShift,
    Ports,
    SingleShift,
    SpecialIndication,
    Udh,
    decode_udh,
    encode_elements,
    encode_udh,
    split_udh,
)

octet = st.integers(0, 255)
word = st.integers(0, 0xFFFF)
concatenations = st.tuples(st.integers(1, 255), octet, st.booleans()).flatmap(
    lambda drawn: st.builds(
        Concatenation,
        word if drawn[2] else octet,
        st.just(drawn[0]),
        st.integers(1, drawn[0]),
        st.just(drawn[2]),
    )
)
elements = st.one_of(
    concatenations,
    st.builds(Ports, word, word, st.just(value=True)),
    st.builds(Ports, octet, octet, st.just(value=False)),
    st.builds(SpecialIndication, st.integers(0, 127), octet, st.booleans()),
    st.builds(SingleShift, octet),
    st.builds(LockingShift, octet),
    st.builds(Element, st.integers(0x40, 0xFF), st.binary(max_size=20)),
)

CORPUS: dict[str, tuple[str, tuple[AnyElement, ...]]] = {
    "empty header": ("00", ()),
    "8-bit reference": ("05 0003 7F 02 01", (Concatenation(0x7F, 2, 1),)),
    "16-bit reference": ("06 0804 1234 03 02", (Concatenation(0x1234, 3, 2, wide=True),)),
    "ports": ("06 0504 0B84 23F0", (Ports(2948, 9200),)),
    "operator logo": ("06 0504 1582 0000", (Ports(5506, 0),)),
    "8-bit ports": ("04 0402 E2 F0", (Ports(0xE2, 0xF0, wide=False),)),
    "ports, then concatenation": (
        "0B 0504 0B84 23F0 0003 7F 02 01",
        (Ports(2948, 9200), Concatenation(0x7F, 2, 1)),
    ),
    "concatenation, then ports": (
        "0B 0003 7F 02 01 0504 0B84 23F0",
        (Concatenation(0x7F, 2, 1), Ports(2948, 9200)),
    ),
    "wide concatenation between ports and table": (
        "0F 0504 0B84 23F0 0804 1234 03 02 2401 01",
        (Ports(2948, 9200), Concatenation(0x1234, 3, 2, wide=True), SingleShift(1)),
    ),
    "tables and concatenation": (
        "0B 2501 01 2401 03 0003 7F 02 02",
        (LockingShift(1), SingleShift(3), Concatenation(0x7F, 2, 2)),
    ),
    "voice mail waits": ("04 0102 80 05", (SpecialIndication(0, 5, store=True),)),
    "fax waits, not stored": ("04 0102 01 01", (SpecialIndication(1, 1),)),
    "unknown element": ("05 7003 010203", (Element(0x70, b"\x01\x02\x03"),)),
    "unknown element without octets": ("02 7000", (Element(0x70, b""),)),
    "unknown, then concatenation": (
        "08 7001 FF 0003 7F 02 01",
        (Element(0x70, b"\xff"), Concatenation(0x7F, 2, 1)),
    ),
    "number zero": ("05 0003 7F 02 00", (Element(0x00, b"\x7f\x02\x00"),)),
    "number above total": ("05 0003 7F 02 03", (Element(0x00, b"\x7f\x02\x03"),)),
    "total zero": ("05 0003 7F 00 00", (Element(0x00, b"\x7f\x00\x00"),)),
    "concatenation of a wrong length": ("04 0002 7F 02", (Element(0x00, b"\x7f\x02"),)),
    "ports of a wrong length": ("05 0503 0B8423", (Element(0x05, b"\x0b\x84\x23"),)),
    "table of a wrong length": ("04 2402 0101", (Element(0x24, b"\x01\x01"),)),
}


@pytest.mark.parametrize(("octets", "found"), CORPUS.values(), ids=CORPUS)
def test_pain_33_elements_mixed_in_any_order(octets: str, found: tuple[AnyElement, ...]) -> None:
    """Pain 33: concatenation is found beside ports and tables, with either reference."""
    header = bytes.fromhex(octets)
    assert decode_udh(header) == Udh(found)
    assert encode_udh(found) == header
    assert split_udh(header + b"text") == (Udh(found), b"text")


def test_views_take_the_last_of_a_kind() -> None:
    udh = Udh(
        (
            Concatenation(1, 2, 1),
            Ports(0xE2, 0xF0, wide=False),
            SingleShift(1),
            LockingShift(2),
            Concatenation(1, 3, 2, wide=True),
            Ports(2948),
            SingleShift(3),
        )
    )
    assert udh.concatenation == Concatenation(1, 3, 2, wide=True)
    assert udh.ports == Ports(2948)
    assert udh.single_shift == SingleShift(3)
    assert udh.locking_shift == LockingShift(2)


def test_views_of_an_empty_header() -> None:
    udh = Udh()
    assert (udh.concatenation, udh.ports, udh.single_shift, udh.locking_shift) == (None,) * 4


BROKEN = {
    "nothing": "",
    "length beyond the end": "05 0003 7F 02",
    "length alone": "01",
    "element beyond the header": "04 0003 7F 02 01",
    "identifier without length": "06 0003 7F 02 01 05",
    "last element too long": "05 0004 7F 02 01",
}


@pytest.mark.parametrize("octets", BROKEN.values(), ids=BROKEN)
def test_broken_headers(octets: str) -> None:
    with pytest.raises(BrokenUdh):
        split_udh(bytes.fromhex(octets))


def test_a_header_alone_ends_where_it_says() -> None:
    with pytest.raises(BrokenUdh, match="1 octets follow"):
        decode_udh(b"\x00a")


NOT_WRITTEN: dict[str, tuple[AnyElement, ...]] = {
    "reference": (Concatenation(256, 2, 1),),
    "wide reference": (Concatenation(0x10000, 2, 1, wide=True),),
    "narrow port": (Ports(2948, 9200, wide=False),),
    "wide port": (Ports(-1),),
    "language": (SingleShift(256),),
    "element": (Element(0x70, bytes(256)),),
    "all together": (Element(0x70, bytes(100)), Element(0x71, bytes(36))),
}


@pytest.mark.parametrize("broken", NOT_WRITTEN.values(), ids=NOT_WRITTEN)
def test_what_cannot_be_written(broken: tuple[AnyElement, ...]) -> None:
    with pytest.raises(BrokenUdh):
        encode_udh(broken)


@given(st.lists(elements, max_size=5))
def test_what_is_written_is_read(drawn: list[AnyElement]) -> None:
    octets = encode_elements(drawn)
    assert split_udh(bytes((len(octets),)) + octets + b"x") == (Udh(tuple(drawn)), b"x")
    if len(octets) <= 139:
        assert decode_udh(encode_udh(drawn)) == Udh(tuple(drawn))


@given(st.binary(max_size=160) | st.binary(max_size=12).map(lambda b: bytes((len(b),)) + b))
def test_pain_33_any_octets_give_a_header_or_the_error(user_data: bytes) -> None:
    """Pain 33: a peer's header is understood or named broken; nothing else is raised."""
    try:
        udh, rest = split_udh(user_data)
    except BrokenUdh:
        return
    assert encode_udh(udh.elements) + rest == user_data or len(user_data) - len(rest) > 140


@given(st.text(min_size=200, max_size=600, alphabet="aц€"), octet, st.booleans())
def test_our_own_segments_number_themselves(text: str, reference: int, wide: bool) -> None:
    made = segment(text, reference=reference, wide=wide)
    for number, octets in enumerate(made.user_data, 1):
        udh, payload = split_udh(octets)
        assert udh.concatenation == Concatenation(reference, len(made), number, wide)
        assert payload == made.payloads()[number - 1]
