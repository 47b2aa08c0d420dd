"""End to end: how many messages a second, from the first request to the last submit_sm.

With receipts also to the last deliver_sm_resp: a gateway acknowledges what it has taken in, which
for Dragoman is after the commit and for Kannel in memory.  Kannel makes no callback here.
"""

import dataclasses
import statistics
from collections.abc import Sequence

from bench.figures import percentile, ratio, render_number, render_table
from bench.instruments import Answers, Smsc, run_load
from bench.processes import stolen_share
from bench.stage import WARMING, Result, Stage, say

COLUMNS = {
    "accepted_s": "accepted/s",
    "e2e_s": "end to end/s",
    "receipts_s": "with receipt/s",
    "cpu_s_per_10k": "CPU s/10,000",
    "rss_mb": "RSS MB",
    "answer_p50_ms": "answer p50 ms",
    "answer_p99_ms": "answer p99 ms",
    "doubles": "doubles",
    "missing": "missing",
    "stolen_pct": "stolen %",
}
COUNTS = ("doubles", "missing", "stolen_pct")  # of which a ratio says nothing
Row = dict[str, float]


def run(stage: Stage, *, count: int, conns: int, reps: int, receipts: bool) -> Result:
    """Measure all systems by turns, so that a slow hour strikes them alike."""
    names = stage.names()
    rows: dict[str, list[Row]] = {name: [] for name in names}
    for rep in range(1, reps + 1):
        for name in names:
            say(f"end to end{' with receipts' * receipts}: {rep} of {reps}, {name}")
            rows[name].append(measure(stage, name, count=count, conns=conns, receipts=receipts))
    medians = {name: median(rows[name]) for name in names}
    words = f"{count:,} messages, {conns} connections, median of {reps}"
    return Result(
        f"End to end{' with receipts' * receipts}: {words}",
        render(medians, receipts=receipts),
        {"receipts": receipts, "count": count, "conns": conns, "medians": medians, "runs": rows},
        tuple(words for row in rows[names[0]] for words in complaints(row)),
    )


def measure(stage: Stage, name: str, *, count: int, conns: int, receipts: bool) -> Row:
    """Run one system once, on a fresh store."""
    with stage.warmed(name, receipts=receipts) as (system, smsc, scene):
        _, reading = stolen_share()
        before = system.usage()
        answers = run_load(scene, dataclasses.replace(system.plan("e"), count=count, conns=conns))
        loaded_mb = system.usage().rss_mb
        smsc.wait_for_arrivals(WARMING + answers.accepted)
        if receipts:
            smsc.wait_for_receipts(WARMING + answers.accepted)
        after = system.usage()
        row = judge(answers, smsc, receipts=receipts)
        row["cpu_s_per_10k"] = (after.cpu_s - before.cpu_s) / max(1, answers.accepted) * 10_000
        row["rss_mb"] = max(after.rss_mb, loaded_mb)
        row["stolen_pct"] = 100 * stolen_share(reading)[0]
        return row


def judge(answers: Answers, smsc: Smsc, *, receipts: bool) -> Row:
    """Give what the instruments saw of one load."""
    arrivals = smsc.arrivals(answers.prefix)
    last_ns = max((times[-1] for times in arrivals.values()), default=answers.began_ns + 1)
    taken_ns = max(smsc.last_acknowledged_ns(), answers.began_ns + 1)
    answer_ms = answers.answer_ms()
    return {
        "accepted_s": answers.accepted_per_s,
        "e2e_s": len(arrivals) / ((last_ns - answers.began_ns) / 1e9),
        "receipts_s": len(arrivals) / ((taken_ns - answers.began_ns) / 1e9) if receipts else 0.0,
        "answer_p50_ms": percentile(answer_ms, 0.50),
        "answer_p99_ms": percentile(answer_ms, 0.99),
        "refused": answers.refused + answers.unanswered,
        "missing": sum(name not in arrivals for name in answers.ids()),
        "doubles": sum(len(times) - 1 for times in arrivals.values()),
    }


def complaints(row: Row) -> list[str]:
    """Give what of ours must not be, however fast it was."""
    said = {
        f"{row['refused']:.0f} requests were refused or not answered": row["refused"] > 0,
        f"{row['missing']:.0f} accepted messages did not arrive": row["missing"] > 0,
        f"{row['doubles']:.0f} messages arrived twice": row["doubles"] > 0,
    }
    return [words for words, is_so in said.items() if is_so]


def median(rows: Sequence[Row]) -> Row:
    """Give the median of each column."""
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def render(medians: dict[str, Row], *, receipts: bool) -> str:
    """Write the table, with ratios where there is somebody to compare with."""
    shown = {name: words for name, words in COLUMNS.items() if receipts or name != "receipts_s"}
    table = [[name, *(render_number(row[key]) for key in shown)] for name, row in medians.items()]
    if len(medians) > 1:
        ours, theirs = list(medians.values())[:2]
        ratios = ["" if key in COUNTS else ratio(ours[key], theirs[key]) for key in shown]
        table.append(["ratio", *ratios])
    return render_table(["", *shown.values()], table)
