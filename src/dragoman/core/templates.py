"""Templates: a literal text with typed fields, which a whole message has to follow.

Pure; a text is matched in time linear in its length.  `{#var#}` is what registries of templates
call a variable, and it takes 1 to 30 characters there; the typed fields are ours, and the longer
names of some of them the registries'.
"""

import re

from dragoman.core.patterns import Pattern, escape

# table: what a field takes, by its name
FIELDS = {
    "var": r"(?s:.{1,30})",
    "num": r"[0-9]{1,30}",
    "alpha": r"[\p{L}\p{M}]{1,30}",
    "alnum": r"[\p{L}\p{M}\p{N}]{1,30}",
    "amount": r"[0-9](?:[0-9.,' ]{0,28}[0-9])?",
    "date": r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}",
    "time": r"[0-9]{1,2}[:.][0-9]{2}(?::[0-9]{2})?",
    "phone": r"\+?[0-9](?:[0-9 ()-]{1,20}[0-9])",
    "email": r"[^\s@]{1,64}@[^\s@]{1,200}\.[\p{L}\p{N}-]{2,30}",
    "url": r"(?i:https?://)?(?:[\p{L}\p{N}_-]{1,63}\.){1,8}[\p{L}\p{N}-]{2,30}(?::[0-9]{1,5})?(?:[/?#]\S{0,300})?",
}
ALIASES = {"numeric": "num", "alphanumeric": "alnum", "cbn": "phone", "urlott": "url"}

_FIELD = re.compile(r"\{#([^{}#]*)#\}")


class BadTemplate(ValueError):
    """A template with a field that is none; the words follow a key's name."""


class Template:
    """One template, compiled."""

    __slots__ = ("_head", "_pattern", "_tail", "text")

    def __init__(self, text: str) -> None:
        pieces = _FIELD.split(_lines(text))
        literals, names = pieces[::2], pieces[1::2]
        pattern = escape(literals[0])
        for name, literal in zip(names, literals[1:], strict=True):
            pattern += f"(?:{field_of(name)}){escape(literal)}"
        # What most texts fail on already, for a tenth of the cost.
        self._head, self._tail = literals[0], literals[-1]
        self._pattern = Pattern(pattern)
        self.text = text

    def matches(self, text: str) -> bool:
        """Tell whether a whole text follows the template."""
        text = _lines(text)
        return (
            text.startswith(self._head) and text.endswith(self._tail) and self._pattern.is_all(text)
        )


def field_of(name: str) -> str:
    """Give the expression of a field; BadTemplate names the fields that there are."""
    wanted = name.strip().lower()
    found = FIELDS.get(ALIASES.get(wanted, wanted))
    if found is None:
        there = ", ".join((*FIELDS, *ALIASES))
        raise BadTemplate(f"must have no fields but {there}; {{#{name}#}} is none")
    return found


def _lines(text: str) -> str:
    """Give a text with the line ends that travel."""
    return text.replace("\r\n", "\n")
