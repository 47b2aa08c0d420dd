"""Each dialect has its page, and each path, option, refusal and status its place there."""

import re
from pathlib import Path

import msgspec
import pytest

from dragoman.dialects import DIALECTS, inviosmart
from dragoman.dialects.exchange import Dialect, Kind
from dragoman.dialects.registry import paths
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State

FOLDER = Path("docs/reference/dialects")
HEADINGS = ("## Endpoints", "## Refusals", "## Options", "## Not served yet")


def page(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def rows(name: str) -> dict[str, str]:
    """Give the rows of a page's tables by their first word; those of one word together."""
    table: dict[str, str] = {}
    for word, rest in re.findall(r"^\| `([^`]+)` \|(.*)$", page(name), re.MULTILINE):
        table[word] = table.get(word, "") + rest
    return table


def test_every_dialect_has_its_page() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == {"index", *DIALECTS}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_page_has_what_people_look_for(name: str) -> None:
    headings = re.findall(r"^## .*$", page(name), re.MULTILINE)
    assert [heading for heading in headings if heading in HEADINGS] == list(HEADINGS)
    # an example that can be pasted, and what comes back
    assert "```sh\ncurl " in page(name)


def test_every_path_has_its_row() -> None:
    """What the registry serves is what the pages list, with what it is for."""
    said = {
        (name, path): rest.strip(" |")
        for name in DIALECTS
        for path, rest in rows(name).items()
        if path.startswith("/")
    }
    served = {(d.name, path): exchange.kind.value for path, (d, exchange) in paths().items()}
    assert said == served


@pytest.mark.parametrize("name", DIALECTS)
def test_every_option_has_its_row(name: str) -> None:
    assert DIALECTS[name].defaults.keys() - rows(name).keys() == set()


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("name", DIALECTS)
def test_every_refusal_has_its_words(name: str, reason: Reason) -> None:
    """The words are those that the dialect itself answers with."""
    if name == "unified" and reason is Reason.CARRIER_REFUSAL:
        said = "<command_status>"
    else:
        said = answer(DIALECTS[name], reason)
    assert f"`{said}`" in rows(name)[reason.value]


def answer(dialect: Dialect, reason: Reason) -> str:
    """Give what a customer reads who is refused a sending for a reason."""
    sending = next(e for e in dialect.exchanges if e.kind is Kind.SUBMIT)
    refusal = Refusal(reason, field="<parameter>")
    body = sending.refuse(refusal, dialect.defaults).body
    if not body.startswith(b"{"):
        return body.decode()
    return str(msgspec.json.decode(body)["detail"]).replace("refused: 0", "refused: <status>")


@pytest.mark.parametrize("name", ["intouch", "itec", "inviosmart"])
def test_every_state_has_its_row(name: str) -> None:
    states = {state.word for state in State}
    assert states - rows(name).keys() == set()


def test_the_help_names_the_paths() -> None:
    """The help that a customer asks for, and the page, name the same commands."""
    commands = re.findall(r"^(/[a-z-]+)", inviosmart.HELP, re.MULTILINE)
    assert [command for command in commands if command not in rows("inviosmart")] == []
