"""`dnd`, `optout` and `block` over the store alone."""

import io
from pathlib import Path
from typing import Any

import pytest

from dragoman.cli import barred, barred_import, progress
from dragoman.cli.filework import lines_of
from dragoman.cli.progress import Progress
from tests.cli.conftest import WORLD, Run

ONE, TWO = "+447700900001", "+447700900002"


def applied(run: Run, folder: Path) -> None:
    (folder / "world.toml").write_text(WORLD, encoding="utf-8")
    assert run("apply", str(folder / "world.toml")).code == 0


def test_numbers_are_added_shown_listed_and_removed(run_engine: Run, tmp_path: Path) -> None:
    run = run_engine
    applied(run, tmp_path)
    assert run("dnd", "count").out == "nobody is on the do-not-disturb registry\n"
    assert run("dnd", "add", ONE, TWO, "--proof", "TRAI").out == "2 numbers added\n"
    assert run("dnd", "add", TWO).out == "0 numbers added, 1 already there\n"
    assert run("dnd", "list").out == f"{ONE}\n{TWO}\n"
    assert run("dnd", "list", "--json").json() == [ONE[1:], TWO[1:]]
    assert run("dnd", "remove", ONE, "447700900009").out == "1 number removed, 1 not there\n"
    assert run("dnd", "show", ONE).steady == (
        f"{ONE} is not on the do-not-disturb registry\n"
        "  YYYY-MM-DD hh:mm:ss.mmm  added by cli: TRAI\n"
        "  YYYY-MM-DD hh:mm:ss.mmm  removed by cli\n"
    )
    assert run("dnd", "count").out == "1 number\n"


def test_an_opt_out_belongs_to_an_account_or_to_everyone(run: Run, world: Path) -> None:
    assert run("optout", "add", ONE, "--account", "alice", "--proof", "STOP").code == 0
    assert run("optout", "add", ONE, "--everyone", "--proof", "letter").code == 0
    assert run("optout", "list", "--account", "alice").out == f"{ONE}\n"
    assert run("optout", "list", "--everyone").out == f"{ONE}\n"
    assert run("optout", "list", "--account", "bob").out == ""
    assert run("optout", "show", ONE).steady == (
        f"{ONE} is on the opt-outs for everyone and for account alice\n"
        "  YYYY-MM-DD hh:mm:ss.mmm  added for account alice by cli: STOP\n"
        "  YYYY-MM-DD hh:mm:ss.mmm  added for everyone by cli: letter\n"
    )
    told: Any = run("optout", "show", ONE, "--json").json()
    assert [told["listed"], told["for"]] == [True, [None, "alice"]]
    assert [event["proof"] for event in told["history"]] == ["STOP", "letter"]
    assert run("optout", "count").out == "1 number for everyone\n1 number for account alice\n"
    assert run("block", "show", ONE).out == f"{ONE} is not on the blocked numbers\n"


def test_a_word_that_is_said_again_is_kept_again(run: Run, world: Path) -> None:
    for _ in range(2):
        assert run("optout", "add", ONE, "--everyone").code == 0
        assert run("block", "add", ONE, "--everyone").code == 0
    told: Any = [run(kind, "show", ONE, "--json").json() for kind in ("optout", "block")]
    assert [len(one["history"]) for one in told] == [2, 1]


