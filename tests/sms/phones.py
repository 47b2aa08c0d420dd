"""Other people's readers of what a phone gets: libwbxml's commands, and tshark from SMPP up."""

import re
import struct
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path
from shutil import which

LOOPBACK = bytes((127, 0, 0, 1))


def command(name: str) -> str:
    """Return a command's place; without it a test fails, since a skip would prove nothing."""
    found = which(name)
    assert found, f"{name} is not installed: scripts/debian does it"
    return found


def to_xml(wbxml: bytes, folder: Path) -> ET.Element:
    """Return a document as libwbxml reads it."""
    path = folder / "in.wbxml"
    path.write_bytes(wbxml)
    done = subprocess.run(
        [command("wbxml2xml"), "-o", "-", path], capture_output=True, check=True, timeout=60
    )
    return ET.fromstring(done.stdout)  # noqa: S314  # made by libwbxml a moment ago


def from_xml(document: str, folder: Path, *options: str) -> bytes:
    """Return a document as libwbxml writes it; `-n` leaves string tables out."""
    path = folder / "in.xml"
    path.write_text(document, encoding="utf-8")
    done = subprocess.run(
        [command("xml2wbxml"), *options, "-o", "-", path],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def pushes_seen(user_data: Iterable[bytes], folder: Path) -> list[dict[str, str]]:
    """Return what tshark shows of the pushes in these short messages, sent as submit_sm.

    It follows SMPP, the header's ports, concatenation, WSP and WBXML by itself.
    """
    seen = _dissected(_capture(user_data, 0x04), folder)
    return [_shown(part) for part in seen.split("Wireless Session Protocol, ")[1:]]


def tables_seen(user_data: Iterable[bytes], folder: Path) -> list[tuple[int, int]]:
    """Return the national languages that tshark finds in each header of a text: locking, single.

    A language that is not named is 0.
    """
    seen = _dissected(_capture(user_data, 0x00), folder)
    parts = seen.split("User Data Header Length:")[1:]
    found = (
        re.findall(r"Language \((Locking|Single) Shift\): .*\((\d+)\)", part) for part in parts
    )
    return [
        (int(named.get("Locking", 0)), int(named.get("Single", 0))) for named in map(dict, found)
    ]


def _dissected(capture: bytes, folder: Path) -> str:
    path = folder / "in.pcap"
    path.write_bytes(capture)
    done = subprocess.run(
        [command("tshark"), "-n", "-r", path, "-V", "-O", "smpp,gsm_sms_ud,wsp,wbxml"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode()


def _shown(part: str) -> dict[str, str]:
    """Return the lines of the WBXML rendering by name; values that are cut in two are joined."""
    shown = {"wsp": part.splitlines()[0]}
    name = "text"
    for token in re.findall(r"^ +\d+ \| .+?\| .+?\| .+?\| +(.*)$", part, re.MULTILINE):
        if begun := re.fullmatch(r"([\w-]+)=(?:'(.*)')?", token):
            name = begun[1]
            shown[name] = begun[2] or ""
        elif token == ">":
            name = "text"
        elif value := re.fullmatch(r"'(.*)'|%DateTime: (.*)", token):
            shown[name] = shown.get(name, "") + (value[1] or value[2] or "")
    return shown


def _capture(user_data: Iterable[bytes], data_coding: int) -> bytes:
    """Return a capture file of raw IP packets: one TCP stream to the port of SMPP."""
    capture = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    at = 1
    for number, octets in enumerate(user_data, 1):
        pdu = _submit_sm(octets, number, data_coding)
        tcp = struct.pack(">HHIIBBHHH", 40000, 2775, at, 1, 0x50, 0x18, 65535, 0, 0) + pdu
        length = 20 + len(tcp)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, length, number, 0, 64, 6, 0) + 2 * LOOPBACK + tcp
        capture += struct.pack("<IIII", number, 0, length, length) + ip
        at += len(pdu)
    return capture


def _submit_sm(octets: bytes, number: int, data_coding: int) -> bytes:
    """Return a submit_sm with a user data header, by hand from SMPP 3.4 section 4.4.1."""
    addresses = b"\0" + b"\1\x01100\0" + b"\1\x01200\0"
    flags = bytes((0x40, 0, 0)) + b"\0\0" + bytes((0, 0, data_coding, 0))
    body = addresses + flags + bytes((len(octets),)) + octets
    return struct.pack(">IIII", 16 + len(body), 4, 0, number) + body
