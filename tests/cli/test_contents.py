"""Every kind of message from the command line: what it becomes, and which options quarrel."""

from pathlib import Path

import msgspec
import pytest

from dragoman.cli.contents import PLAIN, Form, content_of
from dragoman.cli.frame import Refused
from dragoman.model.submissions import Alphabet, Content
from dragoman.sms.wap import PUSH_UDH, encode_loading, encode_push
from tests.cli.conftest import Run

LINK = "http://e.uk/a"
LOGO = bytes.fromhex("06050415820000")


def raw(text: str, udh: bytes, octets: bytes, **more: int) -> Content:
    return Content(text, Alphabet.BINARY, udh=udh, octets=octets, **more)  # type: ignore[arg-type]


KINDS = {
    "text": ("Hi", PLAIN, Content("Hi")),
    "flash": ("Hi", Form(flash=True), Content("Hi", flash=True)),
    "link": ("Look", Form(link=LINK), raw(f"Look\n{LINK}", PUSH_UDH, encode_push("Look", LINK))),
    "link, opened": ("", Form(link=LINK, loads=True), raw(LINK, PUSH_UDH, encode_loading(LINK))),
    "octets": ("30 39", Form(octets=True), raw("", b"", b"09", max_segments=1)),
    "octets with a header": (
        "3039",
        Form(octets=True, udh=LOGO.hex()),
        raw("", LOGO, b"09", max_segments=1),
    ),
}


@pytest.mark.parametrize(("text", "form", "content"), KINDS.values(), ids=KINDS)
def test_content(text: str, form: Form, content: Content) -> None:
    assert content_of(text, form) == content


QUARRELS = {
    "two kinds": ("Hi", Form(flash=True, link=LINK), "three kinds of message"),
    "a header without octets": ("Hi", Form(udh="00"), "give --octets, too"),
    "nothing to open": ("", Form(loads=True), "needs the --link"),
    "a title that nobody sees": ("Hi", Form(link=LINK, loads=True), "has no title"),
    "another scheme": ("Hi", Form(link="ftp://e.uk"), "must begin with http:// or https://"),
    "a NUL in the title": ("a\0", Form(link=LINK), "NUL"),
    "no octets": ("", Form(octets=True), "no octets"),
    "odd digits": ("303", Form(octets=True), "TEXT must be pairs of hexadecimal digits"),
    "a header of another length": ("30", Form(octets=True, udh="0500"), "no user data header"),
}


@pytest.mark.parametrize(("text", "form", "says"), QUARRELS.values(), ids=QUARRELS)
def test_what_does_not_go_together(text: str, form: Form, says: str) -> None:
    with pytest.raises(Refused, match=says):
        content_of(text, form)


def test_kinds_are_sent_and_told(run: Run, world: Path) -> None:
    to = ("alice", "+447700900123")
    for told in (
        run("send", *to, "Now", "--flash"),
        run("send", *to, "Look", "--link", LINK),
        run("send", *to, "", "--link", LINK, "--load"),
        run("send", *to, "3039", "--octets", "--udh", LOGO.hex()),
    ):
        assert (told.code, told.err) == (0, "")
    lives = [run("status", str(number)).steady for number in (1, 2, 3, 4)]
    assert "GSM 7-bit, 3 characters, 1 segment, flash, receipt wanted" in lives[0]
    assert f'"Look {LINK}"' in lives[1]
    assert f'"{LINK}"' in lives[2]
    assert "3039" in lives[3]
    assert "2 octets behind header 06050415820000" in lives[3]


def test_a_long_push_is_previewed_in_segments(run: Run, world: Path) -> None:
    asked = ("preview", "--account", "alice", "--to", "+447700900123")
    told = run(*asked, "x" * 120, "--link", LINK, "--json")
    assert msgspec.json.decode(told.out)["recipients"][0]["form"]["segments"] == 2
    long = run(*asked, "00" * 141, "--octets")
    assert (long.code, "too long" in long.out) == (1, True)
