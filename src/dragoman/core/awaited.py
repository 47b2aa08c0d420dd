"""Submissions whose customers wait for the carriers' word (`submit_mode = "carrier"`).

A wait begins after the commit that accepts, and ends when what the carriers answered about each
recipient is durable, too, or when the account's patience is over (`carrier_wait_s`).  What is on
the wire by then is unknown, and is never sent again: its customer is told so.  What has not left
yet leaves once, whenever it can.  Of messages that nobody waits for nothing is looked up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container, Sequence

import msgspec

from dragoman.core.accept import Prepared
from dragoman.core.ports import Answer, Verdict
from dragoman.core.settle import Ruling
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import Outcome, Submitted
from dragoman.store import hot, lookups
from dragoman.store.database import Tx

log = logging.getLogger(__name__)

NO_ANSWER = Refusal(Reason.TIMEOUT, detail="carrier")
_ON_ITS_WAY = frozenset({State.QUEUED, State.SENDING})

Ending = tuple[int, int, int, str]  # message id, state, when, why
Job = Callable[[Tx], Awaitable[None]]


class Waiting(msgspec.Struct):
    """One submission whose answer is held back."""

    submitted: Submitted
    answer: Callable[[Submitted], None]
    wait_s: float
    left: dict[int, Outcome]  # by message id: those that no carrier has decided about
    timer: asyncio.TimerHandle | None = None


class Awaited:
    """Who waits for which messages of this node."""

    def __init__(
        self,
        job: Callable[[Job], Awaitable[bool]],
        held: Callable[[], Container[int]],
        end: Callable[[Tx, Sequence[Ending]], Awaitable[None]],
        clock_us: Callable[[], int],
    ) -> None:
        """Take the writer's `job`, what tells which messages are in our hands, the books' `end`."""
        # By message id; a message whose wait is over stays while it is on the wire.
        self.messages: dict[int, Waiting] = {}
        self._job = job
        self._held = held
        self._end = end
        self._clock_us = clock_us
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, prepared: Prepared, submitted: Submitted) -> None:
        """Hold back the answer to a stored submission until the carriers have spoken."""
        if prepared.answer is None:
            return
        if not prepared.messages:
            self._join(prepared.answer, submitted)
            return
        pairs = zip(submitted.outcomes, prepared.messages, strict=True)
        left = {m.id: outcome for outcome, m in pairs if m is not None and m.state in _ON_ITS_WAY}
        if not left:
            prepared.answer(submitted)
            return
        waiting = Waiting(submitted, prepared.answer, prepared.carrier_wait_s, left)
        waiting.timer = asyncio.get_running_loop().call_later(
            waiting.wait_s, self._give_up, waiting
        )
        self.messages.update(dict.fromkeys(left, waiting))

    def _join(self, answer: Callable[[Submitted], None], submitted: Submitted) -> None:
        """Let a repeat wait with the first, if that still waits: both are answered the same."""
        found = (self.messages.get(outcome.message_id) for outcome in submitted.outcomes)
        waiting = next((waiting for waiting in found if waiting is not None and waiting.left), None)
        if waiting is None:
            answer(submitted)
            return
        first = waiting.answer

        def answer_both(told: Submitted) -> None:
            first(told)
            answer(told)

        waiting.answer = answer_both

    def adjust(self, answers: Sequence[Answer]) -> None:
        """Let carriers' answers about awaited messages mean what their customers are told.

        "Too fast" is the carrier's word and is passed on instead of trying again, but for a long
        message, of which other segments may be on the air.  What is in doubt stays in doubt.
        """
        for answer in answers:
            message_id = answer.outgoing.message_id
            waiting = self.messages.get(message_id)
            if waiting is None:
                continue
            answer.once = True
            is_over = message_id not in waiting.left
            if is_over:
                answer.late = True
                answer.elsewhere = False
            if answer.verdict == Verdict.BUSY and (
                is_over or (answer.status and answer.outgoing.total == 1)
            ):
                answer.verdict = Verdict.REJECTED
                answer.elsewhere = not is_over

    def among(self, answers: Sequence[Answer]) -> frozenset[int]:
        """Give the messages of these answers that somebody waits for."""
        return frozenset(
            message_id
            for answer in answers
            if (message_id := answer.outgoing.message_id) in self.messages
            and message_id in self.messages[message_id].left
        )

    def hear(self, ruling: Ruling) -> None:
        """Learn what is durable now about messages; answer those who have waited for it."""
        for message_id, state, _, _ in ruling.concluded:
            waiting = self.messages.pop(message_id, None)
            outcome = waiting.left.pop(message_id, None) if waiting is not None else None
            if waiting is None or outcome is None:
                continue
            if state == State.REJECTED:
                status = ruling.statuses.get(message_id, 0)
                outcome.refusal = Refusal(Reason.CARRIER_REFUSAL, status=status)
                waiting.submitted.balance_u += outcome.cost_u  # it was given back
                outcome.cost_u = 0
            elif state != State.SENT:
                outcome.refusal = NO_ANSWER
            if not waiting.left:
                self._answer(waiting)

    def hurry(self, within_s: float) -> None:
        """Let nobody wait longer than this: their connections are about to be closed."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + within_s
        for waiting in {id(waiting): waiting for waiting in self.messages.values()}.values():
            if waiting.left and waiting.timer is not None and waiting.timer.when() > end_s:
                waiting.timer.cancel()
                waiting.timer = loop.call_at(end_s, self._give_up, waiting)

    def close(self) -> None:
        """Answer whoever still waits: nothing more is to be heard."""
        for task in self._tasks:
            task.cancel()
        for waiting in list(self.messages.values()):
            self._end_wait(waiting)
        self.messages.clear()

    def _give_up(self, waiting: Waiting) -> None:
        task = asyncio.create_task(self._retire(waiting), name="carrier wait")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _retire(self, waiting: Waiting) -> None:
        """End a wait whose time is over, the doubt first made durable if that can be."""
        wanted = list(waiting.left)
        doubtful: list[int] = []

        async def job(tx: Tx) -> None:
            doubtful[:] = await self._doubt(tx, wanted, waiting.wait_s)

        try:
            is_written = await self._job(job)
            self._end_wait(waiting)
            while not is_written:
                is_written = await self._job(job)
        except Exception:
            log.exception("a doubt could not be written; its customer is told all the same")
            self._end_wait(waiting)
        for message_id in set(wanted).difference(doubtful):
            self.messages.pop(message_id, None)

    async def _doubt(self, tx: Tx, message_ids: Sequence[int], wait_s: float) -> list[int]:
        """Call those unknown that are on the wire; give their ids."""
        held, now_us = self._held(), self._clock_us()
        found = await lookups.find_messages(tx, message_ids)
        out = [m.id for m in found if m.state == State.SENDING and m.id not in held]
        here = [m.id for m in found if m.state in _ON_ITS_WAY and m.id not in out]
        why = f"no answer in the {wait_s:g} s that its customer waits"
        await self._end(tx, [(i, State.UNKNOWN, now_us, why) for i in out])
        await hot.note(tx, [(i, now_us, "uncertain", f"{why}; not sent again") for i in out])
        told = f"its customer waited {wait_s:g} s and was told so; it leaves when it can"
        await hot.note(tx, [(i, now_us, "waits", told) for i in here])
        return out

    def _end_wait(self, waiting: Waiting) -> None:
        if not waiting.left:
            return  # it was answered meanwhile
        for outcome in waiting.left.values():
            outcome.refusal = NO_ANSWER
        waiting.left.clear()
        self._answer(waiting)

    @staticmethod
    def _answer(waiting: Waiting) -> None:
        if waiting.timer is not None:
            waiting.timer.cancel()
        waiting.answer(waiting.submitted)
