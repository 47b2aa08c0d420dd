"""A list of numbers that get nothing: how long a file takes into the store, and what it costs then.

Promised: a million numbers in under a minute and under 200 MB, and look-ups in microseconds.
"""

import asyncio
import gc
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import render_number, render_table
from bench.processes import Broken, environment
from bench.stage import Result, Stage, say
from dragoman.core.barred import Barred, load
from dragoman.store.database import open_database

MOST_S = 60.0  # for a million
MOST_MB = 200.0
MOST_LOOKUP_US = 10.0
FIRST, SPAN = 919_000_000_000, 1_000_000_000
STEP = 618_033_989  # no common divisor with the span
LOOKUPS = 100_000
LOOK_S = 0.01

WORLD = '[[account]]\nname = "bench"\npassword = "bench-secret"\ndnd = true\n'


def run(stage: Stage, *, count: int) -> Result:
    """Import a registry of random numbers in random order; read it as a gateway does."""
    scene = stage.new_scene()
    file = scene / "registry.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("number\n")
        out.writelines(f"+{number}\n" for number in numbers(count))
    url = stage.store_url(scene)
    settings, world = scene / "dragoman.toml", scene / "world.toml"
    settings.write_text(f'[store]\nurl = "{url}"\n', encoding="utf-8")
    world.write_text(WORLD, encoding="utf-8")
    command(scene, "apply", "-c", settings, world)
    say(f"lists: {count:,} numbers into the store")
    import_s, cpu_s, rss_mb = command(scene, "dnd", "import", "-c", settings, file)
    again_s, _, _ = command(scene, "dnd", "import", "-c", settings, file)
    load_s, load_mb, lookup_us = asyncio.run(read(url))
    figures = {
        "numbers": count,
        "import_s": import_s,
        "import_cpu_s": cpu_s,
        "import_rss_mb": rss_mb,
        "same_file_again_s": again_s,
        "load_cpu_s": load_s,
        "load_mb": load_mb,
        "lookup_us": lookup_us,
    }
    return Result(
        f"Lists: a registry of {count:,} numbers",
        render_table(["figure", "value"], [[k, render_number(v)] for k, v in figures.items()]),
        figures,
        tuple(complaints(figures)),
    )


def numbers(count: int) -> Iterator[int]:
    """Give different numbers in an order that has no neighbours.

    None of them is kept, so that what is read afterwards is seen to take memory.
    """
    for index in range(count):
        yield FIRST + index * STEP % SPAN


def complaints(figures: dict[str, float]) -> list[str]:
    """Give what was promised and is not so."""
    most_s = MOST_S * max(1.0, figures["numbers"] / 1e6)
    promised = {
        "import_s": most_s,
        "import_rss_mb": MOST_MB,
        "lookup_us": MOST_LOOKUP_US,
    }
    return [
        f"{name} is {render_number(figures[name])}, and {render_number(most)} was promised"
        for name, most in promised.items()
        if figures[name] > most
    ]


def command(scene: Path, *words: str | Path) -> tuple[float, float, float]:
    """Run a command; give seconds, seconds of CPU and the most megabytes it had."""
    arguments = [sys.executable, "-m", "dragoman", *map(str, words)]
    log = scene / "commands.log"
    began_s = time.monotonic()
    with log.open("ab") as out:
        files = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, out.fileno(), 2)]
        pid = os.posix_spawn(arguments[0], arguments, environment(), file_actions=files)
    rss_mb = 0.0
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        rss_mb = max(rss_mb, resident_mb(pid))
        time.sleep(LOOK_S)
    if os.waitstatus_to_exitcode(status):
        raise Broken(f"dragoman {words[0]} failed (see {log})")
    return time.monotonic() - began_s, usage.ru_utime + usage.ru_stime, rss_mb


async def read(url: str) -> tuple[float, float, float]:
    """Read the lists as a gateway that starts; give seconds, megabytes, and a look-up's time."""
    database = await open_database(url)
    before_mb, began_s = resident_mb(os.getpid()), time.process_time()
    lists = await load(database)
    load_s = time.process_time() - began_s
    load_mb = resident_mb(os.getpid()) - before_mb
    await database.close()
    return load_s, load_mb, look_up(lists)


def look_up(lists: Barred) -> float:
    """Give the microseconds of one look-up of a number that is not listed, or seldom."""
    source = random.Random(2)
    wanted = [source.randrange(FIRST, FIRST + SPAN) for _ in range(LOOKUPS)]
    gc.disable()
    began_s = time.perf_counter()
    for number in wanted:
        lists.bar_of(1, number, registry=True)
    elapsed_s = time.perf_counter() - began_s
    gc.enable()
    return elapsed_s / LOOKUPS * 1e6


def resident_mb(pid: int) -> float:
    """Give the most memory that a process has had, in megabytes; 0 once it has ended.

    Not from its resource usage, in which a process begins with the peak of its parent.
    """
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 / 1e6 if found else 0.0
