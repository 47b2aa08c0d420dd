"""The place where systems are measured: directories, the SMSC, progress, start and end."""

import contextlib
import dataclasses
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.gateway import DEFAULT_PROCESSES, Dragoman, System
from bench.instruments import Smsc, run_load
from bench.kannel import Kannel
from bench.postgresql import Server
from bench.processes import Broken, wait_until

WINDOW = 1_000
WARMING = 1_000  # messages before anything is measured
BOUND_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Result:
    """What a measurement says: to people, to programs, and whether a promise was broken."""

    title: str
    table: str
    data: object
    broken: tuple[str, ...] = ()


class Stage:
    """What all measurements of one run share."""

    def __init__(
        self,
        directory: Path,
        store: Server | None = None,
        processes: int = DEFAULT_PROCESSES,
    ) -> None:
        self.directory = directory
        self._store = store
        self._processes = processes
        self._scenes = 0

    def names(self) -> list[str]:
        """Give the systems that are here, ours first."""
        return [Dragoman.name, *([Kannel.name] if Kannel.is_here() else [])]

    def new_scene(self) -> Path:
        """Make a directory for one set of processes."""
        self._scenes += 1
        scene = self.directory / f"{self._scenes:03d}"
        scene.mkdir()
        return scene

    def store_url(self, scene: Path) -> str:
        """Give the address of an empty store of its own."""
        return self._store.new_url() if self._store else f"sqlite:///{scene / 'dragoman.db'}"

    def build(self, name: str, scene: Path, smsc: Smsc, *, receipts: bool = False) -> System:
        """Give a system that will bind to the SMSC."""
        directory = scene / "system"
        if name == Kannel.name:
            return Kannel(directory, smsc.port, receipts=receipts, window=WINDOW)
        return self.dragoman(scene, smsc, receipts=receipts)

    def dragoman(  # what is told, and where it may run, are options of one kind
        self,
        scene: Path,
        smsc: Smsc,
        *,
        receipts: bool = False,
        tell: int = 0,
        tell_twice: bool = True,
        core: int | None = None,
    ) -> Dragoman:
        """Give ours, which can be killed and looked into."""
        return Dragoman(
            scene / "system",
            smsc.port,
            receipts=receipts,
            window=WINDOW,
            store=self._store,
            processes=self._processes if core is None else 0,
            tell=tell,
            tell_twice=tell_twice,
            core=core,
        )

    @contextlib.contextmanager
    def warmed(self, name: str, *, receipts: bool = False) -> Iterator[tuple[System, Smsc, Path]]:
        """Run a system until it is bound and has sent its first messages."""
        scene = self.new_scene()
        smsc = Smsc(scene)
        system = self.build(name, scene, smsc, receipts=receipts)
        with running(smsc), stopped(system):
            system.start()
            wait_for_bind(smsc)
            plan = dataclasses.replace(system.plan("w"), count=WARMING, conns=8)
            answers = run_load(scene, plan)
            if answers.accepted < WARMING:
                raise Broken(f"{name} accepted {answers.accepted} of {WARMING} (see {scene})")
            smsc.wait_for_arrivals(WARMING)
            if receipts:
                smsc.wait_for_receipts(WARMING)
            yield system, smsc, scene


def wait_for_bind(smsc: Smsc, binds: int = 0) -> None:
    """Wait until somebody has bound, beside those before."""
    wait_until("a bind at the SMSC", lambda: smsc.binds() > binds, BOUND_WITHIN_S)


@contextlib.contextmanager
def running(smsc: Smsc) -> Iterator[None]:
    """Keep the SMSC up."""
    try:
        smsc.start()
        yield
    finally:
        smsc.stop()


@contextlib.contextmanager
def stopped(system: System) -> Iterator[None]:
    """Stop a system at the end; a complaint about that does not hide an earlier one."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(Broken):
            system.stop()
        raise
    system.stop()


class Progress:
    """One line on stderr that is written over; whole lines where nobody watches."""

    def __init__(self) -> None:
        self._is_watched = sys.stderr.isatty()
        self._began = time.monotonic()

    def __call__(self, words: str) -> None:
        """Say what is going on."""
        elapsed_s = time.monotonic() - self._began
        line = f"{elapsed_s:6.1f} s  {words}"
        if self._is_watched:
            width = os.get_terminal_size(sys.stderr.fileno()).columns - 1
            print(f"\r{line[:width]:<{width}}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def line(self, words: str) -> None:
        """Say what shall stay."""
        self(words)
        self.finish()

    def finish(self) -> None:
        """Leave the line."""
        if self._is_watched:
            print(file=sys.stderr)


say = Progress()
