"""How a request target becomes a path that can be looked up.

Knows no vendor: which paths exist is the caller's business.  Source: RFC 9112 section 3.2 (forms
of the target), RFC 3986 section 2.1 (percent-encoding).
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

_CACHED_OCTETS = (
    256  # longer paths are nobody's route; caching them would let strangers fill memory
)
_SLASHES = re.compile("/{2,}")
_UNSAFE = re.compile(rb"[\x00-\x20\x7f-\xff]")


def split_target(target: bytes) -> tuple[str, bytes]:
    """Split a request target at its first `?` into the decoded path and the raw query.

    A `#` is kept where it stands: it has no business on the wire, and whoever sent
    `text=room#5` unencoded wants the whole text.
    """
    path, _, query = target.partition(b"?")
    if len(path) > _CACHED_OCTETS:
        return _decode_path(path), query
    return _cached_path(path), query


def fold(path: str) -> str:
    """Fold a decoded path to the form under which exchanges are listed.

    Lower case, doubled slashes made one, no trailing slash: customers' code writes them anyhow,
    and a redirect would turn their POST into a GET.
    """
    if len(path) > _CACHED_OCTETS:
        return _fold(path)
    return _cached_fold(path)


def mend_line(head: bytes) -> bytes:
    """Percent-encode what a request line may not hold: controls and octets from 0x80.

    Some customers' code puts raw Latin-1 or UTF-8 (and, by mistake, NULs) into the query; the
    dialect can then still answer in its own words.  Everything after the line stays as it is.
    """
    start = len(head) - len(head.lstrip(b"\r\n"))
    end = head.find(b"\n", start)
    end = len(head) if end < 0 else end + 1
    line = head[start:end]
    text = line.rstrip(b"\r\n")
    words = [_UNSAFE.sub(lambda match: b"%%%02X" % match[0][0], word) for word in text.split(b" ")]
    return head[:start] + b" ".join(words) + line[len(text) :] + head[end:]


def _decode_path(path: bytes) -> str:
    if not path.startswith(b"/"):
        path = _origin_form(path)
    if b"%" in path:
        path = unquote_to_bytes(path)
    return path.decode("utf-8", "replace")


def _origin_form(path: bytes) -> bytes:
    """Cut scheme and authority off an absolute-form target, as proxies send it."""
    scheme, separator, rest = path.partition(b"://")
    if not separator or scheme.lower() not in {b"http", b"https"}:
        return path
    slash = rest.find(b"/")
    return rest[slash:] if slash >= 0 else b"/"


def _fold(path: str) -> str:
    return _SLASHES.sub("/", path).rstrip("/").lower() or "/"


_cached_path = lru_cache(1024)(_decode_path)
_cached_fold = lru_cache(1024)(_fold)
