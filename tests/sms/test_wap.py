"""WAP push: the vendors' octets, two other people's readers, and any octets at all."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.sms.udh import Ports, split_udh
from dragoman.sms.wap import (
    PUSH_UDH,
    BrokenPush,
    Load,
    Push,
    Signal,
    UnwritablePush,
    decode_push,
    encode_loading,
    encode_push,
    plain_push,
    read_push,
    segment_push,
)
from tests.sms.phones import from_xml, pushes_seen, to_xml

SI = "02 05 6A 00 45 C6 0B 03 6800 01"  # an indication for "h", up to its text
WSP = "01 06 04 03 AE 81 EA"

# Title, link, other arguments; then the octets behind the WSP header.
INDICATIONS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "http": ("t", "http://h", {}, "02056A0045C6 0C 03 6800 01 03 7400 0101"),
    "http www": ("t", "http://www.h", {}, "02056A0045C6 0D 03 6800 01 03 7400 0101"),
    "https": ("t", "https://h", {}, "02056A0045C6 0E 03 6800 01 03 7400 0101"),
    "https www": ("t", "https://www.h", {}, "02056A0045C6 0F 03 6800 01 03 7400 0101"),
    "another scheme": ("t", "tel:1", {}, "02056A0045C6 0B 03 74656C3A3100 01 03 7400 0101"),
    "prefix in capitals": ("t", "HTTP://WWW.H", {}, "02056A0045C6 0D 03 4800 01 03 7400 0101"),
    "no rest": ("t", "http://www.", {}, "02056A0045C6 0D 03 00 01 03 7400 0101"),
    "domains stay text": (
        "t",
        "http://h.com/",
        {},
        "02056A0045C6 0C 03 682E636F6D2F00 01 03 7400 0101",
    ),
    "utf-8": ("é", "http://ü", {}, "02056A0045C6 0C 03 C3BC00 01 03 C3A900 0101"),
    "loud": ("t", "http://h", {"action": Signal.HIGH}, "02056A0045C6 08 0C036800 01 037400 0101"),
    "taken back": (
        "",
        "http://h",
        {"action": Signal.DELETE, "identifier": "7"},
        "02056A0045C6 09 0C036800 11033700 01 0300 0101",
    ),
    "dates": (
        "t",
        "http://h",
        {"created_us": 930324195_000_000, "expires_us": 930355200_000_000},
        "02056A0045C6 0C036800 0AC30719990625152315 10C30419990626 01 037400 0101",
    ),
}


@pytest.mark.parametrize(("title", "href", "more", "body"), INDICATIONS.values(), ids=INDICATIONS)
def test_indication(title: str, href: str, more: dict[str, Any], body: str) -> None:
    assert encode_push(title, href, **more) == bytes.fromhex(WSP + body)


LOADINGS = {
    "quiet": (encode_loading("http://h"), "01060403B081EA 02066A00 85 09 03 6800 01"),
    "at once": (
        encode_loading("https://www.h", Load.HIGH),
        "01060403B081EA 02066A00 85 06 0C 03 6800 01",
    ),
    "for later": (encode_loading("h", Load.CACHE), "01060403B081EA 02066A00 85 07 08 03 6800 01"),
}


@pytest.mark.parametrize(("made", "octets"), LOADINGS.values(), ids=LOADINGS)
def test_loading(made: bytes, octets: str) -> None:
    assert made == bytes.fromhex(octets)


def test_the_vendors_example_whole() -> None:
    """IntelliSoftware, "Send WAP PUSH Message": the guide's title and link, 87 octets."""
    href = "http://www.intellisoftware.co.uk/images/IntelliSMS.gif"
    made = segment_push(encode_push("The message text", href))
    assert made.user_data == (
        bytes.fromhex(
            "0605040B8423F001060403AE81EA02056A0045C60D03696E74656C6C69736F6674776172652E636F2E756B"
            "2F696D616765732F496E74656C6C69534D532E676966000103546865206D6573736167652074657874000101"
        ),
    )
    assert len(made.user_data[0]) == 87


