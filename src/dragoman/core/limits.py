"""How fast and how much accounts may send, counted where all requests come together.

The one writer of a store asks here, within the transaction that accepts: so the count is exact
whatever number of processes takes requests, and what is not stored is not counted.  A request that
does not fit is refused whole.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from dragoman.core.accept import Prepared, afford
from dragoman.core.pace import Paces
from dragoman.core.quota import spans, weight
from dragoman.core.recipients import Recent, recall
from dragoman.core.snapshot import Snapshot, View
from dragoman.model.refusals import Reason, Refusal
from dragoman.store import quota as store
from dragoman.store.database import Tx
from dragoman.store.quota import Use

TOO_FAST = Refusal(Reason.THROTTLED)


class Tally:
    """What the accounts of one group of requests have used, and use now."""

    def __init__(
        self, views: Mapping[int, View], used: Mapping[Use, int], paces: Paces | None
    ) -> None:
        """Take the accounts that have limits, what they have used, and paces if those count."""
        self._views = views
        self._used = dict(used)
        self._more: dict[Use, int] = {}
        self._paces = paces
        self._taken: list[tuple[int, int]] = []

    def afford(self, prepared: Prepared, balance_u: int, overdraft_u: int) -> int:
        """Decide what the account may send and can pay; give what that costs together.

        A request that is too fast or too much is refused whole, and costs nothing.
        """
        view = self._views.get(prepared.account_id)
        if view is None:
            return afford(prepared, balance_u, overdraft_u)
        if (refusal := self._refusal(view, prepared)) is not None:
            prepared.remember()
            prepared.refusal = refusal
            prepared.outcomes, prepared.messages, prepared.cost_u = [], [], 0
            return 0
        cost_u = afford(prepared, balance_u, overdraft_u)
        self._count(view, prepared)
        return cost_u

    def _refusal(self, view: View, prepared: Prepared) -> Refusal | None:
        at_us = prepared.accepted_us
        if view.rate and self._paces is not None:
            good = sum(1 for outcome in prepared.outcomes if outcome.refusal is None)
            if not self._paces.take(view, good, at_us):
                return TOO_FAST
            self._taken.append((view.account.id, good))
        if view.quota is not None:
            wanted = weight(view.quota, prepared.messages)
            for span in spans(view.quota, at_us):
                if self._used.get((view.account.id, span.number), 0) + wanted > span.limit:
                    return span.refusal
        return None

    def _count(self, view: View, prepared: Prepared) -> None:
        """Count what is stored of a request."""
        if view.quota is None:
            return
        taken = weight(view.quota, prepared.messages)
        for span in spans(view.quota, prepared.accepted_us):
            use = (view.account.id, span.number)
            self._used[use] = self._used.get(use, 0) + taken
            self._more[use] = self._more.get(use, 0) + taken

    async def write(self, tx: Tx) -> None:
        """Write what was counted."""
        if self._more:
            await store.add(tx, self._more)

    def undo(self) -> None:
        """Count nothing: the transaction was undone."""
        if self._paces is not None:
            for account_id, messages in self._taken:
                self._paces.give_back(account_id, messages)


async def tally(
    tx: Tx, snapshot: Snapshot, accepts: Sequence[Prepared], paces: Paces | None = None
) -> Tally:
    """Give the tally of a group, whose accounts' balances the transaction holds."""
    limited = snapshot.limited
    views = {
        prepared.account_id: snapshot.views_by_id[prepared.account_id]
        for prepared in accepts
        if prepared.account_id in limited
    }
    if not views:
        return Tally({}, {}, None)
    uses = {
        (prepared.account_id, span.number)
        for prepared in accepts
        if (view := views.get(prepared.account_id)) is not None and view.quota is not None
        for span in spans(view.quota, prepared.accepted_us)
    }
    return Tally(views, await store.used(tx, uses) if uses else {}, paces)


class Till(msgspec.Struct, frozen=True):
    """Where one group of requests is decided on; without limits that is the money alone."""

    afford: Callable[[Prepared, int, int], int]  # as `accept.afford`
    tally: Tally | None = None
    recent: Recent | None = None

    async def write(self, tx: Tx) -> None:
        """Keep what was counted."""
        if self.tally is not None:
            await self.tally.write(tx)
        if self.recent is not None:
            await self.recent.write(tx)

    def undo(self) -> None:
        """Count nothing: the transaction was undone."""
        if self.tally is not None:
            self.tally.undo()


UNLIMITED = Till(afford)


class Limits:
    """The limits that a node keeps; a bucket of each account that has a rate stays in memory."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        """Take the current world."""
        self._snapshot = snapshot
        self._paces = Paces()

    async def till(self, tx: Tx, accepts: Sequence[Prepared]) -> Till:
        """Give where a group is decided on; where nobody has a limit that costs no statement."""
        snapshot = self._snapshot()
        if not snapshot.limited and not snapshot.allowances:
            return UNLIMITED
        counted = await tally(tx, snapshot, accepts, self._paces)
        recent = await recall(tx, snapshot.allowances, accepts)

        def decide(prepared: Prepared, balance_u: int, overdraft_u: int) -> int:
            recent.judge(prepared)
            cost_u = counted.afford(prepared, balance_u, overdraft_u)
            recent.note(prepared)
            return cost_u

        return Till(decide, counted, recent)
