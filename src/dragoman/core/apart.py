"""What spoils a group, found and kept apart: everything else of the group is written.

A fault of ours, or data that the store cannot hold, fails the whole transaction that it is in.
Then, and only then, the group is written again in pieces: by kind, and then in halves, until the
spoiler is alone; a group of a thousand things costs some twenty commits more for each.  What it
was decides what becomes of it: a submission is refused, a job's owner gets the exception, a
delivery is offered again and at last set aside, an answer leaves its message unknown.

Knows nothing of a store that is away: that is no fault of a piece, and fails them all alike.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from dragoman.core.accept import Prepared
from dragoman.core.bookkeeping import Books
from dragoman.core.dispatch import Lane
from dragoman.core.groups import Group, Job, Plan
from dragoman.core.inbound import fingerprint
from dragoman.core.ports import Delivery
from dragoman.core.settle import Ruling, messages_of
from dragoman.model.inbound import ASIDE, RECEIPT_ASIDE
from dragoman.model.messages import SegmentRow
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import Submitted
from dragoman.store import hot
from dragoman.store.database import Tx
from dragoman.store.errors import StoreRefused

log = logging.getLogger(__name__)

NOT_STORED = Refusal(Reason.INTERNAL, detail="store")
TRIES = 3  # of a delivery, before it is set aside
TRIED_MOST = 10_000  # deliveries that are remembered for having failed
AGAIN_US = 60_000_000  # between two tracebacks of the same kind
FAULT = "a fault of the gateway; its log tells more"

Write = Callable[[Group], Awaitable[Exception | None]]


class Apart:
    """Writes spoilt groups in pieces, and decides about what cannot be written at all."""

    def __init__(
        self,
        write: Write,
        books: Books,
        hear: Callable[[Ruling], None],
        clock_us: Callable[[], int],
    ) -> None:
        """Take what writes a group and gives the store's error, the books, and who hears."""
        self._write = write
        self._books = books
        self._hear = hear
        self._clock_us = clock_us
        self._tried: dict[tuple[str, str, int], int] = {}  # deliveries; how often they failed
        self._told: dict[str, int] = {}

    async def end(self, group: Group, plan: Plan, error: Exception) -> None:
        """End what spoils every group that it is in; `plan` is that of its last try."""
        for prepared in group.accepts:
            self._refuse(prepared, error)
        for _, written in group.jobs:
            if not written.done():
                written.set_exception(error)
        for lane, deliveries in group.deliveries:
            for delivery in deliveries:
                await self._put_off(lane, delivery, error)
        for lane, ruling in group.rulings:
            lane.unsettled -= ruling.answers
            await self._leave_unknown(lane, ruling, error)
        for message_id, _ in group.requeues:
            self._tell("a message that did not leave is not queued again", error, message_id)
        for lane in group.claims.values():
            await self._claim_less(lane, plan.claimed, error)

    def _refuse(self, prepared: Prepared, error: Exception) -> None:
        self._tell("a submission is refused", error, f"account {prepared.account_id}")
        refuse(prepared, NOT_STORED)

    async def _put_off(self, lane: Lane, delivery: Delivery, error: Exception) -> None:
        """Have a delivery offered again; one that has failed too often is kept as it came."""
        key = (fingerprint(delivery), delivery.ref, delivery.state)
        tries = self._tried.pop(key, 0) + 1
        self._tried[key] = tries
        if len(self._tried) > TRIED_MOST:
            del self._tried[next(iter(self._tried))]
        where = _shown(lane, delivery)
        if delivery.fault or tries > TRIES:
            # It cannot even be kept, or was kept before and its acknowledgement got lost.
            if tries <= TRIES:
                self._tell("a delivery is lost, for it cannot even be set aside", error, where)
            delivery.acknowledge(True)
        elif tries < TRIES:
            self._tell("a delivery is refused for now", error, where)
            delivery.acknowledge(False)
        else:
            self._tell("a delivery is set aside, see `inbound list --unclaimed`", error, where)
            delivery.fault = RECEIPT_ASIDE if delivery.is_receipt else ASIDE
            delivery.is_receipt = False
            self._tried[key] = TRIES - 1  # until it is kept: the store may be away
            if await self._write(Group(deliveries=[(lane, [delivery])])) is None:
                self._tried[key] = TRIES

    async def _leave_unknown(self, lane: Lane, ruling: Ruling, error: Exception) -> None:
        """Let a message be unknown whose carrier's answer cannot be written.

        It is not sent again, and a receipt may still tell more.
        """
        about, now_us = messages_of(ruling), self._clock_us()
        self._tell("an answer of a carrier is lost", error, f"{lane.carrier.name}, {about}")
        ending = [(message_id, int(State.UNKNOWN), now_us, FAULT) for message_id in about]

        async def with_segments(tx: Tx) -> None:
            await self._books.end(tx, ending)
            await hot.settle(tx, ruling.segments, [])

        async def barely(tx: Tx) -> None:
            await hot.settle(tx, _UNSENT, ending)

        for job in (with_segments, barely):
            if await self._do(job):
                break
        ruling.concluded = ending
        self._hear(ruling)

    async def _claim_less(self, lane: Lane, claimed: Sequence[int], error: Exception) -> None:
        """Claim fewer messages, until the one is found that cannot be sent; that one ends."""
        if len(claimed) > 1:
            half = Group(claims={lane.carrier_id: lane}, claim_most=len(claimed) // 2)
            await self._write(half)
            return
        what = "a message cannot be sent and ends" if claimed else "a queue cannot be read"
        self._tell(what, error, f"{lane.carrier.name}, {list(claimed)}")
        now_us = self._clock_us()
        ending = [(message_id, int(State.FAILED), now_us, FAULT) for message_id in claimed]

        async def end(tx: Tx) -> None:
            await self._books.end(tx, ending)

        # Otherwise it is looked at again with the next look at all queues, and not at once.
        lane.backlog = bool(claimed) and await self._do(end)

    async def _do(self, job: Job) -> bool:
        """Write something of our own; tells if it is durable."""
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        await self._write(Group(jobs=[(job, written)]))
        return written.exception() is None and written.result()

    def _tell(self, what: str, error: Exception, where: object) -> None:
        """Tell of a fault: each kind with its traceback now and then, and always in a line."""
        kind = f"{what} {type(error).__name__}"
        now_us = self._clock_us()
        is_new = now_us - self._told.get(kind, -AGAIN_US) >= AGAIN_US
        if is_new:
            self._told[kind] = now_us
        log.error(
            "what spoils its group is kept apart: %s (%s): %s",
            what,
            where,
            words_of(error),
            exc_info=error if is_new else None,
        )


def refuse(prepared: Prepared, refusal: Refusal) -> None:
    """Refuse a submission as a whole: nothing of it is stored, or nobody knows."""
    if prepared.answer is None:
        return
    submitted = Submitted(prepared.outcomes, accepted_us=prepared.accepted_us, refusal=refusal)
    try:
        prepared.answer(submitted)
    except Exception:  # others wait for theirs
        log.exception("account %d could not be told of a refusal", prepared.account_id)


def never_tried(away: Exception) -> StoreRefused:
    """Give what failed a piece that was not even begun because the store had gone away."""
    return away if isinstance(away, StoreRefused) else StoreRefused(str(away))


def words_of(error: Exception) -> str:
    """Give an error in a line: what follows the first may be data."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def _shown(lane: Lane, delivery: Delivery) -> str:
    """Give what of a delivery a log may tell: everything but its octets."""
    kind = f"receipt {delivery.ref!r}" if delivery.is_receipt else "message"
    return (
        f"carrier {lane.carrier.name}, {kind} from {delivery.sender!r} to {delivery.recipient!r},"
        f" esm_class {delivery.esm_class:#04x}, data_coding {delivery.data_coding},"
        f" {len(delivery.octets)} octets"
    )


_UNSENT: Sequence[SegmentRow] = ()
