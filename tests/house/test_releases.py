"""Version, change log and lock files say the same."""

import re
import tomllib
from pathlib import Path

import pytest

import dragoman

CHANGELOG = Path("CHANGELOG.md").read_text(encoding="utf-8")
LOCKS = ("requirements.lock", "requirements-dev.lock")


def test_version_and_changelog_agree() -> None:
    """The code's version is the newest released one, or the one being prepared."""
    headings = re.findall(r"^## .*$", CHANGELOG, re.MULTILINE)
    assert headings[0] == "## [Unreleased]"
    released = []
    for heading in headings[1:]:
        dated = re.fullmatch(r"## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}", heading)
        assert dated is not None, heading
        released.append(dated[1])
    assert released == sorted(released, key=numbers, reverse=True)
    prepared = re.findall(r"^To be released as (\d+\.\d+\.\d+)\.$", CHANGELOG, re.MULTILINE)
    assert len(prepared) <= 1
    assert [dragoman.__version__] == (prepared or released)[:1]


def numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def pins(lock: str) -> dict[str, str]:
    text = Path(lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text, re.MULTILINE))


def wanted(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9_-]", line)[0].lower() for line in requirements}


def test_locks_hold_all_that_the_project_names() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    runtime = wanted(project["project"]["dependencies"])
    assert runtime - set(pins("requirements.lock")) == set()
    both = runtime | wanted(project["dependency-groups"]["dev"])
    assert both - set(pins("requirements-dev.lock")) == set()


def test_what_is_tested_is_what_is_shipped() -> None:
    tested = pins("requirements-dev.lock")
    different = {name for name, pin in pins("requirements.lock").items() if tested.get(name) != pin}
    assert different == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_hashes_everything(lock: str) -> None:
    """A host name would tie the project to one mirror; a missing hash would trust it."""
    text = Path(lock).read_text(encoding="utf-8")
    assert re.findall(r"^.*(?:://|--(?:extra-)?index|--find-links).*$", text, re.MULTILINE) == []
    blocks = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(lock))
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
