"""What the code can say stands in the reference, in the same order."""

import re
from pathlib import Path

import pytest

from dragoman.model.refusals import Reason
from dragoman.model.states import FINAL, State

REFERENCE = Path("docs/reference")
WORDS = {
    "states": ("states.md", [state.word for state in State]),
    "refusals": ("refusals.md", [reason.value for reason in Reason]),
}


def rows(page: str) -> list[str]:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return re.findall(r"^\| `([^`]+)` \|.*$", text, re.MULTILINE)


@pytest.mark.parametrize(("page", "words"), WORDS.values(), ids=WORDS)
def test_every_word_has_its_row(page: str, words: list[str]) -> None:
    assert rows(page) == words


def test_the_reference_says_which_states_are_final() -> None:
    text = (REFERENCE / "states.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| `([^`]+)` \|.*\| (yes|no) \|$", text, re.MULTILINE))
    assert said == {state.word: "yes" if state in FINAL else "no" for state in State}
