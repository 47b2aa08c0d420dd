"""HTTP requests and responses as values, and the readers and writers of what stands in them.

Knows no socket and no vendor.  Sources: RFC 9110, RFC 7617 (Basic), RFC 7578
(multipart/form-data), the WHATWG URL standard (application/x-www-form-urlencoded).
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterable
from urllib.parse import quote, urlencode

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


class Part(msgspec.Struct, frozen=True):
    """One part of a multipart/form-data body, its transfer encoding undone.

    A part is a file when it has a `filename`, whatever its Content-Type says: some vendors'
    clients label every field `text/plain`, and some send files without a `name`.
    """

    name: str
    filename: str | None
    content_type: str
    content: bytes

    @property
    def is_file(self) -> bool:
        """Tell a file from a field."""
        return self.filename is not None


class BadMultipart(ValueError):
    """A multipart body cannot be read: no boundary, no end, or a broken transfer encoding."""


_PERCENT = 0x25  # as a number it is found in half the time

# Every spelling of two hexadecimal digits, so that `%4a`, `%4A` cost one look-up each.
_OCTETS = {
    bytes((high, low)): bytes((int(bytes((high, low)), 16),))
    for high in b"0123456789abcdefABCDEF"
    for low in b"0123456789abcdefABCDEF"
}


def decode_percent(value: bytes) -> bytes:
    """Give the octets behind `%XX`; a `%` without two hexadecimal digits stays as it is."""
    head, *rest = value.split(b"%")
    pieces = [head]
    for piece in rest:
        octet = _OCTETS.get(piece[:2])
        pieces += (b"%", piece) if octet is None else (octet, piece[2:])
    return b"".join(pieces)


def parse_form(form: bytes) -> list[tuple[bytes, bytes]]:
    """Give names and values of a query or urlencoded body, in order, decoded.

    `;` separates nothing, and a name without `=` has an empty value.  This is on the path of
    every message, so octets that need no decoding are not copied.
    """
    split = [piece.partition(b"=") for piece in form.replace(b"+", b" ").split(b"&")]
    if _PERCENT in form:
        split = [
            (decode_percent(name), equals, decode_percent(value))
            if _PERCENT in value or _PERCENT in name
            else (name, equals, value)
            for name, equals, value in split
        ]
    return [(name, value) for name, _, value in split if name]


def render_form(pairs: Iterable[tuple[str, str | bytes]]) -> bytes:
    """Write an application/x-www-form-urlencoded body: blanks as `+`."""
    return urlencode(list(pairs)).encode("ascii")


def render_query(pairs: Iterable[tuple[str, str | bytes]]) -> bytes:
    """Write a query in which blanks are `%20`, which every server reads alike."""
    return urlencode(list(pairs), quote_via=quote, safe="").encode("ascii")


# `charset:utf-8` is wrong and is sent by a vendor's own library, so a colon serves as `=`.
_PARAMETER = re.compile(r';\s*([^=:;\s]+)\s*[=:]\s*("(?:[^"\\]|\\.)*"|[^;]*)')


def content_type(header: str) -> tuple[str, dict[str, str]]:
    """Give media type (or disposition) in lower case, and its parameters by lower-case name."""
    kind, _, _ = header.partition(";")
    parameters: dict[str, str] = {}
    for match in _PARAMETER.finditer(header):
        name, value = match.groups()
        value = value.strip()
        if value.startswith('"'):
            # Only the quote is unescaped: browsers send `C:\x.png` with its backslashes bare.
            value = value.strip('"').replace('\\"', '"')
        parameters.setdefault(name.lower(), value)
    return kind.strip().lower(), parameters


def parse_basic(header: str) -> tuple[bytes, bytes] | None:
    """Give user and password of a Basic Authorization header, exactly as sent.

    None when it is another scheme or cannot be read.  Source: RFC 7617 section 2.
    """
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    token = token.strip().rstrip("=")
    try:
        halves = base64.b64decode(token + "=" * (-len(token) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, password = halves.partition(b":")
    return (user, password) if colon else None


def render_basic(user: str, password: bytes) -> str:
    """Write a Basic Authorization header."""
    return "Basic " + base64.b64encode(user.encode() + b":" + password).decode("ascii")


def parse_multipart(body: bytes, boundary: str) -> list[Part]:
    """Give the parts of a multipart/form-data body, in order.

    A preamble, and a last line without its end, are tolerated.  Raises BadMultipart without a
    boundary or a closing one: such a body was cut on its way and must not be half believed.
    """
    if not boundary:
        raise BadMultipart("no boundary parameter")
    mark = re.escape(boundary.encode("latin-1", "replace"))
    pieces = re.split(rb"\r\n--" + mark + rb"(--|[ \t]*\r\n)", b"\r\n" + body)
    # pieces: preamble, end of delimiter, part, end of delimiter, part, ..., b"--", epilogue
    try:
        end = pieces.index(b"--", 1)
    except ValueError:
        raise BadMultipart("no closing boundary") from None
    return [_part(piece) for piece in pieces[2:end:2]]


def _part(piece: bytes) -> Part:
    """Read one part: its headers, an empty line, its content."""
    head, _, content = (b"\r\n" + piece).partition(b"\r\n\r\n")
    headers = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    _, disposition = content_type(headers.get("content-disposition", ""))
    filename = disposition.get("filename")
    if filename is None and "filename*" in disposition:
        # RFC 8187 section 3.2: charset'language'percent-encoded
        coded = disposition["filename*"].rpartition("'")[2]
        filename = decode_percent(coded.encode()).decode("utf-8", "replace")
    return Part(
        name=disposition.get("name", ""),
        filename=filename,
        content_type=headers.get("content-type", ""),
        content=_untransfer(content, headers.get("content-transfer-encoding", "").lower()),
    )


def _untransfer(content: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding, which RFC 7578 section 4.7 deprecates and clients send."""
    match encoding:
        case "" | "binary" | "7bit" | "8bit":
            return content
        case "quoted-printable":
            return quopri.decodestring(content)
        case "base64":
            try:
                return base64.b64decode(b"".join(content.split()), validate=True)
            except (binascii.Error, ValueError) as error:
                raise BadMultipart(f"base64: {error}") from None
        case _:
            raise BadMultipart(f"Content-Transfer-Encoding {encoding!r}")
