"""What the simulator's phones show of each kind of message."""

from random import Random

import msgspec
import pytest

from dragoman.carriers.simulator.control import on_screen
from dragoman.carriers.simulator.handsets import MOST_BEGUN, Gatherer, on_display, screen
from dragoman.model.submissions import Alphabet
from dragoman.protocols.smpp.pdus import SubmitSm
from dragoman.sms import national
from dragoman.sms.coding import encode_data_coding
from dragoman.sms.national import Shifts
from dragoman.sms.national_tables import Language
from dragoman.sms.segments import segment
from dragoman.sms.udh import Ports, encode_udh
from dragoman.sms.wap import Push, encode_loading, encode_push, segment_push

TEXTS = {
    "short": "Hello",
    "with an extension": "100 € [net]",
    "Cyrillic": "Привет",
    "an emoji": "Well done 🎉",
    "three segments": "A long story, told in more than one breath. " * 9,
    "long, with emoji at the seams": "🎉" * 120,
    "empty": "",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_handset_shows_the_text_whatever_the_order_of_its_segments(text: str) -> None:
    cut = segment(text, reference=77)
    pdus = [
        SubmitSm(
            source_addr=b"ACME",
            esm_class=0x40 if cut.udh_octets else 0,
            data_coding=encode_data_coding(cut.alphabet),
            short_message=octets,
        )
        for octets in cut.user_data
    ]
    Random(4).shuffle(pdus)
    (shown,) = screen([*pdus, *pdus[:-1]])
    assert (shown.sender, shown.text, shown.segments) == ("ACME", text, len(cut))
    assert not shown.is_flash


def test_a_handset_shows_nothing_of_a_message_that_lacks_a_segment() -> None:
    cut = segment("x" * 400, reference=77)
    pdus = [SubmitSm(esm_class=0x40, short_message=octets) for octets in cut.user_data]
    assert screen(pdus[:-1]) == []


def test_a_handset_tells_flash_ports_and_octets() -> None:
    flash = SubmitSm(data_coding=0xF0, short_message=b"now")
    push = SubmitSm(
        esm_class=0x40,
        data_coding=encode_data_coding(Alphabet.BINARY),
        short_message=encode_udh([Ports(2948, 9200)]) + b"\x01\xff",
    )
    first, second = screen([flash, push])
    assert (first.text, first.is_flash) == ("now", True)
    assert (second.text, second.ports, second.octets) == ("01ff", Ports(2948, 9200), b"\x01\xff")


def binary(udh: str, octets: bytes) -> SubmitSm:
    header = bytes.fromhex(udh)
    return SubmitSm(esm_class=0x40, data_coding=0x04, short_message=header + octets)


def test_a_handset_reads_the_title_and_the_link_of_a_push() -> None:
    octets = encode_push("Look here", "https://www.e.uk/" + "a" * 200)
    pdus = [
        SubmitSm(esm_class=0x40, data_coding=0x04, short_message=user_data)
        for user_data in segment_push(octets, 7).user_data
    ]
    [shown] = screen(reversed(pdus))
    assert shown.push == Push("Look here", "https://www.e.uk/" + "a" * 200)
    assert (shown.text, shown.segments) == ("Look here\nhttps://www.e.uk/" + "a" * 200, 2)
    assert on_screen(shown) == {
        "from": "",
        "text": shown.text,
        "segments": 2,
        "flash": False,
        "port": 2948,
        "octets": octets.hex(),
        "title": "Look here",
        "link": "https://www.e.uk/" + "a" * 200,
        "action": "signal-medium",
    }


def test_a_handset_puts_octets_together_that_a_customer_numbered() -> None:
    """And what is broken, or for another port, it shows as octets."""
    ports = "05 04 15 82 00 00"
    pdus = [
        binary(f"0B {ports} 00 03 AB 02 02", b"\xff"),
        binary(f"0B {ports} 00 03 AB 02 01", b"\0"),
        binary("06 05 04 0B 84 23 F0", b"\1\6"),
    ]
    logo, broken = screen(pdus)
    assert (logo.text, logo.ports, logo.segments) == ("00ff", Ports(0x1582), 2)
    assert (broken.text, broken.ports, broken.push) == ("0106", Ports(2948, 9200), None)
    assert on_screen(logo) | {"text": ""} == {
        "from": "",
        "text": "",
        "segments": 2,
        "flash": False,
        "port": 0x1582,
        "octets": "00ff",
    }


SUBUNITS = {"display": (b"\x01", True), "mobile": (b"\x02", False)}


@pytest.mark.parametrize(("value", "is_flash"), SUBUNITS.values(), ids=SUBUNITS)
def test_flash_by_its_subunit(value: bytes, is_flash: bool) -> None:
    pdu = SubmitSm(data_coding=0x03, short_message=b"\xe7a", tlvs=((0x0005, value),))
    [shown] = screen([pdu])
    assert (shown.text, shown.is_flash) == ("ça", is_flash)


def tabled(text: str, shifts: Shifts, data_coding: int = 0x00) -> list[SubmitSm]:
    cut = national.segment(text, shifts, 9)
    return [
        SubmitSm(esm_class=0x40, data_coding=data_coding, short_message=octets)
        for octets in cut.user_data
    ]


TURKISH = Shifts(Language.TURKISH, Language.SPANISH)
DISPLAYS = {
    "text": ([SubmitSm(short_message=b"it's on")], '"it\'s on"', {}),
    "flash": ([SubmitSm(data_coding=0x10, short_message=b"now")], "flash 'now'", {"flash": True}),
    "binary": (
        [binary("06 05 04 15 82 00 00", b"\x30\x39")],
        "2 octets for port 5506: 3039",
        {"port": 5506, "octets": "3039"},
    ),
    "push": (
        [binary("06 05 04 0B 84 23 F0", encode_push("Look", "http://e.uk/a"))],
        'push "Look" http://e.uk/a',
        {"port": 2948, "title": "Look", "link": "http://e.uk/a", "action": "signal-medium"},
    ),
    "push that is opened": (
        [binary("06 05 04 0B 84 23 F0", encode_loading("http://e.uk/a"))],
        "push that opens http://e.uk/a unasked",
        {"text": "http://e.uk/a", "title": "", "link": "http://e.uk/a", "action": "execute-low"},
    ),
    "national tables": (
        tabled("şığ \u00f3", TURKISH),
        "'şığ ó', in Turkish and Spanish tables",
        {"text": "şığ ó", "tables": {"locking": "turkish", "single": "spanish"}},
    ),
    "national tables, flash, long": (
        tabled("ş" * 100, Shifts(single=Language.TURKISH), 0x10),
        f"flash '{'ş' * 100}', in Turkish tables",
        {"flash": True, "segments": 2, "tables": {"single": "turkish"}},
    ),
    "tables are for septets": (
        [SubmitSm(esm_class=0x40, data_coding=0x08, short_message=b"\x03\x24\x01\x01\x04\x16")],
        "'Ж', in Turkish tables",
        {"text": "Ж"},
    ),
}


@pytest.mark.parametrize(("pdus", "line", "told"), DISPLAYS.values(), ids=DISPLAYS)
def test_a_handset_shows_each_kind_as_a_phone_would(
    pdus: list[SubmitSm], line: str, told: dict[str, object]
) -> None:
    [shown] = screen(pdus)
    assert on_display(shown) == line
    assert on_screen(shown) | told == on_screen(shown)


def test_segments_that_never_come_do_not_fill_the_memory() -> None:
    gatherer = Gatherer()
    cut = segment("x" * 300, reference=1)
    first, last = (SubmitSm(esm_class=0x40, short_message=octets) for octets in cut.user_data)
    for number in range(MOST_BEGUN + 1):
        sender = b"%d" % number
        assert gatherer.take(msgspec.structs.replace(first, source_addr=sender)) is None
    assert gatherer.take(msgspec.structs.replace(last, source_addr=b"0")) is None
    assert gatherer.take(msgspec.structs.replace(last, source_addr=b"2")) is not None
