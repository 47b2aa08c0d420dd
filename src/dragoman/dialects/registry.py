"""Which path belongs to which exchange of which dialect.

The paths are the vendors' own, so that a customer changes only the host.
"""

from collections.abc import Mapping

from dragoman.dialects import DIALECTS
from dragoman.dialects.exchange import Dialect, Exchange, Settings

Paths = dict[str, tuple[Dialect, Exchange]]


def paths(options: Mapping[str, Settings] | None = None) -> Paths:
    """Give the exchange behind each path: lower case, no doubled and no trailing slash.

    `options` are the operator's, by dialect: `base_path` moves the paths of a dialect whose
    vendor never published any.
    """
    table: Paths = {}
    for name, dialect in DIALECTS.items():
        given = str((options or {}).get(name, {}).get("base_path", ""))
        for exchange in dialect.exchanges:
            for path in exchange.paths:
                table[_moved(path, dialect, given)] = (dialect, exchange)
    return table


def _moved(path: str, dialect: Dialect, given: str) -> str:
    """Put the operator's base path in the place of the dialect's own, where it has one."""
    own = str(dialect.defaults.get("base_path", ""))
    if not own or not given:
        return path
    return f"/{given.lower().strip('/')}".rstrip("/") + path.removeprefix(own)
