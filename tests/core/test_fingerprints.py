"""What is the same request, and what is another one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.accept import Prepared, prepare
from dragoman.core.fingerprints import body_of, key_of, lost_key
from dragoman.dialects import DIALECTS
from dragoman.model.submissions import Alphabet, Content, Submit
from tests.core.views import a_world

NOW_US = 1_700_000_000_000_000
HOME, OTHER = "447700900123", "447700900124"
GUARDED: dict[str, object] = {"duplicate_window_s": 60, "cc": "44", "trunk": "0"}


def prepared(
    *tokens: str,
    dialect: str = "itec",
    text: str = "Hello",
    options: dict[str, object] = GUARDED,
    at_us: int = NOW_US,
    **fields: Any,
) -> Prepared:
    content = fields.pop("content", Content(text))
    submit = Submit(fields.pop("sender", "ACME"), tokens or (HOME,), content, **fields)
    snapshot, view = a_world(options=options)
    made = prepare(snapshot, view, DIALECTS[dialect], submit, lambda _: True, at_us)
    assert isinstance(made, Prepared), made
    return made


def whole(made: Prepared) -> str:
    assert made.mark is not None
    return made.mark.whole


def again(made: Prepared) -> str:
    return lost_key(made.messages, made.outcomes, made.due_us)


SAME: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a moment later": {"at_us": NOW_US + 1},
    "no receipt is wanted": {"wants_receipt": False},
    "more urgent": {"priority": 2},
}
SPELLED = {
    "with a plus": f"+{HOME}",
    "with zeros": f"00{HOME}",
    "national": "07700900123",
    "with blanks": "4477 0090 0123",
}
OTHERS: dict[str, dict[str, Any]] = {
    "another text": {"text": "Hello!"},
    "another case": {"text": "hello"},
    "another sender": {"sender": "Acme"},
    "flash": {"content": Content("Hello", flash=True)},
    "other sizes": {"content": Content("Hello", Alphabet.GSM7, one=140, each=134)},
    "octets": {"content": Content("Hello", Alphabet.BINARY, octets=b"Hello")},
    "other octets": {"content": Content("Hello", Alphabet.BINARY, octets=b"hello")},
    "octets behind a header": {
        "content": Content("Hello", Alphabet.BINARY, udh=b"\1\0", octets=b"Hello")
    },
    "later": {"due_us": NOW_US + 60_000_000},
    "later still": {"due_us": NOW_US + 61_000_000},
    "another context": {"context": "order-7"},
    "another dialect": {"dialect": "inviosmart"},
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_the_same(change: dict[str, Any]) -> None:
    assert whole(prepared(**change)) == whole(prepared())
    assert again(prepared(**change)) == again(prepared())


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
def test_however_a_number_is_spelled(spelled: str) -> None:
    assert whole(prepared(spelled)) == whole(prepared(HOME))


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_another_one(change: dict[str, Any]) -> None:
    assert whole(prepared(**change)) != whole(prepared())
    assert again(prepared(**change)) != again(prepared())


def test_no_two_of_these_are_the_same() -> None:
    every = [prepared(**change) for change in OTHERS.values()]
    assert len({whole(made) for made in every}) == len(OTHERS)
    assert len({again(made) for made in every}) == len(OTHERS)


def test_a_type_that_the_customer_names() -> None:
    """It makes a request another one; not for who asks again because he was told of a doubt."""
    plain, other = prepared(kind="0"), prepared(kind="2")
    assert whole(plain) != whole(other)
    assert again(plain) == again(other)


LISTS = {
    "one more": (HOME, OTHER),
    "in another order": (OTHER, HOME),
    "twice": (HOME, HOME),
    "a bad one": (HOME, "12"),
    "another bad one": (HOME, "13"),
}


def test_the_list_of_recipients_counts_as_a_whole() -> None:
    keys = {whole(prepared(*tokens)) for tokens in (*LISTS.values(), (HOME,))}
    assert len(keys) == len(LISTS) + 1


def test_where_each_recipient_counts() -> None:
    """Each good one has its own; a bad one has none."""
    made = prepared(OTHER, "12", HOME, options=GUARDED | {"duplicate_action": "refuse"})
    alone = prepared(HOME, options=GUARDED | {"duplicate_action": "refuse"})
    assert made.mark is not None
    assert alone.mark is not None
    other, bad, home = made.mark.each
    assert (bad, home) == ("", alone.mark.each[0])
    assert other not in ("", home)
    assert made.mark.whole == ""


def test_an_account_without_a_guard_has_no_mark() -> None:
    assert prepared(options={}).mark is None
    assert prepared(options={"duplicate_action": "refuse"}).mark is None


KEYS = {
    "as it is": (b"order-77", True),
    "a quoted string, as the draft standard has it": (b'"order-77"', True),
    "another case": (b"Order-77", False),
    "a lone quote": (b'"', False),
}


@pytest.mark.parametrize(("given_key", "is_same"), KEYS.values(), ids=KEYS)
def test_a_key(given_key: bytes, is_same: bool) -> None:
    assert (key_of(1, given_key) == key_of(1, b"order-77")) is is_same
    assert key_of(2, given_key) != key_of(1, given_key)


FIELDS = st.dictionaries(
    st.sampled_from(["to", "text", "from", "username", "password", "idempotencykey", "x"]),
    st.binary(max_size=3),
)


@given(FIELDS, FIELDS)
def test_a_body_is_what_was_asked_and_not_who_asks(
    one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    asked, also = (
        {k: v for k, v in fields.items() if k not in {"username", "password", "idempotencykey"}}
        for fields in (one, other)
    )
    assert (body_of("itec", "/a", one) == body_of("itec", "/a", other)) is (asked == also)
    backwards = dict(reversed(list(one.items())))
    assert body_of("itec", "/a", backwards) == body_of("itec", "/a", one)
    assert body_of("itec", "/b", one) != body_of("itec", "/a", one)
