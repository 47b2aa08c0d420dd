"""Pages that are made from the code's tables are up to date, and the tables hold everything."""

import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dragoman.config import SETTINGS
from dragoman.core.counters import Counters
from dragoman.front.metrics import METRICS

REFERENCE = runpy.run_path("scripts/reference.py")
PAGES: dict[str, Callable[[], str]] = REFERENCE["PAGES"]
LOG_EVENTS: Callable[[], Iterator[tuple[str, str, str]]] = REFERENCE["log_events"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_tables_say(name: str) -> None:
    page = Path("docs/reference", name).read_text(encoding="utf-8")
    assert page == PAGES[name](), "run: .venv/bin/python scripts/reference.py"


def test_every_setting_has_its_heading() -> None:
    lines = Path("docs/reference/settings.md").read_text(encoding="utf-8").splitlines()
    headings = [line.removeprefix("### ") for line in lines if line.startswith("### ")]
    assert headings == [setting.name for setting in SETTINGS]


def test_every_word_for_the_log_is_on_its_page() -> None:
    """Words that are no literal where they are logged would be found by nobody."""
    calls = re.compile(r"\blog\.(?:log|debug|info|warning|error|exception|critical)\(")
    written = sum(
        len(calls.findall(path.read_text(encoding="utf-8")))
        for path in Path("src/dragoman").rglob("*.py")
    )
    assert len(list(LOG_EVENTS())) == written


def test_every_counter_is_explained() -> None:
    assert {f"dragoman_{name}_total" for name in Counters.__slots__} <= METRICS.keys()
