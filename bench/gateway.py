"""Dragoman as a system to be measured: one account, one carrier, a store on the disk."""

import base64
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from bench.books import Books
from bench.load import Plan
from bench.postgresql import Server
from bench.processes import (
    Broken,
    Usage,
    free_port,
    kill,
    kill_alone,
    last_words,
    spawn,
    terminate,
    usage,
    wait_for_port,
)

DEFAULT_PROCESSES = -1  # `http.processes` as the gateway chooses it
PROCESS = """\
[store]
url = "{store}"
key = "{key}"

[http]
listen = "127.0.0.1:{http}"
processes = {processes}

[ops]
listen = "127.0.0.1:{ops}"
"""
WORLD = """\
[[account]]
name = "bench"
password = "bench-password"
currency = "EUR"
balance = "1000000.00"
country = "GB"
senders = ["*"]

[[carrier]]
name = "main"
kind = "smpp"
host = "127.0.0.1"
port = {smsc}
system_id = "bench"
password = "bench"
bind = "transceiver"
window = {window}
retry_most_s = 1.0

[[route]]
prefix = ""
carrier = "main"

[[price]]
prefix = ""
currency = "EUR"
price = "0.01"
"""
# The account is told of each message when it is sent and when it is delivered.
TOLD = """
[account.unified]
dlr_url = "http://127.0.0.1:{port}/told"
dlr_intermediate = {twice}

[gateway]
callback_private = true
"""
REQUEST = (
    "GET /bulksms/bulksms?username=bench&password=bench-password&type=0&dlr={dlr}"
    "&destination={{dest}}&source=12345"
    "&message={{id}}+is+the+code+for+your+next+log-in.+Tell+nobody. HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\n\r\n"
)


class System(Protocol):
    """What is measured."""

    name: str

    def start(self) -> None:
        """Start it and wait until it takes requests."""

    def stop(self) -> None:
        """End it in good order."""

    def usage(self) -> Usage:
        """Give what its processes use."""

    def plan(self, prefix: str) -> Plan:
        """Give a load that it understands."""


class Dragoman:
    """`dragoman serve` on a store of its own."""

    name = "Dragoman"

    def __init__(
        self,
        directory: Path,
        smsc_port: int,
        *,
        receipts: bool = False,
        window: int = 1000,
        store: Server | None = None,
        processes: int = DEFAULT_PROCESSES,
        tell: int = 0,
        tell_twice: bool = True,
        core: int | None = None,
    ) -> None:
        """Take, beside the rest, the port of who is told, and the one core that it may use."""
        directory.mkdir()
        self.http_port = free_port()
        self._directory = directory
        self._store = store
        self.store_url = store.new_url() if store else f"sqlite:///{directory / 'dragoman.db'}"
        self.books = Books(self.store_url)
        self._receipts = receipts
        self._process: subprocess.Popen[bytes] | None = None
        self._log = directory / "dragoman.log"
        self._settings = directory / "dragoman.toml"
        settings = PROCESS.format(
            store=self.store_url,
            key=base64.b64encode(secrets.token_bytes(32)).decode(),
            http=self.http_port,
            processes=processes,
            ops=free_port(),
        )
        self._settings.write_text(settings, encoding="utf-8")
        self._world = directory / "world.toml"
        world = WORLD.format(smsc=smsc_port, window=window)
        if tell:
            told = TOLD.format(port=tell, twice=str(tell_twice).lower())
            world = world.replace("\n[[carrier]]", f"{told}\n[[carrier]]")
        self._core = core
        self._world.write_text(world, encoding="utf-8")

    def start(self) -> None:
        """Apply the world on the first start; serve."""
        if not self._log.exists():
            self._log.touch()
            self._run("apply", self._world)
        pinned = [] if self._core is None else ["taskset", "-c", str(self._core)]
        self._process = spawn([*pinned, *self._command("serve")], self._log)
        wait_for_port(self.http_port, self._process, self._log)

    def stop(self) -> None:
        """Drain and end; Broken if it does not end well."""
        if self._process is None:
            return
        status = terminate(self._process)
        self._process = None
        if status:
            raise Broken(f"dragoman ended with {status}: {last_words(self._log)}")

    def kill(self, *, core_only: bool = False) -> None:
        """Kill all its processes as a power cut would, or the first one as an operator would."""
        if self._process:
            process, self._process = self._process, None
            if core_only:
                kill_alone(process)
            else:
                kill(process)

    def usage(self) -> Usage:
        """Give what it uses, and the database server that works for it alone."""
        pids = [self._process.pid] if self._process else []
        return usage(*pids, *(self._store.pids if self._store else ()))

    def plan(self, prefix: str) -> Plan:
        """Give a load that it understands."""
        request = REQUEST.format(dlr=int(self._receipts))
        return Plan(self.http_port, request.encode(), prefix, begins=b"1701")

    def _command(self, *words: str | Path) -> list[str | Path]:
        """Give a command line; options may stand after the command."""
        first, *rest = words
        return [sys.executable, "-m", "dragoman", first, "-c", self._settings, *rest]

    def _run(self, *words: str | Path) -> None:
        log = self._directory / f"{words[0]}.log"
        if spawn(self._command(*words), log).wait():
            raise Broken(f"dragoman {words[0]} failed: {last_words(log)}")
