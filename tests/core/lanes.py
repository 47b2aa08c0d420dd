"""A carrier and a writer that do nothing but remember, for tests of a lane."""

from collections.abc import Sequence

from dragoman.core.awaited import Awaited, Ending, Job
from dragoman.core.counters import Counters
from dragoman.core.dispatch import Lane
from dragoman.core.ports import Answer, CarrierStatus, Delivery, Verdict
from dragoman.model.messages import Outgoing
from dragoman.store.database import Tx


class Rail:
    """A carrier with as much room as a test gives it."""

    def __init__(self, room: int) -> None:
        self.carrier_id = 1
        self.name = "main"
        self.room = room
        self.is_up = True
        self.sent: list[Outgoing] = []

    async def start(self) -> None: ...

    def free(self) -> int:
        return self.room

    def submit(self, batch: Sequence[Outgoing]) -> None:
        assert 0 < len(batch) <= self.room
        self.room -= len(batch)
        self.sent += batch

    def status(self) -> CarrierStatus:
        state = "up" if self.is_up else "down"
        return CarrierStatus("main", state, (), "", 10, 0, 0.0, 0.0, 0, 0)

    async def drain(self, grace_s: float) -> None: ...


async def nothing(job: Job) -> bool:
    return True


async def no_books(tx: Tx, endings: Sequence[Ending]) -> None: ...


class Notebook:
    """Where a lane brings what happened."""

    def __init__(self) -> None:
        self.settled: list[Answer] = []
        self.received: list[Delivery] = []
        self.requeued: list[Outgoing] = []
        self.claims = 0
        self.awaited = Awaited(nothing, set, no_books, lambda: 5_000)

    def settle(self, lane: Lane, answers: Sequence[Answer]) -> None:
        self.settled += answers

    def receive(self, lane: Lane, deliveries: Sequence[Delivery]) -> None:
        self.received += deliveries

    def requeue(self, lane: Lane, outgoings: Sequence[Outgoing]) -> None:
        self.requeued += outgoings

    def want_claim(self, lane: Lane) -> None:
        self.claims += 1


def a_lane(room: int = 10, **options: object) -> tuple[Lane, Rail, Notebook]:
    """Give a lane that is up and has no backlog."""
    rail, notebook = Rail(room), Notebook()
    lane = Lane(rail, notebook, Counters(), options, lambda: 5_000)
    lane.up = True
    lane.backlog = False
    return lane, rail, notebook


def a_segment(
    message_id: int = 1, number: int = 1, total: int = 1, recipient: str = "447700900123"
) -> Outgoing:
    return Outgoing(message_id, number, total, 1, "ACME", recipient, 0, b"", b"Hi", True)


def segments(message_id: int, total: int, recipient: str = "447700900123") -> list[Outgoing]:
    return [a_segment(message_id, number, total, recipient) for number in range(1, total + 1)]


def an_answer(outgoing: Outgoing, verdict: Verdict = Verdict.SENT, **fields: object) -> Answer:
    answer = Answer(outgoing, verdict, 9_000, f"ref{outgoing.number}" if not verdict else "")
    for name, value in fields.items():
        setattr(answer, name, value)
    return answer
