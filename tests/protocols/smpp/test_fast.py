"""The hand-written codecs agree with the table-driven ones, on lawful and on other octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.protocols.smpp import codec
from dragoman.protocols.smpp.codec import DECODERS, HEADER_OCTETS, EncodeError, encode
from dragoman.protocols.smpp.layout import BodyError, decode_body, encode_body
from dragoman.protocols.smpp.pdus import (
    DeliverSm,
    DeliverSmResp,
    Pdu,
    SubmitSm,
    SubmitSmResp,
)
from tests.protocols.smpp.strategies import SEQUENCES, TLVS, pdus_of

FAST: list[type[Pdu]] = [SubmitSm, DeliverSm, SubmitSmResp, DeliverSmResp]
WILD_OCTETS = st.integers(-1, 256)
WILD_STRINGS = st.binary(max_size=30)


def wild(command: type[Pdu]) -> st.SearchStrategy[Pdu]:
    """Draw values that may be too long, too large or hold a NUL."""
    kinds = {int: WILD_OCTETS, bytes: WILD_STRINGS | st.binary(min_size=250, max_size=260)}
    sample = command()
    return st.builds(
        command,
        **{
            name: TLVS if name == "tlvs" else kinds[type(getattr(sample, name))]
            for name in command.__struct_fields__
        },
    )


def body_or_refusal(write: object, pdu: Pdu) -> bytes | str:
    try:
        return encode_body(pdu) if write is encode_body else encode(pdu, 1)[HEADER_OCTETS:]
    except EncodeError as error:
        return str(error)


def pdu_or_status(read: codec.Decoder, data: bytes, start: int, end: int) -> object:
    try:
        return read(data, start, end)
    except BodyError as error:
        return error.status, str(error)


@pytest.mark.parametrize("command", FAST)
def test_writing_agrees_with_the_table(command: type[Pdu]) -> None:
    @given(wild(command) | pdus_of(command))
    def agrees(pdu: Pdu) -> None:
        assert body_or_refusal(encode, pdu) == body_or_refusal(encode_body, pdu)

    agrees()


@pytest.mark.parametrize("command", FAST)
def test_a_frame_is_header_and_body(command: type[Pdu]) -> None:
    @given(pdus_of(command), SEQUENCES)
    def is_so(pdu: Pdu, sequence: int) -> None:
        body = encode_body(pdu)
        header = (HEADER_OCTETS + len(body), command.command_id, 0, sequence)
        assert encode(pdu, sequence) == codec.HEADER.pack(*header) + body

    is_so()


@pytest.mark.parametrize("command", FAST)
def test_reading_agrees_with_the_table_wherever_the_body_stands(command: type[Pdu]) -> None:
    """Cut, lengthened and spoilt bodies between other octets: same PDU, or same refusal."""
    bodies = st.one_of(
        pdus_of(command).map(encode_body),
        st.tuples(pdus_of(command).map(encode_body), st.integers(0, 80)).map(
            lambda pair: pair[0][: pair[1]]
        ),
        st.tuples(pdus_of(command).map(encode_body), st.binary(max_size=6)).map(b"".join),
        st.binary(max_size=80),
        st.lists(st.sampled_from([0, 1, 5, 48]), max_size=60).map(bytes),
    )

    @given(bodies, st.binary(max_size=20), st.binary(max_size=20))
    def agrees(body: bytes, before: bytes, after: bytes) -> None:
        data = before + body + after
        start, end = len(before), len(before) + len(body)

        def by_table(data: bytes, start: int, end: int) -> Pdu:
            return decode_body(command, data, start, end)

        expected = pdu_or_status(by_table, body, 0, len(body))
        assert pdu_or_status(DECODERS[command.command_id], data, start, end) == expected

    agrees()
