"""When to try a bind again: patience after each way in which a connection can fail.

Trying too fast gets an address banned, trying too slowly leaves messages waiting; which of both
matters depends on why it failed.  Randomness and time are arguments.
"""

from enum import Enum
from random import Random

import msgspec

from dragoman.protocols.smpp.statuses import CommandStatus, status_meaning, status_name


class Failure(Enum):
    """Why there is no bind; each has its own patience."""

    UNREACHABLE = "unreachable"  # no connection: nobody's bind counter was touched
    LOST = "lost"  # it was bound, and for a good while
    UNSTABLE = "unstable"  # connected, but gone before or soon after the bind
    REFUSED = "refused"  # the bind was refused for a reason that may pass
    ALREADY_BOUND = "already bound"  # the far end has not noticed yet that we were gone
    FORBIDDEN = "forbidden"  # the bind was refused for a reason that only a person cures


class Patience(msgspec.Struct, frozen=True):
    """Waits in seconds: the first, the factor from one to the next, and the longest."""

    first_s: float
    factor: float
    most_s: float


# An address that refuses connections costs nobody anything, so it is asked often: when it comes
# back, messages flow within seconds.  A ghost of our own bind is given the carrier's idle time:
# 10, 20 and 40 s make four tries in the minute that most carriers need.
PATIENCE = {
    Failure.UNREACHABLE: Patience(0.5, 2.0, 4.0),
    Failure.LOST: Patience(0.5, 1.0, 0.5),
    Failure.UNSTABLE: Patience(1.0, 2.0, 60.0),
    Failure.REFUSED: Patience(2.0, 2.0, 60.0),
    Failure.ALREADY_BOUND: Patience(10.0, 2.0, 40.0),
    Failure.FORBIDDEN: Patience(300.0, 2.0, 900.0),
}
JITTER = 0.25  # at most this share is added, never taken away
STABLE_S = 30.0  # a bind that held so long is a fresh start


class Backoff:
    """The waits of one bind; failures of one kind follow each other with growing waits."""

    def __init__(self, random: Random, most_s: float = 60.0) -> None:
        self._random = random
        self._most_s = most_s
        self._failure: Failure | None = None
        self._repeats = 0

    def wait_s(self, failure: Failure) -> float:
        """Give how long to wait after a failure."""
        if failure is not self._failure:
            self._failure = failure
            self._repeats = 0
        patience = PATIENCE[failure]
        wait_s = min(patience.first_s * patience.factor**self._repeats, patience.most_s)
        if failure is not Failure.FORBIDDEN:
            wait_s = min(wait_s, self._most_s)
        self._repeats = min(self._repeats + 1, 30)
        return wait_s * (1 + JITTER * self._random.random())


_OF_STATUS = {
    CommandStatus.ESME_RALYBND: Failure.ALREADY_BOUND,
    CommandStatus.ESME_RINVPASWD: Failure.FORBIDDEN,
    CommandStatus.ESME_RINVSYSID: Failure.FORBIDDEN,
    CommandStatus.ESME_RINVSYSTYP: Failure.FORBIDDEN,
}
_CURES = {
    CommandStatus.ESME_RINVPASWD: "set the right password of this carrier",
    CommandStatus.ESME_RINVSYSID: "set the right system_id of this carrier, or ask the carrier"
    " whether this host's address is allowed",
    CommandStatus.ESME_RINVSYSTYP: "set the system_type that the carrier gave you",
    CommandStatus.ESME_RBINDFAIL: "check system_id, password, bind kind and number of binds with"
    " the carrier",
    CommandStatus.ESME_RALYBND: "an earlier connection is not forgotten there yet; if this stays,"
    " another program uses this system_id, or binds is set too high",
}


def failure_of(status: int) -> Failure:
    """Give what kind of failure a refused bind is."""
    return _OF_STATUS.get(status, Failure.REFUSED)  # type: ignore[call-overload, no-any-return]


def advice(status: int) -> str:
    """Say in words what the carrier answered to our bind, and what to do about it."""
    words = f"the carrier refused the bind: {status_name(status)}, {status_meaning(status)}"
    cure = _CURES.get(status)  # type: ignore[call-overload]
    return f"{words}; {cure}" if cure else words


class BindGate:
    """A cap on bind attempts per host, for all carriers of this process together.

    Many carriers at one host that restart together would look like an attack to it.
    """

    def __init__(self, per_s: float = 5.0) -> None:
        self._spacing_s = 1.0 / per_s
        self._next_s: dict[str, float] = {}

    def reserve(self, host: str, now_s: float) -> float:
        """Take the next turn at a host; gives the reading at which it may be used."""
        turn_s = max(now_s, self._next_s.get(host, now_s))
        self._next_s[host] = turn_s + self._spacing_s
        return turn_s
