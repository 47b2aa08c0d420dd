"""The demo: one text through each of the five dialects, over real SMPP, to DELIVERED, and back.

Tells what happens while it happens, and ends with 0 only if all of it came true.
"""

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from dragoman import __version__
from dragoman.carriers.simulator.control import Control
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Received, Smsc
from dragoman.cli import demo_back
from dragoman.cli.demo_back import Customer, WayBack
from dragoman.cli.demo_scenes import PASSWORD, SCENES, Question, Scene, Unexpected, world_text
from dragoman.cli.demo_stage import Failed, Reply, Stage
from dragoman.cli.frame import Opened, now_us, opened_store, render_json
from dragoman.cli.messages import lives_of
from dragoman.cli.screen import Screen
from dragoman.net.clock import LoopClock
from dragoman.protocols.smpp.statuses import status_name

WAIT_S = 8.0  # for one step of a scene
LOOK_S = 0.05
LABEL = 17  # columns of the labels on the left
WIDTH = 118  # more is hard to read


class Told(msgspec.Struct):
    """What one scene came to; filled while it is played."""

    dialect: str
    request: str
    reply: str = ""
    message: str = ""  # the id as the vendor writes it
    smpp: list[str] = []
    handset: str = ""
    status: str = ""
    delivered: bool = False
    milliseconds: float = 0.0
    fault: str = ""


def tell_story(*, stay: bool, as_json: bool) -> int:
    """Tell the story; give the exit code."""
    screen = None if as_json else Screen(sys.stdout)
    try:
        return asyncio.run(Story(screen, stay=stay).play())
    except KeyboardInterrupt:
        return 130


