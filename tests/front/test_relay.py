"""A front and its core over a real pair of sockets: nobody waits for a core that is gone."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dragoman.core.accept import Prepared
from dragoman.core.counters import Counters
from dragoman.core.fingerprints import Mark, lost_key
from dragoman.core.repeats import Gone
from dragoman.front.metrics import Tally
from dragoman.front.relay import NOT_GIVEN, OUTCOME_UNKNOWN, RelayClient, RelayHost
from dragoman.model.lists import ListChange
from dragoman.model.messages import Message
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Crediting, Outcome, Submitted
from dragoman.sms.segments import segment

Told = Callable[[Refusal | None], None]
CHANGE = ListChange(1, "News", "447700900001", 1, 7, "request", 5)
STORED = Submitted([Outcome("0770", "447700900001", 7)])


class Core:
    """Takes submissions in, and answers them when told to."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[Prepared] = asyncio.Queue()
        self.left: asyncio.Queue[Gone] = asyncio.Queue()
        self.changes: asyncio.Queue[tuple[ListChange, Told]] = asyncio.Queue()

    def accept(self, prepared: Prepared) -> None:
        self.taken.put_nowait(prepared)

    def gone(self, gone: Gone) -> None:
        self.left.put_nowait(gone)

    def change_list(self, change: ListChange, answer: Told) -> None:
        self.changes.put_nowait((change, answer))


class Pair:
    """A front's end and a core's, and what the front's customers were answered."""

    def __init__(self, tally: Tally | None = None) -> None:
        self.core = Core()
        self.counters = Counters()
        self.seen = Counters()
        self.answers: asyncio.Queue[Submitted] = asyncio.Queue()
        self.drained = asyncio.Event()
        self.is_ready = asyncio.Event()
        self.client = RelayClient(self.seen, self.drained.set)
        self.host = RelayHost(self.core, self.counters, tally or Tally(), self.is_ready.set)
        self._sockets = socket.socketpair()

    async def connect(self) -> None:
        ours, theirs = self._sockets
        await self.client.connect(ours)
        await self.host.connect(theirs)
        self.client.ready()
        await self.is_ready.wait()

    def submit(self) -> None:
        outcomes = [Outcome("0770", "447700900001", 7)]
        answer = self.answers.put_nowait
        self.client.accept(Prepared(1, Crediting.WHOLE, False, outcomes, [None], 0, answer=answer))

    def die(self) -> None:
        """Close the core's end, as a kill would."""
        self.host._end.close()


async def answered(pair: Pair) -> Submitted:
    async with asyncio.timeout(10):
        return await pair.answers.get()


def test_the_core_answers() -> None:
    async def story() -> None:
        pair = Pair()
        await pair.connect()
        pair.submit()
        prepared = await pair.core.taken.get()
        assert prepared.outcomes == STORED.outcomes
        assert prepared.answer is not None
        prepared.answer(STORED)
        assert await answered(pair) == STORED
        pair.client.close()
        await pair.host.ended.wait()
        await pair.drained.wait()

    asyncio.run(story())


def test_what_cannot_be_written_down_is_refused_alone() -> None:
    """Its neighbours in the frame are taken; nobody waits for ever."""

    async def story() -> None:
        pair = Pair()
        await pair.connect()
        pair.submit()
        bad = [Outcome("\ud800", "447700900001", 7)]
        answer = pair.answers.put_nowait
        pair.client.accept(Prepared(1, Crediting.WHOLE, False, bad, [None], 0, answer=answer))
        pair.submit()
        assert await answered(pair) == Submitted(bad, refusal=NOT_GIVEN)
        for _ in range(2):
            assert (await pair.core.taken.get()).outcomes == STORED.outcomes
        pair.client.close()
        await pair.host.ended.wait()

    asyncio.run(story())


def test_a_core_that_dies_leaves_nobody_waiting() -> None:
    """Neither who asked before, nor who asks while the front has not yet heard of it or closes.

    One request without an answer would keep the front, and the port that the next gateway
    wants, for as long as a shutdown is patient.
    """

    async def story() -> None:
        pair = Pair()
        await pair.connect()
        pair.submit()
        await pair.core.taken.get()
        pair.die()
        pair.submit()
        async with asyncio.timeout(10):
            await pair.drained.wait()
        pair.submit()
        for _ in range(3):
            assert await answered(pair) == Submitted(STORED.outcomes, refusal=OUTCOME_UNKNOWN)

    asyncio.run(story())


@pytest.mark.parametrize("refusal", [None, Refusal(Reason.BAD_PARAMETER, "sublistname")])
def test_the_core_changes_a_list(refusal: Refusal | None) -> None:
    async def story() -> None:
        pair = Pair()
        await pair.connect()
        told: asyncio.Queue[Refusal | None] = asyncio.Queue()
        pair.client.change_list(CHANGE, told.put_nowait)
        change, answer = await pair.core.changes.get()
        assert change == CHANGE
        answer(refusal)
        async with asyncio.timeout(10):
            assert await told.get() == refusal
        pair.client.change_list(CHANGE, told.put_nowait)
        await pair.core.changes.get()
        pair.die()
        async with asyncio.timeout(10):
            assert await told.get() == OUTCOME_UNKNOWN
            await pair.drained.wait()
        pair.client.change_list(CHANGE, told.put_nowait)
        assert told.get_nowait() == OUTCOME_UNKNOWN

    asyncio.run(story())