READ_PUSHES: dict[str, tuple[bytes, bytes, Push | None, bool]] = {
    "title and link": (PUSH_UDH, encode_push("t", "http://h"), Push("t", "http://h"), True),
    "with an action": (
        PUSH_UDH,
        encode_push("t", "http://h", Signal.LOW),
        Push("t", "http://h", Signal.LOW),
        False,
    ),
    "without a title": (PUSH_UDH, encode_push("", "http://h"), Push("", "http://h"), False),
    "another port": (b"\6\5\4\x15\x82\0\0", encode_push("t", "http://h"), None, False),
    "no header": (b"", encode_push("t", "http://h"), None, False),
    "a broken header": (b"\7", encode_push("t", "http://h"), None, False),
    "no push": (PUSH_UDH, b"\1\6", None, False),
}


@pytest.mark.parametrize(
    ("udh", "octets", "push", "is_plain"), READ_PUSHES.values(), ids=READ_PUSHES
)
def test_octets_behind_a_header(
    udh: bytes, octets: bytes, push: Push | None, is_plain: bool
) -> None:
    assert read_push(udh, octets) == push
    assert plain_push(udh, octets) == (push if is_plain else None)


def test_the_room_of_one_segment() -> None:
    """28 octets and the two texts: 112 characters fill one segment, one more makes a second."""
    assert len(segment_push(encode_push("a" * 107, "http://www.e.uk/"))) == 1
    assert len(segment_push(encode_push("a" * 107, "http://www.e.uk/")).user_data[0]) == 140
    assert len(segment_push(encode_push("a" * 108, "http://www.e.uk/"))) == 2


def test_segments_carry_ports_and_numbers() -> None:
    made = segment_push(encode_push("a" * 150, "http://h"), 7)
    for number, octets in enumerate(made.user_data, 1):
        udh, _ = split_udh(octets)
        assert udh.ports == Ports(2948, 9200)
        assert udh.concatenation is not None
        assert udh.concatenation.number == number


UNWRITABLE: dict[str, tuple[str, str, int]] = {
    "NUL in the title": ("a\0b", "http://h", 0),
    "NUL in the link": ("a", "http://h\0", 0),
    "half a pair": ("a\ud83d", "http://h", 0),
    "before the calendar": ("a", "http://h", -(10**18)),
    "after the calendar": ("a", "http://h", 10**18),
}


@pytest.mark.parametrize(("title", "href", "created_us"), UNWRITABLE.values(), ids=UNWRITABLE)
def test_unwritable(title: str, href: str, created_us: int) -> None:
    with pytest.raises(UnwritablePush):
        encode_push(title, href, created_us=created_us)


