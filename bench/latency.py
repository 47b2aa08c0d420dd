"""How long a message takes from its HTTP request to its submit_sm, while the load is moderate.

Open loop: requests fall due at a fixed rate, a share of the maximum that was just measured, and
latency counts from when a request was due.  The peer is given the same rate.
"""

import dataclasses

from bench import e2e
from bench.figures import percentile, render_number, render_table
from bench.instruments import run_load
from bench.processes import stolen_share
from bench.stage import WARMING, Result, Stage, say

COLUMNS = {
    "rate": "rate/s",
    "submit_p50_ms": "submit_sm p50 ms",
    "submit_p99_ms": "submit_sm p99 ms",
    "submit_p999_ms": "submit_sm p99.9 ms",
    "answer_p50_ms": "answer p50 ms",
    "answer_p99_ms": "answer p99 ms",
    "missing": "missing",
    "stolen_pct": "stolen %",
}
# Enough that a short stall delays requests but never makes them wait for a connection.
CONNS = 128


def run(stage: Stage, *, rates: list[str], seconds: float, count: int, reps: int) -> Result:
    """Find our maximum, then measure all systems at the same shares of it."""
    names = stage.names()
    most = 0.0
    if any(rate.endswith("%") for rate in rates):
        say(f"latency: our maximum, with {count:,} messages")
        most = e2e.measure(stage, names[0], count=count, conns=32, receipts=False)["e2e_s"]
    rows: list[list[str]] = []
    data: list[dict[str, object]] = []
    for rate in [absolute(rate, most) for rate in rates]:
        runs: dict[str, list[e2e.Row]] = {name: [] for name in names}
        for rep in range(1, reps + 1):
            for name in names:
                say(f"latency at {rate:,.0f}/s: {rep} of {reps}, {name}")
                runs[name].append(measure(stage, name, rate=rate, seconds=seconds))
        for name in names:
            row = e2e.median(runs[name])
            rows.append([name, *(render_number(row[key]) for key in COLUMNS)])
            data.append({"system": name, "median": row, "runs": runs[name]})
    return Result(
        f"Latency from HTTP request to submit_sm, {seconds:g} s each, median of {reps}"
        + (f"; our maximum is {most:,.0f}/s" if most else ""),
        render_table(["", *COLUMNS.values()], rows),
        {"maximum_s": most, "rows": data},
    )


def absolute(rate: str, most: float) -> float:
    """Give requests a second, of which `25%` is a share of the maximum."""
    return most * float(rate[:-1]) / 100 if rate.endswith("%") else float(rate)


def measure(stage: Stage, name: str, *, rate: float, seconds: float) -> e2e.Row:
    """Run one system at a rate."""
    with stage.warmed(name) as (system, smsc, scene):
        _, reading = stolen_share()
        plan = dataclasses.replace(
            system.plan("l"), count=int(rate * seconds), conns=CONNS, rate=rate
        )
        answers = run_load(scene, plan)
        smsc.wait_for_arrivals(WARMING + answers.accepted)
        submit_ms = answers.arrival_ms(smsc.arrivals("l"))
        row = e2e.judge(answers, smsc, receipts=False)
        row["rate"] = rate
        for label, share in (("p50", 0.50), ("p99", 0.99), ("p999", 0.999)):
            row[f"submit_{label}_ms"] = percentile(submit_ms, share)
        row["stolen_pct"] = 100 * stolen_share(reading)[0]
        return row
