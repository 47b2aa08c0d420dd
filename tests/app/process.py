"""`dragoman serve` as a process of its own, with real sockets, signals and a store on the disk."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

TIMEOUT_S = 20.0
ROOT = Path(__file__).resolve().parents[2]

# One customer, a network in the box, and everything costs one a segment.
WORLD = """
[[account]]
name = "alice"
password = "secret"
currency = "EUR"
balance = "100000"

[[carrier]]
name = "main"
kind = "simulator"
retry_most_s = 0.1

[[route]]
prefix = ""
carrier = "main"

[[price]]
prefix = ""
currency = "EUR"
price = "1"
"""
SETTINGS = """
[store]
key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
[ops]
listen = "127.0.0.1:0"
[http]
listen = "127.0.0.1:0"
"""
_PREPARED: list[bytes] = []
SERVES = re.compile(r"serves http on \S+?:(\d+), operations on \S+?:(\d+), store")


class Gateway:
    """A gateway in a folder of its own."""

    def __init__(self, folder: Path, settings: str = "", **environment: str) -> None:
        """Take the folder, what `[http]` has beside the port, and settings that win over both."""
        self.folder = folder
        self.environment = environment
        self.program: tuple[str, ...] = ("-m", "dragoman")
        self.http_port = self.ops_port = 0
        self.log: list[str] = []
        self.process: asyncio.subprocess.Process
        (folder / "dragoman.toml").write_text(SETTINGS + settings, encoding="utf-8")
        (folder / "world.toml").write_text(WORLD, encoding="utf-8")

    @property
    def store_url(self) -> str:
        """Where its store is."""
        return f"sqlite:///{self.folder / 'dragoman.db'}"

    async def run(self, *words: str) -> tuple[int, str]:
        """Run a command to its end; give its status and what it complained of."""
        process = await self._spawn(*words)
        async with asyncio.timeout(TIMEOUT_S):
            _, said = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def prepare(self) -> None:
        """Have a store with the world; what a first start does to it is the same each time."""
        file = self.folder / "dragoman.db"
        if not _PREPARED:
            status, said = await self.run("apply", "world.toml")
            assert status == 0, said
            _PREPARED.append(file.read_bytes())
        file.write_bytes(_PREPARED[0])

    async def start(self) -> None:
        """Serve, and wait until customers are answered."""
        self.process = await self._spawn("serve")
        said = SERVES.search(await self.hear("serves http"))
        assert said is not None
        self.http_port, self.ops_port = int(said[1]), int(said[2])

    async def hear(self, words: str) -> str:
        """Wait until the log says something that it has not said before; give the line."""
        assert self.process.stderr is not None
        async with asyncio.timeout(TIMEOUT_S):
            while line := (await self.process.stderr.readline()).decode():
                self.log.append(line)
                if words in line:
                    return line
        raise AssertionError(f"it ended and never said {words!r}: {''.join(self.log)}")

    async def end(self) -> int:
        """Wait until it has ended; give its status."""
        assert self.process.stderr is not None
        async with asyncio.timeout(TIMEOUT_S):
            self.log += (await self.process.stderr.read()).decode().splitlines(keepends=True)
            return await self.process.wait()

    def children(self) -> list[int]:
        """Give the processes that it has started."""
        return list(children(self.process.pid))

    async def _spawn(self, *words: str) -> asyncio.subprocess.Process:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("DRAGOMAN_")}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, *self.program, *words),
            cwd=self.folder,
            env={**kept, **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )


@asynccontextmanager
async def gateway(
    folder: Path, settings: str = "", *, prepared: bool = True, **environment: str
) -> AsyncIterator[Gateway]:
    """Give a gateway that serves; it is killed at the end if it has not ended.

    On a new store, or where that is not `prepared` on the one that is there.
    """
    here = Gateway(folder, settings, **environment)
    if prepared:
        await here.prepare()
    await here.start()
    try:
        yield here
    finally:
        if here.process.returncode is None:
            here.process.kill()
        await here.end()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask a process that cannot tell by itself until something holds."""
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.02)


def children(pid: int) -> Iterator[int]:
    """Give the processes that a process has started and that live."""
    for entry in Path("/proc").glob("[0-9]*"):
        if _parent(int(entry.name)) == pid:
            yield int(entry.name)


def is_alive(pid: int) -> bool:
    """Say whether a process is there and has not ended."""
    return _parent(pid) is not None


def _parent(pid: int) -> int | None:
    """Give the parent of a process that lives (proc(5))."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    state, parent = stat.rsplit(")", 1)[1].split()[:2]
    return None if state == "Z" else int(parent)
