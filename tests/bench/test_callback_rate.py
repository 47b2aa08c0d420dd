"""The measurement of callbacks, with few of them."""

from pathlib import Path

from bench import callback_rate
from bench.stage import Stage


def test_a_few_callbacks_are_measured(tmp_path: Path) -> None:
    figures = callback_rate.measure(Stage(tmp_path), count=200, rate=0.0)
    assert list(figures) == list(callback_rate.COLUMNS)
    assert figures["messages"] == 200
    assert figures["delay_p50_ms"] >= callback_rate.RECEIPT_MS
    assert all(figures.values())


def test_what_was_promised_is_complained_about() -> None:
    assert callback_rate.complaints({"per_minute": 10_000.0}) == []
    assert callback_rate.complaints({"per_minute": 9_000.0}) == [
        "9,000 receipts a minute were told, and 10,000 are promised"
    ]
