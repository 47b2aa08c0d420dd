"""Single keys by command: told as `apply` tells them, and kept as it keeps them."""

from pathlib import Path

from tests.cli.conftest import WORLD, Run

FOLLOWS = (
    "a running gateway follows within a second\n"
    "note: the next `dragoman apply` makes it what its file says: write it there, too\n"
)


def test_keys_of_an_account(run_engine: Run, tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text(WORLD, encoding="utf-8")
    run_engine("apply", str(file))
    before = run_engine("export").out
    told = run_engine("account", "set", "alice", "rate=20", "unified.lenient=on", "senders+=ACME")
    assert (told.code, told.err) == (0, "")
    assert told.out == (
        "changed   account  alice\n"
        '          senders: not set → ["ACME"]\n'
        "          rate: not set → 20.0\n"
        "          unified.lenient: not set → true\n" + FOLLOWS
    )
    again = run_engine("account", "set", "alice", "rate=20", "--json")
    assert again.json() == {"changes": []}
    run_engine("account", "set", "alice", "rate=", "unified.lenient=", "senders=")
    assert run_engine("export").out == before


def test_keys_of_the_gateway(run: Run, world: Path) -> None:
    assert run("gateway", "show").out == "note: every key of [gateway] has its default\n"
    told = run("gateway", "set", "ip_ban+=192.0.2.1", "drain=true")
    assert (
        told.out
        == "created   setting  gateway ip_ban\ncreated   setting  gateway drain\n" + FOLLOWS
    )
    assert run("gateway", "show").out == 'drain = true\nip_ban = ["192.0.2.1"]\n'
    assert run("gateway", "show", "--json").json() == {"drain": True, "ip_ban": ["192.0.2.1"]}


def test_groups_and_their_members_stay(run: Run, world: Path) -> None:
    run("group", "add", "alice", "Staff", "+447700900126")
    before = run("export").out
    assert "447700900126" in before
    run("account", "set", "bob", "overdraft=7")
    assert run("export").out == before.replace('overdraft = "5.00"', 'overdraft = "7.00"')


def test_a_fault_changes_nothing(run: Run, world: Path) -> None:
    before = run("export").out
    wrong = run("account", "set", "alice", "rate=20", "rat=1")
    assert (wrong.code, wrong.out) == (1, "")
    assert "nothing was changed" in wrong.err
    assert "did you mean 'rate'?" in wrong.err
    assert "there is no account 'alic'" in run("account", "set", "alic", "rate=1").err
    assert run("export").out == before


def test_a_password_comes_from_the_environment(run: Run, world: Path) -> None:
    assert "password_env=NAME" in run("account", "set", "alice", "password=canary").err
    assert "canary" not in run("account", "set", "alice", "password=canary").err
    missing = run("account", "set", "alice", "password_env=DRAGOMAN_TEST_NOBODY_SETS")
    assert missing.code == 1
    assert "DRAGOMAN_TEST_NOBODY_SETS" in missing.err
