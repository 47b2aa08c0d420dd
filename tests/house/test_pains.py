"""Each pain of other gateways' users that is our business today has a test named after it."""

import re
from pathlib import Path

import pytest

PAINS = (*range(1, 9), 10, 11, *range(13, 17), *range(18, 31), *range(33, 36), 32, 37)
NAMES = [
    name
    for module in sorted(Path("tests").rglob("test_*.py"))
    for name in re.findall(r"def (test_pain_\w+)", module.read_text(encoding="utf-8"))
]
ROWS = {
    int(number): name
    for number, name in re.findall(
        r"^\| (\d+) \|.*\| `(\w+)` \|$",
        Path("docs/reference/pains.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}


def numbers(name: str) -> set[int]:
    """Give the pains that a test is named after: `test_pain_04_...`, `test_pain_13_and_5_...`."""
    told = re.match(r"test_pain_(\d+(?:_and_\d+)*)", name)
    return {int(number) for number in told[1].split("_and_")} if told else set()


@pytest.mark.parametrize("pain", PAINS)
def test_a_pain_has_a_test_and_its_row(pain: int) -> None:
    assert [name for name in NAMES if pain in numbers(name)] != []
    assert pain in ROWS


@pytest.mark.parametrize("pain", ROWS)
def test_a_row_names_a_test_of_its_pain(pain: int) -> None:
    assert ROWS[pain] in NAMES
    assert pain in numbers(ROWS[pain])


def test_every_pain_that_is_tested_has_its_row() -> None:
    assert {pain for name in NAMES for pain in numbers(name)} - ROWS.keys() == set()


def test_the_page_is_in_order() -> None:
    assert list(ROWS) == sorted(ROWS)
