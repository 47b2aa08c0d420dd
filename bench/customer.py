"""A customer's web server that is told things: takes them, fails now and then, and counts.

It runs in a thread, and knows of HTTP/1.1 only what a gateway's calls need.
"""

import asyncio
import contextlib
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from time import monotonic_ns

TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
LATER = b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"
EVENT = re.compile(rb"(?i)\r\nX-Dragoman-Event: ([^\r]+)\r\n")
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


@dataclass
class Customer:
    """What was told, in the order of its first time; only the first try of an event may fail."""

    random: Random = field(default_factory=lambda: Random(0))  # of faults, not keys
    fails: float = 0.0  # the share of first tries that are refused, or taken without an answer
    port: int = 0
    calls: Counter[str] = field(default_factory=Counter)  # by event id
    taken: dict[str, bytes] = field(default_factory=dict)  # event id to body
    taken_ns: list[int] = field(default_factory=list)  # CLOCK_MONOTONIC, of each first time
    changed: int = 0  # events whose repeat had another body

    @property
    def repeats(self) -> int:
        """Count the calls beyond the first of each event."""
        return sum(self.calls.values()) - len(self.calls)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the caller hangs up."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                found = EVENT.search(head)
                answer = self._answer(found[1].decode() if found else "", body)
                if not answer:
                    return
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # killed in the midst of a call: it will be made again
        finally:
            writer.transport.abort()

    def _answer(self, event: str, body: bytes) -> bytes:
        """Take a call or refuse it; nothing is the answer that gets lost."""
        is_first = event not in self.calls
        self.calls[event] += 1
        fault = is_first and self.random.random() < self.fails
        if fault and self.random.random() < 0.5:
            return LATER
        if event not in self.taken:
            self.taken[event] = body
            self.taken_ns.append(monotonic_ns())
        elif self.taken[event] != body:
            self.changed += 1
        return b"" if fault else TAKEN


@contextlib.contextmanager
def listening(customer: Customer) -> Iterator[Customer]:
    """Let a customer's server listen on loopback."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(customer.serve, "127.0.0.1", 0))
    customer.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name="customer", daemon=True)
    thread.start()
    try:
        yield customer
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
