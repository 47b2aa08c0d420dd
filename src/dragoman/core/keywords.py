"""What a subscriber asks for with a word: to be left alone, to be written to again, for help.

A word counts when it is the whole text, whatever stands around it: "Stop!" does, "stop by at
five" does not.  Behind the word may stand what it is about, a list or a keyword, which whoever
knows those looks up.  Pure.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from enum import Enum

import msgspec


class Deed(Enum):
    """What is asked for; the values stand in the store and never change."""

    STOP = "stop"
    STOP_ALL = "stop all"
    START = "start"
    HELP = "help"


STOPS = ("STOP", "UNSUBSCRIBE", "CANCEL", "END", "QUIT")
STOPS_ALL = ("STOPALL", "STOP ALL")
STARTS = ("START", "JOIN", "UNSTOP")
HELPS = ("HELP", "INFO")

# What people write where English is not their language; an account says which of them count.
LANGUAGES: dict[str, dict[Deed, tuple[str, ...]]] = {
    "de": {Deed.STOP: ("STOPP", "ABMELDEN", "ENDE"), Deed.START: ("ANMELDEN",)},
    "es": {Deed.STOP: ("BAJA", "ALTO", "CANCELAR", "PARAR"), Deed.START: ("ALTA",)},
    "fr": {Deed.STOP: ("ARRET", "ARRÊT", "DESABONNER"), Deed.START: ("ABONNER",)},
    "it": {Deed.STOP: ("BASTA", "CANCELLA", "DISATTIVA"), Deed.START: ("ATTIVA",)},
    "nl": {Deed.STOP: ("AFMELDEN", "STOPPEN"), Deed.START: ("AANMELDEN",)},
    "pl": {Deed.STOP: ("WYPISZ", "KONIEC"), Deed.START: ("ZAPISZ",)},
    "pt": {Deed.STOP: ("SAIR", "PARAR", "CANCELAR"), Deed.START: ("ENTRAR",)},
}


class Asked(msgspec.Struct, frozen=True):
    """What a text asks for, and what about: empty, or the words behind, as they were written."""

    deed: Deed
    about: str = ""


Vocabulary = Mapping[str, Deed]


def vocabulary(
    stops: Iterable[str] = (),
    starts: Iterable[str] = (),
    helps: Iterable[str] = (),
    languages: Iterable[str] = (),
) -> Vocabulary:
    """Compile the words that count: everybody's, those of languages, and an account's own."""
    words = {
        **dict.fromkeys(HELPS, Deed.HELP),
        **dict.fromkeys(STARTS, Deed.START),
        **dict.fromkeys(STOPS, Deed.STOP),
        **dict.fromkeys(STOPS_ALL, Deed.STOP_ALL),
    }
    for language in languages:
        for deed, known in LANGUAGES.get(language.lower(), {}).items():
            words |= dict.fromkeys(known, deed)
    words |= dict.fromkeys(helps, Deed.HELP)
    words |= dict.fromkeys(starts, Deed.START)
    words |= dict.fromkeys(stops, Deed.STOP)
    return {key: deed for word, deed in words.items() if (key := folded(word))}


def folded(text: str) -> str:
    """Give a text as words are compared: any case and width, without what stands around it."""
    bare = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    start, end = 0, len(bare)
    while start < end and not bare[start].isalnum():
        start += 1
    # A mark on the last letter is a part of it: half of the world's scripts need them.
    while end > start and unicodedata.category(bare[end - 1])[0] not in "LMN":
        end -= 1
    return bare[start:end]


def asked(text: str, words: Vocabulary) -> Asked | None:
    """Give what a text asks for; None for one that only begins with a word is `asked_about`'s."""
    deed = words.get(folded(text))
    return Asked(deed) if deed is not None else None


def asked_about(text: str, words: Vocabulary) -> Asked | None:
    """Give what a text asks for about something: a word, and behind it what it is about."""
    first, _, rest = text.strip().partition(" ")
    deed = words.get(folded(first))
    about = folded(rest)
    return Asked(deed, about) if deed in {Deed.STOP, Deed.START} and about else None
