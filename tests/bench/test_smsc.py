"""The recording SMSC notes what arrives, and outlives its own absence."""

import re
import socket
import time
from pathlib import Path

from bench.instruments import Smsc
from bench.processes import wait_until
from dragoman.protocols.smpp.codec import encode
from dragoman.protocols.smpp.pdus import BindTransceiver, DeliverSmResp, SubmitSm


def read_frame(sock: socket.socket) -> tuple[int, int, int, bytes]:
    head = sock.recv(16, socket.MSG_WAITALL)
    length, command, status, sequence = (
        int.from_bytes(head[at : at + 4], "big") for at in range(0, 16, 4)
    )
    return command, status, sequence, sock.recv(length - 16, socket.MSG_WAITALL)


def submit(sock: socket.socket, words: bytes, *, receipt: bool = False) -> bytes:
    """Send one message and give the id that it got."""
    pdu = SubmitSm(
        source_addr=b"1",
        destination_addr=b"447700000001",
        registered_delivery=int(receipt),
        short_message=words,
    )
    sock.sendall(encode(pdu, 2))
    command, status, sequence, body = read_frame(sock)
    assert (command, status, sequence) == (0x80000004, 0, 2)
    return body.rstrip(b"\0")


def bind(smsc: Smsc) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", smsc.port))
    sock.sendall(encode(BindTransceiver(system_id=b"t", password=b"t"), 1))
    command, status, _, _ = read_frame(sock)
    assert (command, status) == (0x80000009, 0)
    return sock


def test_it_notes_messages_binds_and_receipts(tmp_path: Path) -> None:
    smsc = Smsc(tmp_path, receipt_ms=0)
    smsc.start()
    try:
        before_ns = time.monotonic_ns()
        with bind(smsc) as sock:
            submit(sock, b"a-00000001 hello")
            message_id = submit(sock, b"b-00000001 hello", receipt=True)
            command, _, sequence, body = read_frame(sock)
            assert command == 0x5
            assert re.search(rb"id:%b .* stat:DELIVRD" % message_id, body)
            sock.sendall(encode(DeliverSmResp(), sequence))
            smsc.wait_for_receipts(1)
            smsc.wait_for_arrivals(2)
        smsc.stop()
        smsc.start()
        with bind(smsc) as sock:
            submit(sock, b"a-00000001 hello")
            smsc.wait_for_arrivals(3)
        wait_until("both binds are noted", lambda: smsc.binds() == 2, 10)
    finally:
        smsc.stop()
    arrivals = smsc.arrivals()
    assert {name: len(times) for name, times in arrivals.items()} == {
        "a-00000001": 2,
        "b-00000001": 1,
    }
    first, second = arrivals["a-00000001"]
    assert before_ns < first < second < time.monotonic_ns()
    assert first < smsc.last_acknowledged_ns() < second
    assert list(smsc.arrivals("b-")) == ["b-00000001"]
