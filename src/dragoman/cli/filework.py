"""Files of numbers that commands take in: opened, read in small batches, bad lines reported.

What a batch is good for is the caller's business.
"""

import asyncio
import csv
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TextIO

import msgspec

from dragoman.cli.frame import Refused, Shown
from dragoman.cli.progress import Progress
from dragoman.cli.screen import Screen
from dragoman.cli.timeline import counted
from dragoman.core.numberfile import Line, NoColumn, Numbering, read_numbers

BATCH = 2_000  # lines of one transaction: on SQLite the gateway waits for it, some milliseconds
PAUSE_S = 0.005  # between two transactions, for a gateway that waits for the store
LINE_CHARACTERS = 16_384
SHOWN = 10  # bad lines that are shown; the report has all

# Takes good lines in; gives how many of them changed anything.
Put = Callable[[list[Line]], Awaitable[int]]


class BadLines:
    """What could not be read: counted, the first ones shown, all of them in the report."""

    def __init__(self, file: Path | None, stack: ExitStack) -> None:
        """Open the report, if one is wished."""
        self.count = 0
        self._file = file
        self._first: list[Line] = []
        self._out: TextIO | None = None
        if file is not None:
            self._out = stack.enter_context(file.open("w", encoding="utf-8", newline=""))
            csv.writer(self._out).writerow(("line", "what", "why"))

    def add(self, line: Line) -> None:
        """Note a line."""
        self.count += 1
        if len(self._first) < SHOWN:
            self._first.append(line)
        if self._out is not None:
            csv.writer(self._out).writerow((line.at, line.text, line.why))

    def show(self, screen: Screen) -> None:
        """Show the first ones, and where the others are."""
        for line in self._first:
            screen.line(f"  line {line.at}: {line.text!r}: {line.why}")
        if self.count > len(self._first):
            where = self._file or "--report FILE writes them"
            screen.line(f"  and {self.count - len(self._first):,} more: {where}")

    @property
    def rows(self) -> list[dict[str, object]]:
        """Give the first ones for programs."""
        return [{"line": bad.at, "what": bad.text, "why": bad.why} for bad in self._first]


def open_source(file: Path, stack: ExitStack) -> tuple[TextIO, int]:
    """Give the file's text and its size in octets; what is not UTF-8 becomes a bad line.

    Spreadsheets also write UTF-16, with a mark at the beginning.
    """
    if str(file) == "-":
        return TextIOWrapper(sys.stdin.buffer, "utf-8", "replace", newline=""), 0
    with file.open("rb") as octets:
        is_utf16 = octets.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE)
    encoding = "utf-16" if is_utf16 else "utf-8"
    source = file.open(encoding=encoding, errors="replace", newline="")
    return stack.enter_context(source), file.stat().st_size


def lines_of(source: TextIO) -> Iterator[str]:
    """Give the lines; of one that is longer than any line of numbers only the beginning.

    A file without line ends would otherwise have to fit into memory.
    """
    while line := source.readline(LINE_CHARACTERS):
        yield line
        while len(line) == LINE_CHARACTERS and line[-1] not in "\r\n":
            line = source.readline(LINE_CHARACTERS)


class FileWork(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is to be taken in, as the command line says it."""

    file: Path
    column: str = ""
    beside: str = ""  # another column that is read
    report: Path | None = None


async def take_in(work: FileWork, numbering: Numbering, put: Put) -> Shown:
    """Take a file in, batch by batch; what is bad holds up nothing else."""
    read = changed = 0
    progress = Progress("lines")
    with ExitStack() as stack:
        source, size = open_source(work.file, stack)
        bad = BadLines(work.report, stack)
        lines = read_numbers(lines_of(source), work.column, numbering, work.beside)
        try:
            while batch := list(islice(lines, BATCH)):
                read += len(batch)
                for line in batch:
                    if line.why:
                        bad.add(line)
                if good := [line for line in batch if not line.why]:
                    changed += await put(good)
                progress.tell(read, source.buffer.tell() / size if size else 0.0)
                await asyncio.sleep(PAUSE_S)
        except NoColumn as error:
            raise Refused(f"{work.file}: {error}") from None
        finally:
            progress.end()
    same = read - bad.count - changed

    def people(screen: Screen) -> None:
        screen.line(
            f"{counted(read, 'line')}: {changed:,} changed something, {same:,} nothing,"
            f" {bad.count:,} bad"
        )
        bad.show(screen)

    data = {
        "lines": read,
        "changed": changed,
        "unchanged": same,
        "bad": bad.count,
        "bad_lines": bad.rows,
    }
    return Shown(data, people, code=1 if bad.count else 0)
