"""The SMSC simulator as a process of its own, with a live console.

Whoever calls reads the command line and the clock; lines of text are handed to `out`.
"""

import asyncio
import gc
import signal
from collections.abc import Callable

from dragoman.carriers.simulator.control import Control
from dragoman.carriers.simulator.faults import Faults
from dragoman.carriers.simulator.handsets import ENDINGS, Behaviour
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.net.clock import LoopClock, sleep_until
from dragoman.protocols.smpp.statuses import status_name

TOTALS_S = 1.0


async def run(
    options: SmscOptions,
    now_us: Callable[[], int],
    out: Callable[[str], None],
    *,
    faults: Faults | None = None,
    quiet: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM; `quiet` gives totals a second in place of each message."""
    clock = LoopClock(now_us)
    smsc = Smsc(options, clock, on_line=None if quiet else out)
    if faults is not None:
        smsc.faults = faults
    # Before the first line: whoever waits for that may stop us at once.
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await smsc.start()
    out(f"SMSC simulator on {options.host}:{smsc.port}; {_who(options)}")
    control = Control(smsc)
    if options.control_port >= 0:
        await control.start(options.host, options.control_port)
        out(f"control on http://{options.host}:{control.port}/")
    for line in legend():
        out(line)
    # Nothing here lives in cycles; the collector only costs a busy simulator its time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    totals = asyncio.create_task(_totals(smsc, clock, out)) if quiet else None
    try:
        await stop.wait()
    finally:
        if totals is not None:
            totals.cancel()
        await control.stop()
        await smsc.stop()
        out(_total(smsc))


def legend() -> list[str]:
    """Say which endings of numbers have a fate of their own."""
    return [f"numbers ending in {ending}: {_fate(b)}" for ending, b in ENDINGS.items()]


def _fate(behaviour: Behaviour) -> str:
    if behaviour.status:
        return f"refused with {status_name(behaviour.status)}"
    if not behaviour.reports:
        return "delivered, without a receipt"
    if behaviour.reply:
        return f"delivered, and answers {behaviour.reply!r}"
    slow = f" after {behaviour.delay_s:g} s" if behaviour.delay_s else ""
    return behaviour.state.name.lower() + slow


def _who(options: SmscOptions) -> str:
    if not options.accounts:
        return "any system_id and password may bind"
    return f"system_id {', '.join(options.accounts)}"


async def _totals(smsc: Smsc, clock: LoopClock, out: Callable[[str], None]) -> None:
    seen, due_s = 0, clock.now_s()
    while True:
        due_s += TOTALS_S
        await sleep_until(clock, due_s)
        if smsc.submitted != seen:
            out(f"{_total(smsc)}, {smsc.submitted - seen} in the last second")
            seen = smsc.submitted


def _total(smsc: Smsc) -> str:
    return (
        f"{smsc.submitted} submit_sm, {smsc.accepted} taken, {smsc.refused} refused,"
        f" {smsc.delivered} deliver_sm acknowledged"
    )
