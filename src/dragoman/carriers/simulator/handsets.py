"""The phones behind an SMSC: how each one behaves, and what it shows.

A phone is its number.  What it does is said by `behave`, or else by the last digits of its
number, so that whoever can only choose a number can choose a fate.
"""

from collections.abc import Iterable

import msgspec

from dragoman.model.submissions import Alphabet
from dragoman.protocols.smpp.pdus import SubmitSm, Tlv
from dragoman.protocols.smpp.statuses import CommandStatus
from dragoman.protocols.smpp.tlvs import Tag, find
from dragoman.sms import national, wap
from dragoman.sms.alphabets import decode
from dragoman.sms.coding import MessageClass, decode_data_coding
from dragoman.sms.receipts import ReceiptState
from dragoman.sms.udh import BrokenUdh, Concatenation, Ports, Udh, split_udh

UDH_INDICATOR = 0x40
MOST_BEGUN = 1000  # long messages that may lack a segment at once; then the oldest is forgotten
HOW_TO_SHOW = {Tag.dest_addr_subunit, Tag.message_payload}
ON_DISPLAY = b"\x01"  # dest_addr_subunit, SMPP 3.4 section 5.3.2.1


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a message to a handset.

    `state` is what the receipt says, `error` the code in it; without `reports` there is none.
    A `status` other than 0 refuses the submit_sm itself.  `reply` is what the subscriber answers.
    """

    state: ReceiptState = ReceiptState.DELIVERED
    error: str = "000"
    delay_s: float = 0.0
    reports: bool = True
    status: int = 0
    reply: str = ""
    reply_delay_s: float = 0.0


DELIVERED = Behaviour()
UNDELIVERABLE = Behaviour(state=ReceiptState.UNDELIVERABLE, error="001")
EXPIRED = Behaviour(state=ReceiptState.EXPIRED, error="027")
REJECTED = Behaviour(state=ReceiptState.REJECTED, error="012")
NO_RECEIPT = Behaviour(reports=False)
SLOW = Behaviour(delay_s=5.0)
REFUSED = Behaviour(status=int(CommandStatus.ESME_RINVDSTADR))
OUT_OF_ORDER = Behaviour(status=int(CommandStatus.ESME_RSYSERR))
AGREES = Behaviour(reply="Yes please")
STOPS = Behaviour(reply="STOP")

# The last six digits of a number; every other number is delivered.
ENDING_DIGITS = 6
ENDINGS = {
    "990000": DELIVERED,
    "990001": UNDELIVERABLE,
    "990002": EXPIRED,
    "990003": REJECTED,
    "990004": NO_RECEIPT,
    "990005": SLOW,
    "990006": REFUSED,
    "990007": OUT_OF_ORDER,
    "990008": AGREES,
    "990009": STOPS,
}


class Shown(msgspec.Struct, frozen=True):
    """A message as the subscriber sees it; one that lacks a segment is not shown yet."""

    sender: str
    text: str
    segments: int
    is_flash: bool
    ports: Ports | None
    octets: bytes  # user data of all segments, headers taken off
    shifts: national.Shifts = national.PLAIN  # the tables that the first segment names
    tlvs: tuple[Tlv, ...] = ()  # of the first segment, beside those that say how to show it
    push: wap.Push | None = None  # then the text is its title and its link


class Handsets:
    """All phones of a network."""

    def __init__(self) -> None:
        self._behaviours: dict[str, Behaviour] = {}

    def behave(self, number: str, behaviour: Behaviour) -> None:
        """Set how a number behaves from now on."""
        self._behaviours[number.removeprefix("+")] = behaviour

    def behaviour(self, number: str) -> Behaviour:
        """Give how a number behaves."""
        said = self._behaviours.get(number) if self._behaviours else None
        return said or ENDINGS.get(number[-ENDING_DIGITS:], DELIVERED)


class Piece(msgspec.Struct, frozen=True):
    """One submit_sm taken apart."""

    udh: Udh
    octets: bytes

    @property
    def concatenation(self) -> Concatenation | None:
        """Which segment of which message this is, if it is one of several."""
        return self.udh.concatenation


def piece_of(pdu: SubmitSm) -> Piece:
    """Take the user data of a submit_sm apart; a broken header is shown as text."""
    octets = pdu.short_message or find(pdu.tlvs, Tag.message_payload) or b""
    if pdu.esm_class & UDH_INDICATOR:
        try:
            return Piece(*split_udh(octets))
        except BrokenUdh:
            pass
    return Piece(Udh(), octets)


class Gatherer:
    """Keeps the segments of long messages until each is whole, for all handsets of a network."""

    def __init__(self) -> None:
        self._begun: dict[tuple[bytes, bytes, int, int], dict[int, tuple[SubmitSm, Piece]]] = {}

    def take(self, pdu: SubmitSm) -> Shown | None:
        """Give what the handset shows now; None while a segment is missing."""
        piece = piece_of(pdu)
        place = piece.concatenation
        if place is None:
            return _show([(pdu, piece)])
        key = pdu.destination_addr, pdu.source_addr, place.reference, place.total
        segments = self._begun.setdefault(key, {})
        segments[place.number] = pdu, piece
        if len(segments) < place.total:
            if len(self._begun) > MOST_BEGUN:
                del self._begun[next(iter(self._begun))]
            return None
        del self._begun[key]
        return _show([segments[number] for number in sorted(segments)])


def screen(pdus: Iterable[SubmitSm]) -> list[Shown]:
    """Give what a handset shows after these, in the order in which messages became whole."""
    gatherer = Gatherer()
    return [shown for pdu in pdus if (shown := gatherer.take(pdu)) is not None]


def _show(segments: list[tuple[SubmitSm, Piece]]) -> Shown:
    first, first_piece = segments[0]
    octets = b"".join(piece.octets for _, piece in segments)
    ports = first_piece.udh.ports
    push = _push(octets, ports)
    return Shown(
        first.source_addr.decode("latin-1"),
        "\n".join(filter(None, (push.title, push.href))) if push else _text(segments, octets),
        len(segments),
        is_flash(first),
        ports,
        octets,
        national.shifts_of(first_piece.udh),
        tuple((tag, value) for tag, value in first.tlvs if tag not in HOW_TO_SHOW),
        push,
    )


def _text(segments: list[tuple[SubmitSm, Piece]], octets: bytes) -> str:
    """Give the text; each segment names its own tables, what names none is read as a whole."""
    if all(national.shifts_of(piece.udh) == national.PLAIN for _, piece in segments):
        return readable(octets, segments[0][0].data_coding)
    return "".join(piece_text(piece, pdu.data_coding) for pdu, piece in segments)


def _push(octets: bytes, ports: Ports | None) -> wap.Push | None:
    """Give the push that waits on its port; one that is broken is shown as octets."""
    if ports is None or ports.destination != wap.PUSH_PORT:
        return None
    try:
        return wap.decode_push(octets)
    except wap.BrokenPush:
        return None


def is_flash(pdu: SubmitSm) -> bool:
    """Tell whether a message goes to the display at once, by its class or by its subunit."""
    if decode_data_coding(pdu.data_coding).message_class is MessageClass.FLASH:
        return True
    return find(pdu.tlvs, Tag.dest_addr_subunit) == ON_DISPLAY


def piece_text(piece: Piece, data_coding: int) -> str:
    """Give one segment as text, read in the national tables that its header names."""
    shifts = national.shifts_of(piece.udh)
    if shifts == national.PLAIN or decode_data_coding(data_coding).alphabet is not Alphabet.GSM7:
        return readable(piece.octets, data_coding)
    return national.decode(piece.octets, shifts)


def on_display(shown: Shown) -> str:
    """Give in one line what a person sees on the phone."""
    if shown.push is not None and isinstance(shown.push.action, wap.Load):
        return f"push that opens {shown.push.href} unasked"
    if shown.push is not None:
        return f'push "{shown.push.title}" {shown.push.href}'
    if shown.ports is not None:
        return f"{len(shown.octets)} octets for port {shown.ports.destination}: {shown.text}"
    tables = [language.name.title() for language in shown.shifts.named().values()]
    written = f", in {' and '.join(dict.fromkeys(tables))} tables" if tables else ""
    return f"{'flash ' if shown.is_flash else ''}{shown.text!r}{written}"


def tlv_words(tlvs: Iterable[Tlv]) -> dict[str, str]:
    """Give optional parameters by tag: text without its NUL, or else hexadecimal."""
    return {f"0x{tag:04X}": _tlv_text(value) for tag, value in tlvs}


def _tlv_text(value: bytes) -> str:
    text = value.removesuffix(b"\0")
    return text.decode() if text.isascii() and text.decode().isprintable() and text else value.hex()


def readable(octets: bytes, data_coding: int) -> str:
    """Give user data as text; what is no text is shown in hexadecimal."""
    alphabet = decode_data_coding(data_coding).alphabet
    return octets.hex() if alphabet is Alphabet.BINARY else decode(octets, alphabet)
