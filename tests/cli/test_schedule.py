"""`schedule` and `queue cancel` over the store alone; what a gateway does then is a flow's."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dragoman.cli.frame import instant_us, now_us
from dragoman.cli.screen import clock
from dragoman.dialects import intellisoftware, unified
from tests.cli.conftest import WORLD, Run

TO = "+447700900123"
DAY_US = 86_400 * 1_000_000


def on_day(days: int) -> str:
    """Give the instant in so many days, to the second."""
    seconds = (now_us() + days * DAY_US) // 1_000_000
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


TOMORROW, LATER = on_day(1), on_day(2)


def scheduled(run: Run, recipients: str = TO, at: str = TOMORROW) -> None:
    assert run("send", "alice", recipients, "Hello", "--from", "ACME", "--at", at).code == 0


def happened(run: Run, ref: str = "1") -> list[str]:
    """Give what a message's timeline tells of."""
    told: Any = run("status", ref, "--json").json()
    return [line["what"] for line in told[0]["timeline"]]


def the_one(run: Run) -> dict[str, Any]:
    """Give the only message that is scheduled."""
    told: Any = run("schedule", "list", "--json").json()
    assert len(told) == 1
    return dict(told[0])


def test_what_is_scheduled_is_listed_and_says_why_it_waits(run: Run, world: Path) -> None:
    assert run("schedule", "list").out == "nothing is scheduled\n"
    scheduled(run, at=LATER)
    scheduled(run)
    due = [clock(instant_us(at)) for at in (TOMORROW, LATER)]
    assert run("schedule", "list").out == (
        f"id  due{' ' * 22}account  recipient         charge  text     why\n"
        f' 2  {due[0]}  alice    +447700900123  0.057 EUR  "Hello"  schedule\n'
        f' 1  {due[1]}  alice    +447700900123  0.057 EUR  "Hello"  schedule\n'
    )
    assert run("schedule", "list", "--account", "alice", "--limit", "1", "--json").json() == [
        {
            "id": 2,
            "submission_id": 2,
            "due": TOMORROW.replace("Z", ".000000Z"),
            "account": "alice",
            "recipient": "447700900123",
            "charge": "0.057",
            "text": "Hello",
            "why": "schedule",
        }
    ]
    assert run("schedule", "list", "--account", "bob", "--json").json() == []
    assert "schedule: their time has not come" in run("queue").out
    told = run("status", "1").out
    assert f"schedule       to leave at {due[1]}" in told
    assert "scheduled, schedule: its time has not come" in told


def test_a_message_called_back_is_paid_back_whole(run_engine: Run, tmp_path: Path) -> None:
    run, file = run_engine, tmp_path / "world.toml"
    file.write_text(WORLD, encoding="utf-8")
    assert run("apply", str(file)).code == 0
    scheduled(run)
    assert run("balance", "alice").out == "9.943 EUR\n"
    told = run("schedule", "cancel", "1", "--note", "wrong text")
    assert (told.code, told.out) == (0, "1 message cancelled, 0.057 EUR given back\n")
    assert run("balance", "alice").out == "10.00 EUR\n"
    assert run("account", "check").code == 0
    assert happened(run) == [
        "request",
        "text",
        "price",
        "schedule",
        "route",
        "cancel",
        "refund",
        "end",
    ]
    assert "cancelled: wrong text" in run("status", "1").out
    again = run("schedule", "cancel", "1", "--json")
    assert again.code == 1
    assert again.json() == {"cancelled": [], "refunds": {}, "too_late": {"cancelled": 1}}
    assert run("balance", "alice").out == "10.00 EUR\n"


REFS = {
    "as a number": "1",
    "as unified shows it": unified.render_id(1),
    "as intellisoftware shows its request": intellisoftware.render_id(1),
}


@pytest.mark.parametrize("ref", REFS.values(), ids=REFS)
def test_ids_in_all_forms(run: Run, world: Path, ref: str) -> None:
    scheduled(run)
    assert run("schedule", "cancel", ref, "--json").json() == {
        "cancelled": [1],
        "refunds": {"alice": "0.057"},
        "too_late": {},
    }


