"""A file of numbers, read line by line: the number of each line, or what is wrong with it.

Knows nothing of lists.  CSV as RFC 4180 has it, and as spreadsheets write it: other separators,
a byte order mark, a head or none; a plain file with a number on each line is CSV, too.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from dragoman.sms.addresses import normalise

HEADS = ("number", "msisdn", "phone", "mobile", "recipient", "telephone")
SEPARATORS = ",;\t|"
LINES_OF_A_ROW = 16  # how far a cell in quotes may go on
SEVERAL = "several numbers; write one on a line, or name the columns in the first"


class Line(msgspec.Struct, gc=False):
    """A line and the number on it; 0 where there is none, and then `why`."""

    at: int
    number: int
    text: str = ""
    why: str = ""
    beside: str = ""  # what stands in the other column that was asked for


class Numbering(msgspec.Struct, frozen=True):
    """How national numbers of the file become international ones; empty: there are none."""

    cc: str = ""
    trunk: str = ""


class Form(msgspec.Struct, frozen=True):
    """How a file is written: what parts its cells, and where what is asked for stands."""

    separator: str
    index: int  # of the column of numbers
    other: int  # of the column beside, -1: none
    is_headless: bool
    cc: str
    trunk: str


class NoColumn(ValueError):
    """The file has no column of that name."""


def read_numbers(
    lines: Iterable[str],
    column: str = "",
    numbering: Numbering | None = None,
    beside: str = "",
) -> Iterator[Line]:
    """Give each line that is not empty; a head is recognised and left out.

    `beside` is the head of another column to be read; without a head it is the one behind the
    number.  Raises NoColumn where the head has no column of the wished name.
    """
    cc, trunk = (numbering.cc, numbering.trunk) if numbering else ("", "")
    feed = iter(lines)
    first = next(feed, None)
    if first is None:
        return
    first = first.removeprefix("\ufeff")
    separator = max(SEPARATORS, key=first.count)
    cells = _cells(first, separator)
    index, is_head = _column(cells, column)
    other = _beside(cells, index, beside, is_head=is_head)
    form = Form(separator, index, other, not is_head, cc, trunk)
    if is_head:
        yield from _lines(feed, 1, form)
    else:
        yield from _lines(chain((first,), feed), 0, form)


def _cells(line: str, separator: str) -> list[str]:
    """Give the cells of a line; one that is no CSV has none."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def _column(cells: list[str], wished: str) -> tuple[int, bool]:
    """Give where the numbers stand, by the first line, and whether that is a head."""
    names = [cell.strip().lower() for cell in cells]
    if wished:
        if wished.strip().lower() not in names:
            there = ", ".join(cell.strip() for cell in cells[:20]) or "nothing"
            raise NoColumn(f"its first line has no column {wished!r}; it has {there}")
        return names.index(wished.strip().lower()), True
    for name in HEADS:
        if name in names:
            return names.index(name), True
    return 0, bool(names) and names[0] != "" and not any(map(str.isdigit, names[0]))


def _beside(cells: list[str], index: int, wished: str, *, is_head: bool) -> int:
    """Give where the other column stands; -1 where there is none."""
    if not wished:
        return -1
    if not is_head:
        return index + 1
    names = [cell.strip().lower() for cell in cells]
    return names.index(wished) if wished in names else -1


def _lines(lines: Iterable[str], before: int, form: Form) -> Iterator[Line]:
    rows = _Rows(lines, form)
    for row in rows:
        if not any(row):
            continue
        text = row[form.index] if form.index < len(row) else ""
        digits = normalise(text, form.cc, form.trunk)
        at = before + rows.count
        if digits and not (form.is_headless and len(row) > 1 and _are_numbers(row, form)):
            beside = row[form.other].strip() if 0 <= form.other < len(row) else ""
            beside = beside.replace("\0", "\ufffd")  # which no database takes
            yield Line(at, int(digits), beside=beside)
        else:
            yield Line(at, 0, text[:80], SEVERAL if digits else _why(text, form.cc, form.trunk))


def _are_numbers(row: list[str], form: Form) -> bool:
    """Tell whether all cells of a row are numbers: then nobody can say which one is meant."""
    return all(normalise(cell, form.cc, form.trunk) for cell in row if cell.strip()) and (
        sum(1 for cell in row if cell.strip()) > 1
    )


class _Unclosed(Exception):
    """A quote was opened and not closed for too many lines."""


class _Rows:
    """The rows of CSV lines; a quote that is never closed costs no line but its own.

    Within quotes a cell may go on in the next lines.  But a name that somebody began with a
    quote must not swallow the numbers behind it: so a row is one line after all where the cell
    goes on for too long, or where one of the lines that it goes on in has a number of its own.
    """

    def __init__(self, lines: Iterable[str], form: Form) -> None:
        self.count = 0  # lines of the rows given so far
        self._lines = iter(lines)
        self._form = form
        self._row: list[str] = []  # the lines of the row that is being read
        self._again: deque[str] = deque()  # lines that were read and are rows of their own

    def __iter__(self) -> Iterator[list[str]]:
        reader = csv.reader(self._feed(), delimiter=self._form.separator)
        while True:
            self._row.clear()
            try:
                row = next(reader)
                self.count += len(self._row)
                if len(self._row) > 1 and self._is_several():
                    row = self._alone()
            except StopIteration:
                return
            except (_Unclosed, csv.Error):
                self.count += len(self._row)
                row = self._alone()
                reader = csv.reader(self._feed(), delimiter=self._form.separator)
            yield row

    def _feed(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else next(self._lines, None)
            if line is None:
                return
            self._row.append(line)
            if len(self._row) > LINES_OF_A_ROW:
                raise _Unclosed
            yield line

    def _is_several(self) -> bool:
        """Tell whether a line that a row goes on in has a number where rows have theirs."""
        form = self._form
        return any(
            form.index < len(cells) and normalise(cells[form.index], form.cc, form.trunk)
            for cells in (_cells(line, form.separator) for line in self._row[1:])
        )

    def _alone(self) -> list[str]:
        """Give the first line of a row as a row, and have the others read anew."""
        first, *others = self._row
        self.count -= len(others)
        self._again.extendleft(reversed(others))
        return _cells(first, self._form.separator) or [first]


def _why(text: str, cc: str, trunk: str) -> str:
    """Say what is wrong with a number."""
    bare = text.strip()
    if not bare:
        return "no number"
    digits = "".join(filter(str.isdigit, bare))
    if len(digits) < len(bare.strip("+()-. \t")) // 2 or not digits:
        return "not a number"
    if digits.startswith("0") and not (cc and trunk):
        return "a national number; say of which country with --country"
    if not 7 <= len(digits) <= 15:
        return f"{len(digits)} digits; a number has 7 to 15"
    return "not a number"
