"""Lawful PDUs of every command, drawn from the layout that each class declares."""

from typing import Any, assert_never

from hypothesis import strategies as st

from dragoman.protocols.smpp.layout import LAYOUTS
from dragoman.protocols.smpp.pdus import (
    COMMANDS,
    Counted,
    CString,
    Destinations,
    DistributionList,
    Integer,
    Kind,
    Parameters,
    Pdu,
    SmeAddress,
    Unsuccesses,
    UnsuccessSme,
)

OCTETS = st.integers(0, 255)
SEQUENCES = st.integers(1, 0x7FFF_FFFF)
TLVS = st.lists(st.tuples(st.integers(1, 0xFFFF), st.binary(max_size=40)), max_size=4).map(tuple)


def c_octets(limit: int) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=min(limit - 1, 30)).map(lambda octets: octets.replace(b"\0", b"0"))


SME_ADDRESSES = st.builds(SmeAddress, OCTETS, OCTETS, c_octets(21))
LISTS = st.builds(DistributionList, c_octets(21))
UNSUCCESSES = st.builds(UnsuccessSme, OCTETS, OCTETS, c_octets(21), st.integers(0, 0xFFFF_FFFF))


def values(kind: Kind) -> st.SearchStrategy[Any]:
    match kind:
        case CString(limit=limit):
            return c_octets(limit)
        case Integer(octets=octets):
            return st.integers(0, (1 << 8 * octets) - 1)
        case Counted(limit=limit):
            return st.binary(max_size=limit)
        case Destinations():
            return st.lists(SME_ADDRESSES | LISTS, min_size=1, max_size=5).map(tuple)
        case Unsuccesses():
            return st.lists(UNSUCCESSES, max_size=5).map(tuple)
        case Parameters():
            return TLVS
        case _:
            assert_never(kind)


def pdus_of(command: type[Pdu]) -> st.SearchStrategy[Any]:
    return st.builds(command, **{name: values(kind) for name, kind in LAYOUTS[command]})


PDUS: st.SearchStrategy[Pdu] = st.sampled_from(sorted(COMMANDS)).flatmap(
    lambda number: pdus_of(COMMANDS[number])
)
