"""Pages that are made from the code's tables are up to date, and the tables hold everything."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from dragoman.config import SETTINGS
from dragoman.core.counters import Counters
from dragoman.front.metrics import METRICS

PAGES: dict[str, Callable[[], str]] = runpy.run_path("scripts/reference.py")["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_tables_say(name: str) -> None:
    page = Path("docs/reference", name).read_text(encoding="utf-8")
    assert page == PAGES[name](), "run: .venv/bin/python scripts/reference.py"


def test_every_setting_has_its_heading() -> None:
    lines = Path("docs/reference/settings.md").read_text(encoding="utf-8").splitlines()
    headings = [line.removeprefix("### ") for line in lines if line.startswith("### ")]
    assert headings == [setting.name for setting in SETTINGS]


def test_every_counter_is_explained() -> None:
    assert {f"dragoman_{name}_total" for name in Counters.__slots__} <= METRICS.keys()
