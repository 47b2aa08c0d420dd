"""Documents that point somewhere point at something, and decision records keep their form."""

import re
from pathlib import Path

import pytest

FOLDERS = ("docs", "src", "scripts", "tests", "bench")
PAGES = sorted(
    [*Path().glob("*.md"), *(page for folder in FOLDERS for page in Path(folder).rglob("*.md"))]
)
RECORDS = sorted(Path("docs/adr").glob("[0-9]*.md"))


@pytest.mark.parametrize("page", PAGES, ids=map(str, PAGES))
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link or picture of a page is a file, and its anchor a heading there."""
    broken = []
    for target in links(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        there = (page.parent / path) if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


def links(text: str) -> list[str]:
    """Give the targets of a page's links that stay in the project, code blocks left out."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [
        target
        for target in re.findall(r"\]\(([^)\s]+)\)", prose)
        if not re.match(r"[a-z]+:", target)
    ]


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as the usual renderers name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_of_the_documentation_is_linked_from_another() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in PAGES
        for target in links(page.read_text(encoding="utf-8"))
    }
    pages = [page for page in PAGES if page.parts[0] == "docs" and page.name != "index.md"]
    assert [str(page) for page in pages if page.resolve() not in linked] == []


@pytest.mark.parametrize("record", RECORDS, ids=[record.stem for record in RECORDS])
def test_a_decision_record_keeps_its_form(record: Path) -> None:
    """At most one page: context, decision, consequences, what would change our mind."""
    text = record.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    assert re.findall(r"^# (\d{4}): .+$", text, re.MULTILINE) == [record.stem[:4]]
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
        "What would change our mind",
    ]


def test_decision_records_are_numbered_without_gaps() -> None:
    numbers = [int(record.stem[:4]) for record in RECORDS]
    assert numbers == list(range(1, len(RECORDS) + 1))


def test_the_readme_names_the_two_commands() -> None:
    readme = Path("README.md").read_text(encoding="utf-8")
    assert "scripts/demo" in readme
    assert "scripts/test" in readme


def test_the_ten_rooms_fit_on_forty_lines() -> None:
    """The first file that a newcomer opens names every room there is."""
    text = Path("src/dragoman/README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    rooms = [path.parent.name for path in Path("src/dragoman").glob("*/__init__.py")]
    assert [room for room in rooms if f"`{room}/`" not in text] == []
