"""The access log: one line a request, and no secret in any."""

import io
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.front.access_log import SECRETS, AccessLog, mask_path, mask_query
from dragoman.front.shared import Limits, Respond
from dragoman.protocols.http import Request, Response
from tests.front.wire import Clock, Desk, Wire, answer, make_shared, refused

NOW_US = 1_700_000_000_123_456
NOW = "2023-11-14T22:13:20.123Z"

MASKED = {
    "nothing": (b"", ""),
    "no secret": (b"to=447700900123&from=Shop", "to=447700900123&from=Shop"),
    "a password": (b"username=a&password=canary&to=1", "username=a&password=***&to=1"),
    "in any case": (b"PassWord=canary", "PassWord=***"),
    "percent-encoded name": (b"p%61ssword=canary", "p%61ssword=***"),
    "blanks around the name": (b"+password%20=canary", "+password%20=***"),
    "a key": (b"api_key=canary&apiSecret=canary", "api_key=***&apiSecret=***"),
    "an empty password": (b"password=&to=1", "password=***&to=1"),
    "an equals sign in it": (b"password=a=canary", "password=***"),
    "twice": (b"password=canary&password=canary", "password=***&password=***"),
    "a text with a one-time code": (b"text=code+canary&message=canary", "text=***&message=***"),
    "a body in a field": (b"json=%7B%22password%22:%22canary%22%7D", "json=***"),
    "without a name": (b"canary&to=1", "***&to=1"),
    "a semicolon parts nothing": (b"a=1;password=canary", "a=1;password=***"),
    "raw octets": (b"to=\xff\x00\x0a", "to=%FF%00%0A"),
    "many recipients": (b"to=" + b"1" * 5_000, "to=" + "1" * 2_045 + "…"),
    "a secret that is cut": (b"x=" + b"1" * 2_030 + b"&password=canary", None),
}


@pytest.mark.parametrize(("query", "masked"), MASKED.values(), ids=MASKED)
def test_mask_query(query: bytes, masked: str | None) -> None:
    if masked is not None:
        assert mask_query(query) == masked
    assert "canary" not in mask_query(query)


PATHS = {
    "a vendor's": ("/api/sendsms/.json", "/api/sendsms/.json"),
    "& in place of ?": ("/bulksms/bulksms&username=a&password=canary", "/bulksms/bulksms***"),
    "; in place of ?": ("/sendsms/;password=canary", "/sendsms/***"),
    "an encoded ?": ("/sendsms/?username=a&password=canary", "/sendsms/***"),
    "no mark at all": ("/sendsms/password=canary", "/sendsms/password***"),
    "raw octets": ("/a b\n", "/a%20b%0A"),
}


@pytest.mark.parametrize(("path", "masked"), PATHS.values(), ids=PATHS)
def test_pain_40_a_query_that_became_a_path_is_masked(path: str, masked: str) -> None:
    assert mask_path(path) == masked


@given(
    st.sampled_from(sorted(SECRETS)),
    st.text(alphabet="abcdefghijklmnop=%+", min_size=12, max_size=30),
    st.booleans(),
)
def test_pain_40_no_value_of_a_secret_stays(name: bytes, value: str, is_upper: bool) -> None:
    name = name.upper() if is_upper else name
    assert value not in mask_query(b"to=1&" + name + b"=" + value.encode() + b"&from=2")


def make_log(*, as_json: bool = False) -> tuple[AccessLog, list[str]]:
    written: list[str] = []
    return AccessLog(written.append, lambda: NOW_US, as_json=as_json), written


def test_a_line() -> None:
    log, written = make_log()
    query = b"user=a&password=canary"
    log.note(Request("GET", "/a b\n/é", query, {}, b"", "192.0.2.1"), 200, 153, 0.001234)
    log.note(Request("-", "-"), 400, 90, 0)
    log.flush()
    log.flush()
    (lines,) = written
    assert lines.splitlines() == [
        f"{NOW} 192.0.2.1 GET /a%20b%0A/%C3%A9?user=a&password=*** 200 153 1.2ms",
        f"{NOW} - - - 400 90 0.0ms",
    ]


