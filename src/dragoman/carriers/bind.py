"""One of a carrier's connections: it connects, binds, and begins again when it is lost.

Knows how to hold on to a bind; what travels over it is its carrier's affair.  A bind is one
task that sleeps; nothing here costs a task, a future or a log line for a message.
"""

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Sequence
from enum import Enum
from math import inf
from random import Random
from typing import Protocol

import msgspec

from dragoman.carriers.profile import SmppProfile
from dragoman.carriers.reconnect import (
    STABLE_S,
    Backoff,
    BindGate,
    Failure,
    advice,
    failure_of,
)
from dragoman.model.messages import Outgoing
from dragoman.net.clock import Clock, sleep_until
from dragoman.net.smpp_link import SmppLink, connect
from dragoman.protocols.smpp.events import (
    BindRefused,
    Bound,
    Closed,
    Event,
    PeerError,
    Unbound,
)
from dragoman.protocols.smpp.pdus import Bind as BindPdu
from dragoman.protocols.smpp.pdus import BindReceiver, BindTransceiver, BindTransmitter
from dragoman.protocols.smpp.session import Session, Timers
from dragoman.protocols.smpp.states import Role

COMPLAIN_S = 10.0

log = logging.getLogger(__name__)

PDUS: dict[str, type[BindPdu]] = {
    "transceiver": BindTransceiver,
    "transmitter": BindTransmitter,
    "receiver": BindReceiver,
}


class Phase(Enum):
    """What a bind is doing; the value is for people."""

    STOPPED = "stopped"
    WAITING = "waiting"
    CONNECTING = "connecting"
    BINDING = "binding"
    BOUND = "bound"
    UNBINDING = "unbinding"


class Surroundings(msgspec.Struct, frozen=True):
    """What a carrier shares with all others of its process."""

    clock: Clock
    gate: BindGate
    random: Random


class BindOwner(Protocol):
    """The carrier, as its binds see it."""

    def bind_events(self, bind: "Bind", events: list[Event]) -> None:
        """Take what came over a bind."""

    def bind_writable(self, bind: "Bind") -> None:
        """Learn that the peer reads again, or that window was given back."""

    def bind_lost(
        self, bind: "Bind", unwritten: Sequence[Outgoing], unanswered: Sequence[Outgoing]
    ) -> None:
        """Learn what had no answer when the connection ended."""

    def bind_changed(self, bind: "Bind") -> None:
        """Learn that the bind's phase differs."""


