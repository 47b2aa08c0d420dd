"""The states of a message and the ladder that they climb.

Knows no carrier and no customer.  The numbers are stored in the database and never change.
"""

from enum import IntEnum


class State(IntEnum):
    """Where a message, or one segment of it, stands in its life."""

    SCHEDULED = 0
    QUEUED = 1
    SENDING = 2
    SENT = 3
    DELIVERED = 10
    UNDELIVERABLE = 11
    EXPIRED = 12
    REJECTED = 13
    FAILED = 14
    CANCELLED = 15
    UNKNOWN = 16
    ACKNOWLEDGED = 17
    DECLINED = 18

    @property
    def word(self) -> str:
        """The state's name as people read it: lower case."""
        return self.name.lower()


# UNKNOWN is soft: a verdict that comes late still replaces it.
FINAL = frozenset(State) - {
    State.SCHEDULED,
    State.QUEUED,
    State.SENDING,
    State.SENT,
    State.UNKNOWN,
}

_RUNG = {
    State.SCHEDULED: 0,
    State.QUEUED: 1,
    State.SENDING: 2,
    State.SENT: 3,
    State.UNKNOWN: 4,
}


def climb(now: State, news: State) -> State:
    """Give the state after `news` is heard: the higher of both, and a final one stays.

    Late, repeated and out-of-order news therefore change nothing.
    """
    if now in FINAL:
        return now
    if news in FINAL:
        return news
    return max(now, news, key=_RUNG.__getitem__)
