"""`db`: on both engines where both can."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from dragoman.store.migrate import REVISIONS
from tests.cli.conftest import WORLD, Run, runner, settings


def test_the_store_tells_its_engine_and_its_tables(run_engine: Run) -> None:
    shown = msgspec.convert(run_engine("db", "version", "--json").json(), dict[str, object])
    assert shown["engine"] in {"sqlite", "postgresql"}
    assert (shown["revision"], shown["standing"]) == (REVISIONS[-1], "current")
    assert isinstance(shown["octets"], int)
    assert run_engine("db", "migrate").out == "nothing to do\n"
    assert run_engine("db", "check").out == "sound, and every balance adds up\n"
    assert run_engine("db", "vacuum").code == 0


def test_a_store_that_is_not_there_is_made_only_on_purpose(tmp_path: Path) -> None:
    settings(tmp_path, f"sqlite:///{tmp_path / 'new.db'}")
    run = runner(tmp_path)
    missing = f"dragoman: there is no store at {tmp_path / 'new.db'}; "
    for command in (
        ["balance", "alice"],
        ["queue"],
        ["db", "version"],
        ["export"],
        ["db", "check"],
    ):
        refused = run(*command)
        assert (refused.code, refused.out) == (1, ""), command
        assert refused.err.startswith(missing), command
        assert not (tmp_path / "new.db").exists()
    assert run("db", "migrate").out == f"tables are at {REVISIONS[-1]} now\n"
    assert run("queue").out == "nothing waits\n"


def test_apply_makes_the_store_that_it_needs(tmp_path: Path) -> None:
    settings(tmp_path, f"sqlite:///{tmp_path / 'new.db'}")
    world = tmp_path / "world.toml"
    world.write_text(WORLD, encoding="utf-8")
    assert runner(tmp_path)("apply", str(world)).code == 0
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_a_store_of_another_version_is_not_touched(run: Run, world: Path, revision: str) -> None:
    with sqlite3.connect(world.parent / "dragoman.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    refused = run("balance", "alice")
    assert refused.code == 1
    assert f"written by a newer version of dragoman (revision {revision}" in refused.err
    assert run("db", "version").code == 1


def test_a_backup_is_the_store_and_replaces_nothing(run: Run, world: Path) -> None:
    copy = world.parent / "copy.db"
    assert run("db", "backup", str(copy)).code == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    settings(world.parent, f"sqlite:///{copy}")
    assert run("balance", "alice").out == "10.00 EUR\n"
    refused = run("db", "backup", str(copy))
    assert (refused.code, refused.err) == (
        1,
        f"dragoman: {copy} is there already; name another file\n",
    )


def test_postgresql_is_backed_up_by_its_own_program(postgresql_url: str, tmp_path: Path) -> None:
    settings(tmp_path, postgresql_url)
    refused = runner(tmp_path)("db", "backup", str(tmp_path / "copy"))
    assert (refused.code, refused.err) == (
        1,
        "dragoman: a store on PostgreSQL is copied with pg_dump, which does it right\n",
    )
    assert not (tmp_path / "copy").exists()


def test_a_balance_that_does_not_add_up_is_found(run: Run, world: Path) -> None:
    with sqlite3.connect(world.parent / "dragoman.db") as connection:
        connection.execute("UPDATE account SET balance_u = balance_u + 1 WHERE name = 'alice'")
    connection.close()
    checked = run("account", "check")
    assert (checked.code, checked.out) == (
        1,
        "account    balance  should be\nalice    10.000001      10.00\n",
    )
    assert run("account", "check", "--json").json() == {
        "accounts": 2,
        "wrong": [{"name": "alice", "balance": "10.000001", "expected": "10.00"}],
    }
    whole = run("db", "check")
    assert (whole.code, whole.out) == (
        1,
        "account alice does not add up; see `dragoman account check`\n",
    )


def test_damage_is_found(run: Run, world: Path) -> None:
    file = world.parent / "dragoman.db"
    run("db", "vacuum")  # nothing in the log, all in the file
    octets = bytearray(file.read_bytes())
    octets[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    file.write_bytes(octets)
    assert run("db", "check").code == 1
