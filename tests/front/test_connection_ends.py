"""One connection: how long it is waited for, how many there may be, and how they end.

The listener calls `sweep`; a deadline is met to within the time since its last call.
"""

import pytest

from dragoman.front.peers import TrustedProxies
from dragoman.front.shared import Limits
from dragoman.protocols.http import Request, Response
from tests.front.wire import (
    CLOSES,
    GET,
    Clock,
    Desk,
    Wire,
    answer,
    make_shared,
    numbered,
    post,
    ready,
    refused,
)

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


def test_one_address_cannot_take_all_connections() -> None:
    """Further ones are told so; who goes on all the same is cut off without a word."""
    shared = make_shared(limits=Limits(connections_per_address=2))
    wires = [Wire(shared, "192.0.2.1") for _ in range(5)]
    assert [wire.sent for wire in wires] == [b"", b"", refused(503), refused(503), b""]
    assert wires[4].state == "aborted"
    assert Wire(shared, "192.0.2.2").send(GET) == answer("GET /\n")
    for wire in wires:
        wire.lose()
    assert [Wire(shared, "192.0.2.1").send(GET) for _ in range(2)] == [answer("GET /\n")] * 2
    assert (shared.counts.accepted, shared.counts.turned_away) == (8, 3)
    assert set(shared.peers.values()) == {1, 2}


NEIGHBOURS = {
    "one IPv6 network": ("2001:db8::1", "2001:db8::2", refused(503)),
    "another": ("2001:db8::1", "2001:db8:0:1::1", b""),
    "IPv4 over an IPv6 socket": ("192.0.2.1", "::ffff:192.0.2.1", refused(503)),
    "a trusted proxy": ("10.0.0.1", "10.0.0.1", b""),
}


@pytest.mark.parametrize(("one", "other", "told"), NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_what_counts_as_one_address(one: str, other: str, told: bytes) -> None:
    limits = Limits(connections_per_address=1)
    shared = make_shared(limits=limits, proxies=TrustedProxies(["10.0.0.0/8"]))
    assert [Wire(shared, peer).sent for peer in (one, other)] == [b"", told]


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


# How long after its request a client goes, how, and whether it has given up.
GOING = {
    "closes its half with the request": (0.0, "eof", False),
    "closes its half a moment later": (0.09, "eof", False),
    "closes when it has waited in vain": (0.2, "eof", True),
    "is cut off at once": (0.0, "lose", True),
    "is cut off later": (5.0, "lose", True),
}


@pytest.mark.parametrize(("later_s", "way", "is_told"), GOING.values(), ids=GOING)
def test_who_did_not_wait_for_its_answer(later_s: float, way: str, is_told: bool) -> None:
    wire, desk, clock = waiting_wire(GET)
    gone: list[Request] = []
    wire.shared.on_gone = gone.append
    clock.now_s += later_s
    if way == "eof":
        assert wire.connection.eof_received() is True
    else:
        wire.lose()
    assert gone == (desk.requests if is_told else [])
    assert desk.waiting[0](Response(200, b"late")) is (way == "eof")


def test_of_several_requests_those_are_told_that_have_no_answer() -> None:
    wire, desk, _ = waiting_wire(numbered(0) + numbered(1) + numbered(2))
    gone: list[Request] = []
    wire.shared.on_gone = gone.append
    desk.waiting[0](Response(200, b"first"))
    desk.waiting[2](Response(200, b"third"))
    wire.lose()
    assert gone == [desk.requests[1]]


def test_who_has_its_answer_may_go() -> None:
    wire, desk, _ = waiting_wire(GET)
    gone: list[Request] = []
    wire.shared.on_gone = gone.append
    assert desk.waiting[0](Response(200, b"in time")) is True
    wire.lose()
    assert gone == []
