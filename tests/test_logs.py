"""The log of a process: its two forms, and that secrets stand in neither."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.logs import mask, set_up


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Give a stream for the log, and afterwards pytest its own log back."""
    root, ours = logging.getLogger(), logging.getLogger("dragoman")
    before = (root.handlers[:], root.level, ours.level, logging.raiseExceptions)
    try:
        yield io.StringIO()
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])
        logging.raiseExceptions = before[3]
        logging.captureWarnings(capture=False)


def say_all() -> None:
    logging.getLogger("dragoman.core.node").info("serving %d carriers", 2)
    logging.getLogger("dragoman.core.node").debug("too much")
    logging.getLogger("library").info("chatter")
    logging.getLogger("library").warning("two\nlines \x1b[31m")
    try:
        int("password='canary'")
    except ValueError:
        logging.getLogger("dragoman").exception("it failed")


def test_console(stream: io.StringIO) -> None:
    set_up("console", "info", stream)
    say_all()
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME", stream.getvalue())
    lines = text.splitlines()
    assert lines[:4] == [
        "TIME info    core.node: serving 2 carriers",
        "TIME warning library: two\\nlines \\x1b[31m",
        "TIME error   dragoman: it failed",
        "Traceback (most recent call last):",
    ]
    assert lines[-1] == 'ValueError: invalid literal for int() with base 10: "password=***"'


def test_json(stream: io.StringIO) -> None:
    set_up("json", "info", stream)
    say_all()
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [set(entry) - {"exception"} for entry in entries] == [
        {"time", "level", "logger", "message"}
    ] * 3
    assert [(entry["level"], entry["logger"], entry["message"]) for entry in entries] == [
        ("info", "dragoman.core.node", "serving 2 carriers"),
        ("warning", "library", "two\nlines \x1b[31m"),
        ("error", "dragoman", "it failed"),
    ]
    assert entries[2]["exception"].endswith(
        'ValueError: invalid literal for int() with base 10: "password=***"'
    )


@pytest.mark.parametrize("form", ["console", "json"])
def test_setting_up_twice_writes_once(
    form: Literal["console", "json"], stream: io.StringIO
) -> None:
    set_up("json", "info", io.StringIO())
    set_up(form, "debug", stream)
    logging.getLogger("dragoman").debug("once")
    assert stream.getvalue().count("once") == 1


def test_a_stream_that_is_gone_stops_nobody(stream: io.StringIO) -> None:
    set_up("console", "info", stream)
    stream.close()
    logging.getLogger("dragoman").info("into the void")


MASKED = {
    "a query": (
        "GET /send?username=a&password=canary&to=1",
        "GET /send?username=a&password=***&to=1",
    ),
    "the first of a query": ("api_key=canary&to=1", "api_key=***&to=1"),
    "JSON": ('{"password": "can ary", "to": 1}', '{"password": ***, "to": 1}'),
    "a representation": (
        "Credentials(user='a', password='can,ary')",
        "Credentials(user='a', password=***)",
    ),
    "octets": ("{'password': b'canary'}", "{'password': ***}"),
    "a header": ("Authorization: Basic Y2FuYXJ5Og==", "Authorization: ***"),
    "a header's value": ("got Basic Y2FuYXJ5Og== from", "got Basic *** from"),
    "a bearer": ("Bearer canary.canary-canary", "Bearer ***"),
    "a database": (
        "connecting to postgresql://u:can@ary@h/d failed",
        "connecting to postgresql://u:***@h/d failed",
    ),
    "in any case": ("PassWord=canary", "PassWord=***"),
    "nothing secret": ("3 passed, no route to 44", "3 passed, no route to 44"),
    "an address": ("http://127.0.0.1:8080/a@b", "http://127.0.0.1:8080/a@b"),
}


@pytest.mark.parametrize(("text", "masked"), MASKED.values(), ids=MASKED)
def test_pain_40_masks(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.from_regex(r"[A-Za-z0-9!#$%*+./<>?@^_|~-]{8,30}", fullmatch=True))
def test_pain_40_no_password_of_a_query_or_a_url_stays(password: str) -> None:
    assert password not in mask(f"/send?username=a&password={password}&to=1")
    assert f":{password}@" not in mask(f"postgresql://u:{password.replace('/', '')}@h/d")
