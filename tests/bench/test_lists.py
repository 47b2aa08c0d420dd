"""The measurement of the lists, with few numbers."""

from pathlib import Path

from bench import lists
from bench.stage import Stage


def test_a_small_registry_is_measured(tmp_path: Path) -> None:
    result = lists.run(Stage(tmp_path), count=2_000)
    assert result.broken == ()
    assert "import_rss_mb" in result.table
    assert (tmp_path / "001" / "commands.log").read_text(encoding="utf-8").splitlines()[-2:] == [
        "2,000 lines: 2,000 added, 0 already there, 0 bad",
        "2,000 lines: 0 added, 2,000 already there, 0 bad",
    ]


def test_what_was_promised_is_complained_about() -> None:
    figures = {"numbers": 2e6, "import_s": 121.0, "import_rss_mb": 200.0, "lookup_us": 11.0}
    assert lists.complaints(figures) == [
        "import_s is 121, and 120 was promised",
        "lookup_us is 11.0, and 10.0 was promised",
    ]
