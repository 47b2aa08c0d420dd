"""How fast an account may submit: a token bucket per account, in messages per second.

Pure; the clock is an argument.  Each front has buckets, which refuse early; the core has some, too,
which count what comes over all fronts (limits.py).
"""

import msgspec

from dragoman.core.snapshot import View


class _Bucket(msgspec.Struct):
    tokens: float
    at_us: int


class Paces:
    """The buckets of all accounts that have a rate."""

    def __init__(self) -> None:
        """Start with full buckets."""
        self._buckets: dict[int, _Bucket] = {}

    def take(self, view: View, messages: int, now_us: int) -> bool:
        """Take the messages of one request out of the account's bucket; False: too fast.

        A bucket holds one second's worth, at least one message.  A request that is larger
        than the bucket passes when the bucket is full and leaves a debt behind.
        """
        most = max(view.rate, 1.0)
        bucket = self._buckets.get(view.account.id)
        if bucket is None:
            bucket = self._buckets[view.account.id] = _Bucket(most, now_us)
        earned = max(0, now_us - bucket.at_us) / 1_000_000 * view.rate
        bucket.tokens = min(most, bucket.tokens + earned)
        bucket.at_us = now_us
        if bucket.tokens < min(float(messages), most):
            return False
        bucket.tokens -= messages
        return True

    def give_back(self, account_id: int, messages: int) -> None:
        """Put messages back into an account's bucket: nothing came of them."""
        self._buckets[account_id].tokens += messages
