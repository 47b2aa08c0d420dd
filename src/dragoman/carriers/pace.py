"""How many submit_sm a carrier may be sent, and when: arithmetic of rates.

Counts PDUs, because that is what the far end counts: a message of three segments is three.
Knows no socket and no clock; `now_s` is any monotonic reading in seconds.
"""

from math import ceil, inf

# A share of one second that may go out at once.  Timers come late by a millisecond or two, and
# what could not be sent then is caught up with by this much.
BURST_S = 0.04


class TokenBucket:
    """At most `rate` PDUs in any one second, whichever second the far end looks at.

    A burst of b and a refill of r a second show b + r - 1 PDUs in the worst second, so r is the
    rate less what the burst may add.  A rate of 0 is no limit.
    """

    def __init__(self, rate: float, now_s: float) -> None:
        self.rate = 0.0
        self._burst = 0
        self._refill = 0.0
        self._tokens = 0.0
        self._at_s = now_s
        self.set_rate(rate, now_s)
        self._tokens = float(self._burst)

    def set_rate(self, rate: float, now_s: float) -> None:
        """Change the rate; what was earned until now stays, up to the new burst."""
        if self.rate:
            self._earn(now_s)
        self.rate = rate
        self._burst = max(1, ceil(rate * BURST_S))
        self._refill = rate - self._burst + 1
        self._tokens = min(self._tokens, self._burst)
        self._at_s = now_s

    def available(self, now_s: float) -> int:
        """Count the PDUs that may go now; only for a bucket that has a rate."""
        self._earn(now_s)
        return int(self._tokens)

    def take(self, pdus: int, now_s: float) -> None:
        """Note that PDUs went."""
        self._earn(now_s)
        self._tokens -= pdus

    def due_s(self) -> float:
        """Give the reading at which the next ones may go; `inf` when the bucket is full.

        Half a burst is gathered first, which spares a timer for every single PDU.
        """
        if self._tokens >= self._burst:
            return inf
        whole = int(self._tokens) + max(1, self._burst // 2)
        return self._at_s + (min(whole, self._burst) - self._tokens) / self._refill

    def _earn(self, now_s: float) -> None:
        # The tiny excess keeps 0.1 + 0.2 from being a token short of what was promised.
        earned = (now_s - self._at_s) * self._refill + 1e-9 if now_s > self._at_s else 0.0
        self._tokens = min(float(self._burst), self._tokens + earned)
        self._at_s = max(now_s, self._at_s)


SLOTS = 10  # of the last second, for counting what was taken in it


class Aimd:
    """The limit that the far end does not tell, learnt from where it throttles.

    The first throttled answer sets the limit a little below what was taken in the second
    before; each further one lowers it again, once for all that were already on their way.
    In between it rises by a steady step, faster far below the limit that was met before and
    again far above it, where that one has evidently gone.  After a quiet minute, or when it is so
    high that it holds nothing back, it is forgotten.
    """

    DECREASE = 0.95
    STEP = 0.02  # of the limit met before, a second
    LEAST_STEP = 0.1  # PDUs a second, a second
    PROBE = 0.1  # in place of STEP while the limit was met only once
    FORGET_S = 60.0
    FORGET_TIMES = 50  # the limit met before

    def __init__(self) -> None:
        self.limit = 0.0  # PDUs a second; 0: none was learnt
        self._met = 0.0
        self._share = self.STEP
        self._raised_s = 0.0
        self._throttled_s = -inf
        self._counts = [0] * SLOTS
        self._slot = 0

    def accepted(self, pdus: int, now_s: float) -> None:
        """Note that the far end took so many."""
        self._turn(now_s)
        self._counts[self._slot % SLOTS] += pdus

    def throttled(self, sent_s: float, now_s: float) -> bool:
        """Note an answer "too fast" to a PDU sent at `sent_s`; tell whether the limit fell.

        What was sent before the limit last fell says nothing about the new limit.
        """
        if sent_s <= self._throttled_s:
            return False
        self._throttled_s = self._raised_s = now_s
        self._turn(now_s)
        # The slot of this moment is not yet over, so the slots are a little less than a second.
        counted_s = (SLOTS - 1) / SLOTS + now_s % (1 / SLOTS)
        taken = sum(self._counts) / counted_s
        # The first time it may have been met by a burst, long before a second was over.
        self._share = self.STEP if self.limit else self.PROBE
        if self.limit:
            taken = min(taken, self.limit)
        self._met = max(taken, 1.0)
        floor = self.limit / 4 if self.limit else 0.0  # one bad moment is not a new world
        self.limit = max(self._met * self.DECREASE, floor, 0.5)
        return True

    def rise(self, now_s: float) -> bool:
        """Let the limit recover with the time that passed; tell whether it changed."""
        if not self.limit or now_s <= self._raised_s:
            return False
        if now_s - self._throttled_s >= self.FORGET_S:
            self.forget()
            return True
        passed_s = min(now_s - self._raised_s, 1.0)
        self._raised_s = now_s
        step = max(self._met * self._share, self.LEAST_STEP)
        if self.limit < 0.9 * self._met:
            step *= 10
        elif self.limit > 1.25 * self._met:
            step = max(step, self.limit / 2)
        self.limit += step * passed_s
        if self.limit > self.FORGET_TIMES * self._met:
            self.forget()
        return True

    def forget(self) -> None:
        """Know of no limit any more."""
        self.limit = 0.0

    def _turn(self, now_s: float) -> None:
        """Empty the slots that belong to a second long past."""
        slot = int(now_s * SLOTS)
        for stale in range(max(self._slot + 1, slot - SLOTS + 1), slot + 1):
            self._counts[stale % SLOTS] = 0
        self._slot = max(slot, self._slot)


class Pause:
    """How long nothing is sent after a throttled answer: a moment, doubled while in vain."""

    FIRST_S = 0.05
    MOST_S = 10.0

    def __init__(self) -> None:
        self.until_s = -inf
        self._next_s = self.FIRST_S

    def begin(self, now_s: float) -> None:
        """Start a pause, unless one is running."""
        if now_s < self.until_s:
            return
        self.until_s = now_s + self._next_s
        self._next_s = min(2 * self._next_s, self.MOST_S)

    def taken(self) -> None:
        """Note that the far end took something: the next pause is a short one again."""
        self._next_s = self.FIRST_S


class Flow:
    """The pace of one carrier: the rate that was agreed, the limit that was learnt, the pauses."""

    def __init__(self, rate: float, now_s: float) -> None:
        self.rate = rate
        self.aimd = Aimd()
        self._pause = Pause()
        self._bucket = TokenBucket(rate, now_s)
        self.is_open = not rate  # nothing limits it, so nobody needs to ask

    @property
    def learnt(self) -> float:
        """The limit learnt from the far end, in PDUs a second; 0: none."""
        return self.aimd.limit

    def room(self, now_s: float, most: int) -> int:
        """Count the PDUs that may go now, at most `most`."""
        if now_s < self._pause.until_s:
            return 0
        if self.aimd.rise(now_s):
            self._apply(now_s)
        if not self._bucket.rate:
            self.is_open = True
            return most
        return max(0, min(most, self._bucket.available(now_s)))

    def due_s(self, now_s: float) -> float:
        """Give the reading at which to ask `room` again; `inf` where it will not grow."""
        if now_s < self._pause.until_s:
            return self._pause.until_s
        return self._bucket.due_s() if self._bucket.rate else inf

    def sent(self, pdus: int, now_s: float) -> None:
        """Note that PDUs went."""
        if self._bucket.rate:
            self._bucket.take(pdus, now_s)

    def accepted(self, pdus: int, now_s: float) -> None:
        """Note that the far end took so many."""
        self.aimd.accepted(pdus, now_s)
        self._pause.taken()

    def throttled(self, sent_s: float, now_s: float) -> None:
        """Note an answer "too fast" to a PDU that was sent at `sent_s`."""
        if self.aimd.throttled(sent_s, now_s):
            self._pause.begin(now_s)
            self._apply(now_s)
            self.is_open = False

    def _apply(self, now_s: float) -> None:
        """Follow whichever of the agreed and the learnt limit is lower."""
        learnt = self.aimd.limit
        if learnt and self.rate and learnt >= self.rate:
            self.aimd.forget()
            learnt = 0.0
        self._bucket.set_rate(learnt or self.rate, now_s)
