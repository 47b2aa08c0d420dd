"""HTTP requests and responses as values, and the readers of what stands in them.

Knows no socket and no vendor.  Sources: RFC 9110, RFC 9112, RFC 7617 (Basic), RFC 7578
(multipart/form-data), the WHATWG URL standard (application/x-www-form-urlencoded).
"""

import msgspec


class Request(msgspec.Struct, gc=False):
    """One request; header names are lower case, the target is split at its first `?`."""

    method: str
    path: str
    query: bytes = b""
    headers: dict[str, str] = {}
    body: bytes = b""
    peer: str = ""  # address of the caller, without port


class Response(msgspec.Struct, gc=False):
    """One answer; the listener adds Content-Length and the connection's own headers."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
