"""One connection: what is read, in which order it is answered, when it ends; no socket needed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.front.peers import TrustedProxies
from dragoman.front.shared import Limits, Respond
from dragoman.protocols.http import Request, Response
from tests.front.wire import CLOSES, STAYS, Clock, Desk, Wire, answer, make_shared, refused

H = b"Host: a\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def post(fields: bytes, body: bytes = b"") -> bytes:
    return b"POST /p HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n" + body


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


# Order.


def numbered(*numbers: int) -> bytes:
    return b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % number for number in numbers)


def ready(*numbers: int) -> bytes:
    return b"".join(answer(str(number)) for number in numbers)


def test_answers_keep_the_order_of_the_requests() -> None:
    desk = Desk()
    wire = Wire(make_shared(desk))
    wire.send(numbered(0, 1, 2, 3))
    for number in (2, 1):
        desk.waiting[number](Response(200, b"%d" % number))
        wire.turn()
    assert wire.sent == b""
    desk.waiting[0](Response(200, b"0"))
    wire.turn()
    assert wire.sent == ready(0, 1, 2)
    desk.waiting[3](Response(200, b"3"))
    assert wire.sent == ready(0, 1, 2, 3)


def test_answers_of_one_turn_are_written_in_one_piece() -> None:
    desk = Desk()
    shared = make_shared(desk)
    wire = Wire(shared)
    asked: list[None] = []
    shared.write_soon = lambda: asked.append(None)
    wire.send(numbered(0, 1, 2))
    for number in (0, 1, 2):
        desk.waiting[number](Response(200, b"%d" % number))
    assert (wire.sent, len(asked)) == (b"", 1)
    wire.turn()
    assert wire.sent == ready(0, 1, 2)


@given(st.permutations(range(12)), st.integers(1, 200))
def test_any_order_of_readiness_gives_the_same_octets(order: list[int], piece_octets: int) -> None:
    desk = Desk()
    wire = Wire(make_shared(desk))
    wire.send(numbered(*range(12)), piece_octets)
    for number in order:
        desk.waiting[number](Response(200, b"%d" % number))
    wire.turn()
    assert wire.sent == ready(*range(12))


def test_a_client_that_asks_faster_than_we_answer_is_made_to_wait() -> None:
    """What is taken is bounded, and nothing is lost or doubled when it goes on."""
    desk = Desk()
    wire = Wire(make_shared(desk, Limits(pipelined=4)))
    wire.send(numbered(*range(5_000)))
    assert wire.is_paused
    assert 4 <= len(desk.requests) < 250  # at most one slice more than the limit
    done = 0
    while done < len(desk.waiting):
        desk.waiting[done](Response(200, b"%d" % done))
        done += 1
        wire.turn()
        wire.send(b"")  # the socket is readable again
    assert wire.sent == ready(*range(5_000))
    assert not wire.is_paused


def test_a_client_that_does_not_read_is_asked_nothing_more() -> None:
    shared = make_shared()
    wire = Wire(shared)
    wire.connection.pause_writing()
    wire.send(GET)
    assert (wire.sent, wire.is_paused) == (b"", True)
    wire.connection.resume_writing()
    assert (wire.send(b""), wire.is_paused) == (answer("GET /\n"), False)


def test_one_answer_for_each_request() -> None:
    desk = Desk()
    wire = Wire(make_shared(desk))
    wire.send(GET)
    desk.waiting[0](Response(200, b"0"))
    with pytest.raises(RuntimeError, match="GET / has been answered"):
        desk.waiting[0](Response(200, b"1"))
    assert wire.sent == answer("0")


def test_continue_waits_for_the_answers_that_are_owed() -> None:
    desk = Desk()
    wire = Wire(make_shared(desk))
    wire.send(GET + post(b"Content-Length: 1\r\nExpect: 100-continue\r\n"))
    assert wire.sent == b""
    desk.waiting[0](Response(200, b"0"))
    assert wire.sent == answer("0") + b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.send(b"a")
    assert desk.requests[1].body == b"a"


def test_a_refusal_comes_after_the_answers_that_are_owed() -> None:
    desk = Desk()
    wire = Wire(make_shared(desk))
    wire.send(GET + b"garbage\r\n\r\n")
    assert wire.sent == b""
    desk.waiting[0](Response(200, b"0"))
    wire.turn()
    assert wire.sent == answer("0") + refused(400)


# What goes wrong on our side.


def test_a_handler_that_fails_still_gives_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    def fail(request: Request, respond: Respond) -> None:
        raise KeyError("oops")

    shared = make_shared(fail, on_error=lambda *_: Response(500, b"ERR:INTERNAL"))
    wire = Wire(shared)
    wire.send(b"GET /send?password=canary HTTP/1.1\r\n\r\n" * 2)
    assert wire.sent == answer("ERR:INTERNAL", status="500 Internal Server Error") * 2
    assert "GET '/send' failed" in caplog.text
    assert "canary" not in caplog.text


def test_so_does_one_whose_apology_fails(caplog: pytest.LogCaptureFixture) -> None:
    def fail(request: Request, respond: Respond) -> None:
        raise KeyError("oops")

    def fail_again(request: Request, error: Exception) -> Response:
        raise KeyError("oops again")

    wire = Wire(make_shared(fail, on_error=fail_again))
    assert wire.send(GET) == refused(500, "")


def test_one_that_fails_after_its_answer_gives_no_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(request: Request, respond: Respond) -> None:
        respond(Response(200, b"done"))
        raise KeyError("oops")

    assert Wire(make_shared(fail)).send(GET) == answer("done")
    assert "'/' failed" in caplog.text


SPLITTING = {
    "a header's value": Response(200, b"", headers=(("X", "a\r\nSet-Cookie: b"),)),
    "a header's name": Response(200, b"", headers=(("X: a\nY", "b"),)),
    "the type": Response(200, b"", "text/plain\r\nX: y"),
    "a NUL": Response(200, b"", headers=(("X", "\0"),)),
    "a letter that no header holds": Response(200, b"", headers=(("X", "€"),)),
}


@pytest.mark.parametrize("response", SPLITTING.values(), ids=SPLITTING)
def test_no_answer_can_write_headers_of_its_own(
    response: Response, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire(make_shared(lambda _request, respond: respond(response)))
    assert wire.send(GET) == refused(500, "")


def test_headers_and_type_of_an_answer() -> None:
    response = Response(299, b"{}", "application/json", (("X-A", "é"), ("X-B", "b")))
    wire = Wire(make_shared(lambda _request, respond: respond(response)))
    assert wire.send(GET) == (
        b"HTTP/1.1 299 Status\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
        b"X-A: \xe9\r\nX-B: b\r\nContent-Length: 2\r\n\r\n{}"
    )


# Time.  The listener calls `sweep`; a deadline is met to within the time since its last call.


LIMITS = Limits(
    header_timeout_s=10, body_timeout_s=30, idle_timeout_s=75, write_timeout_s=20, linger_s=2
)


def waiting_wire(sent: bytes) -> tuple[Wire, Desk, Clock]:
    clock, desk = Clock(), Desk()
    wire = Wire(make_shared(desk, LIMITS, clock=clock))
    wire.send(sent)
    return wire, desk, clock


def sweep(wire: Wire, clock: Clock, later_s: float) -> None:
    clock.now_s += later_s
    wire.shared.now = clock.now_s
    wire.connection.sweep(clock.now_s)


SLOW = {
    "a method": (b"GE", 10),
    "a head": (b"GET / HTTP/1.1\r\nA: b\r\n", 10),
    "a body": (post(b"Content-Length: 2\r\n", b"a"), 30),
    "a body that never begins": (post(b"Content-Length: 2\r\n"), 30),
    "a chunked body": (post(b"Transfer-Encoding: chunked\r\n", b"1\r\na\r\n"), 30),
    "a chunked body's end": (post(b"Transfer-Encoding: chunked\r\n", b"0\r\nA: b"), 30),
}


@pytest.mark.parametrize(("sent", "timeout_s"), SLOW.values(), ids=SLOW)
def test_half_a_request_is_not_waited_for(sent: bytes, timeout_s: float) -> None:
    wire, desk, clock = waiting_wire(sent)
    sweep(wire, clock, timeout_s - 1)
    assert wire.sent == b""
    sweep(wire, clock, 1)
    assert (wire.sent, wire.is_eof) == (refused(408), True)
    assert (desk.requests, wire.shared.counts.timed_out) == ([], 1)


def test_a_dribble_is_no_progress() -> None:
    """A client that sends an octet now and then has no more time than one that sends none."""
    wire, _desk, clock = waiting_wire(b"")
    for octet in b"GET /\xe9":
        wire.send(bytes([octet]))
        sweep(wire, clock, 1.9)
    assert (wire.sent, wire.is_eof) == (refused(408), True)


def test_an_idle_client_is_left_in_silence() -> None:
    wire, desk, clock = waiting_wire(GET)
    desk.waiting[0](Response(200, b"0"))
    sweep(wire, clock, 74)
    assert not wire.is_eof
    sweep(wire, clock, 1)
    assert (wire.sent, wire.is_eof) == (answer("0"), True)
    assert wire.shared.counts.timed_out == 0


def test_a_client_that_never_asks_is_idle_sooner() -> None:
    wire, _desk, clock = waiting_wire(b"")
    sweep(wire, clock, 10)
    assert (wire.sent, wire.is_eof) == (b"", True)


def test_our_own_time_is_not_the_clients() -> None:
    """However long an answer takes, its client is not cut off, and is not idle when it comes."""
    wire, desk, clock = waiting_wire(GET)
    sweep(wire, clock, 1_000)
    desk.waiting[0](Response(200, b"0"))
    sweep(wire, clock, 74)
    assert (wire.sent, wire.is_eof) == (answer("0"), False)


def test_a_client_that_reads_nothing_is_cut_off() -> None:
    wire, _desk, clock = waiting_wire(GET)
    wire.connection.pause_writing()
    sweep(wire, clock, 19)
    assert wire.state == "open"
    sweep(wire, clock, 1)
    assert (wire.state, wire.shared.counts.timed_out) == ("aborted", 1)


def test_a_client_that_does_not_close_is_cut_off() -> None:
    wire, _desk, clock = waiting_wire(b"\0")
    assert wire.is_eof
    wire.send(b"more" * 1_000)
    assert (wire.unread_octets, wire.state) == (0, "open")
    sweep(wire, clock, 2)
    assert wire.state == "aborted"


def test_one_that_still_reads_our_last_words_is_not() -> None:
    wire, _desk, clock = waiting_wire(b"\0")
    wire.unsent_octets = 10
    sweep(wire, clock, 2)
    sweep(wire, clock, 19)
    assert wire.state == "open"
    sweep(wire, clock, 1)
    assert wire.state == "aborted"


# Coming and going.


def test_too_many_clients_are_told_so() -> None:
    shared = make_shared(limits=Limits(connections=2))
    wires = [Wire(shared) for _ in range(3)]
    assert [wire.sent for wire in wires] == [b"", b"", refused(503)]
    assert wires[0].send(GET) == answer("GET /\n")
    wires[0].lose()
    wires[2].lose()
    assert Wire(shared).send(GET) == answer("GET /\n")
    assert (shared.counts.accepted, shared.counts.turned_away) == (4, 1)


def test_answers_to_a_lost_client_go_nowhere() -> None:
    wire, desk, _clock = waiting_wire(numbered(0, 1))
    wire.lose()
    for respond in desk.waiting:
        respond(Response(200, b""))
    wire.turn()
    assert (wire.sent, wire.shared.clients) == (b"", set())


def test_a_client_that_closed_its_half_gets_its_answers() -> None:
    wire, desk, _clock = waiting_wire(numbered(0, 1))
    wire.send_eof()
    assert wire.state == "open"
    desk.waiting[1](Response(200, b"1"))
    desk.waiting[0](Response(200, b"0"))
    wire.turn()
    assert (wire.sent, wire.state) == (ready(0) + answer("1", CLOSES), "closed")


def test_half_a_request_and_a_close_are_nothing() -> None:
    wire, desk, _clock = waiting_wire(post(b"Content-Length: 5\r\n", b"hal"))
    wire.send_eof()
    assert (desk.requests, wire.sent, wire.state) == ([], b"", "closed")


def test_draining_closes_idle_clients_and_finishes_the_others() -> None:
    desk = Desk()
    shared = make_shared(desk)
    idle, asked, half = (Wire(shared) for _ in range(3))
    asked.send(numbered(0))
    half.send(b"GET /1 HTTP/1.1\r\n")
    shared.draining = True
    for wire in (idle, asked, half):
        wire.connection.drain()
    assert (idle.state, asked.state, half.state) == ("closed", "open", "open")
    half.send(b"\r\n")
    for number in (0, 1):
        desk.waiting[number](Response(200, b"%d" % number))
    assert (asked.sent, half.sent) == (answer("0", CLOSES), answer("1", CLOSES))
    late = Wire(shared)
    assert late.sent == refused(503)


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
