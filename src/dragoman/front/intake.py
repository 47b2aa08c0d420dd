"""Octets in, whole requests out: what one connection reads.

Knows no vendor, no account and no socket, and sets no timer: it says until when the client has
to be done.  Sources: RFC 9112 (message syntax), RFC 9110 section 10.1.1 (Expect) and 7.8
(Upgrade, which a server may ignore).  The syntax itself is llhttp's, by httptools.
"""

import logging
import re
from enum import IntEnum
from http import HTTPStatus
from typing import Any, Protocol

import httptools

from dragoman.front.paths import mend_line, split_target
from dragoman.front.shared import Shared
from dragoman.protocols.http import Request

log = logging.getLogger(__name__)

FIELD_OCTETS = 32  # what a header field costs beside its name and value (as RFC 9113 6.5.2)

_METHODS = {b"GET": "GET", b"POST": "POST"}
# The usual request line of a client that repeats itself; what it does not match, llhttp reads.
_GET_LINE = re.compile(rb"GET (/[!-~]*) HTTP/1\.1")
_REQUEST_LINE = re.compile(rb"[\r\n]*[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^\s]+ HTTP/1\.[01]\r\n")
# The usual spellings, so that a usual request costs no decoding of names.
_USUAL_FIELDS = """
    accept accept-charset accept-encoding accept-language authorization cache-control connection
    content-length content-type cookie date expect host idempotency-key origin pragma referer
    transfer-encoding user-agent x-forwarded-for x-forwarded-proto
"""
_FIELD_NAMES = {
    spelling.encode(): name for name in _USUAL_FIELDS.split() for spelling in (name, name.title())
}


class Awaits(IntEnum):
    """What the client is to send next."""

    REQUEST = 0  # whenever it likes
    HEAD = 1  # the rest of a head
    BODY = 2  # the rest of a body
    NOTHING = 3  # it said, or we did, that no further request follows


# An enum's member costs a look-up in its class each time, and these are asked for often.
_REQUEST, _HEAD, _BODY, _NOTHING = Awaits


class Taker(Protocol):
    """Who takes what was read."""

    def take(self, request: Request, *, is_last: bool) -> None:
        """Take a whole request."""

    def encourage(self) -> None:
        """Tell the client that its body is wanted."""


