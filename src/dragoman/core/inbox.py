"""What becomes of a message that somebody wrote to us, inside the transaction that keeps it.

Repeats are told apart, long messages gathered; then each gets an owner, the network of its sender
and what it answers, its words are obeyed, and the owner is told.  All set-based: a group of
deliveries costs the same number of statements as one.
"""

import logging
from collections.abc import Callable, Iterable, Sequence

import msgspec

from dragoman.core.conversations import answered
from dragoman.core.counters import Counters
from dragoman.core.inbound import Arrival, arrive, gather, held, inbound_of
from dragoman.core.keywords import asked
from dragoman.core.networks import network_of
from dragoman.core.notify import announce
from dragoman.core.ports import Delivery
from dragoman.core.snapshot import Snapshot
from dragoman.core.wishes import GENERAL, Wishes
from dragoman.model.events import MessageReceived
from dragoman.model.inbound import ASIDE, NOBODY, Inbound
from dragoman.sms.inbound import Septets
from dragoman.store import conversations, hot
from dragoman.store import inbound as stored
from dragoman.store.conversations import Conversation
from dragoman.store.database import Tx
from dragoman.store.ids import reserve
from dragoman.store.inbound import HeldSegment

log = logging.getLogger(__name__)

DEFAULT_REPEAT_S = 120
DEFAULT_GATHER_S = 300
S = 1_000_000


