"""The ids of messages, handed out one by one from blocks that the store reserves."""

from dragoman.store.database import Tx
from dragoman.store.ids import BLOCK, reserve


class Numbers:
    """The ids that a group's messages get, out of blocks that the group's transaction reserves."""

    def __init__(self, name: str) -> None:
        """Take the counter's name, and start with nothing; the first group fetches a block."""
        self._name = name
        self._next = self._end = 0
        self._blocks: list[tuple[int, int]] = []  # what comes after the one in use

    async def provide(self, tx: Tx, count: int) -> None:
        """Have so many ids at hand, so that no message of the group waits for its own."""
        at_hand = self._end - self._next + BLOCK * len(self._blocks)
        while at_hand < count:
            first = await reserve(tx, self._name, BLOCK)
            self._blocks.append((first, first + BLOCK))
            at_hand += BLOCK

    def take(self) -> int:
        """Give the next id; IndexError when none was provided."""
        if self._next == self._end:
            self._next, self._end = self._blocks.pop(0)
        self._next += 1
        return self._next - 1

    def forget(self) -> None:
        """Drop the blocks: the transaction that reserved the last one may not have committed."""
        self._next = self._end = 0
        self._blocks.clear()
