"""Octets that no specification foresees: events or a peer's mistake come of them, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.protocols.smpp.codec import Frame, decode, encode
from dragoman.protocols.smpp.events import Closed, CloseReason, Event, PeerError, Request, Response
from dragoman.protocols.smpp.layout import encode_body
from dragoman.protocols.smpp.pdus import (
    BindTransceiver,
    BindTransceiverResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    QuerySmResp,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    UnsuccessSme,
)
from dragoman.protocols.smpp.session import Session
from dragoman.protocols.smpp.states import Role
from dragoman.protocols.smpp.statuses import CommandStatus as Status
from tests.protocols.smpp.strategies import PDUS, SEQUENCES
from tests.protocols.smpp.wire import Wire, bound

RECEIPT = DeliverSm(source_addr=b"44", destination_addr=b"33", esm_class=4, short_message=b"id:1")


def frame(command_id: int, body: bytes, *, status: int = 0, sequence: int = 7) -> bytes:
    numbers = (16 + len(body), command_id, status, sequence)
    return b"".join(number.to_bytes(4, "big") for number in numbers) + body


def with_sm_length(pdu: DeliverSm, length: int, rest: bytes = b"") -> bytes:
    body = bytearray(encode_body(pdu)) + rest
    body[-1 - len(pdu.short_message) - len(rest)] = length
    return bytes(body)


# What a carrier might send to a bound ESME instead of a proper deliver_sm: body -> our verdict.
DELIVERIES: dict[str, tuple[bytes, Status]] = {
    "as it should be": (encode_body(RECEIPT), Status.ESME_ROK),
    "a NUL too many at the end": (encode_body(RECEIPT) + b"\0", Status.ESME_ROK),
    "three NULs too many": (encode_body(RECEIPT) + b"\0\0\0", Status.ESME_ROK),
    "nothing": (b"", Status.ESME_RINVCMDLEN),
    "cut in an address": (encode_body(RECEIPT)[:5], Status.ESME_RINVCMDLEN),
    "cut before sm_length": (encode_body(RECEIPT)[:-5], Status.ESME_RINVCMDLEN),
    "sm_length too large": (with_sm_length(RECEIPT, 5), Status.ESME_RINVMSGLEN),
    "sm_length too small": (with_sm_length(RECEIPT, 1), Status.ESME_RINVOPTPARSTREAM),
    "rubbish at the end": (encode_body(RECEIPT) + b"xyz", Status.ESME_RINVOPTPARSTREAM),
    "a TLV beyond the end": (
        encode_body(RECEIPT) + bytes.fromhex("0424 0005 6162"),
        Status.ESME_RINVOPTPARSTREAM,
    ),
    "a TLV and a NUL": (
        encode_body(RECEIPT) + bytes.fromhex("0427 0001 02 00"),
        Status.ESME_ROK,
    ),
    "an address longer than the standard": (
        encode_body(RECEIPT).replace(b"44\0", b"4" * 40 + b"\0"),
        Status.ESME_ROK,
    ),
    "255 octets of text": (
        with_sm_length(DeliverSm(short_message=b"x" * 254), 255, b"y"),
        Status.ESME_ROK,
    ),
    "Latin-1 in an address": (encode_body(RECEIPT).replace(b"44", b"\xe9\xff"), Status.ESME_ROK),
}


@pytest.mark.parametrize(("body", "verdict"), DELIVERIES.values(), ids=DELIVERIES)
def test_pain_34_a_bad_body_is_answered_and_survived(body: bytes, verdict: Status) -> None:
    wire = bound()
    (event,) = wire.esme.receive(frame(DeliverSm.command_id, body), wire.now)
    if verdict is Status.ESME_ROK:
        assert isinstance(event, Request)
    else:
        assert isinstance(event, PeerError)
        assert event.answer is verdict
        assert wire.esme.take_output() == encode(DeliverSmResp(), 7, verdict)
    number = wire.smsc.request(RECEIPT, wire.now)
    assert wire.told_esme() == [Request(RECEIPT, number)]


def test_pain_34_a_nul_between_text_and_tlvs_costs_no_tlv() -> None:
    body = encode_body(RECEIPT) + b"\0" + bytes.fromhex("001e 0002 3100 0427 0001 02")
    wire = bound()
    (event,) = wire.esme.receive(frame(DeliverSm.command_id, body), wire.now)
    assert isinstance(event, Request)
    assert isinstance(event.pdu, DeliverSm)
    assert event.pdu.short_message == b"id:1"
    assert event.pdu.tlvs == ((0x1E, b"1\0"), (0x427, b"\x02"))


# A response always settles its request: (PDU id, status, body) -> what we make of it.
ANSWERS: dict[str, tuple[type[Pdu], int, bytes, Pdu]] = {
    "a body on an error answer": (SubmitSmResp, 0x58, b"\0", SubmitSmResp()),
    "an id on an error answer": (SubmitSmResp, 0x58, b"abc\0", SubmitSmResp(b"abc")),
    "no body on an error answer": (SubmitSmResp, 0x58, b"", SubmitSmResp()),
    "no body on a good answer": (SubmitSmResp, 0, b"", SubmitSmResp()),
    "no NUL": (SubmitSmResp, 0, b"abc", SubmitSmResp(b"abc")),
    "a NUL too many": (SubmitSmResp, 0, b"abc\0\0", SubmitSmResp(b"abc")),
    "an id longer than the standard": (SubmitSmResp, 0, b"a" * 90 + b"\0", SubmitSmResp(b"a" * 90)),
    "rubbish after the id": (SubmitSmResp, 0, b"abc\0xyz", SubmitSmResp(b"abc")),
    "a TLV and then rubbish": (
        SubmitSmResp,
        0,
        b"abc\0" + bytes.fromhex("1400 0001 31 ff"),
        SubmitSmResp(b"abc", ((0x1400, b"1"),)),
    ),
}


@pytest.mark.parametrize(("command", "status", "body", "read"), ANSWERS.values(), ids=ANSWERS)
def test_pain_34_a_response_settles_whatever_its_body(
    command: type[Pdu], status: int, body: bytes, read: Pdu
) -> None:
    wire = bound()
    sequence = wire.esme.request(SubmitSm(), wire.now, "ours")
    octets = frame(command.command_id, body, status=status, sequence=sequence)
    assert wire.esme.receive(octets, wire.now) == [Response(read, status, "ours", sequence, 0.0)]


@pytest.mark.parametrize(
    ("octets", "pdu"),
    [
        (frame(QuerySmResp.command_id, b"9\0"), QuerySmResp(b"9")),
        (frame(QuerySmResp.command_id, b"9\0\0\2"), QuerySmResp(b"9", b"", 2)),
        (
            frame(SubmitMultiResp.command_id, b"9\0\2" + bytes.fromhex("0101 343400 0000000b 01")),
            SubmitMultiResp(b"9", (UnsuccessSme(1, 1, b"44", 0x0B),)),
        ),
        (frame(SubmitMultiResp.command_id, b"9\0"), SubmitMultiResp(b"9")),
    ],
)
def test_a_longer_response_gives_what_can_be_read_of_it(octets: bytes, pdu: Pdu) -> None:
    assert decode(octets) == Frame(pdu, 0, 7)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("is_bound", [False, True])
def test_pain_34_a_web_scan_ends_only_its_own_connection(role: Role, is_bound: bool) -> None:
    wire = bound() if is_bound else Wire()
    session = wire.esme if role is Role.ESME else wire.smsc
    told = session.receive(b"GET / HTTP/1.1\r\nHost: example\r\n\r\n", wire.now)
    assert told == [
        PeerError("a command_length of 1195725856", 0, 0, Status.ESME_RINVCMDLEN),
        Closed(CloseReason.FRAMING_LOST),
    ]
    assert session.take_output() == encode(GenericNack(), 0, Status.ESME_RINVCMDLEN)
    assert session.receive(b"GET / HTTP/1.1\r\n\r\n", wire.now) == []


def test_a_broken_length_does_not_take_the_frames_before_it() -> None:
    wire = bound()
    good = encode(RECEIPT, 1) + encode(RECEIPT, 2)
    told = wire.esme.receive(good + bytes.fromhex("ffffffff"), wire.now)
    assert told[:2] == [Request(RECEIPT, 1), Request(RECEIPT, 2)]
    assert told[-1] == Closed(CloseReason.FRAMING_LOST)


def test_an_announced_giant_costs_no_memory() -> None:
    """The refusal comes with the fourth octet, not after 72 KiB have been gathered."""
    wire = bound()
    assert wire.esme.receive(bytes.fromhex("000120"), wire.now) == []
    told = wire.esme.receive(b"\x01", wire.now)
    assert told[-1] == Closed(CloseReason.FRAMING_LOST)


def test_an_unknown_request_is_nacked_and_an_unknown_response_is_not() -> None:
    wire = bound()
    (event,) = wire.esme.receive(frame(0x0000_0666, b"abc"), wire.now)
    assert event == PeerError(
        "command 0x00000666 is not in SMPP 3.4", 0x666, 7, Status.ESME_RINVCMDID
    )
    assert wire.esme.take_output() == encode(GenericNack(), 7, Status.ESME_RINVCMDID)
    (event,) = wire.esme.receive(frame(0x8000_0666, b"abc"), wire.now)
    assert isinstance(event, PeerError)
    assert event.answer is None
    assert wire.esme.take_output() == b""


def test_pain_35_unknown_optional_parameters_are_kept_as_they_came() -> None:
    """India's entity and template ids, a repeated tag, a reserved one and an empty one."""
    tlvs = ((0x1400, b"1101\0"), (0x1401, b"1107"), (0x1400, b"again"), (0xFFFF, b""), (0, b"\0"))
    submit = SubmitSm(short_message=b"hi", tlvs=tlvs)
    wire = bound()
    sequence = wire.esme.request(submit, wire.now)
    assert wire.told_smsc() == [Request(submit, sequence)]


