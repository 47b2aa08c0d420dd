"""What a shell sees: exit codes, streams, speed of `--help`; in processes of their own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dragoman import __version__
from tests.cli.conftest import Run

HEAVY = ("sqlalchemy", "alembic", "psycopg", "argon2", "asyncio", "rich.console", "msgspec")


def dragoman(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DRAGOMAN_")}
    return subprocess.run(
        [sys.executable, "-m", "dragoman", *arguments],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


CODES = {
    "done": (["--version"], 0),
    "no command": ([], 2),
    "a command that is not": (["apply2"], 2),
    "an option that is not": (["balance", "alice", "--jsn"], 2),
    "an argument too few": (["balance"], 2),
    "refused": (["balance", "alice"], 1),
    "settings that are not there": (["queue", "-c", "no.toml"], 1),
}


@pytest.mark.parametrize(("arguments", "code"), CODES.values(), ids=CODES)
def test_exit_codes(tmp_path: Path, arguments: list[str], code: int) -> None:
    result = dragoman(*arguments, folder=tmp_path)
    assert result.returncode == code
    assert "Traceback" not in result.stderr
    assert (result.stdout == "") == (code != 0 or not arguments)


def test_the_version_is_told(tmp_path: Path) -> None:
    assert dragoman("--version", folder=tmp_path).stdout == f"dragoman {__version__}\n"


def test_help_imports_nothing_that_a_command_needs() -> None:
    """`--help` and shell completion come in a tenth of a second, and `serve` stays small."""
    code = "import sys; import dragoman.cli.commands; print(*sys.modules, sep='\\n')"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(result.stdout.split())
    assert [name for name in HEAVY if name in loaded and name not in {"asyncio", "msgspec"}] == []


def test_wrong_settings_are_told_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "dragoman.toml").write_text("[http]\nlissten = 1\n[stores]\n", encoding="utf-8")
    result = dragoman("queue", folder=tmp_path)
    assert result.returncode == 1
    assert result.stderr == (
        "dragoman: dragoman.toml: http.lissten is not known; did you mean http.listen?\n"
        "  dragoman.toml: [stores] is not known; did you mean store?\n"
    )


def test_settings_come_from_the_environment_too(run: Run, world: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dragoman.db'}"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    result = dragoman("balance", "alice", folder=elsewhere, DRAGOMAN_STORE_URL=url)
    assert (result.returncode, result.stdout) == (0, "10.00 EUR\n")


def test_a_password_comes_from_the_environment(run: Run, world: Path, tmp_path: Path) -> None:
    text = world.read_text(encoding="utf-8")
    world.write_text(
        text.replace('password = "s3cret-canary"', 'password_env = "ALICE"'), encoding="utf-8"
    )
    same = dragoman("apply", str(world), folder=tmp_path, ALICE="s3cret-canary")
    assert same.stdout.endswith("nothing to change: the store is as the file says\n")
    other = dragoman("apply", str(world), folder=tmp_path, ALICE="another")
    assert "          password: another one\n" in other.stdout
    missing = dragoman("apply", str(world), folder=tmp_path)
    assert "password_env names the environment variable ALICE, which is not set" in missing.stderr


def test_the_simulator_says_where_it_listens_and_ends_well(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "dragoman", "smsc", "--port", "0", "--fault", "throttle-every=3"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert first.startswith("SMSC simulator on 127.0.0.1:")
    assert rest.endswith("0 submit_sm, 0 taken, 0 refused, 0 deliver_sm acknowledged\n")


def test_the_simulator_tells_programs_in_json(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "dragoman", "smsc", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=30)
    lines = [json.loads(line) for line in (first, *rest.splitlines())]
    assert lines[0]["line"].startswith("SMSC simulator on 127.0.0.1:")
    assert all(list(line) == ["at", "line"] and line["at"].endswith("Z") for line in lines)
    assert lines[-1]["line"] == "0 submit_sm, 0 taken, 0 refused, 0 deliver_sm acknowledged"


@pytest.mark.parametrize("command", ["serve", "smsc"])
def test_what_cannot_be_run_is_told_in_json_too(tmp_path: Path, command: str) -> None:
    wrong = {"serve": ["-c", "no.toml"], "smsc": ["--fault", "drop_every"]}
    result = dragoman(command, "--json", *wrong[command], folder=tmp_path)
    assert (result.returncode, result.stderr) == (1, "")
    assert list(json.loads(result.stdout)) == ["error", "problems"]


def test_the_gateway_logs_in_json_where_it_is_asked(tmp_path: Path) -> None:
    away = {"DRAGOMAN_HTTP_LISTEN": "127.0.0.1:0", "DRAGOMAN_OPS_LISTEN": "127.0.0.1:0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "dragoman", "serve", "--json"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **away},
    )
    assert process.stderr is not None
    lines: list[dict[str, str]] = []
    while not lines or " serves " not in lines[-1]["message"]:
        lines.append(json.loads(process.stderr.readline()))
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=30)[1].splitlines()
    assert process.returncode == 0
    assert json.loads(rest[-1])["message"] == "stopped"


SMSC_REFUSED = {
    "a fault that is not": (
        ["--fault", "throtle_every=3"],
        "--fault: there is no fault 'throtle_every'; did you mean 'throttle_every'? All are ",
    ),
    "a fault without a value": (
        ["--fault", "drop_every"],
        "--fault: drop_every has no value; write drop_every=...",
    ),
    "a value that is not": (
        ["--fault", "drop_every=x"],
        "--fault: Expected `int`, got `str` - at `$.drop_every`",
    ),
    "a form of ids": (
        ["--id-form", "roman"],
        "id_form is one of decimal, hex, HEX, padded, padded-hex, prefixed, not 'roman'",
    ),
    "a file of log-ins": (["--logins", "no.txt"], "no.txt: No such file or directory"),
}


@pytest.mark.parametrize(("arguments", "words"), SMSC_REFUSED.values(), ids=SMSC_REFUSED)
def test_a_simulator_that_cannot_be_set_up_says_why(
    run: Run, arguments: list[str], words: str
) -> None:
    result = run("smsc", "--port", "0", *arguments, config=False)
    assert result.code == 1
    assert result.err.startswith(f"dragoman: {words}")


def test_the_help_names_every_fault() -> None:
    from dragoman.carriers.simulator.faults import Faults
    from dragoman.cli.commands import FAULTS

    assert FAULTS.split(", ") == list(Faults.__struct_fields__)


def test_log_ins_are_read_from_a_file(run: Run, tmp_path: Path) -> None:
    from dragoman.cli.frame import Refused
    from dragoman.cli.simulate import read_logins

    file = tmp_path / "logins"
    file.write_text("one:p:w\n\ntwo:\n", encoding="utf-8")
    assert read_logins(file) == {"one": "p:w", "two": ""}
    file.write_text("one\n", encoding="utf-8")
    with pytest.raises(Refused, match="line 1: write system_id:password"):
        read_logins(file)