READ = {
    "content type without a length": ("01 06 01 AE" + SI + "03 7400 0101", Push("t", "h")),
    "content type by name": (
        "01 06 18 6170706C69636174696F6E2F766E642E7761702E73696300" + SI + "03 7400 0101",
        Push("t", "h"),
    ),
    "content type as a long integer": ("01 06 03 02 01 2E" + SI + "03 7400 0101", Push("t", "h")),
    "a quoted length": ("01 06 05 1F 03 AE 81 EA" + SI + "03 7400 0101", Push("t", "h")),
    "charset by name of parameter": (
        "01 06 0B 0A AE 6368617273657400 EA" + SI + "03 7400 0101",
        Push("t", "h"),
    ),
    "charset by its name": ("01 06 08 07 AE 81 7574662D00" + SI + "03 7400 0101", Push("t", "h")),
    "another parameter": ("01 06 04 03 AE 82 80" + SI + "03 7400 0101", Push("t", "h")),
    "more headers": ("01 06 06 03 AE 81 EA AF 82" + SI + "03 7400 0101", Push("t", "h")),
    "WBXML 1.0 has no charset": (
        "01 06 04 03 AE 81 84" + "00 05 00 45 C6 0B03 6800 01 03 E900 0101",
        Push("é", "h"),
    ),
    "charset left open": (
        "01 06 04 03 AE 81 84" + "02 05 00 00 45 C6 0B03 6800 01 03 E900 0101",
        Push("é", "h"),
    ),
    "charset of the document first": (
        WSP + "02 05 04 00 45 C6 0B03 6800 01 03 E900 0101",
        Push("é", "h"),
    ),
    "octets that are not the charset's": (WSP + SI + "03 E900 0101", Push("\ufffd", "h")),
    "public identifier left open": (
        WSP + "02 01 6A 00 45 C6 0B03 6800 01 03 7400 0101",
        Push("t", "h"),
    ),
    "public identifier as text": (
        WSP + "02 00 00 6A 1C 2D2F2F574150464F52554D2F2F44544420534920312E302F2F454E00"
        "45 C6 0B03 6800 01 03 7400 0101",
        Push("t", "h"),
    ),
    "prefix and domain tokens": (
        WSP + "02 05 6A 00 45 C6 0D 03 6100 85 03 6200 01 03 7400 0101",
        Push("t", "http://www.a.com/b"),
    ),
    "every domain": (
        WSP + "02 05 6A 00 45 C6 0B 85 86 87 88 89 01 0101",
        Push("", ".com/.edu/.net/.org/"),
    ),
    "string table": (
        WSP + "02 05 6A 05 68 00 74 69 00 45 C6 0B 83 00 01 83 02 0101",
        Push("ti", "h"),
    ),
    "the end of a string table ends a string": (
        WSP + "02 05 6A 02 68 74 45 C6 0B 83 00 01 83 01 0101",
        Push("t", "ht"),
    ),
    "names as literals": (
        WSP + "02 05 6A 15 7369 00 696E6469636174696F6E 00 68726566 00 7800"
        "44 00 C4 03 04 0E 03 6800 04 13 01 03 7400 0101",
        Push("t", "h"),
    ),
    "entities": (
        WSP + SI + "02 81 20 02 20 02 83 B0 00 02 8F FF FF 7F 0101",
        Push("\xa0 \ufffd\ufffd", "h"),
    ),
    "opaque text": (WSP + SI + "C3 02 C3A9 0101", Push("é", "h")),
    "extensions": (WSP + SI + "40 61 00 80 05 C0 03 7400 0101", Push("t", "h")),
    "extensions in a value": (
        WSP + "02 05 6A 00 45 C6 0B 40 6100 80 05 C0 03 6800 01 03 7400 0101",
        Push("t", "h"),
    ),
    "unknown attribute": (
        WSP + "02 05 6A 00 45 C6 13 03 7800 0B 03 6800 01 03 7400 0101",
        Push("t", "h"),
    ),
    "page of tags": (
        WSP + "02 05 6A 00 45 00 01 05 00 00 C6 0B 03 6800 01 03 7400 0101",
        Push("t", "h"),
    ),
    "page of attributes": (
        WSP + "02 05 6A 00 45 C6 00 01 0B 85 03 7800 00 00 0B 03 6800 01 03 7400 0101",
        Push("t", "h"),
    ),
    "processing instruction": (
        WSP + "02 05 6A 00 43 13 03 7800 01 45 C6 0B 03 6800 01 03 7400 0101",
        Push("t", "h"),
    ),
    "info beside the indication": (
        WSP + "02 05 6A 00 45 47 88 12 03 6300 01 01 C6 0B 03 6800 01 03 7400 01 01",
        Push("t", "h"),
    ),
    "octets after the end": (WSP + SI + "03 7400 0101 FFFF", Push("t", "h")),
    "every attribute": (
        WSP + "02 05 6A 00 45 C6 06 0B036800 1103696400 0AC30719990625152315 10C30419990626"
        "01 03 7400 0101",
        Push("t", "h", Signal.LOW, "id", 930324195_000_000, 930355200_000_000),
    ),
    "a date as text": (
        WSP + "02 05 6A 00 45 C6 0B036800 0A03 313939392D30362D32355431353A32333A31355A00"
        "01 03 7400 0101",
        Push("t", "h", created_us=930324195_000_000),
    ),
    "no link": (WSP + "02 05 6A 00 45 46 03 7400 0101", Push("t", "")),
    "loading": (
        "01 06 01 B0 02 06 6A 00 85 05 0A 03 6100 88 01",
        Push("", "http://www.a.org/", Load.LOW),
    ),
}


