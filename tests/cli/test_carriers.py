"""`carrier` and `queue`: without a gateway, and with what a running one says of itself."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest

from dragoman.core.ports import CarrierStatus
from dragoman.core.watch import LaneStatus, NodeStatus
from tests.cli.conftest import Run

HEADS = "carrier  state"


class Node(HTTPServer):
    """What answers in a gateway's place: GET /status.json with the status it is given."""

    status: bytes = b""


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Node)
        known = self.path == "/status.json" and self.server.status
        self.send_response(200 if known else 500)
        self.end_headers()
        self.wfile.write(self.server.status)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its own name
        pass


@pytest.fixture
def node(run: Run, tmp_path: Path) -> Iterator[Node]:
    """Give a running gateway's ops listener, as far as the commands ask it."""
    server = Node(("127.0.0.1", 0), Page)
    file = tmp_path / "dragoman.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("127.0.0.1:1", f"127.0.0.1:{server.server_port}"), "utf-8")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def said(state: str, why: str = "", **fields: object) -> bytes:
    values: dict[str, object] = {
        "name": "main",
        "state": state,
        "binds": ("main/1 transceiver bound 127.0.0.1:2775",),
        "why": why,
        "window": 100,
        "outstanding": 3,
        "rate_pdus": 0.0,
        "throttled_rate_pdus": 0.0,
        "sent": 12,
        "last_sent_us": 0,
        **fields,
    }
    carrier = msgspec.convert(values, CarrierStatus)
    return msgspec.json.encode(NodeStatus("n", 1, (LaneStatus(carrier, 0, False),), {}))


def queued(run: Run, count: int) -> None:
    numbers = ",".join(f"+4477009001{number:02}" for number in range(count))
    assert run("send", "alice", numbers, "Hello").code == 0


def test_without_a_gateway_configuration_and_queue_are_shown(run: Run, world: Path) -> None:
    queued(run, 2)
    assert run("carrier", "list").out == (
        "carrier  state        queued  sending  window  rate  sent  last  why\n"
        "main     not running       2        0       -     -     -  -\n"
        "spare    disabled          0        0       -     -     -  -\n"
        "note: the gateway is not running; start it with `dragoman serve`\n"
    )
    shown = run("carrier", "show", "main").out
    assert shown == (
        "key        value\n"
        'name       "main"\n'
        'kind       "smpp"\n'
        'password   "***"\n'
        'host       "127.0.0.1"\n'
        "port       2775\n"
        'system_id  "dragoman"\n'
        "\n"
        "2 messages queued, 0 being sent\n"
        "the gateway is not running; start it with `dragoman serve`\n"
    )


NO_FILE = "TLS files ca.pem cannot be used: No such file or directory"
LIVE = {
    "unusable": (
        msgspec.json.encode(NodeStatus("n", 1, (), {}, unusable={"main": NO_FILE})),
        f"main     unusable       1        0       -     -     -  -     {NO_FILE}",
    ),
    "up": (
        said("up"),
        "main     up             1        0   3/100     -    12  -",
    ),
    "down": (
        said("down", why="refused; tried again in 2 s"),
        "main     down           1        0   3/100     -    12  -     refused; tried again in 2 s",
    ),
    "limited": (
        said("up", rate_pdus=50.0),
        "main     up             1        0   3/100    50    12  -",
    ),
}


@pytest.mark.parametrize(("status", "line"), LIVE.values(), ids=LIVE)
def test_a_running_gateway_tells_how_its_carriers_are(
    run: Run, world: Path, node: Node, status: bytes, line: str
) -> None:
    queued(run, 1)
    node.status = status
    assert run("carrier", "list").out.splitlines()[1] == line


def test_a_carrier_that_cannot_be_tried_says_why(run: Run, world: Path, node: Node) -> None:
    node.status = msgspec.json.encode(NodeStatus("n", 1, (), {}, unusable={"main": NO_FILE}))
    words = f"the gateway cannot use carrier main: {NO_FILE}\n"
    assert run("carrier", "show", "main").out.endswith(words)
    shown = run("carrier", "show", "main", "--json").json()
    assert isinstance(shown, dict)
    assert (shown["state"], shown["why"]) == ("unusable", NO_FILE)


