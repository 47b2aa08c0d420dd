"""What a request says, whatever it is packed in."""

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects import DIALECTS
from dragoman.dialects.ask import (
    BAD_BODY,
    BAD_PARTS,
    basic_first,
    is_on,
    lenient,
    missing,
    parameters_first,
    parameters_only,
    read,
    text,
)
from dragoman.dialects.exchange import Ask, Kind
from dragoman.model.refusals import Refusal
from dragoman.model.submissions import Credentials
from dragoman.protocols.http import Part, Request, render_basic

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
TWO = {"a": b"1", "message": b"hi"}


def part(name: str, value: str) -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def asked(fields: dict[str, bytes], fault: Refusal | None = None, charset: str = "") -> Ask:
    return Ask(fields, None, fault, charset)


# query, headers, body -> what is asked, where JSON is read and where it is not
READINGS: dict[str, tuple[bytes, dict[str, str], bytes, Ask, Ask | None]] = {
    "nothing": (b"", {}, b"", asked({}), None),
    "query": (b"a=1&message=hi", {}, b"", asked(TWO), None),
    "form": (b"", FORM, b"a=1&message=hi", asked(TWO), None),
    "form without Content-Type": (b"", {}, b"a=1&message=hi", asked(TWO), None),
    "query and form": (b"a=1", FORM, b"message=hi", asked(TWO), None),
    "body before query": (b"a=2&message=no", FORM, b"message=hi&a=1", asked(TWO), None),
    "charset with a colon": (
        b"",
        {"content-type": "application/x-www-form-urlencoded; charset:utf-8"},
        b"a=1",
        asked({"a": b"1"}, charset="utf-8"),
        None,
    ),
    "charset of Windows": (
        b"",
        {"content-type": "application/x-www-form-urlencoded;charset=ISO-8859-1"},
        b"a=%80",
        asked({"a": b"\x80"}, charset="cp1252"),
        None,
    ),
    "charset that we do not know": (
        b"",
        {"content-type": "application/x-www-form-urlencoded;charset=punycode"},
        b"a=1",
        asked({"a": b"1"}),
        None,
    ),
    "names in any case": (b"A=1&MESSAGE=hi", {}, b"", asked(TWO), None),
    "name encoded": (b"%61=1&mess%61ge=hi", {}, b"", asked(TWO), None),
    "first that is not blank": (b"a=&a=+&a=1&a=2", {}, b"", asked({"a": b"1"}), None),
    "blank in the body does not hide the query": (
        b"a=1",
        FORM,
        b"a=%20",
        asked({"a": b"1"}),
        None,
    ),
    "list given twice": (
        b"to=3",
        FORM,
        b"to=1&to=&to=2",
        asked({"to": b"1,2,3"}),
        None,
    ),
    "lists of the others": (
        b"recipients=1&destination=3&Recipients=2&destination=4",
        {},
        b"",
        asked({"recipients": b"1,2", "destination": b"3,4"}),
        None,
    ),
    "trimmed": (b"a=+1%20%0D%0A", {}, b"", asked({"a": b"1"}), None),
    "text as it stands": (
        b"message=+hi+&text=+a&usercontext=b+&password=+c+",
        {},
        b"",
        asked({"message": b" hi ", "text": b" a", "usercontext": b"b ", "password": b" c "}),
        None,
    ),
    "blank text is none": (b"message=+%09+&password=+", {}, b"", asked({}), None),
    "semicolon separates nothing": (b"a=1;b=2", {}, b"", asked({"a": b"1;b=2"}), None),
    "broken percent stays": (
        b"a=100%&b=%zz%4",
        {},
        b"",
        asked({"a": b"100%", "b": b"%zz%4"}),
        None,
    ),
    "line end after the body": (b"", FORM, b"message=hi\r\n", asked({"message": b"hi"}), None),
    "multipart": (
        b"a=1",
        MULTIPART,
        (part("message", "hi") + "--b--\r\n").encode(),
        asked(TWO),
        None,
    ),
    "multipart cut off": (b"a=1", MULTIPART, b"--b\r\n", asked({"a": b"1"}, BAD_PARTS), None),
    "JSON": (b"", JSON, b'{"a":1,"message":"hi"}', asked(TWO), asked({})),
    "JSON without Content-Type": (b"", {}, b' \r\n{"a":1,"message":"hi"}', asked(TWO), asked({})),
    "JSON that calls itself a form": (b"", FORM, b'{"a":1,"message":"hi"}', asked(TWO), asked({})),
    "JSON hides no pairs": (b"", {}, b'{"a":"&to=1"}', asked({"a": b"&to=1"}), asked({})),
    "JSON with a byte-order mark": (
        b"",
        JSON,
        b'\xef\xbb\xbf{"a":1,"message":"hi"}',
        asked(TWO),
        asked({}),
    ),
    "JSON of another subtype": (
        b"",
        {"content-type": "application/vnd.x+json; charset=utf-8"},
        b'{"a":1}',
        asked({"a": b"1"}),
        asked({}, charset="utf-8"),
    ),
    "JSON encoded twice": (
        b"",
        JSON,
        b'"{\\"a\\":1,\\"message\\":\\"hi\\"}"',
        asked(TWO),
        asked({}),
    ),
    "JSON values": (
        b"",
        JSON,
        '{"A":1.5,"b":true,"c":null,"d":{"e":1},"message":"ж","to":["1",2,null]}'.encode(),
        asked({"a": b"1.5", "message": "ж".encode(), "to": b"1,2,null"}),
        asked({}),
    ),
    "JSON values that are no recipients": (
        b"",
        JSON,
        b'{"Recipients":[null, true, {"a": 1, "b": []}, [1, 2], ""], "other": [null]}',
        asked({"recipients": b'null,true,{"a":1;"b":[]},[1;2]'}),
        asked({}),
    ),
    "JSON that is no list of recipients": (b"", JSON, b'{"to":null}', asked({}), asked({})),
    "JSON floats that are whole numbers": (
        b"",
        JSON,
        b'{"to":[250782300441.0,2.50785971082e11],"cost":0.5}',
        asked({"to": b"250782300441,250785971082", "cost": b"0.5"}),
        asked({}),
    ),
    "JSON array for what is no list": (
        b"",
        JSON,
        b'{"a":["","1","2"]}',
        asked({"a": b"1"}),
        asked({}),
    ),
    "JSON and query": (
        b"message=hi&a=2",
        {},
        b'{"a":1}',
        asked(TWO),
        asked({"message": b"hi", "a": b"2"}),
    ),
    "JSON broken": (b"a=1", JSON, b'{"a":', asked({"a": b"1"}, BAD_BODY), asked({"a": b"1"})),
    "JSON of no object": (b"", JSON, b"[1]", asked({}, BAD_BODY), asked({})),
    "JSON text of no object": (b"", JSON, b'"hello"', asked({}, BAD_BODY), asked({})),
    "JSON text of an array": (b"", JSON, b'"[1]"', asked({}, BAD_BODY), asked({})),
    "JSON not UTF-8": (b"", JSON, b'{"a":"\xff"}', asked({}, BAD_BODY), asked({})),
    "JSON nested too deep": (b"", JSON, b'{"a":' * 100_000, asked({}, BAD_BODY), asked({})),
    "JSON in the field data": (
        b"",
        FORM,
        b"data=" + quote('{"a":1,"message":"hi"}').encode(),
        asked(TWO | {"data": b'{"a":1,"message":"hi"}'}),
        asked({"data": b'{"a":1,"message":"hi"}'}),
    ),
    "JSON in the field json, before others": (
        b"json=%7B%22a%22:1%7D&a=2&message=hi",
        {},
        b"",
        asked(TWO | {"json": b'{"a":1}'}),
        asked({"json": b'{"a":1}', "a": b"2", "message": b"hi"}),
    ),
    "a field json that is broken": (
        b"json=%7B&a=1",
        {},
        b"",
        asked({"json": b"{", "a": b"1"}, BAD_BODY),
        asked({"json": b"{", "a": b"1"}),
    ),
    "a field data that is something else": (
        b"data=hello&a=1",
        {},
        b"",
        asked({"data": b"hello", "a": b"1"}),
        None,
    ),
    "a field data that holds JSON encoded twice": (
        b"data=" + quote('"{\\"a\\":1}"').encode(),
        {},
        b"",
        asked({"a": b"1", "data": b'"{\\"a\\":1}"'}),
        asked({"data": b'"{\\"a\\":1}"'}),
    ),
    "a field data that holds a text": (
        b"data=%22hello%22&a=1",
        {},
        b"",
        asked({"data": b'"hello"', "a": b"1"}),
        None,
    ),
}


