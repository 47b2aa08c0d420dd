"""Take what gateways send over SMPP and record when each message arrived.

The simulator of `dragoman.carriers.simulator` as a process of its own, with a note taker and
without handsets of any character.  Two files grow, each in one piece per turn of the loop:
- arrivals: for each submit_sm, CLOCK_MONOTONIC in ns and the first word of its text (`ARRIVAL`);
- receipts: for each deliver_sm that was acknowledged, CLOCK_MONOTONIC in ns (`INSTANT`).
"""

import argparse
import asyncio
import gc
import os
import struct
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from time import monotonic_ns

from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Received, Smsc
from dragoman.net.clock import LoopClock

ARRIVAL = struct.Struct("<q16s")  # records of one length, so that a file's size counts them
INSTANT = struct.Struct("<q")

LOOK_S = 0.005  # between two looks at what the simulator counts


class NoteTaker:
    """Notes what a simulator gets."""

    def __init__(self, smsc: Smsc, arrivals: Path, receipts: Path) -> None:
        smsc.on_message = self._note
        self._smsc = smsc
        self._arrivals_file = append_to(arrivals)
        self._receipts_file = append_to(receipts)
        self._arrivals: list[bytes] = []
        self._acknowledged = 0
        self._binds = 0
        self._loop = asyncio.get_running_loop()

    def look(self) -> None:
        """Note receipts and binds since the last look; look again soon."""
        new = self._smsc.delivered - self._acknowledged
        if new:
            os.write(self._receipts_file, INSTANT.pack(monotonic_ns()) * new)
            self._acknowledged += new
        for _ in range(self._binds, len(self._smsc.binds)):
            self._binds += 1
            print("bound", flush=True)
        self._loop.call_later(LOOK_S, self.look)

    def _note(self, received: Received) -> None:
        if not received.message_id:
            return  # refused, so it will come again
        if not self._arrivals:
            self._loop.call_soon(self._flush)
        word = received.pdu.short_message.split(b" ", 1)[0]
        self._arrivals.append(ARRIVAL.pack(monotonic_ns(), word))

    def _flush(self) -> None:
        os.write(self._arrivals_file, b"".join(self._arrivals))
        self._arrivals.clear()


def append_to(path: Path) -> int:
    """Open a file for appending, without a buffer."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


async def serve(options: argparse.Namespace) -> None:
    """Serve until killed."""
    # Ids that no earlier process on this port has given.
    first_id = time.time_ns() // 1000
    set_up = SmscOptions(
        port=options.port,
        receipt_delay_s=options.receipt_ms / 1000,
        window=1_000,
        first_id=first_id,
        keep=1,
    )
    smsc = Smsc(set_up, LoopClock(lambda: time.time_ns() // 1000))
    smsc.faults.response_delay_s = options.answer_ms / 1000
    NoteTaker(smsc, options.arrivals, options.receipts).look()
    await smsc.start()
    gc.freeze()
    await asyncio.Event().wait()


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--arrivals", type=Path, required=True)
    parser.add_argument("--receipts", type=Path, required=True)
    parser.add_argument("--answer-ms", type=float, default=0, help="delay of submit_sm_resp")
    parser.add_argument("--receipt-ms", type=float, default=100, help="delay of receipts after it")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(serve(parse_options(sys.argv[1:])))
