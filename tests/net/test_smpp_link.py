"""The link between a socket and a session: when octets leave, and what its owner is told."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from math import inf
from pathlib import Path
from typing import Any

import pytest

from dragoman.net.smpp_link import LINGER_S, WRITE_HIGH_OCTETS, SmppLink, connect, listen
from dragoman.net.tls import client_context, server_context
from dragoman.protocols.smpp.events import (
    BindRequest,
    Bound,
    Closed,
    Event,
    Request,
    Response,
    TimedOut,
)
from dragoman.protocols.smpp.pdus import (
    BindTransceiver,
    BindTransceiverResp,
    SubmitSm,
    SubmitSmResp,
)
from dragoman.protocols.smpp.session import Session, Timers
from dragoman.protocols.smpp.states import Role
from tests.carriers.southbound import HandClock, real_clock, settle

TLS = Path(__file__).parent / "tls"


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


class Owner:
    """Writes down what a link tells; binds, or takes binds."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.batches: list[list[Event]] = []
        self.writable = 0
        self.lost: list[Exception | None] = []
        self.link: SmppLink | None = None
        self._news = asyncio.Event()

    def link_opened(self, link: SmppLink) -> None:
        self.link = link
        if self.role is Role.ESME:
            link.session.bind(BindTransceiver(b"esme"))
        self._news.set()

    def link_events(self, link: SmppLink, events: list[Event]) -> None:
        self.batches.append(events)
        for event in events:
            if isinstance(event, BindRequest):
                link.session.respond(event.sequence, BindTransceiverResp())
            elif isinstance(event, Request):
                link.session.respond(event.sequence, SubmitSmResp(b"1"))
        self._news.set()

    def link_writable(self, link: SmppLink) -> None:
        self.writable += 1
        self._news.set()

    def link_lost(self, link: SmppLink, error: Exception | None) -> None:
        self.lost.append(error)
        self._news.set()

    def seen(self, kind: type) -> int:
        return sum(isinstance(event, kind) for batch in self.batches for event in batch)

    async def until_lost(self) -> None:
        await self.until(lambda: bool(self.lost))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                self._news.clear()
                await self._news.wait()


class Pair:
    """Two ends of one connection."""

    def __init__(
        self, clock: HandClock | None = None, window: int = 1000, response_s: float = 60.0
    ) -> None:
        self.clock = clock or real_clock()
        self.window = window
        self.response_s = response_s
        self.esme = Owner(Role.ESME)
        self.smsc = Owner(Role.SMSC)
        self.server: asyncio.Server | None = None

    def make(self, owner: Owner) -> SmppLink:
        patience_s = 30.0 if owner.role is Role.ESME else inf
        timers = Timers(enquire_link_s=patience_s, response_s=self.response_s)
        session = Session(owner.role, self.clock.now_s(), timers=timers, window=self.window)
        return SmppLink(session, owner, self.clock)

    async def open(
        self, server_tls: ssl.SSLContext | None = None, client_tls: ssl.SSLContext | None = None
    ) -> None:
        self.server = await listen(lambda: self.make(self.smsc), "127.0.0.1", 0, tls=server_tls)
        await connect(
            lambda: self.make(self.esme),
            "127.0.0.1",
            self.server.sockets[0].getsockname()[1],
            timeout_s=5,
            tls=client_tls,
            tls_name="localhost" if client_tls else None,
        )
        await self.esme.until(lambda: self.esme.seen(Bound) == 1)

    async def close(self) -> None:
        for owner in (self.esme, self.smsc):
            if owner.link is not None:
                owner.link.abort()
                await owner.until_lost()
        if self.server is not None:
            self.server.close()

    def submit(self, count: int, octets: bytes = b"Hello") -> None:
        link = self.link
        for number in range(count):
            link.session.request(SubmitSm(short_message=octets), self.clock.now_s(), number)
        link.unwritten += count
        link.wake()

    @property
    def link(self) -> SmppLink:
        assert self.esme.link is not None
        return self.esme.link

    @property
    def far_link(self) -> SmppLink:
        assert self.smsc.link is not None
        return self.smsc.link


def test_what_is_said_in_one_turn_leaves_in_one_write() -> None:
    async def story() -> None:
        pair = Pair()
        await pair.open()
        batches = len(pair.smsc.batches)
        pair.submit(50)
        pair.submit(50)
        assert pair.link.unwritten == 100
        await pair.esme.until(lambda: pair.esme.seen(Response) == 100)
        assert pair.link.unwritten == 0
        assert [len(batch) for batch in pair.smsc.batches[batches:]] == [100]
        assert [len(batch) for batch in pair.esme.batches[1:]] == [100]
        await pair.close()

    run(story())


