"""Expressions of operators, which no text can make slow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.patterns import BadPattern, Pattern, Patterns, escape

BAD = {
    "not closed": "a(b",
    "looks ahead": "(?=a)",
    "looks back": "(?<!a)b",
    "refers back": r"(a)\1",
    "half a character": "\ud800",
    "too large": "((a{100}){100}){100}",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_cannot_be_linear_is_refused(text: str) -> None:
    with pytest.raises(BadPattern, match=r"^must be a regular expression without look-around"):
        Pattern(text)


FOUND: dict[str, tuple[list[str], str, str | None]] = {
    "any case": (["win a"], "Now WIN a car", "win a"),
    "any case of any alphabet": (["приз"], "Ваш ПРИЗ", "приз"),
    "the first that is found": (["x", "b", "a"], "ab", "b"),
    "none": (["x", "y"], "ab", None),
    "the ends of the text": (["^prize$"], "a prize", None),
    "an alternative stays in its own": (["a|b", "c"], "c", "c"),
    "an option stays in its own": (["(?-i)A", "b"], "a", None),
    "one name twice": (["(?P<n>a)", "(?P<n>b)"], "b", "(?P<n>b)"),
    "a quotation without an end": ([r"\Qa.c", "y"], "a.c", r"\Qa.c"),
    "half a character in the text": (["b"], "\ud800b", "b"),
}


@pytest.mark.parametrize(("texts", "text", "found"), FOUND.values(), ids=FOUND)
def test_found_in(texts: list[str], text: str, found: str | None) -> None:
    assert Patterns(texts).found_in(text) == found


@given(st.text(max_size=30), st.text(max_size=10))
def test_a_literal_matches_itself_alone(text: str, more: str) -> None:
    pattern = Pattern(escape(text))
    assert pattern.is_all(text)
    assert pattern.is_all(text + more) == (not more)
    assert pattern.is_in(more + text + more)


def test_a_text_made_to_be_slow_is_not() -> None:
    """With a back-tracking engine this takes longer than the universe is old."""
    assert not Pattern("(a*)*(a*)*(a*)*b").is_in("a" * 50_000)
