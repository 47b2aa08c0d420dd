"""The access log: one line for each request, and no secret in any of them.

Never the body, never a header, and of the query no value whose name is on the list below
(pain 40): the vendors' dialects put passwords into URLs, and one-time codes beside them.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

import msgspec

from dragoman.protocols.http import Request

HIDDEN = "***"

# Lower case.  Credentials of the dialects; texts, which carry one-time codes; and the fields that
# may hold a whole JSON body with both.
SECRETS = frozenset(
    b"password pass passwd pwd passwort pw api_key apikey api_secret apisecret api_token key"
    b" secret token access_token auth authorization authent signature sign sig"
    b" message text msg body usercontext ud udh hex url data json".split()
)
_INNER_NAME = re.compile(rb"[;?]([^=;?]*)=")
_NO_PATH = re.compile("[&;?=]")
_QUERY_OCTETS = 2_048  # a line for people; ten thousand recipients are in the store
_LINES = 256  # written in one piece at the latest when there are so many
_SAFE = "/:@!$&'()*,;=+-._~%?#[]{}|^`<>\""


def mask_query(query: bytes) -> str:
    """Give a query string with the values of secrets replaced by `***`.

    Names are compared as a dialect reads them: percent-decoded, in any case, blanks trimmed.
    """
    if not query:
        return ""
    pairs = [_mask_pair(pair) for pair in query[:_QUERY_OCTETS].split(b"&")]
    return "&".join(pairs) + ("…" if len(query) > _QUERY_OCTETS else "")


def mask_path(path: str) -> str:
    """Give a path; of one that somebody meant to be a query, what stands before that.

    Whoever writes `&` in place of the first `?` has a password in the path.
    """
    if "=" in path:
        path = _NO_PATH.split(path, maxsplit=1)[0] + HIDDEN
    return quote(path, safe=_SAFE.replace("?", ""))


def _mask_pair(pair: bytes) -> str:
    name, equals, value = pair.partition(b"=")
    if not equals:
        # A lone word may be a password that lost its name; a name alone tells nothing.
        return HIDDEN if pair else ""
    if _is_secret(name):
        return f"{quote(name, safe=_SAFE)}={HIDDEN}"
    for inner in _INNER_NAME.finditer(value):
        # `;` parts nothing, but whoever thinks that it does has a password behind it.
        if _is_secret(inner[1]):
            return f"{quote(name + equals + value[: inner.end()], safe=_SAFE)}{HIDDEN}"
    return f"{quote(name, safe=_SAFE)}={quote(value, safe=_SAFE)}"


def _is_secret(name: bytes) -> bool:
    return unquote_to_bytes(name.replace(b"+", b" ")).strip().lower() in SECRETS


class Entry(msgspec.Struct, gc=False, omit_defaults=True):
    """One request as the log tells it."""

    time: str
    peer: str
    method: str
    path: str
    status: int
    octets: int
    took_ms: float
    query: str = ""


class AccessLog:
    """Gathers lines and writes many at once: a write each would cost as much as the request."""

    def __init__(
        self,
        write: Callable[[str], object],
        clock_us: Callable[[], int],
        *,
        as_json: bool = False,
    ) -> None:
        """Write to `write`, with the time of day by `clock_us`."""
        self._write = write
        self._clock_us = clock_us
        self._render = _render_json if as_json else _render_text
        self._lines: list[str] = []

    def note(self, request: Request, status: int, octets: int, took_s: float) -> None:
        """Log a request that was answered; `octets` 0 if its client was gone by then."""
        entry = Entry(
            time=_render_time(self._clock_us()),
            peer=request.peer,
            method=request.method,
            path=mask_path(request.path[:256]),
            status=status,
            octets=octets,
            took_ms=round(took_s * 1_000, 3),
            query=mask_query(request.query),
        )
        self._lines.append(self._render(entry))
        if len(self._lines) >= _LINES:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        if self._lines:
            lines, self._lines = self._lines, []
            self._write("".join(lines))


def _render_time(now_us: int) -> str:
    seconds, us = divmod(now_us, 1_000_000)
    return f"{_render_second(seconds)}.{us // 1_000:03}Z"


@lru_cache(2)
def _render_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _render_text(entry: Entry) -> str:
    target = f"{entry.path}?{entry.query}" if entry.query else entry.path
    return (
        f"{entry.time} {entry.peer or '-'} {entry.method} {target}"
        f" {entry.status} {entry.octets} {entry.took_ms:.1f}ms\n"
    )


def _render_json(entry: Entry) -> str:
    return msgspec.json.encode(entry).decode() + "\n"
