"""An SMSC that takes everything, delivers it to handsets that do not exist, and sends receipts.

In process for tests and demonstrations (`await smsc.start()`, then `smsc.port`), or a process of
its own (`run`).  What goes wrong is in `smsc.faults` and may be changed at any moment.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import cast

import msgspec

from dragoman.carriers.simulator.connection import Connection
from dragoman.carriers.simulator.faults import Faults, Judge
from dragoman.carriers.simulator.handsets import (
    Behaviour,
    Gatherer,
    Handsets,
    Shown,
    on_display,
    piece_of,
    piece_text,
    screen,
    tlv_words,
)
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.reports import Parcel, Reporter
from dragoman.carriers.simulator.utterances import Utterance, typed
from dragoman.net.clock import Clock
from dragoman.net.smpp_link import SmppLink, listen
from dragoman.net.tls import server_context
from dragoman.protocols.smpp.events import Request
from dragoman.protocols.smpp.pdus import QuerySm, QuerySmResp, SubmitSm, SubmitSmResp
from dragoman.protocols.smpp.session import Session, Timers
from dragoman.protocols.smpp.states import Role
from dragoman.protocols.smpp.statuses import CommandStatus, status_name

# Asking whether the link lives is the ESME's habit; a hung simulator must not seem alive by it.
ENQUIRE_LINK_S = 600.0
OFFER_AGAIN_S = 1.0
MOST_OFFERS = 50
ANYBODY = ""  # in place of a system_id: whoever binds first
STRAY_ID = 900_000_000


class Received(msgspec.Struct, gc=False):
    """One submit_sm as it arrived and what was answered."""

    pdu: SubmitSm
    message_id: str  # empty where it was refused
    status: int
    at_us: int
    connection: int  # which one, counted from 1


class Smsc:
    """The simulator."""

    def __init__(
        self,
        options: SmscOptions,
        clock: Clock,
        random: Random | None = None,
        *,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        """Take the set-up; `on_line` is told a line of text for each thing that happens."""
        self.options = options
        self.faults = Faults()
        self.handsets = Handsets()
        self.received: deque[Received] = deque(maxlen=options.keep)
        self.connections: dict[Connection, int] = {}
        self.port = 0
        self.submitted = 0  # submit_sm that arrived
        self.accepted = 0  # of these taken
        self.refused = 0  # and answered with a status
        self.delivered = 0  # deliver_sm acknowledged
        self.most_unanswered = 0  # submit_sm at once on one connection: the ESME's window
        self.binds: deque[tuple[float, int]] = deque(maxlen=10_000)  # when, command_status
        self.on_message: Callable[[Received], None] | None = None
        self._clock = clock
        self._random = random or Random()
        self._say = on_line
        self._gatherer = Gatherer()
        self._reporter = Reporter(options)
        self._judge = Judge(self.faults)
        self._next_id = options.first_id
        self._opened = 0
        self._utterances = 0
        self._ghosts: dict[str, deque[float]] = {}
        self._waiting: dict[str, deque[Parcel]] = {}  # by system_id
        self._turn = 0
        self._hangs = False
        self._server: asyncio.Server | None = None
        self._watchers: list[asyncio.Future[None]] = []

    # Life

    async def start(self) -> None:
        """Listen; `port` then says where."""
        options = self.options
        tls = None
        if options.tls_certificate:
            tls = server_context(options.tls_certificate, options.tls_key)
        where = self.port or options.port
        self._server = await listen(self._make_link, options.host, where, tls=tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self._notice()

    async def stop(self) -> None:
        """Stop listening and cut every connection; `start` comes back on the same port."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop()
        await self.wait_until(lambda: not self.connections)

    async def wait_until(self, holds: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Wait until something holds; it is looked at whenever anything happened here."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                watcher = asyncio.get_running_loop().create_future()
                self._watchers.append(watcher)
                await watcher

    async def wait_for(self, submits: int, timeout_s: float = 30.0) -> None:
        """Wait until so many submit_sm have arrived since the start."""
        await self.wait_until(lambda: self.submitted >= submits, timeout_s)

    # Faults that are deeds, and what people do with handsets

    def drop(self) -> None:
        """Cut every connection, without a word."""
        for connection in list(self.connections):
            if connection.link is not None:
                connection.link.abort()

    def hang(self) -> None:
        """Read nothing any more, on any connection."""
        self._hangs = True
        for connection in self.connections:
            if connection.link is not None:
                connection.link.hold_reading()

    def wake(self) -> None:
        """Read again."""
        self._hangs = False
        for connection in self.connections:
            if connection.link is not None:
                connection.link.resume_reading()

    def send_raw(self, octets: bytes) -> None:
        """Put octets on every connection."""
        for connection in self.connections:
            if connection.link is not None:
                connection.link.write_raw(octets)

    def unbind(self) -> None:
        """Send unbind on every bound connection."""
        for connection in self.connections:
            if connection.is_bound and connection.link is not None:
                connection.link.session.unbind(self._clock.now_s())
                connection.link.wake()

    def say_from(self, sender: str, recipient: str, words: str, system_id: str = "") -> None:
        """Send a text from a handset to whoever is bound as `system_id`, else to anybody."""
        self.utter(Utterance(sender=sender, to=recipient, text=words), system_id)

    def utter(self, utterance: Utterance, system_id: str = "") -> None:
        """Send what somebody types, in the way that they say; raises Unspeakable."""
        if not system_id:
            bound = (c.system_id for c in self.connections if c.is_receiving)
            system_id = next(bound, next(iter(self._waiting), ANYBODY))
        self._utterances += 1
        pdus = typed(utterance, self._utterances)
        self.say(describe_utterance(utterance, len(pdus)))
        self._post(system_id, [Parcel(pdu) for pdu in pdus])

    def screen(self, number: str) -> list[Shown]:
        """Give what a handset shows, of what is still remembered."""
        wanted = number.removeprefix("+").encode()
        return screen(r.pdu for r in self.received if r.message_id and _to(r.pdu) == wanted)

    def waiting(self) -> int:
        """Count the deliver_sm that nobody has taken yet."""
        return sum(map(len, self._waiting.values()))

    # What connections tell

    def say(self, line: str) -> None:
        """Tell whoever watches."""
        if self._say is not None:
            self._say(line)

    def opened(self, connection: Connection) -> None:
        """Take a connection into the books."""
        self._opened += 1
        self.connections[connection] = self._opened
        if self._hangs and connection.link is not None:
            connection.link.hold_reading()
        self._notice()

    def lost(
        self, connection: Connection, parcels: Sequence[Parcel], *, said_goodbye: bool
    ) -> None:
        """Strike a connection from the books, and remember a ghost where nobody said goodbye."""
        self.connections.pop(connection, None)
        if connection.is_bound and not said_goodbye and self.faults.ghost_s:
            until_s = self._clock.now_s() + self.faults.ghost_s
            self._ghosts.setdefault(connection.system_id, deque()).append(until_s)
        if parcels:
            self._waiting.setdefault(connection.system_id, deque()).extendleft(reversed(parcels))
            self.deliver(connection.system_id)
        self._notice()

    def judge_bind(self, system_id: str, password: str) -> int:
        """Give the command_status that a bind is answered with."""
        status = int(self._bind_status(system_id, password))
        self.binds.append((self._clock.now_s(), status))
        self._notice()
        return status

    def _bind_status(self, system_id: str, password: str) -> int:
        if self.faults.bind_status:
            return self.faults.bind_status
        accounts = self.options.accounts
        if accounts and system_id not in accounts:
            return CommandStatus.ESME_RINVSYSID
        if accounts and accounts[system_id] != password:
            return CommandStatus.ESME_RINVPASWD
        ghosts = self._ghosts.get(system_id, deque())
        while ghosts and ghosts[0] <= self._clock.now_s():
            ghosts.popleft()
        bound = sum(c.is_bound and c.system_id == system_id for c in self.connections)
        if ghosts or (self.options.most_binds and bound >= self.options.most_binds):
            return CommandStatus.ESME_RALYBND
        return CommandStatus.ESME_ROK

    def bound(self, connection: Connection) -> None:
        """Begin to deliver what waits for a system_id, or for whoever binds first."""
        if connection.is_receiving and (for_anybody := self._waiting.pop(ANYBODY, None)):
            self._waiting.setdefault(connection.system_id, deque()).extend(for_anybody)
        self.deliver(connection.system_id)
        self._notice()

    def acknowledged(self, connection: Connection, taken: int) -> None:
        """Go on after answers to deliver_sm."""
        self.delivered += taken
        self.deliver(connection.system_id)
        self._notice()

    def query(self, pdu: QuerySm) -> tuple[QuerySmResp, int]:
        """Say what became of a message that is still remembered."""
        wanted = pdu.message_id.decode("latin-1")
        for received in self.received:
            if received.message_id == wanted:
                behaviour = self.handsets.behaviour(_to(received.pdu).decode("latin-1"))
                state, error = behaviour.state, int(behaviour.error)
                return QuerySmResp(pdu.message_id, b"", state, error), 0
        return QuerySmResp(pdu.message_id), int(CommandStatus.ESME_RQUERYFAIL)

    # Messages

    def take(self, connection: Connection, requests: Sequence[Request]) -> None:
        """Take the submit_sm of one read."""
        now_s, now_us = self._clock.now_s(), self._clock.now_us()
        self._judge.faults = self.faults
        batch = Batch(self, connection, now_us)
        connection.unanswered += len(requests)
        self.most_unanswered = max(self.most_unanswered, connection.unanswered)
        for request in requests:
            pdu = cast("SubmitSm", request.pdu)
            fate = self._judge.judge(now_s)
            self.submitted += 1
            if fate.is_cut:
                self._note(Received(pdu, "", -1, now_us, self.connections[connection]))
                batch.finish()
                if connection.link is not None:
                    connection.link.abort()
                return
            behaviour = self.handsets.behaviour(_to(pdu).decode("latin-1"))
            status = fate.status or behaviour.status
            if status:
                self.refused += 1
                message_id = ""
                batch.answer(request.sequence, SubmitSmResp(), status)
            else:
                self.accepted += 1
                number, self._next_id = self._next_id, self._next_id + 1
                message_id = self._reporter.render_id(number)
                if not fate.is_silent:
                    batch.answer(request.sequence, SubmitSmResp(message_id.encode()), 0)
                self._report(pdu, number, behaviour, batch)
                if behaviour.reply:
                    self._reply(pdu, behaviour, connection.system_id)
            self._note(Received(pdu, message_id, status, now_us, self.connections[connection]))
        batch.finish()
        self._notice()

    def _report(self, pdu: SubmitSm, number: int, behaviour: Behaviour, batch: "Batch") -> None:
        faults = self.faults
        if not self._reporter.wants(pdu, behaviour, faults):
            return
        receipt = self._reporter.receipt(pdu, number, behaviour, faults, batch.now_us)
        delay_s = behaviour.delay_s + self.options.receipt_delay_s
        for _ in range(faults.receipt_copies):
            shuffle_s = faults.receipt_shuffle_s
            wait_s = delay_s + (shuffle_s * self._random.random() if shuffle_s else 0.0)
            batch.receipts.setdefault(wait_s, []).append(Parcel(receipt))
        if self._judge.is_stray_due():
            stray = self._reporter.receipt(pdu, STRAY_ID + number, behaviour, faults, batch.now_us)
            batch.receipts.setdefault(delay_s, []).append(Parcel(stray))

    def _reply(self, pdu: SubmitSm, behaviour: Behaviour, system_id: str) -> None:
        """Let a handset answer what it was sent, once for a long message; nobody answers a name."""
        place = piece_of(pdu).concatenation
        number = pdu.source_addr.removeprefix(b"+")
        if (place is not None and place.number > 1) or not number.isdigit():
            return
        words = Utterance(
            sender=_to(pdu).decode("latin-1"), to=number.decode(), text=behaviour.reply
        )
        self.later(behaviour.reply_delay_s, lambda: self.utter(words, system_id))

    def _note(self, received: Received) -> None:
        self.received.append(received)
        if self.on_message is not None:
            self.on_message(received)
        if self._say is not None:
            self._say(describe(received))
            if received.message_id and (shown := self._gatherer.take(received.pdu)) is not None:
                to = _to(received.pdu).decode("latin-1")
                self._say(f"handset {to} shows from {shown.sender}: {on_display(shown)}")

    # Deliveries

    def post_later(self, system_id: str, parcels: Sequence[Parcel], delay_s: float) -> None:
        """Post parcels after a delay."""
        if delay_s <= 0:
            self._post(system_id, parcels)
        else:
            self.later(delay_s, lambda: self._post(system_id, parcels))

    def later(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Do something after a delay."""
        self._clock.call_at(self._clock.now_s() + delay_s, callback)

    def _post(self, system_id: str, parcels: Iterable[Parcel]) -> None:
        self._waiting.setdefault(system_id, deque()).extend(parcels)
        self.deliver(system_id)

    def deliver(self, system_id: str) -> None:
        """Hand out what waits, by turns, to the receiving binds of a system_id."""
        waiting = self._waiting.get(system_id)
        if not waiting:
            return
        binds = [c for c in self.connections if c.is_receiving and c.system_id == system_id]
        now_s = self._clock.now_s()
        self._turn += 1
        for index in range(len(binds)):
            bind = binds[(self._turn + index) % len(binds)]
            for _ in range(min(bind.room(), len(waiting))):
                bind.hand_over(waiting.popleft(), now_s)

    def offer_later(self, connection: Connection, parcel: Parcel) -> None:
        """Offer a parcel again that was not taken, some time later."""
        parcel.tries += 1
        if parcel.tries < MOST_OFFERS:
            self.post_later(connection.system_id, [parcel], OFFER_AGAIN_S)

    # Inside

    def _make_link(self) -> SmppLink:
        session = Session(
            Role.SMSC,
            self._clock.now_s(),
            timers=Timers(enquire_link_s=ENQUIRE_LINK_S),
            window=self.options.window,
        )
        return SmppLink(session, Connection(self), self._clock)

    def _notice(self) -> None:
        if self._watchers:
            watchers, self._watchers = self._watchers, []
            for watcher in watchers:
                if not watcher.done():
                    watcher.set_result(None)


class Batch:
    """Answers and receipts of one read; they leave together, in the order that faults ask for."""

    def __init__(self, smsc: Smsc, connection: Connection, now_us: int) -> None:
        self.now_us = now_us
        self.receipts: dict[float, list[Parcel]] = {}
        self._answers: list[tuple[int, SubmitSmResp, int]] = []
        self._smsc = smsc
        self._connection = connection

    def answer(self, sequence: int, pdu: SubmitSmResp, status: int) -> None:
        """Answer one submit_sm when the batch is finished."""
        self._answers.append((sequence, pdu, status))

    def finish(self) -> None:
        """Send the answers and post the receipts, each at its time."""
        smsc, faults = self._smsc, self._smsc.faults
        if faults.receipt_first:
            self._post_receipts(0.0)
            smsc.later(faults.response_delay_s, self._send_answers)
        elif faults.response_delay_s:
            smsc.later(faults.response_delay_s, self._send_answers)
            self._post_receipts(faults.response_delay_s)
        else:
            self._send_answers()
            self._post_receipts(0.0)

    def _send_answers(self) -> None:
        self._connection.unanswered -= len(self._answers)
        for sequence, pdu, status in self._answers:
            self._connection.answer(sequence, pdu, status)

    def _post_receipts(self, more_s: float) -> None:
        for delay_s, parcels in self.receipts.items():
            self._smsc.post_later(self._connection.system_id, parcels, delay_s + more_s)


def describe(received: Received) -> str:
    """Give one line for people about a submit_sm."""
    pdu = received.pdu
    piece = piece_of(pdu)
    place, words = piece.concatenation, piece_text(piece, pdu.data_coding)
    segment = f" {place.number}/{place.total}" if place else ""
    answer = received.message_id if not received.status else status_name(received.status)
    sender, to = pdu.source_addr.decode("latin-1"), _to(pdu).decode("latin-1")
    tlvs = "".join(f" {tag} {value}" for tag, value in tlv_words(pdu.tlvs).items())
    coding = f"dcs {pdu.data_coding:#04x}"
    return f"submit_sm {sender} -> {to}{segment} {coding}{tlvs} {words!r} = {answer}"


def describe_utterance(utterance: Utterance, pdus: int) -> str:
    """Give one line for people about what somebody typed."""
    words = utterance.text or utterance.octets
    more = f" in {pdus} segments" if pdus > 1 else ""
    return f"{utterance.by} {utterance.sender} -> {utterance.to}{more} {words!r}"


def _to(pdu: SubmitSm) -> bytes:
    """Give the handset's number as handsets are known: digits."""
    return pdu.destination_addr.removeprefix(b"+")
