import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.keywords import LANGUAGES, Asked, Deed, asked, asked_about, folded, vocabulary

WORDS = vocabulary(["halt mal", "УЙДИ"], ["los"], ["was"], ["de", "FR", "xx"])

ASKED = {
    "STOP": Asked(Deed.STOP),
    "stop": Asked(Deed.STOP),
    " Stop! ": Asked(Deed.STOP),
    '"STOP".': Asked(Deed.STOP),
    "ＳＴＯＰ": Asked(Deed.STOP),
    "StopAll": Asked(Deed.STOP_ALL),
    "stop  all": Asked(Deed.STOP_ALL),
    "UNSUBSCRIBE": Asked(Deed.STOP),
    "cancel": Asked(Deed.STOP),
    "End": Asked(Deed.STOP),
    "quit": Asked(Deed.STOP),
    "START": Asked(Deed.START),
    "join": Asked(Deed.START),
    "help?": Asked(Deed.HELP),
    "Abmelden": Asked(Deed.STOP),
    "arrêt": Asked(Deed.STOP),
    "Halt\nmal": Asked(Deed.STOP),
    "уйди": Asked(Deed.STOP),
    "Los": Asked(Deed.START),
    "was": Asked(Deed.HELP),
    "baja": None,
    "Stop by at five": None,
    "The end": None,
    "Ending": None,
    "": None,
    "...": None,
}


@pytest.mark.parametrize(("text", "expected"), ASKED.items())
def test_what_a_text_asks_for(text: str, expected: Asked | None) -> None:
    assert asked(text, WORDS) == expected


ABOUT = {
    "STOP News": Asked(Deed.STOP, "news"),
    "join, The Club!": Asked(Deed.START, "the club"),
    "stop": None,
    "help me": None,
    "news stop": None,
}


@pytest.mark.parametrize(("text", "expected"), ABOUT.items())
def test_what_it_is_about(text: str, expected: Asked | None) -> None:
    assert asked_about(text, WORDS) == expected


def test_every_language_has_a_word_to_stop_and_one_to_start() -> None:
    for name, deeds in LANGUAGES.items():
        words = vocabulary(languages=[name])
        for deed, known in deeds.items():
            assert known
            assert {words[folded(word)] for word in known} == {deed}


@given(st.text())
def test_a_folded_text_stays_as_it_is(text: str) -> None:
    assert folded(folded(text)) == folded(text)
