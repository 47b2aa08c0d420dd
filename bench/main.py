"""The benchmarks of docs/performance.md.  Results on stdout, progress on stderr.

Exits 1 if a promise was broken: a message lost, more doubles than the window, memory that grows.
"""

import argparse
import contextlib
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from random import SystemRandom

from bench import backlog, callback_rate, callbacks, crash, e2e, latency, lists, postgresql
from bench.gateway import DEFAULT_PROCESSES
from bench.processes import ROOT, Broken
from bench.stage import Result, Stage, say

# Beside the code and not in /tmp, which often is memory: there an fsync costs nothing.
DIRECTORY = ROOT / "build" / "bench"
FSYNCS = 200

Options = argparse.Namespace
Measurement = Callable[[Stage, Options], list[Result]]


def run_e2e(stage: Stage, options: Options) -> list[Result]:
    """Messages a second, CPU and memory."""
    return [
        e2e.run(
            stage,
            count=options.n,
            conns=options.conns,
            reps=options.reps,
            receipts=options.receipts,
        )
    ]


def run_latency(stage: Stage, options: Options) -> list[Result]:
    """Milliseconds from HTTP request to submit_sm at a moderate rate."""
    rates = options.rate.split(",")
    return [
        latency.run(stage, rates=rates, seconds=options.seconds, count=options.n, reps=options.reps)
    ]


def run_backlog(stage: Stage, options: Options) -> list[Result]:
    """Memory while messages wait for a carrier that is down, and how fast they then leave."""
    return [backlog.run(stage, count=options.n, conns=options.conns)]


def run_crash(stage: Stage, options: Options) -> list[Result]:
    """Kill -9 under load: nothing accepted is lost, doubles are bounded, money adds up."""
    return [
        crash.run(
            stage,
            rounds=options.rounds,
            rate=options.rate,
            conns=options.conns,
            seed=options.seed or SystemRandom().randrange(1, 1_000_000),
        )
    ]


def run_callbacks(stage: Stage, options: Options) -> list[Result]:
    """Kill -9 between receipt and callback: all is told, in order, under ids that stay."""
    return [
        callbacks.run(
            stage,
            rounds=options.rounds,
            rate=options.rate,
            seed=options.seed or SystemRandom().randrange(1, 1_000_000),
        )
    ]


def run_callback_rate(stage: Stage, options: Options) -> list[Result]:
    """How many receipts a minute a healthy endpoint is told of, with one core for the gateway."""
    return [callback_rate.run(stage, count=options.n, seconds=options.seconds)]


def run_lists(stage: Stage, options: Options) -> list[Result]:
    """Put a million numbers that get nothing into the store and into memory, and look some up."""
    return [lists.run(stage, count=options.n)]


def run_quick(stage: Stage, options: Options) -> list[Result]:
    """Do a little of everything, in less than a minute."""
    return [
        e2e.run(stage, count=5_000, conns=32, reps=1, receipts=False),
        e2e.run(stage, count=3_000, conns=32, reps=1, receipts=True),
        latency.run(stage, rates=["25%"], seconds=3, count=5_000, reps=1),
        backlog.run(stage, count=10_000, conns=32),
        crash.run(stage, rounds=2, rate=0.0, conns=32, seed=1),
    ]


def main(arguments: Sequence[str]) -> int:
    """Run what the command line asks for."""
    options = parse_options(arguments)
    options.directory.mkdir(parents=True, exist_ok=True)
    try:
        with scratch(options) as directory:
            machine = describe_machine(directory)
            with contextlib.ExitStack() as stack:
                server = None
                if options.store == "postgresql":
                    server = stack.enter_context(postgresql.started(directory / "postgresql"))
                stage = Stage(directory, server, options.processes)
                results = options.measure(stage, options)
    except Broken as error:
        say.finish()
        print(f"bench: {error}", file=sys.stderr)
        return 1
    say.finish()
    facts = {"store": options.store, "processes": options.processes}
    show(machine | facts, results, is_json=options.json)
    return 1 if any(result.broken for result in results) else 0


