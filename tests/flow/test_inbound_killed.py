"""Killed while handsets write: what was acknowledged is kept, what was not comes again, once."""

import asyncio
import sqlite3
from collections import Counter
from pathlib import Path
from random import Random

from bench.gateway import Dragoman
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.carriers.simulator.utterances import Utterance
from dragoman.net.clock import LoopClock
from tests.flow.house import wall_us

# How long after the last word was written the kill comes.  A gateway at rest needs a few of them
# to read, keep and acknowledge a round.
MOMENTS_S = (0.0, 0.006, 0.012)
MESSAGES = 200  # a round, of which every third has three segments
LONG = "x" * 400


async def test_pain_13_and_32_nothing_is_acknowledged_before_it_is_kept(tmp_path: Path) -> None:
    """Real processes, a real disk, SIGKILL before, while and after a round is written to it."""
    smsc = Smsc(SmscOptions(), LoopClock(wall_us), Random(2))
    await smsc.start()
    system = Dragoman(tmp_path / "gateway", smsc.port)
    written: list[str] = []
    cut = 0
    try:
        for moment_s in MOMENTS_S:
            await asyncio.to_thread(system.start)
            before = len(written)
            written += [write(smsc, before + n) for n in range(MESSAGES // 2)]
            await smsc.wait_until(lambda: is_done(smsc))
            written += [write(smsc, before + n) for n in range(MESSAGES // 2, MESSAGES)]
            await asyncio.sleep(moment_s)
            cut += not is_done(smsc)
            system.kill()
        await asyncio.to_thread(system.start)
        await smsc.wait_until(lambda: is_done(smsc))
        await asyncio.to_thread(system.stop)
    finally:
        system.kill()
        await smsc.stop()
    with sqlite3.connect(tmp_path / "gateway" / "dragoman.db") as database:
        kept = Counter(row[0] for row in database.execute("SELECT text FROM inbound"))
        assert database.execute("SELECT * FROM inbound_segment").fetchall() == []
    assert kept == Counter(written)
    assert cut, "no kill came before all was acknowledged"


def is_done(smsc: Smsc) -> bool:
    """Tell whether all that was written is acknowledged."""
    links = [one.link for one in smsc.connections if one.link is not None]
    return not smsc.waiting() and not any(list(link.session.outstanding()) for link in links)


def write(smsc: Smsc, number: int) -> str:
    """Let a handset of its own write something that nobody else does; give what."""
    text = f"{number} {LONG if number % 3 == 0 else 'Yes'}"
    smsc.utter(Utterance(sender=f"447700{number:06}", to="60300", text=text), "bench")
    return text