def test_a_line_as_json() -> None:
    log, written = make_log(as_json=True)
    log.note(Request("POST", "/a", b"", {}, b"canary", "192.0.2.1"), 200, 153, 0.001234)
    log.flush()
    assert "".join(written) == (
        '{"time":"2023-11-14T22:13:20.123Z","peer":"192.0.2.1","method":"POST","path":"/a",'
        '"status":200,"octets":153,"took_ms":1.234}\n'
    )


def test_lines_are_written_many_at_once() -> None:
    log, written = make_log()
    for _ in range(600):
        log.note(Request("GET", "/"), 200, 1, 0.0)
    assert [chunk.count("\n") for chunk in written] == [256, 256]
    log.flush()
    assert [chunk.count("\n") for chunk in written] == [256, 256, 88]


def test_what_a_connection_logs() -> None:
    """Each answer with its time, a refusal of our own, and an answer whose client is gone."""
    log, written = make_log()
    clock, desk = Clock(), Desk()
    shared = make_shared(desk, Limits(), clock=clock, access_log=log)
    wire = Wire(shared)
    wire.send(b"GET /a HTTP/1.1\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nnonsense\r\n\r\n")
    clock.now_s += 0.25
    desk.waiting[0](Response(200, b""))
    wire.turn()
    wire = Wire(shared)
    wire.send(b"GET /gone HTTP/1.1\r\n\r\n")
    wire.lose()
    desk.waiting[1](Response(200, b""))
    log.flush()
    assert [line.split(" ", 1)[1] for line in "".join(written).splitlines()] == [
        f"127.0.0.1 GET /a 200 {len(answer(''))} 250.0ms",
        f"127.0.0.1 HEAD /b 405 {len(refused(405, ''))} 250.0ms",
        f"127.0.0.1 - - 400 {len(refused(400))} 250.0ms",
        "127.0.0.1 GET /gone 200 0 0.0ms",
    ]


CANARY_REQUESTS = {
    "query": b"GET /send?username=a&password=canary&text=canary HTTP/1.1\r\n\r\n",
    "form": b"POST /send HTTP/1.1\r\nContent-Length: 15\r\n\r\npassword=canary",
    "JSON": b'POST /send HTTP/1.1\r\nContent-Length: 21\r\n\r\n{"password":"canary"}',
    "Basic": b"GET /send HTTP/1.1\r\nAuthorization: Basic Y2FuYXJ5OmNhbmFyeQ==\r\n\r\n",
    "header": b"GET /send HTTP/1.1\r\nX-Api-Key: canary\r\n\r\n",
    "referer": b"GET /send HTTP/1.1\r\nReferer: http://a/?password=canary\r\n\r\n",
    "unreadable": b"GET /send?password=canary\r\nHost: a\r\nAuthorization: Basic Y2FuYXJ5\r\n\r\n",
    "too long": b"GET /send?password=canary" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    "raw octets": b"GET /send?text=\xff&password=canary HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("fails", [False, True], ids=["served", "the handler fails"])
@pytest.mark.parametrize("sent", CANARY_REQUESTS.values(), ids=CANARY_REQUESTS)
def test_pain_40_a_password_stands_in_no_log(
    sent: bytes, fails: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever a dialect puts its password, no log that the listener writes holds it."""
    stream = io.StringIO()

    def handle(request: Request, respond: Respond) -> None:
        if fails:
            raise RuntimeError("oops")
        respond(Response(200, b""))

    caplog.set_level(logging.DEBUG)
    log = AccessLog(stream.write, lambda: NOW_US)
    wire = Wire(make_shared(handle, access_log=log))
    wire.send(sent)
    log.flush()
    assert wire.sent.startswith(b"HTTP/1.1 ")
    assert stream.getvalue().count("\n") == 1
    for output in (stream.getvalue(), caplog.text):
        assert "canary" not in output
        assert "Y2FuYXJ5" not in output
