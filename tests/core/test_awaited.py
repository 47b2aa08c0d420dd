"""What carriers' answers mean for messages that somebody waits for."""

import asyncio
from typing import Any

import pytest

from dragoman.core.accept import Prepared
from dragoman.core.awaited import Awaited, Job
from dragoman.core.dispatch import RESEND, Lane
from dragoman.core.ports import Answer, Verdict
from dragoman.core.settle import rule
from dragoman.model.messages import Message
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import Crediting, Outcome, Submitted
from tests.core.lanes import a_lane, a_segment, an_answer, no_books, segments

SENT, REJECTED, BUSY, UNCERTAIN = Verdict


def a_message(message_id: int, state: State) -> Message:
    fields: dict[str, Any] = dict.fromkeys(Message.__struct_fields__[:18], 0)
    return Message(**{**fields, "id": message_id, "state": state})


class Customer:
    """Who waits, for messages in these states; their ids count from 1."""

    def __init__(self, awaited: Awaited, *states: State, wait_s: float = 60.0) -> None:
        self.told: list[Submitted] = []
        messages = [a_message(number, state) for number, state in enumerate(states, 1)]
        outcomes = [Outcome("", "", message_id=m.id, cost_u=5) for m in messages]
        prepared = Prepared(
            account_id=7,
            crediting=Crediting.WHOLE,
            stop_on_error=False,
            outcomes=outcomes,
            messages=list(messages),
            accepted_us=0,
            carrier_wait_s=wait_s,
            answer=self.told.append,
        )
        awaited.begin(prepared, Submitted(outcomes, balance_u=100))


def waiting(*states: State, **options: object) -> tuple[Lane, Awaited, Customer]:
    lane, _, notebook = a_lane(**options)  # type: ignore[arg-type]
    return lane, notebook.awaited, Customer(notebook.awaited, *states)


# An answer about a message that is awaited, or was -> what it is made.
ADJUSTED: dict[str, tuple[bool, Answer, dict[str, object]]] = {
    "taken": (False, an_answer(a_segment()), {"verdict": SENT, "late": False}),
    "too fast": (
        False,
        an_answer(a_segment(), BUSY, status=0x58),
        {"verdict": REJECTED, "status": 0x58, "elsewhere": True},
    ),
    "never left": (False, an_answer(a_segment(), BUSY), {"verdict": BUSY}),
    "too fast, of a long one": (
        False,
        an_answer(a_segment(total=2), BUSY, status=0x58),
        {"verdict": BUSY},
    ),
    "in doubt": (False, an_answer(a_segment(), UNCERTAIN), {"verdict": UNCERTAIN, "once": True}),
    "taken afterwards": (True, an_answer(a_segment()), {"verdict": SENT, "late": True}),
    "refused afterwards": (
        True,
        an_answer(a_segment(), REJECTED, elsewhere=True),
        {"verdict": REJECTED, "elsewhere": False},
    ),
    "too fast afterwards": (
        True,
        an_answer(a_segment(), BUSY),
        {"verdict": REJECTED, "elsewhere": False},
    ),
    "nobody's": (False, an_answer(a_segment(9), BUSY, status=0x58), {"verdict": BUSY}),
}


@pytest.mark.parametrize(("is_over", "answer", "made"), ADJUSTED.values(), ids=ADJUSTED)
def test_an_answer_becomes_what_is_told(
    is_over: bool, answer: Answer, made: dict[str, object]
) -> None:
    async def story() -> None:
        _, awaited, _ = waiting(State.SENDING)
        if is_over:
            awaited.messages[1].left.clear()
        awaited.adjust([answer])
        assert {name: getattr(answer, name) for name in made} == made
        awaited.close()

    asyncio.run(story())


def test_who_has_nothing_on_its_way_does_not_wait() -> None:
    async def story() -> None:
        _, awaited, customer = waiting(State.SCHEDULED, State.REJECTED)
        assert [s.outcomes[0].refusal for s in customer.told] == [None]
        assert awaited.messages == {}

    asyncio.run(story())


def test_all_recipients_are_heard_before_the_customer_is_told() -> None:
    async def story() -> None:
        lane, awaited, customer = waiting(*[State.SENDING] * 3)
        answers = [
            an_answer(a_segment(1)),
            an_answer(a_segment(2), REJECTED, status=11),
            an_answer(a_segment(3), UNCERTAIN, cut=True),
        ]
        for answer in answers:
            assert customer.told == []
            awaited.adjust([answer])
            ruling = rule(lane, [answer])
            assert awaited.among([answer]) == {answer.outgoing.message_id}
            ruling.concluded = ruling.verdicts
            awaited.hear(ruling)
        [submitted] = customer.told
        assert [o.refusal for o in submitted.outcomes] == [
            None,
            Refusal(Reason.CARRIER_REFUSAL, status=11),
            Refusal(Reason.TIMEOUT, detail="carrier"),
        ]
        assert [o.cost_u for o in submitted.outcomes] == [5, 0, 5]
        assert submitted.balance_u == 105
        assert awaited.messages == {}

    asyncio.run(story())


def test_a_long_message_in_doubt_is_not_begun_again() -> None:
    """One segment was on the wire when the link was lost, the others had not left."""

    async def story() -> None:
        lane, rail, notebook = a_lane(room=1)
        assert lane.on_cut == RESEND
        Customer(notebook.awaited, State.SENDING)
        lane.send(segments(1, 3), 0)
        doubt = an_answer(rail.sent[0], UNCERTAIN, cut=True)
        lane.answered([doubt])
        assert rule(lane, [doubt]).verdicts == []
        rail.room, rail.is_up = 0, False
        lane.changed()
        assert notebook.requeued == []
        assert notebook.settled == [doubt, doubt]
        ruling = rule(lane, [doubt])
        assert [(i, state) for i, state, _, _ in ruling.verdicts] == [(1, State.UNKNOWN)]
        assert ruling.again == []
        assert lane.flights == {}
        notebook.awaited.close()

    asyncio.run(story())


def test_a_store_that_is_gone_holds_up_nobody_and_the_doubt_is_written_later() -> None:
    async def story() -> None:
        results = [False, False, True]

        done = asyncio.Event()

        async def job(job: Job) -> bool:
            if len(results) == 1:
                asyncio.get_running_loop().call_soon(done.set)
            return results.pop(0)

        awaited = Awaited(job, set, no_books, lambda: 5_000)
        customer = Customer(awaited, State.SENDING, wait_s=0.001)
        async with asyncio.timeout(10):
            await done.wait()
        assert awaited.messages == {}
        assert [s.outcomes[0].refusal for s in customer.told] == [
            Refusal(Reason.TIMEOUT, detail="carrier")
        ]

    asyncio.run(story())


def test_a_shutdown_shortens_waits_and_lengthens_none() -> None:
    async def story() -> None:
        _, awaited, _ = waiting(State.SENDING)
        timer = awaited.messages[1].timer
        awaited.hurry(100.0)
        assert awaited.messages[1].timer is timer
        awaited.hurry(1.0)
        now_s = asyncio.get_running_loop().time()
        hurried = awaited.messages[1].timer
        assert hurried is not None
        assert hurried.when() <= now_s + 1.0
        awaited.close()

    asyncio.run(story())
