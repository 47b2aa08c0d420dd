"""Which message a handset answers, and which of our numbers talks to it.

A row is kept for what carries the customer's context, and for senders that were chosen out of an
account's pool; accounts that use neither cost one look into a set.
"""

from collections.abc import Callable, Iterable, Sequence

from dragoman.core.accept import Prepared
from dragoman.core.dialogue import NOBODYS, Dialogue
from dragoman.core.snapshot import Snapshot
from dragoman.model.messages import Message
from dragoman.model.states import State
from dragoman.store import conversations
from dragoman.store.conversations import DEFAULT, Conversation
from dragoman.store.database import Tx

Told = dict[tuple[int, str], list[Conversation]]


class Conversations:
    """Follows the conversations of a node's accounts."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        """Take the current world; `load` learns of those that the store has."""
        self._snapshot = snapshot
        self._accounts: set[int] = set()

    async def load(self, tx: Tx) -> None:
        """Learn which accounts have conversations."""
        self._accounts = await conversations.accounts(tx)

    def concerned(self, accepts: Iterable[Prepared]) -> list[Prepared]:
        """Give the submissions that begin conversations, or may end some."""
        known = self._accounts
        return [p for p in accepts if p.talks or p.account_id in known]

    async def choose_senders(self, tx: Tx, accepts: Iterable[Prepared]) -> None:
        """Give messages without a sender one of their account's pool."""
        pooled = [
            (dialogue, m)
            for p in accepts
            if (dialogue := self._dialogue(p.account_id)).pool
            for m in p.messages
            if m and not m.sender
        ]
        if not pooled:
            return
        told = await conversations.find(
            tx, {m.account_id for _, m in pooled}, {m.recipient for _, m in pooled}
        )
        for dialogue, message in pooled:
            mine = told.setdefault((message.account_id, message.recipient), [])
            alive = [c for c in mine if c.at_us > message.accepted_us - dialogue.reply_us]
            message.sender = choose_sender(dialogue.pool, alive, message)
            mine[:] = [c for c in mine if c.number != message.sender]
            mine.append(_conversation(message, message.sender))

    async def keep(self, tx: Tx, accepts: Iterable[Prepared]) -> None:
        """Write what submissions begin and end; their messages have ids."""
        begun: list[Conversation] = []
        ended: list[Conversation] = []
        for prepared in accepts:
            dialogue = self._dialogue(prepared.account_id)
            for message in prepared.messages:
                # One without an id is not stored: the request is a repeat.
                if message is None or not message.id or message.state == State.REJECTED:
                    continue
                number = message.sender.removeprefix("+")
                if number == dialogue.default_sender:
                    number = DEFAULT
                row = _conversation(message, number)
                (begun if message.context or message.sender in dialogue.pool else ended).append(row)
        if ended:
            await conversations.end(tx, ended)
        if begun:
            await conversations.put(tx, begun)
            self._accounts.update(conversation.account_id for conversation in begun)

    def _dialogue(self, account_id: int) -> Dialogue:
        view = self._snapshot().views_by_id.get(account_id)
        return view.dialogue if view is not None else NOBODYS


def choose_sender(pool: Sequence[str], told: Sequence[Conversation], message: Message) -> str:
    """Choose the number that a message comes from.

    A conversation keeps its number; a new one gets a number that the handset does not talk to,
    or, where it talks to all of them, the one that was silent for the longest time.
    """
    used = {c.number: c for c in told if c.number in pool}
    for conversation in used.values():
        if conversation.context == message.context:
            return conversation.number
    free = [number for number in pool if number not in used]
    if free:
        # By the handset, so that the pool's numbers share the traffic.
        return free[int.from_bytes(message.recipient[-4:].encode()) % len(free)]
    return min(used.values(), key=lambda c: (c.at_us, c.message_id)).number


def answered(told: Sequence[Conversation], number: str, since_us: int) -> Conversation | None:
    """Give what a handset answers that writes to a number; None where nothing is known."""
    fitting = [c for c in told if c.number in (number, DEFAULT) and c.at_us > since_us]
    return max(fitting, key=lambda c: c.message_id, default=None)


def _conversation(message: Message, number: str) -> Conversation:
    return Conversation(
        message.account_id,
        message.recipient,
        number,
        message.context,
        message.id,
        message.accepted_us,
    )
