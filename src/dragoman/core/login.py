"""Who is calling: credentials to an account, dear for guessers and nearly free for customers.

A verified credential is remembered for a short time as a keyed digest under a key that lives in
this process only; a changed password or a disabled account counts at once, since the memory
holds the hash that it was verified against.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

import msgspec

from dragoman.core.counters import Counters
from dragoman.core.passwords import verify
from dragoman.core.snapshot import Snapshot, View
from dragoman.model.submissions import Credentials

REMEMBERED_S = 300.0
REMEMBERED_MOST = 10_000
FORGIVEN = 3  # failures of an account or address that cost no waiting
FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 5.0
FAILURE_LIFE_S = 900.0
FAILURES_MOST = 20_000
CHECKS_AT_ONCE = 2


class _Known(msgspec.Struct):
    name: str
    stored: str
    until_s: float


class _Failures(msgspec.Struct):
    count: int
    last_s: float


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
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)

    def remembered(self, credentials: Credentials) -> View | None:
        """Give the account of credentials that were verified a short time ago, else None."""
        known = self._known.get(self._digest(credentials))
        if known is None or known.until_s < self._clock_s():
            return None
        view, stored = self._stored(known.name)
        return view if stored == known.stored else None

    async def check(self, credentials: Credentials, peer: str) -> View | None:
        """Verify credentials; None if they are wrong.  Repeated failures are slowed."""
        delay_s = max(self._delay_s("a:" + credentials.username), self._delay_s("p:" + peer))
        if delay_s:
            await self._sleep(delay_s)
        view, stored = self._stored(credentials.username)
        loop = asyncio.get_running_loop()
        async with self._checks:
            good = await loop.run_in_executor(self._executor, verify, stored, credentials.password)
        if view is None or not good:
            self._counters.login_failures += 1
            self._failed("a:" + credentials.username)
            self._failed("p:" + peer)
            return None
        self._failures.pop("a:" + credentials.username, None)
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

    def _delay_s(self, who: str) -> float:
        failures = self._failures.get(who)
        if failures is None or self._clock_s() - failures.last_s > FAILURE_LIFE_S:
            return 0.0
        over = failures.count - FORGIVEN
        return min(FIRST_DELAY_S * 2.0 ** min(over, 10), LONGEST_DELAY_S) if over >= 0 else 0.0

    def _failed(self, who: str) -> None:
        now_s = self._clock_s()
        failures = self._failures.pop(who, None)
        if failures is None or now_s - failures.last_s > FAILURE_LIFE_S:
            failures = _Failures(0, now_s)
        failures.count += 1
        failures.last_s = now_s
        self._failures[who] = failures
        if len(self._failures) > FAILURES_MOST:
            self._failures.popitem(last=False)