class Inbox:
    """Takes what handsets write."""

    def __init__(self, snapshot: Callable[[], Snapshot], counters: Counters) -> None:
        """Take the current world and the counters."""
        self._snapshot = snapshot
        self._counters = counters
        self._wishes = Wishes(snapshot, counters)

    async def receive(self, tx: Tx, deliveries: Sequence[Delivery]) -> set[int]:
        """Keep what carriers delivered; give the carriers for which that put something in a queue.

        A long message whose segments are not all here waits for the others in the store.
        """
        if any(d.fault for d in deliveries):
            await self._set_aside(tx, [d for d in deliveries if d.fault])
            deliveries = [d for d in deliveries if not d.fault]
        arrivals = await self._fresh(tx, [arrive(d) for d in deliveries])
        wholes = [[held(a)] for a in arrivals if not a.gathering]
        long = [held(a) for a in arrivals if a.gathering]
        if long:
            gathered = gather(await stored.hold(tx, sorted({r.gathering for r in long})), long)
            if gathered.gone:
                await stored.delete_segments(tx, gathered.gone)
            if gathered.held:
                await stored.insert_segments(tx, gathered.held)
            wholes += gathered.wholes
        return await self._keep(tx, wholes)

    async def close_stale(self, tx: Tx, now_us: int, limit: int) -> bool:
        """Keep as much as came of long messages whose rest did not come in time.

        Gives whether there may be more of them.
        """
        wait_s = int(self._snapshot().gateway.get("inbound_gather_s", DEFAULT_GATHER_S))
        names = await stored.stale(tx, now_us - wait_s * S, limit)
        if not names:
            return False
        books: dict[str, list[HeldSegment]] = {}
        for row in await stored.hold(tx, names):
            books.setdefault(row.gathering, []).append(row)
        await stored.delete_segments(tx, names)
        await self._keep(tx, list(books.values()))
        return len(names) == limit

    async def claim(
        self, tx: Tx, messages: Sequence[Inbound], account_id: int, now_us: int
    ) -> set[int]:
        """Give messages that were nobody's to an account, and do what would have been done."""
        aside = {m.id for m in messages if m.deed == ASIDE}
        messages = [_read_again(m) if m.id in aside else m for m in messages]
        for message in messages:
            message.account_id = account_id
        stirred = await self._settle(tx, messages, now_us)
        await stored.claim(tx, messages)
        await stored.reread(tx, [m for m in messages if m.id in aside])
        return stirred

    async def _set_aside(self, tx: Tx, deliveries: Sequence[Delivery]) -> None:
        """Keep deliveries as nobody's, just as they came: whatever was done with them failed."""
        first_id = await reserve(tx, "inbound", len(deliveries))
        await stored.insert(
            tx,
            [
                Inbound(
                    inbound_id,
                    d.carrier_id,
                    d.sender,
                    d.recipient,
                    d.octets,
                    d.data_coding,
                    d.esm_class,
                    d.at_us,
                    deed=d.fault,
                )
                for inbound_id, d in enumerate(deliveries, first_id)
            ],
        )
        self._counters.inbound_unclaimed += len(deliveries)

    async def _fresh(self, tx: Tx, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Give those arrivals that are no repeats, and remember them.

        A carrier that missed our answer delivers again.  A segment is remembered for as long as
        others may wait for it, and some.
        """
        gateway = self._snapshot().gateway
        repeat_us = int(gateway.get("inbound_repeat_s", DEFAULT_REPEAT_S)) * S
        if not repeat_us or not arrivals:
            return list(arrivals)
        gather_us = int(gateway.get("inbound_gather_s", DEFAULT_GATHER_S)) * S
        now_us = max(a.delivery.at_us for a in arrivals)
        known = await stored.seen(tx, [a.fingerprint for a in arrivals], now_us)
        fresh: dict[str, Arrival] = {}
        for arrival in arrivals:
            if arrival.fingerprint not in known:
                fresh.setdefault(arrival.fingerprint, arrival)
        self._counters.inbound_repeated += len(arrivals) - len(fresh)
        await stored.remember(
            tx,
            [
                (name, a.delivery.at_us + repeat_us + (gather_us if a.gathering else 0))
                for name, a in fresh.items()
            ],
        )
        return list(fresh.values())

    async def _keep(self, tx: Tx, wholes: Sequence[Sequence[HeldSegment]]) -> set[int]:
        if not wholes:
            return set()
        snapshot = self._snapshot()
        first_id = await reserve(tx, "inbound", len(wholes))
        messages: list[Inbound] = []
        for inbound_id, rows in enumerate(wholes, first_id):
            message = inbound_of(inbound_id, rows, _gsm7(snapshot, rows[0].carrier_id))
            sharers = snapshot.numbers.find(message.recipient)
            if sharers is not None:
                message.account_id, _ = sharers.owner(message.text)
                if len(sharers.accounts) > 1 and asked(message.text, GENERAL) is not None:
                    message.account_id = NOBODY  # whom a bare STOP is for, `_match` may know
            message.network = network_of(snapshot.networks, message.sender)
            messages.append(message)
        stirred = await self._settle(tx, messages, max(m.received_us for m in messages))
        await stored.insert(tx, messages)
        self._count(messages)
        return stirred

    async def _settle(self, tx: Tx, messages: Sequence[Inbound], now_us: int) -> set[int]:
        """Find what messages answer, obey their words, and tell their owners."""
        snapshot = self._snapshot()
        await self._match(tx, snapshot, messages)
        stirred = await self._wishes.obey(tx, messages, now_us)
        await announce(tx, snapshot, [_event(m) for m in messages if m.account_id > 0], now_us)
        notes = [
            (m.message_id, m.received_us, "reply", f"answered by inbound {m.id}")
            for m in messages
            if m.message_id
        ]
        if notes:
            await hot.note(tx, notes)
        return stirred

    @staticmethod
    async def _match(tx: Tx, snapshot: Snapshot, messages: Iterable[Inbound]) -> None:
        """Let each message answer the latest that its sender got from the number written to.

        Who writes without a keyword to a number that has no default owner answers whoever of
        those that share it wrote last.
        """
        asking: list[tuple[Inbound, tuple[int, ...], int]] = []
        for message in messages:
            if message.account_id:
                asking.append((message, (message.account_id,), NOBODY))
            elif sharers := snapshot.numbers.find(message.recipient):
                asking.append((message, sharers.accounts, sharers.default))
        if not asking:
            return
        told = await conversations.find(
            tx, {i for _, ids, _ in asking for i in ids}, {m.sender for m, _, _ in asking}
        )
        for message, account_ids, default in asking:
            found: list[Conversation] = []
            for account_id in account_ids:
                view = snapshot.views_by_id.get(account_id)
                said = told.get((account_id, message.sender))
                if view is None or not said:
                    continue
                since_us = message.received_us - view.dialogue.reply_us
                last = answered(said, message.recipient, since_us)
                if last is not None:
                    found.append(last)
            if found:
                latest = max(found, key=lambda c: c.message_id)
                message.account_id = latest.account_id
                message.context, message.message_id = latest.context, latest.message_id
            message.account_id = message.account_id or default

    def _count(self, messages: Iterable[Inbound]) -> None:
        for message in messages:
            self._counters.inbound += 1
            self._counters.inbound_unclaimed += not message.account_id
            if not message.is_whole:
                log.warning(
                    "inbound %d from %s: %d of %d segments came; delivered without the rest",
                    message.id,
                    message.sender,
                    message.segments,
                    message.total,
                )


def _event(message: Inbound) -> MessageReceived:
    is_octets = not message.text and bool(message.octets)
    return MessageReceived(
        account_id=message.account_id,
        inbound_id=message.id,
        sender=message.sender,
        recipient=message.recipient,
        text=message.text,
        octets=message.octets if is_octets else b"",
        udh=message.udh,
        received_us=message.received_us,
        network=message.network,
        context=message.context,
        segments=message.total,
        missing=max(message.total - message.segments, 0),
    )


def _read_again(message: Inbound) -> Inbound:
    """Give a message that was set aside as it should have been read when it came."""
    came = Delivery(
        message.carrier_id,
        False,
        lambda _: None,
        message.received_us,
        sender=message.sender,
        recipient=message.recipient,
        data_coding=message.data_coding,
        esm_class=message.esm_class,
        octets=message.octets,
    )
    read = inbound_of(message.id, [held(arrive(came))])
    return msgspec.structs.replace(read, account_id=message.account_id)


def _gsm7(snapshot: Snapshot, carrier_id: int) -> Septets:
    carrier = snapshot.carriers.get(carrier_id)
    form = carrier.options.get("gsm7", "septets") if carrier else "septets"
    return form if form in ("packed", "latin1") else "septets"
