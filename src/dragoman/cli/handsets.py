"""`handset`: the phones of a simulator, through its control port."""

import http.client
from urllib.parse import quote

import msgspec

from dragoman.cli.frame import Refused, Shown
from dragoman.cli.screen import Screen
from dragoman.cli.timeline import counted

TIMEOUT_S = 5.0
_OPENED = frozenset({"execute-low", "execute-high", "cache"})  # what a loading asks for

HINT = "start it with `dragoman smsc --control-port 2776`, or name its port with --control"


def say(control: str, words: dict[str, object]) -> Shown:
    """Let a handset write."""
    ask(control, "POST", "/say", {name: value for name, value in words.items() if value})

    def people(screen: Screen) -> None:
        screen.line(f"{words['from']} wrote to {words['to']}")

    return Shown({"from": words["from"], "to": words["to"]}, people)


def show(control: str, number: str) -> Shown:
    """Show what a handset has on its screen."""
    shown = ask(control, "GET", f"/messages?to={quote(number)}")
    messages = msgspec.convert(shown, list[dict[str, object]])

    def people(screen: Screen) -> None:
        if not messages:
            screen.line(f"{number} shows nothing")
        for message in messages:
            screen.spans((f"{message['from']}", "bold"), (f"  {kind_words(message)}", "dim"))
            screen.line(str(message["text"]))

    return Shown(messages, people)


def kind_words(message: dict[str, object]) -> str:
    """Give what kind of message a handset has, and how many segments it came in."""
    words = [counted(int(str(message["segments"])), "segment")]
    if message.get("flash"):
        words.append("flash")
    action = str(message.get("action", ""))
    if action:
        words.append("opened unasked" if action in _OPENED else "push")
    elif "port" in message:
        words.append(f"octets for port {message['port']}")
    for kind, language in msgspec.convert(message.get("tables", {}), dict[str, str]).items():
        words.append(f"{language.title()} {kind} shift")
    return ", ".join(words)


def behave(control: str, number: str, conduct: dict[str, object]) -> Shown:
    """Say how a handset behaves from now on."""
    told = ask(control, "PUT", f"/handsets/{quote(number)}", conduct)

    def people(screen: Screen) -> None:
        answers = f", answers {conduct['reply']!r}" if conduct["reply"] else ""
        screen.line(f"{number}: {str(conduct['state']).lower()}{answers}")

    return Shown(told, people)


def ask(control: str, method: str, path: str, body: object = None) -> object:
    """Ask a simulator and give what it answers; Refused says why it does not."""
    host, _, port = control.removeprefix("http://").rstrip("/").rpartition(":")
    if not port.isdecimal():
        raise Refused(f"--control is an address such as 127.0.0.1:2776, not {control!r}")
    connection = http.client.HTTPConnection(host or "127.0.0.1", int(port), timeout=TIMEOUT_S)
    octets = b"" if body is None else msgspec.json.encode(body)
    try:
        connection.request(method, path, octets)
        response = connection.getresponse()
        answer: object = msgspec.json.decode(response.read())
    except (OSError, http.client.HTTPException, msgspec.DecodeError):
        raise Refused(f"no simulator answers at {control}; {HINT}") from None
    finally:
        connection.close()
    if response.status != http.client.OK:
        why = answer.get("error") if isinstance(answer, dict) else None
        raise Refused(f"the simulator refuses: {why or response.reason}")
    return answer
