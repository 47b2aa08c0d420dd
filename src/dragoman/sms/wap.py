"""WAP push: a title and a link that a handset offers to open, or opens by itself.

Writes Service Indication and Service Loading behind a connectionless WSP push header, in
prefix tokens and inline strings only; reads what other encoders write as well.  Knows nothing
of what a dialect allows.
Source: WAP-167 (Service Indication) section 8, WAP-168 (Service Loading) section 8,
WAP-230-WSP section 8.2.4.1 and appendix A.
"""

from calendar import timegm
from datetime import UTC, datetime, timedelta
from enum import Enum

import msgspec

from dragoman.sms.segments import Segments, segment_octets
from dragoman.sms.udh import BrokenUdh, Ports, decode_udh, encode_elements
from dragoman.sms.wbxml import END, OPAQUE, STR_I, BrokenWbxml, Cursor, Vocabulary, decode_wbxml

PUSH_PORT = 2948
PUSH_ELEMENTS = encode_elements([Ports(PUSH_PORT, 9200)])
PUSH_UDH = bytes((len(PUSH_ELEMENTS),)) + PUSH_ELEMENTS


class BrokenPush(ValueError):
    """Octets that are no WAP push, or one of a kind that is not read here."""


class UnwritablePush(ValueError):
    """A title, link or date that WBXML has no form for."""


class Signal(Enum):
    """How loudly an indication is shown; the words of its document type."""

    NONE = "signal-none"
    LOW = "signal-low"
    MEDIUM = "signal-medium"
    HIGH = "signal-high"
    DELETE = "delete"  # takes an earlier one with the same identifier away


class Load(Enum):
    """What is done with a link that is loaded unasked; the words of its document type."""

    LOW = "execute-low"
    HIGH = "execute-high"
    CACHE = "cache"


class Push(msgspec.Struct, frozen=True):
    """What a handset reads in a push; `action` tells an indication from a loading.

    A loading has no title, and neither has to have an identifier or dates.
    """

    title: str
    href: str
    action: Signal | Load = Signal.MEDIUM
    identifier: str = ""
    created_us: int | None = None
    expires_us: int | None = None


_PREFIXES = ("http://", "http://www.", "https://", "https://www.")
_DOMAINS = {0x85: ".com/", 0x86: ".edu/", 0x87: ".net/", 0x88: ".org/"}
_SIGNALS = {Signal.NONE: 5, Signal.LOW: 6, Signal.MEDIUM: 7, Signal.HIGH: 8, Signal.DELETE: 9}
_LOADS = {Load.LOW: 5, Load.HIGH: 6, Load.CACHE: 7}
_CREATED, _EXPIRES, _IDENTIFIER = 0x0A, 0x10, 0x11
_INDICATION_HREF, _LOADING_HREF = 0x0B, 0x08  # the prefixes have the four codes that follow

_INDICATION = Vocabulary(
    {5: "si", 6: "indication", 7: "info", 8: "item"},
    {
        **{code: ("action", signal.value) for signal, code in _SIGNALS.items()},
        **{_INDICATION_HREF + n: ("href", text) for n, text in enumerate(("", *_PREFIXES))},
        _CREATED: ("created", ""),
        _EXPIRES: ("si-expires", ""),
        _IDENTIFIER: ("si-id", ""),
        0x12: ("class", ""),
    },
    _DOMAINS,
)
_LOADING = Vocabulary(
    {5: "sl"},
    {
        **{code: ("action", load.value) for load, code in _LOADS.items()},
        **{_LOADING_HREF + n: ("href", text) for n, text in enumerate(("", *_PREFIXES))},
    },
    _DOMAINS,
)
_INDICATION_ID, _LOADING_ID = 5, 6
_VOCABULARIES: dict[int | str, Vocabulary] = {
    _INDICATION_ID: _INDICATION,
    _LOADING_ID: _LOADING,
    "-//WAPFORUM//DTD SI 1.0//EN": _INDICATION,
    "-//WAPFORUM//DTD SL 1.0//EN": _LOADING,
}
# Content types by WSP's numbers and by name; a document that leaves its own type open has this.
_PUBLIC_IDS: dict[int | str, int] = {
    0x2E: _INDICATION_ID,
    0x30: _LOADING_ID,
    "application/vnd.wap.sic": _INDICATION_ID,
    "application/vnd.wap.slc": _LOADING_ID,
}

_PDU_PUSH = 0x06
# Transaction 1, push, 4 octets of headers: a content type of 3 octets with its charset, UTF-8.
_INDICATION_START = bytes.fromhex("01 06 04 03 AE 81 EA") + bytes.fromhex("02 05 6A 00")
_LOADING_START = bytes.fromhex("01 06 04 03 B0 81 EA") + bytes.fromhex("02 06 6A 00")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encode_push(
    title: str,
    href: str,
    action: Signal = Signal.MEDIUM,
    *,
    identifier: str = "",
    created_us: int | None = None,
    expires_us: int | None = None,
) -> bytes:
    """Return a Service Indication, from the WSP header on; raises UnwritablePush.

    The default action is left out, as the document type allows.  Dates are cut to seconds.
    """
    attributes = b"" if action is Signal.MEDIUM else bytes((_SIGNALS[action],))
    attributes += _href(href, _INDICATION_HREF)
    if identifier:
        attributes += bytes((_IDENTIFIER,)) + _inline(identifier)
    if created_us is not None:
        attributes += bytes((_CREATED,)) + _date(created_us)
    if expires_us is not None:
        attributes += bytes((_EXPIRES,)) + _date(expires_us)
    # <si> with content; <indication> with attributes and content; both end.
    return (
        _INDICATION_START + b"\x45\xc6" + attributes + b"\x01" + _inline(title) + bytes((END, END))
    )


