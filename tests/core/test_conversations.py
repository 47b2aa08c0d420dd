import pytest

from dragoman.core.conversations import answered, choose_sender
from dragoman.store.conversations import Conversation
from tests.store.rows import a_message

POOL = ("447700900001", "447700900002", "447700900003")
HANDSET = "44771012345"  # whose number leads to the last of three, and of two


def said(number: str, context: str = "", at_us: int = 1, message_id: int = 1) -> Conversation:
    return Conversation(7, HANDSET, number, context, message_id, at_us)


CHOSEN = {
    "a new handset": ([], "a", "447700900003"),
    "the same conversation": ([said("447700900001", "a")], "a", "447700900001"),
    "another conversation": ([said("447700900003", "a")], "b", "447700900002"),
    "no context is a conversation, too": ([said("447700900003", "")], "", "447700900003"),
    "a number that left the pool": ([said("447700900009", "a")], "a", "447700900003"),
    "all in use: the longest silent": (
        [said(POOL[0], "a", 5), said(POOL[1], "b", 4), said(POOL[2], "c", 6)],
        "d",
        "447700900002",
    ),
}


@pytest.mark.parametrize(("told", "context", "number"), CHOSEN.values(), ids=CHOSEN)
def test_each_conversation_has_its_number(
    told: list[Conversation], context: str, number: str
) -> None:
    message = a_message(1, recipient=HANDSET, context=context)
    assert choose_sender(POOL, told, message) == number


NEW, OLD, DEFAULT = said("60300", "new", 9, 2), said("60300", "old", 3, 1), said("", "own", 8, 3)
ANSWERED = {
    "the latest from this number": ([OLD, NEW], "60300", 0, NEW),
    "a default sender counts everywhere": ([NEW, DEFAULT], "60300", 0, DEFAULT),
    "another number": ([NEW], "60301", 0, None),
    "too long ago": ([OLD], "60300", 3, None),
    "nothing was said": ([], "60300", 0, None),
}


@pytest.mark.parametrize(
    ("told", "number", "since_us", "expected"), ANSWERED.values(), ids=ANSWERED
)
def test_what_a_reply_answers(
    told: list[Conversation], number: str, since_us: int, expected: Conversation | None
) -> None:
    assert answered(told, number, since_us) == expected
