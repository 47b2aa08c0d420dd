"""The simulator's second port: HTTP and JSON for people with curl and for programs.

    GET  /                     counters, binds
    GET  /faults               what goes wrong now;  PATCH changes the members that it names
    GET  /messages             the last submit_sm;   ?to=NUMBER: what that handset shows
    PUT  /handsets/NUMBER      how a handset behaves from now on
    POST /say                  {"from": ..., "to": ..., "text": ...}: a handset writes to us;
                               further members are those of `utterances.Utterance`
    POST /drop /hang /wake /unbind   deeds

One request a connection, loopback unless the operator says otherwise; no business on the
Internet.  Knows nothing of SMPP.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from dragoman.carriers.simulator.faults import Faults
from dragoman.carriers.simulator.handsets import Behaviour, Shown, tlv_words
from dragoman.carriers.simulator.smsc import Smsc, describe
from dragoman.carriers.simulator.utterances import Unspeakable, Utterance
from dragoman.sms.receipts import ReceiptState

MOST_HEAD_OCTETS = 16 * 1024
MOST_BODY_OCTETS = 256 * 1024
LAST = 50
TIMEOUT_S = 10.0
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


class Refused(ValueError):
    """A request that is not carried out; the message says why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Conduct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of PUT /handsets/NUMBER; see `handsets.Behaviour`."""

    state: str = "DELIVERED"
    error: str = "000"
    delay_s: float = 0.0
    reports: bool = True
    status: int = 0
    reply: str = ""
    reply_delay_s: float = 0.0


class Control:
    """Answers for one simulator."""

    def __init__(self, smsc: Smsc) -> None:
        self._smsc = smsc
        self._server: asyncio.Server | None = None
        self.port = 0
        self._deeds: Mapping[str, Callable[[], None]] = {
            "/drop": smsc.drop,
            "/hang": smsc.hang,
            "/wake": smsc.wake,
            "/unbind": smsc.unbind,
        }

    async def start(self, host: str, port: int) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=MOST_HEAD_OCTETS)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._exchange(reader)
                writer.write(answer)
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass  # whoever does not finish their request does not want an answer
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, target, length = _read_head(head)
            body = await reader.readexactly(length)
            return _answer(200, self.handle(method, target, body))
        except asyncio.LimitOverrunError:
            return _answer(400, {"error": "the head of the request is too long"})
        except Refused as refused:
            return _answer(refused.status, {"error": str(refused)})

    def handle(self, method: str, target: str, body: bytes) -> object:
        """Carry a request out and give what is answered as JSON; raise Refused."""
        url = urlsplit(target)
        match method, url.path:
            case "GET", "/":
                return self._overview()
            case "GET", "/faults":
                return self._smsc.faults
            case "PATCH", "/faults":
                return self._change(body)
            case "GET", "/messages":
                return self._messages(parse_qs(url.query))
            case "PUT", path if path.startswith("/handsets/"):
                return self._behave(unquote(path.removeprefix("/handsets/")), body)
            case "POST", "/say":
                self._utter(_decode(body, Utterance))
            case "POST", path if path in self._deeds:
                self._deeds[path]()
            case _, path:
                known = {"/", "/faults", "/messages", "/say", *self._deeds}
                status = 405 if path in known or path.startswith("/handsets/") else 404
                raise Refused(status, f"{method} {path} means nothing here")
        return {"done": url.path.removeprefix("/")}

    def _utter(self, utterance: Utterance) -> None:
        try:
            self._smsc.utter(utterance)
        except Unspeakable as error:
            raise Refused(400, str(error)) from error

    def _overview(self) -> object:
        smsc = self._smsc
        return {
            "submitted": smsc.submitted,
            "accepted": smsc.accepted,
            "refused": smsc.refused,
            "delivered": smsc.delivered,
            "waiting": smsc.waiting(),
            "most_unanswered": smsc.most_unanswered,
            "binds": [c.describe() for c in smsc.connections if c.is_bound],
        }

    def _change(self, body: bytes) -> Faults:
        changes = _decode(body, dict[str, Any])
        merged = msgspec.to_builtins(self._smsc.faults) | changes
        try:
            self._smsc.faults = msgspec.convert(merged, Faults)
        except msgspec.ValidationError as error:
            raise Refused(400, str(error)) from error
        return self._smsc.faults

    def _messages(self, query: Mapping[str, list[str]]) -> object:
        if "to" in query:
            return [on_screen(shown) for shown in self._smsc.screen(query["to"][-1])]
        return [describe(received) for received in list(self._smsc.received)[-LAST:]]

    def _behave(self, number: str, body: bytes) -> object:
        conduct = _decode(body, Conduct)
        try:
            state = ReceiptState[conduct.state.upper()]
        except KeyError:
            known = ", ".join(ReceiptState.__members__)
            raise Refused(400, f"state is one of {known}, not {conduct.state!r}") from None
        fields = msgspec.structs.asdict(conduct) | {"state": state}
        self._smsc.handsets.behave(number, Behaviour(**fields))
        return conduct


def on_screen(shown: Shown) -> dict[str, object]:
    """Give what a handset shows; ports, octets, tables and link only where there are any."""
    told: dict[str, object] = {
        "from": shown.sender,
        "text": shown.text,
        "segments": shown.segments,
        "flash": shown.is_flash,
    }
    if shown.ports is not None:
        told["port"] = shown.ports.destination
        told["octets"] = shown.octets.hex()
    if shown.tlvs:
        told["tlvs"] = tlv_words(shown.tlvs)
    if tables := shown.shifts.named():
        told["tables"] = {kind: language.name.lower() for kind, language in tables.items()}
    if shown.push is not None:
        told["title"], told["link"] = shown.push.title, shown.push.href
        told["action"] = shown.push.action.value
    return told


def _read_head(head: str) -> tuple[str, str, int]:
    """Give method, target and length of the body."""
    line, *fields = head.split("\r\n")
    match line.split(" "):
        case [method, target, _]:
            pass
        case _:
            raise Refused(400, "this is no HTTP request")
    length = 0
    for field in fields:
        name, _, value = field.partition(":")
        if name.strip().lower() == "content-length":
            if not value.strip().isdecimal() or int(value) > MOST_BODY_OCTETS:
                raise Refused(400, "Content-Length is no length, or too much")
            length = int(value)
    return method, target, length


def _decode(body: bytes, type_: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.DecodeError as error:
        raise Refused(400, str(error)) from error


def _answer(status: int, value: object) -> bytes:
    body = msgspec.json.encode(value) + b"\n"
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