def show(machine: dict[str, object], results: Sequence[Result], *, is_json: bool) -> None:
    """Print the results."""
    if is_json:
        shown = [{k: v for k, v in asdict(r).items() if k != "table"} for r in results]
        print(json.dumps({"machine": machine, "results": shown}, indent=1))
        return
    print(", ".join(f"{name}: {value}" for name, value in machine.items()))
    for result in results:
        print(f"\n{result.title}\n\n{result.table}")
    for result in results:
        for words in result.broken:
            print(f"BROKEN: {words}")


@contextlib.contextmanager
def scratch(options: Options) -> Iterator[Path]:
    """Give a directory, removed afterwards unless it may explain what went wrong."""
    directory = Path(tempfile.mkdtemp(prefix=time.strftime("%H%M%S-"), dir=options.directory))
    try:
        yield directory
    except Broken:
        print(f"bench: logs are in {directory}", file=sys.stderr)
        raise
    if options.keep:
        print(f"bench: logs are in {directory}", file=sys.stderr)
    else:
        shutil.rmtree(directory)


def describe_machine(directory: Path) -> dict[str, object]:
    """Give what figures depend on."""
    return {
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "fdatasync_ms": round(fdatasync_ms(directory), 3),
    }


def fdatasync_ms(directory: Path) -> float:
    """Give how long 4 KiB take to the disk."""
    path = directory / "fsync"
    with path.open("wb", buffering=0) as file:
        began_s = time.perf_counter()
        for _ in range(FSYNCS):
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
        elapsed_s = time.perf_counter() - began_s
    path.unlink()
    return elapsed_s / FSYNCS * 1000


def parse_options(arguments: Sequence[str]) -> Options:
    """Read the command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    common.add_argument(
        "--processes",
        type=int,
        default=DEFAULT_PROCESSES,
        help="our http.processes; -1: as the gateway chooses",
    )
    common.add_argument("--json", action="store_true", help="results as JSON, every run in it")
    common.add_argument("--keep", action="store_true", help="keep stores and logs")
    common.add_argument("--directory", type=Path, default=DIRECTORY, help="on the disk to measure")
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="MEASUREMENT")

    def command(name: str, measure: Measurement) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, parents=[common], help=measure.__doc__, description=measure.__doc__
        )
        made.set_defaults(measure=measure)
        return made

    made = command("e2e", run_e2e)
    made.add_argument("--receipts", action="store_true", help="the carrier reports each message")
    made.add_argument("--n", type=int, default=30_000, help="messages of one run")
    made.add_argument("--conns", type=int, default=32, help="keep-alive connections")
    made.add_argument("--reps", type=int, default=3, help="runs of each system")
    made = command("latency", run_latency)
    made.add_argument(
        "--rate", default="25%", help="a second, or of our maximum; several: 10%%,25%%"
    )
    made.add_argument("--seconds", type=float, default=10, help="length of one run")
    made.add_argument("--n", type=int, default=20_000, help="messages to find the maximum with")
    made.add_argument("--reps", type=int, default=3, help="runs of each system")
    made = command("backlog", run_backlog)
    made.add_argument("--n", type=int, default=200_000, help="messages that wait")
    made.add_argument("--conns", type=int, default=32, help="keep-alive connections")
    made = command("crash", run_crash)
    made.add_argument("--rounds", type=int, default=20, help="kills")
    made.add_argument("--rate", type=float, default=0, help="requests a second; 0: all it takes")
    made.add_argument("--conns", type=int, default=32, help="keep-alive connections")
    made.add_argument("--seed", type=int, default=0, help="of the moments; 0: another each time")
    made = command("callbacks", run_callbacks)
    made.add_argument("--rounds", type=int, default=20, help="kills")
    made.add_argument("--rate", type=float, default=callbacks.RATE, help="requests a second")
    made.add_argument("--seed", type=int, default=0, help="of the moments; 0: another each time")
    made = command("callback-rate", run_callback_rate)
    made.add_argument("--n", type=int, default=20_000, help="messages, as fast as they go")
    made.add_argument("--seconds", type=float, default=15, help="at the promised rate")
    made = command("lists", run_lists)
    made.add_argument("--n", type=int, default=1_000_000, help="numbers on the list")
    command("quick", run_quick)
    return parser.parse_args(arguments)
