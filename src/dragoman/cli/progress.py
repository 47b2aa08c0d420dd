"""How far long work has come, on stderr: one line that moves on a terminal, few lines elsewhere."""

import sys
import time
from typing import TextIO

QUICK_S = 0.2  # between two looks on a terminal
SLOW_S = 5.0  # between two lines in a file


class Progress:
    """Tells of work now and then."""

    def __init__(self, noun: str, out: TextIO | None = None) -> None:
        """Take what is counted."""
        self._noun = noun
        self._out = sys.stderr if out is None else out
        self._is_terminal = self._out.isatty()
        self._began_s = time.monotonic()
        self._told_s = self._began_s
        self._width = 0

    def tell(self, done: int, share: float = 0.0) -> None:
        """Say that so much is done, and which share of the whole (0: nobody knows)."""
        now_s = time.monotonic()
        if now_s - self._told_s < (QUICK_S if self._is_terminal else SLOW_S):
            return
        self._told_s = now_s
        rate = done / max(now_s - self._began_s, 0.001)
        part = f"{share:4.0%}  " if share else ""
        self._write(f"{part}{done:,} {self._noun}, {rate:,.0f} a second")

    def end(self) -> None:
        """Leave the line to whoever writes next."""
        if self._is_terminal and self._width:
            self._out.write("\r" + " " * self._width + "\r")
            self._out.flush()

    def _write(self, words: str) -> None:
        if self._is_terminal:
            self._out.write("\r" + words.ljust(self._width))
            self._width = len(words)
        else:
            self._out.write(words + "\n")
        self._out.flush()
