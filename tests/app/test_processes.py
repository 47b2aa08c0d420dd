"""What becomes of a gateway's processes when one of them, or all of them, are told to end."""

import asyncio
import json
import os
import signal
import socket
import sys
from itertools import count
from pathlib import Path
from random import Random

import pytest

from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.model.states import State
from dragoman.net.clock import LoopClock
from dragoman.store.database import open_database
from dragoman.store.lookups import find_messages
from tests.app.process import WORLD, Gateway, gateway, is_alive, until
from tests.flow.customer import SEND, Customer, customer, itec
from tests.flow.house import wall_us

CONNECTIONS = 8
ENOUGH = 400  # messages acknowledged before the gateway is told to end
SETTLED = {State.QUEUED, State.SENT, State.DELIVERED}


async def test_a_front_that_dies_is_replaced(tmp_path: Path) -> None:
    async with gateway(tmp_path, "processes = 1") as here:
        [front] = here.children()
        os.kill(front, signal.SIGKILL)
        assert "status -9; another is started" in await here.hear("a front process ended")
        async with customer(here.http_port) as patient:
            assert len(await patient.send("447700900001")) == 1
        assert front not in here.children()
        here.process.terminate()
        assert await here.end() == 0


async def test_a_front_tells_the_carriers_word(tmp_path: Path) -> None:
    """The core holds the answer back; a gateway that is told to end gives it first."""
    smsc = Smsc(SmscOptions(), LoopClock(wall_us), Random(3))
    await smsc.start()
    here = Gateway(tmp_path, "processes = 1\ndrain_s = 3")
    await here.prepare()
    world = WORLD.replace(
        'kind = "simulator"', f'kind = "smpp"\nhost = "127.0.0.1"\nport = {smsc.port}'
    )
    waits = world.replace('name = "alice"', 'name = "alice"\nsubmit_mode = "carrier"')
    (tmp_path / "world.toml").write_text(waits, encoding="utf-8")
    status, complaint = await here.run("apply", "world.toml")
    assert status == 0, complaint
    await here.start()
    try:
        await smsc.wait_until(lambda: any(link.is_bound for link in smsc.connections))
        async with customer(here.http_port) as one:
            smsc.faults.fail_every, smsc.faults.fail_status = 1, 11
            answer = await one.post_json(SEND, itec("447700900001", "Hello"))
            [entry] = json.loads(answer.body)["details"]
            assert (entry["status"], entry["error"]) == ("U", "Carrier refused: 11")
            smsc.faults.fail_every, smsc.faults.response_delay_s = 0, 0.5
            asking = asyncio.create_task(one.send("447700900002"))
            await smsc.wait_for(2)
            async with customer(here.http_port) as other:
                smsc.faults.silent_every = 1
                hello = itec("447700900003", "Hello")
                hoping = asyncio.create_task(other.post_json(SEND, hello))
                await smsc.wait_for(3)
                here.process.terminate()
                await until(lambda: refuses(here.http_port))
                assert not hoping.done()
                assert len(await asking) == 1
                assert b"Gateway timeout, do not resend" in (await hoping).body
    finally:
        if here.process.returncode is None:
            here.process.terminate()
        assert await here.end() == 0
        await smsc.stop()


async def refuses(port: int) -> bool:
    """Tell whether new customers are turned away at once, and not left in the kernel's queue."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


async def test_fronts_whose_core_dies_end(tmp_path: Path) -> None:
    """They would answer customers for nobody, and keep the port from the next gateway."""
    async with gateway(tmp_path, "processes = 2") as here:
        fronts = here.children()
        here.process.kill()
        await here.end()

        async def are_gone() -> bool:
            return not any(map(is_alive, fronts))

        await until(are_gone)
        assert len(fronts) == 2


async def test_a_front_whose_core_died_before_it_came_ends(tmp_path: Path) -> None:
    here = Gateway(tmp_path)
    await here.prepare()
    ours, theirs = socket.socketpair()
    listening = socket.create_server(("127.0.0.1", 0))
    files = (theirs.fileno(), listening.fileno())
    ours.close()
    front = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dragoman.app", *map(str, files), "dragoman.toml"),
        cwd=tmp_path,
        pass_fds=files,
    )
    theirs.close()
    listening.close()
    async with asyncio.timeout(10):
        assert await front.wait() == 0


@pytest.mark.parametrize("processes", [0, 1])
async def test_pain_13_sigterm_under_load_loses_nothing(tmp_path: Path, processes: int) -> None:
    """Whoever was told that a message is accepted finds it, and it hangs nowhere."""
    async with gateway(tmp_path, f"processes = {processes}") as here:
        taken: list[int] = []
        enough = asyncio.Event()
        numbers = count(447_700_000_000)

        async def load() -> None:
            async with customer(here.http_port) as one:
                await ask_until_the_end(one, numbers, taken, enough)

        loads = [asyncio.create_task(load()) for _ in range(CONNECTIONS)]
        await enough.wait()
        here.process.terminate()
        assert await here.end() == 0
        await asyncio.gather(*loads)
    words = [line for line in here.log if " serves http on " in line]
    assert (len(words), here.log[-1].split()[-1]) == (1, "stopped"), here.log
    database = await open_database(here.store_url)
    async with database.reading() as tx:
        stored = {message.id: State(message.state) for message in await find_messages(tx, taken)}
    await database.close()
    assert len(taken) >= ENOUGH
    assert set(taken) - set(stored) == set()
    assert set(stored.values()) <= SETTLED


async def ask_until_the_end(
    one: Customer, numbers: "count[int]", taken: list[int], enough: asyncio.Event
) -> None:
    """Send one message after the other until the gateway takes no more."""
    while True:
        try:
            taken += await one.send(str(next(numbers)))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except AssertionError:
            assert enough.is_set(), "refused before it was told to end"
            return
        if len(taken) >= ENOUGH:
            enough.set()
