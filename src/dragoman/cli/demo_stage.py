"""The demo's stage: a gateway as a process of its own, over a store in a temporary directory."""

import asyncio
import http.client
import os
import signal
import socket
import sys
from pathlib import Path

import msgspec

from dragoman.cli.demo_scenes import Question
from dragoman.cli.frame import now_us, opened_store
from dragoman.cli.kinds import KINDS
from dragoman.cli.world import sealing_of
from dragoman.config import Config, load
from dragoman.core.worldfile.apply import apply_world
from dragoman.core.worldfile.parse import parse_world

HTTP_TIMEOUT_S = 10.0
START_S = 20.0
STOP_S = 15.0
LOOK_S = 0.05
LOG_SHOWN = 20  # last lines of the gateway's log, when it did not do as it should


class Failed(Exception):
    """Something that the demo promises did not come true."""


class Reply(msgspec.Struct, frozen=True):
    """What the gateway answered."""

    status: int
    body: str


class Stage:
    """One gateway and where it is reached."""

    def __init__(self, folder: Path) -> None:
        """Take a folder that nobody else uses."""
        self.folder = folder
        self.port, self.ops_port = free_ports(2)
        self.config_file = folder / "dragoman.toml"
        self.log_file = folder / "gateway.log"
        self.config_file.write_text(
            f'[store]\nurl = "sqlite:///{folder / "dragoman.db"}"\n'
            f'[http]\nlisten = "127.0.0.1:{self.port}"\n'
            f'[ops]\nlisten = "127.0.0.1:{self.ops_port}"\n',
            encoding="utf-8",
        )
        self._process: asyncio.subprocess.Process | None = None

    def config(self) -> Config:
        """Give the settings of the gateway, and nothing of this process' environment."""
        return load(self.config_file, {})

    async def apply(self, world: str) -> None:
        """Make the store's world that of a file, as `dragoman apply` does."""
        opened = await opened_store(self.config(), makes=True)
        try:
            file = parse_world(world, KINDS, {})
            await apply_world(opened.database, file, sealing_of(opened.config), now_us)
        finally:
            await opened.database.close()

    async def start(self) -> None:
        """Start the gateway and wait until it is ready."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("DRAGOMAN_")}
        with self.log_file.open("wb") as log:
            # In a session of its own, so that Control-C reaches it through us and once.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "dragoman", "serve", "-c", str(self.config_file)),
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                env=kept,
                start_new_session=True,
            )
        async with asyncio.timeout(START_S):
            while not await asyncio.to_thread(self._is_ready):
                if self._process.returncode is not None:
                    raise Failed(f"the gateway ended while it started:\n{self.log_tail()}")
                await asyncio.sleep(LOOK_S)

    def _is_ready(self) -> bool:
        try:
            return self._get(self.ops_port, Question("GET", "/readyz")).status == http.client.OK
        except OSError:
            return False

    async def ask(self, question: Question) -> Reply:
        """Ask the gateway as a customer does, with a plain HTTP client."""
        return await asyncio.to_thread(self._get, self.port, question)

    def _get(self, port: int, question: Question) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HTTP_TIMEOUT_S)
        try:
            connection.request(
                question.method, question.target, question.body or None, dict(question.headers)
            )
            response = connection.getresponse()
            return Reply(response.status, response.read().decode("utf-8", "replace"))
        finally:
            connection.close()

    async def stop(self) -> None:
        """Let the gateway drain; Failed when it does not end well."""
        process = self._process
        if process is None:
            return
        self._process = None
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)  # it may have children
            await process.wait()
            raise Failed(
                f"the gateway did not end within {STOP_S:g} s:\n{self.log_tail()}"
            ) from None
        if code != 0:
            raise Failed(f"the gateway ended with code {code}:\n{self.log_tail()}")

    def log_tail(self) -> str:
        """Give the last lines of the gateway's log."""
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-LOG_SHOWN:])


def free_ports(count: int) -> list[int]:
    """Give ports of loopback that are free now."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports
