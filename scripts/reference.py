"""Write the pages of docs/reference that are made from tables in the code.

Run by hand after a change of the tables; tests/house/test_generated_pages.py fails until then.
Of the pages of the dialects only the blocks between `<!-- made: NAME -->` and `<!-- end -->`
are made; the rest is written by hand.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import get_type_hints

import msgspec
from msgspec import inspect

from dragoman.cli.reference import cli_page, default, world_page
from dragoman.config import SETTINGS, Config, Setting, words
from dragoman.core.worldfile.keys import DIALECT_KEYS, NOT_YET
from dragoman.core.worldfile.tables import describe
from dragoman.dialects import (
    DIALECTS,
    intellisoftware_words,
    intouch,
    intouch_words,
    inviosmart,
    inviosmart_words,
    unified_codes,
)
from dragoman.dialects.exchange import Dialect
from dragoman.front.metrics import METRICS
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State

ROOT = Path(__file__).resolve().parent.parent


def settings_page() -> str:
    """Give the page of the process settings."""
    lines = [
        "# Settings",
        "",
        "The settings of one process stand in `dragoman.toml` (another file: `-c FILE`), each in",
        "the table of its section. Every setting can also come from the environment, which wins;",
        "there a list is written with commas. All have defaults, so no file is needed to begin",
        "with. A name that is not known is an error, and says which known one is near.",
        "",
        "Relative paths are below the working directory. Accounts, carriers, routes and prices are",
        "no settings: `dragoman apply` puts them into the store.",
    ]
    for section, table in get_type_hints(Config).items():
        lines += ["", f"## [{section}]", "", (table.__doc__ or "").strip()]
        for setting in SETTINGS:
            if setting.section == section:
                lines += ["", *setting_lines(setting)]
    return "\n".join(lines) + "\n"


def setting_lines(setting: Setting) -> list[str]:
    """Give the heading of a setting and what stands below it."""
    takes = f"Takes {words(setting.type)}. Default: `{toml(setting.default)}`."
    variable = f"Environment: `{setting.variable}`."
    return [f"### {setting.name}", "", setting.description, "", f"{takes} {variable}"]


def toml(value: object) -> str:
    """Write a default as it would stand in the file."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case tuple():
            return "[" + ", ".join(map(toml, value)) + "]"
        case _:
            return str(value)


def metrics_page() -> str:
    """Give the page of the metrics."""
    lines = [
        "# Metrics",
        "",
        "`/metrics` on the ops listener gives these in Prometheus' text format or in OpenMetrics,",
        "and beside them `process_*`, what prometheus-client tells of every process. Those of a",
        "carrier have the label `carrier`. Names that end in `_total` only grow while the process",
        "lives; the others are the state at the moment of the scrape. Where front processes answer",
        "customers (`http.processes`), what they count is here within a second, as one sum.",
        "",
        "| metric | means |",
        "|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in METRICS.items()),
    ]
    return "\n".join(lines) + "\n"


def dialect_page(name: str) -> str:
    """Give a dialect's page as it stands, its made blocks made anew."""
    page = (ROOT / f"docs/reference/dialects/{name}.md").read_text(encoding="utf-8")

    def made(found: re.Match[str]) -> str:
        lines = [found[1], "", *BLOCKS[found[2]](DIALECTS[name]), "", "<!-- end -->"]
        return "\n".join(lines)

    return re.sub(r"(<!-- made: (\w+) -->)\n.*?<!-- end -->", made, page, flags=re.DOTALL)


def path_rows(dialect: Dialect) -> Iterator[str]:
    """Give a row for each path of a dialect."""
    yield from ("| path | for |", "|---|---|")
    for exchange in dialect.exchanges:
        for path in exchange.paths:
            yield f"| `{path}` | {exchange.kind} |"


def option_rows(dialect: Dialect) -> Iterator[str]:
    """Give a row for each option of a dialect that is read today."""
    yield from ("| option | takes | default | |", "|---|---|---|---|")
    for field in msgspec.structs.fields(DIALECT_KEYS[dialect.name]):
        if field.name in NOT_YET["dialect"]:
            continue
        shape = inspect.type_info(field.type)
        said = shape.extra_json_schema or {} if isinstance(shape, inspect.Metadata) else {}
        given = dialect.defaults.get(field.name, msgspec.UNSET)
        takes, does = describe(shape).replace("|", "\\|"), said.get("description", "")
        yield f"| `{field.name}` | {takes} | {default(field, given)} | {does} |"


