"""How a Response is written, and the listener's own answers to what is not a proper request.

Knows no vendor and no socket.  Source: RFC 9110 (status codes), RFC 9112 (message syntax).
"""

import re
from http import HTTPStatus

from dragoman.protocols.http import Response

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
METHODS = "GET, POST"

# What follows Content-Length's value: the end of the head, with the connection's own header.
STAYS = b"\r\n\r\n"
STAYS_BY_NAME = b"\r\nConnection: keep-alive\r\n\r\n"  # HTTP/1.0 clients need to be told
ENDS = b"\r\nConnection: close\r\n\r\n"

_KNOWN_HEADS = 1024  # heads differ by status, type and a few fixed headers; more means abuse
_LINE_BREAK = re.compile(r"[\r\n\0]")
_heads: dict[tuple[int, str, tuple[tuple[str, str], ...]], bytes] = {}


def render_response(response: Response, ending: bytes) -> bytes:
    """Give the octets of a response; `ending` is one of STAYS, STAYS_BY_NAME and ENDS."""
    key = (response.status, response.content_type, response.headers)
    head = _heads.get(key)
    if head is None:
        head = _learn(key)
    body = response.body
    return b"%b%d%b%b" % (head, len(body), ending, body)


def refusal(status: int) -> Response:
    """Give the listener's own words for a status; 405 has none, as the dialects demand."""
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return Response(status, b"", headers=(("Allow", METHODS),))
    return Response(status, f"{status} {_phrase(status)}\n".encode())


def _learn(key: tuple[int, str, tuple[tuple[str, str], ...]]) -> bytes:
    """Render all of a head but the length, and remember it."""
    status, content_type, headers = key
    lines = [f"HTTP/1.1 {status} {_phrase(status)}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines.append("Cache-Control: no-store")
    lines += [f"{name}: {value}" for name, value in headers]
    # A line break in a value would let whoever chose it write headers of their own.
    for line in lines:
        if _LINE_BREAK.search(line):
            raise ValueError(f"{line!r} must be one line")
    head = ("\r\n".join(lines) + "\r\nContent-Length: ").encode("latin-1")
    if len(_heads) >= _KNOWN_HEADS:
        _heads.clear()
    _heads[key] = head
    return head


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"
