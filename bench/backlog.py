"""A carrier that is down: accept a great many messages, then let it come back and take them.

Memory must not grow with what waits, and what waits must leave at full rate.
"""

import dataclasses
import time

from bench.figures import render_number, render_table
from bench.gateway import Dragoman
from bench.instruments import Load, Smsc, loaded, run_load
from bench.stage import WARMING, Result, Stage, running, say, stopped

MOST_MB = 150.0
# Between half of the backlog, when caches are full, and all of it.
MOST_GROWTH_MB = 10.0
LOOK_S = 0.2


def run(stage: Stage, *, count: int, conns: int) -> Result:
    """Fill the store while nobody listens at the carrier's port, then drain it."""
    scene = stage.new_scene()
    smsc = Smsc(scene)
    system = stage.dragoman(scene, smsc)
    with stopped(system):
        system.start()
        run_load(scene, dataclasses.replace(system.plan("w"), count=WARMING, conns=8))
        plan = dataclasses.replace(system.plan("b"), count=count, conns=conns)
        with loaded(scene, plan) as load:
            filling_mb = watch(system, load, count)
            answers = load.wait()
        waiting = system.books.waiting()
        with running(smsc):
            began_ns = time.monotonic_ns()
            draining_mb = drain(system, smsc, WARMING + answers.accepted)
            arrivals = smsc.arrivals("b")
    at_half, at_end = filling_mb[len(filling_mb) // 2], filling_mb[-1]
    first_ns = min((times[0] for times in arrivals.values()), default=began_ns)
    last_ns = max((times[-1] for times in arrivals.values()), default=began_ns + 1)
    figures = {
        "accepted": answers.accepted,
        "accepted_s": answers.accepted_per_s,
        "waiting": waiting,
        "rss_empty_mb": filling_mb[0],
        "rss_half_mb": at_half,
        "rss_full_mb": at_end,
        "rss_peak_mb": max(*filling_mb, *draining_mb),
        "bound_after_s": (first_ns - began_ns) / 1e9,
        "drained_s": len(arrivals) / max(1e-9, (last_ns - first_ns) / 1e9),
        "missing": sum(name not in arrivals for name in answers.ids()),
        "doubles": sum(len(times) - 1 for times in arrivals.values()),
    }
    return Result(
        f"Backlog: {count:,} messages for a carrier that is down",
        render_table(["figure", "value"], [[k, render_number(v)] for k, v in figures.items()]),
        figures,
        tuple(complaints(figures, count)),
    )


def watch(system: Dragoman, load: Load, count: int) -> list[float]:
    """Give the resident memory, again and again until the load is over."""
    seen = [system.usage().rss_mb]
    while not load.is_over():
        time.sleep(LOOK_S)
        seen.append(system.usage().rss_mb)
        if len(seen) % 10 == 0:
            waiting = system.books.waiting()
            say(f"backlog: {waiting:,} of {count:,} wait, {seen[-1]:.0f} MB")
    return seen


def drain(system: Dragoman, smsc: Smsc, wanted: int) -> list[float]:
    """Wait until all have arrived, or none has for long; give the resident memory meanwhile."""
    seen = [system.usage().rss_mb]
    arrived, since = -1, time.monotonic()
    while arrived < wanted and time.monotonic() - since < 30.0:
        time.sleep(LOOK_S)
        seen.append(system.usage().rss_mb)
        before, arrived = arrived, smsc.arrived()
        if arrived != before:
            since = time.monotonic()
        if len(seen) % 10 == 0:
            say(f"backlog: {arrived:,} of {wanted:,} drained, {seen[-1]:.0f} MB")
    return seen


def complaints(figures: dict[str, float], count: int) -> list[str]:
    """Give which promises the figures break."""
    growth_mb = figures["rss_full_mb"] - figures["rss_half_mb"]
    said = {
        f"only {figures['accepted']:,.0f} of {count:,} were accepted": figures["accepted"] < count,
        f"{figures['missing']:,.0f} accepted messages did not arrive": figures["missing"] > 0,
        f"{figures['doubles']:,.0f} messages arrived twice": figures["doubles"] > 0,
        f"memory peaked at {figures['rss_peak_mb']:.0f} MB, above {MOST_MB:.0f}": figures[
            "rss_peak_mb"
        ]
        > MOST_MB,
        f"memory grew by {growth_mb:.0f} MB with the backlog": growth_mb > MOST_GROWTH_MB,
    }
    return [words for words, is_so in said.items() if is_so]
