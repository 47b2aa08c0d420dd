"""The log of a process: lines for people or JSON for programs, and secrets in neither.

Whoever logs should not log a secret in the first place; the masks here are the second line of
defence, for exceptions of libraries that quote what they were given (pain 40).
"""

import logging
import re
from datetime import UTC, datetime
from typing import Literal, TextIO

import msgspec

HIDDEN = "***"

_NAMES = (
    r"password|passwd|passphrase|pwd|pass|api[_-]?key|api[_-]?secret|secret|token"
    r"|private[_-]?key|authorization|authent"
)
_MASKS = (
    # name=value, name: value, "name": "value", name='value'
    (
        re.compile(
            rf"""((?:{_NAMES})["']?\s*[=:]\s*)"""
            r"""((?:Basic|Bearer)\s+\S+|b?"[^"]*"|b?'[^']*'|[^\s&"',;)\]}]+)""",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    # scheme://user:password@host
    (re.compile(r"(\w+://[^\s/:@]*:)[^\s/]*@"), rf"\1{HIDDEN}@"),
    # an Authorization header's value alone
    (re.compile(r"\b(Basic|Bearer)\s+[A-Za-z0-9+/=_.~-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
)


def mask(text: str) -> str:
    """Give a text with everything that looks like a secret replaced by `***`."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


class Line(msgspec.Struct, omit_defaults=True):
    """One entry as a JSON object."""

    time: str
    level: str
    logger: str
    message: str
    exception: str = ""


class ConsoleFormatter(logging.Formatter):
    """One line for each entry; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Render an entry."""
        where = record.name.removeprefix("dragoman.")
        level = record.levelname.lower()
        text = f"{_render_time(record)} {level:<7} {where}: {_one_line(record.getMessage())}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return mask(text)


class JsonFormatter(logging.Formatter):
    """One JSON object for each entry."""

    def format(self, record: logging.LogRecord) -> str:
        """Render an entry."""
        line = Line(
            time=_render_time(record),
            level=record.levelname.lower(),
            logger=record.name,
            message=mask(record.getMessage()),
            exception=mask(self.formatException(record.exc_info)) if record.exc_info else "",
        )
        return msgspec.json.encode(line).decode()


_FORMATTERS = {"console": ConsoleFormatter, "json": JsonFormatter}


def set_up(form: Literal["console", "json"], level: str, stream: TextIO) -> None:
    """Send all entries of this process to a stream; those of libraries only from warnings on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_FORMATTERS[form]())
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("dragoman").setLevel(level.upper())
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a stream that is gone must not stop the gateway


def _render_time(record: logging.LogRecord) -> str:
    instant = datetime.fromtimestamp(record.created, UTC)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1_000:03}Z"


def _one_line(text: str) -> str:
    """Keep a customer's line breaks and controls from looking like entries of their own."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