OPEN, EVER = "dragoman_http_connections_open", "dragoman_http_connections_total"


async def report(pair: Pair, connections: int, ever: int) -> None:
    """Have a front report, and wait until the core has heard it."""
    pair.seen.requests += ever
    pair.is_ready.clear()
    pair.client.report([(OPEN, {}, connections), (EVER, {}, ever)])
    pair.client.ready()
    async with asyncio.timeout(10):
        await pair.is_ready.wait()


def test_what_fronts_count_is_added_up_and_never_falls() -> None:
    async def story() -> None:
        tally = Tally()
        one, two = Pair(tally), Pair(tally)
        await one.connect()
        await two.connect()
        await report(one, 3, 7)
        await report(two, 1, 1)
        await report(one, 2, 8)
        assert list(tally.samples()) == [(OPEN, {}, 3), (EVER, {}, 9)]
        assert (one.counters.requests, two.counters.requests) == (15, 1)
        one.client.close()
        await one.host.ended.wait()
        assert sorted(tally.samples()) == [(OPEN, {}, 1), (EVER, {}, 9)]
        two.client.close()
        await two.host.ended.wait()

    asyncio.run(story())


def a_message() -> Message:
    """Give a row as `prepare` makes it."""
    return Message(
        id=0,
        submission_id=0,
        account_id=1,
        dialect="itec",
        state=1,
        sender="ACME",
        recipient="447700900001",
        text="Hello",
        alphabet=0,
        flags=1,
        segments=1,
        price_u=3,
        charge_u=3,
        carrier_id=1,
        accepted_us=5,
        changed_us=5,
    )


# Something else than the default, for each type that a field may have.
OTHER: dict[object, object] = {bool: True, int: 7, str: "x", float: 2.5, tuple[str, ...]: ("x",)}


def a_full_one(answer: Callable[[Submitted], None]) -> Prepared:
    """Give a submission in which nothing is as it is by default."""
    given: dict[str, Any] = {
        "crediting": Crediting.EACH,
        "outcomes": [Outcome("0770", "447700900001", 0, 3, 1)],
        "messages": [a_message()],
        "answer": answer,
        "cut": segment("Hello"),
        "mark": Mark("w", ["e"], 1, True, "k", "b", 2),
    }
    for field in msgspec.structs.fields(Prepared):
        if field.name not in LEFT_HERE:
            given.setdefault(field.name, OTHER.get(field.type))
    return Prepared(**given)


# What the core finds out by itself.
LEFT_HERE = {"refusal"}


def test_all_that_was_prepared_reaches_the_core() -> None:
    """A field that stays behind would work in one process and fail in two."""

    async def story() -> None:
        pair = Pair()
        await pair.connect()
        sent = a_full_one(pair.answers.put_nowait)
        pair.client.accept(sent)
        taken = await pair.core.taken.get()
        for field in msgspec.structs.fields(Prepared):
            if field.name not in LEFT_HERE | {"answer"}:
                assert getattr(taken, field.name) == getattr(sent, field.name), field.name
        pair.client.close()
        await pair.host.ended.wait()

    asyncio.run(story())


def test_a_long_text_is_cut_anew_by_the_core() -> None:
    """Its segments carry a reference that comes from its id, which only the core gives."""

    async def story() -> None:
        pair = Pair()
        await pair.connect()
        sent = a_full_one(pair.answers.put_nowait)
        sent.cut = segment("a" * 161)
        pair.client.accept(sent)
        taken = await pair.core.taken.get()
        assert taken.cut is None
        pair.client.close()
        await pair.host.ended.wait()

    asyncio.run(story())


def test_a_client_that_left() -> None:
    """The core hears of it after the submission itself, and with the answer if there was one."""

    async def story() -> None:
        pair = Pair()
        await pair.connect()
        pair.submit()
        pair.client.gone(Gone(1, "key"))
        pair.client.gone(Gone(1, "key", STORED))
        async with asyncio.timeout(10):
            await pair.core.taken.get()
            assert [await pair.core.left.get() for _ in range(2)] == [
                Gone(1, "key"),
                Gone(1, "key", STORED),
            ]
        pair.client.close()
        await pair.host.ended.wait()

    asyncio.run(story())


def test_the_answers_of_a_front_that_died_are_kept() -> None:
    async def story() -> None:
        pair = Pair()
        await pair.connect()
        sent = a_full_one(pair.answers.put_nowait)
        pair.client.accept(sent)
        taken = await pair.core.taken.get()
        pair.client.close()
        await pair.host.ended.wait()
        assert taken.answer is not None
        taken.answer(STORED)
        key = lost_key(sent.messages, sent.outcomes, sent.due_us)
        assert pair.core.left.get_nowait() == Gone(sent.account_id, key, STORED)

    asyncio.run(story())
