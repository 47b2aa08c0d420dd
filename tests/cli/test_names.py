"""`contact`, `group` and `list` over the store alone."""

from pathlib import Path
from typing import Any

import pytest

from dragoman.cli import filework
from tests.cli.conftest import WORLD, Run

ONE, TWO, THREE = "+447700900001", "+447700900002", "+447700900003"
WHEN = "YYYY-MM-DD hh:mm:ss.mmm"


def applied(run: Run, folder: Path) -> None:
    (folder / "world.toml").write_text(WORLD, encoding="utf-8")
    assert run("apply", str(folder / "world.toml")).code == 0


@pytest.fixture(autouse=True)
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the operator have a name that every machine knows."""
    monkeypatch.setenv("LOGNAME", "ann")


def test_a_group_is_made_filled_shown_and_deleted(run_engine: Run, tmp_path: Path) -> None:
    run = run_engine
    applied(run, tmp_path)
    assert run("group", "list").out == "there are no groups; `dragoman group add` makes them\n"
    assert run("group", "add", "alice", "Staff", ONE, "07700 900002").out == (
        "2 contacts joined 'Staff'\n"
    )
    assert run("group", "add", "alice", "STAFF", ONE, THREE).out == "1 contact joined 'STAFF'\n"
    assert run("contact", "add", "alice", ONE, "--name", "Ann").out == "1 contact kept\n"
    assert run("group", "show", "alice", "staff").out == f"{ONE}  Ann\n{TWO}\n{THREE}\n"
    assert run("group", "remove", "alice", "staff", TWO, "+447700900009").out == (
        "1 contact removed, 1 not there\n"
    )
    assert run("group", "list").out == ("account  group  members\nalice    Staff        2\n")
    assert run("contact", "remove", "alice", THREE).out == "1 contact removed\n"
    assert run("contact", "list", "alice").out == f"{ONE}  Ann\n{TWO}\n"
    assert run("contact", "list", "alice", "--group", "Staff").out == f"{ONE}  Ann\n"
    assert run("group", "list", "--json").json() == [
        {"account": "alice", "name": "Staff", "members": 1}
    ]
    assert run("group", "list", "--account", "bob").out.startswith("there are no groups")
    assert run("group", "delete", "alice", "staff").out == (
        "group 'Staff' is deleted; its members are contacts still\n"
    )
    assert run("contact", "list", "alice", "--json").json() == [
        {"number": ONE[1:], "name": "Ann"},
        {"number": TWO[1:], "name": ""},
    ]


def test_contacts_of_a_file(run: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filework, "BATCH", 2)
    file = world.parent / "staff.csv"
    report = world.parent / "bad.csv"
    file.write_text("name;mobile\nAnn;07700 900001\nBo;x\n;+447700900002\nAnna;+447700900001\n")
    answer = run("group", "import", "alice", "Staff", str(file), "--report", str(report))
    assert answer.code == 1
    assert answer.out == (
        "4 lines: 2 changed something, 1 nothing, 1 bad\n  line 3: 'x': not a number\n"
    )
    assert report.read_bytes() == b"line,what,why\r\n3,x,not a number\r\n"
    assert run("group", "show", "alice", "staff").out == f"{ONE}  Anna\n{TWO}\n"
    told: Any = run("contact", "import", "alice", "-", "--json", stdin=f"{THREE},Cy\n").json()
    assert told == {"lines": 1, "changed": 1, "unchanged": 0, "bad": 0, "bad_lines": []}
    assert run("contact", "list", "alice").out.endswith(f"{THREE}  Cy\n")
    wrong = run("contact", "import", "alice", str(file), "--column", "phone")
    assert wrong.err.endswith("its first line has no column 'phone'; it has name, mobile\n")


def test_a_group_is_no_larger_than_can_be_sent_to(run: Run, world: Path) -> None:
    world.write_text(WORLD + "[dialect.intellisoftware]\ngroup_max = 2\n")
    assert run("apply", str(world)).code == 0
    assert run("group", "add", "alice", "Staff", ONE, TWO).code == 0
    refused = run("group", "add", "alice", "Staff", THREE)
    assert refused.code == 1
    assert refused.err.startswith("dragoman: a group has at most 2 members; `group_max` of")
    assert run("group", "show", "alice", "Staff").out == f"{ONE}\n{TWO}\n"


def test_a_list_is_kept_with_proof(run_engine: Run, tmp_path: Path) -> None:
    run = run_engine
    applied(run, tmp_path)
    assert run("list", "list").out == "there are no lists; `dragoman list create` makes them\n"
    assert run("list", "create", "alice", "News").out == "list 'News' is made\n"
    assert run("list", "subscribe", "alice", "news", ONE, TWO, "--proof", "letter").out == (
        "2 numbers subscribed\n"
    )
    assert run("list", "subscribe", "alice", "news", ONE).out == (
        "0 numbers subscribed, 1 were so before\n"
    )
    assert run("list", "unsubscribe", "alice", "news", TWO, "--source", "phone").code == 0
    assert run("list", "delete", "alice", "news", ONE, "--source", "form").code == 0
    assert run("list", "show", "alice", "news").steady == (
        f"list 'News' of alice, user\nnumber         state         since\n"
        f"{TWO}  unsubscribed  {WHEN}\n"
    )
    assert run("list", "list").out == (
        "account  list  kind  subscribed  unsubscribed\n"
        "alice    News  user           0             1\n"
    )
    told = run("list", "events", "alice").steady
    assert [line.split(None, 2)[2] for line in told.splitlines()[1:]] == [
        f"News  {ONE}  deleted       help desk, by web form  by ann",
        f"News  {TWO}  unsubscribed  help desk, by phone     by ann",
        f"News  {TWO}  subscribed    support                 letter (by ann)",
        f"News  {ONE}  subscribed    support                 letter (by ann)",
    ]
    rows: Any = run("list", "events", "alice", "--number", ONE, "--json").json()
    assert [(row["action"], row["source"], row["proof"]) for row in rows] == [
        (3, 12, "by ann"),
        (1, 6, "letter (by ann)"),
    ]
    assert run("list", "drop", "alice", "news").out == (
        "list 'News' and 1 member are deleted; its events are kept\n"
    )
    assert len(run("list", "events", "alice").out.splitlines()) == 5
    assert run("list", "events", "bob").out == "nothing was changed yet\n"


def test_rules_of_a_list(run: Run, world: Path) -> None:
    rules = ("--premium", "--join", "JOIN  NEWS", "--stop", "bye", "--no-platform-stop")
    replies = ("--join-reply", "Welcome", "--stop-reply", "Bye")
    assert run("list", "create", "alice", "News", *rules, *replies).code == 0
    assert run("list", "change", "alice", "NEWS", "--delete-dead", "--join-on-send").out == (
        "list 'News' of alice, premium\n"
        "  JOIN NEWS from a handset subscribes it\n"
        "  bye from a handset unsubscribes it\n"
        "  whoever joins by a word is answered 'Welcome'\n"
        "  whoever leaves by a word is answered 'Bye'\n"
        "  a STOP to the platform does not count here\n"
        "  a number that a receipt calls dead is deleted\n"
        "  whoever the account sends a text to is subscribed\n"
    )
    assert (
        run(
            "list",
            "change",
            "alice",
            "News",
            "--join",
            "",
            "--user",
            "--keep-dead",
            "--stop-reply",
            "",
        ).code
        == 0
    )
    told: Any = run("list", "show", "alice", "News", "--json").json()
    assert told == {
        "account": "alice",
        "name": "News",
        "kind": "user",
        "join_words": [],
        "stop_words": ["bye"],
        "platform_stop": False,
        "on_dead": "keep",
        "on_mt_sms": "subscribe",
        "join_reply": "Welcome",
        "stop_reply": "",
        "subscribed": 0,
        "unsubscribed": 0,
        "members": [],
    }


def test_members_of_a_file(run: Run, world: Path) -> None:
    assert run("list", "create", "alice", "News").code == 0
    file = world.parent / "news.csv"
    file.write_text(f"{ONE}\n{TWO}\nnobody\n{ONE}\n")
    answer = run("list", "import", "alice", "News", str(file), "--proof", "fair")
    assert answer.out == (
        "4 lines: 2 changed something, 1 nothing, 1 bad\n  line 3: 'nobody': not a number\n"
    )
    again = run("list", "import", "alice", "News", str(file), "--action", "unsubscribe")
    assert again.out.startswith("4 lines: 2 changed something, 1 nothing, 1 bad\n")
    rows: Any = run("list", "events", "alice", "--json").json()
    assert {(row["action"], row["proof"]) for row in rows} == {
        (1, "fair (by ann), news.csv"),
        (2, "by ann, news.csv"),
    }


REFUSED = {
    "no account": (("group", "add", "alicia", "Staff", ONE), "there is no account 'alicia'"),
    "no group": (
        ("group", "show", "alice", "Staff"),
        "there is no group 'Staff', nor any other; `dragoman group add` makes them",
    ),
    "no list": (
        ("list", "subscribe", "alice", "News", ONE),
        "there is no list 'News', nor any other; `dragoman list create` makes them",
    ),
    "a group like a number": (
        ("group", "add", "alice", "0770", ONE),
        "'0770' cannot be a group's name: it must not look like a number",
    ),
    "a list with a comma": (
        ("list", "create", "alice", "a,b"),
        "'a,b' cannot be a list's name: it must not hold commas",
    ),
    "no numbers": (
        ("contact", "add", "alice", "x", "12"),
        "these are no numbers; write them with country code, like +447700900123\n  'x'\n  '12'",
    ),
    "national numbers of nowhere": (
        ("contact", "add", "bob", "07700900001"),
        "these are no numbers; write them with country code",
    ),
    "one name for two": (
        ("contact", "add", "alice", ONE, TWO, "--name", "Ann"),
        "one name for several numbers",
    ),
}


@pytest.mark.parametrize(("command", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_said(
    run: Run, world: Path, command: tuple[str, ...], words: str
) -> None:
    answer = run(*command)
    assert answer.code == 1
    assert answer.err.startswith(f"dragoman: {words}")


def test_a_list_is_made_once(run: Run, world: Path) -> None:
    assert run("list", "create", "alice", "News").code == 0
    again = run("list", "create", "alice", "NEWS")
    assert again.code == 1
    assert again.err == "dragoman: alice has a list 'NEWS'; `dragoman list change` changes it\n"