class Bind:
    """A bind, through all the connections that it takes."""

    def __init__(
        self,
        name: str,
        kind: str,
        profile: SmppProfile,
        password: str,
        tls: ssl.SSLContext | None,
        around: Surroundings,
        owner: BindOwner,
    ) -> None:
        self.name = name
        self.kind = kind
        self.may_submit = kind != "receiver"
        self.phase = Phase.STOPPED
        self.why = ""
        self.retry_s = 0.0
        self.link: SmppLink | None = None
        self._profile = profile
        self._tls = tls
        self._around = around
        self._clock = around.clock
        self._owner = owner
        self._timers = Timers(
            session_init_s=profile.bind_timeout_s,
            enquire_link_s=profile.enquire_link_s,
            response_s=profile.response_timeout_s,
        )
        self._pdu = PDUS[kind](
            profile.system_id.encode(),
            password.encode(),
            profile.system_type.encode(),
            profile.interface_version,
            0,
            0,
            profile.address_range.encode(),
        )
        self._backoff = Backoff(around.random, profile.retry_most_s)
        self._lost: asyncio.Future[Failure] | None = None
        self._cause = ""  # why the present connection ends, where it is known
        self._refused = 0
        self._bound_s = 0.0
        self._stopping = False
        self._mistakes = 0
        self._complained_s = -inf
        # Answers that are overdue still take up the peer's window: [until when, how many].
        self._overdue: deque[list[float]] = deque()
        self._overdue_count = 0

    # What the carrier asks and does

    def free(self) -> int:
        """Count the segments that this bind would take now."""
        link = self.link
        if link is None or not self.may_submit or link.is_paused or self.phase is not Phase.BOUND:
            return 0
        free = link.session.window_free
        return max(0, free - self._overdue_count) if self._overdue_count else free

    def outstanding(self) -> int:
        """Count the segments that wait for an answer."""
        return len(self.link.session.outstanding()) if self.link is not None else 0

    def line(self) -> str:
        """Say for people what this bind is doing."""
        where = self.link.peer if self.link is not None and self.link.peer else self._where()
        return f"{self.name} {self.kind} {self.phase.value} {where}"

    def unbind(self) -> None:
        """Leave in good order; the connection closes when the peer has answered."""
        self._stopping = True
        if self.phase is Phase.BOUND and self.link is not None:
            self.link.session.unbind(self._clock.now_s())
            self.link.wake()
            self._enter(Phase.UNBINDING)
        elif self.link is not None:
            self.link.close()

    def abort(self) -> None:
        """Leave at once."""
        self._stopping = True
        self.abort_link()

    def abort_link(self) -> None:
        """Cut the present connection."""
        if self.link is not None:
            self.link.abort()

    async def run(self) -> None:
        """Be bound, for as long as nobody says `unbind`."""
        while not self._stopping:
            failure = await self._attempt()
            if self._stopping:
                break
            wait_s = self._backoff.wait_s(failure)
            self.retry_s = self._clock.now_s() + wait_s
            self._enter(Phase.WAITING)
            level = logging.ERROR if failure is Failure.FORBIDDEN else logging.WARNING
            log.log(level, "bind %s: %s; tried again in %.1f s", self.name, self.why, wait_s)
            await sleep_until(self._clock, self.retry_s)
        self._enter(Phase.STOPPED)

    async def _attempt(self) -> Failure:
        """Connect and stay until the connection ends; gives how it ended."""
        profile = self._profile
        turn_s = self._around.gate.reserve(profile.host, self._clock.now_s())
        await sleep_until(self._clock, turn_s)
        self._enter(Phase.CONNECTING)
        self._lost = asyncio.get_running_loop().create_future()
        self._refused = 0
        self._bound_s = 0.0
        try:
            await connect(
                self._make_link,
                profile.host,
                profile.port,
                timeout_s=profile.connect_timeout_s,
                tls=self._tls,
                tls_name=profile.tls_name or None,
            )
        except TimeoutError:
            self.why = f"no connection to {self._where()} in {profile.connect_timeout_s:g} s"
            return Failure.UNREACHABLE
        except OSError as error:
            self.why = f"cannot connect to {self._where()}: {error}"
            return Failure.UNSTABLE if isinstance(error, ssl.SSLError) else Failure.UNREACHABLE
        return await self._lost

    def _make_link(self) -> SmppLink:
        session = Session(
            Role.ESME, self._clock.now_s(), timers=self._timers, window=self._profile.window
        )
        return SmppLink(session, self, self._clock)

    # What the link tells

    def link_opened(self, link: SmppLink) -> None:
        """Ask to be bound."""
        self.link = link
        self._cause = ""
        link.session.bind(self._pdu)
        self._enter(Phase.BINDING)

    def link_events(self, link: SmppLink, events: list[Event]) -> None:
        """Hand a batch to the carrier, which hands back by `take` what is no traffic."""
        self._owner.bind_events(self, events)

    def link_writable(self, link: SmppLink) -> None:
        """Tell the carrier that there is room again."""
        self._owner.bind_writable(self)

    def link_lost(self, link: SmppLink, error: Exception | None) -> None:
        """Sort out what had no answer, then begin again."""
        self.link = None
        # First of all, so that whatever happens below the bind begins again.
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(self._failure())
        lost = f"the connection to {link.peer} was lost: {error or 'closed by the peer'}"
        self.why = self._cause or lost
        unanswered = [
            context for _, context in link.session.outstanding() if isinstance(context, Outgoing)
        ]
        written = len(unanswered) - min(link.unwritten, len(unanswered))
        self._overdue.clear()
        self._overdue_count = 0
        self.phase = Phase.WAITING
        if unanswered:
            self._owner.bind_lost(self, unanswered[written:], unanswered[:written])
        self._owner.bind_changed(self)

    def _failure(self) -> Failure:
        if self._refused:
            return failure_of(self._refused)
        is_stable = self._bound_s > 0 and self._clock.now_s() - self._bound_s >= STABLE_S
        return Failure.LOST if is_stable else Failure.UNSTABLE

    # What is no traffic

    def take(self, event: Event) -> None:
        """Take an event that concerns the bind itself."""
        match event:
            case Bound():
                self.why = ""
                self._bound_s = self._clock.now_s()
                self._enter(Phase.BOUND)
                log.info("bind %s: bound as %s at %s", self.name, self.kind, self._where())
            case BindRefused(status=status):
                self._refused = status or -1
                self._cause = advice(status)
                if self.link is not None:
                    self.link.close()
            case Closed(reason=reason):
                self._cause = reason.value
            case Unbound(by_peer=by_peer):
                self._cause = "the peer sent unbind" if by_peer else "unbound"
                self._enter(Phase.UNBINDING)
            case PeerError(what=what):
                self._complain(what)
            case _:
                pass

    def _complain(self, what: str) -> None:
        """Log a mistake of the peer; of many only some, for it may make them by the thousand."""
        self._mistakes += 1
        now_s = self._clock.now_s()
        if now_s >= self._complained_s + COMPLAIN_S:
            self._complained_s = now_s
            log.warning(
                "bind %s: the peer sent what it should not: %s (%d so far)",
                self.name,
                what,
                self._mistakes,
            )

    def overdue(self, now_s: float) -> None:
        """Keep window back for an answer that did not come in time, for as long again."""
        self._overdue_count += 1
        until_s = now_s + self._profile.response_timeout_s
        if self._overdue and self._overdue[-1][0] == until_s:
            self._overdue[-1][1] += 1
            return
        self._overdue.append([until_s, 1])
        self._clock.call_at(until_s, self._forgive)

    def answered_late(self) -> None:
        """Give back the window of one answer that came after all."""
        for entry in self._overdue:
            if entry[1]:
                entry[1] -= 1
                self._overdue_count -= 1
                return

    def _forgive(self) -> None:
        now_s = self._clock.now_s()
        while self._overdue and self._overdue[0][0] <= now_s:
            self._overdue_count -= int(self._overdue.popleft()[1])
        self._owner.bind_writable(self)

    def _enter(self, phase: Phase) -> None:
        if phase is not self.phase:
            self.phase = phase
            self._owner.bind_changed(self)

    def _where(self) -> str:
        return f"{self._profile.host}:{self._profile.port}"
