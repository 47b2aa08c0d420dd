"""`balance` and `account`: whole outputs."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_what_an_account_has(run: Run, world: Path) -> None:
    assert run("balance", "alice").out == "10.00 EUR\n"
    assert run("balance", "bob").out == "0.00 USD, 5.00 with the overdraft\n"
    assert run("balance", "bob", "--json").json() == {
        "id": 2,
        "name": "bob",
        "currency": "USD",
        "balance": "0.00",
        "overdraft": "5.00",
        "enabled": False,
        "expires": None,
        "dialects": ["unified"],
        "available": "5.00",
    }


def test_all_accounts(run: Run, world: Path) -> None:
    assert run("account", "list").out == (
        "account  balance  overdraft  currency  state     dialects\n"
        "alice      10.00       0.00  EUR       enabled   all\n"
        "bob         0.00       5.00  USD       disabled  unified\n"
    )


def test_money_goes_in_and_out_by_ledger_rows(run: Run, world: Path) -> None:
    assert run("account", "credit", "alice", "2.5", "--note", "invoice 7").out == (
        "alice has 12.50 EUR now\n"
    )
    taken = run("account", "debit", "alice", "0.000001", "--json").json()
    assert isinstance(taken, dict)
    assert taken["balance"] == "12.499999"
    assert run("account", "ledger", "alice").steady == (
        "when                        amount    balance  kind     message  note\n"
        "YYYY-MM-DD hh:mm:ss.mmm  -0.000001  12.499999  adjust\n"
        "YYYY-MM-DD hh:mm:ss.mmm       2.50      12.50  topup             invoice 7\n"
        "YYYY-MM-DD hh:mm:ss.mmm      10.00      10.00  opening\n"
    )
    assert run("account", "check").out == "2 accounts checked, all add up\n"


REFUSED = {
    "nobody, but one is near": (
        ["balance", "alise"],
        "there is no account 'alise'; did you mean 'alice'?",
    ),
    "nobody": (["balance", "zoe"], "there is no account 'zoe'; there are alice, bob"),
    "no amount": (
        ["account", "credit", "alice", "ten"],
        "'ten' is no amount; write it like 12.50",
    ),
    "too fine": (
        ["account", "credit", "alice", "0.0000001"],
        "'0.0000001' is no amount; write it like 12.50",
    ),
    "nothing": (
        ["account", "credit", "alice", "0"],
        "the amount must be above 0; to take money: `dragoman account debit`",
    ),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_with_advice(
    run: Run, world: Path, arguments: list[str], words: str
) -> None:
    result = run(*arguments)
    assert (result.code, result.out, result.err) == (1, "", f"dragoman: {words}\n")
    assert run(*arguments, "--json").json() == {"error": words, "problems": []}


def test_without_accounts_the_way_to_some_is_said(run: Run) -> None:
    assert run("account", "list").out == (
        "account  balance  overdraft  currency  state  dialects\n"
        "note: there are no accounts yet; `dragoman apply WORLD.toml` makes them\n"
    )


def test_limits_and_what_was_used_of_them(run: Run, world: Path) -> None:
    text = world.read_text(encoding="utf-8")
    keys = 'name = "alice"\nrate = 5\ndaily_quota = 2\nmonthly_quota = 1000\nquiet_zone = "UTC"'
    world.write_text(text.replace('name = "alice"', keys, 1), encoding="utf-8")
    assert run("apply", str(world)).code == 0
    assert run("send", "alice", "+447700900123,+447700900124", "Hello").code == 0
    refused = run("send", "alice", "+447700900125", "Hello")
    assert refused.err == (
        "dragoman: refused: beyond the daily quota: see `dragoman account show alice`\n"
    )
    assert run("account", "show", "alice").out == (
        "key              value\n"
        "balance          9.886 EUR\n"
        "overdraft        0.00\n"
        "state            enabled\n"
        "dialects         all\n"
        "senders          *\n"
        "rate             5.0\n"
        "daily_quota      2\n"
        "monthly_quota    1000\n"
        "quiet_zone       UTC\n"
        "used today       2 of 2 messages\n"
        "used this month  2 of 1,000 messages\n"
    )
    assert run("account", "list").out == (
        "account  balance  overdraft  currency  state     dialects  used\n"
        "alice      9.886       0.00  EUR       enabled   all       2 of 2 messages today,"
        " 2 of 1,000 messages this month\n"
        "bob         0.00       5.00  USD       disabled  unified\n"
    )
    listed = run("account", "list", "--json").json()
    assert isinstance(listed, list)
    assert listed[0]["quotas"] == [
        {"span": "today", "used": 2, "limit": 2, "unit": "messages"},
        {"span": "this month", "used": 2, "limit": 1000, "unit": "messages"},
    ]