class Story:
    """The network, the gateway, and who tells of them."""

    def __init__(
        self,
        screen: Screen | None,
        *,
        stay: bool,
        scenes: Sequence[Scene] = SCENES,
        wait_s: float = WAIT_S,
    ) -> None:
        """Take the screen; without one the story is told in JSON at its end."""
        self._screen = screen
        self._stay = stay
        self._scenes = scenes
        self._wait_s = wait_s
        self._told: list[Told] = []
        # There is a way back for the customers of one vendor, which tells of replies.
        goes_back = any(scene.account == demo_back.ACCOUNT for scene in scenes)
        self._back = WayBack() if goes_back else None
        self._customer = Customer()

    async def play(self) -> int:
        """Set the stage, play all scenes, strike the stage; give the exit code."""
        began_s = time.monotonic()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        with tempfile.TemporaryDirectory(prefix="dragoman-demo-") as folder:
            smsc = Smsc(SmscOptions(), LoopClock(now_us))
            self._control = Control(smsc)
            stage = Stage(Path(folder))
            fault = ""
            playing = asyncio.create_task(self._play_all(stage, smsc, began_s))
            stopping = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if playing.done():
                    playing.result()
                    if self._stay and self._all_came_true():
                        await self._control.start("127.0.0.1", 0)
                        self._invite(stage, smsc)
                        await stop.wait()
                else:
                    fault = "interrupted"
            except (Failed, TimeoutError) as error:
                fault = str(error) or "it took too long to start"
            finally:
                playing.cancel()
                stopping.cancel()
                fault = await self._strike(stage, smsc) or fault
        return self._end(fault, time.monotonic() - began_s)

    async def _play_all(self, stage: Stage, smsc: Smsc, began_s: float) -> None:
        await smsc.start()
        await self._customer.start()
        await stage.apply(self._world(smsc))
        await stage.start()
        await smsc.wait_until(lambda: any(c.is_bound for c in smsc.connections), self._wait_s)
        self._open(stage, smsc, time.monotonic() - began_s)
        opened = await opened_store(stage.config(), makes=False)
        try:
            for scene in self._scenes:
                self._told.append(await self._play(scene, stage, smsc, opened))
            if self._back is not None:
                await self._go_back(self._back, stage, smsc)
            await self._show_life(opened)
        finally:
            await opened.database.close()

    def _world(self, smsc: Smsc) -> str:
        if self._back is None:
            return world_text(smsc.port, self._scenes)
        more = {demo_back.ACCOUNT: demo_back.world_of(self._customer.port)}
        return world_text(smsc.port, self._scenes, more) + demo_back.numbers_of()

    async def _go_back(self, back: WayBack, stage: Stage, smsc: Smsc) -> None:
        self._line_of_title(len(self._scenes) + 1, "and back", "a report, a reply, and a STOP")
        try:
            await demo_back.go_back(back, stage, smsc, self._customer, self._field, self._wait_s)
        except (Unexpected, Failed, TimeoutError, OSError) as error:
            back.fault = str(error) or "nothing came in time"
            self._field("but", back.fault, "red")
        self._line()

    async def _strike(self, stage: Stage, smsc: Smsc) -> str:
        try:
            await stage.stop()
        except Failed as error:
            return str(error)
        finally:
            await self._control.stop()
            await smsc.stop()
            await self._customer.stop()
        return ""

    def _all_came_true(self) -> bool:
        delivered = sum(told.delivered for told in self._told)
        return delivered == len(self._scenes) and (self._back is None or self._back.came_true)

    # One scene

    async def _play(self, scene: Scene, stage: Stage, smsc: Smsc, opened: Opened) -> Told:
        told = Told(scene.dialect, f"{path_of(scene.ask)} {line_of(scene.ask)}")
        self._title(len(self._told) + 1, scene)
        self._field("customer asks", line_of(scene.ask))
        try:
            await self._send(scene, stage, smsc, told)
            await self._follow(scene, stage, opened, told)
        except (Unexpected, Failed, TimeoutError, OSError, ValueError, LookupError) as error:
            told.fault = str(error) or "nothing came in time"
            self._field("but", told.fault, "red")
        self._line()
        return told

    async def _send(self, scene: Scene, stage: Stage, smsc: Smsc, told: Told) -> None:
        """Ask to send; see what the customer, the SMSC and the handset get."""
        seen: list[Received] = []
        smsc.on_message = seen.append
        before, receipts = smsc.submitted, smsc.delivered
        began_s = time.monotonic()
        reply = await stage.ask(scene.ask)
        told.reply = self._answered(reply)
        told.message = scene.read_id(reply.body)
        await smsc.wait_for(before + scene.segments, self._wait_s)
        await smsc.wait_until(lambda: smsc.delivered >= receipts + scene.segments, self._wait_s)
        told.milliseconds = round((time.monotonic() - began_s) * 1000, 1)
        for received in seen:
            told.smpp += [submit_line(received), answer_line(received)]
        self._field("SMSC gets", "\n".join(told.smpp))
        told.handset = smsc.screen(scene.number)[-1].text
        self._field("handset shows", f'"{told.handset}"')
        if told.handset != scene.text:
            raise Unexpected("that is not the text that was sent")
        report = f"deliver_sm      id {', '.join(r.message_id for r in seen)} DELIVRD, acknowledged"
        told.smpp.append(report)
        self._field("SMSC reports", f"{report} {told.milliseconds:g} ms after the request")

    async def _follow(self, scene: Scene, stage: Stage, opened: Opened, told: Told) -> None:
        """See the status as the vendor tells it, or as `dragoman status` does."""
        if scene.poll is None:
            self._field("operator asks", f"dragoman status {told.message}")
            told.status = await self._state(opened, told.message)
            told.delivered = told.status == "delivered"
            self._field("gateway answers", told.status, "green" if told.delivered else "red")
        else:
            question = scene.poll(told.message)
            reply = await self._until_delivered(scene, stage, question)
            told.delivered = scene.is_delivered(reply.body)
            self._field("customer asks", f"{path_of(question)} {line_of(question)}")
            told.status = self._answered(reply)
        if not told.delivered:
            raise Unexpected("that is not delivered")

    async def _until_delivered(self, scene: Scene, stage: Stage, question: Question) -> Reply:
        end_s = time.monotonic() + self._wait_s
        while True:
            reply = await stage.ask(question)
            if scene.is_delivered(reply.body) or time.monotonic() > end_s:
                return reply
            await asyncio.sleep(LOOK_S)

    async def _state(self, opened: Opened, ref: str) -> str:
        end_s = time.monotonic() + self._wait_s
        while True:
            [life] = await lives_of(opened, ref)
            state = life.state
            if state == "delivered" or time.monotonic() > end_s:
                return state
            await asyncio.sleep(LOOK_S)

    # How it is told

    def _line(self, words: str = "", style: str = "") -> None:
        if self._screen is not None:
            self._screen.line(words, style)

    def _field(self, label: str, words: str, style: str = "") -> None:
        """Write a label and its words, which go on below one another where they are long."""
        if self._screen is None:
            return
        room = max(40, min(self._screen.console.width, WIDTH) - LABEL - 3)
        lines = [part for line in words.split("\n") for part in fold(line, room)]
        for index, line in enumerate(lines):
            head = label if index == 0 else ""
            self._screen.spans((f"   {head:<{LABEL}}", "dim"), (line, style))

    def _title(self, number: int, scene: Scene) -> None:
        self._line_of_title(number, scene.dialect, path_of(scene.ask))

    def _line_of_title(self, number: int, name: str, words: str) -> None:
        if self._screen is not None:
            self._screen.spans(
                (f"{number}  ", "dim"), (f"{name:<{LABEL}}", "bold cyan"), (words, "")
            )

    def _answered(self, reply: Reply) -> str:
        words = f"{reply.status} {reply.body}"
        self._field("gateway answers", words, "green" if reply.status == 200 else "red")
        return words

    def _open(self, stage: Stage, smsc: Smsc, took_s: float) -> None:
        self._line(
            f"Dragoman {__version__}: a text through five vendors' APIs to a handset", "bold"
        )
        self._line()
        self._field("gateway", f"http://127.0.0.1:{stage.port}, its store in {stage.folder}")
        self._field(
            "network",
            f"SMSC simulator on 127.0.0.1:{smsc.port}, bound as transceiver (addresses: ton/npi)",
        )
        self._field("up after", f"{took_s:.1f} s")
        self._line()

    async def _show_life(self, opened: Opened) -> None:
        longest = max(self._told, key=lambda told: len(told.smpp), default=None)
        if self._screen is None or longest is None or not longest.message:
            return
        ref = longest.message
        self._line(f"And the whole life of one of them: dragoman status {ref}", "bold")
        for life in await lives_of(opened, ref):
            life.show(self._screen)
        self._line()

    def _invite(self, stage: Stage, smsc: Smsc) -> None:
        """Say how to go on by hand, and tell what the network gets from now on."""
        if self._screen is None:
            print(render_json(self._summary("", 0.0)), flush=True)
            return
        self._line("It stays up; Control-C ends it and removes everything.", "bold")
        self._field("gateway", f"http://127.0.0.1:{stage.port}")
        self._field("health", f"http://127.0.0.1:{stage.ops_port}/status.json")
        self._field("network", f"127.0.0.1:{smsc.port} (SMPP)")
        for scene in self._scenes:
            self._field(scene.dialect, f"user {scene.account}, password {PASSWORD}")
        # Lines to be copied are not folded.
        self._line(
            f"   curl -u kigali:{PASSWORD} http://127.0.0.1:{stage.port}/api/sendsms/.json"
            " -d recipients=0785971082 -d sender=Kigali -d message=Hello"
        )
        self._line(f"   dragoman carrier list -c {stage.config_file}")
        self._line(
            f"   dragoman handset say {demo_back.HANDSET} {demo_back.OURS} Hello"
            f" --control 127.0.0.1:{self._control.port}"
        )
        self._line(f"   dragoman inbound list -c {stage.config_file}")
        self._line()
        screen = self._screen

        def tell(received: Received) -> None:
            screen.line(f"   {submit_line(received)}")

        smsc.on_message = tell

    def _summary(self, fault: str, took_s: float) -> dict[str, object]:
        return {
            "delivered": sum(told.delivered for told in self._told),
            "of": len(self._scenes),
            "seconds": round(took_s, 2),
            "fault": fault,
            "scenes": self._told,
            "back": self._back,
        }

    def _end(self, fault: str, took_s: float) -> int:
        good = self._all_came_true() and not fault
        if self._screen is None:
            if not self._stay or not good:
                print(render_json(self._summary(fault, took_s)))
            return 0 if good else 1
        delivered = sum(told.delivered for told in self._told)
        words = f"{delivered} of {len(self._scenes)} delivered"
        if self._back is not None and self._back.came_true:
            words += "; a report, a reply with its context and a STOP came back"
        if good:
            ending = "" if self._stay else f"; set up, told and cleared away in {took_s:.1f} s"
            self._screen.line(f"{words}{ending}", "bold green")
            return 0
        self._screen.line(words, "bold red")
        for told in self._told:
            if told.fault:
                self._screen.line(f"{told.dialect}: {told.fault}", "red")
        if self._back is not None and self._back.fault:
            self._screen.line(f"and back: {self._back.fault}", "red")
        if fault:
            self._screen.line(fault, "red")
        return 1


