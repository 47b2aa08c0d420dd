"""Kannel beside us: bearerbox and smsbox of the machine, at their best for one SMPP bind.

Messages stay in memory (no store is configured), logs hold errors only, and a request is answered
when bearerbox has the message (its default).  Nothing here is ever on disk: what it can do without
that is what we compare with.  Source: Kannel User Guide 1.4.5, chapters "Setting up the gateway",
"SMSC connections" and "Setting up an SMS gateway".
"""

import shutil
import subprocess
from pathlib import Path

from bench.load import Plan
from bench.processes import Usage, free_port, path, spawn, terminate, usage, wait_for_port

CONFIGURATION = """\
group = core
admin-port = {admin}
admin-password = bench
admin-deny-ip = "*.*.*.*"
admin-allow-ip = "127.0.0.1"
smsbox-port = {boxes}
log-level = 3
log-file = "{directory}/bearerbox.errors"
dlr-storage = internal
smsbox-max-pending = 1000

group = smsc
smsc = smpp
smsc-id = bench
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = bench
smsc-password = bench
system-type = ""
max-pending-submits = {window}
reconnect-delay = 1
log-level = 3

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
log-level = 3
log-file = "{directory}/smsbox.errors"
max-pending-requests = 1000

group = sendsms-user
username = bench
password = bench

group = sms-service
keyword = default
text = "nobody is here"
max-messages = 0
"""
# dlr-mask 3: tell of success and failure at the handset, the receipts that carriers send.
RECEIPTS = "&dlr-mask=3"
REQUEST = (
    "GET /cgi-bin/sendsms?username=bench&password=bench&from=12345&to={{dest}}"
    "&text={{id}}+is+the+code+for+your+next+log-in.+Tell+nobody.{receipts} HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\n\r\n"
)


class Kannel:
    """Two processes: bearerbox (SMPP) and smsbox (HTTP)."""

    name = "Kannel (memory)"

    def __init__(self, directory: Path, smsc_port: int, *, receipts: bool, window: int) -> None:
        directory.mkdir()
        self._directory = directory
        self._http_port = free_port()
        self._boxes_port = free_port()
        self._receipts = receipts
        self._processes: list[subprocess.Popen[bytes]] = []
        self._configuration = directory / "kannel.conf"
        text = CONFIGURATION.format(
            admin=free_port(),
            boxes=self._boxes_port,
            http=self._http_port,
            smsc=smsc_port,
            window=window,
            directory=directory,
        )
        self._configuration.write_text(text, encoding="ascii")

    @staticmethod
    def is_here() -> bool:
        """Whether this machine has it."""
        return all(shutil.which(name, path=path()) for name in ("bearerbox", "smsbox"))

    def start(self) -> None:
        """Start both boxes, in their order."""
        for name, port in (("bearerbox", self._boxes_port), ("smsbox", self._http_port)):
            # -v 4: else both write each PDU to stderr, whatever log-level says.
            log = self._directory / f"{name}.log"
            process = spawn([name, "-v", "4", self._configuration], log)
            self._processes.append(process)
            wait_for_port(port, process, log)

    def stop(self) -> None:
        """End both boxes."""
        for process in reversed(self._processes):
            terminate(process, grace_s=5.0)
        self._processes.clear()

    def usage(self) -> Usage:
        """Give what both use."""
        return usage(*(process.pid for process in self._processes))

    def plan(self, prefix: str) -> Plan:
        """Give a load that it understands."""
        request = REQUEST.format(receipts=RECEIPTS if self._receipts else "")
        return Plan(self._http_port, request.encode(), prefix, status=202)
