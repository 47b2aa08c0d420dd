"""A benchmark that cannot find a broken promise proves nothing: each is broken here once."""

import sqlite3
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench import backlog, e2e
from bench.books import Books
from bench.crash import Round
from bench.figures import percentile, ratio, render_number, render_table
from bench.main import parse_options
from bench.processes import (
    Broken,
    kill_alone,
    last_words,
    members,
    spawn,
    usage,
    wait_for_port,
    wait_until,
)

HELD = Round(
    number=3,
    killed="all",
    killed_after_s=1.0,
    back_after_s=1.0,
    accepted=100,
    refused=1,
    unanswered=32,
    lost=0,
    doubles=50,
    waiting=0,
    unreported=0,
    uncharged=0,
    unstored=0,
    difference_u=0,
)
ROUNDS = {
    "held": (HELD, []),
    "one was lost": (replace(HELD, lost=1), ["1 accepted messages were lost"]),
    "doubles above the window": (replace(HELD, doubles=51), ["51 doubles, the window is 50"]),
    "one still waits": (replace(HELD, waiting=1), ["1 messages still wait"]),
    "a lost receipt": (replace(HELD, unreported=1), ["1 messages lack their receipt"]),
    "a wrong charge": (replace(HELD, uncharged=1), ["1 messages have a wrong charge"]),
    "never stored": (replace(HELD, unstored=1), ["1 messages arrived or are stored, not both"]),
    "money is gone": (replace(HELD, difference_u=-5), ["the books differ by -5 micro-units"]),
    "an empty round": (replace(HELD, accepted=0), ["nothing was accepted"]),
}


@pytest.mark.parametrize(("played", "said"), ROUNDS.values(), ids=ROUNDS)
def test_rounds(played: Round, said: list[str]) -> None:
    assert played.complaints(50) == [f"round 3: {words}" for words in said]


FLAT = {
    "accepted": 10.0,
    "missing": 0.0,
    "doubles": 0.0,
    "rss_half_mb": 65.0,
    "rss_full_mb": 75.0,
    "rss_peak_mb": 150.0,
}
BACKLOGS = {
    "held": ({}, []),
    "refused": ({"accepted": 9.0}, ["only 9 of 10 were accepted"]),
    "lost": ({"missing": 1.0}, ["1 accepted messages did not arrive"]),
    "doubled": ({"doubles": 1.0}, ["1 messages arrived twice"]),
    "too large": ({"rss_peak_mb": 151.0}, ["memory peaked at 151 MB, above 150"]),
    "growing": ({"rss_full_mb": 76.0}, ["memory grew by 11 MB with the backlog"]),
}


@pytest.mark.parametrize(("change", "said"), BACKLOGS.values(), ids=BACKLOGS)
def test_backlogs(change: dict[str, float], said: list[str]) -> None:
    assert backlog.complaints(FLAT | change, 10) == said


LOADS = {
    "held": ({}, []),
    "refused": ({"refused": 2.0}, ["2 requests were refused or not answered"]),
    "lost": ({"missing": 1.0}, ["1 accepted messages did not arrive"]),
    "doubled": ({"doubles": 3.0}, ["3 messages arrived twice"]),
}


@pytest.mark.parametrize(("change", "said"), LOADS.values(), ids=LOADS)
def test_loads(change: dict[str, float], said: list[str]) -> None:
    assert e2e.complaints({"refused": 0.0, "missing": 0.0, "doubles": 0.0} | change) == said


def test_books(tmp_path: Path) -> None:
    """A hand-made store in which one charge is wrong and seven micro-units are missing."""
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as connection:
        connection.executescript("""
            CREATE TABLE message (text, charge_u, price_u, segments, state);
            INSERT INTO message VALUES
                ('c1-00000001 hello', 20, 10, 2, 10), ('c1-00000002 hello', 9, 10, 1, 2);
            CREATE TABLE ledger (amount_u);
            INSERT INTO ledger VALUES (1000), (50);
            CREATE TABLE account (balance_u, retired_u);
            INSERT INTO account VALUES (914, 100);
        """)
    connection.close()
    books = Books(f"sqlite:///{path}")
    assert books.taken() == {"c1-00000001": True, "c1-00000002": False}
    assert books.waiting() == 1
    assert books.undelivered() == 1
    assert books.difference() == -7


PERCENTILES = {
    "of nothing": ([], 0.5, 0.0),
    "of one": ([7.0], 0.99, 7.0),
    "the middle": ([3.0, 1.0, 2.0], 0.5, 2.0),
    "of a hundred": ([float(n) for n in range(1, 101)], 0.99, 99.0),
    "the last": ([1.0, 2.0], 1.0, 2.0),
}


@pytest.mark.parametrize(("values", "share", "expected"), PERCENTILES.values(), ids=PERCENTILES)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_a_table_lines_up() -> None:
    rows = [["ours", render_number(11_600.4)], ["ratio", ratio(3.0, 2.0)], ["-", ratio(3.0, 0.0)]]
    assert render_table(["", "per s"], rows).splitlines() == [
        "|       |  per s |",
        "|-------|-------:|",
        "| ours  | 11,600 |",
        "| ratio |   1.50 |",
        "| -     |      - |",
    ]


def test_a_process_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "words.log"
    process = spawn([sys.executable, "-c", "import sys; sys.exit('no such world')"], log)
    with pytest.raises(Broken, match=r"words ended with 1: no such world"):
        wait_for_port(1, process, log)
    assert last_words(log) == "no such world"


def test_what_never_comes_is_named() -> None:
    with pytest.raises(Broken, match=r"a bind: not within 0\.01 s"):
        wait_until("a bind", lambda: False, 0.01)


def test_children_that_outlive_their_parent_are_found(tmp_path: Path) -> None:
    """Who is killed alone must leave nobody behind; whoever stays is killed, and said to be."""
    log = tmp_path / "log"
    child = "import time; time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]);"
    parent += " print('up', flush=True); sys.stdin.read(); import time; time.sleep(60)"
    process = spawn([sys.executable, "-c", parent], log)
    wait_until("the child is up", lambda: "up" in last_words(log), 30)
    with pytest.raises(Broken, match="the children of a killed process leave"):
        kill_alone(process, 0.2)
    wait_until("nobody is left", lambda: not members(process.pid), 10)


def test_usage_follows_descendants(tmp_path: Path) -> None:
    """A gateway may be several processes; all of them count."""
    child = "import sys; x = bytearray(30_000_000); print('up', flush=True); sys.stdin.read()"
    parent = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {child!r}],"
    parent += " stdin=subprocess.PIPE); p.wait()"
    log = tmp_path / "log"
    process = spawn([sys.executable, "-c", parent], log)
    try:
        wait_until("the child is up", lambda: "up" in last_words(log), 30)
        assert usage(process.pid).rss_mb > 40
    finally:
        process.kill()
        process.wait()


def test_every_measurement_stands_in_the_documentation() -> None:
    page = Path("docs/performance.md").read_text(encoding="utf-8")
    for name in ("e2e", "latency", "backlog", "crash", "quick"):
        assert parse_options([name]).measure.__doc__
        assert f"scripts/bench {name}" in page
