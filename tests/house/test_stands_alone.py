"""Nothing in the project speaks of the place where it was written."""

import re
from pathlib import Path

import pytest

FOLDERS = ("src", "tests", "scripts", "bench", "docs", ".ci")
SUFFIXES = {"", ".cfg", ".ini", ".json", ".md", ".py", ".sql", ".svg", ".toml", ".txt"}
FILES = [
    *(path for pattern in ("*.md", "*.toml", "*.lock") for path in sorted(Path().glob(pattern))),
    *(
        path
        for folder in FOLDERS
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.suffix in SUFFIXES
    ),
]

# Put together from halves, so that this file does not find itself.
PLACES = {
    "a neighbouring folder": r"\.\./" + "shared",
    "a work folder": "/wo" + "rk/",
    "a home folder": r"(?<![\w.~-])/(?:ho" + r"me/\w+|[r]oot)/",
    "a package mirror": r"--(?:extra-)?index-u" + "rl",
}


@pytest.mark.parametrize("pattern", PLACES.values(), ids=PLACES)
def test_no_file_names(pattern: str) -> None:
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert found == []