def fold(text: str, room: int) -> list[str]:
    """Cut a text into lines that joined are the text again, behind a blank or a comma if we can."""
    lines = []
    while len(text) > room:
        cut = max(text.rfind(mark, room // 2, room) for mark in " ,") + 1 or room
        lines.append(text[:cut])
        text = text[cut:]
    return [*lines, text]


def line_of(question: Question) -> str:
    """Give a request's parameters on a line, passwords masked."""
    login = "Basic log-in, " if "Authorization" in question.headers else ""
    return f"{login}{question.shown}"


def path_of(question: Question) -> str:
    """Give a request's method and path."""
    return f"{question.method} {question.target.partition('?')[0]}"


def submit_line(received: Received) -> str:
    """Give a submit_sm as the SMSC saw it."""
    pdu = received.pdu
    return (
        f"submit_sm       {pdu.source_addr.decode('latin-1')}"
        f" ({int(pdu.source_addr_ton)}/{int(pdu.source_addr_npi)})"
        f" to {pdu.destination_addr.decode('latin-1')}"
        f" ({int(pdu.dest_addr_ton)}/{int(pdu.dest_addr_npi)}),"
        f" esm_class {pdu.esm_class:#04x}, data_coding {pdu.data_coding},"
        f" {len(pdu.short_message)} octets"
    )


def answer_line(received: Received) -> str:
    """Give the SMSC's answer."""
    where = f", id {received.message_id}" if received.message_id else ""
    return f"submit_sm_resp  {status_name(received.status)}{where}"
