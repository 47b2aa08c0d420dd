"""`smsc`: the SMSC simulator as a process of its own."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from dragoman.carriers.simulator.faults import Faults
from dragoman.carriers.simulator.options import ID_FORMS, SmscOptions
from dragoman.carriers.simulator.run import run
from dragoman.cli.frame import Refused, now_us
from dragoman.cli.screen import iso
from dragoman.core.worldfile.tables import unknown


def simulate(
    settings: dict[str, object],
    faults: list[str],
    logins: Path | None,
    *,
    quiet: bool,
    as_json: bool,
) -> None:
    """Serve until it is told to stop; a line for each thing that happens."""
    try:
        options = msgspec.convert(settings | {"accounts": read_logins(logins)}, SmscOptions)
    except (msgspec.ValidationError, ValueError) as error:
        forms = f"; id forms are {', '.join(ID_FORMS)}"
        raise Refused(f"{error}{forms if 'form' in str(error) else ''}") from None
    wrong = read_faults(faults)
    try:
        asyncio.run(run(options, now_us, say_json if as_json else say, faults=wrong, quiet=quiet))
    except OSError as error:
        raise Refused(
            f"cannot listen on {options.host}:{options.port}: {error.strerror};"
            " --port 0 takes any that is free"
        ) from None


def say(line: str) -> None:
    """Write a line at once, for whoever watches through a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def say_json(line: str) -> None:
    """Write a line as an object with its time, for programs."""
    say(json.dumps({"at": iso(now_us()), "line": line}, ensure_ascii=False))


def read_faults(pairs: list[str]) -> Faults:
    """Read `name=value` pairs; Refused says which are known."""
    given: dict[str, Any] = {}
    known = Faults.__struct_fields__
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = name.strip().replace("-", "_")
        if name not in known:
            words = unknown("fault", name, known).removeprefix("has ")
            mark = "" if words.endswith("?") else "."
            raise Refused(f"--fault: there is {words}{mark} All are {', '.join(known)}")
        if not equals:
            raise Refused(f"--fault: {name} has no value; write {name}=...")
        given[name] = value.strip()
    try:
        return msgspec.convert(given, Faults, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(f"--fault: {error}") from None


def read_logins(file: Path | None) -> dict[str, str]:
    """Read `system_id:password` lines; without a file anybody may bind."""
    logins: dict[str, str] = {}
    lines = file.read_text(encoding="utf-8").splitlines() if file else []
    for number, line in enumerate(lines, 1):
        if line.strip():
            system_id, colon, password = line.partition(":")
            if not colon:
                raise Refused(f"{file}, line {number}: write system_id:password")
            logins[system_id.strip()] = password
    return logins