def test_a_whole_request_and_all_of_an_account(run: Run, world: Path) -> None:
    scheduled(run, f"{TO},+447700900124,+447700900125")
    scheduled(run)
    assert run("send", "alice", TO, "Hello").code == 0
    told = run("schedule", "cancel", "2", "--whole", "--json").json()
    assert told == {"cancelled": [1, 2, 3], "refunds": {"alice": "0.171"}, "too_late": {}}
    assert run("schedule", "cancel", "--account", "alice", "--json").json() == {
        "cancelled": [4],
        "refunds": {"alice": "0.057"},
        "too_late": {},
    }
    assert run("queue", "cancel", "--account", "alice", "--json").json() == {
        "cancelled": [5],
        "refunds": {"alice": "0.057"},
        "too_late": {},
    }
    assert run("queue").out == "nothing waits\n"
    nothing = run("queue", "cancel", "--account", "alice")
    assert (nothing.code, nothing.out) == (0, "0 messages cancelled\n")
    assert run("balance", "alice").out == "10.00 EUR\n"


def test_another_time(run: Run, world: Path) -> None:
    scheduled(run)
    told = run("schedule", "change", "1", "--at", LATER)
    assert (told.code, told.out) == (0, f"1 message to leave at {clock(instant_us(LATER))}\n")
    assert happened(run) == ["request", "text", "price", "schedule", "route", "reschedule", "now"]
    entry = the_one(run)
    assert entry["due"] == LATER.replace("Z", ".000000Z")
    before_us = now_us()
    assert run("schedule", "change", "1", "--at", "now").code == 0
    entry = the_one(run)
    assert before_us <= instant_us(entry["due"]) <= now_us()


REFUSED = {
    "no such message": (["cancel", "99"], "there is no message '99'"),
    "no such message to change": (
        ["change", "99", "--at", LATER],
        "there is no message '99'",
    ),
    "nothing named": (["cancel"], "name messages by their ids, or an account with --account"),
    "both named": (
        ["cancel", "1", "--account", "alice"],
        "name messages by their ids, or an account with --account",
    ),
    "no such account": (
        ["cancel", "--account", "alise"],
        "there is no account 'alise'; did you mean 'alice'?",
    ),
    "no time": (
        ["change", "1", "--at", "soon"],
        "'soon' is no time; write it like 2030-01-31T09:30Z",
    ),
    "a time that passed": (
        ["change", "1", "--at", "2020-01-31T09:30:00Z"],
        (
            f"{clock(instant_us('2020-01-31T09:30:00Z'))} has passed; `--at now` lets it leave at"
            " once"
        ),
    ),
    "too far ahead": (
        ["change", "1", "--at", "2999-01-31T09:30:00Z"],
        (
            f"{clock(instant_us('2999-01-31T09:30:00Z'))} is too far ahead;"
            " schedule_max_days of the account in the world file says how far (365 if it does not)"
        ),
    ),
    "queued already": (["change", "2", "--at", LATER], "message 2 is queued: too late"),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_says_why(
    run: Run, world: Path, arguments: list[str], words: str
) -> None:
    scheduled(run)
    assert run("send", "alice", TO, "Hello").code == 0
    result = run("schedule", *arguments, "--json")
    assert (result.code, result.json()) == (1, {"error": words, "problems": []})
    assert run("balance", "alice").out == "9.886 EUR\n"


def test_a_time_to_send_that_passed(run: Run, world: Path) -> None:
    result = run("send", "alice", TO, "Hello", "--at", "2020-01-31T09:30Z", "--json")
    assert result.json() == {
        "error": (
            "refused: bad schedule (it has passed, or schedule_max_days of the account forbids it)"
        ),
        "problems": [],
    }


def test_what_quiet_hours_keep_says_so(run: Run, world: Path, sqlite_url: str) -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    today = datetime.fromtimestamp(now_us() / 1e6, UTC).weekday()
    quiet = ", ".join(f'"{days[(today + ahead) % 7]}"' for ahead in (-1, 0, 1))
    text = world.read_text(encoding="utf-8")
    world.write_text(
        text.replace('name = "alice"', f'name = "alice"\nquiet_days = [{quiet}]', 1), "utf-8"
    )
    assert run("apply", str(world)).code == 0
    scheduled(run, at=LATER)
    sent = run("send", "alice", "+447700900123", "Hello")
    assert "note: quiet hours until " in sent.out
    listed: Any = run("schedule", "list", "--json").json()
    assert {row["id"]: row["why"] for row in listed} == {1: "schedule", 2: "quiet hours"}
    assert happened(run, "2")[-2:] == ["quiet", "now"]
    told: Any = run("status", "2", "--json").json()
    assert told[0]["timeline"][-1]["words"].startswith("scheduled, quiet hours until ")
    rows: Any = run("queue", "--json").json()
    whys = {(row["state"], row["messages"], row["why"]) for row in rows}
    assert ("scheduled", 1, "quiet hours: the first end then") in whys
