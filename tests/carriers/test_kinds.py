"""Carriers as they are built from what the store holds."""

import asyncio

import pytest

from dragoman.carriers.bind import Surroundings
from dragoman.carriers.boxed import BoxedCarrier
from dragoman.carriers.kinds import KINDS, build, check
from dragoman.carriers.profile import OptionError
from dragoman.carriers.smpp import SmppCarrier
from dragoman.model.world import CarrierRow
from tests.carriers.southbound import HandClock, Sinkhole, segments, surroundings

BUILT = {
    "smpp": (CarrierRow(id=1, name="a", kind="smpp", options={"host": "h"}), SmppCarrier),
    "simulator": (CarrierRow(id=1, name="a", kind="simulator"), BoxedCarrier),
}


def test_every_kind_is_built() -> None:
    assert set(BUILT) == set(KINDS)


@pytest.mark.parametrize(("row", "kind"), BUILT.values(), ids=BUILT)
def test_build(row: CarrierRow, kind: type) -> None:
    async def story() -> None:
        check(row.kind, row.options)
        assert type(build(row, "", Sinkhole(), surroundings(HandClock()))) is kind

    asyncio.run(story())


WRONG = {
    "an unknown kind": ("pigeon", {}, "it is one of smpp, simulator"),
    "an unknown option": ("smpp", {"host": "h", "hots": 1}, "'hots'"),
    "an option of no simulator": ("simulator", {"hots": 1}, "'hots'"),
    "a value of no simulator": ("simulator", {"receipt_delay_s": -1}, "receipt_delay_s"),
    "an unknown form of ids": ("simulator", {"id_form": "octal"}, "octal"),
}


@pytest.mark.parametrize(("kind", "options", "words"), WRONG.values(), ids=WRONG)
def test_mistakes_are_named_before_anything_is_built(
    kind: str, options: dict[str, object], words: str
) -> None:
    row = CarrierRow(id=1, name="a", kind=kind, options=options)

    async def story() -> None:
        around: Surroundings = surroundings(HandClock())
        for attempt in (
            lambda: check(kind, options),
            lambda: build(row, "", Sinkhole(), around),
        ):
            with pytest.raises(OptionError) as caught:
                attempt()
            assert words in str(caught.value)

    asyncio.run(story())


def test_a_carrier_with_a_network_of_its_own() -> None:
    async def story() -> None:
        sink = Sinkhole()
        around = surroundings()
        carrier = BoxedCarrier(1, "box", {"id_form": "hex", "first_id": 255}, sink, around)
        sink.carrier = carrier
        assert carrier.status().state == "stopped"
        await carrier.start()
        sink.send(segments(1))
        await sink.until(lambda: len(sink.deliveries) == 1)
        assert [answer.ref for answer in sink.answers] == ["ff"]
        assert [shown.text for shown in carrier.smsc.screen("447700900123")] == ["message 1"]
        await carrier.drain(1.0)
        assert carrier.status().state == "stopped"

    asyncio.run(story())


def test_the_network_of_its_own_can_be_steered() -> None:
    async def story() -> None:
        carrier = BoxedCarrier(1, "box", {"control_port": 0}, Sinkhole(), surroundings())
        await carrier.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", carrier.control.port)
        writer.write(b"GET /faults HTTP/1.0\r\n\r\n")
        assert b'"throttle_every":0' in await reader.read()
        writer.close()
        await carrier.drain(1.0)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", carrier.control.port)

    asyncio.run(story())
