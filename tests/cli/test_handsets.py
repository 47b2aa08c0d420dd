"""`handset` over a real control port."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from dragoman.carriers.simulator.control import Control
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.cli.frame import now_us
from dragoman.cli.handsets import kind_words
from dragoman.net.clock import LoopClock
from tests.cli.conftest import Run, runner


@pytest.fixture
def simulator() -> Iterator[tuple[str, list[str]]]:
    """Give the control address of a simulator in a thread of its own, and what it told."""
    lines: list[str] = []
    ports: list[int] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        smsc = Smsc(SmscOptions(), LoopClock(now_us), Random(1), on_line=lines.append)
        control = Control(smsc)
        await control.start("127.0.0.1", 0)
        ports.append(control.port)
        ready.set()
        await stop.wait()
        await control.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    yield f"127.0.0.1:{ports[0]}", lines
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


@pytest.fixture
def call(tmp_path: Path) -> Run:
    run = runner(tmp_path)
    return lambda *words: run("handset", *words, config=False)


def test_a_handset_writes(simulator: tuple[str, list[str]], call: Run) -> None:
    control, lines = simulator
    said = call("say", "447700900126", "60300", "Yes please", "--control", control)
    assert (said.code, said.out) == (0, "447700900126 wrote to 60300\n")
    long = ["--long", "wide", "--order", "2", "--order", "1", "--order", "2", "--json"]
    said = call("say", "447700900126", "60300", "x" * 200, *long, "--control", control)
    assert said.json() == {"from": "447700900126", "to": "60300"}
    assert lines == [
        "deliver_sm 447700900126 -> 60300 'Yes please'",
        f"deliver_sm 447700900126 -> 60300 in 3 segments {'x' * 200!r}",
    ]


def test_what_cannot_be_typed_is_refused(simulator: tuple[str, list[str]], call: Run) -> None:
    control, _ = simulator
    refused = call("say", "4477", "60300", "Да", "--alphabet", "gsm7", "--control", control)
    assert refused.code == 1
    assert refused.err.startswith("dragoman: the simulator refuses: ")
    refused = call("say", "4477", "60300", "Hi", "--order", "2", "--control", control)
    assert "there is no segment 2; there are 1" in refused.err
    refused = call("say", "4477", "60300", "Hi", "--language", "klingon", "--control", control)
    assert "language is one of turkish, " in refused.err


def test_a_handset_is_told_how_to_behave(simulator: tuple[str, list[str]], call: Run) -> None:
    control, _ = simulator
    assert call("show", "447700900126", "--control", control).out == "447700900126 shows nothing\n"
    told = call("set", "447700900126", "--reply", "STOP", "--control", control)
    assert told.out == "447700900126: delivered, answers 'STOP'\n"
    refused = call("set", "447700900126", "--state", "happy", "--control", control)
    assert "state is one of" in refused.err


def test_where_no_simulator_is(call: Run) -> None:
    refused = call("show", "4477", "--control", "127.0.0.1:1")
    assert "no simulator answers at 127.0.0.1:1; start it with" in refused.err
    assert "--control is an address" in call("show", "4477", "--control", "there").err


KINDS = {
    "text": ({"flash": False}, "1 segment"),
    "flash": ({"flash": True}, "1 segment, flash"),
    "octets": ({"port": 5506}, "1 segment, octets for port 5506"),
    "push": ({"port": 2948, "action": "signal-medium"}, "1 segment, push"),
    "loading": ({"port": 2948, "action": "execute-low"}, "1 segment, opened unasked"),
    "tables": ({"tables": {"single": "turkish"}}, "1 segment, Turkish single shift"),
}


@pytest.mark.parametrize(("shown", "words"), KINDS.values(), ids=KINDS)
def test_what_kind_of_message_a_handset_has(shown: dict[str, object], words: str) -> None:
    assert kind_words({"segments": 1, **shown}) == words
