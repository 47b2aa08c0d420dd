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

    A code of five digits gets the nought that its MNC lacks.  Raises BadNetworks.
    """
    found: dict[str, str] = {}
    problems: list[str] = []
    for number, row in enumerate(csv.reader(lines), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and cells[0].lower() in HEADS):
            continue
        prefix = cells[0].replace(" ", "").removeprefix("+")
        code = cells[1].replace(" ", "").replace("-", "") if len(cells) > 1 else ""
        if not PREFIX.fullmatch(prefix):
            problems.append(f"line {number}: {cells[0]!r} is no prefix of international numbers")
        elif not CODE.fullmatch(code):
            problems.append(f"line {number}: {prefix} needs a code such as 234010")
        elif found.get(prefix, code := full_code(code)) != code:
            problems.append(f"line {number}: {prefix} had {found[prefix]} before, now {code}")
        else:
            found[prefix] = code
    if problems:
        raise BadNetworks(problems)
    return found


def full_code(code: str) -> str:
    """Give a network code with a three-digit MNC."""
    return code if len(code) == 6 else f"{code[:3]}0{code[3:]}"


def network_of(networks: Prefixes[str], number: str) -> str:
    """Give the network code of a number by its longest prefix; empty where nothing is known."""
    return networks.find(number) or ""
