"""The tutorial's steps do what it says: its own file and commands, on ports that are free."""

import base64
import http.client
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest

from dragoman.cli.demo_stage import free_ports
from tests.cli.conftest import runner

PAGE = Path("docs/tutorial/first-message.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
WORLD = next(body for kind, body in BLOCKS if kind == "toml")
SHELL = [
    command
    for kind, body in BLOCKS
    if kind == "sh"
    for command in body.replace("\\\n", " ").splitlines()
]


def words_of(program: str) -> list[str]:
    """Give the words of the tutorial's command that begins so."""
    [line] = [line for line in SHELL if line.startswith(program)]
    return shlex.split(line)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Give a folder with the tutorial's world, in which the gateway and a network run."""
    smsc_port, http_port, ops_port = free_ports(3)
    (tmp_path / "dragoman.toml").write_text(
        f'[store]\nurl = "sqlite:///{tmp_path / "dragoman.db"}"\n'
        f'[http]\nlisten = "127.0.0.1:{http_port}"\n[ops]\nlisten = "127.0.0.1:{ops_port}"\n',
        encoding="utf-8",
    )
    world = WORLD.replace("port = 2775", f"port = {smsc_port}")
    (tmp_path / "world.toml").write_text(world, encoding="utf-8")
    smsc = words_of(".venv/bin/dragoman smsc")
    smsc[smsc.index("2775")] = str(smsc_port)
    started = [smsc[1:], [*words_of(".venv/bin/dragoman serve")[1:], "-c", "dragoman.toml"]]
    processes = []
    for words in started:
        with (tmp_path / f"{words[0]}.log").open("wb") as log:
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "dragoman", *words], cwd=tmp_path, stdout=log, stderr=log
                )
            )
    yield tmp_path
    for process in processes:
        process.terminate()
    assert [process.wait(30) for process in processes] == [0, 0]


def asked(curl: list[str], port: int) -> dict[str, object]:
    """Do what curl would do with these words, on another port."""
    login = curl[curl.index("-u") + 1]
    url = urlsplit(next(word for word in curl if word.startswith("http://")))
    pairs = [
        (curl[index + 1].partition("=")[0], curl[index + 1].partition("=")[2])
        for index, word in enumerate(curl)
        if word == "--data-urlencode"
    ]
    assert url.port == 8080
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {
        "Authorization": f"Basic {base64.b64encode(login.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", url.path, urlencode(pairs), headers)
    answer: dict[str, object] = msgspec.json.decode(connection.getresponse().read())
    connection.close()
    return answer


def test_the_first_message_arrives(place: Path) -> None:
    """A running gateway picks the world up, takes the text, and it comes to the handset."""
    run = runner(place)
    apply = words_of(".venv/bin/dragoman apply")
    assert run("apply", str(place / apply[2])).code == 0
    port = int((place / "dragoman.toml").read_text("utf-8").split("127.0.0.1:")[1].split('"')[0])
    answer = sent_when_ready(port)
    [detail] = msgspec.convert(answer["details"], list[dict[str, object]])
    [*words, placeholder] = words_of(".venv/bin/dragoman status")
    assert placeholder == "MESSAGEID"
    end = time.monotonic() + 20
    while not (shown := run(*words[1:], str(detail["messageid"]))).out.count("delivered"):
        assert time.monotonic() < end, shown.out
    assert "'Hello from my own gateway'" in (place / "smsc.log").read_text("utf-8")


def sent_when_ready(port: int) -> dict[str, object]:
    """Send the tutorial's message as soon as the gateway has started and read the world."""
    end = time.monotonic() + 30
    while True:
        try:
            answer = asked(words_of("curl"), port)
            if "details" in answer:
                return answer
        except OSError:
            answer = {}
        assert time.monotonic() < end, answer
