"""Delivery receipts: the text that carriers send, read from octets, and written.

Reads octets and never asks for a data_coding: carriers mark plain ASCII as UCS2.  The TLVs of
the same PDU are handed in and count before the text.  Knows no message and no store.
Source: SMPP 3.4 Appendix B for the text, 5.2.28 for the states.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache

import msgspec


class ReceiptState(IntEnum):
    """The state of a message at the carrier, as message_state numbers it."""

    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8


class NotAReceipt(ValueError):
    """Neither an id nor a state, in the text or beside it."""


class Receipt(msgspec.Struct, frozen=True):
    """What a receipt says.

    Times are the carrier's wall clock read as if it were UTC, in microseconds: receipts name
    no zone, and the carrier's is for its profile to know.  `word` is the carrier's own word
    for the state; `text_id` is the id of the text, where a TLV has it too.
    """

    id: str
    state: ReceiptState
    error: str = ""
    submitted_us: int | None = None
    done_us: int | None = None
    segments_submitted: int | None = None
    segments_delivered: int | None = None
    word: str = ""
    text: str = ""
    text_id: str = ""


WORDS = {
    ReceiptState.ENROUTE: "ENROUTE",
    ReceiptState.DELIVERED: "DELIVRD",
    ReceiptState.EXPIRED: "EXPIRED",
    ReceiptState.DELETED: "DELETED",
    ReceiptState.UNDELIVERABLE: "UNDELIV",
    ReceiptState.ACCEPTED: "ACCEPTD",
    ReceiptState.UNKNOWN: "UNKNOWN",
    ReceiptState.REJECTED: "REJECTD",
}

# What carriers write instead, and how it is meant.
_OTHER_WORDS = {
    "ABSENT": ReceiptState.UNDELIVERABLE,
    "BLACKLISTED": ReceiptState.REJECTED,
    "BLOCKED": ReceiptState.REJECTED,
    "BUFFERED": ReceiptState.ENROUTE,
    "CANCELLED": ReceiptState.DELETED,
    "DELVRD": ReceiptState.DELIVERED,
    "DLVRD": ReceiptState.DELIVERED,
    "ERROR": ReceiptState.UNDELIVERABLE,
    "FAILED": ReceiptState.UNDELIVERABLE,
    "FILTERED": ReceiptState.REJECTED,
    "NOTDELIVERED": ReceiptState.UNDELIVERABLE,
    "PENDING": ReceiptState.ENROUTE,
    "QUEUED": ReceiptState.ENROUTE,
    "SCHEDULED": ReceiptState.ENROUTE,
    "SENT": ReceiptState.ENROUTE,
    "SPAM": ReceiptState.REJECTED,
    "SUBMITTED": ReceiptState.ENROUTE,
    "SUCCESS": ReceiptState.DELIVERED,
    "TIMEOUT": ReceiptState.EXPIRED,
}
# The ends of these words are spelled in many ways; four letters tell them apart.
_STATES = {
    **{word[:4]: state for state, word in WORDS.items()},
    **{word[:4]: state for word, state in _OTHER_WORDS.items()},
    **{str(state.value): state for state in ReceiptState},
}

# What nearly all receipts look like, in one stroke; _FIELD reads the others.
_STANDARD = re.compile(
    rb"id:(\S+) sub:(\d{1,4}) dlvrd:(\d{1,4}) submit date:(\d{10,14}) done date:(\d{10,14})"
    rb" stat:(\w+) err:(\w+)(?: [Tt]ext:(.*))?",
    re.DOTALL,
)
# An underscore is 0x11 where the carrier really wrote GSM 7-bit.
_FIELD = re.compile(
    r"(?:^|(?<=[\s,;|]))"
    r"((?:msg|message)?[ _\x11]?id|sub|dlvrd|(?:submit|done)[ _\x11-]?date"
    r"|stat(?:us|e)?|err(?:or)?(?:[ _\x11]?code)?|text)[ ]*[:=]",
    re.IGNORECASE,
)
_FIELDS = {
    "msgid": "id",
    "messageid": "id",
    "status": "stat",
    "state": "stat",
    "error": "err",
    "errcode": "err",
    "errorcode": "err",
}
_DATE = re.compile(r"[0-9][0-9:T/. -]*")
_BREAK = re.compile(r"[\s,;\0]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def decode_receipt(
    octets: bytes,
    *,
    receipted_message_id: str | bytes | None = None,
    message_state: int | None = None,
    network_error_code: bytes | None = None,
) -> Receipt:
    """Return what a receipt says; raises NotAReceipt if it names neither id nor state.

    `octets` is short_message or message_payload, behind any header.  The arguments are the
    values of the TLVs of these names; where they make sense they win over the text.
    """
    fields = _fields(octets)
    stat = fields.get("stat", "")
    state = _state(message_state, stat)
    text_id = _token(fields.get("id", ""))
    ref = _tlv_text(receipted_message_id) or text_id
    if not ref and state is None:
        raise NotAReceipt(f"neither id nor state in {octets[:80]!r}")
    return Receipt(
        ref,
        ReceiptState.UNKNOWN if state is None else state,
        _network_error(network_error_code) or _token(fields.get("err", "")),
        _instant_us(fields.get("submitdate", "")),
        _instant_us(fields.get("donedate", "")),
        _number(fields.get("sub", "")),
        _number(fields.get("dlvrd", "")),
        _token(stat),
        fields.get("text", ""),
        text_id if text_id != ref else "",
    )


def encode_receipt(
    ref: str,
    state: ReceiptState,
    *,
    submitted_us: int,
    done_us: int,
    error: str = "000",
    segments_submitted: int = 1,
    segments_delivered: int | None = None,
    text: bytes = b"",
) -> bytes:
    """Return a receipt's text as SMPP 3.4 Appendix B has it, times in UTC.

    Of `text` the first 20 octets are quoted.  Without a number of delivered segments it is all
    of them or none, as the state says.
    """
    if segments_delivered is None:
        segments_delivered = segments_submitted if state == ReceiptState.DELIVERED else 0
    head = (
        f"id:{ref} sub:{segments_submitted:03d} dlvrd:{segments_delivered:03d}"
        f" submit date:{_date(submitted_us)} done date:{_date(done_us)}"
        f" stat:{WORDS[state]} err:{error} text:"
    )
    return head.encode("ascii") + text[:20]


def _date(instant_us: int) -> str:
    return f"{_EPOCH + timedelta(microseconds=instant_us):%y%m%d%H%M}"


def _fields(octets: bytes) -> dict[str, str]:
    standard = _STANDARD.fullmatch(octets.rstrip(b"\0"))
    if standard is None:
        return _odd_fields(_readable(octets))
    ref, sub, dlvrd, submitted, done, stat, err, text = standard.groups(b"")
    return {
        "id": ref.decode("latin-1"),
        "sub": sub.decode("ascii"),
        "dlvrd": dlvrd.decode("ascii"),
        "submitdate": submitted.decode("ascii"),
        "donedate": done.decode("ascii"),
        "stat": stat.decode("ascii"),
        "err": err.decode("ascii"),
        "text": _readable(text),
    }


def _readable(octets: bytes) -> str:
    """Return the text of octets, in the coding that they show, not the one they are said to have.

    Two letters with a zero octet each betray UTF-16 and its order.
    """
    head = octets.removeprefix(b"\xfe\xff").removeprefix(b"\xff\xfe")[:4]
    match [octet != 0 for octet in head]:
        case [False, True, False, True]:
            return octets.decode("utf-16-be", "replace").strip("\ufeff\ufffd\0")
        case [True, False, True, False]:
            return octets.decode("utf-16-le", "replace").strip("\ufeff\ufffd\0")
    try:
        return octets.decode("utf-8").rstrip("\0")
    except UnicodeDecodeError:
        return octets.decode("latin-1").rstrip("\0")


def _odd_fields(text: str) -> dict[str, str]:
    """Return the fields of a text in any order, each up to where the next one begins.

    The quoted text is the customer's and may itself say "stat:REJECTD".  So once id and state
    are known it goes to the end; else what only follows it is taken, the last of each.
    """
    fields: dict[str, str] = {}
    quoted: dict[str, str] = {}
    for name, start, end in _places(text):
        value = text[start:end].strip(" ,;|\r\n\t")
        if "text" in fields:
            if name not in fields:
                quoted[name] = value
        elif name == "text" and "id" in fields and "stat" in fields:
            fields[name] = text[start:]
            break
        else:
            fields.setdefault(name, value)
    return quoted | fields


def _places(text: str) -> Iterator[tuple[str, int, int]]:
    found = list(_FIELD.finditer(text))
    ends = [*(match.start() for match in found), len(text)][1:]
    for match, end in zip(found, ends, strict=True):
        name = "".join(filter(str.isalpha, match[1].lower()))
        yield _FIELDS.get(name, name), match.end(), end


def _token(value: str) -> str:
    """Return the first word of a value: unknown fields may follow it."""
    return _BREAK.split(value, maxsplit=1)[0]


def _number(value: str) -> int | None:
    token = _token(value)
    return int(token) if token.isdecimal() and len(token) <= 9 else None


def _state(message_state: int | None, stat: str) -> ReceiptState | None:
    """Return the state that the TLV, or else the text, names; None if neither says a thing."""
    if message_state in _NUMBERS:
        return ReceiptState(message_state)
    known = _STATES.get(stat[:4])
    if known is None:
        known = _STATES.get("".join(filter(str.isalnum, stat)).upper()[:4])
    if known is None and (stat or message_state is not None):
        return ReceiptState.UNKNOWN
    return known


_NUMBERS = frozenset(ReceiptState)


def _tlv_text(value: str | bytes | None) -> str:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return (value or "").partition("\0")[0].strip()


def _network_error(value: bytes | None) -> str:
    """Return the code behind the network type (SMPP 3.4 section 5.3.2.31), three digits."""
    if value is None or len(value) != 3:
        return ""
    return f"{int.from_bytes(value[1:], 'big'):03d}"


# By the number of digits.  Of twelve the last are seconds, or else the year has four digits:
# the wrong reading is hardly ever a date.
_LAYOUTS = {
    10: ("%y%m%d%H%M",),
    12: ("%y%m%d%H%M%S", "%Y%m%d%H%M"),
    14: ("%Y%m%d%H%M%S",),
}


@lru_cache(maxsize=1024)
def _instant_us(value: str) -> int | None:
    """Return a date as microseconds, None if it is none.  Receipts of one minute share theirs.

    After a date in SMPP's absolute form (7.1.1) come tenths and quarters of an hour, three
    digits, and after a long one come fractions of a second; both are dropped.
    """
    match = _DATE.match(value)
    digits = "".join(filter(str.isdecimal, match[0])) if match else ""
    digits = digits[:12] if len(digits) == 15 else digits[:14]
    for layout in _LAYOUTS.get(len(digits), ()):
        try:
            instant = datetime.strptime(digits, layout).replace(tzinfo=UTC)
        except ValueError:
            continue
        return (instant - _EPOCH) // _MICROSECOND
    return None
