"""Regular expressions that operators write, matched in time linear in the text.

A back-tracking engine can be made to run for minutes by one text and a careless expression, on the
event loop that all customers share.  RE2 cannot; it has no back-references and no look-around
(docs/adr/0024-regular-expressions-by-re2.md).  Source: RE2's syntax page.
"""

from collections.abc import Sequence

import re2

MOST_OCTETS = 64 << 20  # of one compiled expression and its automaton


class BadPattern(ValueError):
    """An expression that RE2 does not take; the words follow a key's name."""


class Pattern:
    """One expression; neither anchored nor changed by the text that it is asked about."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str, *, any_case: bool = False) -> None:
        options = re2.Options()
        options.case_sensitive = not any_case
        options.max_mem = MOST_OCTETS
        options.log_errors = False
        try:
            self._compiled = re2.compile(text, options)
        except (re2.error, UnicodeEncodeError) as error:
            why = error.args[0]
            words = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(error)
            raise BadPattern(
                f"must be a regular expression without look-around and back-references ({words})"
            ) from None
        self.text = text

    def is_in(self, text: str) -> bool:
        """Tell whether it is found anywhere in a text."""
        return self._compiled.search(_writable(text)) is not None

    def is_all(self, text: str) -> bool:
        """Tell whether it matches the whole text."""
        return self._compiled.fullmatch(_writable(text)) is not None


def _writable(text: str) -> str:
    """Give a text that UTF-8 can write, which is what RE2 reads: half a character becomes `?`."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def escape(text: str) -> str:
    """Give the expression of a literal text."""
    return str(re2.escape(text))


class Patterns:
    """Many expressions, of which one is looked for: together, and alone only where one is found."""

    __slots__ = ("_all", "_together")

    def __init__(self, texts: Sequence[str]) -> None:
        self._all = tuple(Pattern(text, any_case=True) for text in texts)
        self._together: Pattern | None = None
        if any(r"\Q" in text for text in texts):  # it would quote what stands behind it, too
            return
        try:
            together = "|".join(f"(?:{text})" for text in texts)
            self._together = Pattern(together, any_case=True)
        except BadPattern:  # too large together, or two groups of one name
            pass

    def found_in(self, text: str) -> str | None:
        """Give the first expression that is found in a text."""
        if self._together is not None and not self._together.is_in(text):
            return None
        return next((pattern.text for pattern in self._all if pattern.is_in(text)), None)
