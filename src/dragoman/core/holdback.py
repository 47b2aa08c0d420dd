"""Messages that are kept from leaving in their recipients' quiet hours: the parts of a transaction.

Whatever leaves passes here: when it is accepted, when its time comes, and when it is claimed from a
queue.  What is kept waits as `scheduled`, and its validity waits with it.
"""

from collections.abc import Container, Sequence

from dragoman.core.quiet import Held, Quiet, held
from dragoman.core.snapshot import Snapshot
from dragoman.model.messages import QUIET, Message
from dragoman.model.states import State
from dragoman.store import hot, schedule
from dragoman.store.database import Tx


def keep_quiet(quiet: Quiet, messages: Sequence[Message | None], now_us: int) -> None:
    """Let messages that are being accepted wait for the end of their recipients' quiet hours."""
    for message in messages:
        if message is None or message.state == State.REJECTED:
            continue
        from_us = message.due_us or now_us
        kept = held(quiet, message.recipient, message.rank, from_us)
        if kept is None:
            continue
        message.state = State.SCHEDULED
        message.flags |= QUIET
        message.due_us = kept.until_us
        if message.expires_us is not None:
            message.expires_us += kept.until_us - from_us


async def tell(tx: Tx, snapshot: Snapshot, messages: Sequence[Message]) -> None:
    """Write into the timelines of messages that are stored now for how long they are kept."""
    notes = [
        (message.id, message.accepted_us, "quiet", kept.words())
        for message in messages
        if message.flags & QUIET
        and message.state == State.SCHEDULED
        and (kept := _held(snapshot, message, (message.due_us or 0) - 1)) is not None
    ]
    if notes:
        await hot.note(tx, notes)


async def hold(
    tx: Tx,
    snapshot: Snapshot,
    messages: Sequence[Message],
    now_us: int,
    begun: Container[int] = (),
) -> list[Message]:
    """Put off what would arrive in quiet hours; give what may leave.

    What is `begun`, a long message with segments on the air, is not stopped halfway.
    """
    free: list[Message] = []
    kept: list[tuple[Message, Held]] = []
    for message in messages:
        one = None if message.id in begun else _held(snapshot, message, now_us)
        if one is None:
            free.append(message)
        else:
            kept.append((message, one))
    if kept:
        await schedule.hold(tx, [(m.id, one.until_us) for m, one in kept], now_us)
        await hot.note(tx, [(m.id, now_us, "quiet", one.words()) for m, one in kept])
    return free


def _held(snapshot: Snapshot, message: Message, at_us: int) -> Held | None:
    view = snapshot.views_by_id.get(message.account_id)
    if view is None or view.quiet is None:
        return None
    return held(view.quiet, message.recipient, message.rank, at_us)