def test_contexts_come_back_in_order() -> None:
    async def story() -> None:
        pair = Pair()
        await pair.open()
        pair.submit(10)
        await pair.esme.until(lambda: pair.esme.seen(Response) == 10)
        responses = [e for batch in pair.esme.batches for e in batch if isinstance(e, Response)]
        assert [response.context for response in responses] == list(range(10))
        await pair.close()

    run(story())


def test_a_peer_that_stops_reading_pauses_the_link_and_resumes_it() -> None:
    async def story() -> None:
        pair = Pair(window=200_000)
        await pair.open()
        pair.far_link.hold_reading()
        sent = 0
        while not pair.link.is_paused:
            pair.submit(1000, bytes(250))
            sent += 1000
            await settle(2)
        assert sent * 250 > WRITE_HIGH_OCTETS
        pair.far_link.resume_reading()
        await pair.esme.until(lambda: pair.esme.writable == 1)
        assert not pair.link.is_paused
        await pair.esme.until(lambda: pair.esme.seen(Response) == sent)
        await pair.close()

    run(story())


def test_the_timer_asks_and_gives_up() -> None:
    """One timer carries all deadlines: first TimedOut, then enquire_link, then the end."""

    async def story() -> None:
        clock = HandClock()
        pair = Pair(clock)
        await pair.open()
        pair.far_link.hold_reading()
        pair.submit(1)
        await settle()
        clock.advance(30)
        await settle()
        assert pair.esme.seen(Closed) == 0
        clock.advance(29)
        await settle()
        assert (pair.esme.seen(TimedOut), pair.esme.seen(Closed)) == (0, 0)
        clock.advance(1)
        await settle()
        assert (pair.esme.seen(TimedOut), pair.esme.seen(Closed)) == (1, 1)
        await pair.esme.until(lambda: pair.esme.lost == [None])
        assert not pair.link.is_open
        await pair.close()

    run(story())


def test_a_deadline_that_is_nearer_brings_the_timer_forward() -> None:
    async def story() -> None:
        clock = HandClock()
        pair = Pair(clock, response_s=5.0)
        await pair.open()
        pair.far_link.hold_reading()
        pair.submit(1)
        await settle()
        clock.advance(5)
        assert pair.esme.seen(TimedOut) == 1
        await pair.close()

    run(story())


def test_traffic_keeps_enquire_link_away() -> None:
    async def story() -> None:
        clock = HandClock()
        pair = Pair(clock)
        await pair.open()
        for _ in range(10):
            clock.advance(20)
            pair.submit(1)
            await settle()
        assert pair.esme.seen(Response) == 10
        assert pair.link.session._next_sequence == 12  # the bind, and ten submits
        await pair.close()

    run(story())


def test_closing_waits_for_what_is_unwritten_but_not_for_ever() -> None:
    async def story() -> None:
        clock = HandClock()
        pair = Pair(clock, window=200_000)
        await pair.open()
        pair.far_link.hold_reading()
        while not pair.link.is_paused:
            pair.submit(1000, bytes(250))
            await settle(2)
        pair.link.close()
        await settle()
        assert pair.esme.lost == []
        clock.advance(LINGER_S)
        await pair.esme.until(lambda: len(pair.esme.lost) == 1)
        await pair.close()

    run(story())


def test_octets_that_are_no_smpp_end_the_link() -> None:
    async def story() -> None:
        pair = Pair()
        await pair.open()
        pair.far_link.write_raw(b"GET / HTTP/1.1\r\n\r\n")
        await pair.esme.until(lambda: bool(pair.esme.lost))
        assert pair.esme.seen(Closed) == 1
        await pair.close()

    run(story())


def test_nobody_there_is_an_os_error() -> None:
    async def story() -> None:
        pair = Pair()
        await pair.open()
        assert pair.server is not None
        port = pair.server.sockets[0].getsockname()[1]
        await pair.close()
        await pair.server.wait_closed()
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await connect(lambda: pair.make(Owner(Role.ESME)), "127.0.0.1", port, timeout_s=5)

    run(story())


def test_a_link_over_tls() -> None:
    async def story() -> None:
        pair = Pair()
        certificate = str(TLS / "certificate.pem")
        await pair.open(
            server_context(certificate, str(TLS / "key.pem")), client_context(ca=certificate)
        )
        pair.submit(20)
        await pair.esme.until(lambda: pair.esme.seen(Response) == 20)
        await pair.close()

    run(story())


def test_a_certificate_that_nobody_vouches_for_is_refused_unless_told() -> None:
    async def story() -> None:
        server = server_context(str(TLS / "certificate.pem"), str(TLS / "key.pem"))
        refused = Pair()
        with pytest.raises(ssl.SSLCertVerificationError):
            await refused.open(server, client_context())
        await refused.close()
        pair = Pair()
        await pair.open(server, client_context(verify=False))
        await pair.close()

    run(story())


def test_a_certificate_that_cannot_be_read_is_an_os_error() -> None:
    with pytest.raises(OSError, match="No such file"):
        client_context(ca="/nowhere/ca.pem")
