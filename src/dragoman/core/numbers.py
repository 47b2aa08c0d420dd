"""The ids of messages, handed out one by one from blocks that the store reserves."""

from dragoman.store.database import Tx
from dragoman.store.ids import BLOCK, reserve


class Numbers:
    """The ids that a group's messages get, out of blocks that the group's transaction reserves."""

    def __init__(self) -> None:
        """Start with nothing; the first group fetches a block."""
        self._ranges: dict[str, list[int]] = {}

    async def take(self, tx: Tx, name: str) -> int:
        """Give the next id called `name`."""
        span = self._ranges.get(name)
        if span is None or span[0] == span[1]:
            first = await reserve(tx, name, BLOCK)
            span = self._ranges[name] = [first, first + BLOCK]
        span[0] += 1
        return span[0] - 1

    def forget(self) -> None:
        """Drop the blocks: the transaction that reserved the last one may not have committed."""
        self._ranges.clear()
