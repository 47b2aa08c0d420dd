"""Readers and writers of what stands in HTTP requests."""

from urllib.parse import parse_qsl, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.protocols.http import (
    BadMultipart,
    Part,
    content_type,
    decode_percent,
    parse_basic,
    parse_form,
    parse_multipart,
    render_basic,
    render_form,
    render_query,
)

FORMS: dict[str, tuple[bytes, list[tuple[bytes, bytes]]]] = {
    "empty": (b"", []),
    "plain": (b"a=1&b=2", [(b"a", b"1"), (b"b", b"2")]),
    "repeated": (b"a=1&a=2", [(b"a", b"1"), (b"a", b"2")]),
    "no value": (b"a&b=", [(b"a", b""), (b"b", b"")]),
    "no name": (b"=1&&b=2", [(b"b", b"2")]),
    "equals in a value": (b"a=b=c", [(b"a", b"b=c")]),
    "plus and percent": (b"a+b=c+d%2B%26%3D", [(b"a b", b"c d+&=")]),
    "either case of hex": (b"a=%4a%4A%c3%A9", [(b"a", b"JJ\xc3\xa9")]),
    "broken percent": (b"a=100%&b=%4&c=%zz&d=%%41", [
        (b"a", b"100%"), (b"b", b"%4"), (b"c", b"%zz"), (b"d", b"%A")
    ]),
    "semicolon": (b"a=1;b=2", [(b"a", b"1;b=2")]),
    "name encoded": (b"%61=1", [(b"a", b"1")]),
    "NUL": (b"a=%00", [(b"a", b"\0")]),
    "octets as they are": (b"a=\xff\x00", [(b"a", b"\xff\x00")]),
}  # fmt: skip


@pytest.mark.parametrize(("form", "pairs"), FORMS.values(), ids=FORMS)
def test_form(form: bytes, pairs: list[tuple[bytes, bytes]]) -> None:
    assert parse_form(form) == pairs


PAIRS = st.lists(st.tuples(st.text(min_size=1).filter(str.isprintable), st.text()))


@given(PAIRS)
def test_what_is_rendered_is_parsed(pairs: list[tuple[str, str]]) -> None:
    octets = [(name.encode(), value.encode()) for name, value in pairs]
    assert parse_form(render_form(pairs)) == octets
    assert parse_form(render_query(pairs)) == octets


def test_a_form_has_plus_for_blanks_and_a_query_percent() -> None:
    pairs: list[tuple[str, str | bytes]] = [("a", "b c/ü~"), ("d", b"\xff")]
    assert render_form(pairs) == b"a=b+c%2F%C3%BC~&d=%FF"
    assert render_query(pairs) == b"a=b%20c%2F%C3%BC~&d=%FF"


@given(st.lists(st.sampled_from([b"%", b"4", b"1", b"a", b"F", b"g", b"\xff"])).map(b"".join))
def test_percent_as_the_standard_library_reads_it(value: bytes) -> None:
    assert decode_percent(value) == unquote_to_bytes(value)


@given(st.text("ab=&+%41;ü ", max_size=30))
def test_form_as_the_standard_library_reads_it(form: str) -> None:
    expected = parse_qsl(form, keep_blank_values=True, encoding="latin-1")
    got = [
        (n.decode("latin-1"), v.decode("latin-1")) for n, v in parse_form(form.encode("latin-1"))
    ]
    assert got == [(name, value) for name, value in expected if name]


TYPES: dict[str, tuple[str, tuple[str, dict[str, str]]]] = {
    "nothing": ("", ("", {})),
    "bare": ("Text/Plain", ("text/plain", {})),
    "charset": ("text/plain; Charset=UTF-8", ("text/plain", {"charset": "UTF-8"})),
    "colon": ("text/plain; charset:utf-8", ("text/plain", {"charset": "utf-8"})),
    "quoted": ('a/b; boundary="x y; z"', ("a/b", {"boundary": "x y; z"})),
    "colon in a quoted value": ('a/b; boundary="x:y"', ("a/b", {"boundary": "x:y"})),
    "no blanks, several": ("a/b;c=d;e=f", ("a/b", {"c": "d", "e": "f"})),
    "first one counts": ("a/b; c=1; c=2", ("a/b", {"c": "1"})),
    "backslash": (
        'form-data; filename="C:\\x.png"',
        ("form-data", {"filename": "C:\\x.png"}),
    ),
    "escaped quote": ('form-data; name="a\\"b"', ("form-data", {"name": 'a"b'})),
    "nothing after the semicolon": ("a/b;", ("a/b", {})),
}


@pytest.mark.parametrize(("header", "expected"), TYPES.values(), ids=TYPES)
def test_content_type(header: str, expected: tuple[str, dict[str, str]]) -> None:
    assert content_type(header) == expected


