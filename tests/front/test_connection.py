"""One connection: what it reads, however the octets arrive; no socket needed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.front.peers import TrustedProxies
from dragoman.front.shared import Limits
from dragoman.protocols.http import Request, Response
from tests.front.wire import (
    CLOSES,
    GET,
    STAYS,
    Desk,
    Wire,
    answer,
    make_shared,
    numbered,
    post,
    refused,
)

# label: what is sent, what the client gets
SERVED = {
    "GET": (GET, answer("GET /\n")),
    "without a Host": (b"GET /a HTTP/1.1\r\n\r\n", answer("GET /a\n")),
    "a path as it was written": (b"GET //A/%62/ HTTP/1.1\r\n\r\n", answer("GET //A/b/\n")),
    "absolute form": (b"GET http://h/a?b HTTP/1.1\r\n\r\n", answer("GET /a\n")),
    "POST": (post(b"Content-Length: 3\r\n", b"abc"), answer("POST /p\nabc")),
    "POST without a body": (post(b""), answer("POST /p\n")),
    "GET with a body": (
        b"GET /p HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        answer("GET /p\nabc"),
    ),
    "chunked": (
        post(
            b"Transfer-Encoding: chunked\r\n", b"2\r\nab\r\n1;x=y\r\nc\r\n0\r\nTrailer: t\r\n\r\n"
        ),
        answer("POST /p\nabc"),
    ),
    "two requests": (GET + GET, answer("GET /\n") * 2),
    "stray line ends between them": (
        post(b"Content-Length: 1\r\n", b"a") + b"\r\n\r\n" + GET,
        answer("POST /p\na") + answer("GET /\n"),
    ),
    "Connection: close": (
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n" + GET,
        answer("GET /\n", CLOSES),
    ),
    "Connection: keep-alive": (
        b"GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n",
        answer("GET /\n", STAYS),
    ),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", answer("GET /\n", CLOSES)),
    "HTTP/1.0 with stray line ends behind the body": (
        b"POST /p HTTP/1.0\r\nContent-Length: 1\r\n\r\na\r\n\r\n",
        answer("POST /p\na", CLOSES),
    ),
    "HTTP/1.0 that would stay": (
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2,
        answer("GET /\n", STAYS) * 2,
    ),
    "Expect": (
        post(b"Content-Length: 1\r\nExpect: 100-continue\r\n", b"a"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer("POST /p\na"),
    ),
    "Expect of HTTP/1.0 is ignored": (
        b"POST /p HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\na",
        answer("POST /p\na", CLOSES),
    ),
    "an offer of HTTP/2": (
        b"GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n" + GET,
        answer("GET /\n", STAYS) + answer("GET /\n"),
    ),
    "an offer of HTTP/2 with a body": (
        post(b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n", b"abc"),
        answer("POST /p\nabc", CLOSES),
    ),
    "an offer of HTTP/2 with a chunked body": (
        post(
            b"Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n",
            b"3\r\nabc\r\n0\r\n\r\n",
        ),
        answer("POST /p\nabc", CLOSES),
    ),
    "an offer of HTTP/2 with an empty body": (
        post(b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n") + GET,
        answer("POST /p\n", CLOSES),
    ),
    "raw UTF-8 in the line": ("GET /é HTTP/1.1\r\n\r\n".encode(), answer("GET /é\n")),
    "a raw NUL in the line": (b"GET /a\0b HTTP/1.1\r\n\r\n", answer("GET /a\0b\n")),
    "raw octets in the fields": (b"GET / HTTP/1.1\r\nA: \xe9\xff\r\n\r\n", answer("GET /\n")),
    "HEAD": (b"HEAD / HTTP/1.1\r\n\r\n", refused(405, "")),
    "PUT with its body": (
        b"PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" + GET,
        refused(405, "") + answer("GET /\n"),
    ),
    "OPTIONS of the server": (
        b"OPTIONS * HTTP/1.1\r\n\r\n",
        refused(405, ""),
    ),
    "CONNECT": (
        b"CONNECT h:1 HTTP/1.1\r\n\r\nabc",
        refused(405),
    ),
}

BAD = 400
TINY = Limits(target_octets=20, header_octets=200, body_octets=10)

REFUSED = {
    "garbage": (b"\x16\x03\x01\x02\x00\x01\x00", BAD),
    "an SMPP bind": (b"\0\0\0\x2f\0\0\0\x09\0\0\0\0\0\0\0\x01", BAD),
    "HTTP/2 without asking": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BAD),
    "a version that does not exist": (b"GET / HTTP/3.7\r\n\r\n", BAD),
    "no slash": (b"GET a HTTP/1.1\r\n\r\n", BAD),
    "a raw blank": (b"GET /a b HTTP/1.1\r\n\r\n", BAD),
    "a NUL in a field": (b"GET / HTTP/1.1\r\nA: \0\r\n\r\n", BAD),
    "no name": (b"GET / HTTP/1.1\r\n: a\r\n\r\n", BAD),
    "a blank before the colon": (b"GET / HTTP/1.1\r\nA : a\r\n\r\n", BAD),
    "a folded field": (b"GET / HTTP/1.1\r\nA: a\r\n b\r\n\r\n", BAD),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", BAD),
    "two lengths": (post(b"Content-Length: 1\r\nContent-Length: 1\r\n", b"a"), BAD),
    "a list of lengths": (post(b"Content-Length: 1, 1\r\n", b"a"), BAD),
    "a signed length": (post(b"Content-Length: +1\r\n", b"a"), BAD),
    "no length": (post(b"Content-Length:\r\n", b"a"), BAD),
    "a length beyond any number": (post(b"Content-Length: " + b"9" * 30 + b"\r\n", b"a"), BAD),
    "length and chunked": (
        post(b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        BAD,
    ),
    "chunked and length": (
        post(b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", b"0\r\n\r\n"),
        BAD,
    ),
    "chunked twice": (post(b"Transfer-Encoding: chunked\r\n" * 2, b"0\r\n\r\n"), BAD),
    "nearly chunked": (post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), 501),
    "a chunk that is longer than it says": (
        post(b"Transfer-Encoding: chunked\r\n", b"1\r\nab\r\n0\r\n\r\n"),
        BAD,
    ),
    "another coding": (
        post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
        501,
    ),
    "another expectation": (
        post(b"Content-Length: 1\r\nExpect: wonders\r\n", b"a"),
        417,
    ),
    "a long line": (b"GET /" + b"a" * 20 + b" HTTP/1.1\r\n\r\n", 414),
    "a long mended line": (
        b"GET /" + b"\xe9" * 10 + b" HTTP/1.1\r\n\r\n",
        414,
    ),
    "a long field": (
        b"GET / HTTP/1.1\r\nA: " + b"a" * 170 + b"\r\n\r\n",
        431,
    ),
    "many fields": (
        b"GET / HTTP/1.1\r\n" + b"A:\r\n" * 7 + b"\r\n",
        431,
    ),
    "a field that does not end": (
        b"GET / HTTP/1.1\r\nA: " + b"a" * 9_000,
        431,
    ),
    "a body that is announced too long": (
        post(b"Content-Length: 11\r\nExpect: 100-continue\r\n"),
        413,
    ),
    "a body that gets too long": (
        post(b"Transfer-Encoding: chunked\r\n", b"b\r\n" + b"a" * 11),
        413,
    ),
}


@pytest.mark.parametrize("piece_octets", [65_536, 7, 1])
@pytest.mark.parametrize(("sent", "got"), SERVED.values(), ids=SERVED)
def test_served(sent: bytes, got: bytes, piece_octets: int) -> None:
    wire = Wire(make_shared())
    wire.send(sent, piece_octets)
    assert wire.sent == got
    assert wire.is_eof is (CLOSES.encode() in got)


@pytest.mark.parametrize("piece_octets", [65_536, 7, 1])
@pytest.mark.parametrize(("sent", "status"), REFUSED.values(), ids=REFUSED)
def test_refused(sent: bytes, status: int, piece_octets: int) -> None:
    desk = Desk()
    shared = make_shared(desk, TINY if status in {413, 414, 431} else None)
    wire = Wire(shared)
    wire.send(sent + GET, piece_octets)
    assert wire.sent == refused(status)
    assert wire.is_eof
    assert desk.requests == []
    assert shared.counts.unreadable == 1


def test_a_method_that_nobody_knows() -> None:
    wire = Wire(make_shared())
    assert wire.send(b"FROB / HTTP/1.1\r\nHost: a\r\n\r\n") == refused(405)


def test_what_a_handler_gets() -> None:
    desk = Desk()
    Wire(make_shared(desk), "192.0.2.1").send(
        b"POST /A%20b?x=%41&y HTTP/1.1\r\nHost: h\r\nCONTENT-TYPE: text/plain; charset:utf-8 \r\n"
        b"X-Odd: 1\r\nx-odd: 2\r\ncontent-length: 2\r\n\r\nhi"
    )
    assert desk.requests == [
        Request(
            "POST",
            "/A b",
            b"x=%41&y",
            {
                "host": "h",
                "content-type": "text/plain; charset:utf-8",
                "x-odd": "1, 2",
                "content-length": "2",
            },
            b"hi",
            "192.0.2.1",
        )
    ]


def test_the_caller_behind_a_proxy() -> None:
    desk = Desk()
    shared = make_shared(desk, proxies=TrustedProxies(["10.0.0.0/8"]))
    forwarded = b"GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"
    Wire(shared, "10.0.0.1").send(forwarded)
    Wire(shared, "192.0.2.1").send(forwarded)
    assert [request.peer for request in desk.requests] == ["192.0.2.7", "192.0.2.1"]


def test_no_method_but_get_and_post_reaches_the_handler() -> None:
    desk = Desk()
    wire = Wire(make_shared(desk))
    for method in (b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"PROPFIND"):
        wire.send(method + b" /send?text=a HTTP/1.1\r\n\r\n")
    assert wire.sent == refused(405, "") * 7
    assert desk.requests == []


# Anything at all.


PIECES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            GET,
            numbered(1, 2, 3),
            post(b"Content-Length: 3\r\n", b"abc"),
            post(b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
            b"GET / HTTP/1.0\r\n\r\n",
            b"GET /\xff HTTP/1.1\r\n",
            b"Upgrade: h2c\r\nConnection: upgrade\r\n",
            b"Content-Length: 5\r\n",
            b"\r\n",
            b"\0",
        ]
    ),
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=12), st.integers(1, 100), st.booleans())
def test_pain_29_any_octets_end_in_answers_and_disturb_nobody(
    pieces: list[bytes], piece_octets: int, is_late: bool
) -> None:
    """Whatever arrives, nothing is raised; whatever was handled is answered once; others live."""
    desk = Desk()
    shared = make_shared(desk, Limits(body_octets=50))
    other, wire = Wire(shared), Wire(shared)
    for piece in pieces:
        wire.send(piece, piece_octets)
        if not is_late:
            for respond in desk.waiting:
                respond(Response(299, b""))
            desk.waiting.clear()
            wire.turn()
    for respond in desk.waiting:
        respond(Response(299, b""))
    wire.turn()
    assert wire.sent.count(b"HTTP/1.1 299 ") == len(desk.requests)
    wire.lose()
    other.send(GET)
    desk.waiting[-1](Response(200, b"0"))
    assert other.sent == answer("0")


@given(st.lists(PIECES, max_size=12), st.integers(1, 40))
def test_how_the_stream_is_cut_changes_nothing(pieces: list[bytes], piece_octets: int) -> None:
    """But for an unknown method: it is told from garbage by what has come of its line."""
    whole, cut = Desk(), Desk()
    Wire(make_shared(whole)).send(b"".join(pieces))
    Wire(make_shared(cut)).send(b"".join(pieces), piece_octets)
    assert whole.requests == cut.requests


LINES = [
    b"GET / HTTP/1.1",
    b"GET /bulk?a=1&b=%20 HTTP/1.1",
    b"GET /%62?message=na%C3%AFve#5 HTTP/1.1",
    b"GET /" + b"x" * 70 + b" HTTP/1.1",
    b"GET /old HTTP/1.0",
    b"POST /p HTTP/1.1",
    b"GET  /two HTTP/1.1",
    b"GET /na\xefve HTTP/1.1",
    b"GET http://h/a?b HTTP/1.1",
    b"PUT /p HTTP/1.1",
]
FIELDS = [
    b"",
    b"Host: a\r\n",
    b"Host: a\r\nAccept: */*\r\nX-Forwarded-For: 203.0.113.9\r\n",
    b"Host: a\r\nX-Forwarded-For: 203.0.113.77\r\n",
    b"Host: a\r\nConnection: keep-alive\r\n",
    b"Host: a\r\nConnection: close\r\n",
    b"Host: a\r\nContent-Length: 0\r\n",
    b"Host: a\r\nHost: b\r\n",
]


@given(
    st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(FIELDS)), max_size=8),
    st.booleans(),
)
def test_a_head_that_repeats_the_last_one_means_what_it_says(
    heads: list[tuple[bytes, bytes]], behind_proxy: bool
) -> None:
    def told(piece_octets: int) -> tuple[bytes, str, list[Request]]:
        proxies = TrustedProxies(["127.0.0.1"]) if behind_proxy else None
        desk = Desk()
        limits = Limits(target_octets=60)
        wire = Wire(make_shared(desk, limits, proxies=proxies))
        for line, fields in heads:
            wire.send(line + b"\r\n" + fields + b"\r\n", piece_octets)
            for respond in desk.waiting:
                respond(Response(200, b"ok"))
            desk.waiting.clear()
        return wire.sent, wire.state, desk.requests

    assert told(65_536) == told(1)
