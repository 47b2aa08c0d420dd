"""Targets and paths as customers' code writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.front.paths import fold, mend_line, split_target

TARGETS = {
    "a path": (b"/send", "/send", b""),
    "a query": (b"/send?a=b?c", "/send", b"a=b?c"),
    "an empty query": (b"/send?", "/send", b""),
    "a fragment belongs to the text": (b"/send?text=room#5", "/send", b"text=room#5"),
    "percent in the path is decoded": (b"/s%65nd%2Fx?a=%65", "/send/x", b"a=%65"),
    "a broken percent stays": (b"/a%zz%", "/a%zz%", b""),
    "UTF-8": (b"/%C3%A9t%C3%A9", "/été", b""),
    "Latin-1 is marked as unreadable": (b"/a%E9", "/a\N{REPLACEMENT CHARACTER}", b""),
    "a NUL": (b"/a%00b", "/a\0b", b""),
    "absolute form": (b"http://host:8080/send?a=b", "/send", b"a=b"),
    "absolute form, odd case": (b"HTTPS://host/send", "/send", b""),
    "absolute form without a path": (b"http://host", "/", b""),
    "absolute form with a query only": (b"http://host?a=b", "/", b"a=b"),
    "another scheme is nobody's path": (b"ftp://host/send", "ftp://host/send", b""),
    "the server itself": (b"*", "*", b""),
    "longer than is cached": (b"/" + b"a" * 300, "/" + "a" * 300, b""),
}


@pytest.mark.parametrize(("target", "path", "query"), TARGETS.values(), ids=TARGETS)
def test_split_target(target: bytes, path: str, query: bytes) -> None:
    assert split_target(target) == (path, query)


FOLDS = {
    "as listed": ("/api/sendsms", "/api/sendsms"),
    "case": ("/API/SendSMS.aspx", "/api/sendsms.aspx"),
    "trailing slash": ("/api/sendsms/", "/api/sendsms"),
    "trailing slashes": ("/api/sendsms///", "/api/sendsms"),
    "doubled slashes": ("//api///sendsms", "/api/sendsms"),
    "the root": ("/", "/"),
    "only slashes": ("////", "/"),
    "nothing": ("", "/"),
    "longer than is cached": ("/" + "A" * 300 + "/", "/" + "a" * 300),
}


@pytest.mark.parametrize(("path", "folded"), FOLDS.values(), ids=FOLDS)
def test_fold(path: str, folded: str) -> None:
    assert fold(path) == folded


@given(st.text())
def test_folding_twice_changes_nothing_more(path: str) -> None:
    assert fold(fold(path)) == fold(path)


MENDED = {
    "nothing to mend": (
        b"GET /a?b=c HTTP/1.1\r\nA: \xff\r\n",
        b"GET /a?b=c HTTP/1.1\r\nA: \xff\r\n",
    ),
    "raw UTF-8": ("GET /a?b=é HTTP/1.1\r\n".encode(), b"GET /a?b=%C3%A9 HTTP/1.1\r\n"),
    "raw Latin-1": (b"GET /a?b=\xe9 HTTP/1.1\r\n", b"GET /a?b=%E9 HTTP/1.1\r\n"),
    "a NUL and a tab": (b"GET /a?b=\0\t HTTP/1.1\r\n", b"GET /a?b=%00%09 HTTP/1.1\r\n"),
    "after stray line ends": (b"\r\n\r\nGET /\xe9 HTTP/1.1\r\n", b"\r\n\r\nGET /%E9 HTTP/1.1\r\n"),
    "an unfinished line": (b"GET /\xe9", b"GET /%E9"),
    "only the line": (b"GET /\xe9 HTTP/1.1\r\n\r\n\xe9", b"GET /%E9 HTTP/1.1\r\n\r\n\xe9"),
}


@pytest.mark.parametrize(("head", "mended"), MENDED.values(), ids=MENDED)
def test_mend_line(head: bytes, mended: bytes) -> None:
    assert mend_line(head) == mended


@given(st.binary())
def test_what_is_mended_stays_mended(head: bytes) -> None:
    assert mend_line(mend_line(head)) == mend_line(head)
