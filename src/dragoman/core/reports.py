"""Status reports that fall due when messages change their state.

Called before the change is written, in its transaction: what the store still says is the state
before, and so a receipt that changes nothing is told to nobody.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from dragoman.core.notify import announce
from dragoman.core.snapshot import Snapshot
from dragoman.model.events import Event, StatusReport
from dragoman.model.messages import HAS_URL, WANTS_RECEIPT, WANTS_REPORT, Message
from dragoman.model.states import State, climb
from dragoman.store import lookups, outbox
from dragoman.store.database import Tx

# What becomes of a message: id, state, when, and why in words.
Ending = tuple[int, int, int, str]


class Reports:
    """Tells what is due to be told of messages."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        """Take the current world."""
        self._snapshot = snapshot

    async def tell(self, tx: Tx, endings: Sequence[Ending], errors: Mapping[int, str]) -> None:
        """Announce new states to those who want to know; `errors` are the carriers', by message."""
        if not endings:
            return
        known = await _wanting(tx, [ending[0] for ending in endings])
        events: list[tuple[Message, State, State, int]] = []
        for message_id, state, at_us, _ in endings:
            message = known.get(message_id)
            if message is None:
                continue
            before = State(message.state)
            after = climb(before, State(state))
            if after != before:
                events.append((message, before, after, at_us))
                message.state = after
        await self._announce(tx, events, errors)

    async def tell_last(self, tx: Tx, message_ids: Collection[int], now_us: int) -> None:
        """Announce that messages stay sent: their carrier says no more."""
        known = await _wanting(tx, message_ids)
        for message in known.values():
            message.flags &= ~WANTS_RECEIPT
        sent = [(m, State.SENT, State.SENT, m.changed_us) for m in known.values()]
        await self._announce(tx, sent, {})

    async def _announce(
        self,
        tx: Tx,
        changes: Sequence[tuple[Message, State, State, int]],
        errors: Mapping[int, str],
    ) -> None:
        if not changes:
            return
        named = [m.submission_id for m, _, _, _ in changes if m.flags & HAS_URL]
        urls = await outbox.urls(tx, named) if named else {}
        events: list[Event] = [
            StatusReport(
                account_id=message.account_id,
                message_id=message.id,
                submission_id=message.submission_id,
                dialect=message.dialect,
                sender=message.sender,
                recipient=message.recipient,
                state=after,
                changed_us=at_us,
                accepted_us=message.accepted_us,
                segments=message.charged,
                price_u=message.price_u,
                charge_u=message.charge_u,
                error=errors.get(message.id, ""),
                context=message.context,
                was=before,
                # Nobody was asked for a receipt: so this is all that will be known.
                ends=after == State.SENT and not message.flags & WANTS_RECEIPT,
                url=urls.get(message.submission_id, ""),
            )
            for message, before, after, at_us in changes
        ]
        await announce(tx, self._snapshot(), events, max(change[3] for change in changes))


async def _wanting(tx: Tx, message_ids: Collection[int]) -> dict[int, Message]:
    found = await lookups.find_messages(tx, message_ids)
    return {message.id: message for message in found if message.flags & WANTS_REPORT}
