"""A store that does not take what it is given: said at once, then now and then, and when it ends.

A fault that lasts fails several groups a second, and nobody reads a log that it has filled.
"""

import logging
from collections.abc import Callable

from dragoman.store.errors import StoreError

log = logging.getLogger(__name__)

AGAIN_US = 60_000_000  # between two lines about the same trouble
QUIET_US = 5_000_000  # without a failure, until the trouble counts as over


class Trouble:
    """What goes wrong with the groups of one writer."""

    def __init__(self, clock_us: Callable[[], int]) -> None:
        """Take the clock."""
        self.why = ""  # the last group failed, and why; empty when it did not
        self._clock_us = clock_us
        self._kinds: set[str] = set()  # that were told with all that is known
        self._count = 0
        self._told_us = 0
        self._last_us = 0

    def failed(self, what: str, error: Exception) -> None:
        """Learn that something was not stored; the first of its kind is told in full."""
        kind = f"{what} ({type(error).__name__})"
        words = "it took too long" if isinstance(error, TimeoutError) else str(error)
        self.why = f"{kind}: {words}"
        self._last_us = now_us = self._clock_us()
        self._count += 1
        if kind not in self._kinds:
            self._kinds.add(kind)
            is_known = isinstance(error, StoreError | TimeoutError)
            log.error("the store fails: %s: %s", kind, words, exc_info=None if is_known else error)
        elif now_us - self._told_us < AGAIN_US:
            return
        else:
            log.error("the store still fails: %s: %s; %d failures so far", kind, words, self._count)
        self._told_us = now_us

    def passed(self) -> None:
        """Learn that a group was stored; cheap when there was no trouble."""
        if not self._count:
            return
        self.why = ""
        if self._clock_us() - self._last_us >= QUIET_US:
            log.warning("the store takes groups again, after %d failures", self._count)
            self._kinds.clear()
            self._count = 0
