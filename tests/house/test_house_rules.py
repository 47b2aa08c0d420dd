"""The house rules themselves can fail: each on the smallest module that breaks it."""

import runpy
from pathlib import Path

import pytest

HOUSE = runpy.run_path("scripts/house.py")
ROOM = Path("src/dragoman/sms/alphabet.py")
SHELL = Path("src/dragoman/net/link.py")


def function_of(lines: int) -> str:
    return "def long() -> None:\n" + "    x = 1\n" * (lines - 1)


def table_of(lines: int, comment: str) -> str:
    return f"{comment}\nTABLE = {{\n" + "    1: 2,\n" * (lines - 2) + "}\n"


BREACHES = {
    "a function at the limit": (ROOM, function_of(60), []),
    "a function past it": (ROOM, function_of(61), [":1: long has 61 lines (max 60)"]),
    "a method past it": (
        SHELL,
        "class Link:\n    async def run(self) -> None:\n" + "        x = 1\n" * 60,
        [":2: run has 61 lines (max 60)"],
    ),
    "a module at the limit": (SHELL, "x = 1\n" * 500, []),
    "a module past it": (
        SHELL,
        "x = 1\n" * 501,
        [":1: the module has 501 lines beside its tables (max 500)"],
    ),
    "a marked table is not counted": (
        ROOM,
        table_of(700, "# table: 3GPP TS 23.038 section 6.2.1\n# with a second line of comment"),
        [],
    ),
    "an unmarked table is": (
        ROOM,
        table_of(700, "# from somewhere"),
        [":1: the module has 701 lines beside its tables (max 500)"],
    ),
    "a mark above a function excuses nothing": (
        SHELL,
        "# table: none\n" + function_of(61),
        [":2: long has 61 lines (max 60)"],
    ),
    "a pure room with a clock": (
        ROOM,
        "import time\n",
        [":1: a pure room imports time: a clock"],
    ),
    "a clock anywhere else is for other checks": (SHELL, "import time\n", []),
    "a name that only begins alike": (ROOM, "import timeline\n", []),
    "a part of a package": (
        ROOM,
        "from urllib import request\nfrom urllib import parse\n",
        [":1: a pure room imports urllib.request: the network"],
    ),
    "a name out of a module": (
        ROOM,
        "def late() -> None:\n    from os.path import join\n",
        [":2: a pure room imports os.path.join: a file or a process"],
    ),
    "a file opened": (ROOM, "text = open('x').read()\n", [":1: a pure room calls open()"]),
    "a method of that name": (ROOM, "text = envelope.open()\n", []),
}


@pytest.mark.parametrize(("path", "source", "expected"), BREACHES.values(), ids=BREACHES)
def test_breaches(path: Path, source: str, expected: list[str]) -> None:
    found = list(HOUSE["breaches"](path, source))
    assert found == [f"{path}{breach}" for breach in expected]


def test_every_room_that_should_be_pure_exists() -> None:
    """A renamed room would otherwise be free of its rule in silence."""
    rooms = [Path("src/dragoman", room) for room in HOUSE["PURE_ROOMS"]]
    assert [room for room in rooms if not room.is_dir()] == []
