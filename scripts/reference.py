"""Write the pages of docs/reference that are made from tables in the code.

Run by hand after a change of the tables; tests/house/test_generated_pages.py fails until then.
"""

import sys
from pathlib import Path
from typing import get_type_hints

from dragoman.cli.reference import cli_page, world_page
from dragoman.config import SETTINGS, Config, Setting, words
from dragoman.front.metrics import METRICS

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
        "lives; the others are the state at the moment of the scrape.",
        "",
        "| metric | means |",
        "|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in METRICS.items()),
    ]
    return "\n".join(lines) + "\n"


PAGES = {
    "cli.md": cli_page,
    "metrics.md": metrics_page,
    "settings.md": settings_page,
    "world-file.md": world_page,
}


def main() -> int:
    """Write all pages."""
    for name, render in PAGES.items():
        (ROOT / "docs/reference" / name).write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
