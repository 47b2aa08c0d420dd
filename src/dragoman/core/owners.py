"""Whose a number of ours is: exact numbers, ranges, and shortcodes that are shared by keyword.

Pure; compiled with the world.
"""

from collections.abc import Iterable

import msgspec

from dragoman.model.world import Number

BETWEEN = "-"  # between the first and the last number of a range


class Sharers(msgspec.Struct):
    """The accounts that one number or range belongs to."""

    default: int = 0  # account without a keyword; 0: nobody
    keywords: dict[str, int] = {}  # upper case, the longest first

    def owner(self, text: str) -> tuple[int, str]:
        """Give the account that a text is for, and the keyword that says so."""
        words = " ".join(text.upper().split())
        for keyword, account_id in self.keywords.items():
            if words.startswith(keyword) and not words[len(keyword) : len(keyword) + 1].isalnum():
                return account_id, keyword
        return self.default, ""

    @property
    def accounts(self) -> tuple[int, ...]:
        """Give all that share it, each once."""
        owners = [self.default, *self.keywords.values()]
        return tuple(dict.fromkeys(account_id for account_id in owners if account_id))


class Owners:
    """All numbers of ours."""

    def __init__(self, numbers: Iterable[Number] = ()) -> None:
        """Take the rows; an exact number counts before ranges, a narrow range before a wide."""
        self._exact: dict[str, Sharers] = {}
        ranges: dict[tuple[int, int, int], Sharers] = {}  # digits, first, last
        for number in sorted(numbers, key=lambda n: len(n.keyword), reverse=True):
            first, between, last = number.number.partition(BETWEEN)
            if between:
                sharers = ranges.setdefault((len(first), int(first), int(last)), Sharers())
            else:
                sharers = self._exact.setdefault(first, Sharers())
            if number.keyword:
                sharers.keywords[" ".join(number.keyword.upper().split())] = number.account_id
            else:
                sharers.default = number.account_id
        self._ranges = sorted(ranges.items(), key=lambda item: item[0][2] - item[0][1])

    def find(self, number: str) -> Sharers | None:
        """Give who shares a number; None when it is none of ours."""
        exact = self._exact.get(number)
        if exact is not None or not self._ranges or not number.isdecimal():
            return exact
        digits, value = len(number), int(number)
        for (length, first, last), sharers in self._ranges:
            if length == digits and first <= value <= last:
                return sharers
        return None