@pytest.mark.parametrize(
    ("query", "headers", "body", "with_json", "without"), READINGS.values(), ids=READINGS
)
def test_read(
    query: bytes, headers: dict[str, str], body: bytes, with_json: Ask, without: Ask | None
) -> None:
    request = Request("POST", "/", query, headers, body)
    assert read(request, json=True) == with_json
    assert read(request, json=False) == (with_json if without is None else without)


def test_files_are_kept_beside_the_fields() -> None:
    file = '--b\r\nContent-Disposition: form-data; filename="a.png"\r\nContent-Type: image/png\r\n'
    body = (part("to", "1") + file + "\r\n\x89\r\n--b--").encode("latin-1")
    got = read(Request("POST", "/", b"", MULTIPART, body), json=False)
    assert got == Ask({"to": b"1"}, files=(Part("", "a.png", "image/png", b"\x89"),))


USER, BASIC = Credentials("u", b"p"), Credentials("b", b"s")
NO_USER, NO_PASSWORD = missing("username"), missing("password")
QUERIES = {"both": b"username=u&password=p", "user": b"username=u", "password": b"password=p"}
# parameters, Basic -> what each of the three ways gives
LOGINS: dict[str, tuple[str, str | None, object, object, object]] = {
    "nothing": ("", None, NO_USER, NO_USER, NO_USER),
    "parameters": ("both", None, USER, USER, USER),
    "Basic": ("", "b:s", BASIC, BASIC, BASIC),
    "Basic with blanks": ("", " b : s ", BASIC, BASIC, BASIC),
    "two logins": ("both", "b:s", BASIC, USER, USER),
    "Basic without user": ("both", " :s", USER, USER, USER),
    "Basic without user, alone": ("", ":s", NO_USER, NO_USER, NO_USER),
    "Basic without password": ("", "b:", NO_PASSWORD, NO_PASSWORD, NO_PASSWORD),
    "halves from two places": (
        "password",
        "b:",
        Credentials("b", b"p"),
        Credentials("b", b"p"),
        NO_USER,
    ),
    "username alone, Basic too": ("user", "b:s", BASIC, Credentials("u", b"s"), NO_PASSWORD),
    "username alone": ("user", None, NO_PASSWORD, NO_PASSWORD, NO_PASSWORD),
    "password alone": ("password", None, NO_USER, NO_USER, NO_USER),
}


