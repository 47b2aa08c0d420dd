"""Start, watch and end the processes of a benchmark; read their CPU time and memory.

Knows Linux' /proc and nothing about gateways.  Source: proc(5).
"""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_OCTETS = os.sysconf("SC_PAGE_SIZE")
PORTS = (15_000, 30_000)
# Where Debian puts daemons; not on everybody's PATH.
MORE_PATH = "/usr/sbin:/usr/local/sbin"


class Broken(Exception):
    """A run cannot go on: a process ended, or what was waited for did not come."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and its descendants have used."""

    cpu_s: float = 0.0
    rss_octets: int = 0

    @property
    def rss_mb(self) -> float:
        """Resident memory in units of 10^6 octets."""
        return self.rss_octets / 1e6


def path() -> str:
    """Give PATH, and where daemons are."""
    return f"{os.environ.get('PATH', '')}:{MORE_PATH}"


def spawn(command: Sequence[str | Path], log: Path) -> "subprocess.Popen[bytes]":
    """Start a process in a group of its own; what it says goes to a file."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment(),
            start_new_session=True,
        )


def environment() -> dict[str, str]:
    """Give our environment without settings of whatever gateway its owner runs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DRAGOMAN_")}
    return {**kept, "PATH": path()}


def terminate(process: "subprocess.Popen[bytes]", grace_s: float = 20.0) -> int:
    """Ask a process to end; kill its group if it does not.  Gives its exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            kill(process)
    return process.wait()


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and its group, at once and without a word (SIGKILL)."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_alone(process: "subprocess.Popen[bytes]", patience_s: float = 10.0) -> None:
    """Kill a process and none of those that it started; wait until these leave by themselves."""
    process.kill()
    process.wait()
    group = process.pid
    try:
        wait_until("the children of a killed process leave", lambda: not members(group), patience_s)
    except Broken:
        os.killpg(group, signal.SIGKILL)
        raise


def usage(*pids: int) -> Usage:
    """Add up what the processes and their descendants use; those that ended count no more."""
    children = _children()
    todo, cpu_s, rss_octets = list(pids), 0.0, 0
    while todo:
        pid = todo.pop()
        todo += children.get(pid, [])
        fields = _stat(pid)
        if fields:
            cpu_s += (int(fields[11]) + int(fields[12])) / TICKS_PER_S
            rss_octets += int(fields[21]) * PAGE_OCTETS
    return Usage(cpu_s, rss_octets)


def stolen_share(since: tuple[int, int] = (0, 0)) -> tuple[float, tuple[int, int]]:
    """Give the share of CPU time that the hypervisor took, and the reading to count from."""
    with Path("/proc/stat").open(encoding="ascii") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    total, stolen = sum(fields), fields[7]
    return (stolen - since[1]) / max(1, total - since[0]), (total, stolen)


def wait_until(
    what: str, is_so: Callable[[], bool], limit_s: float, *, pause_s: float = 0.05
) -> None:
    """Look again and again until it is so; Broken names what did not come."""
    end = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > end:
            raise Broken(f"{what}: not within {limit_s:g} s")
        time.sleep(pause_s)


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until a process listens; Broken with its last words if it ends instead."""

    def listens() -> bool:
        if process.poll() is not None:
            raise Broken(f"{log.stem} ended with {process.returncode}: {last_words(log)}")
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    wait_until(f"{log.stem} listens on port {port} (see {log})", listens, 60.0)


def last_words(log: Path) -> str:
    """Give the end of what a process said."""
    return log.read_text(encoding="utf-8", errors="replace")[-1500:].strip() or "no word"


def free_port() -> int:
    """Give a port that nobody uses now.

    Below those that the kernel hands to outgoing connections: while a listener is away, one of
    these could take its port, or even connect to itself.
    """
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def _stat(pid: int) -> list[str]:
    """Give the fields of /proc/PID/stat after the command's name; none if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return text.rsplit(")", 1)[1].split()


def members(group: int) -> list[int]:
    """Give the living processes of a group."""
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit()
        and (fields := _stat(int(entry.name)))
        and int(fields[2]) == group
        and fields[0] != "Z"
    ]


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    return children
