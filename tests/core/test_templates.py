"""Texts that follow templates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.templates import ALIASES, FIELDS, BadTemplate, Template

MATCHES: dict[str, tuple[str, str, bool]] = {
    "literal": ("Hi.", "Hi.", True),
    "literal, not an expression": ("a.c", "abc", False),
    "its case counts": ("Hi", "hi", False),
    "more behind it": ("Hi", "Hi there", False),
    "one character": ("Your code is {#var#}", "Your code is 1", True),
    "thirty": ("Your code is {#var#}.", f"Your code is {'x' * 30}.", True),
    "thirty-one": ("Your code is {#var#}.", f"Your code is {'x' * 31}.", False),
    "none": ("Your code is {#var#}", "Your code is ", False),
    "a variable over two lines": ("A {#var#} B", "A x\ny B", True),
    "line ends as they travel": ("a\r\n{#num#}", "a\n1", True),
    "the other way round": ("a\n{#num#}", "a\r\n1", True),
    "a blank and any case in a name": ("{# NUM #}", "12", True),
    "two in a row": ("{#num#}{#alpha#}", "12ab", True),
    "the same text before and behind": ("aa{#num#}aa", "aa1aa", True),
    "which do not overlap": ("aa{#var#}aa", "aaa", False),
    "num": ("{#num#}", "0123", True),
    "num takes no letters": ("{#num#}", "12a", False),
    "num takes no digits of other scripts": ("{#num#}", "٣", False),
    "alpha": ("{#alpha#}", "Ñandú", True),
    "alpha with marks": ("{#alpha#}", "हिन्दी", True),
    "alpha takes no digits": ("{#alpha#}", "a1", False),
    "alnum": ("{#alnum#}", "A1б2", True),
    "alnum takes no blanks": ("{#alnum#}", "A 1", False),
    "amount": ("Rs. {#amount#} paid", "Rs. 1,00,000.50 paid", True),
    "amount takes no letters": ("Rs. {#amount#} paid", "Rs. 5k paid", False),
    "date": ("{#date#}", "31/12/2026", True),
    "time": ("{#time#}", "09:30:15", True),
    "phone": ("{#phone#}", "+44 (20) 7946-0000", True),
    "phone takes no words": ("{#phone#}", "call me", False),
    "email": ("{#email#}", "a.b@c.example", True),
    "email needs a domain": ("{#email#}", "a.b@c", False),
    "url": ("See {#url#}", "See https://x.example:8080/a?b=c#d", True),
    "url without scheme": ("See {#url#}", "See x.example", True),
    "url takes no blank": ("See {#url#}", "See x.example now", False),
    "a longer name": ("{#numeric#} {#cbn#}", "1 0800123", True),
}


@pytest.mark.parametrize(("template", "text", "follows"), MATCHES.values(), ids=MATCHES)
def test_matches(template: str, text: str, follows: bool) -> None:
    assert Template(template).matches(text) is follows


@pytest.mark.parametrize("name", ["", "nmu", "var2"])
def test_an_unknown_field_names_those_that_there_are(name: str) -> None:
    with pytest.raises(
        BadTemplate, match=rf"^must have no fields but var, .*; {{#{name}#}} is none$"
    ):
        Template(f"Hi {{#{name}#}}")


def test_what_only_looks_like_a_field_is_text() -> None:
    for text in ("{#var}", "{var#}", "#}{#", "{#a{#"):
        assert Template(text).matches(text)


def test_every_longer_name_is_of_a_field() -> None:
    assert set(ALIASES.values()) <= set(FIELDS)


@given(st.lists(st.text(max_size=8), min_size=2, max_size=5), st.data())
def test_filled_in_it_matches(literals: list[str], data: st.DataObject) -> None:
    literals = [literal.replace("{", "").replace("\r", "") for literal in literals]
    values = [
        data.draw(st.text(st.characters(exclude_characters="\r"), min_size=1, max_size=30))
        for _ in literals[1:]
    ]
    filled = literals[0] + "".join(v + t for v, t in zip(values, literals[1:], strict=True))
    assert Template("{#var#}".join(literals)).matches(filled)