def refusal_rows(dialect: Dialect) -> Iterator[str]:
    """Give a row for each words that a dialect has for a reason, and what causes it."""
    causes = dict(
        re.findall(
            r"^\| `([^`]+)` \| (.*) \|$",
            (ROOT / "docs/reference/refusals.md").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    yield from ("| reason | variant | answer | cause |", "|---|---|---|---|")
    for reason in Reason:
        for variant, answer in WORDS[dialect.name](reason):
            cause = f"{causes[reason.value]}."
            yield f"| `{reason.value}` | {variant} | `{answer}` | {cause} |"


def intouch_answers(reason: Reason) -> Iterator[tuple[str, str]]:
    """Give variant and text of a reason, for the two dialects that share them."""
    refusal = Refusal(reason, field="PARAMETER", status=8)
    text = intouch_words.refusal_text(refusal)
    yield "", text.replace("PARAMETER", "<parameter>").replace("8", "<status>")


def unified_answers(reason: Reason) -> Iterator[tuple[str, str]]:
    """Give variant and code of a reason."""
    if reason is Reason.CARRIER_REFUSAL:
        yield "", "<command_status>"
        return
    yield "", str(unified_codes.code(Refusal(reason), {}))


def intellisoftware_answers(reason: Reason) -> Iterator[tuple[str, str]]:
    """Give variant and name of a reason."""
    for (of, field), name in intellisoftware_words.NAMES.items():
        if of is reason:
            yield f"`{field}`" if field else "", f"ERR:{name}"


def inviosmart_answers(reason: Reason) -> Iterator[tuple[str, str]]:
    """Give variant and line of a reason."""
    for (of, variant), line in inviosmart_words.LINES.items():
        if of is reason:
            yield variant, line


WORDS: dict[str, Callable[[Reason], Iterator[tuple[str, str]]]] = {
    "intouch": intouch_answers,
    "itec": intouch_answers,
    "unified": unified_answers,
    "intellisoftware": intellisoftware_answers,
    "inviosmart": inviosmart_answers,
}


def status_rows(dialect: Dialect) -> Iterator[str]:
    """Give a row for each state, in the words of a dialect that tells states."""
    table = inviosmart.NUMBERS if dialect.name == "inviosmart" else intouch.LETTERS
    yield from ("| state | told as |", "|---|---|")
    for state in State:
        yield f"| `{state.word}` | `{table[state]}` |"
    if dialect.name == "inviosmart":
        for (state, cause), number in inviosmart.CAUSES.items():
            yield f"| `{state.word}`, {cause} | `{number}` |"


BLOCKS: dict[str, Callable[[Dialect], Iterator[str]]] = {
    "paths": path_rows,
    "options": option_rows,
    "refusals": refusal_rows,
    "statuses": status_rows,
}


def log_page() -> str:
    """Give the page of what may stand in the log, found where it is written."""
    lines = [
        "# Log",
        "",
        "What a gateway may say on standard error, by level and by who says it. `%s` and `%d`",
        "stand for what differs. Passwords, keys and texts of messages are in none of them.",
    ]
    events = sorted(set(log_events()), key=lambda event: event[1:])
    for level in ("critical", "error", "warning", "info"):
        if rows := [f"| `{where}` | {words} |" for its, where, words in events if its == level]:
            lines += ["", f"## {level}", "", "| from | says |", "|---|---|", *rows]
    return "\n".join(lines) + "\n"


def log_events() -> Iterator[tuple[str, str, str]]:
    """Give level, module and words of each call of a module's `log`."""
    package = ROOT / "src/dragoman"
    for path in package.rglob("*.py"):
        where = ".".join(path.relative_to(package).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name("log"), attr=call),
                    args=[ast.Constant(str(words)), *_]
                    | [ast.Name("level"), ast.Constant(str(words)), *_],
                ):
                    yield LEVELS.get(call, call), where, words.replace("|", "\\|")


# How the calls that are not called as their level are told; `log` is told its level as it runs.
LEVELS = {"exception": "error", "log": "warning"}
PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "log.md": log_page,
    "metrics.md": metrics_page,
    "settings.md": settings_page,
    "world-file.md": world_page,
    **{f"dialects/{name}.md": partial(dialect_page, name) for name in DIALECTS},
}


def main() -> int:
    """Write all pages."""
    for name, render in PAGES.items():
        (ROOT / "docs/reference" / name).write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
