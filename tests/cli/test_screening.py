"""`screen`: what each rule says, and why."""

from pathlib import Path
from typing import Any

from tests.cli.conftest import WORLD, Run

ONE, TWO = "+447700900001", "+447700900002"
RULES = """
[gateway]
dnd = ["447700900002"]
ip_ban = ["198.51.100.0/24"]
spam_words = ["casino"]
"""
OF_ALICE = """country = "GB"
dnd = true
senders = ["ACME"]
templates = ["Hi {#alpha#}", "Code {#num#}"]
"""


def applied(run: Run, folder: Path) -> None:
    world = WORLD.replace('country = "GB"\n', OF_ALICE) + RULES
    (folder / "rules.toml").write_text(world, encoding="utf-8")
    assert run("apply", str(folder / "rules.toml")).code == 0


def verdicts(run: Run, *words: str) -> dict[str, tuple[str, str]]:
    """Give the verdict and its reason by rule and what it is about."""
    told: Any = run("screen", "alice", *words, "--json").json()
    return {f"{r['rule']} {r['about']}": (r["verdict"], r["why"]) for r in told["rules"]}


def test_what_passes_says_why(run_engine: Run, tmp_path: Path) -> None:
    run = run_engine
    applied(run, tmp_path)
    result = run("screen", "alice", ONE, "Code 4711", "--from", "ACME", "--ip", "192.0.2.1")
    assert result.code == 0
    assert result.out == (
        "rule      about          verdict  why\n"
        "address   192.0.2.1      passes   no ip_allow, ip_ban looked at\n"
        "account   alice          passes   enabled without an end\n"
        "sender    ACME           passes   senders: acme\n"
        "spam      Code 4711      passes   no rule finds it\n"
        "template  Code 4711      passes   Code {#num#}\n"
        "route     +447700900001  passes   main\n"
        "lists     +447700900001  passes   on no list\n"
        "price     +447700900001  passes   0.057 EUR a segment\n"
    )


def test_every_rule_is_asked(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    run("optout", "add", ONE, "--account", "alice", "--proof", "STOP")
    run("block", "add", "+447700900003", "--everyone")
    recipients = f"{ONE},{TWO},07700900003,+15550100,x"
    told = verdicts(run, recipients, "a casino", "--from", "EVIL", "--ip", "198.51.100.7")
    since = told.pop(f"lists {ONE}")
    assert since[0] == "opted out"
    assert since[1].startswith("for account alice since ")
    assert since[1].endswith(" by cli: STOP")
    blocked = told.pop("lists +447700900003")
    assert (blocked[0], blocked[1][:19]) == ("opted out", "for everyone since ")
    assert told == {
        "address 198.51.100.7": ("ip banned", "no ip_allow, ip_ban looked at"),
        "account alice": ("passes", "enabled without an end"),
        "sender EVIL": ("bad sender", "senders: acme"),
        "spam a casino": ("spam", "word casino"),
        "template a casino": ("template mismatch", "none of 2"),
        f"route {ONE}": ("passes", "main"),
        f"price {ONE}": ("passes", "0.057 EUR a segment"),
        f"route {TWO}": ("passes", "main"),
        f"lists {TWO}": ("do not disturb", "the world file has it"),
        f"price {TWO}": ("passes", "0.057 EUR a segment"),
        "route +447700900003": ("passes", "main"),
        "price +447700900003": ("passes", "0.057 EUR a segment"),
        "route +15550100": ("passes", "main"),
        "lists +15550100": ("passes", "on no list"),
        "price +15550100": ("no price", "no [[price]]"),
        "number x": ("bad destination", "write it as +447700900123"),
    }


def test_a_disabled_account_without_rules(run: Run, world: Path) -> None:
    told: Any = run("screen", "bob", ONE, "-", "--json", stdin="a long text from a pipe").json()
    assert not told["accepted"]
    assert [(r["rule"], r["verdict"], r["why"]) for r in told["rules"]][:2] == [
        ("account", "account disabled", "disabled"),
        ("spam", "passes", "no rules"),
    ]
    assert told["rules"][1]["about"] == "a long text from ..."
    assert run("screen", "bob", ",", "x").err == "dragoman: there is no recipient\n"


def test_what_was_sent_counts_for_the_next(run_engine: Run, tmp_path: Path) -> None:
    """Quotas and the rate for each number are asked as they stand, and `send` keeps them."""
    run = run_engine
    limits = 'country = "GB"\nrecipient_rate = "1/1h"\ndaily_quota = 2\n'
    (tmp_path / "limits.toml").write_text(WORLD.replace('country = "GB"\n', limits), "utf-8")
    run("apply", str(tmp_path / "limits.toml"))
    before = verdicts(run, ONE, "Hi")
    assert before["quota today"] == ("passes", "0 of 2 messages")
    assert before[f"often {ONE}"] == ("passes", "0 of 1 within 3,600 s")
    assert run("send", "alice", ONE, "Hi").code == 0
    after = verdicts(run, ONE, "Hi")
    assert after["quota today"] == ("passes", "1 of 2 messages")
    assert after[f"often {ONE}"] == ("spam", "1 of 1 within 3,600 s")
    again = run("send", "alice", ONE, "Hi")
    assert (again.code, "too many messages to this number" in again.err) == (1, True)
    assert run("send", "alice", f"{ONE},{TWO}", "Hi").code == 1
    assert verdicts(run, "x", "Hi")["quota today"] == ("throttled", "2 of 2 messages")
    assert run("balance", "alice").out == "9.886 EUR\n"
    assert run("account", "check").code == 0
