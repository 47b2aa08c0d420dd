"""How an account talks with handsets: its numbers, how long a reply is one, which words count."""

from collections.abc import Mapping

import msgspec

from dragoman.core.keywords import Vocabulary, vocabulary

DEFAULT_REPLY_DAYS = 7
# What somebody is answered, by what they asked for.
REPLIES = {"stop": "stop_reply", "start": "start_reply", "help": "help_reply"}
DAY_US = 86_400 * 1_000_000


class Dialogue(msgspec.Struct, frozen=True):
    """What an account's keys say about replies, compiled."""

    pool: tuple[str, ...]  # numbers to choose from where the sender is left out
    default_sender: str  # as conversations know it; empty: none
    reply_us: int
    words: Vocabulary
    replies: Mapping[str, str]  # texts by what was asked for: stop, start, help


def dialogue_of(options: Mapping[str, object]) -> Dialogue:
    """Compile an account's keys."""
    days = options.get("reply_days")
    return Dialogue(
        pool=tuple(number.removeprefix("+") for number in _texts(options, "sender_pool")),
        default_sender=str(options.get("default_sender", "")).removeprefix("+"),
        reply_us=(days if isinstance(days, int) else DEFAULT_REPLY_DAYS) * DAY_US,
        words=vocabulary(
            _texts(options, "stop_words"),
            _texts(options, "start_words"),
            _texts(options, "help_words"),
            _texts(options, "keyword_languages"),
        ),
        replies={
            deed: text for deed, key in REPLIES.items() if (text := str(options.get(key, "")))
        },
    )


def _texts(options: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = options.get(key, ())
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()


NOBODYS = dialogue_of({})  # of an account that has gone meanwhile