def test_binds_are_shown_one_by_one(run: Run, world: Path, node: Node) -> None:
    node.status = said("up")
    assert "bind main/1 transceiver bound 127.0.0.1:2775\n" in run("carrier", "show", "main").out


def test_what_waits_says_why_and_for_how_long_yet(run: Run, world: Path, node: Node) -> None:
    queued(run, 40)
    node.status = said("up", rate_pdus=0.5)
    [row] = rows(run("queue", "--json").json())
    assert (row["carrier"], row["state"], row["messages"]) == ("main", "queued", 40)
    assert row["left"] == "about 1 min 20 s"
    assert row["why"] == "the rate limit of main: 0.5 submit_sm/s"
    node.status = said("up", rate_pdus=60)
    assert rows(run("queue", "--json").json())[0]["left"] == "about 1 s"
    node.status = said("down", why="refused")
    [row] = rows(run("queue", "--json").json())
    assert (row["left"], row["why"]) == ("", "carrier main is down: refused")


def rows(value: object) -> list[dict[str, object]]:
    return msgspec.convert(value, list[dict[str, object]])


BROKEN = {
    "an error": b"",
    "no JSON": b"hello",
    "another's JSON": b"[]",
}


@pytest.mark.parametrize("status", BROKEN.values(), ids=BROKEN)
def test_whoever_answers_in_another_way_is_no_gateway(
    run: Run, world: Path, node: Node, status: bytes
) -> None:
    node.status = status
    assert run("carrier", "list").out.endswith(
        "note: the gateway is not running; start it with `dragoman serve`\n"
    )


def test_the_oldest_that_wait_are_listed(run: Run, world: Path) -> None:
    queued(run, 3)
    assert run("queue", "list", "main", "--limit", "2").steady == (
        "id  accepted                 account  recipient     segments\n"
        " 1  YYYY-MM-DD hh:mm:ss.mmm  alice    447700900100         1\n"
        " 2  YYYY-MM-DD hh:mm:ss.mmm  alice    447700900101         1\n"
    )
    assert len(rows(run("queue", "list", "main", "--json").json())) == 3


def test_what_leaves_first_is_told(run: Run, world: Path) -> None:
    queued(run, 2)
    run("send", "alice", "+447700900200", "Hello", "--priority", "3")
    head, line = run("queue").out.splitlines()
    assert head == "carrier  state   messages  urgent  oldest  left  why"
    assert line.startswith("main     queued         3       1  ")
    assert run("queue", "list", "main").steady == (
        "id  accepted                 account  recipient     segments  priority\n"
        " 1  YYYY-MM-DD hh:mm:ss.mmm  alice    447700900100         1\n"
        " 2  YYYY-MM-DD hh:mm:ss.mmm  alice    447700900101         1\n"
        " 3  YYYY-MM-DD hh:mm:ss.mmm  alice    447700900200         1         3\n"
    )


def test_what_waits_is_given_to_another_carrier(run: Run, world: Path) -> None:
    queued(run, 3)
    assert run("queue", "move", "main", "spare").err == (
        "dragoman: carrier 'spare' is disabled, so they would wait there, too\n"
    )
    assert run("queue", "move", "main", "main").err == "dragoman: 'main' has them already\n"
    text = world.read_text(encoding="utf-8").replace("port = 2776\nenabled = false", "port = 2776")
    world.write_text(text, encoding="utf-8")
    assert run("apply", str(world)).code == 0
    assert run("queue", "move", "main", "spare").out == "3 messages given to spare\n"
    [row] = rows(run("queue", "--json").json())
    assert (row["carrier"], row["messages"]) == ("spare", 3)


def test_a_carrier_that_left_the_file_keeps_what_waits_and_says_so(run: Run, world: Path) -> None:
    queued(run, 1)
    text = world.read_text(encoding="utf-8")
    start = text.index('[[carrier]]\nname = "main"')
    end = text.index('[[carrier]]\nname = "spare"')
    world.write_text((text[:start] + text[end:]).replace('"main"', '"spare"'), encoding="utf-8")
    out = run("apply", str(world)).out
    assert "disabled  carrier  main\n          has messages, so its books are kept\n" in out
    assert "dragoman queue move main OTHER" in out
    assert "carrier main is disabled" in run("queue").out
