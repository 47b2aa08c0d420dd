"""The scripts are small, executable, described, and do not care where they are called from."""

import os
import re
import subprocess
from pathlib import Path

import pytest

SCRIPTS = sorted(path for path in Path("scripts").iterdir() if path.is_file() and path.suffix == "")
NAMES = [path.name for path in SCRIPTS]


@pytest.mark.parametrize("script", SCRIPTS, ids=NAMES)
def test_a_script_is_small_and_runs_from_anywhere(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 30
    assert lines[0] == "#!/bin/sh"
    assert lines[1].startswith("# ")
    assert any(line.startswith('cd "$(dirname "$0")/.."') for line in lines)
    assert os.access(script, os.X_OK)
    subprocess.run(["/bin/sh", "-n", script], check=True)


def test_each_script_has_its_line_in_the_readme() -> None:
    readme = Path("scripts/README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)", readme, re.MULTILINE) == NAMES


def test_continuous_integration_runs_what_everybody_runs() -> None:
    lines = Path(".ci/run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "set -eu",
        'exec "$(dirname "$0")/../scripts/test"',
    ]
