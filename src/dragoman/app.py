"""The composition root: the one module that knows every room and chooses what is built.

`serve` runs a gateway until it is told to stop.  It is one process, or a core and fronts: the
core holds the store's writer and the carriers, each front speaks with customers.  A front is this
module run as a program, with its two sockets inherited.
"""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from random import SystemRandom

import uvloop

from dragoman import __version__, logs
from dragoman.carriers import kinds
from dragoman.carriers.bind import Surroundings
from dragoman.carriers.reconnect import BindGate
from dragoman.config import Address, Config, load
from dragoman.core.chores import StoreTaken
from dragoman.core.counters import Counters
from dragoman.core.enquire import Enquiries
from dragoman.core.login import Login
from dragoman.core.node import Node
from dragoman.core.ports import Carrier, Sink
from dragoman.core.watch import Watch
from dragoman.core.worldview import Worldview
from dragoman.dialects import DIALECTS
from dragoman.front.access_log import AccessLog
from dragoman.front.listener import listen_on, listener_for, tls_for
from dragoman.front.metrics import Sample, Tally
from dragoman.front.ops import Ops
from dragoman.front.relay import RelayClient, RelayHost
from dragoman.front.serve import Intake, Service
from dragoman.front.webhooks import Webhooks
from dragoman.model.world import CarrierRow
from dragoman.net.clock import LoopClock
from dragoman.net.host import OWN_FILES, allow_files, take_name
from dragoman.net.http_client import HttpClient
from dragoman.net.reach import Names
from dragoman.net.tls import client_context
from dragoman.store.database import Database, open_database, sqlite_path
from dragoman.store.migrate import is_current
from dragoman.store.secrets import load_key, unseal

log = logging.getLogger(__name__)

START_S = 30.0  # how long a front may take until it serves
REPORT_S = 1.0  # how often a front tells what it counted
RESTART_S = 0.5  # before a front that died is replaced
NAMES = 16  # host names that are looked up at a time
BIND_PATIENCE_S = 5.0  # for the port of a gateway that was killed a moment ago

# The collector costs a tenth of the hot path: what is there after the start stays for ever, and
# what a message leaves behind has no cycles.
GC_THRESHOLDS = (50_000, 20, 100)