def encode_loading(href: str, action: Load = Load.LOW) -> bytes:
    """Return a Service Loading, from the WSP header on; raises UnwritablePush."""
    attributes = b"" if action is Load.LOW else bytes((_LOADS[action],))
    return _LOADING_START + b"\x85" + attributes + _href(href, _LOADING_HREF) + bytes((END,))


def segment_push(push: bytes, reference: int = 0, *, wide: bool = False) -> Segments:
    """Return a push cut into segments that go to the port where handsets wait for it."""
    return segment_octets(push, reference, elements=PUSH_ELEMENTS, wide=wide)


def decode_push(octets: bytes) -> Push:
    """Return the push that the octets behind a user data header are; raises BrokenPush."""
    try:
        public_id, charset, body = _headers(Cursor(octets))
        elements = decode_wbxml(body, _VOCABULARIES, public_id=public_id, charset=charset)
    except BrokenWbxml as error:
        raise BrokenPush(str(error)) from None
    for element in elements:
        said = element.attributes
        if element.tag == "sl":
            return Push("", said.get("href", ""), _action(said, Load.LOW))
        if element.tag == "indication":
            return Push(
                element.text,
                said.get("href", ""),
                _action(said, Signal.MEDIUM),
                said.get("si-id", ""),
                _moment(said, "created"),
                _moment(said, "si-expires"),
            )
    raise BrokenPush("neither an indication nor a loading")


def read_push(udh: bytes, octets: bytes) -> Push | None:
    """Return the push behind a user data header; None if these octets are none for its port."""
    try:
        ports = decode_udh(udh).ports if udh else None
        if ports is None or ports.destination != PUSH_PORT:
            return None
        return decode_push(octets)
    except (BrokenUdh, BrokenPush):
        return None


def plain_push(udh: bytes, octets: bytes) -> Push | None:
    """Return the push if a title and a link are all that it says, as `encode_push` writes them."""
    push = read_push(udh, octets)
    if push is None or not push.title or encode_push(push.title, push.href) != octets:
        return None
    return push


def _href(href: str, first_code: int) -> bytes:
    """Return the attribute: its longest prefix as a token, the rest as a string.

    Scheme and host are the same in either case (RFC 3986 section 6.2.2.1), so a prefix in
    capitals is written as its token too.
    """
    lower = href.lower()
    code, prefix = first_code, ""
    for number, candidate in enumerate(_PREFIXES, 1):
        if lower.startswith(candidate) and len(candidate) > len(prefix):
            code, prefix = first_code + number, candidate
    return bytes((code,)) + _inline(href[len(prefix) :])


def _inline(text: str) -> bytes:
    if "\0" in text:
        raise UnwritablePush(f"NUL ends a string, at {text.index(chr(0))} of {text!r}")
    try:
        return bytes((STR_I,)) + text.encode() + b"\0"
    except UnicodeEncodeError as error:
        raise UnwritablePush(f"half a surrogate pair at {error.start} of {text!r}") from None


def _date(moment_us: int) -> bytes:
    """Return a moment as decimal digits, two an octet, zeros at the end left out."""
    try:
        moment = _EPOCH + timedelta(microseconds=moment_us)
    except OverflowError:
        raise UnwritablePush(f"{moment_us} us is outside of the years 1 to 9999") from None
    fields = moment.timetuple()[1:6]
    digits = f"{moment.year:04}" + "".join(f"{field:02}" for field in fields)
    octets = bytes.fromhex(digits).rstrip(b"\0")
    return bytes((OPAQUE, len(octets))) + octets


def _headers(cursor: Cursor) -> tuple[int, int, bytes]:
    """Return public identifier and charset as the WSP headers have them, and the body."""
    cursor.octet()  # the transaction: nothing answers a push without a connection
    pdu = cursor.octet()
    if pdu != _PDU_PUSH:
        raise BrokenPush(f"PDU type 0x{pdu:02X} is no push")
    headers = Cursor(cursor.take(cursor.number()))
    first = headers.octet()
    if first > 31:  # no length in front: a number or a name alone, and no charset
        media, charset = _value(headers, first), 106
    else:
        general = Cursor(headers.take(headers.number() if first == 31 else first))
        media = _value(general, general.octet())
        charset = _charset(general)
    if media not in _PUBLIC_IDS:
        raise BrokenPush(f"content type {media!r} is not read here")
    return _PUBLIC_IDS[media], charset, cursor.take(cursor.left)


def _value(cursor: Cursor, first: int) -> int | str:
    """Return a number, short or long, or a name, of which the first octet is read already."""
    if first > 0x7F:
        return first & 0x7F
    if first < 31:
        return int.from_bytes(cursor.take(first), "big")
    return (bytes((first,)) + cursor.string()).decode("latin-1").lower()


def _charset(parameters: Cursor) -> int:
    """Return the charset among a content type's parameters; UTF-8 without one."""
    if parameters.left < 2 or _value(parameters, parameters.octet()) not in (1, "charset"):
        return 106
    charset = _value(parameters, parameters.octet())
    return charset if isinstance(charset, int) else 106


def _action(said: dict[str, str], default: Signal | Load) -> Signal | Load:
    word = said.get("action", default.value)
    try:
        return type(default)(word)
    except ValueError:
        raise BrokenPush(f"action {word!r} is not in the document type") from None


def _moment(said: dict[str, str], name: str) -> int | None:
    """Return a date of digits, two an octet or in ISO 8601, in microseconds since 1970."""
    if name not in said:
        return None
    digits = "".join(filter(str.isdigit, said[name]))
    try:
        moment = datetime.strptime(f"{digits:0<14}", "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise BrokenPush(f"{name} {said[name]!r} is no date") from None
    return timegm(moment.timetuple()) * 1_000_000