@given(st.integers(1, 0xFFFF), st.binary(max_size=300))
def test_pain_35_any_tag_goes_there_and_back(tag: int, value: bytes) -> None:
    submit = SubmitSm(tlvs=((tag, value),))
    assert decode(encode(submit, 1)) == Frame(submit, 0, 1)


# Frames that are lawful, spoilt inside, spoilt in the header, or no frames at all.
HEADERS = st.tuples(
    st.sampled_from([0, 15, 16, 17, 20, 40, 0x12000, 0x12001, 0xFFFFFFFF]),
    st.sampled_from([1, 4, 5, 6, 9, 0x15, 0x21, 0x103, 0x666, 1 << 31, (1 << 31) + 4]),
    st.sampled_from([0, 1, 0x58]),
    st.integers(0, 5),
).map(lambda numbers: b"".join(number.to_bytes(4, "big") for number in numbers))
LAWFUL = st.builds(encode, PDUS, st.integers(1, 5) | SEQUENCES)
SPOILT = st.builds(
    lambda octets, at, with_: octets[:16] + octets[16 : 16 + at] + with_ + octets[16 + at + 1 :],
    LAWFUL,
    st.integers(0, 60),
    st.binary(min_size=1, max_size=1),
)
STREAMS = st.lists(LAWFUL | SPOILT | HEADERS | st.binary(max_size=40), max_size=8).map(b"".join)


