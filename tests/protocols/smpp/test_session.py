"""A session's story: bind, traffic, time and the end, seen from both ends."""

from math import inf

import pytest

from dragoman.protocols.smpp.codec import EncodeError, Frame, decode, encode
from dragoman.protocols.smpp.events import (
    BindRefused,
    BindRequest,
    Bound,
    Closed,
    CloseReason,
    LateResponse,
    Notice,
    PeerError,
    Request,
    Response,
    TimedOut,
    Unbound,
)
from dragoman.protocols.smpp.pdus import (
    COMMANDS,
    RESPONSE_BIT,
    AlertNotification,
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    CancelSm,
    DataSm,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    QuerySm,
    ReplaceSm,
    SmeAddress,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from dragoman.protocols.smpp.session import LocalProtocolError, Session, Timers
from dragoman.protocols.smpp.states import Role, State
from dragoman.protocols.smpp.statuses import CommandStatus
from tests.protocols.smpp.wire import TIMERS, Wire, bound

TEXT = SubmitSm(source_addr=b"Dragoman", destination_addr=b"447700900123", short_message=b"hi")


@pytest.mark.parametrize(
    ("bind", "state"),
    [
        (BindTransmitter(b"app"), State.BOUND_TX),
        (BindReceiver(b"app"), State.BOUND_RX),
        (BindTransceiver(b"app"), State.BOUND_TRX),
    ],
)
def test_a_bind_opens_the_state_it_asks_for(bind: Bind, state: State) -> None:
    wire = bound(bind)
    assert wire.esme.state is state
    assert wire.smsc.state is state
    assert wire.esme.is_bound


def test_a_refused_bind_may_be_tried_again() -> None:
    wire = Wire()
    first = wire.esme.bind(BindTransceiver(b"app", b"wrong"))
    wire.pump()
    wire.smsc.respond(first, BindTransceiverResp(), CommandStatus.ESME_RINVPASWD)
    assert wire.told_esme() == [BindRefused(BindTransceiver, CommandStatus.ESME_RINVPASWD)]
    assert wire.esme.state is State.OPEN
    second = wire.esme.bind(BindTransceiver(b"app", b"right"))
    wire.pump()
    wire.smsc.respond(second, BindTransceiverResp(b"smsc"))
    assert wire.told_esme() == [Bound(BindTransceiver, b"smsc", None)]


def test_a_bind_may_be_refused_by_generic_nack() -> None:
    wire = Wire()
    sequence = wire.esme.bind(BindTransceiver())
    wire.pump()
    wire.smsc.respond(sequence, GenericNack(), CommandStatus.ESME_RINVCMDID)
    assert wire.told_esme() == [BindRefused(BindTransceiver, CommandStatus.ESME_RINVCMDID)]
    assert wire.smsc.state is State.OPEN


def test_a_second_bind_is_refused_without_asking_the_owner() -> None:
    wire = bound()
    frame = encode(BindTransmitter(b"again"), 77)
    (event,) = wire.smsc.receive(frame, wire.now)
    assert isinstance(event, PeerError)
    assert event.answer is CommandStatus.ESME_RALYBND
    assert wire.smsc.take_output().hex(" ", 4) == "00000010 80000002 00000005 0000004d"


def test_traffic_both_ways() -> None:
    wire = bound()
    sequence = wire.esme.request(TEXT, wire.now, "message 1")
    assert wire.told_smsc() == [Request(TEXT, sequence)]
    assert wire.esme.outstanding() == [(sequence, "message 1")]
    wire.now += 0.5
    wire.smsc.respond(sequence, SubmitSmResp(b"id-1"))
    assert wire.told_esme() == [Response(SubmitSmResp(b"id-1"), 0, "message 1", sequence, 0.5)]
    assert wire.esme.outstanding() == []

    receipt = DeliverSm(esm_class=4, short_message=b"id:id-1")
    number = wire.smsc.request(receipt, wire.now, "receipt 1")
    assert wire.told_esme() == [Request(receipt, number)]
    wire.esme.respond(number, DeliverSmResp())
    assert wire.told_smsc() == [Response(DeliverSmResp(), 0, "receipt 1", number, 0.0)]


def test_a_negative_answer_and_a_nack_are_answers() -> None:
    wire = bound()
    first = wire.esme.request(TEXT, wire.now, "a")
    second = wire.esme.request(TEXT, wire.now, "b")
    assert wire.told_smsc() == [Request(TEXT, first), Request(TEXT, second)]
    wire.smsc.respond(second, GenericNack(), CommandStatus.ESME_RINVCMDID)
    wire.smsc.respond(first, SubmitSmResp(), CommandStatus.ESME_RTHROTTLED)
    assert wire.told_esme() == [
        Response(GenericNack(), CommandStatus.ESME_RINVCMDID, "b", second, 0.0),
        Response(SubmitSmResp(), CommandStatus.ESME_RTHROTTLED, "a", first, 0.0),
    ]


# Who may send what in which state: SMPP 3.4 section 2.3, row by row.
T, R, X = BindTransmitter, BindReceiver, BindTransceiver
MAY_SEND: dict[type[Pdu], dict[Role, set[type[Bind]]]] = {
    SubmitSm: {Role.ESME: {T, X}},
    SubmitMulti: {Role.ESME: {T, X}},
    QuerySm: {Role.ESME: {T, X}},
    CancelSm: {Role.ESME: {T, X}},
    ReplaceSm: {Role.ESME: {T, X}},
    DataSm: {Role.ESME: {T, R, X}, Role.SMSC: {T, R, X}},
    DeliverSm: {Role.SMSC: {R, X}},
}
CASES = [(command, role, bind) for command in MAY_SEND for role in Role for bind in (None, T, R, X)]


@pytest.mark.parametrize(
    ("command", "role", "bind"),
    CASES,
    ids=[f"{c.command_name}-{r.name}-{b.command_name if b else 'open'}" for c, r, b in CASES],
)
def test_what_may_be_sent_when_holds_for_writer_and_reader(
    command: type[Pdu], role: Role, bind: type[Bind] | None
) -> None:
    pdu = SubmitMulti(dest_address=(SmeAddress(),)) if command is SubmitMulti else command()
    wire = bound(bind()) if bind else Wire()
    ours, theirs = (wire.esme, wire.smsc) if role is Role.ESME else (wire.smsc, wire.esme)
    lawful = bind in MAY_SEND[command].get(role, ())
    if lawful:
        sequence = ours.request(pdu, wire.now)
        assert theirs.receive(ours.take_output(), wire.now) == [Request(pdu, sequence)]
        return
    with pytest.raises(LocalProtocolError, match=command.command_name):
        ours.request(pdu, wire.now)
    (event,) = theirs.receive(encode(pdu, 9), wire.now)
    assert isinstance(event, PeerError)
    assert event.answer is CommandStatus.ESME_RINVBNDSTS
    answer = decode(theirs.take_output())
    assert command.response is not None
    assert answer == Frame(command.response(), CommandStatus.ESME_RINVBNDSTS, 9)


def test_notices_have_no_answer() -> None:
    wire = Wire()
    wire.smsc.notify(Outbind(b"smsc", b"pw"))
    assert wire.told_esme() == [Notice(Outbind(b"smsc", b"pw"))]
    assert wire.esme.take_output() == b""
    with pytest.raises(LocalProtocolError):
        wire.smsc.notify(AlertNotification())
    with pytest.raises(LocalProtocolError):
        wire.esme.notify(Outbind())
    wire = bound(BindReceiver())
    wire.smsc.notify(AlertNotification(source_addr=b"44"))
    assert wire.told_esme() == [Notice(AlertNotification(source_addr=b"44"))]
    (event,) = wire.esme.receive(encode(Outbind(), 5), wire.now)
    assert event == PeerError("outbind in state BOUND_RX of the ESME", 0x0B, 5, None)


def test_the_window_is_never_exceeded() -> None:
    """Pain 24: no more is in doubt than the window allows."""
    wire = bound(window=2)
    assert wire.esme.window_free == 2
    first = wire.esme.request(TEXT, wire.now)
    wire.esme.request(TEXT, wire.now)
    assert wire.esme.window_free == 0
    with pytest.raises(LocalProtocolError, match="window of 2 is full"):
        wire.esme.request(TEXT, wire.now)
    wire.pump()
    wire.smsc.respond(first, SubmitSmResp(b"1"))
    wire.pump()
    assert wire.esme.window_free == 1


def test_a_request_that_cannot_be_written_leaves_no_trace() -> None:
    wire = bound()
    with pytest.raises(EncodeError):
        wire.esme.request(SubmitSm(source_addr=b"1" * 30), wire.now, "lost")
    assert wire.esme.outstanding() == []
    assert wire.esme.take_output() == b""


def test_sequence_numbers_wrap_to_one() -> None:
    session = Session(Role.ESME, 0.0, first_sequence=0x7FFF_FFFF)
    assert session.bind(BindTransceiver()) == 0x7FFF_FFFF
    frame = encode(BindTransceiverResp(b"smsc"), 0x7FFF_FFFF)
    assert session.receive(frame, 0.0) == [Bound(BindTransceiver, b"smsc", None)]
    assert session.request(TEXT, 0.0) == 1


def test_pain_24_a_late_answer_is_told_from_a_missing_one() -> None:
    wire = bound()
    first = wire.esme.request(TEXT, wire.now, "first")
    wire.now += 1
    second = wire.esme.request(TEXT, wire.now, "second")
    wire.told_smsc()
    wire.now += 3
    assert wire.esme.tick(wire.now) == [TimedOut("first", first)]
    assert wire.esme.outstanding() == [(second, "second")]
    wire.smsc.respond(first, SubmitSmResp(b"id-1"))
    wire.smsc.respond(second, SubmitSmResp(b"id-2"))
    assert wire.told_esme() == [
        LateResponse(SubmitSmResp(b"id-1"), 0, "first", first, 4.0),
        Response(SubmitSmResp(b"id-2"), 0, "second", second, 3.0),
    ]
    wire.smsc.respond(first, SubmitSmResp(b"id-1"))
    (event,) = wire.told_esme()
    assert event == PeerError(
        "submit_sm_resp answers nothing that was asked", 0x8000_0004, first, None
    )


def test_pain_24_late_answers_are_remembered_in_bounded_memory() -> None:
    session = Session(Role.ESME, 0.0, timers=TIMERS, late_limit=2)
    bind = session.bind(BindTransceiver())
    session.receive(encode(BindTransceiverResp(), bind), 0.0)
    sequences = [session.request(TEXT, 0.0, name) for name in "abc"]
    assert session.tick(4.0) == [
        TimedOut(name, sequence) for name, sequence in zip("abc", sequences, strict=True)
    ]
    answers = b"".join(encode(SubmitSmResp(b"1"), sequence) for sequence in sequences)
    told = [type(event) for event in session.receive(answers, 5.0)]
    assert told == [PeerError, LateResponse, LateResponse]


def test_a_late_nack_is_a_late_answer() -> None:
    wire = bound()
    sequence = wire.esme.request(TEXT, wire.now, "a")
    wire.told_smsc()
    wire.now += 4
    wire.esme.tick(wire.now)
    wire.smsc.respond(sequence, GenericNack(), 8)
    assert wire.told_esme() == [LateResponse(GenericNack(), 8, "a", sequence, 4.0)]


def test_an_answer_of_another_kind_settles_nothing() -> None:
    wire = bound()
    sequence = wire.esme.request(TEXT, wire.now, "a")
    (event,) = wire.esme.receive(encode(DeliverSmResp(), sequence), wire.now)
    assert isinstance(event, PeerError)
    assert event.answer is None
    assert wire.esme.outstanding() == [(sequence, "a")]


def test_pain_23_silence_is_probed_and_ends_the_session() -> None:
    """A half-open connection is found within two intervals of the idle limit."""
    timers = Timers(enquire_link_s=10, response_s=60)
    wire = bound(timers=timers)
    start = wire.now
    assert wire.esme.next_deadline() == start + 10
    assert wire.esme.tick(start + 9.9) == []
    assert wire.esme.take_output() == b""
    assert wire.esme.tick(start + 10) == []
    assert isinstance(decode(wire.esme.take_output()), Frame)
    assert wire.esme.next_deadline() == start + 20
    assert wire.esme.tick(start + 20) == [Closed(CloseReason.PEER_SILENT)]
    assert wire.esme.state is State.CLOSED
    assert wire.esme.next_deadline() == inf


def test_pain_23_anything_heard_is_a_sign_of_life() -> None:
    """A peer that is busy answering traffic is not cut off for a slow enquire_link_resp."""
    wire = bound()
    start = wire.now
    wire.esme.tick(start + 10)
    sequence = int.from_bytes(wire.esme.take_output()[12:], "big")
    wire.esme.receive(encode(DeliverSm(), 9)[:3], start + 13)
    assert wire.esme.next_deadline() == start + 23
    wire.esme.receive(encode(DeliverSm(), 9)[3:], start + 14)
    assert wire.esme.receive(encode(EnquireLinkResp(), sequence), start + 15) == []
    assert wire.esme.next_deadline() == start + 25


def test_two_quiet_ends_keep_each_other_for_hours() -> None:
    wire = bound()
    wire.wait(7200)
    assert wire.to_esme == wire.to_smsc == []
    assert wire.esme.is_bound


def test_no_traffic_for_long_ends_in_unbind() -> None:
    wire = bound(timers=Timers(enquire_link_s=10, response_s=4, inactivity_s=60))
    wire.esme.request(TEXT, wire.now)
    wire.wait(59)
    assert wire.esme.is_bound
    wire.wait(2)
    assert wire.esme.state is wire.smsc.state is State.UNBOUND
    assert Unbound(by_peer=False) in wire.to_esme + wire.to_smsc
    assert Unbound(by_peer=True) in wire.to_esme + wire.to_smsc


def test_whoever_does_not_bind_in_time_is_closed() -> None:
    wire = Wire()
    wire.esme.bind(BindTransceiver())
    wire.wait(5)
    assert wire.to_esme == [Closed(CloseReason.BIND_TIMEOUT)]
    assert wire.to_smsc[-1:] == [Closed(CloseReason.BIND_TIMEOUT)]
    assert wire.esme.respond(1, SubmitSmResp()) is False


def test_unbind_is_answered_and_told_to_both() -> None:
    wire = bound()
    sequence = wire.esme.unbind(wire.now)
    assert wire.esme.window_free == 0
    with pytest.raises(LocalProtocolError):
        wire.esme.request(TEXT, wire.now)
    with pytest.raises(LocalProtocolError):
        wire.esme.unbind(wire.now)
    assert wire.told_smsc() == [Unbound(by_peer=True)]
    assert wire.told_esme() == [Unbound(by_peer=False)]
    assert wire.esme.receive(encode(UnbindResp(), sequence), wire.now) != []
    assert wire.esme.next_deadline() == inf


def test_answers_are_still_taken_and_given_while_unbinding() -> None:
    wire = bound()
    asked = wire.esme.request(TEXT, wire.now, "a")
    owed = wire.smsc.request(DeliverSm(), wire.now, "b")
    wire.told_smsc()
    wire.esme.unbind(wire.now)
    down = encode(SubmitSmResp(b"1"), asked)
    assert wire.esme.receive(down, wire.now) == [Response(SubmitSmResp(b"1"), 0, "a", asked, 0.0)]
    assert wire.esme.respond(owed, DeliverSmResp())


def test_an_unbind_without_answer_closes() -> None:
    wire = bound()
    wire.esme.unbind(wire.now)
    assert wire.esme.next_deadline() == wire.now + 4
    assert wire.esme.tick(wire.now + 4) == [Closed(CloseReason.UNBIND_TIMEOUT)]


def test_an_unbind_answered_by_nack_is_over_too() -> None:
    wire = bound()
    sequence = wire.esme.unbind(wire.now)
    frame = encode(GenericNack(), sequence, CommandStatus.ESME_RINVCMDID)
    assert wire.esme.receive(frame, wire.now) == [Unbound(by_peer=False)]


def test_both_ends_may_unbind_at_once() -> None:
    wire = bound()
    wire.esme.unbind(wire.now)
    wire.smsc.unbind(wire.now)
    assert wire.told_esme()[0] == Unbound(by_peer=True)
    assert wire.esme.state is wire.smsc.state is State.UNBOUND


def test_an_acknowledgement_may_come_too_late_for_the_peer() -> None:
    """The peer left while the receipt was on its way to the disk: no error, nothing written."""
    wire = bound()
    sequence = wire.smsc.request(DeliverSm(), wire.now)
    wire.told_esme()
    wire.smsc.unbind(wire.now)
    wire.pump()
    assert wire.esme.respond(sequence, DeliverSmResp()) is False
    assert wire.esme.connection_lost() == [Closed(CloseReason.CONNECTION_LOST)]
    assert wire.esme.respond(sequence, DeliverSmResp()) is False
    assert wire.esme.take_output() == b""


def test_a_lost_connection_keeps_what_is_uncertain() -> None:
    wire = bound()
    sequence = wire.esme.request(TEXT, wire.now, "a")
    assert wire.esme.connection_lost() == [Closed(CloseReason.CONNECTION_LOST)]
    assert wire.esme.connection_lost() == []
    assert wire.esme.outstanding() == [(sequence, "a")]
    assert wire.esme.receive(encode(SubmitSmResp(), sequence), wire.now) == []
    assert wire.esme.tick(wire.now + 1_000) == []


def test_our_own_mistakes_are_exceptions() -> None:
    wire = Wire()
    with pytest.raises(LocalProtocolError, match="bind_transceiver in state OPEN of the SMSC"):
        wire.smsc.bind(BindTransceiver())
    with pytest.raises(LocalProtocolError, match="unbind in state OPEN"):
        wire.esme.unbind(wire.now)
    with pytest.raises(LocalProtocolError, match="no bind with sequence 1"):
        wire.smsc.respond(1, BindTransceiverResp())
    with pytest.raises(LocalProtocolError, match="submit_sm is no response"):
        wire.smsc.respond(1, SubmitSm())
    sequence = wire.esme.bind(BindTransceiver())
    with pytest.raises(LocalProtocolError):
        wire.esme.bind(BindTransceiver())
    wire.pump()
    with pytest.raises(LocalProtocolError, match="does not answer bind_transceiver"):
        wire.smsc.respond(sequence, BindTransmitterResp())
    wire.smsc.respond(sequence, BindTransceiverResp())
    wire.pump()
    for pdu in (Unbind(), EnquireLink(), BindTransceiver(), Outbind(), SubmitSmResp()):
        with pytest.raises(LocalProtocolError):
            wire.esme.request(pdu, wire.now)
    with pytest.raises(LocalProtocolError):
        wire.esme.respond(1, BindTransceiverResp())


def test_requests_sent_before_the_bind_is_answered_are_refused() -> None:
    wire = Wire()
    octets = encode(BindTransceiver(b"app"), 1) + encode(SubmitSm(), 2) + encode(EnquireLink(), 3)
    asked, refused = wire.smsc.receive(octets, wire.now)
    assert asked == BindRequest(BindTransceiver(b"app"), 1)
    assert isinstance(refused, PeerError)
    assert refused.answer is CommandStatus.ESME_RINVBNDSTS
    assert wire.smsc.take_output() == (
        encode(SubmitSmResp(), 2, CommandStatus.ESME_RINVBNDSTS) + encode(EnquireLinkResp(), 3)
    )


def test_every_request_of_the_standard_is_in_the_table_above_or_is_the_sessions_own() -> None:
    own = {Unbind, EnquireLink, Outbind, AlertNotification, T, R, X}
    requests = {pdu for number, pdu in COMMANDS.items() if not number & RESPONSE_BIT}
    assert requests == own | set(MAY_SEND)


def test_nobody_binds_to_an_application() -> None:
    for wire in (Wire(), bound()):
        (event,) = wire.esme.receive(encode(BindReceiver(), 9), wire.now)
        assert isinstance(event, PeerError)
        assert event.answer is CommandStatus.ESME_RINVBNDSTS


def test_an_unbind_is_answered_in_every_state_and_told_once() -> None:
    wire = Wire()
    twice = encode(Unbind(), 8) + encode(Unbind(), 9)
    assert wire.smsc.receive(twice, wire.now) == [Unbound(by_peer=True)]
    assert wire.smsc.take_output() == encode(UnbindResp(), 8) + encode(UnbindResp(), 9)