class _Refused(Exception):
    """The request breaks a limit."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Intake:
    """The reading end of one connection, from its first octet to its last request."""

    __slots__ = (
        "_body",
        "_head",
        "_header_octets",
        "_headers",
        "_is_head_whole",
        "_last",
        "_like",
        "_parser",
        "_peer",
        "_repeated",
        "_shared",
        "_stays",
        "_taken",
        "_taker",
        "_target",
        "_trusted",
        "awaits",
        "deadline",
    )

    _parser: Any  # httptools has no types

    def __init__(self, shared: Shared, taker: Taker, peer: str) -> None:
        self._shared = shared
        self._taker = taker
        self._peer = peer
        self._trusted = shared.proxies if shared.proxies and shared.proxies.trust(peer) else None
        self._parser = httptools.HttpRequestParser(self)
        self._taken = 0
        self._stays = True
        self._is_head_whole = False
        self._last: Request | None = None
        # A request of this client, and the fields of its head from the line end before them.
        self._like: Request | None = None
        self._repeated = b""
        self.awaits = _REQUEST
        self.deadline = shared.now + shared.limits.header_timeout_s
        self._begin()

    @property
    def is_trusted(self) -> bool:
        """Whether the TCP peer is a proxy of ours."""
        return self._trusted is not None

    def _begin(self) -> None:
        self._head: bytearray | None = None  # what was read of an unfinished head
        self._target = b""
        self._headers: dict[str, str] = {}
        self._header_octets = 0
        self._body: bytearray | None = None

    def feed(self, data: bytes | memoryview) -> HTTPStatus | None:
        """Read some octets; whole requests are taken from within.

        Gives the status of a refusal if what was read can be no request; then nothing more can
        be read from this client.
        """
        awaited = self.awaits
        if awaited is _NOTHING or (awaited is _REQUEST and self._repeats(data)):
            return None
        taken = self._taken
        failure: Exception | None = None
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            failure = error.with_traceback(None)  # which would hold this frame, and that it
        # Not inside `except`: what is parsed anew may fail too, with a context of its own.
        if isinstance(failure, httptools.HttpParserUpgrade):
            return self._ignore_upgrade(bytes(data[failure.args[0] :]))
        if self.awaits is _NOTHING:
            return None  # a failure came after the client's last request
        if failure is not None:
            return self._recover(failure, bytes(data), is_head_whole=taken == self._taken)
        if self.awaits is _HEAD:
            return self._keep_head(data, is_whole=taken == self._taken)
        if awaited is _REQUEST and self._taken == taken + 1 and self._body is None:
            self._remember(bytes(data))
        return None

    def _repeats(self, data: bytes | memoryview) -> bool:
        """Take a request whose head is this client's last one but for its first line.

        Octet by octet the same fields mean the same, so only the line is read: a keep-alive
        client's requests cost a third of what llhttp with its calls back to us costs.
        """
        fields, like = self._repeated, self._like
        if like is None:
            return False
        head = bytes(data)
        if not head.endswith(fields):
            return False
        line = _GET_LINE.fullmatch(head, 0, len(head) - len(fields))
        if line is None or len(line[1]) > self._shared.limits.target_octets:
            return False
        is_last = self._shared.draining
        if is_last:
            self.awaits = _NOTHING
        self._taken += 1
        path, query = split_target(line[1])
        request = Request("GET", path, query, like.headers, b"", like.peer)
        self._taker.take(request, is_last=is_last)
        return True

    def _remember(self, head: bytes) -> None:
        """Remember the fields of a head that was read whole and is followed by nothing."""
        line, end, fields = head.partition(b"\r\n")
        is_whole = fields.endswith(b"\r\n\r\n") and fields.count(b"\r\n\r\n") == 1
        if self.awaits is _REQUEST and is_whole and _GET_LINE.fullmatch(line):
            self._repeated, self._like = end + fields, self._last

    def finish(self) -> None:
        """Read nothing more."""
        self.awaits = _NOTHING

    def lose(self) -> None:
        """Let go of parser and taker, which hold us: only the collector would end the cycles."""
        self.awaits = _NOTHING
        self._last = self._like = None
        del self._parser, self._taker

    # What goes wrong, or nearly.

    def _keep_head(self, data: bytes | memoryview, *, is_whole: bool) -> HTTPStatus | None:
        """Keep an unfinished head: to mend its line, and to see when it is too long."""
        limits = self._shared.limits
        if self._head is None:
            self._head = bytearray(data)
            self._is_head_whole = is_whole
        else:
            self._head += data
        # Each part has its own limit once llhttp gives it to us; this is for what it gathers.
        if len(self._head) > limits.target_octets + limits.header_octets + len(data):
            self.finish()
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        return None

    def _ignore_upgrade(self, rest: bytes) -> HTTPStatus | None:
        """Go on in HTTP/1.1 with a client that offered HTTP/2 or WebSocket.

        llhttp takes what follows such a head for the other protocol, a body too.  So a body is
        read by a parser that has not seen the offer, and is the last of its connection.
        """
        if self.awaits is _BODY:
            self._stays = False
            method = self._parser.get_method().decode("latin-1")
            lines = "".join(f"{name}: {value}\r\n" for name, value in self._framing())
            self._parser = httptools.HttpRequestParser(_BodyReader(self))
            self._parser.feed_data(f"{method} / HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))
        return self.feed(rest) if rest else None

    def _framing(self) -> list[tuple[str, str]]:
        names = ("content-length", "transfer-encoding")
        return [(name, self._headers[name]) for name in names if name in self._headers]

    def _recover(self, error: Exception, data: bytes, *, is_head_whole: bool) -> HTTPStatus | None:
        """Give the refusal, or parse it after all where a customer's code could mean it."""
        head = data
        if self._head is not None:
            head, is_head_whole = bytes(self._head) + data, self._is_head_whole
        awaited, self.awaits = self.awaits, _NOTHING
        match error:
            case httptools.HttpParserCallbackError(__context__=_Refused(status=status)):
                return status
            case httptools.HttpParserCallbackError():
                log.error("a request could not be taken", exc_info=error.__context__)
                return HTTPStatus.INTERNAL_SERVER_ERROR
            case _ if not is_head_whole:
                return HTTPStatus.BAD_REQUEST
            case httptools.HttpParserInvalidMethodError() if _REQUEST_LINE.match(head):
                return HTTPStatus.METHOD_NOT_ALLOWED
            case httptools.HttpParserInvalidURLError() if awaited is _HEAD:
                mended = mend_line(head)
                if mended != head:
                    return self._feed_anew(mended)
        return HTTPStatus.BAD_REQUEST

    def _feed_anew(self, head: bytes) -> HTTPStatus | None:
        deadline = self.deadline  # the parser starts again, the client's time does not
        self._begin()
        self.awaits = _REQUEST
        self._parser = httptools.HttpRequestParser(self)
        refused = self.feed(head)
        if self.awaits is _HEAD:
            self.deadline = deadline
        return refused

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Begin to wait for a head."""
        self.awaits = _HEAD
        self.deadline = self._shared.now + self._shared.limits.header_timeout_s

    def on_url(self, url: bytes) -> None:
        """Gather the target, which may come in pieces."""
        self._target += url
        if len(self._target) > self._shared.limits.target_octets:
            raise _Refused(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Gather a header field; the fields after a chunked body are of no use to anybody."""
        if self.awaits is not _HEAD:
            return
        self._header_octets += len(name) + len(value) + FIELD_OCTETS
        if self._header_octets > self._shared.limits.header_octets:
            raise _Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        key = _FIELD_NAMES.get(name) or name.decode("latin-1").lower()
        text = value.decode("latin-1").rstrip()
        if key in self._headers:
            if key == "host":
                raise _Refused(HTTPStatus.BAD_REQUEST)
            text = f"{self._headers[key]}, {text}"
        self._headers[key] = text

    def on_headers_complete(self) -> None:
        """Refuse what we would not read to its end, before it is sent."""
        self.awaits = _BODY
        self._stays = self._parser.should_keep_alive()
        headers = self._headers
        if "content-length" in headers:
            if int(headers["content-length"]) > self._shared.most_body():
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif "transfer-encoding" not in headers:
            return
        elif headers["transfer-encoding"].lower() != "chunked":
            raise _Refused(HTTPStatus.NOT_IMPLEMENTED)
        self.deadline = self._shared.now + self._shared.limits.body_timeout_s
        if "expect" in headers and self._parser.get_http_version() != "1.0":
            if headers["expect"].lower() != "100-continue":
                raise _Refused(HTTPStatus.EXPECTATION_FAILED)
            self._taker.encourage()

    def on_body(self, body: bytes) -> None:
        """Gather the body."""
        if self._body is None:
            self._body = bytearray()
        self._body += body
        if len(self._body) > self._shared.most_body():
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def on_message_complete(self) -> None:
        """Hand on a whole request."""
        if "upgrade" in self._headers and self._parser.should_upgrade() and self._framing():
            return  # its body is still to come: see _ignore_upgrade
        self.complete()

    def complete(self) -> None:
        """Hand on the request whose head and body are here."""
        headers = self._headers
        name = self._parser.get_method()
        method = _METHODS.get(name) or name.decode("latin-1")
        path, query = split_target(self._target)
        peer = self._peer
        if self._trusted:
            peer = self._trusted.caller(peer, headers.get("x-forwarded-for", ""))
        body = b"" if self._body is None else bytes(self._body)
        request = Request(method, path, query, headers, body, peer)
        is_last = not self._stays or self._shared.draining or method == "CONNECT"
        self.awaits = _NOTHING if is_last else _REQUEST
        self._taken += 1
        self._last = request
        self._begin()
        self._taker.take(request, is_last=is_last)


class _BodyReader:
    """The parser's other face while only a body is read, of a head that is known already."""

    def __init__(self, intake: Intake) -> None:
        self.on_body = intake.on_body
        self.on_message_complete = intake.complete
