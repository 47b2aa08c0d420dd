"""Who is calling: credentials to an account, dear for guessers and nearly free for customers.

A verified credential is remembered for a short time as a keyed digest under a key that lives in
this process only; a changed password or a disabled account counts at once, since the memory
holds the hash that it was verified against.

Guesses stand in lines, in each of which one is looked at after the other: so a guesser gains
nothing by asking over many connections.  A line is an account's from one address; an address that
failed often has one line for all accounts, except for those that it proved to be.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager

import msgspec

from dragoman.core.counters import Counters
from dragoman.core.passwords import verify
from dragoman.core.snapshot import Snapshot, View
from dragoman.model.submissions import Credentials

REMEMBERED_S = 300.0
REMEMBERED_MOST = 10_000
FORGIVEN = 3  # failures that cost no waiting
FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 5.0
STRANGERS_DELAY_S = 1.0  # the most that failures from elsewhere cost an account's owner
LINE_MOST = 8  # guesses in one line, the one that is looked at included; more are refused unseen
FAILURE_LIFE_S = 900.0
FAILURES_MOST = 60_000
PROVED_MOST = 20_000
NAME_KEPT = 64  # characters of a name that failures are counted under: anybody may send megabytes
CHECKS_AT_ONCE = 2


class _Known(msgspec.Struct):
    name: str
    stored: str
    until_s: float


class _Failures(msgspec.Struct):
    count: int
    last_s: float


class _Line(msgspec.Struct):
    turn: asyncio.Lock
    length: int = 0


Who = tuple[str, str]  # a name and an address; either may be empty, which stands for all


class Login:
    """Checks credentials against the current world."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        counters: Counters,
        clock_s: Callable[[], float],
        key: bytes,
        executor: Executor | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the world, a monotonic clock and a random key of this process."""
        self._snapshot = snapshot
        self._counters = counters
        self._clock_s = clock_s
        self._key = key
        self._executor = executor
        self._sleep = sleep
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._failures: OrderedDict[Who, _Failures] = OrderedDict()
        self._proved: OrderedDict[Who, None] = OrderedDict()
        self._lines: dict[Who, _Line] = {}
        self._guesses: dict[tuple[bytes, str], asyncio.Task[View | None]] = {}
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)

    def remembered(self, credentials: Credentials) -> View | None:
        """Give the account of credentials that were verified a short time ago, else None."""
        known = self._known.get(self._digest(credentials))
        if known is None or known.until_s < self._clock_s():
            return None
        view, stored = self._stored(known.name)
        return view if stored == known.stored else None

    async def check(self, credentials: Credentials, peer: str) -> View | None:
        """Verify credentials; None if they are wrong.  Repeated failures are slowed.

        The same guess at the same time is one guess: a customer's many connections, which all
        come back after a restart, take one place in the line.
        """
        guess = (self._digest(credentials), peer)
        task = self._guesses.get(guess)
        if task is None:
            task = asyncio.create_task(self._guess(credentials, peer), name="login")
            self._guesses[guess] = task
            task.add_done_callback(lambda _: self._guesses.pop(guess))
        return await asyncio.shield(task)

    async def _guess(self, credentials: Credentials, peer: str) -> View | None:
        who = (credentials.username[:NAME_KEPT], peer)
        while True:
            place = self._place(who)
            async with self._turn(place) as is_given:
                if not is_given:
                    self._counters.login_failures += 1
                    return None
                if delay_s := self._delay_s(who):
                    await self._sleep(delay_s)
                async with self._checks:
                    # Who came while the address was still trusted joins its line now.
                    if self._place(who) == place:
                        return await self._verify(credentials, who)

    def _place(self, who: Who) -> Who:
        """Give the line that a guess stands in."""
        address = ("", who[1])
        return address if who not in self._proved and self._slowed_s(address) else who

    @asynccontextmanager
    async def _turn(self, place: Who) -> AsyncIterator[bool]:
        """Wait in a line for one's turn; false at once where the line is too long."""
        line = self._lines.get(place)
        if line is None:
            line = self._lines[place] = _Line(asyncio.Lock())
        if line.length >= LINE_MOST:
            yield False
            return
        line.length += 1
        try:
            async with line.turn:
                yield True
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[place]

    async def _verify(self, credentials: Credentials, who: Who) -> View | None:
        name, peer = who
        view, stored = self._stored(credentials.username)
        loop = asyncio.get_running_loop()
        good = await loop.run_in_executor(self._executor, verify, stored, credentials.password)
        if view is None or not good:
            self._counters.login_failures += 1
            for whose in (who, (name, ""), ("", peer)):
                self._failed(whose)
            return None
        for whose in (who, (name, "")):
            self._failures.pop(whose, None)
        self._proved[who] = None
        if len(self._proved) > PROVED_MOST:
            self._proved.popitem(last=False)
        self._remember(credentials, stored)
        return view

    def _stored(self, name: str) -> tuple[View | None, str]:
        snapshot = self._snapshot()
        view = snapshot.views.get(name)
        if view is not None:
            return view, view.account.password_hash
        view = snapshot.keys.get(name)
        if view is not None:
            return view, str(view.account.options.get("api_secret_hash", ""))
        return None, ""

    def _remember(self, credentials: Credentials, stored: str) -> None:
        self._known[self._digest(credentials)] = _Known(
            credentials.username, stored, self._clock_s() + REMEMBERED_S
        )
        if len(self._known) > REMEMBERED_MOST:
            self._known.popitem(last=False)

    def _digest(self, credentials: Credentials) -> bytes:
        name = credentials.username.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(
            name + b"\0" + credentials.password, key=self._key, digest_size=16
        ).digest()

    def _delay_s(self, who: Who) -> float:
        """Give the wait before a guess: for its own failures, its address's, and strangers'."""
        name, peer = who
        address_s = 0.0 if who in self._proved else self._slowed_s(("", peer))
        strangers_s = min(self._slowed_s((name, "")), STRANGERS_DELAY_S)
        return max(self._slowed_s(who), address_s, strangers_s)

    def _slowed_s(self, who: Who) -> float:
        failures = self._failures.get(who)
        if failures is None or self._clock_s() - failures.last_s > FAILURE_LIFE_S:
            return 0.0
        over = failures.count - FORGIVEN
        return min(FIRST_DELAY_S * 2.0 ** min(over, 10), LONGEST_DELAY_S) if over >= 0 else 0.0

    def _failed(self, who: Who) -> None:
        now_s = self._clock_s()
        failures = self._failures.pop(who, None)
        if failures is None or now_s - failures.last_s > FAILURE_LIFE_S:
            failures = _Failures(0, now_s)
        failures.count += 1
        failures.last_s = now_s
        self._failures[who] = failures
        if len(self._failures) > FAILURES_MOST:
            self._failures.popitem(last=False)
