"""Every command and every key has its place in the reference."""

from pathlib import Path

import msgspec
import pytest

from dragoman.cli.kinds import KINDS
from dragoman.cli.reference import BOXED_WORDS, SMPP_WORDS, commands
from dragoman.core.worldfile.keys import (
    DIALECT_KEYS,
    AccountKeys,
    CarrierKeys,
    GatewayKeys,
    NumberKeys,
    PriceKeys,
    RouteKeys,
)

CLI = Path("docs/reference/cli.md").read_text(encoding="utf-8")
WORLD = Path("docs/reference/world-file.md").read_text(encoding="utf-8")


def test_every_command_has_its_heading_and_its_options() -> None:
    names = [name for name, _ in commands()]
    headings = [line for line in CLI.splitlines() if line.startswith("## ")]
    assert headings == [f"## dragoman {name}" for name in names]
    assert {"serve", "apply", "export", "smsc", "send", "status", "balance", "demo"} <= set(names)
    assert {"account ledger", "carrier list", "queue", "queue move", "db check"} <= set(names)


def test_no_command_takes_a_password() -> None:
    """Arguments are seen by everybody on the host (pain 40)."""
    for name, command in commands():
        for parameter in command.params:
            assert not {"password", "secret"} & set(str(parameter.name).split("_")), name


TABLES: dict[str, type[msgspec.Struct]] = {
    "## [[account]]": AccountKeys,
    "## [[carrier]]": CarrierKeys,
    "## [[route]]": RouteKeys,
    "## [[price]]": PriceKeys,
    "## [[number]]": NumberKeys,
    "## [gateway]": GatewayKeys,
    **{f"## [dialect.{name}]": keys for name, keys in DIALECT_KEYS.items()},
}


@pytest.mark.parametrize(("heading", "keys"), TABLES.items(), ids=TABLES)
def test_every_key_has_its_row_with_words(heading: str, keys: type[msgspec.Struct]) -> None:
    section = WORLD.partition(f"{heading}\n")[2].partition("\n#")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    fields = [field.name for field in msgspec.structs.fields(keys)]
    assert [row[0].strip("| `") for row in rows] == fields
    assert [row[0] for row in rows if not row[-1].strip(" |")] == []


def test_every_option_of_a_carrier_has_words() -> None:
    known = {
        kind: {field.name for field in msgspec.structs.fields(entry.options)}
        for kind, entry in KINDS.items()
    }
    assert set(SMPP_WORDS) == known["smpp"]
    assert set(BOXED_WORDS) | set(SMPP_WORDS) >= known["simulator"]
    assert set(BOXED_WORDS) <= known["simulator"]