def run(main: Coroutine[None, None, None]) -> None:
    """Run a process's work to its end, on the event loop that costs least."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def now_us() -> int:
    """Give the instant in microseconds UTC."""
    return time.time_ns() // 1000


class CannotStart(RuntimeError):
    """The gateway cannot serve as it is set up; the words say what to do."""


class CannotGoOn(RuntimeError):
    """The gateway would stand still; another start finds everything as it was stored."""


class Customers:
    """The side that customers see: the dialects over a listener, for whoever stores."""

    def __init__(
        self,
        config: Config,
        database: Database,
        world: Worldview,
        intake: Intake,
        counters: Counters,
        is_up: Callable[[int], bool],
    ) -> None:
        """Take the settings, the store to read from, the world, and who stores."""
        http = config.http
        self._drain_s = http.drain_s
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="password")
        login = Login(
            world.current, counters, time.monotonic, secrets.token_bytes(32), self._threads
        )
        self.service = Service(
            world.current, intake, login, Enquiries(database), counters, now_us, is_up
        )
        self.listener = listener_for(
            http,
            self.service.handle,
            on_error=self.service.refuse_fault,
            on_gone=self.service.gone,
            access_log=_access_log(config),
            most_body=lambda: world.snapshot.gateway.get("max_body", http.max_body),
        )

    async def start(self, sock: socket.socket) -> None:
        """Answer on a bound socket."""
        await self.listener.adopt(sock)

    async def stop(self) -> None:
        """Take no more, answer what was taken."""
        self.service.draining = True
        await self.listener.drain(self._drain_s)
        await self.service.finish()
        self._threads.shutdown(wait=False)


class Gateway:
    """A gateway over an open, migrated store."""

    def __init__(self, config: Config, database: Database, path: Path | None = None) -> None:
        """Take the settings, the store, and the file that fronts read their settings from."""
        self.port = 0
        self._config = config
        self._path = path
        self._database = database
        self._key = load_key(config.store.url, config.store.given_key())
        self._around = Surroundings(LoopClock(now_us), BindGate(), SystemRandom())
        self.node = Node(database, DIALECTS, self._build, now_us, config.node.name)
        self.node.on_fault = self._break
        self.ended = asyncio.Event()  # set by signals, and by what it cannot go on with
        self.is_broken = False
        self.watch = Watch(self.node)
        self._webhooks = self._notifier()
        self._tally = Tally()
        self._why_not = ["customers are not answered yet"]
        self.ops = Ops(self._samples, self._readiness, self.watch.status)
        self._customers: Customers | None = None
        self._fronts: list[Front] = []

    def _break(self) -> None:
        self.is_broken = True
        self.ended.set()

    async def start(self) -> None:
        """Serve: carriers first, then customers, so that the first message need not wait."""
        http = self._config.http
        self._take_machine()
        tls_for(http)  # told now, and not by each front
        sock = await _bind("http.listen", http.listen, BIND_PATIENCE_S)
        self.port = int(sock.getsockname()[1])
        await self.ops.adopt(await _bind("ops.listen", self._config.ops.listen, 0))
        await self.node.start()
        self._webhooks.start()
        try:
            await self._open(sock)
        except BaseException:
            await self.stop()
            raise

    async def _open(self, sock: socket.socket) -> None:
        """Answer customers, in this process or in others."""
        wanted = self._config.http.processes
        if wanted < 0:
            wanted = 1 if (os.cpu_count() or 1) > 1 else 0
        if wanted == 0:
            self._customers = Customers(
                self._config,
                self._database,
                self.node.world,
                self.node.writer,
                self.node.counters,
                self.node.is_up,
            )
            await self._customers.start(sock)
        else:
            self._fronts = [Front(self.node, self._tally, sock, self._path) for _ in range(wanted)]
            for front in self._fronts:
                await front.start()
        self._why_not = []

    async def stop(self) -> None:
        """Drain: take no more, answer what was taken, settle what was sent, unbind."""
        self._why_not = ["the gateway is draining"]
        self.node.writer.awaited.hurry(self._config.http.drain_s / 2)
        if self._customers is not None:
            await self._customers.stop()
        await asyncio.gather(*(front.stop(self._config.http.drain_s) for front in self._fronts))
        await self._webhooks.stop()
        await self.node.stop()
        self._names.shutdown(wait=False, cancel_futures=True)
        await self.ops.stop()

    def _notifier(self) -> Webhooks:
        """Build what tells customers, in the loop of the writer."""
        self._names = ThreadPoolExecutor(NAMES, thread_name_prefix="names")
        node = self.node
        client = HttpClient(
            Names(self._names).resolve,
            tls=client_context(),
            allow_private=lambda: bool(node.world.snapshot.gateway.get("callback_private")),
        )
        return Webhooks(
            self._database,
            node.writer,
            node.world.current,
            client,
            node.counters,
            now_us,
            lambda sealed: unseal(self._key, sealed),
        )

    def _take_machine(self) -> None:
        """Be the only one on this machine who works for this node; raise the limit of files."""
        url, name = self._config.store.url, self.node.name
        store = Path(sqlite_path(url)).resolve() if self._database.engine == "sqlite" else url
        self._name = take_name(f"{store} {name}")
        if self._name is None:
            raise StoreTaken(
                f"a gateway on this machine works on this store already, as node {name!r}; stop it"
                " first, or set store.url to another store"
            )
        wanted, files = self._config.http.max_connections + OWN_FILES, allow_files()
        if 0 <= files < wanted:
            log.warning(
                "this process may open %d files only, and http.max_connections would need %d:"
                " raise the limit (`ulimit -Hn`, LimitNOFILE= of systemd) or lower the setting",
                files,
                wanted,
            )

    def _readiness(self) -> list[str]:
        return [*self.watch.readiness(), *self._why_not]

    def _samples(self) -> Iterable[Sample]:
        here = self._customers.listener if self._customers is not None else self._tally
        return chain(self.watch.samples(), self._webhooks.samples(), here.samples())

    def _build(self, row: CarrierRow, sink: Sink) -> Carrier:
        password = unseal(self._key, row.secret) if row.secret else ""
        return kinds.build(row, password, sink, self._around)


class Front:
    """A front process as the core sees it: started, told about carriers, replaced if it dies."""

    def __init__(self, node: Node, tally: Tally, sock: socket.socket, path: Path | None) -> None:
        """Take who stores, who adds up, the shared listening socket, and the settings' file."""
        self._node = node
        self._tally = tally
        self._sock = sock
        self._path = path
        self._host: RelayHost | None = None
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Start the process and wait until it answers customers."""
        self._node.watchers.append(self._tell)
        self._task = asyncio.create_task(self._supervise(), name="front")
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait((ready, self._task), timeout=START_S, return_when="FIRST_COMPLETED")
        if not self._ready.is_set():
            ready.cancel()
            raise CannotStart("a front process could not start; see the messages above")

    async def stop(self, grace_s: float) -> None:
        """Let it answer what it has taken, and leave."""
        self._stopping = True
        if self._host is not None:
            self._host.drain()
        # While anybody holds it, the kernel takes clients whom nobody will answer.
        self._sock.close()
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_s + 5):
                    await self._task

    def _tell(self) -> None:
        if self._host is not None:
            self._host.tell_carriers(i for i, lane in self._node.lanes.items() if lane.up)

    async def _supervise(self) -> None:
        while not self._stopping:
            try:
                status = await self._run()
            except OSError as error:
                log.error("a front process cannot be started: %s; tried again", error)  # noqa: TRY400
                if self._ready.is_set():
                    await asyncio.sleep(RESTART_S)
                    continue
                return
            if not self._ready.is_set():
                return  # it never served, and neither would the next
            if not self._stopping:
                log.error("a front process ended with status %s; another is started", status)
                await asyncio.sleep(RESTART_S)

    async def _run(self) -> int | None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "dragoman.app"]
        command += [str(theirs.fileno()), str(self._sock.fileno())]
        if self._path is not None:
            command.append(str(self._path))
        process = await asyncio.create_subprocess_exec(
            *command,
            pass_fds=(theirs.fileno(), self._sock.fileno()),
            # glibc would keep the 19 MiB that a password's hash takes for the next one.
            env={**os.environ, "MALLOC_MMAP_THRESHOLD_": "1048576"},
        )
        theirs.close()
        self._host = RelayHost(self._node.writer, self._node.counters, self._tally, self._ready.set)
        await self._host.connect(ours)
        self._tell()
        if self._stopping:
            self._host.drain()
        await self._host.ended.wait()
        self._host = None
        return await process.wait()


async def serve(config: Config, path: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then drain; migrates an empty or older store by itself.

    `path` is the file that the settings were read from, which fronts read again.
    """
    logs.set_up(config.log.format, config.log.level, sys.stderr)
    database = await open_database(config.store.url)
    try:
        async with database.reading() as tx:
            current = await is_current(tx)
        if not current:
            await _migrate(config.store.url)
        gateway = Gateway(config, database, path)
        _on_signals(gateway.ended, signal.SIGTERM, signal.SIGINT)
        await gateway.start()
        log.info(
            "dragoman %s serves http on %s, operations on %s, store %s",
            __version__,
            _where(config.http.listen.host, gateway.port),
            _where(config.ops.listen.host, gateway.ops.port),
            database.engine,
        )
        settle_memory()
        await gateway.ended.wait()
        if gateway.is_broken:
            raise CannotGoOn("the gateway ended by a fault of its own; see the message above")
        log.info("draining")
        await gateway.stop()
    finally:
        await database.close()
    log.info("stopped")


