"""Check the house rules that no linter knows: how long things are, what pure rooms may touch.

Run by scripts/check; prints one line for each breach and exits 1 if there is any.  It reads
source text only and imports nothing of the project.  The rules: docs/adr/0001-pure-rooms.md.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FUNCTION_LINES = 60
MODULE_LINES = 500
# Above a top-level assignment, "# table: where it comes from" says that it is data copied out of
# a document.  Its lines do not count: a table does not get clearer by being cut in two.
TABLE_MARK = "# table:"

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "tests", "scripts", "bench")
PURE_ROOMS = ("model", "sms", "protocols", "dialects")

IMPURE_MODULES = {
    "a clock": "time sched",
    "an event loop or threads": "asyncio concurrent multiprocessing signal threading",
    "randomness": "random secrets uuid",
    "the network": "http.client http.server select selectors smtplib socket socketserver ssl"
    " urllib.request",
    "a file or a process": "fileinput os pathlib pickle shutil subprocess sys tempfile",
    "a database": "alembic psycopg sqlalchemy sqlite3",
    "a log": "logging warnings",
}
IMPURE_CALLS = frozenset({"__import__", "eval", "exec", "input", "open", "print"})


def breaches(path: Path, source: str) -> Iterator[str]:
    """Give one line of text for each rule that a module breaks."""
    tree = ast.parse(source, str(path))
    yield from long_things(path, source, tree)
    if path.is_relative_to("src/dragoman") and path.parts[2] in PURE_ROOMS:
        yield from impure_things(path, tree)


def long_things(path: Path, source: str, tree: ast.Module) -> Iterator[str]:
    """Give the functions and the module that are longer than a reader can hold."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = length(node)
            if lines > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {lines} lines (max {FUNCTION_LINES})"
    rows = source.splitlines()
    lines = len(rows) - sum(length(node) for node in tree.body if is_table(node, rows))
    if lines > MODULE_LINES:
        yield f"{path}:1: the module has {lines} lines beside its tables (max {MODULE_LINES})"


def impure_things(path: Path, tree: ast.Module) -> Iterator[str]:
    """Give each import and call by which a pure room would touch the world."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(lineno=line, names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(lineno=line, module=str(package), names=names):
                modules = [f"{package}.{alias.name}" for alias in names]
            case ast.Call(lineno=line, func=ast.Name(id=name)) if name in IMPURE_CALLS:
                yield f"{path}:{line}: a pure room calls {name}()"
                continue
            case _:
                continue
        for module in modules:
            if what := impurity(module):
                yield f"{path}:{line}: a pure room imports {module}: {what}"


def impurity(module: str) -> str | None:
    """Say what a module would bring into a pure room; None where it is welcome."""
    for what, names in IMPURE_MODULES.items():
        if any(f"{module}.".startswith(f"{name}.") for name in names.split()):
            return what
    return None


def is_table(node: ast.stmt, rows: list[str]) -> bool:
    """Say whether the comment that ends just above a statement marks it as a table."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    above = node.lineno - 2
    while above >= 0 and rows[above].startswith("#"):
        if rows[above].startswith(TABLE_MARK):
            return True
        above -= 1
    return False


def length(node: ast.stmt) -> int:
    """Count the lines of a statement, its decorators left out."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def main() -> int:
    """Look at every module of the project."""
    found = [
        breach
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for breach in breaches(path.relative_to(ROOT), path.read_text(encoding="utf-8"))
    ]
    for breach in found:
        print(breach)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
