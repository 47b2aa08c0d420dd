"""The measuring instruments as processes: the SMSC that records, the load, and what they saw.

Both stamp with CLOCK_MONOTONIC of one host, so that their instants can be subtracted.
"""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.load import ACCEPTED, NO_ANSWER, REFUSED, Plan, Records
from bench.processes import Broken, free_port, kill, last_words, spawn, wait_for_port, wait_until
from bench.smsc import ARRIVAL, INSTANT

QUIET_S = 4.0  # nothing new for so long: nothing more will come


class Smsc:
    """The SMSC, which may be away for a while without losing what it recorded."""

    def __init__(self, directory: Path, *, answer_ms: float = 0, receipt_ms: float = 100) -> None:
        self.port = free_port()
        self._delays = (f"--answer-ms={answer_ms}", f"--receipt-ms={receipt_ms}")
        self._process: subprocess.Popen[bytes] | None = None
        self._log = directory / "smsc.log"
        self._arrivals = directory / "arrivals"
        self._receipts = directory / "receipts"
        for file in (self._log, self._arrivals, self._receipts):
            file.touch()

    def start(self) -> None:
        """Listen."""
        command = [sys.executable, "-m", "bench.smsc", f"--port={self.port}", *self._delays]
        command += [f"--arrivals={self._arrivals}", f"--receipts={self._receipts}"]
        self._process = spawn(command, self._log)
        wait_for_port(self.port, self._process, self._log)

    def stop(self) -> None:
        """Be gone without a word."""
        if self._process:
            kill(self._process)

    def binds(self) -> int:
        """Count the binds so far."""
        return self._log.read_bytes().count(b"bound\n")

    def arrived(self) -> int:
        """Count the submit_sm so far."""
        return self._arrivals.stat().st_size // ARRIVAL.size

    def acknowledged(self) -> int:
        """Count the receipts that gateways took so far."""
        return self._receipts.stat().st_size // INSTANT.size

    def arrivals(self, prefix: str = "") -> dict[str, list[int]]:
        """Give when each message whose id begins so arrived, each time that it did."""
        found: dict[str, list[int]] = {}
        octets = self._arrivals.read_bytes()
        whole = len(octets) - len(octets) % ARRIVAL.size
        for at_ns, word in ARRIVAL.iter_unpack(octets[:whole]):
            name = word.rstrip(b"\0").decode("latin-1")
            if name.startswith(prefix):
                found.setdefault(name, []).append(at_ns)
        return found

    def last_acknowledged_ns(self) -> int:
        """Give when the last receipt so far was acknowledged; 0 if none was."""
        octets = self._receipts.read_bytes()[-INSTANT.size :]
        return INSTANT.unpack(octets)[0] if octets else 0

    def wait_for_arrivals(self, wanted: int, limit_s: float = 600.0) -> None:
        """Wait until so many arrived, or no more come."""
        _wait_for(f"{wanted} messages arrive", self.arrived, wanted, limit_s)

    def wait_for_receipts(self, wanted: int, limit_s: float = 600.0) -> None:
        """Wait until so many receipts were taken, or no more are."""
        _wait_for(f"{wanted} receipts are taken", self.acknowledged, wanted, limit_s)


def _wait_for(what: str, count: Callable[[], int], wanted: int, limit_s: float) -> None:
    seen, since = -1, time.monotonic()

    def is_over() -> bool:
        nonlocal seen, since
        now, before, seen = time.monotonic(), seen, count()
        if seen != before:
            since = now
        return seen >= wanted or now - since > QUIET_S

    wait_until(what, is_over, limit_s)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a load was answered."""

    prefix: str
    records: Records

    def ids(self, outcome: int = ACCEPTED) -> list[str]:
        """Give the ids of the messages with this outcome."""
        return [
            f"{self.prefix}-{number:08d}"
            for number, became in enumerate(self.records.outcome)
            if became == outcome
        ]

    @property
    def accepted(self) -> int:
        """Count the successes."""
        return self.records.outcome.count(ACCEPTED)

    @property
    def refused(self) -> int:
        """Count the answers that were no success."""
        return self.records.outcome.count(REFUSED)

    @property
    def unanswered(self) -> int:
        """Count the requests whose answer did not come."""
        return self.records.outcome.count(NO_ANSWER)

    @property
    def began_ns(self) -> int:
        """Give when the first request was sent."""
        return self.records.sent_ns[0]

    @property
    def accepted_per_s(self) -> float:
        """Give successes a second, from the first request to the last answer."""
        return self.accepted / ((max(self.records.done_ns) - self.began_ns) / 1e9)

    def answer_ms(self) -> list[float]:
        """Give how long each success took, from when its request was due."""
        records = self.records
        columns = zip(records.due_ns, records.done_ns, records.outcome, strict=True)
        return [(done - due) / 1e6 for due, done, outcome in columns if outcome == ACCEPTED]

    def arrival_ms(self, arrivals: dict[str, list[int]]) -> list[float]:
        """Give how long each success took to the SMSC, from when its request was due."""
        due = self.records.due_ns
        return [
            (arrivals[name][0] - due[int(name[-8:])]) / 1e6
            for name in self.ids()
            if name in arrivals
        ]


class Load:
    """A load that runs in a process of its own."""

    def __init__(self, directory: Path, plan: Plan) -> None:
        self._prefix = plan.prefix
        self._records = directory / f"{plan.prefix}.records"
        self._log = directory / f"{plan.prefix}.log"
        fields = asdict(plan)
        for name in ("request", "begins"):
            fields[name] = fields[name].decode()
        command = [sys.executable, "-m", "bench.load", json.dumps(fields), str(self._records)]
        self._process = spawn(command, self._log)

    def is_over(self) -> bool:
        """Whether everything is sent and answered."""
        return self._process.poll() is not None

    def stop(self) -> Answers:
        """Send nothing more and give what was answered."""
        if self._process.poll() is None:
            self._process.terminate()
        return self.wait()

    def wait(self) -> Answers:
        """Wait for the end and give what was answered."""
        if self._process.wait():
            raise Broken(f"the load failed: {last_words(self._log)}")
        return Answers(self._prefix, Records.read(self._records))

    def kill(self) -> None:
        """End without a result."""
        kill(self._process)


@contextlib.contextmanager
def loaded(directory: Path, plan: Plan) -> Iterator[Load]:
    """Run a load; whatever happens, its process is gone afterwards."""
    load = Load(directory, plan)
    try:
        yield load
    finally:
        load.kill()


def run_load(directory: Path, plan: Plan) -> Answers:
    """Run a load to its end."""
    with loaded(directory, plan) as load:
        return load.wait()