@pytest.mark.parametrize(
    ("parameters", "basic", "by_basic", "by_parameters", "by_parameters_only"),
    LOGINS.values(),
    ids=LOGINS,
)
def test_login(
    parameters: str,
    basic: str | None,
    by_basic: object,
    by_parameters: object,
    by_parameters_only: object,
) -> None:
    user, _, password = (basic or "").partition(":")
    headers = {"authorization": render_basic(user, password.encode())} if basic else {}
    ask = read(Request("GET", "/", QUERIES.get(parameters, b""), headers), json=False)
    assert basic_first(ask) == by_basic
    assert parameters_first(ask) == by_parameters
    assert parameters_only(ask) == by_parameters_only


def test_other_schemes_than_basic_are_no_login() -> None:
    headers = {"authorization": "Bearer abc"}
    assert read(Request("GET", "/", b"a=1", headers), json=False) == asked({"a": b"1"})


def test_a_password_is_never_shown() -> None:
    ask = read(
        Request("GET", "/", b"", {"authorization": render_basic("u", b"canary")}), json=False
    )
    assert "canary" not in repr(ask)


TEXTS = {
    "UTF-8": (b"\xd0\xb6", "utf-8", "ж"),
    "not UTF-8": (b"\xc3\x28", "utf-8", None),
    "cut off": (b"\xf0\x9f\x98", "utf-8", None),
    "half a surrogate pair": (b"\xed\xa0\xbd", "utf-8", None),
    "NUL": (b"a\0b", "utf-8", None),
    "Windows": (b"\x80", "cp1252", "€"),
    "not Windows": (b"\x81", "cp1252", None),
}


