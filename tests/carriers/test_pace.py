"""Rates, learnt limits and pauses: arithmetic alone, seconds as arguments."""

from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.carriers.pace import Aimd, Flow, Pause, TokenBucket

STEP_S = 0.001
ROUND_TRIP_S = 0.02
WINDOW = 100


@given(
    rate=st.integers(1, 2000),
    steps=st.lists(st.floats(0.0, 0.3), min_size=20, max_size=300),
)
def test_pain_26_no_second_sees_more_pdus_than_the_rate(rate: int, steps: list[float]) -> None:
    """Pain 26: whoever takes all there is, at whatever moments, stays within the rate."""
    bucket = TokenBucket(rate, 0.0)
    now_s, sent = 0.0, []
    for step in steps:
        now_s += step
        pdus = bucket.available(now_s)
        bucket.take(pdus, now_s)
        sent.append((now_s, pdus))
    for start_s, _ in sent:
        seen = sum(pdus for at_s, pdus in sent if start_s <= at_s < start_s + 0.999)
        assert seen <= rate


RATES = {
    "one every two seconds": 0.5,
    "ten": 10.0,
    "a hundred": 100.0,
    "a thousand": 1000.0,
}


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_a_bucket_gives_nearly_the_whole_rate_to_timers_that_come_late(rate: float) -> None:
    bucket = TokenBucket(rate, 0.0)
    now_s, sent, most_s = 0.0, 0, 40.0
    while now_s < most_s:
        pdus = bucket.available(now_s)
        bucket.take(pdus, now_s)
        sent += pdus
        now_s = max(now_s, bucket.due_s()) + 0.001  # a timer is a millisecond late
    assert 0.95 * rate * most_s <= sent <= rate * most_s + 1


def test_a_full_bucket_promises_nothing_more() -> None:
    bucket = TokenBucket(10.0, 0.0)
    assert (bucket.available(0.0), bucket.due_s()) == (1, float("inf"))
    bucket.take(1, 0.0)
    assert bucket.due_s() == pytest.approx(0.1)


class Sliding:
    """A far end that takes so many in any one second."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._times: deque[float] = deque()

    def takes(self, now_s: float) -> bool:
        while self._times and self._times[0] <= now_s - 1:
            self._times.popleft()
        if len(self._times) >= self.limit:
            return False
        self._times.append(now_s)
        return True


class Calendar:
    """A far end that counts anew with each second of its clock."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._second, self._count = -1, 0

    def takes(self, now_s: float) -> bool:
        if int(now_s) != self._second:
            self._second, self._count = int(now_s), 0
        self._count += self._count < self.limit
        return self._count < self.limit


class Leaky:
    """A far end with a bucket of a tenth of a second."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._tokens, self._at_s = limit / 10, 0.0

    def takes(self, now_s: float) -> bool:
        earned = (now_s - self._at_s) * self.limit
        self._tokens = min(self.limit / 10, self._tokens + earned)
        self._at_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


FarEnd = Sliding | Calendar | Leaky


def drive(
    flow: Flow, far_end: FarEnd, seconds: int, turn: Callable[[float], None] = lambda _: None
) -> tuple[list[int], int]:
    """Send whatever the flow allows; gives what was taken in each second, and the refusals."""
    taken, refused = [0] * seconds, 0
    wire: deque[tuple[float, bool]] = deque()
    for step in range(round(seconds / STEP_S)):
        now_s = step * STEP_S
        turn(now_s)
        while wire and wire[0][0] <= now_s - ROUND_TRIP_S:
            sent_s, is_taken = wire.popleft()
            if is_taken:
                flow.accepted(1, now_s)
                taken[int(now_s)] += 1
            else:
                flow.throttled(sent_s, now_s)
                refused += 1
        room = WINDOW - len(wire)
        if not flow.is_open:
            room = flow.room(now_s, room)
        for _ in range(room):
            wire.append((now_s, far_end.takes(now_s)))
        flow.sent(room, now_s)
    return taken, refused


HIDDEN = {
    f"{limit} a second, {kind.__name__.lower()}": (kind, limit)
    for kind in (Sliding, Calendar, Leaky)
    for limit in (20, 100, 1000)
}


@pytest.mark.parametrize(("kind", "limit"), HIDDEN.values(), ids=HIDDEN)
def test_pain_27_the_pace_settles_within_a_tenth_of_a_hidden_limit(
    kind: type[FarEnd], limit: int
) -> None:
    """Pain 27: no setting tells the limit, and after ten seconds nine tenths of it are used."""
    taken, refused = drive(Flow(0.0, 0.0), kind(limit), 25)
    settled = taken[10:]
    assert 0.9 * limit <= sum(settled) / len(settled) <= 1.05 * limit
    assert refused < sum(taken) / 10 + 2 * WINDOW


def test_pain_27_the_pace_follows_a_limit_that_moves() -> None:
    """Pain 27: down within seconds, and up again when the far end recovers."""
    far_end = Sliding(1000)

    def turn(now_s: float) -> None:
        far_end.limit = 200 if 10 <= now_s < 25 else 1000

    taken, _ = drive(Flow(0.0, 0.0), far_end, 50, turn)
    assert all(800 <= second <= 1000 for second in taken[4:10])
    assert all(150 <= second <= 200 for second in taken[13:25])
    assert all(800 <= second <= 1000 for second in taken[42:])


def test_an_agreed_rate_is_never_exceeded_by_what_was_learnt() -> None:
    flow = Flow(100.0, 0.0)
    taken, _ = drive(flow, Sliding(50), 10)
    assert 42 <= sum(taken[4:]) / 6 <= 50
    taken, _ = drive(flow, Sliding(10_000), 5)
    assert max(taken) <= 100


def test_what_was_on_its_way_lowers_the_limit_once() -> None:
    aimd = Aimd()
    aimd.accepted(100, 10.0)
    assert aimd.throttled(9.9, 10.0)
    limit = aimd.limit
    assert not any(aimd.throttled(9.95, 10.0 + n / 100) for n in range(10))
    assert aimd.limit == limit


def test_a_learnt_limit_is_forgotten_after_a_quiet_minute() -> None:
    aimd = Aimd()
    aimd.accepted(10, 10.0)
    aimd.throttled(10.0, 10.0)
    assert aimd.limit > 0
    aimd.rise(70.0)
    assert aimd.limit == 0


def test_a_learnt_limit_that_holds_nothing_back_is_forgotten() -> None:
    """An operator who reads "throttled" at a thousand times the real rate is misled."""
    aimd = Aimd()
    aimd.accepted(10, 10.0)
    aimd.throttled(10.0, 10.0)
    limits = []
    for second in range(11, 70):
        aimd.rise(float(second))
        limits.append(aimd.limit)
    assert 100 < max(limits) <= 10 * Aimd.FORGET_TIMES / 0.9
    assert limits[-1] == 0


def test_pauses_double_while_nothing_is_taken() -> None:
    pause, now_s, waits = Pause(), 0.0, []
    for _ in range(10):
        pause.begin(now_s)
        waits.append(round(pause.until_s - now_s, 2))
        now_s = pause.until_s
    assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    pause.taken()
    pause.begin(now_s)
    assert pause.until_s - now_s == pytest.approx(0.05)