@pytest.mark.parametrize(("octets", "push"), READ.values(), ids=READ)
def test_read_what_others_write(octets: str, push: Push) -> None:
    assert decode_push(bytes.fromhex(octets)) == push


BROKEN = {
    "nothing": ("", "1 octets wanted"),
    "another PDU": ("01 04 01 AE", "0x04 is no push"),
    "headers cut off": ("01 06 04 03 AE", "4 octets wanted"),
    "another content type": ("01 06 01 83" + SI, "content type 3"),
    "another content type by name": ("01 06 03 78 2F 00" + SI, "content type 'x/'"),
    "a name without an end": ("01 06 01 78", "has no end"),
    "a number without an end": ("01 06 FF FF FF FF FF", "longer than 5 octets"),
    "no document": (WSP, "1 octets wanted"),
    "WBXML 2": (WSP + "10 05 6A 00", "version octet 0x10"),
    "charset": (WSP + "02 05 87 68 00", "charset 1000"),
    "another document type": (WSP + "02 04 6A 00", "public identifier 4"),
    "another document type by name": (WSP + "02 00 00 6A 01 78", "public identifier 'x'"),
    "index beyond the table": (WSP + "02 05 6A 00 45 83 00", "index 0"),
    "no element": (WSP + "02 05 6A 00 05", "neither"),
    "end before a start": (WSP + "02 05 6A 00 01", "outside of any element"),
    "text before a start": (WSP + "02 05 6A 00 03 6100", "outside of any element"),
    "no end": (WSP + SI + "03 7400", "1 octets wanted"),
    "value of no attribute": (WSP + "02 05 6A 00 85 85 01", "0x85 of no attribute"),
    "a tag's token in a value": (WSP + "02 05 6A 00 C6 0B 43 01", "0x43 among text"),
    "a literal tag in a value": (WSP + "02 05 6A 00 C6 0B 84 01", "0x84 among text"),
    "an action of another type": (
        WSP + "02 05 6A 07 616374696F6E00 45 C6 04 00 03 6100 01 01 01",
        "action 'a'",
    ),
    "no date": (WSP + "02 05 6A 00 45 C6 0A C302 1999 13 01 0101", None),
    "a month too many": (WSP + "02 05 6A 00 45 C6 0A C303 199913 01 0101", "created '199913'"),
}


@pytest.mark.parametrize(("octets", "says"), BROKEN.values(), ids=BROKEN)
def test_broken(octets: str, says: str | None) -> None:
    with pytest.raises(BrokenPush, match=says):
        decode_push(bytes.fromhex(octets))


def test_depth_is_no_danger() -> None:
    with pytest.raises(BrokenPush, match="1 octets wanted"):
        decode_push(bytes.fromhex(WSP + "02056A00") + b"\x45" * 100_000)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
hrefs = st.builds(str.__add__, st.sampled_from(("", "http://", "https://www.", "x:")), texts)
moments = st.none() | st.integers(-2_000_000_000, 30_000_000_000).map(lambda s: s * 1_000_000)
indications = st.builds(Push, texts, hrefs, st.sampled_from(Signal), texts, moments, moments)
loadings = st.builds(Push, st.just(""), hrefs, st.sampled_from(Load))


def encoded(push: Push) -> bytes:
    if isinstance(push.action, Load):
        return encode_loading(push.href, push.action)
    return encode_push(
        push.title,
        push.href,
        push.action,
        identifier=push.identifier,
        created_us=push.created_us,
        expires_us=push.expires_us,
    )


@given(indications | loadings)
def test_what_is_written_is_read(push: Push) -> None:
    read = decode_push(encoded(push))
    assert read.href.lower() == push.href.lower()
    assert read == Push(
        push.title, read.href, push.action, push.identifier, push.created_us, push.expires_us
    )


