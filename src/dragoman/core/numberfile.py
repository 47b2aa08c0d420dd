"""A file of numbers, read line by line: the number of each line, or what is wrong with it.

Knows nothing of lists.  CSV as RFC 4180 has it, and as spreadsheets write it: other separators,
a byte order mark, a head or none; a plain file with a number on each line is CSV, too.
"""

import csv
from collections.abc import Iterable, Iterator

import msgspec

from dragoman.sms.addresses import normalise

HEADS = ("number", "msisdn", "phone", "mobile", "recipient", "telephone")
SEPARATORS = ",;\t|"


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
    if not is_head:
        yield from _lines([first], 0, index, other, separator, cc, trunk)
    yield from _lines(feed, 1, index, other, separator, cc, trunk)


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


def _lines(
    lines: Iterable[str], before: int, index: int, other: int, separator: str, cc: str, trunk: str
) -> Iterator[Line]:
    reader = csv.reader(lines, delimiter=separator)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(before + reader.line_num, 0, "", f"cannot be read: {error}")
            continue
        if not any(row):
            continue
        text = row[index] if index < len(row) else ""
        digits = normalise(text, cc, trunk)
        if digits:
            beside = row[other].strip() if 0 <= other < len(row) else ""
            yield Line(before + reader.line_num, int(digits), beside=beside)
        else:
            yield Line(before + reader.line_num, 0, text[:80], _why(text, cc, trunk))


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