REFUSED = {
    "whose": (
        ("optout", "add", ONE),
        "dragoman: say whose list it is: --account NAME, or --everyone\n",
    ),
    "both": (
        ("block", "list", "--account", "alice", "--everyone"),
        "dragoman: say whose list it is: --account NAME, or --everyone\n",
    ),
    "nobody": (
        ("block", "list", "--account", "alcie"),
        "dragoman: there is no account 'alcie'; did you mean 'alice'?\n",
    ),
    "no numbers": (
        ("dnd", "add", "ACME", ONE, "07700900001"),
        (
            "dragoman: these are no numbers; write them with country code, like +447700900123\n"
            "  'ACME'\n  '07700900001'\n"
        ),
    ),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_what_to_do(
    run: Run, world: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = run(*arguments)
    assert (result.code, result.out, result.err) == (1, "", words)


def test_a_page_ends_with_a_word(run: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(barred, "PAGE", 2)
    numbers = [f"+44770090000{i}" for i in range(5)]
    run("block", "add", *numbers, "--account", "alice")
    whole = run("block", "list", "--account", "alice", "--limit", "0")
    assert whole.out.split() == numbers
    assert whole.err == ""
    some = run("block", "list", "--account", "alice", "--limit", "3")
    assert some.out.split() == numbers[:3]
    assert some.err == "note: the first 3 numbers; --limit 0 shows all\n"


def test_send_obeys_the_lists(run: Run, world: Path) -> None:
    run("optout", "add", ONE, "--account", "alice")
    refused = run("send", "alice", ONE, "Hello", "--from", "ACME")
    assert refused.code == 1
    assert "opted out" in refused.err
    assert run("send", "alice", TWO, "Hello", "--from", "ACME").code == 0


# import


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few lines be many."""
    monkeypatch.setattr(barred_import, "BATCH", 3)
    monkeypatch.setattr(barred_import, "RUN", 7)
    monkeypatch.setattr(barred_import, "PAUSE_S", 0)
    monkeypatch.setattr(barred_import, "PAGE", 4)


def a_file(folder: Path, *lines: object, name: str = "list.csv") -> str:
    (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(folder / name)


def listed(run: Run, *owner: str) -> list[int]:
    found: Any = run(*(owner or ("dnd", "list")), "--limit", "0", "--json").json()
    return [int(number) for number in found]


def test_a_file_is_imported(run_engine: Run, tmp_path: Path) -> None:
    run = run_engine
    applied(run, tmp_path)
    numbers = [447700900000 + i * 7 % 20 for i in range(20)]
    file = a_file(tmp_path, "number", *numbers, numbers[0])
    assert run("dnd", "import", file).out == "21 lines: 20 added, 1 already there, 0 bad\n"
    assert listed(run) == sorted(numbers)
    told: Any = run("dnd", "show", str(numbers[3]), "--json").json()
    [event] = told["history"]
    assert (event["source"], event["proof"]) == ("import", "list.csv line 5")


def test_bad_lines_are_reported_and_hold_up_nothing(run: Run, world: Path, tmp_path: Path) -> None:
    file = a_file(tmp_path, "number", "447700900001", *("bad",) * 12, "447700900002")
    report = tmp_path / "bad.csv"
    result = run("optout", "import", file, "--everyone", "--report", str(report))
    assert result.code == 1
    assert result.out.splitlines()[:2] == [
        "14 lines: 2 added, 0 already there, 12 bad",
        "  line 3: 'bad': not a number",
    ]
    assert result.out.splitlines()[-1] == f"  and 2 more: {report}"
    rows = report.read_text(encoding="utf-8").splitlines()
    assert rows[0] == "line,what,why"
    assert rows[1:] == [f"{line},bad,not a number" for line in range(3, 15)]


def test_a_registry_is_replaced_by_a_file_that_is_good(run_engine: Run, tmp_path: Path) -> None:
    run = run_engine
    applied(run, tmp_path)
    first, last = 447700900000, 447700900030
    run("dnd", "import", a_file(tmp_path, *range(first, last)))
    wanted = [*range(first, last, 3), last]
    broken = run("dnd", "import", a_file(tmp_path, *wanted, "bad"), "--replace", "--json")
    assert broken.code == 1
    assert listed(run) == list(range(first, last + 1))
    good = run("dnd", "import", a_file(tmp_path, *wanted, name="new.csv"), "--replace")
    assert good.out == "11 lines: 0 added, 11 already there, 20 removed, 0 bad\n"
    assert listed(run) == wanted
    told: Any = run("dnd", "show", str(first + 1), "--json").json()
    assert [event["proof"] for event in told["history"]] == ["list.csv line 2", "not in new.csv"]


def test_an_empty_file_replaces_nothing(run: Run, world: Path, tmp_path: Path) -> None:
    run("dnd", "add", ONE)
    assert run("dnd", "import", a_file(tmp_path), "--replace").code == 1
    assert listed(run) == [447700900001]


def test_a_file_of_national_numbers(run: Run, world: Path, tmp_path: Path) -> None:
    file = a_file(tmp_path, "a,b", "x,07700900001")
    told: Any = run(
        *("block", "import", file, "--account", "alice", "--column", "B"),
        *("--country", "GB", "--proof", "ticket 7", "--json"),
    ).json()
    assert told == {
        "lines": 1,
        "added": 1,
        "already_there": 0,
        "removed": 0,
        "bad": 0,
        "bad_lines": [],
    }
    assert listed(run, "block", "list", "--account", "alice") == [447700900001]
    no_column = run("dnd", "import", file, "--column", "c")
    assert no_column.err == f"dragoman: {file}: its first line has no column 'c'; it has a, b\n"
    nowhere = run("dnd", "import", file, "--country", "XX")
    assert nowhere.err == "dragoman: 'XX' is no country; write its two letters, such as GB\n"


def test_numbers_from_stdin(run: Run, world: Path) -> None:
    assert run("dnd", "import", "-", stdin="447700900001\n").code == 0
    assert listed(run) == [447700900001]


def test_odd_octets_are_bad_lines(run: Run, world: Path, tmp_path: Path) -> None:
    odd = b"\xff\xfe447\n447700900001\n\xed\xa0\x80\n\x00447700900002\n"
    report = tmp_path / "bad.csv"
    result = run("dnd", "import", "-", "--report", str(report), stdin=odd)
    assert (result.code, result.out.splitlines()[0]) == (
        1,
        "4 lines: 1 added, 0 already there, 3 bad",
    )
    assert len(report.read_text("utf-8").splitlines()) == 4
    assert listed(run) == [447700900001]


def test_spreadsheets_write_utf_16(run: Run, world: Path, tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("number\tname\r\n447700900001\tZoë\r\n", "utf-16", newline="")
    assert run("dnd", "import", str(file)).code == 0
    assert listed(run) == [447700900001]


def test_a_file_without_line_ends_is_one_bad_line(run: Run, world: Path, tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("x1" * 50_000 + "\n447700900001\n", "utf-8")
    with file.open(encoding="utf-8", newline="") as source:
        lines = list(lines_of(source))
    assert [len(line) for line in lines] == [16_384, 13]
    assert run("dnd", "import", str(file), "--json").json() == {
        "lines": 2,
        "added": 1,
        "already_there": 0,
        "removed": 0,
        "bad": 1,
        "bad_lines": [{"line": 1, "what": "x1" * 40, "why": "8192 digits; a number has 7 to 15"}],
    }


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_moves_on_a_terminal_and_is_gone_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "QUICK_S", 0.0)
    monkeypatch.setattr(progress, "SLOW_S", 0.0)
    terminal, file = Terminal(), io.StringIO()
    for out in (terminal, file):
        told = Progress("numbers", out)
        told.tell(1_000, 0.5)
        told.end()
    assert file.getvalue().startswith(" 50%  1,000 numbers, ")
    assert file.getvalue().endswith(" a second\n")
    assert terminal.getvalue().startswith("\r 50%  1,000 numbers, ")
    assert terminal.getvalue().endswith(" \r")
