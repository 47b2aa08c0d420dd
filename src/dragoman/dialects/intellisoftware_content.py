"""The message types of the dialect `intellisoftware`: what each needs, and what it sends.

Knows neither recipients nor logins.  Source: IntelliSoftware SMS Gateway, "HTTP Interface", the
pages of each kind of message.
"""

import re
from collections.abc import Callable

from dragoman.dialects.ask import is_on, missing
from dragoman.dialects.exchange import Ask, CannotCarry, Settings
from dragoman.model.extras import Swap
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Alphabet, Content
from dragoman.sms import lookalikes
from dragoman.sms.alphabets import choose, decode_ucs2, encode_ucs2, force, is_gsm7, marked
from dragoman.sms.segments import USER_DATA_OCTETS, count, cut_to
from dragoman.sms.udh import BrokenUdh, decode_udh
from dragoman.sms.wap import PUSH_UDH, encode_push, plain_push

TEXT = b"1"
UNICODE = b"2"
MMS = b"5"

NOTHING = Content("", Alphabet.GSM7)
MAX_SEGMENTS = 10
GUIDE_CHARACTERS = 114  # of title and link, which the vendor says always fit

Parsed = tuple[Content, tuple[Refusal, ...]]

BAD_TYPE = Refusal(Reason.BAD_TYPE, "type")
BAD_CONCAT = Refusal(Reason.BAD_PARAMETER, "maxconcat")
BAD_TEXT = Refusal(Reason.BAD_MESSAGE, "text")
BAD_HEX = Refusal(Reason.BAD_MESSAGE, "hex")
BAD_LINK = Refusal(Reason.BAD_MESSAGE, "href")
TOO_LONG = Refusal(Reason.TOO_LONG)

_QUARTETS = re.compile(rb"(?:[0-9A-Fa-f]{4})+")
_OCTETS = re.compile(rb"(?:[0-9A-Fa-f]{2})+")
_LINK = re.compile(r"https?://[^\s\0]+", re.IGNORECASE)


def decode(value: bytes, charset: str) -> str:
    """Give a value as text: by its declared charset, else UTF-8, else Windows-1252; never fails.

    The vendor's older libraries send the machine's own code page and declare nothing.
    """
    for codec in (charset or "utf-8", "utf-8", "cp1252"):
        try:
            return value.decode(codec)
        except UnicodeDecodeError:
            continue
    # Five octets of Windows-1252 mean nothing; Latin-1 has control characters there.
    return value.decode("latin-1")


def parse_content(ask: Ask, settings: Settings) -> Parsed:
    """Give what will be sent, in its final characters, and all that is wrong with it."""
    kind = ask.fields.get("type", TEXT)
    parse = _TYPES.get(kind)
    if parse is None:
        return NOTHING, (BAD_TYPE,)
    content, faults = parse(ask, settings)
    if ask.files and kind != MMS:
        # Sent as a text, the pictures would be lost without a word.
        faults = (*faults, BAD_TYPE)
    return content, faults


def _text(ask: Ask, settings: Settings) -> Parsed:
    """Read type 1: cut to `maxconcat` segments, as its description promises no more."""
    value = ask.fields.get("text")
    if value is None:
        return NOTHING, (missing("text"),)
    most = _most_segments(ask, settings)
    text = decode(value, ask.charset)
    if "\0" in text:
        return NOTHING, (BAD_TEXT,)
    replaced: tuple[Swap, ...] = ()
    if not is_gsm7(text):
        replaced = lookalikes.swaps(text)
        text = plain = lookalikes.replace(text)
        if settings.get("type1") == "gsm":
            text = force(text, Alphabet.GSM7)
            replaced += marked(plain, text)
    alphabet = choose(text)
    if most is None:
        return Content(text, alphabet), (BAD_CONCAT,)
    if count(text, alphabet) > most:
        if settings.get("overflow") == "refuse":
            return NOTHING, (TOO_LONG,)
        text = cut_to(text, most, alphabet)
    return Content(text, alphabet, max_segments=most, replaced=replaced), ()


def _unicode(ask: Ask, settings: Settings) -> Parsed:
    """Read type 2: UTF-16BE in hexadecimal, which is never cut."""
    value = ask.fields.get("hex")
    if value is None:
        return NOTHING, (missing("hex"),)
    text = _decode_hex(value)
    if text is None:
        return NOTHING, (BAD_HEX,)
    content = Content(text, Alphabet.UCS2)
    most = _most_segments(ask, settings)
    if most is None:
        return content, (BAD_CONCAT,)
    return content, (() if count(text, Alphabet.UCS2) <= most else (TOO_LONG,))


def _decode_hex(value: bytes) -> str | None:
    if _QUARTETS.fullmatch(value) is None:
        return None
    try:
        text = decode_ucs2(bytes.fromhex(value.decode("ascii")))
    except ValueError:  # half a surrogate pair
        return None
    return None if "\0" in text else text


def _most_segments(ask: Ask, settings: Settings) -> int | None:
    """Give `maxconcat`, at most what the account may send; None if it is no such number."""
    value = ask.fields.get("maxconcat", b"1")
    account = int(settings.get("max_parts", MAX_SEGMENTS))
    digits = value.lstrip(b"0")
    if not value.isdigit() or not digits:
        return None
    return min(int(digits), account) if len(digits) <= 4 else account


