"""Which texts are spam, and by which rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.spam import BadLink, Link, Spam, read_link

WORDS = ["casino", "Win Money", "казино", "straße"]
LINKS = ["bad.example", "*.wild.example", "short.example/x", "https://käse.example/", "1.2.3.4"]

TEXTS = {
    "nothing of it": ("Your code is 4711. See www.good.example", None),
    "a word": ("The CASINO calls", "word casino"),
    "a word at the ends": ("casino", "word casino"),
    "not within another": ("casinos and incasino", None),
    "a phrase": ("now win\n  money!", "word Win Money"),
    "half a phrase": ("win some money", None),
    "half a phrase at the end": ("you win", None),
    "another alphabet": ("Лучшее КАЗИНО", "word казино"),
    "letters that fold": ("Auf der STRASSE", "word straße"),
    "wide letters": ("ｃａｓｉｎｏ", "word casino"),
    "something invisible between": ("ca\u200bsi\u00adno", "word casino"),
    "a link with a scheme": ("go http://bad.example/now", "link bad.example"),
    "without": ("go to BAD.example.", "link bad.example"),
    "below it": ("x.y.bad.example", "link bad.example"),
    "one that only ends so": ("notbad.example", None),
    "with a port": ("bad.example:8080", "link bad.example"),
    "behind a user's name": ("http://good.example@bad.example/", "link bad.example"),
    "in another link": ("http://good.example/?u=bad.example", "link bad.example"),
    "below a wild one": ("a.wild.example", "link *.wild.example"),
    "a path": ("short.example/xyz", "link short.example/x"),
    "a path behind a port": ("short.example:80/x", "link short.example/x"),
    "another path": ("short.example/y", None),
    "no path": ("short.example", None),
    "an international one": ("käse.example", "link https://käse.example/"),
    "as the network writes it": ("xn--kse-qla.example", "link https://käse.example/"),
    "an address": ("http://1.2.3.4/a", "link 1.2.3.4"),
    "wide dots": ("ｂａｄ．ｅｘａｍｐｌｅ", "link bad.example"),
    "what cannot be a name": ("a..b . -.- " + "é" * 80 + ".example", None),
}


@pytest.mark.parametrize(("text", "rule"), TEXTS.values(), ids=TEXTS)
def test_words_and_links(text: str, rule: str | None) -> None:
    assert Spam(words=WORDS, links=LINKS).found_in(text) == rule


def test_an_expression_finds_what_is_written_and_what_is_read() -> None:
    rules = Spam(patterns=["win", "\u200b"])
    assert rules.found_in("W\u00adin") == "pattern win"
    assert rules.found_in("a\u200bb") == "pattern \u200b"
    assert rules.found_in("nothing") is None


def test_no_rules_are_none() -> None:
    assert not Spam()
    assert not Spam(words=["..."])
    assert Spam(words=["a"])


READ = {
    "a domain": ("Bad.Example", Link("Bad.Example", "bad.example")),
    "a URL": ("https://bad.example/a/", Link("https://bad.example/a/", "bad.example", "/a")),
    "a port is dropped": ("bad.example:80/a", Link("bad.example:80/a", "bad.example", "/a")),
}


@pytest.mark.parametrize(("text", "link"), READ.values(), ids=READ)
def test_read_link(text: str, link: Link) -> None:
    assert read_link(text) == link


@pytest.mark.parametrize("text", ["", "bad", "a b.c", "http://", "bad.example/?a=1", "[::1"])
def test_what_is_no_link(text: str) -> None:
    with pytest.raises(BadLink, match=r"^must be a domain"):
        read_link(text)


@given(st.text(max_size=60))
def test_any_text_can_be_asked(text: str) -> None:
    rules = Spam(["a+b"], WORDS, LINKS)
    assert rules.found_in(text) is None or rules.found_in(text + " casino") is not None
