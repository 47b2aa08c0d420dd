"""How many receipts a minute a healthy endpoint is told of, by a gateway with one core.

Promised: 10,000 a minute.  First as fast as it goes, with everything that is before a callback:
request, submit_sm, receipt; then at the promised rate, to see what that costs.  The gateway has
one core for itself; the load, the SMSC and the customer's server use the others.
"""

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

from bench.callbacks import DELIVERED
from bench.customer import Customer, listening
from bench.figures import percentile, render_number, render_table
from bench.gateway import Dragoman
from bench.instruments import Smsc, run_load
from bench.processes import Broken, wait_until
from bench.stage import Result, Stage, running, say, stopped, wait_for_bind

PROMISED = 10_000  # a minute
WARMING = 500
CORE = 0
RECEIPT_MS = 100  # after the message came; part of the delay
COLUMNS = {
    "messages": "messages",
    "per_minute": "told/minute",
    "core_pct": "CPU % of the core",
    "cpu_s_per_10k": "CPU s/10,000",
    "delay_p50_ms": "submit_sm to callback p50 ms",
    "delay_p99_ms": "p99 ms",
}


def run(stage: Stage, *, count: int, seconds: float) -> Result:
    """Measure both."""
    say(f"callback-rate: {count:,} messages as fast as they go")
    fastest = measure(stage, count=count, rate=0.0)
    say(f"callback-rate: {PROMISED:,} a minute for {seconds:g} s")
    promised = measure(stage, count=int(PROMISED / 60 * seconds), rate=PROMISED / 60)
    rows = {"as fast as it goes": fastest, f"{PROMISED:,} a minute": promised}
    return Result(
        "Callbacks: receipts told to a healthy endpoint, the whole gateway on one core",
        render_table(
            ["", *COLUMNS.values()],
            [[name, *(render_number(row[key]) for key in COLUMNS)] for name, row in rows.items()],
        ),
        rows,
        tuple(complaints(fastest)),
    )


def complaints(fastest: dict[str, float]) -> list[str]:
    """Give what was promised and is not so."""
    if fastest["per_minute"] >= PROMISED:
        return []
    told = render_number(fastest["per_minute"])
    return [f"{told} receipts a minute were told, and {PROMISED:,} are promised"]


def measure(stage: Stage, *, count: int, rate: float) -> dict[str, float]:
    """Run messages, each of which is told of once; give the figures."""
    scene = stage.new_scene()
    smsc = Smsc(scene, receipt_ms=RECEIPT_MS)
    with others_elsewhere(), listening(Customer()) as customer:
        system = stage.dragoman(
            scene, smsc, receipts=True, tell=customer.port, tell_twice=False, core=CORE
        )
        with running(smsc), stopped(system):
            system.start()
            wait_for_bind(smsc)
            send(scene, system, smsc, customer, ("w", WARMING, 0.0))
            return send(scene, system, smsc, customer, ("r", count, rate))


def send(
    scene: Path, system: Dragoman, smsc: Smsc, customer: Customer, load: tuple[str, int, float]
) -> dict[str, float]:
    """Send (prefix of the ids, how many, how fast), wait until all is told; give the figures."""
    prefix, count, rate = load
    before, used = len(customer.taken), system.usage()
    answers = run_load(scene, dataclasses.replace(system.plan(prefix), count=count, rate=rate))
    if answers.accepted < count:
        raise Broken(f"{answers.accepted} of {count} messages were accepted (see {scene})")
    wanted = before + count
    wait_until("all is told", lambda: len(customer.taken) >= wanted, 60.0, pause_s=0.01)
    cpu_s = system.usage().cpu_s - used.cpu_s
    if not all(event.endswith(f"-{DELIVERED}") for event in customer.taken):
        raise Broken("something else than deliveries was told")
    told_ns = customer.taken_ns[before:wanted]
    elapsed_s = (told_ns[-1] - answers.began_ns) / 1e9
    # The n-th submit_sm against the n-th callback: which is whose changes the mean by nothing.
    sent_ns = sorted(times[0] for times in smsc.arrivals(f"{prefix}-").values())
    delays_ms = [(t - s) / 1e6 for s, t in zip(sent_ns, told_ns, strict=True)]
    return {
        "messages": count,
        "per_minute": count / elapsed_s * 60,
        "core_pct": 100 * cpu_s / elapsed_s,
        "cpu_s_per_10k": cpu_s / count * 10_000,
        "delay_p50_ms": percentile(delays_ms, 0.5),
        "delay_p99_ms": percentile(delays_ms, 0.99),
    }


@contextlib.contextmanager
def others_elsewhere() -> Iterator[None]:
    """Keep this process, and what it starts, off the gateway's core where there are others."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, all_cores - {CORE} or all_cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)
