"""What happens to members of lists by itself: a dead number leaves, who is sent a text joins.

Called within the transaction of the fact, and only where some list has such a rule.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from dragoman.core.lists import change_members
from dragoman.core.snapshot import Snapshot
from dragoman.model.lists import Action, Source
from dragoman.model.messages import Message
from dragoman.model.states import State
from dragoman.store.database import Tx
from dragoman.store.hot import FoundSegment

# What a receipt says of a number that cannot be reached at all, and the code that says why:
# 1 is the unknown subscriber of the networks' own signalling, however many zeros stand before it.
FAILED = frozenset({State.UNDELIVERABLE, State.REJECTED})
UNKNOWN_SUBSCRIBER = "1"


class ListRules:
    """Obeys the rules of one gateway's lists."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        """Take the current world."""
        self._snapshot = snapshot

    async def bury(
        self,
        tx: Tx,
        news: Sequence[tuple[int, int, int, str]],
        found: Mapping[str, Sequence[FoundSegment]],
    ) -> None:
        """Let numbers leave that receipts call unknown; `news` are (segment, state, when, code)."""
        snapshot = self._snapshot()
        dead = {
            segment_id: (at_us, error)
            for segment_id, state, at_us, error in news
            if state in FAILED and error.lstrip("0") == UNKNOWN_SUBSCRIBER
        }
        if not dead:
            return
        for segment in {row.id: row for rows in found.values() for row in rows}.values():
            view = snapshot.views_by_id.get(segment.account_id)
            if segment.id not in dead or view is None or view.directory is None:
                continue
            at_us, error = dead[segment.id]
            proof = f"message {segment.message_id}, receipt with error {error}"
            how = (Action.DELETED, Source.STATUS_REPORT, proof, at_us)
            for row in view.directory.on_dead:
                await change_members(tx, snapshot, row, [segment.recipient], *how)

    async def greet(self, tx: Tx, messages: Iterable[Message]) -> None:
        """Let the recipients of accepted messages join, as far as a list does not know them."""
        snapshot = self._snapshot()
        proofs: dict[int, dict[str, str]] = {}
        at_us = 0
        for message in messages:
            view = snapshot.views_by_id.get(message.account_id)
            if view is None or view.directory is None or message.state == State.REJECTED:
                continue
            if view.directory.on_mt_sms:
                told = proofs.setdefault(message.account_id, {})
                told.setdefault(message.recipient, f"message {message.id}")
                at_us = message.accepted_us
        for account_id, told in proofs.items():
            directory = snapshot.views_by_id[account_id].directory
            how = (Action.SUBSCRIBED, Source.OUTGOING_SMS, told, at_us)
            for row in directory.on_mt_sms if directory is not None else ():
                await change_members(tx, snapshot, row, told, *how, only_new=True)