@pytest.mark.parametrize(("value", "charset", "expected"), TEXTS.values(), ids=TEXTS)
def test_text(value: bytes, charset: str, expected: str | None) -> None:
    assert text(value, charset) == expected


def test_what_is_only_compared_is_read_whatever_it_is() -> None:
    assert lenient(b"a\xffb\0") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), ("on", True), (False, False), ("off", False), (1, False)]
)
def test_switch(value: object, expected: bool) -> None:
    assert is_on({"x": value}, "x") is expected
    assert is_on({}, "x") is False


KINDS = st.sampled_from(
    ["", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
)
PIECES = st.sampled_from(
    [
        *(b"&", b"=", b"+", b"%", b"%4", b"%00", b";", b",", b"{", b"}", b'"', b"[", b"]", b":"),
        *(b"\r\n", b"--b", b"--", b"\0", b"\xff", b"username", b"password", b"recipients", b"to"),
        *(b"destination", b"message", b"sender", b"messageid", b"SMSId", b"type", b"2", b"json"),
        *(b"Content-Disposition: form-data; name=", b"filename*=x''%41", b"a"),
    ]
)
OCTETS = st.lists(PIECES | st.binary(max_size=3), max_size=30).map(b"".join)


@pytest.mark.parametrize("name", DIALECTS)
@given(query=OCTETS, kind=KINDS, login=st.text(max_size=8), body=OCTETS)
def test_pain_29_no_request_breaks_its_reader(
    name: str, query: bytes, kind: str, login: str, body: bytes
) -> None:
    """Whatever a customer sends becomes an ask with faults, in every exchange."""
    dialect = DIALECTS[name]
    headers = {"content-type": kind, "authorization": login}
    ask = dialect.read(Request("POST", "/", query, headers, body), dialect.defaults)
    dialect.credentials(ask, dialect.defaults)
    for exchange in dialect.exchanges:
        got = exchange.parse_ask(ask, dialect.defaults)
        if exchange.kind is not Kind.HELP:
            for fault in got.faults:
                assert exchange.refuse(fault, dialect.defaults).body


HUGE = {
    "one list parameter 200,000 times": b"to=1&" * 200_000,
    "a million separators": b"&" * 1_000_000,
    "a million percent signs": b"message=" + b"%" * 1_000_000,
    "a million encoded octets": b"message=" + b"%41" * 333_000,
    "one long name": b"a" * 1_000_000,
    "a list of commas": b"to=" + b"," * 1_000_000,
}


@pytest.mark.parametrize("body", HUGE.values(), ids=HUGE)
def test_a_megabyte_is_read_in_the_time_of_its_length(body: bytes) -> None:
    """Copying a list for each of its doubles took minutes; the bound is a hundred times ours."""
    start = time.process_time()
    read(Request("POST", "/", b"", FORM, body), json=True)
    assert time.process_time() - start < 5