def seated(role: Role, *, is_bound: bool) -> Session:
    """Return a session with a request outstanding, if bound."""
    if not is_bound:
        return Session(role, 0.0)
    wire = bound()
    session, request = (wire.esme, SubmitSm()) if role is Role.ESME else (wire.smsc, DeliverSm())
    session.request(request, wire.now)
    session.take_output()
    return session


def split(octets: bytes) -> list[Pdu]:
    """Read what a session wrote, which must be frames and nothing else."""
    pdus = []
    while octets:
        length = int.from_bytes(octets[:4], "big")
        read = decode(octets[:length])
        assert isinstance(read, Frame)
        pdus.append(read.pdu)
        octets = octets[length:]
    return pdus


@given(st.sampled_from(Role), st.booleans(), STREAMS)
def test_any_octets_give_events_and_lawful_output(
    role: Role, is_bound: bool, octets: bytes
) -> None:
    session = seated(role, is_bound=is_bound)
    told: list[Event] = session.receive(octets, 100.0)
    split(session.take_output())
    mistakes = [event for event in told if isinstance(event, PeerError)]
    assert all(event.what for event in mistakes)
    if any(isinstance(event, Closed) for event in told):
        assert isinstance(told[-1], Closed)


@given(st.sampled_from(Role), st.booleans(), STREAMS, st.data())
def test_cutting_the_stream_differently_changes_nothing(
    role: Role, is_bound: bool, octets: bytes, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=12)))
    whole, cut = seated(role, is_bound=is_bound), seated(role, is_bound=is_bound)
    told_whole = whole.receive(octets, 100.0)
    told_cut: list[Event] = []
    for start, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
        told_cut += cut.receive(octets[start:end], 100.0)
    assert told_cut == told_whole
    assert cut.take_output() == whole.take_output()
    assert cut.state is whole.state


@given(STREAMS)
def test_octet_by_octet_is_the_same_too(octets: bytes) -> None:
    whole, cut = seated(Role.ESME, is_bound=True), seated(Role.ESME, is_bound=True)
    told = [event for octet in octets for event in cut.receive(bytes((octet,)), 100.0)]
    assert told == whole.receive(octets, 100.0)


def test_two_ends_never_answer_each_others_answers() -> None:
    """Nacking a nack would keep the line busy for ever."""
    wire = bound()
    for pdu in (GenericNack(), EnquireLinkResp(), BindTransceiverResp(), DeliverSmResp()):
        wire.esme.receive(encode(pdu, 99), wire.now)
        wire.smsc.receive(encode(pdu, 99), wire.now)
    assert wire.esme.take_output() == wire.smsc.take_output() == b""
    assert wire.smsc.receive(encode(BindTransceiver(), 1), wire.now) != []
