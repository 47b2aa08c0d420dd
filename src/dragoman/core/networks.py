"""Network codes: what they are called, and how an operator's list of prefixes is read.

A code is MCC and a three-digit MNC.  Which numbers belong to a network is told by the operator:
numbers move between networks, and no table that comes with a program stays true.
Source of the names: IntelliSoftware, HTTP interface, "Network Codes".
"""

import csv
import re
from collections.abc import Iterable

from dragoman.core.prefixes import Prefixes

NAMES = {
    "234010": "O2 (UK)",
    "234015": "Vodafone (UK)",
    "234020": "Three (UK)",
    "234030": "T-Mobile (UK)",
    "234033": "Orange (UK)",
}
BETWEEN = "-"  # between the first and the last prefix of a range
HEADS = frozenset({"prefix", "number", "range"})
PREFIX = re.compile("[1-9][0-9]{0,14}")
CODE = re.compile("[0-9]{5,6}")


class BadNetworks(ValueError):
    """A list of prefixes that cannot be read; `problems` has a line for each fault."""

    def __init__(self, problems: list[str]) -> None:
        """Take the faults."""
        super().__init__(f"{len(problems)} lines cannot be read")
        self.problems = problems


def read_networks(lines: Iterable[str]) -> dict[str, str]:
    """Read `prefix,code` lines as CSV; a head line, blank lines and further columns are passed by.

    In place of a prefix may stand a range of them, such as 447700-447719, and semicolons or tabs in
    place of commas.  A code of five digits gets the nought that its MNC lacks.  Raises BadNetworks.
    """
    found: dict[str, str] = {}
    problems: list[str] = []
    written = list(lines)
    for number, row in enumerate(csv.reader(written, delimiter=_delimiter(written)), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and cells[0].lower() in HEADS):
            continue
        first, between, last = cells[0].replace(" ", "").replace("+", "").partition(BETWEEN)
        code = cells[1].replace(" ", "").replace("-", "") if len(cells) > 1 else ""
        prefixes = cover(first, last) if between else [first]
        if not prefixes or not all(map(PREFIX.fullmatch, prefixes)):
            problems.append(f"line {number}: {cells[0]!r} is no prefix of international numbers")
        elif not CODE.fullmatch(code):
            problems.append(f"line {number}: {cells[0]} needs a code such as 234010")
        else:
            code = full_code(code)
            for prefix in prefixes:
                if found.setdefault(prefix, code) != code:
                    known = f"{prefix} had {found[prefix]} before, now {code}"
                    problems.append(f"line {number}: {known}")
    if problems:
        raise BadNetworks(problems)
    return found


def cover(first: str, last: str) -> list[str]:
    """Give the fewest prefixes that cover those from the first to the last; none if that is none.

    Both must have as many digits: a range is of numbers of one length, or of their beginnings.
    """
    digits = len(first)
    if not (PREFIX.fullmatch(first) and PREFIX.fullmatch(last)) or digits != len(last):
        return []
    low, high = int(first), int(last)
    found: list[str] = []
    while low <= high:
        cut = next(
            n for n in range(digits - 1, -1, -1) if low % 10**n == 0 and low + 10**n - 1 <= high
        )
        found.append(str(low)[: digits - cut])
        low += 10**cut
    return found


def _delimiter(lines: list[str]) -> str:
    """Give what stands between the cells of the first line."""
    first = next((line for line in lines if line.strip()), "")
    return next((mark for mark in ",;\t" if mark in first), ",")


def full_code(code: str) -> str:
    """Give a network code with a three-digit MNC."""
    return code if len(code) == 6 else f"{code[:3]}0{code[3:]}"


def network_of(networks: Prefixes[str], number: str) -> str:
    """Give the network code of a number by its longest prefix; empty where nothing is known."""
    return networks.find(number) or ""