def _binary(ask: Ask, settings: Settings) -> Parsed:
    """Read type 3: octets that travel as given behind the header as given, never cut."""
    faults = []
    octets = _hex(ask.fields.get("ud", b""))
    if "ud" not in ask.fields:
        faults.append(missing("ud"))
    elif octets is None:
        faults.append(Refusal(Reason.BAD_MESSAGE, "ud"))
    udh = _header(ask.fields.get("udh", b""))
    if udh is None:
        faults.append(Refusal(Reason.BAD_MESSAGE, "udh"))
    if faults or octets is None or udh is None:
        return NOTHING, tuple(faults)
    return _raw("", udh, octets)


def _raw(text: str, udh: bytes, octets: bytes) -> Parsed:
    if len(udh) + len(octets) > USER_DATA_OCTETS:
        return NOTHING, (TOO_LONG,)
    return Content(text, Alphabet.BINARY, udh=udh, octets=octets, max_segments=1), ()


def _hex(value: bytes) -> bytes | None:
    """Give the octets that hexadecimal digits are; None if they are none."""
    return bytes.fromhex(value.decode("ascii")) if _OCTETS.fullmatch(value) else None


def _header(value: bytes) -> bytes | None:
    """Give a user data header, which is empty where there is none; None if it is malformed."""
    if not value:
        return b""
    octets = _hex(value)
    try:
        if octets is not None:
            decode_udh(octets)
    except BrokenUdh:
        return None
    return octets


def _wap_push(ask: Ask, settings: Settings) -> Parsed:
    """Read type 4: a title and a link, in one segment or not at all."""
    faults = [missing(name) for name in ("text", "href") if name not in ask.fields]
    if faults:
        return NOTHING, tuple(faults)
    title = decode(ask.fields["text"], ask.charset)
    href = decode(ask.fields["href"], ask.charset)
    if "\0" in title:
        return NOTHING, (BAD_TEXT,)
    if _LINK.fullmatch(href) is None:
        return NOTHING, (BAD_LINK,)
    if is_on(settings, "wap_guide") and len(title) + len(href) > GUIDE_CHARACTERS:
        return NOTHING, (TOO_LONG,)
    return _raw(f"{title}\n{href}", PUSH_UDH, encode_push(title, href))


def _mms(ask: Ask, settings: Settings) -> Parsed:
    """Read type 5; `file` stands for the file parts, which have no name on this wire."""
    faults = [] if "text" in ask.fields else [missing("text")]
    if not ask.files:
        faults.append(missing("file"))
    return NOTHING, (*faults, _not_served("MMS"))


def _voice(ask: Ask, settings: Settings) -> Parsed:
    """Read type 6."""
    faults = [] if "text" in ask.fields else [missing("text")]
    return NOTHING, (*faults, _not_served("voice"))


def _not_served(what: str) -> Refusal:
    """Refuse a kind that is well formed and that we cannot send; after all other checks."""
    return Refusal(Reason.BAD_PARAMETER, "type", detail=f"{what} is not served")


_TYPES: dict[bytes, Callable[[Ask, Settings], Parsed]] = {
    TEXT: _text,
    UNICODE: _unicode,
    b"3": _binary,
    b"4": _wap_push,
    MMS: _mms,
    b"6": _voice,
}


def render_content(content: Content, most: int) -> tuple[tuple[str, str], ...]:
    """Give the fields by which an upstream is asked for this content: of type 1 to 4.

    The vendor cuts what is longer than it was told, so it is told the whole length.  Raises
    CannotCarry for more than `most` segments and flash.
    """
    if content.flash:
        raise CannotCarry("flash cannot be asked for")
    if content.alphabet is Alphabet.BINARY:
        return _render_raw(content)
    is_plain = content.alphabet is not Alphabet.UCS2 and is_gsm7(content.text)
    alphabet = Alphabet.GSM7 if is_plain else Alphabet.UCS2
    segments = count(content.text, alphabet)
    if segments > most:
        raise CannotCarry(f"{segments} segments, and {most} may be asked for")
    concat = (("maxconcat", str(segments)),) if segments > 1 else ()
    if is_plain:
        return (*concat, ("text", content.text))
    return (("type", "2"), *concat, ("hex", encode_ucs2(content.text).hex().upper()))


def _render_raw(content: Content) -> tuple[tuple[str, str], ...]:
    """Give the fields of type 4 for what is a WAP push of the vendor's kind, else of type 3."""
    udh, octets = content.udh, content.octets
    if len(udh) + len(octets) > USER_DATA_OCTETS:
        raise CannotCarry(f"{len(udh) + len(octets)} octets, and one segment may be asked for")
    if not octets:
        raise CannotCarry("no octets, which cannot be asked for")
    if (push := plain_push(udh, octets)) is not None:
        return (("type", "4"), ("text", push.title), ("href", push.href))
    header = (("udh", udh.hex().upper()),) if udh else ()
    return (("type", "3"), *header, ("ud", octets.hex().upper()))
