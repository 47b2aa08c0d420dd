"""The way back in the demo: a report, a reply with its context, and a STOP that takes effect.

The customer's web server is a few lines of its own, written against the vendor's document.
"""

import asyncio
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode

import msgspec

from dragoman.carriers.simulator.smsc import Smsc
from dragoman.cli.demo_scenes import FORM, PASSWORD, Question, Unexpected
from dragoman.cli.demo_stage import Stage

ACCOUNT, DIALECT = "london", "intellisoftware"
OURS, HANDSET = "447700900001", "447700900126"
CONTEXT, QUESTION, REPLY = "order-77", "Shall we deliver tomorrow? STOP ends this.", "Yes please 👍"
LOOK_S = 0.05
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Field = Callable[[str, str], None]  # tells of something, under a label


class WayBack(msgspec.Struct):
    """What the way back came to; filled while it is gone."""

    request: str = ""
    report: str = ""
    reply: str = ""
    stopped: str = ""
    fault: str = ""

    @property
    def came_true(self) -> bool:
        """Tell whether all of it did."""
        return bool(self.report and self.reply and self.stopped) and not self.fault


class Customer:
    """A customer's web server, which takes whatever it is told."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.heard: list[tuple[str, str]] = []  # path and body
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *fields = head.lower().split("\r\n")
            lengths = [f.partition(":")[2] for f in fields if f.startswith("content-length:")]
            body = await reader.readexactly(int(lengths[0]) if lengths else 0)
            self.heard.append((line.split(" ")[1], body.decode()))
            writer.write(OK)
            await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass  # who does not finish has told nothing
        finally:
            writer.close()

    async def told(self, path: str, wait_s: float, **wanted: str) -> str:
        """Wait for a call with these fields; give its body."""
        end_s = time.monotonic() + wait_s
        while True:
            for where, body in self.heard:
                fields = {name: values[-1] for name, values in parse_qs(body).items()}
                if where == path and wanted.items() <= fields.items():
                    return body
            if time.monotonic() > end_s:
                raise Unexpected(f"nobody called {path} with {urlencode(wanted)}")
            await asyncio.sleep(LOOK_S)


def world_of(port: int) -> str:
    """Give the lines of the world file that lead back to the customer, after its account's own."""
    return f"""
[account.{DIALECT}]
mo_url = "http://127.0.0.1:{port}/reply"
dlr_url = "http://127.0.0.1:{port}/report"
"""


def numbers_of() -> str:
    """Give the tables of the world file that the way back needs."""
    return f"""
[[number]]
number = "{OURS}"
account = "{ACCOUNT}"

[gateway]
callback_private = true
"""


async def go_back(
    back: WayBack, stage: Stage, smsc: Smsc, customer: Customer, tell: Field, wait_s: float
) -> None:
    """Go the whole way; Unexpected says what did not come true."""
    ask = _ask(usercontext=CONTEXT)
    back.request = ask.shown
    tell("customer asks", ask.shown)
    reply = await stage.ask(ask)
    tell("gateway answers", f"{reply.status} {reply.body}")
    if not reply.body.startswith("ID:"):
        raise Unexpected("ID:... was expected")
    ref = reply.body.removeprefix("ID:")
    back.report = await customer.told("/report", wait_s, msgid=ref, status="4", toaddr=HANDSET)
    tell("customer hears", f"POST /report {back.report}")
    smsc.say_from(HANDSET, OURS, REPLY, "dragoman")
    tell("handset writes", f"{HANDSET} to {OURS}: {REPLY}")
    wanted = {"from": HANDSET, "text": REPLY, "usercontext": CONTEXT}
    back.reply = await customer.told("/reply", wait_s, **wanted)
    tell("customer hears", f"POST /reply {back.reply}")
    smsc.say_from(HANDSET, OURS, "STOP", "dragoman")
    tell("handset writes", f"{HANDSET} to {OURS}: STOP")
    back.stopped = await _until_refused(stage, wait_s)
    tell("customer asks", "the same once more")
    tell("gateway answers", f"200 {back.stopped}")


async def _until_refused(stage: Stage, wait_s: float) -> str:
    """Ask until the word counts, which it does within a second."""
    end_s = time.monotonic() + wait_s
    while True:
        reply = await stage.ask(_ask(usercontext=CONTEXT))
        if reply.body == "ERR:INVALID_NUMBER":
            return reply.body
        if time.monotonic() > end_s:
            raise Unexpected("the handset wrote STOP and is still written to")
        await asyncio.sleep(LOOK_S)


def _ask(**more: str) -> Question:
    fields = {"username": ACCOUNT, "to": HANDSET, "from": OURS, "text": QUESTION, **more}
    shown = " ".join(f"{name}={value}" for name, value in fields.items())
    body = urlencode({**fields, "password": PASSWORD}).encode()
    return Question(
        "POST", "/smsgateway/sendmsg.aspx", body, {"Content-Type": FORM}, f"{shown} password=***"
    )