async def run_front(config: Config, relay: int, listen: int) -> None:
    """Be a front: answer customers until the core says or is gone."""
    logs.set_up(config.log.format, config.log.level, sys.stderr)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, signal.SIG_IGN)  # the core decides when customers are left
    database = await open_database(config.store.url)
    world = Worldview(database, DIALECTS)
    await world.refresh()
    following = asyncio.create_task(world.follow())
    counters = Counters()
    drain = asyncio.Event()
    client = RelayClient(counters, drain.set)
    customers = Customers(config, database, world, client, counters, client.is_up)
    await client.connect(socket.socket(fileno=relay))
    await customers.start(socket.socket(fileno=listen))
    client.ready()
    settle_memory()
    while not drain.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REPORT_S):
                await drain.wait()
        client.report(customers.listener.samples())
    await customers.stop()
    client.report(customers.listener.samples())
    client.close()
    following.cancel()
    await database.close()


def settle_memory() -> None:
    """Take what the start left behind out of the collector's sight."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


async def _migrate(url: str) -> None:
    """Migrate in a process of its own: what that imports would stay in memory for ever."""
    log.info("the store is made ready for this version")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dragoman.store.migrate", stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(url.encode())  # not in the arguments, which everybody can read
    if process.returncode:
        raise CannotStart("the store could not be made ready; see the messages above")


async def _bind(setting: str, address: Address, patience_s: float) -> socket.socket:
    """Bind a port, patiently: fronts of a killed gateway need a moment to leave."""
    give_up = time.monotonic() + patience_s
    while True:
        try:
            return listen_on(address.host, address.port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() >= give_up:
                # What asyncio and socket add to the system's words is in ours already.
                number = error.errno or 0
                words = os.strerror(number) if number > 0 else error.strerror
                raise CannotStart(
                    f"cannot listen on {_where(address.host, address.port)}: {words};"
                    f" set {setting} to an address of this machine and a port that is free"
                ) from error
        await asyncio.sleep(0.05)


def _where(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host or '*'}:{port}"


def _access_log(config: Config) -> AccessLog | None:
    if not config.http.access_log:
        return None
    return AccessLog(sys.stdout.write, now_us, as_json=config.log.format == "json")


def _on_signals(ended: asyncio.Event, *signals: signal.Signals) -> None:
    for signum in signals:
        asyncio.get_running_loop().add_signal_handler(signum, ended.set)


if __name__ == "__main__":
    _relay, _listen, *_path = sys.argv[1:]
    _config = load(Path(_path[0]) if _path else None, os.environ)
    run(run_front(_config, int(_relay), int(_listen)))
