"""One connection: in which order it answers, and what of our own faults a client sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.front.shared import Limits, Respond
from dragoman.protocols.http import Request, Response
from tests.front.wire import (
    GET,
    Desk,
    Wire,
    answer,
    make_shared,
    numbered,
    post,
    ready,
    refused,
)


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
