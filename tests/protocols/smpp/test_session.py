"""A session's story: bind, traffic, time and the end, seen from both ends."""

import pytest

from dragoman.protocols.smpp.codec import encode
from dragoman.protocols.smpp.events import (
    BindRefused,
    Bound,
    PeerError,
    Request,
    Response,
)
from dragoman.protocols.smpp.pdus import (
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
)
from dragoman.protocols.smpp.states import State
from dragoman.protocols.smpp.statuses import CommandStatus
from tests.protocols.smpp.wire import Wire, bound

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
