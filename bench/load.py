"""Load an HTTP server over keep-alive connections and record when each answer came.

A process of its own, so that it shares no interpreter with what it measures.  It knows no vendor:
what is sent and how a success begins are arguments.  Closed loop: each connection sends as soon as
its answer is there.  Open loop: requests fall due at a rate, whether or not answers come; latency
then counts from the due time, so that a server that stalls cannot hide it by slowing the load.
"""

import argparse
import errno
import json
import re
import select
import signal
import socket
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns
from types import FrameType
from typing import Self

ACCEPTED, REFUSED, NO_ANSWER = 1, 2, 3

READ_OCTETS = 65_536
RETRY_NS = 50_000_000  # between two tries to connect again
NAP_S = 0.1  # longest wait, so that a signal is seen
# The simulator's numbers whose handsets misbehave end in 99000x, which this range leaves out.
DESTS = 900_000
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, to whom, how much and how fast."""

    port: int
    request: bytes  # with {id} and {dest}
    prefix: str  # of the ids: prefix-00000000, prefix-00000001 ...
    status: int = 200  # of a success
    begins: bytes = b""  # how the body of a success begins
    count: int = 30_000
    conns: int = 32
    rate: float = 0.0  # requests a second; 0: closed loop
    first_dest: int = 447_700_000_000
    patience_s: float = 15.0  # without any answer


@dataclass(frozen=True, slots=True)
class Records:
    """What became of each request, by its number; instants are CLOCK_MONOTONIC in ns."""

    due_ns: "array[int]"
    sent_ns: "array[int]"
    done_ns: "array[int]"
    outcome: "array[int]"

    @classmethod
    def empty(cls) -> Self:
        """Give records of nothing."""
        return cls(array("q"), array("q"), array("q"), array("b"))

    def write(self, path: Path) -> None:
        """Write all four columns, their length first."""
        with path.open("wb") as file:
            array("q", [len(self.outcome)]).tofile(file)
            for column in (self.due_ns, self.sent_ns, self.done_ns, self.outcome):
                column.tofile(file)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        records, count = cls.empty(), array("q")
        with path.open("rb") as file:
            count.fromfile(file, 1)
            for column in (records.due_ns, records.sent_ns, records.done_ns, records.outcome):
                column.fromfile(file, count[0])
        return records


class Connection:
    """One keep-alive connection, with at most one request on its way."""

    __slots__ = ("got", "number", "sock")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.number = -1  # of the request that waits for its answer; -1: none
        self.got = b""  # the beginning of that answer


def answer_body(answer: bytes) -> bytes | None:
    """Give the body once the answer is whole; None before.  Raises ValueError without length."""
    head = answer.find(b"\r\n\r\n")
    if head < 0:
        return None
    length = CONTENT_LENGTH.search(answer, 0, head)
    if length is None:
        raise ValueError(f"an answer without Content-Length: {answer[:80]!r}")
    body = answer[head + 4 :]
    return body if len(body) >= int(length[1]) else None


def fillable(request: bytes) -> bytes:
    """Turn the placeholders into those of bytes formatting, which is quick enough to do live."""
    escaped = request.replace(b"%", b"%%")
    return escaped.replace(b"{id}", b"%(id)b").replace(b"{dest}", b"%(dest)d")


class Load:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.records = Records.empty()
        self.stopping = False
        self._template = fillable(plan.request)
        self._prefix = plan.prefix.encode()
        self._success = b"HTTP/1.1 %d" % plan.status
        self._period_ns = 1e9 / plan.rate if plan.rate else 0.0
        self._epoll = select.epoll()
        self._by_fd: dict[int, Connection] = {}
        self._free: list[Connection] = []
        self._down = plan.conns  # how many connections are to be made
        self._retry_ns = 0
        self._waiting = 0
        self._began_ns = self._heard_ns = monotonic_ns()

    def run(self) -> Records:
        """Send everything, or until `stopping`; return when all is answered or hope is lost."""
        self._connect()
        if not self._free:
            raise ConnectionError(f"nobody listens on port {self.plan.port}")
        self._began_ns = self._heard_ns = monotonic_ns()
        self._issue()
        while self._waiting or self._has_more():
            for fd, _ in self._ready():
                self._receive(self._by_fd[fd])
            self._issue()
            if monotonic_ns() > self._heard_ns + self.plan.patience_s * 1e9:
                break
        for connection in self._by_fd.values():
            if connection.number >= 0:
                self._finish(connection, NO_ANSWER)
        return self.records

    def _has_more(self) -> bool:
        return not self.stopping and len(self.records.outcome) < self.plan.count

    def _ready(self) -> list[tuple[int, int]]:
        """Wait for answers, or until the next request is due."""
        wait_s = NAP_S
        if self._down:
            wait_s = RETRY_NS / 1e9
        if self._period_ns and self._free and self._has_more():
            wait_s = min(wait_s, max(0.0, (self._next_due_ns() - monotonic_ns()) / 1e9))
            # epoll itself counts in whole milliseconds.
            select.select([self._epoll], [], [], wait_s)
            wait_s = 0.0
        return self._epoll.poll(wait_s)

    def _next_due_ns(self) -> int:
        return self._began_ns + int(len(self.records.outcome) * self._period_ns)

    def _issue(self) -> None:
        """Send what is due on the connections that are free."""
        now_ns = monotonic_ns()
        if self._down and now_ns >= self._retry_ns:
            self._connect()
        free = self._free
        while free and self._has_more():
            due_ns = now_ns
            if self._period_ns:
                due_ns = self._next_due_ns()
                if due_ns > now_ns:
                    return
            self._send(free.pop(), due_ns)

    def _send(self, connection: Connection, due_ns: int) -> None:
        records = self.records
        number = connection.number = len(records.outcome)
        values = {b"id": b"%b-%08d" % (self._prefix, number), b"dest": self._dest(number)}
        request = self._template % values
        now_ns = monotonic_ns()
        records.due_ns.append(due_ns if self._period_ns else now_ns)
        records.sent_ns.append(now_ns)
        records.done_ns.append(0)
        records.outcome.append(NO_ANSWER)
        self._waiting += 1
        try:
            sent = connection.sock.send(request)
        except OSError:
            self._lose(connection)
            return
        if sent != len(request):
            raise ValueError(f"a request of {len(request)} octets does not fit into the socket")

    def _dest(self, number: int) -> int:
        return self.plan.first_dest + number % DESTS

    def _receive(self, connection: Connection) -> None:
        try:
            data = connection.sock.recv(READ_OCTETS)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose(connection)
            return
        answer = connection.got + data
        body = answer_body(answer)
        if body is None:
            connection.got = answer
            return
        good = answer.startswith(self._success) and body.startswith(self.plan.begins)
        self._finish(connection, ACCEPTED if good else REFUSED)
        self._free.append(connection)

    def _finish(self, connection: Connection, outcome: int) -> None:
        number = connection.number
        if number < 0:
            raise ValueError(f"an answer without a request: {connection.got[:80]!r}")
        self.records.outcome[number] = outcome
        self.records.done_ns[number] = self._heard_ns = monotonic_ns()
        connection.number = -1
        connection.got = b""
        self._waiting -= 1

    def _lose(self, connection: Connection) -> None:
        """Close a connection that the server left; its request, if any, has no answer."""
        if connection.number >= 0:
            self._finish(connection, NO_ANSWER)
        else:
            self._free.remove(connection)
        del self._by_fd[connection.sock.fileno()]
        connection.sock.close()
        self._down += 1
        self._retry_ns = monotonic_ns() + RETRY_NS

    def _connect(self) -> None:
        """Connect whatever is down; on the first refusal leave the rest for later."""
        while self._down:
            sock = socket.socket()
            sock.settimeout(5.0)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            result = sock.connect_ex(("127.0.0.1", self.plan.port))
            if result:
                sock.close()
                if result not in {errno.ECONNREFUSED, errno.ECONNRESET, errno.EAGAIN}:
                    raise OSError(result, f"port {self.plan.port}")
                self._retry_ns = monotonic_ns() + RETRY_NS
                # A server that is being restarted is not one that fell silent.
                self._heard_ns = monotonic_ns()
                return
            sock.setblocking(False)
            self._down -= 1
            connection = self._by_fd[sock.fileno()] = Connection(sock)
            self._epoll.register(sock, select.EPOLLIN)
            self._free.append(connection)


def parse_plan(arguments: Sequence[str]) -> tuple[Plan, Path]:
    """Read the command line: a plan, and where its records go."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", help="the fields of Plan as JSON")
    parser.add_argument("records", type=Path, help="file that the records are written to")
    options = parser.parse_args(arguments)
    fields = json.loads(options.plan)
    for name in ("request", "begins"):
        fields[name] = fields[name].encode()
    return Plan(**fields), options.records


def main(arguments: Sequence[str]) -> None:
    """Run one plan; SIGTERM ends it as soon as what was sent is answered."""
    plan, path = parse_plan(arguments)
    load = Load(plan)

    def stop(number: int, frame: FrameType | None) -> None:
        load.stopping = True

    signal.signal(signal.SIGTERM, stop)
    load.run().write(path)


if __name__ == "__main__":
    main(sys.argv[1:])
