"""Whole conversations with other people's clients and server over a loopback socket."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable

import smpp34
import smpplib.client
import smpplib.consts

from dragoman.protocols.smpp.events import BindRequest, Bound, Event, Request, Response, Unbound
from dragoman.protocols.smpp.pdus import (
    BindResponse,
    BindTransceiver,
    CancelSm,
    DataSm,
    DeliverSm,
    DeliverSmResp,
    DistributionList,
    Pdu,
    QuerySm,
    ReplaceSm,
    SmeAddress,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
)
from dragoman.protocols.smpp.session import Session, Timers
from dragoman.protocols.smpp.states import Role
from dragoman.protocols.smpp.statuses import CommandStatus
from dragoman.protocols.smpp.tlvs import Tag, number

TIMEOUT_S = 20.0
RECEIPT = DeliverSm(
    source_addr=b"447700900123", destination_addr=b"1234", esm_class=4, short_message=b"id:a stat"
)


class Line(asyncio.Protocol):
    """The least that joins a session to a socket; events wait to be asked for."""

    def __init__(self, role: Role) -> None:
        self.session = Session(role, time.monotonic(), timers=Timers(response_s=10))
        self.told: asyncio.Queue[Event] = asyncio.Queue()
        self.transport: asyncio.Transport | None = None
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        for event in self.session.receive(data, time.monotonic()):
            if isinstance(event, BindRequest):
                assert event.pdu.response is not None
                version = (number(Tag.sc_interface_version, 0x34),)
                answer: BindResponse = event.pdu.response(b"dragoman", version)
                self.session.respond(event.sequence, answer)
            elif isinstance(event, Request) and isinstance(event.pdu, SubmitSm):
                self.session.respond(event.sequence, SubmitSmResp(b"id-1"))
            elif isinstance(event, Request):
                self.session.respond(event.sequence, DeliverSmResp())
            self.told.put_nowait(event)
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()

    async def close(self) -> None:
        if self.transport is not None:
            self.transport.close()
            await self.lost.wait()

    def flush(self) -> None:
        assert self.transport is not None
        if octets := self.session.take_output():
            self.transport.write(octets)

    async def next(self, kind: type[Event]) -> Event:
        event = await self.told.get()
        assert isinstance(event, kind), event
        return event


def serve(conversation: Callable[[Line, int], Awaitable[None]]) -> None:
    """Run a conversation with an SMSC line that listens on a port of its own."""

    async def run() -> None:
        line = Line(Role.SMSC)
        server = await asyncio.get_running_loop().create_server(lambda: line, "127.0.0.1", 0)
        async with server, asyncio.timeout(TIMEOUT_S):
            try:
                await conversation(line, server.sockets[0].getsockname()[1])
            finally:
                await line.close()

    asyncio.run(run())


def test_smpplib_as_client() -> None:
    async def conversation(line: Line, port: int) -> None:
        ids: list[str] = []
        texts: list[bytes] = []

        def bind_and_submit() -> smpplib.client.Client:
            client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
            client.set_message_sent_handler(lambda pdu: ids.append(pdu.message_id.decode()))

            def take(pdu: object) -> int:
                texts.append(pdu.short_message)  # type: ignore[attr-defined]
                return 0

            client.set_message_received_handler(take)
            client.connect()
            client.bind_transceiver(system_id="app", password="secret")
            client.send_message(
                source_addr="Dragoman", destination_addr="447700900123", short_message=b"hi"
            )
            client.read_once()
            return client

        client = await asyncio.to_thread(bind_and_submit)
        asked = await line.next(BindRequest)
        assert isinstance(asked, BindRequest)
        assert asked.pdu == BindTransceiver(b"app", b"secret")
        submitted = await line.next(Request)
        assert isinstance(submitted, Request)
        assert isinstance(submitted.pdu, SubmitSm)
        assert submitted.pdu.short_message == b"hi"
        assert ids == ["id-1"]

        line.session.request(RECEIPT, time.monotonic(), "receipt")
        line.flush()
        await asyncio.to_thread(client.read_once)
        answered = await line.next(Response)
        assert isinstance(answered, Response)
        assert (answered.context, answered.status) == ("receipt", 0)
        assert texts == [b"id:a stat"]

        await asyncio.to_thread(client.unbind)
        await line.next(Unbound)
        await asyncio.to_thread(client.disconnect)

    serve(conversation)


def test_smpp34_as_client() -> None:
    async def conversation(line: Line, port: int) -> None:
        client = smpp34.Client("127.0.0.1", port, "app", "secret")
        smsc = await client.connect()
        await line.next(BindRequest)
        answer = await smsc.submit_sm(
            "447700900123", b"hi", source_addr="Dragoman", source_addr_ton=5, data_coding=8
        )
        assert (answer.command_status, answer.message_id) == (0, "id-1")
        submitted = await line.next(Request)
        assert isinstance(submitted, Request)
        assert submitted.pdu == SubmitSm(
            source_addr_ton=5,
            source_addr=b"Dragoman",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=b"447700900123",
            data_coding=8,
            short_message=b"hi",
        )
        line.session.request(RECEIPT, time.monotonic())
        line.flush()
        receipt = await smsc.next()
        assert isinstance(receipt, smpp34.DeliverSmEvent)
        assert receipt.short_message == b"id:a stat"
        await line.next(Response)
        await smsc.unbind()
        await line.next(Unbound)
        await client.stop()

    serve(conversation)


# smpp34 refuses these by default, each with the status of an application that does not want
# it; what it cannot read it answers with ESME_RINVPARLEN, and with another command's response.
REFUSED_BY_DEFAULT: list[tuple[Pdu, CommandStatus]] = [
    (QuerySm(b"1", 1, 1, b"44"), CommandStatus.ESME_RQUERYFAIL),
    (CancelSm(b"", b"1", 1, 1, b"44", 1, 1, b"33"), CommandStatus.ESME_RCANCELFAIL),
    (ReplaceSm(b"1", 1, 1, b"44", short_message=b"new"), CommandStatus.ESME_RREPLACEFAIL),
    (DataSm(source_addr=b"44", tlvs=((0x424, b"payload"),)), CommandStatus.ESME_RSYSERR),
    (
        SubmitMulti(
            dest_address=(SmeAddress(1, 1, b"44"), DistributionList(b"staff")), short_message=b"hi"
        ),
        CommandStatus.ESME_RSYSERR,
    ),
]


async def talk_to_smpp34(server: smpp34.Server, line: Line) -> None:
    line.session.bind(BindTransceiver(b"app", b"secret"))
    line.flush()
    assert await line.next(Bound) == Bound(BindTransceiver, b"smpp34", 0x34)
    esme = await server.next()
    assert isinstance(esme, smpp34.Esme)

    line.session.request(SubmitSm(short_message=b"hi"), time.monotonic(), "ours")
    line.flush()
    submitted = await server.next()
    assert isinstance(submitted, smpp34.SubmitSmEvent)
    assert submitted.short_message == b"hi"
    submitted.accept("their-id")
    answer = await line.next(Response)
    assert isinstance(answer, Response)
    assert (answer.pdu, answer.context) == (SubmitSmResp(b"their-id"), "ours")

    delivered = await esme.deliver_sm("1234", b"reply", source_addr="447700900123")
    assert delivered.is_success
    await line.next(Request)

    for pdu, status in REFUSED_BY_DEFAULT:
        line.session.request(pdu, time.monotonic())
        line.flush()
        refusal = await line.next(Response)
        assert isinstance(refusal, Response)
        assert (type(refusal.pdu), refusal.status) == (pdu.response, status)

    line.session.unbind(time.monotonic())
    line.flush()
    assert isinstance(await server.next(), smpp34.Unbound)


def test_smpp34_as_server() -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = smpp34.Server("127.0.0.1", port, system_id="smpp34")
        await server.start()
        _, line = await loop.create_connection(lambda: Line(Role.ESME), "127.0.0.1", port)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await talk_to_smpp34(server, line)
        finally:
            await line.close()
            await server.stop()

    asyncio.run(run())
