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
