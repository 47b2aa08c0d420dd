"""The one writer of a node: group commit.

Everything that must be durable is brought here during a turn of the event loop; the writer takes
all that waits, writes it in one transaction, commits once, and then answers every waiter.  While
one commit is on its way to the disk the next group gathers.  Nothing that somebody waits for waits
on purpose; carriers' answers, which nobody waits for, ride with the next group or a few
milliseconds later.  So what a group stores as `sending` never exceeds the windows, since the same
group settles all answers that made room for it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from dragoman.core.accept import Prepared
from dragoman.core.apart import NOT_STORED, Apart, never_tried, refuse
from dragoman.core.awaited import Awaited
from dragoman.core.bookkeeping import Books
from dragoman.core.counters import Counters
from dragoman.core.dispatch import Lane, segments_of
from dragoman.core.groups import FEW, Group, Job, Plan
from dragoman.core.lists import keep_change
from dragoman.core.notify import MARK as NOTICES
from dragoman.core.numbers import Numbers
from dragoman.core.patience import Patience
from dragoman.core.ports import Answer, Delivery
from dragoman.core.repeats import Gone, Repeats
from dragoman.core.settle import rule
from dragoman.core.trouble import Trouble
from dragoman.model.lists import ListChange
from dragoman.model.messages import TABLES, Message, Outgoing
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import Submitted
from dragoman.store import hot, outbox
from dragoman.store.database import Database, Tx
from dragoman.store.errors import (
    StoreConflict,
    StoreError,
    StoreRefused,
    StoreUnavailable,
    StoreUncertain,
)

# Plain numbers, which Python's sqlite3 takes as they are.
_QUEUED, _SENDING = int(State.QUEUED), int(State.SENDING)
NOT_REACHED = Refusal(Reason.INTERNAL, detail="unreachable")
DOUBTFUL = Refusal(Reason.TIMEOUT)
log = logging.getLogger(__name__)

LINGER_S = 0.004  # how long carriers' answers wait for a group to ride with
PAUSES = 64  # commits that the smoothed pause remembers
LONG_PAUSE_S = 0.003  # a pause of the loop that is worth avoiding
RETRY_S = 0.25  # after a failed commit, facts that must not be lost are tried again


class Writer:
    """Collects what must be durable and commits it in groups; the only one that writes."""

    def __init__(
        self,
        database: Database,
        books: Books,
        counters: Counters,
        clock_us: Callable[[], int],
        timeout_s: float = 5.0,
    ) -> None:
        """Take the store, the rules for answers and receipts, and the clock."""
        self.lanes: dict[int, Lane] = {}
        # Whether the loop goes on while the disk works.  On a quick disk the pause costs less than
        # what it brings, a larger next group (measured); a slow one turns this on by itself.
        self.sync_aside = False
        self._pause_s = 0.0  # how long a commit holds up the loop, smoothed
        self.trouble = Trouble(clock_us)
        self.repeats = Repeats()
        self.committed_us = clock_us()  # the last commit, or this start
        self.on_notices: Callable[[], None] = lambda: None  # called when some were committed
        self._database = database
        self._numbers = Numbers("message")
        self._books = books
        self._counters = counters
        self._clock_us = clock_us
        self.timeout_s = timeout_s  # how long one group may take
        self.awaited = Awaited(self.job, self._held, books.end, clock_us)
        self._apart = Apart(self._commit, books, self.awaited.hear, clock_us)
        self._group = Group()
        self._doubtful: list[tuple[int, int]] = []
        self._patience = Patience()
        self._crowd = 0  # submissions in the last group that had any
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._linger: asyncio.TimerHandle | None = None

    # What is brought here.

    def accept(self, prepared: Prepared) -> None:
        """Store and charge a submission; its `answer` is called after the commit."""
        self._group.accepts.append(prepared)
        if prepared.mark is not None:
            self._group.is_marked = True
        self._rouse()

    def gone(self, gone: Gone) -> None:
        """Learn that a client has left without its answer; see `repeats`."""
        self.repeats.gone(gone, self._clock_us())
        self._rouse()

    def settle(self, lane: Lane, answers: Sequence[Answer]) -> None:
        """Make a carrier's answers durable; what they mean is decided here, once."""
        ruling = rule(lane, answers)
        self._group.rulings.append((lane, ruling))
        if self.awaited.messages and (told := self.awaited.among(answers)):
            ruling.told = told
            self._rouse()
        elif self._linger is None and not self._wake.is_set():
            self._idle.clear()
            self._linger = asyncio.get_running_loop().call_later(LINGER_S, self._rouse)

    def receive(self, lane: Lane, deliveries: Sequence[Delivery]) -> None:
        """Make receipts and inbound messages durable, then acknowledge them."""
        self._group.deliveries.append((lane, deliveries))
        self._rouse()

    def requeue(self, lane: Lane, outgoings: Sequence[Outgoing]) -> None:
        """Put messages that did not leave back into the lane's queue on disk."""
        self._group.requeues.extend((o.message_id, lane.carrier_id) for o in outgoings)
        self._rouse()

    def want_claim(self, lane: Lane) -> None:
        """Claim queued messages for a lane in the next group."""
        self._group.claims[lane.carrier_id] = lane
        self._rouse()

    def job(self, job: Job) -> asyncio.Future[bool]:
        """Run a rare piece of writing in the next group's transaction; tells if it is durable.

        Unlike a fact it is not kept when the store fails.  Its own exception comes back alone.
        It may run more than once, each time in a transaction that was undone but for the last.
        """
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._group.jobs.append((job, written))
        self._rouse()
        return written

    def _held(self) -> set[int]:
        """Give the messages that are stored as sending and have not left our hands."""
        held = {message_id for message_id, _ in self._group.requeues}
        return held.union(*(lane.held() for lane in self.lanes.values()))

    def change_list(self, change: ListChange, answer: Callable[[Refusal | None], None]) -> None:
        """Change a member of a subscription list; `answer` is called after the commit."""
        keep_change(self.job, self._books.change_list, change, answer)

    def _rouse(self) -> None:
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None
        if not self._wake.is_set():
            self._wake.set()
            self._idle.clear()

    # The loop.

    async def run(self) -> None:
        """Commit groups for ever."""
        while True:
            await self._wake.wait()
            if self._crowd > FEW:
                await self._group.gather()
            self._wake.clear()
            group, self._group = self._group, Group()
            self._crowd = len(group.accepts) or self._crowd
            if await self._commit(group) is not None:
                await asyncio.sleep(RETRY_S)
            if not self._wake.is_set() and self._linger is None:
                self._idle.set()

    async def flushed(self) -> None:
        """Wait until all that was brought before is written; what comes later holds up nobody."""
        if not self._idle.is_set():
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._group.waiters.append(waiter)
            self._rouse()
            await waiter

    async def _commit(self, group: Group) -> Exception | None:
        """Write a group, and let out what follows; gives the error of a store that is away."""
        plan = Plan()
        for lane, ruling in group.rulings:
            lane.unsettled -= ruling.answers
        try:
            async with self._patience.of(self.timeout_s):
                if self.sync_aside:
                    await self._commit_aside(group, plan)
                else:
                    await self._commit_at_once(group, plan)
        # The one loop that must not die with a faulty group: everybody else waits for it.
        except Exception as error:  # noqa: BLE001  # it is told
            if isinstance(error, StoreConflict) or not isinstance(error, StoreError | TimeoutError):
                return await self._take_apart(group, plan, error)
            self.trouble.failed("the store did not take a group", error)
            self._failed(group, plan, error)
            return error
        self._counters.commits += 1
        self.committed_us = self._clock_us()
        self.trouble.passed()
        self._after(group, plan)
        return None

    async def _commit_at_once(self, group: Group, plan: Plan) -> None:
        """Write a group and wait for the disk; where that takes long, do it aside from now on."""
        clock_s = asyncio.get_running_loop().time
        async with self._database.transaction() as tx:
            await self._write(tx, group, plan)
            began_s = clock_s()
        self._pause_s += (clock_s() - began_s - self._pause_s) / PAUSES
        if self._pause_s > LONG_PAUSE_S and self._database.engine == "sqlite":
            log.info("the disk is slow; the event loop no longer waits for it")
            self.sync_aside = True

    async def _commit_aside(self, group: Group, plan: Plan) -> None:
        """Write a group, and let the loop go on while the disk works."""
        async with self._database.transaction(deferred=True) as tx:
            await self._write(tx, group, plan)
        if group.is_awaited():
            try:
                await self._database.sync()
            except RuntimeError as error:  # whatever it is, the group is written
                raise StoreUncertain("the commit could not be waited for") from error

    async def _take_apart(self, group: Group, plan: Plan, error: Exception) -> Exception | None:
        """Write what is good of a group that a fault of ours has spoilt; see `apart`.

        Gives the store's error if it went away meanwhile.
        """
        self._counters.commits_failed += 1
        self._undo(plan)
        for prepared in group.accepts:
            prepared.restore()
        for lane, ruling in group.rulings:
            lane.unsettled += ruling.answers
        self._group.waiters[:0] = group.waiters
        group.waiters = []
        pieces = group.pieces()
        if self._doubtful or self.repeats.owes:
            # What is owed is in every group; where it is that which spoils, it is given up.
            if group.is_empty():
                self._doubtful.clear()
                self.repeats.forget()
            else:
                pieces = [Group(), *(pieces or [group])]
        if not pieces:
            await self._apart.end(group, plan, error)
        away: Exception | None = None
        for piece in pieces:
            if away is None:
                away = await self._commit(piece)
            else:
                self._failed(piece, Plan(), never_tried(away))
        if self._group.waiters:
            self._rouse()
        return away

    async def _write(self, tx: Tx, group: Group, plan: Plan) -> None:
        if self._doubtful:
            await hot.requeue(tx, self._doubtful)
        if self.repeats.owes:
            await self.repeats.settle(tx)
        if group.requeues:
            await hot.requeue(tx, group.requeues)
            plan.stirred.update(carrier_id for _, carrier_id in group.requeues)
        for lane, ruling in group.rulings:
            plan.stirred.update(await self._books.settle(tx, lane, ruling))
        for lane, deliveries in group.deliveries:
            plan.stirred.update(await self._books.receive(tx, lane, deliveries))
        if group.accepts:
            await self._accept(tx, group, plan)
        # Before the claims, for what these take stands as sending and has not left yet.
        for job, _ in group.jobs:
            await job(tx)
        for lane in group.claims.values():
            await self._claim(tx, lane, plan, group.claim_most)
        plan.has_notices = NOTICES in tx.marks

    async def _accept(self, tx: Tx, group: Group, plan: Plan) -> None:
        """Charge and insert the submissions of a group, in their order, but for repeats."""
        purses = await hot.balances(tx, {p.account_id for p in group.accepts})
        known = None
        if group.is_marked or self.repeats.suspects:
            known = await self.repeats.recall(tx, group.accepts)
        spent: dict[int, int] = {}
        rows: list[Message] = []
        talking = self._books.conversations.concerned(group.accepts)
        if talking:
            await self._books.conversations.choose_senders(tx, talking)
        await self._numbers.provide(tx, sum([len(p.messages) for p in group.accepts]))
        till = plan.till = await self._books.limits.till(tx, group.accepts)
        afford = till.afford
        for prepared in group.accepts:
            if known is not None and (first := known.answer(prepared)) is not None:
                plan.answers.append((prepared, first))
                continue
            account_id = prepared.account_id
            balance_u, overdraft_u = purses.get(account_id, (0, 0))
            cost_u = afford(prepared, balance_u, overdraft_u)
            if cost_u:
                balance_u -= cost_u
                purses[account_id] = (balance_u, overdraft_u)
                spent[account_id] = spent.get(account_id, 0) + cost_u
            submitted = Submitted(
                prepared.outcomes,
                balance_u=balance_u,
                accepted_us=prepared.accepted_us,
                refusal=prepared.refusal,
            )
            self._number(prepared, submitted, plan, rows)
            plan.answers.append((prepared, submitted))
            if known is not None:
                self.repeats.keep(known, prepared, submitted)
        if rows:
            await hot.insert_messages(tx, rows)
            await self._books.tell_kept(tx, rows)
        await till.write(tx)
        if talking:
            await self._books.conversations.keep(tx, talking)
        # A repeat, and what is refused as a whole, has no messages.
        if urls := [
            (s.submission_id, p.report_url)
            for p, s in plan.answers
            if p.report_url and p.messages and s.submission_id
        ]:
            await outbox.keep_urls(tx, urls)
        if spent:
            await hot.spend(tx, list(spent.items()))
            plan.charged_u = sum(spent.values())
        if known is not None:
            plan.repeated = known.repeated
            await self.repeats.write(tx, known)

    def _number(
        self, prepared: Prepared, submitted: Submitted, plan: Plan, rows: list[Message]
    ) -> None:
        """Give ids, and decide for each message whether it goes out at once or waits on disk."""
        numbers = self._numbers
        for outcome, message in zip(prepared.outcomes, prepared.messages, strict=True):
            if message is None:
                continue
            message.id = numbers.take()
            # A submission is called as its first message, so that the key finds all of them.
            submitted.submission_id = submitted.submission_id or message.id
            message.submission_id = submitted.submission_id
            outcome.message_id = message.id
            rows.append(message)
            if message.state != _QUEUED:
                continue
            lane = self.lanes.get(message.carrier_id)
            if lane is not None and lane.reserve(message.segments):
                message.state = _SENDING
                send = plan.send(lane)
                send.reserved += message.segments
                send.batch.extend(segments_of(message, prepared.cut))
            else:
                plan.stirred.add(message.carrier_id)

    async def _claim(self, tx: Tx, lane: Lane, plan: Plan, most: int) -> None:
        room = lane.claimable() - lane.unsettled
        room = min(room, most or room)
        if room <= 0:
            return
        # Whole: a long message that does not fit begins to leave.  If it were left out, an empty
        # claim would not mean an empty queue, and nobody would ask again.
        now_us = self._clock_us()
        messages: Sequence[Message] = await hot.claim(
            tx,
            lane.carrier_id,
            room,
            now_us,
            whole=True,
            aged_segments=lane.aged_share(room),
        )
        lane.backlog = bool(messages)
        if not messages:
            return
        plan.claimed += [message.id for message in messages]
        if any(message.flags & TABLES for message in messages):
            messages = await self._books.recut(tx, lane, messages, self._clock_us())
        send = plan.send(lane)
        long_ones = [m.id for m in messages if m.segments > 1]
        missing = await self._books.unsent(tx, long_ones) if long_ones else {}
        messages = await self._books.hold(tx, messages, now_us, begun=missing)
        for message in messages:
            batch = segments_of(message)
            if message.id in missing:
                batch = [o for o in batch if o.number in missing[message.id]]
            lane.reserved += len(batch)
            send.reserved += len(batch)
            send.batch.extend(batch)

    # Afterwards.

    def _after(self, group: Group, plan: Plan) -> None:
        """Let out what is durable now: messages first, then the customers' answers."""
        self._doubtful.clear()
        self._books.committed()
        self.repeats.committed(plan.answers, self.committed_us)
        group.tell(is_durable=True)
        for send in plan.sends.values():
            try:
                send.lane.send(send.batch, send.reserved)
            except Exception:  # one carrier's fault is no other's
                log.exception("carrier %s could not be given messages", send.lane.carrier.name)
        counters = self._counters
        counters.charged_u += plan.charged_u
        counters.repeated += plan.repeated
        counters.committed_rows += (
            len(group.accepts)
            + len(group.requeues)
            + len(group.jobs)
            + sum(ruling.answers for _, ruling in group.rulings)
            + sum(len(deliveries) for _, deliveries in group.deliveries)
        )
        self._tell_customers(group, plan)
        group.acknowledge(is_stored=True)
        for carrier_id in plan.stirred:
            lane = self.lanes.get(carrier_id)
            if lane is not None:
                lane.backlog = True
        for lane in self.lanes.values():
            if lane.backlog:
                try:
                    lane.room()
                except Exception:
                    log.exception("carrier %s could not be given messages", lane.carrier.name)
        if plan.has_notices:
            self.on_notices()

    def _tell_customers(self, group: Group, plan: Plan) -> None:
        """Answer whose submissions are durable now, or whose carriers' answers are."""
        for prepared, submitted in plan.answers:
            self._counters.accepted += len(prepared.messages) - prepared.messages.count(None)
            try:
                if prepared.carrier_wait_s:
                    self.repeats.follow(prepared, submitted, self._rouse)
                    self.awaited.begin(prepared, submitted)
                elif prepared.answer is not None:
                    prepared.answer(submitted)
            except Exception:
                log.exception("an answer to account %d could not be given", prepared.account_id)
        if self.awaited.messages:
            for _, ruling in group.rulings:
                self.awaited.hear(ruling)

    def _undo(self, plan: Plan) -> None:
        """Take back what was decided for a group that was not stored."""
        self._numbers.forget()
        self._books.rolled_back()
        plan.till.undo()
        for send in plan.sends.values():
            send.lane.release(send.reserved)
            send.lane.backlog = True

    def _failed(self, group: Group, plan: Plan, error: Exception) -> None:
        """Say no where nothing was stored, and keep the facts for the next group."""
        self._counters.commits_failed += 1
        surely_not = isinstance(error, StoreRefused)
        self._undo(plan)
        if not surely_not:
            # The rows may be there, marked as sending, with nobody who sends them.
            self._doubtful.extend(
                (o.message_id, send.lane.carrier_id)
                for send in plan.sends.values()
                for o in send.batch
            )
            self.repeats.doubt(plan.answers)
        refusal = NOT_STORED if surely_not else DOUBTFUL
        if isinstance(error, StoreUnavailable):
            refusal = NOT_REACHED
        for prepared in group.accepts:
            refuse(prepared, refusal)
        group.acknowledge(is_stored=False)
        for lane, ruling in group.rulings:
            lane.unsettled += ruling.answers
        kept = self._group
        kept.rulings[:0] = group.rulings
        kept.requeues[:0] = group.requeues
        kept.claims.update(group.claims)
        owes = bool(self._doubtful or self.repeats.owes)
        if kept.rulings or kept.requeues or kept.claims or owes:
            kept.waiters[:0] = group.waiters
            group.waiters = []
            self._rouse()
        group.tell(is_durable=False)
