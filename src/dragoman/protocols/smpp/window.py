"""The requests of ours that wait for an answer, and those that have waited too long.

Every request has the same timeout and the clock never steps back, so the oldest is the first
to expire and a request costs one dictionary entry, whatever the size of the window.
"""

from __future__ import annotations

from collections import OrderedDict
from math import inf

import msgspec


class Sent(msgspec.Struct, frozen=True, gc=False):
    """A request of ours: what would answer it, when it left and whose it is."""

    answer_id: int
    sent_at: float
    context: object


class Window:
    """Requests by sequence number, oldest first; `late` are those given up, for late answers."""

    def __init__(self, size: int, response_s: float, late_limit: int) -> None:
        self.size = size
        self.outstanding: dict[int, Sent] = {}
        # Nothing expires before this reading; it is looked at again only when it has come.
        self.expiry_at = inf
        self._late: OrderedDict[int, Sent] = OrderedDict()
        self._late_limit = late_limit
        self._response_s = response_s

    @property
    def free(self) -> int:
        """How many more requests may leave."""
        return max(0, self.size - len(self.outstanding))

    def add(self, sequence: int, sent: Sent) -> None:
        """Let a request wait for its answer."""
        self.outstanding[sequence] = sent
        if self.expiry_at == inf:
            self.expiry_at = sent.sent_at + self._response_s

    def expire(self, now: float) -> list[tuple[int, Sent]]:
        """Give up the requests whose answer is overdue, and return them."""
        expired: list[tuple[int, Sent]] = []
        self.expiry_at = inf
        for sequence, sent in self.outstanding.items():
            due = sent.sent_at + self._response_s
            if due > now:
                self.expiry_at = due
                break
            expired.append((sequence, sent))
        for sequence, sent in expired:
            del self.outstanding[sequence]
            self._late[sequence] = sent
        # Bounded, because a peer that never answers must not cost memory for ever.
        while len(self._late) > self._late_limit:
            self._late.popitem(last=False)
        return expired

    def take(self, sequence: int) -> tuple[Sent | None, bool]:
        """Take out the request that an answer of any kind settles, and whether it is late."""
        sent = self.outstanding.pop(sequence, None)
        if sent is not None:
            return sent, False
        return self._late.pop(sequence, None), True

    def take_late(self, sequence: int, answer_id: int) -> Sent | None:
        """Take out the request that this late answer belongs to, if it is known."""
        sent = self._late.get(sequence)
        if sent is None or sent.answer_id != answer_id:
            return None
        return self._late.pop(sequence)
