"""The message types of the dialect `unified`: which alphabet, which sizes, and how it is written.

Knows neither the other parameters nor the codes that a refusal is answered with.
Source: Unified Communications API's, "GET Message Submission API", parameters type and message.
"""

import re

from dragoman.dialects.ask import missing, text
from dragoman.dialects.exchange import CannotCarry, Settings
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Alphabet, Content
from dragoman.sms.alphabets import decode_ucs2, encode_ucs2, force, is_gsm7, marked
from dragoman.sms.wap import PUSH_UDH, encode_push, plain_push

WAP_PUSH = "4"

# alphabet, flash, most characters of one message, most of each of several (0: the standard's).
# The vendor sells 160 characters of Latin-1 as "plain text" and only 140 of flash.
TYPES: dict[str, tuple[Alphabet, bool, int, int]] = {
    "0": (Alphabet.GSM7, False, 0, 0),
    "1": (Alphabet.GSM7, True, 140, 134),
    "2": (Alphabet.UCS2, False, 0, 0),
    "5": (Alphabet.LATIN1, False, 160, 153),
    "6": (Alphabet.UCS2, True, 0, 0),
    "7": (Alphabet.LATIN1, True, 140, 134),
}
PLAIN_SIZES = {Alphabet.GSM7: (0, 0), Alphabet.LATIN1: (160, 153)}
FLASH_SIZES = (140, 134)

BAD_TYPE = Refusal(Reason.BAD_TYPE, "type")
BAD_TEXT = Refusal(Reason.BAD_MESSAGE, "message")
BAD_URL = Refusal(Reason.BAD_MESSAGE, "url")

NOTHING = Content("", Alphabet.GSM7)
URL_OCTETS = 1000

_HEX = re.compile(r"(?:[0-9A-Fa-f]{4})+")
_URL = re.compile(rb"https?://[^\s\0]+", re.IGNORECASE)


def parse_content(
    kind: str, message: bytes, url: bytes, settings: Settings
) -> tuple[Content, tuple[Refusal, ...]]:
    """Give what will be sent, in its final characters, and all that is wrong with it.

    `message` and `url` are empty when they are absent; that a message is missing is for the
    caller to say.
    """
    shown = text(message)
    if kind == WAP_PUSH:
        return _push(shown, url)
    typed = TYPES.get(kind)
    if typed is None:
        return NOTHING, (BAD_TYPE,) if shown is not None else (BAD_TYPE, BAD_TEXT)
    alphabet, flash, one, each = typed
    if shown is not None and alphabet is Alphabet.UCS2:
        shown = _unicode(shown, str(settings.get("unicode_input", "auto")))
    if shown is None:
        return NOTHING, (BAD_TEXT,)
    written = shown
    if alphabet is not Alphabet.UCS2:
        shown, alphabet = _replaced(shown, alphabet)
        if not flash or str(settings.get("flash_limit", 140)) == "160":
            one, each = PLAIN_SIZES[alphabet]
    replaced = () if shown is written else marked(written, shown)
    return Content(shown, alphabet, flash, one, each, replaced=replaced), ()


def _push(title: str | None, url: bytes) -> tuple[Content, tuple[Refusal, ...]]:
    """Give a WAP push: octets for its port, and for people the title and the link."""
    href = text(url)
    faults = () if title is not None else (BAD_TEXT,)
    if not url:
        faults = (*faults, missing("url"))
    elif href is None or len(url) > URL_OCTETS or _URL.fullmatch(url) is None:
        faults = (*faults, BAD_URL)
    if faults or title is None or href is None:
        return NOTHING, faults
    octets = encode_push(title, href)
    return Content(f"{title}\n{href}", Alphabet.BINARY, udh=PUSH_UDH, octets=octets), ()


def _unicode(message: str, form: str) -> str | None:
    """Give the text of a Unicode message, hexadecimal or plain; None if it has none.

    `auto` tells the two by their shape, so that "2024" is one character; `hex` and `text`
    settle it for customers who send such texts.
    """
    if form == "text":
        return message
    if _HEX.fullmatch(message) is None:
        return None if form == "hex" else message
    try:
        decoded = decode_ucs2(bytes.fromhex(message))
    except ValueError:  # half a surrogate pair
        return None
    return None if "\0" in decoded else decoded.removeprefix("\ufeff")


def _replaced(message: str, alphabet: Alphabet) -> tuple[str, Alphabet]:
    """Put `?` where the type's alphabet has no character, and give the alphabet that travels.

    Latin-1 travels as GSM 7-bit if everything fits: networks carry that without fail, and the
    text is the same.
    """
    if alphabet is Alphabet.LATIN1:
        message = message.encode("latin-1", "replace").decode("latin-1")
        return message, Alphabet.GSM7 if is_gsm7(message) else alphabet
    return message if is_gsm7(message) else force(message, alphabet), alphabet


def render_content(content: Content) -> tuple[str, str, str]:
    """Give type, message and url (or nothing) by which an upstream is asked for this content."""
    if content.alphabet is Alphabet.BINARY:
        push = plain_push(content.udh, content.octets)
        if push is None:
            raise CannotCarry("raw octets cannot be asked for")
        return WAP_PUSH, push.title, push.href
    if content.alphabet is not Alphabet.UCS2 and is_gsm7(content.text):
        return ("1" if content.flash else "0"), content.text, ""
    # Hexadecimal for Latin-1 too: what a provider makes of its types 5 and 7 is not written.
    return ("6" if content.flash else "2"), encode_ucs2(content.text).hex().upper(), ""
