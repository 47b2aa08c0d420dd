"""What answers and receipts change in the books: the parts of a group's transaction.

Joins the pure decisions (`settle`, `receipts`, `verdicts`) with the store's set-based functions;
every function here runs inside the writer's transaction.
"""

import logging
from collections.abc import Callable, Container, Iterable, Sequence

from dragoman.core import lists
from dragoman.core.conversations import Conversations
from dragoman.core.counters import Counters
from dragoman.core.dispatch import Lane, plainly
from dragoman.core.holdback import hold, tell
from dragoman.core.inbox import Inbox
from dragoman.core.limits import Limits
from dragoman.core.listrules import ListRules
from dragoman.core.ports import Delivery
from dragoman.core.prefixes import after, choose
from dragoman.core.receipts import match
from dragoman.core.reports import Reports
from dragoman.core.settle import Note, Ruling, unsent
from dragoman.core.snapshot import Snapshot
from dragoman.core.verdicts import GOOD, last_resort, pays_back, verdict
from dragoman.model.lists import ListChange
from dragoman.model.messages import QUIET, TABLES, WANTS_REPORT, Message, SegmentRow
from dragoman.model.refusals import Refusal
from dragoman.model.states import FINAL, State, climb
from dragoman.sms.refs import candidates
from dragoman.store import hot, housekeeping, lookups, schedule
from dragoman.store.database import Tx

log = logging.getLogger(__name__)

PARKED_US = 72 * 3600 * 1_000_000  # how long a receipt that nobody knows is kept
Ending = tuple[int, int, int, str]
COUNTED = (
    "accepted",
    "answered_rejected",
    "answered_sent",
    "answered_uncertain",
    "charged_u",
    "inbound",
    "inbound_repeated",
    "inbound_unclaimed",
    "receipts",
    "receipts_ambiguous",
    "receipts_parked",
    "refunded_u",
)


