"""What a gateway answers a subscriber by itself: that they were heard, or what they may ask for.

At the account's price and by its ways, past its opt-outs, since the last word to somebody who
leaves is the confirmation.  Nobody is answered more than once an hour: two machines that thank
each other would not stop.
"""

from collections.abc import Sequence

import msgspec

from dragoman.core.counters import Counters
from dragoman.core.prefixes import choose
from dragoman.core.snapshot import Snapshot, View
from dragoman.model.barring import parse_barred
from dragoman.model.inbound import Inbound
from dragoman.model.messages import WANTS_RECEIPT, Message
from dragoman.model.states import State
from dragoman.sms.alphabets import AlphabetError
from dragoman.sms.segments import TooManySegments, segment
from dragoman.store import hot, inbound
from dragoman.store.database import Tx
from dragoman.store.ids import reserve

DIALECT = "gateway"  # nobody asked for these in any vendor's language
AGAIN_US = 3_600 * 1_000_000


class Reply(msgspec.Struct, frozen=True):
    """A text that answers a message."""

    view: View
    to: Inbound
    text: str


async def confirm(
    tx: Tx, snapshot: Snapshot, counters: Counters, replies: Sequence[Reply], now_us: int
) -> set[int]:
    """Queue replies, as far as their accounts can pay; give the carriers that got some."""
    names = {f"reply\t{reply.to.sender}": reply for reply in replies}
    recent = await inbound.seen(tx, list(names), now_us)
    wanted = {name: reply for name, reply in names.items() if name not in recent}
    composed = {name: compose(snapshot, reply, now_us) for name, reply in wanted.items()}
    messages = {name: message for name, message in composed.items() if message is not None}
    if not messages:
        return set()
    purses = await hot.balances(tx, {message.account_id for message in messages.values()})
    paid: list[Message] = []
    told: list[tuple[str, int]] = []
    for name, message in messages.items():
        purse = purses.get(message.account_id)  # an account may have gone a moment ago
        if purse is None or message.charge_u > sum(purse):
            continue
        balance_u, overdraft_u = purse
        purses[message.account_id] = (balance_u - message.charge_u, overdraft_u)
        paid.append(message)
        told.append((name, now_us + AGAIN_US))
    if not paid:
        return set()
    first_id = await reserve(tx, "message", len(paid))
    for message_id, message in enumerate(paid, first_id):
        message.id = message.submission_id = message_id
    await hot.insert_messages(tx, paid)
    await hot.spend(tx, [(message.account_id, message.charge_u) for message in paid])
    await inbound.remember(tx, told)
    counters.accepted += len(paid)
    counters.charged_u += sum(message.charge_u for message in paid)
    return {message.carrier_id for message in paid}


def compose(snapshot: Snapshot, reply: Reply, now_us: int) -> Message | None:
    """Give the message of a reply, from the number that was written to; None if it cannot be."""
    view, recipient = reply.view, reply.to.sender
    if parse_barred(recipient) is None:
        return None  # no handset: a name, or nothing at all
    way = view.ways.find(recipient)
    price = view.tariff.find(recipient) if view.tariff is not None else None
    if way is None or (view.tariff is not None and price is None) or not view.account.enabled:
        return None
    try:
        cut = segment(reply.text)
    except (AlphabetError, TooManySegments):
        return None
    carrier_id = choose(way, lambda _: True, now_us)
    segments = len(cut.user_data)
    price_u = price.price_u if price is not None else 0
    return Message(
        id=0,
        submission_id=0,
        account_id=view.account.id,
        dialect=DIALECT,
        state=State.QUEUED,
        sender=reply.to.recipient,
        recipient=recipient,
        text=reply.text,
        alphabet=cut.alphabet,
        flags=0 if carrier_id in snapshot.mute else WANTS_RECEIPT,
        segments=segments,
        price_u=price_u,
        charge_u=price_u * segments,
        carrier_id=carrier_id,
        accepted_us=now_us,
        changed_us=now_us,
        expires_us=now_us + view.validity_us if view.validity_us else None,
        detail=f"answers inbound {reply.to.id}",
    )