BASICS = {
    "plain": ("Basic ZGVtbzpzZWNyZXQ=", (b"demo", b"secret")),
    "scheme in capitals": ("BASIC ZGVtbzpzZWNyZXQ=", (b"demo", b"secret")),
    "without padding": ("Basic ZGVtbzpzZWNyZXQ", (b"demo", b"secret")),
    "blanks as sent": ("Basic ZGVtbyA6IHNlY3JldA==", (b"demo ", b" secret")),
    "colon in the password": ("Basic dTphOmI=", (b"u", b"a:b")),
    "empty halves": ("Basic Og==", (b"", b"")),
    "no colon": ("Basic ZGVtbw==", None),
    "other scheme": ("Bearer ZGVtbzpzZWNyZXQ=", None),
    "not base64": ("Basic ***", None),
    "one octet too many": ("Basic ZGVtbzpzZWNyZXQAA", None),
    "not ASCII": ("Basic ü", None),
    "nothing": ("Basic", None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("header", "expected"), BASICS.values(), ids=BASICS)
def test_basic(header: str, expected: tuple[bytes, bytes] | None) -> None:
    assert parse_basic(header) == expected


@given(st.text().filter(lambda user: ":" not in user), st.binary())
def test_basic_round_trip(user: str, password: bytes) -> None:
    assert parse_basic(render_basic(user, password)) == (user.encode(), password)


def body(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("latin-1")


TO = ('Content-Disposition: form-data; name="to"', "", "44771012345")
PICTURE = (
    'Content-Disposition: form-data; filename="a.png"',
    "Content-Type: image/png",
    "",
    "\x89\r\n",
)
FIELD = Part("to", None, "", b"44771012345")
FILE = Part("", "a.png", "image/png", b"\x89\r\n")

MULTIPARTS: dict[str, tuple[bytes, list[Part]]] = {
    "field and file": (body("--b", *TO, "--b", *PICTURE, "--b--", ""), [FIELD, FILE]),
    "without the last line end": (body("--b", *TO, "--b--"), [FIELD]),
    "preamble and epilogue": (body("hello", "--b", *TO, "--b--", "bye"), [FIELD]),
    "blanks after the boundary": (body("--b \t", *TO, "--b--"), [FIELD]),
    "no parts": (body("--b--"), []),
    "a field that says it is text": (
        body("--b", TO[0], "Content-Type: text/plain", "", "1", "--b--"),
        [Part("to", None, "text/plain", b"1")],
    ),
    "name and filename: a file": (
        body("--b", 'Content-Disposition: form-data; name="f"; filename="x"', "", "1", "--b--"),
        [Part("f", "x", "", b"1")],
    ),
    "empty filename: a file": (
        body("--b", 'Content-Disposition: form-data; name="f"; filename=""', "", "", "--b--"),
        [Part("f", "", "", b"")],
    ),
    "filename in the extended form": (
        body(
            "--b", "Content-Disposition: form-data; filename*=UTF-8''%C3%BC.txt", "", "1", "--b--"
        ),
        [Part("", "ü.txt", "", b"1")],
    ),
    "header names in any case": (
        body("--b", 'content-DISPOSITION:form-data;NAME="to"', "", "1", "--b--"),
        [Part("to", None, "", b"1")],
    ),
    "no headers": (body("--b", "", "1", "--b--"), [Part("", None, "", b"1")]),
    "no content": (body("--b", TO[0], "", "", "--b--"), [Part("to", None, "", b"")]),
    "a longer line that begins like the boundary": (
        body("--b", TO[0], "", "1", "--bc", "--b--"),
        [Part("to", None, "", b"1\r\n--bc")],
    ),
    "base64": (
        body("--b", TO[0], "Content-Transfer-Encoding: Base64", "", "aGk", "=", "--b--"),
        [Part("to", None, "", b"hi")],
    ),
    "quoted-printable": (
        body("--b", TO[0], "Content-Transfer-Encoding: quoted-printable", "", "=68i", "--b--"),
        [Part("to", None, "", b"hi")],
    ),
    "binary": (
        body("--b", TO[0], "Content-Transfer-Encoding: binary", "", "=68", "--b--"),
        [Part("to", None, "", b"=68")],
    ),
}


@pytest.mark.parametrize(("octets", "parts"), MULTIPARTS.values(), ids=MULTIPARTS)
def test_multipart(octets: bytes, parts: list[Part]) -> None:
    assert parse_multipart(octets, "b") == parts


BROKEN = {
    "no boundary": (body("--b", *TO, "--b--"), "", "no boundary"),
    "no closing boundary": (body("--b", *TO), "b", "no closing boundary"),
    "cut in the closing boundary": (body("--b", *TO, "--b-"), "b", "no closing boundary"),
    "nothing": (b"", "b", "no closing boundary"),
    "broken base64": (
        body("--b", TO[0], "Content-Transfer-Encoding: base64", "", "a", "--b--"),
        "b",
        "base64",
    ),
    "unknown transfer encoding": (
        body("--b", TO[0], "Content-Transfer-Encoding: x-uu", "", "a", "--b--"),
        "b",
        "'x-uu'",
    ),
}


@pytest.mark.parametrize(("octets", "boundary", "words"), BROKEN.values(), ids=BROKEN)
def test_broken_multipart(octets: bytes, boundary: str, words: str) -> None:
    with pytest.raises(BadMultipart, match=words):
        parse_multipart(octets, boundary)


def test_a_file_is_told_by_its_filename() -> None:
    assert [part.is_file for part in (FIELD, FILE)] == [False, True]


@given(st.binary(), st.text(max_size=5))
def test_any_octets_are_parts_or_a_broken_multipart(octets: bytes, boundary: str) -> None:
    try:
        parts = parse_multipart(octets, boundary)
    except BadMultipart:
        return
    assert all(isinstance(part, Part) for part in parts)