@given(st.binary(max_size=60) | st.binary(max_size=60).map(bytes.fromhex(WSP + SI).__add__))
def test_any_octets_are_a_push_or_broken(octets: bytes) -> None:
    try:
        push = decode_push(octets)
    except BrokenPush:
        return
    assert isinstance(push, Push)


PUSHES = {
    "plain": Push("The message text", "http://www.intellisoftware.co.uk/images/IntelliSMS.gif"),
    "everything": Push(
        "Köln & <b> 中 😀",
        "https://www.example.com/a?b=1&c",
        Signal.HIGH,
        "id-1",
        930324195_000_000,
        946684800_000_000,
    ),
    "long": Push("a" * 150, "http://example.org/" + "b" * 150),
    "silent": Push("t", "tel:+4479", Signal.NONE),
    "removed": Push("t", "https://h/", Signal.DELETE, "7"),
    "loading": Push("", "http://h.edu/x", Load.HIGH),
    "cached": Push("", "https://www.h.net/x", Load.CACHE),
}


def as_words(push: Push, *, prefix: str = "") -> dict[str, str]:
    """Return a push in the words of its document type, defaults left out."""
    dates = {930324195_000_000: "1999-06-25T15:23:15Z", 946684800_000_000: "2000-01-01T00:00:00Z"}
    words = {
        "text": push.title,
        "action": "" if push.action is Signal.MEDIUM else push.action.value,
        "href": push.href,
        "si-id": push.identifier,
        "created": dates[push.created_us] if push.created_us else "",
        "si-expires": dates[push.expires_us] if push.expires_us else "",
    }
    return {name: word for name, word in words.items() if word}


@pytest.mark.parametrize("push", PUSHES.values(), ids=PUSHES)
def test_libwbxml_reads_it(push: Push, tmp_path: Path) -> None:
    root = to_xml(encoded(push)[7:], tmp_path)
    element = root if root.tag == "sl" else root[0]
    seen = {"text": (element.text or "").strip("\n"), **element.attrib}
    assert {name: word for name, word in seen.items() if word} == as_words(push)


def test_a_network_analyser_reads_them_out_of_smpp(tmp_path: Path) -> None:
    made = [segment_push(encoded(push), number) for number, push in enumerate(PUSHES.values())]
    assert [len(segments) for segments in made] == [1, 1, 3, 1, 1, 1, 1]
    shown = pushes_seen([octets for each in made for octets in each.user_data], tmp_path)
    types = ["slc" if isinstance(push.action, Load) else "sic" for push in PUSHES.values()]
    assert [push.pop("wsp") for push in shown] == [
        f"Method: Push (0x06), Content-Type: application/vnd.wap.{name}" for name in types
    ]
    assert shown == [as_words(push) for push in PUSHES.values()]


WRITTEN = {
    "as it likes": (),
    "without string tables": ("-n",),
    "WBXML 1.1": ("-v", "1.1"),
    "WBXML 1.3": ("-v", "1.3"),
}


@pytest.mark.parametrize("options", WRITTEN.values(), ids=WRITTEN)
def test_what_libwbxml_writes_is_read(options: tuple[str, ...], tmp_path: Path) -> None:
    document = (
        '<?xml version="1.0"?>'
        '<!DOCTYPE si PUBLIC "-//WAPFORUM//DTD SI 1.0//EN" "http://www.wapforum.org/DTD/si.dtd">'
        '<si><indication href="http://www.example.com/example.com/?a=1&amp;b=example"'
        ' si-id="example" action="signal-low" created="1999-06-25T15:23:15Z">'
        "An example, K&#246;ln, example</indication></si>"
    )
    body = from_xml(document, tmp_path, *options)
    assert decode_push(bytes.fromhex(WSP) + body) == Push(
        "An example, Köln, example",
        "http://www.example.com/example.com/?a=1&b=example",
        Signal.LOW,
        "example",
        930324195_000_000,
    )