class Books:
    """Settles answers and receipts, pays back, and keeps receipts that came too early."""

    def __init__(self, snapshot: Callable[[], Snapshot], counters: Counters) -> None:
        """Take the current world and the counters."""
        self.world = self._snapshot = snapshot
        self.limits = Limits(snapshot)
        # A transaction's counts are nobody's before it is durable: it may be tried again.
        self._durable = counters
        self._counters = Counters()
        self.inbox = Inbox(snapshot, self._counters)
        self.conversations = Conversations(snapshot)
        self.reports = Reports(snapshot)
        self._list_rules = ListRules(snapshot)
        self.parked: dict[int, int] = {}  # receipts kept per carrier; 0 spares the look-up

    async def settle(self, tx: Tx, lane: Lane, ruling: Ruling) -> set[int]:
        """Write what a carrier answered; give the carriers whose queue on disk grew."""
        stirred: set[int] = set()
        verdicts = list(ruling.verdicts)
        notes = list(ruling.notes)
        if ruling.elsewhere:
            verdicts += await self._elsewhere(tx, ruling.elsewhere, notes, stirred)
        ruling.concluded = verdicts
        await self._pay_back(tx, _bad(verdicts), notes, ruling.told)
        if ruling.wanting:
            wanted = [ending for ending in verdicts if ending[0] in ruling.wanting]
            await self.reports.tell(tx, wanted, _codes(ruling))
        if ruling.segments or verdicts:
            await hot.settle(tx, ruling.segments, verdicts)
        if ruling.late:
            await lookups.answered_late(tx, ruling.late)
        if ruling.again:
            await hot.requeue(tx, [(message_id, lane.carrier_id) for message_id in ruling.again])
            stirred.add(lane.carrier_id)
        if ruling.recompute:
            await self._recompute(tx, lane, ruling.recompute, notes)
        await self._note(tx, notes)
        if self.parked.get(lane.carrier_id):
            await self._unpark(tx, lane, [row.key for row in ruling.segments if row.key])
        self._count(ruling)
        return stirred

    async def receive(self, tx: Tx, lane: Lane, deliveries: Sequence[Delivery]) -> set[int]:
        """Write what a carrier delivered: receipts to their messages, the rest as inbound.

        Gives the carriers whose queue on disk grew.
        """
        receipts = [d for d in deliveries if d.is_receipt]
        if receipts:
            left = await self._match(tx, lane, receipts)
            if left:
                await self._park(tx, lane, left)
        self._counters.receipts += len(receipts)
        if len(receipts) == len(deliveries):
            return set()
        return await self.inbox.receive(tx, [d for d in deliveries if not d.is_receipt])

    async def change_list(self, tx: Tx, change: ListChange) -> Refusal | None:
        """Change a member of a subscription list, as somebody asked."""
        return await lists.change_list(tx, self._snapshot(), change)

    async def unsent(self, tx: Tx, message_ids: Sequence[int]) -> dict[int, list[int]]:
        """Give the unsent segment numbers of long messages of which some are on the air."""
        segments = await self._segments(tx, message_ids)
        totals = {m.id: m.segments for m in await lookups.find_messages(tx, list(segments))}
        return {
            message_id: unsent(message_id, totals[message_id], rows)
            for message_id, rows in segments.items()
        }

    async def recut(
        self, tx: Tx, lane: Lane, messages: Sequence[Message], now_us: int
    ) -> list[Message]:
        """Give messages as this carrier takes them: without tables that it does not let through.

        They were cut for another carrier, or before its keys changed.  One of which a segment is
        on the air stays as it is, for its segments must fit together.
        """
        strange = {m.id for m in messages if m.flags & TABLES and not lane.reads(m)}
        begun = await self.unsent(tx, sorted(strange)) if strange else {}
        totals = {m.id: m.segments for m in messages}
        strange -= {i for i, left in begun.items() if len(left) < totals[i]}
        fitting = [plainly(m) if m.id in strange else m for m in messages]
        changed = [message for message in fitting if message.id in strange]
        if changed:
            await lookups.recut(tx, [(m.alphabet, m.flags, m.segments, m.id) for m in changed])
            words = f"carrier {lane.carrier.name} takes no national table of this text"
            await self._note(
                tx,
                [
                    Note(m.id, now_us, "recut", f"{words}; {m.segments} segments, charge unchanged")
                    for m in changed
                ],
            )
        return fitting

    @staticmethod
    async def _segments(tx: Tx, message_ids: Iterable[int]) -> dict[int, list[SegmentRow]]:
        rows: dict[int, list[SegmentRow]] = {}
        for row in await hot.message_segments(tx, message_ids):
            rows.setdefault(row.id >> 8, []).append(row)
        return rows

    async def expire(self, tx: Tx, message_ids: Sequence[int], now_us: int) -> None:
        """End messages whose validity ran out while they waited here."""
        await self.end(tx, [(i, State.EXPIRED, now_us, "validity ran out") for i in message_ids])

    async def end_silent(
        self, tx: Tx, before_us: int, now_us: int, limit: int, at_work: list[int]
    ) -> bool:
        """End messages that no verdict came for in time: by what is known, else unknown.

        Tells which these are before anything can go wrong; gives whether there are more.
        """
        silent, more = await housekeeping.silent(tx, before_us, now_us, limit)
        at_work += silent
        if mute := self._snapshot().mute:
            # They came there from a carrier that tells more, or it told more once.
            theirs = {m.id for m in await lookups.find_messages(tx, silent) if m.carrier_id in mute}
            await self.reports.tell_last(tx, theirs, now_us)
            await lookups.want_no_receipt(tx, theirs)
            silent = [i for i in silent if i not in theirs]
        segments = await self._segments(tx, silent)
        await self.end(
            tx,
            [
                (
                    i,
                    last_resort({row.id & 0xFF: State(row.state) for row in segments.get(i, [])}),
                    now_us,
                    "no receipt came in time",
                )
                for i in silent
            ],
        )
        return more

    async def end(self, tx: Tx, endings: Sequence[Ending]) -> None:
        """Write what became of messages without a carrier's word: paid back by policy, and told."""
        notes: list[Note] = []
        await self._pay_back(tx, [e for e in endings if e[1] not in GOOD], notes)
        await self.reports.tell(tx, endings, {})
        await hot.settle(tx, [], endings)
        await self._note(tx, notes)

    @staticmethod
    async def _note(tx: Tx, notes: Sequence[Note]) -> None:
        if notes:
            await hot.note(tx, [(n.message_id, n.at_us, n.kind, n.text) for n in notes])

    def committed(self) -> None:
        """Learn that the transaction is durable: now it counts."""
        self._counters.move_to(self._durable, COUNTED)

    def rolled_back(self) -> None:
        """Learn that it is not: what was counted as parked is counted anew by a look."""
        self._counters.move_to(Counters(), COUNTED)
        self.parked = dict.fromkeys(self.parked, 1)

    async def _match(self, tx: Tx, lane: Lane, receipts: Sequence[Delivery]) -> list[Delivery]:
        """Apply receipts to their segments; give those that nobody knows."""
        habits = lane.habits
        keys = [candidates(d.ref, habits.id_form) for d in receipts]
        wanted = {key for forms in keys for key in forms}
        found: dict[str, list[hot.FoundSegment]] = {}
        wanting: set[int] = set()
        for row in await hot.find_segments(tx, lane.carrier_id, list(wanted)):
            found.setdefault(row.key, []).append(row)
            if row.flags & WANTS_REPORT:
                wanting.add(row.message_id)
        matching = match(receipts, keys, found, habits)
        for delivery in matching.ambiguous:
            self._counters.receipts_ambiguous += 1
            log.warning(
                "carrier %s: receipt id %r could mean several messages; refused",
                lane.carrier.name,
                delivery.ref,
            )
        notes: list[Note] = []
        states: list[Ending] = [(m, int(s), at, "") for m, (s, at) in matching.states.items()]
        await self._pay_back(tx, _bad(states), notes)
        if wanting:
            errors = {segment >> 8: error for segment, _, _, error in matching.segments}
            await self.reports.tell(tx, [e for e in states if e[0] in wanting], errors)
        if matching.segments or states:
            await hot.apply_receipts(tx, matching.segments, states)
        if matching.segments and self._snapshot().has_dead_rules:
            await self._list_rules.bury(tx, matching.segments, found)
        if matching.recompute:
            await self._recompute(tx, lane, matching.recompute, notes)
        await self._note(tx, notes)
        return matching.unmatched

    async def _park(self, tx: Tx, lane: Lane, deliveries: Sequence[Delivery]) -> None:
        """Keep receipts that overtook their answers, or whose message is not ours."""
        rows = [row for d in deliveries for row in _parked(lane, d)]
        await hot.park(tx, rows)
        self.parked[lane.carrier_id] = self.parked.get(lane.carrier_id, 0) + len(rows)
        self._counters.receipts_parked += len(deliveries)

    async def _unpark(self, tx: Tx, lane: Lane, keys: Sequence[str]) -> None:
        """Apply the parked receipts that answer to keys which were just learnt."""
        if not keys:
            return
        waiting: dict[tuple[str, int], Delivery] = {}
        for row in await hot.parked(tx, lane.carrier_id, keys):
            sender, _, recipient = row.addresses.partition(" ")
            waiting[row.ref, row.state] = Delivery(
                lane.carrier_id,
                True,
                _nobody,
                row.at_us,
                ref=row.ref,
                state=row.state,
                error=row.error,
                sender=sender,
                recipient=recipient,
            )
        if not waiting:
            return
        left = {id(d) for d in await self._match(tx, lane, list(waiting.values()))}
        taken = [row for d in waiting.values() if id(d) not in left for row in _parked(lane, d)]
        await hot.unpark(tx, taken)
        self.parked = await lookups.count_parked(tx)

    async def _recompute(
        self, tx: Tx, lane: Lane, message_ids: Iterable[int], notes: list[Note]
    ) -> None:
        """Let the state of long messages follow from all their segments."""
        wanted = sorted(set(message_ids))
        rows = await self._segments(tx, wanted)
        views = self._snapshot().views_by_id
        news: list[Ending] = []
        late: list[tuple[int, int]] = []
        for message in await lookups.find_messages(tx, wanted):
            segments = rows.get(message.id, [])
            states = {row.id & 0xFF: State(row.state) for row in segments}
            view = views.get(message.account_id)
            policy = str(view.account.options.get("verdict", "all")) if view else "all"
            state = verdict(states, message.segments, policy, lane.receipts)
            at_us = max((max(r.answered_us, r.receipt_us) for r in segments), default=0)
            before = State(message.state)
            if before == State.UNKNOWN and state == State.SENT:
                late.append((at_us, message.id))
            elif state != before and climb(before, state) == state:
                news.append((message.id, state, at_us, ""))
        await self._pay_back(tx, _bad(news), notes)
        if news:
            errors = {i: row.error for i, found in rows.items() for row in found if row.error}
            await self.reports.tell(tx, news, errors)
            await hot.settle(tx, [], news)
        if late:
            await lookups.answered_late(tx, late)

    async def _elsewhere(
        self,
        tx: Tx,
        rejected: Sequence[tuple[int, int, str]],
        notes: list[Note],
        stirred: set[int],
    ) -> list[Ending]:
        """Move messages that a carrier refused to the next one of their way, or end them."""
        views = self._snapshot().views_by_id
        whys = {message_id: (at_us, why) for message_id, at_us, why in rejected}
        verdicts: list[Ending] = []
        moved: list[tuple[int, int]] = []
        for message in await lookups.find_messages(tx, list(whys)):
            at_us, why = whys[message.id]
            view = views.get(message.account_id)
            way = view.ways.find(message.recipient) if view else None
            following = after(way, message.carrier_id) if way else 0
            if not following:
                verdicts.append((message.id, State.REJECTED, at_us, why))
                continue
            moved.append((message.id, following))
            stirred.add(following)
            notes.append(Note(message.id, at_us, "rerouted", f"{why}; next carrier"))
        if moved:
            await hot.requeue(tx, moved)
        return verdicts

    async def reroute(
        self, tx: Tx, messages: Sequence[Message], is_up: Callable[[int], bool], now_us: int
    ) -> None:
        """Let queued messages wait for another carrier of their way, if one is up."""
        views = self._snapshot().views_by_id
        moved: list[tuple[int, int]] = []
        notes: list[Note] = []
        for message in messages:
            view = views.get(message.account_id)
            way = view.ways.find(message.recipient) if view else None
            carrier_id = choose(way, is_up, message.id) if way else 0
            if carrier_id and carrier_id != message.carrier_id and is_up(carrier_id):
                moved.append((carrier_id, message.id))
                notes.append(Note(message.id, now_us, "rerouted", "carrier down; next carrier"))
        if moved:
            await lookups.move(tx, moved)
            await self._note(tx, notes)

    async def release(
        self, tx: Tx, messages: Sequence[Message], is_up: Callable[[int], bool], now_us: int
    ) -> set[int]:
        """Queue messages whose time has come; give the carriers whose queue on disk grew.

        One whose carrier is down by now, or gone, goes the way that it would be sent today.  One
        whose recipient has quiet hours by now waits on.
        """
        messages = await self.hold(tx, messages, now_us)
        views = self._snapshot().views_by_id
        released: list[tuple[int, int]] = []
        notes: list[Note] = []
        for message in messages:
            carrier_id, words = message.carrier_id, "its time has come"
            if message.flags & QUIET:
                words = "quiet hours are over"
            if not is_up(carrier_id):
                view = views.get(message.account_id)
                way = view.ways.find(message.recipient) if view else None
                carrier_id = (choose(way, is_up, message.id) if way else 0) or carrier_id
            if carrier_id != message.carrier_id:
                words += "; carrier down; next carrier"
            released.append((message.id, carrier_id))
            notes.append(Note(message.id, now_us, "release", words))
        await schedule.release(tx, released, now_us)
        await self._note(tx, notes)
        return {carrier_id for _, carrier_id in released}

    async def hold(
        self,
        tx: Tx,
        messages: Sequence[Message],
        now_us: int,
        begun: Container[int] = (),
    ) -> Sequence[Message]:
        """Put off what would arrive in quiet hours; give what may leave."""
        snapshot = self._snapshot()
        if not snapshot.has_quiet:
            return messages
        return await hold(tx, snapshot, messages, now_us, begun)

    async def tell_kept(self, tx: Tx, messages: Sequence[Message]) -> None:
        """Tell in the timelines of new messages for how long quiet hours keep them.

        And let their recipients into the lists that whoever is sent a text joins.
        """
        snapshot = self._snapshot()
        if snapshot.has_quiet:
            await tell(tx, snapshot, messages)
        if snapshot.has_send_rules:
            await self._list_rules.greet(tx, messages)

    async def _pay_back(
        self,
        tx: Tx,
        endings: Sequence[Ending],
        notes: list[Note],
        told: frozenset[int] = frozenset(),
    ) -> None:
        """Give charges back where the account's policy says so, once per message.

        What is refused in the very answer to its request costs nothing, whatever the policy:
        `told` are the messages whose customers wait for that answer.
        """
        if not endings:
            return
        views = self._snapshot().views_by_id
        ends = {message_id: (State(state), at_us) for message_id, state, at_us, _ in endings}
        rows: list[tuple[int, int, int, int, str]] = []
        for message in await lookups.find_messages(tx, list(ends)):
            state, at_us = ends[message.id]
            view = views.get(message.account_id)
            policy = str(view.account.options.get("refund", "none")) if view else "none"
            if State(message.state) in FINAL or not message.charge_u:
                continue
            is_refused = message.id in told and state == State.REJECTED
            if is_refused or pays_back(policy, state):
                rows.append((message.id, message.account_id, message.charge_u, at_us, state.word))
                notes.append(Note(message.id, at_us, "refund", f"charge given back: {state.word}"))
        if rows:
            given = set(await hot.refund(tx, rows))
            self._counters.refunded_u += sum(row[2] for row in rows if row[0] in given)

    def _count(self, ruling: Ruling) -> None:
        counters = self._counters
        for row in ruling.segments:
            if row.state == State.SENT:
                counters.answered_sent += 1
            elif row.state == State.REJECTED:
                counters.answered_rejected += 1
            else:
                counters.answered_uncertain += 1


def _bad(news: Iterable[Ending]) -> list[Ending]:
    """Give the endings that a refund policy may speak about."""
    return [ending for ending in news if ending[1] in FINAL and ending[1] not in GOOD]


def _codes(ruling: Ruling) -> dict[int, str]:
    """Give the carrier's error of each message that it refused, in decimal."""
    return {row.id >> 8: str(row.status) for row in ruling.segments if row.status}


def _parked(lane: Lane, delivery: Delivery) -> list[hot.Parked]:
    """Give the rows under which a receipt waits: one for each key that may come to be."""
    return [
        hot.Parked(
            lane.carrier_id,
            key,
            delivery.ref,
            delivery.state,
            delivery.error,
            delivery.at_us,
            delivery.at_us + PARKED_US,
            f"{delivery.sender} {delivery.recipient}",
        )
        for key in candidates(delivery.ref, lane.habits.id_form)
    ]


def _nobody(_: bool) -> None:  # noqa: FBT001
    """Acknowledge nothing: a parked receipt was acknowledged when it was parked."""
