"""The load counts what a server really answers, and what it does not answer."""

import re
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.instruments import Answers, loaded, run_load
from bench.load import NO_ANSWER, REFUSED, Plan, Records, answer_body, fillable

REQUEST = b"GET /?to={dest}&text={id}%20hello HTTP/1.1\r\nHost: x\r\n\r\n"
TARGET = re.compile(rb"GET /\?to=(\d+)&text=(\w+)-(\d{8})%20hello HTTP/1\.1\r\nHost: x\r\n\r\n")


class Server(socketserver.ThreadingTCPServer):
    """Takes every message but each fourth; hangs up on each seventh."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[int, int]] = []
        self.hangs_up = False
        self.first = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        while request := self.request.recv(65536):
            parsed = TARGET.fullmatch(request)
            assert parsed is not None, request
            number = int(parsed[3])
            server.seen.append((number, int(parsed[1])))
            server.first.set()
            if server.hangs_up and number % 7 == 0:
                return
            body = b"1710" if number % 4 == 0 else b"1701|1|id"
            head = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: %d\r\n\r\n" % len(body)
            self.request.sendall(head)
            self.request.sendall(body)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def plan_for(server: Server) -> Plan:
    return Plan(server.port, REQUEST, "t", begins=b"1701", count=40, conns=3)


def test_closed_loop(server: Server, tmp_path: Path) -> None:
    answers = run_load(tmp_path, plan_for(server))
    assert sorted(server.seen) == [(n, 447_700_000_000 + n) for n in range(40)]
    assert answers.ids() == [f"t-{n:08d}" for n in range(40) if n % 4]
    assert (answers.accepted, answers.refused, answers.unanswered) == (30, 10, 0)
    assert min(answers.answer_ms()) > 0


def test_a_server_that_hangs_up_gave_no_answer(server: Server, tmp_path: Path) -> None:
    """The request counts as unanswered, is not sent twice, and the connection is made anew."""
    server.hangs_up = True
    answers = run_load(tmp_path, plan_for(server))
    assert sorted(number for number, _ in server.seen) == list(range(40))
    assert answers.ids(NO_ANSWER) == [f"t-{n:08d}" for n in range(40) if n % 7 == 0]
    assert answers.ids(REFUSED) == [f"t-{n:08d}" for n in range(40) if n % 4 == 0 and n % 7]


def test_open_loop_keeps_its_rate(server: Server, tmp_path: Path) -> None:
    answers = run_load(tmp_path, replace(plan_for(server), rate=400.0))
    due_ns = answers.records.due_ns
    assert [due_ns[n] - due_ns[0] for n in range(40)] == [n * 2_500_000 for n in range(40)]
    columns = zip(due_ns, answers.records.sent_ns, answers.records.done_ns, strict=True)
    assert [row for row in columns if not row[0] <= row[1] <= row[2]] == []


def test_a_load_can_be_stopped(server: Server, tmp_path: Path) -> None:
    with loaded(tmp_path, replace(plan_for(server), count=1_000_000)) as load:
        assert server.first.wait(30)
        answers = load.stop()
    assert answers.unanswered == 0
    assert 0 < answers.accepted + answers.refused < 1_000_000


def test_arrivals_are_counted_from_when_a_request_was_due() -> None:
    records = Records.empty()
    for due_ns, outcome in ((1_000_000, 1), (2_000_000, 2), (3_000_000, 1)):
        records.due_ns.append(due_ns)
        records.outcome.append(outcome)
    arrivals = {"t-00000000": [4_000_000, 9_000_000], "t-00000001": [5_000_000]}
    assert Answers("t", records).arrival_ms(arrivals) == [3.0]


ANSWERS = {
    "whole": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "in another case": (b"HTTP/1.1 200 OK\r\ncontent-length:2\r\nA: b\r\n\r\nok", b"ok"),
    "empty": (b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", b""),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", None),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", None),
}


@pytest.mark.parametrize(("answer", "body"), ANSWERS.values(), ids=ANSWERS)
def test_answer_body(answer: bytes, body: bytes | None) -> None:
    assert answer_body(answer) == body


def test_an_answer_without_a_length_is_no_measurement() -> None:
    with pytest.raises(ValueError, match="without Content-Length"):
        answer_body(b"HTTP/1.1 200 OK\r\n\r\nok")


def test_a_request_may_hold_percent_signs() -> None:
    template = fillable(b"/?a=%20&b={dest}&c={id}&d={dest}")
    assert template % {b"id": b"x-1", b"dest": 7} == b"/?a=%20&b=7&c=x-1&d=7"
