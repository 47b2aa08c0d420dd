"""Which texts are spam: expressions, words, links; each rule is named when it is broken.

Pure.  All three take time linear in the text.  A spammer writes a word so that people read it
and machines do not: wide letters, invisible characters between the letters.  So a text is also
looked at as it reads (Unicode's NFKC, without format characters).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import msgspec

from dragoman.core.patterns import Patterns

_WORD = re.compile(r"\w+")
_HOST = re.compile(r"[\w.\-]+")
_LINK = re.compile(r"(?:[\w\-]+\.)+[\w\-]+")
_PORT = re.compile(r":\d{1,5}")


class BadLink(ValueError):
    """What is written as a link to be refused is none; the words follow a key's name."""


class Link(msgspec.Struct, frozen=True):
    """A domain with all below it, or only what begins with a path on it."""

    text: str
    host: str
    path: str = ""


class Spam:
    """The rules of the gateway, or of one account."""

    __slots__ = ("_links", "_patterns", "_words")

    def __init__(
        self, patterns: Sequence[str] = (), words: Sequence[str] = (), links: Sequence[str] = ()
    ) -> None:
        """Take expressions, words or phrases, and domains with or without a path."""
        self._patterns = Patterns(patterns) if patterns else None
        self._words: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for text in words:
            phrase = tuple(_WORD.findall(readable(text).casefold()))
            if phrase:
                self._words.setdefault(phrase[0], []).append((phrase, text))
        self._links: dict[str, list[Link]] = {}
        for link in map(read_link, links):
            self._links.setdefault(link.host, []).append(link)

    def __bool__(self) -> bool:
        return bool(self._patterns or self._words or self._links)

    def found_in(self, text: str) -> str | None:
        """Give the first rule that a text breaks, in words."""
        read = readable(text)
        if self._patterns is not None:
            for form in (text,) if read == text else (text, read):
                if (pattern := self._patterns.found_in(form)) is not None:
                    return f"pattern {pattern}"
        if self._words and (word := self._word_in(read)) is not None:
            return f"word {word}"
        if self._links and (link := self._link_in(read)) is not None:
            return f"link {link}"
        return None

    def _word_in(self, text: str) -> str | None:
        words = _WORD.findall(text.casefold())
        for at, word in enumerate(words):
            for phrase, written in self._words.get(word, ()):
                if len(phrase) == 1 or tuple(words[at : at + len(phrase)]) == phrase:
                    return written
        return None

    def _link_in(self, text: str) -> str | None:
        """Look at whatever has the form of a host, with or without a scheme before it."""
        for found in _HOST.finditer(text):
            host = canonical(found[0].strip(".-"))
            if "." not in host:
                continue
            port = _PORT.match(text, found.end())
            behind = port.end() if port else found.end()
            for domain in _domains(host):
                for link in self._links.get(domain, ()):
                    if text.startswith(link.path, behind):
                        return link.text
        return None


def read_link(text: str) -> Link:
    """Give a domain or URL that links are compared with; BadLink where it is neither."""
    bare = text.strip()
    wrong = BadLink('must be a domain such as "bad.example", or one with a path behind it')
    try:
        parts = urlsplit(bare if "://" in bare else f"//{bare}")
    except ValueError:
        raise wrong from None
    host = canonical((parts.hostname or "").removeprefix("*."))
    if not _LINK.fullmatch(host) or parts.query or parts.fragment:
        raise wrong
    return Link(bare, host, parts.path.rstrip("/"))


def canonical(host: str) -> str:
    """Give a host's name in small letters, international ones as the network writes them."""
    host = host.lower()
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _domains(host: str) -> Iterable[str]:
    """Give a host and the domains above it; a name has few labels that count."""
    labels = host.split(".")[-8:]
    return (".".join(labels[at:]) for at in range(len(labels) - 1))


def readable(text: str) -> str:
    """Give a text as it reads: letters in one form, nothing that is not seen."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if unicodedata.category(c) != "Cf")
