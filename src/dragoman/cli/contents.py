"""What `send` and `preview` are asked to send: a text, flash, a link for a handset, or octets."""

import sys

import msgspec

from dragoman.cli.frame import Refused
from dragoman.model.submissions import Alphabet, Content
from dragoman.sms.udh import BrokenUdh, decode_udh
from dragoman.sms.wap import PUSH_UDH, UnwritablePush, encode_loading, encode_push

SCHEMES = ("http://", "https://")


class Form(msgspec.Struct, frozen=True):
    """What the options make of the text on the command line."""

    flash: bool = False
    link: str = ""
    loads: bool = False  # the link is opened unasked, and has no title
    octets: bool = False  # the text is hexadecimal
    udh: str = ""


PLAIN = Form()


def text_of(argument: str) -> str:
    """Give the text of an argument; `-` is stdin, without the line end that `echo` puts there."""
    if argument != "-":
        return argument
    return sys.stdin.read().removesuffix("\n").removesuffix("\r")


def content_of(text: str, form: Form) -> Content:
    """Give the content that is wished for; Refused says which options do not go together."""
    if sum((form.flash, bool(form.link), form.octets)) > 1:
        raise Refused("--flash, --link and --octets are three kinds of message: give one of them")
    if form.udh and not form.octets:
        raise Refused("--udh is the header of octets: give --octets, too")
    if form.loads and not form.link:
        raise Refused("--load needs the --link that is opened")
    if form.link:
        return _push(text, form)
    return _octets(text, form) if form.octets else Content(text, flash=form.flash)


def _push(title: str, form: Form) -> Content:
    if not form.link.lower().startswith(SCHEMES):
        raise Refused(f"--link must begin with http:// or https://, not {form.link!r}")
    if form.loads and title:
        raise Refused("a link that is opened unasked has no title: write '' as TEXT")
    try:
        octets = encode_loading(form.link) if form.loads else encode_push(title, form.link)
    except UnwritablePush as error:
        raise Refused(str(error)) from None
    shown = form.link if form.loads else f"{title}\n{form.link}"
    return Content(shown, Alphabet.BINARY, udh=PUSH_UDH, octets=octets)


def _octets(text: str, form: Form) -> Content:
    octets, udh = _from_hex("TEXT", text), _from_hex("--udh", form.udh)
    if not octets:
        raise Refused("there are no octets")
    try:
        if udh:
            decode_udh(udh)
    except BrokenUdh as error:
        raise Refused(f"--udh is no user data header: {error}") from None
    return Content("", Alphabet.BINARY, udh=udh, octets=octets, max_segments=1)


def _from_hex(name: str, digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise Refused(f"{name} must be pairs of hexadecimal digits, not {digits!r}") from None
