"""A message and its segments as the store keeps them and the carriers send them.

`Message` is MT; all instants are microseconds UTC, all money micro-units.
"""

import msgspec

from dragoman.model.extras import NO_EXTRAS, Extras

WANTS_RECEIPT = 1  # flag: the carrier is asked for a receipt
FLASH = 2  # flag: message class 0
RAW = 4  # flag: `octets` travel behind `udh` as given, and `text` only tells of them
WANTS_REPORT = 8  # flag: the customer is told what becomes of it
HAS_URL = 16  # flag: at the address that the request named
# From this bit on, an octet of flags: the national tables of the text (sms/national.py), or 0.
TABLES_BIT = 8
TABLES = 0xFF << TABLES_BIT

QUIET = 1 << 16  # flag: its due time is the end of quiet hours that it was kept in

MOST_URGENT = 3  # priorities run from 0, the usual one, to this, as SMPP's do


class Message(msgspec.Struct, gc=False, array_like=True):
    """One recipient of a submission: what we accepted, charged, and must bring to an end.

    The fields are columns of table `message`; last come those that most messages do not have.
    """

    id: int
    submission_id: int
    account_id: int
    dialect: str
    state: int
    sender: str
    recipient: str
    text: str
    alphabet: int
    flags: int
    segments: int
    price_u: int  # of one segment
    charge_u: int  # taken at acceptance; given back by ledger rows only
    carrier_id: int  # 0: refused before a route was chosen
    accepted_us: int
    changed_us: int
    one: int = 0  # segment sizes other than the standard's, see Content
    each: int = 0
    context: str = ""
    detail: str = ""  # why it was refused or failed, in words
    expires_us: int | None = None
    due_us: int | None = None
    udh: bytes | None = None  # of RAW, from its length octet on; empty if there is none
    octets: bytes | None = None  # of RAW
    rank: int | None = None  # 1 leaves first; None: in its turn, see `rank_of`
    extras: str | None = None  # see model/extras.py; nearly always None

    @property
    def priority(self) -> int:
        """Give the priority that the rank stands for."""
        return 0 if self.rank is None else MOST_URGENT + 1 - self.rank

    @property
    def charged(self) -> int:
        """The segments that were charged; a later carrier may have needed more for the text."""
        return self.charge_u // self.price_u if self.price_u and self.charge_u else self.segments


def rank_of(priority: int) -> int | None:
    """Give the place of a priority in a queue, lower ones first; the usual one has none."""
    return MOST_URGENT + 1 - priority if priority else None


class Outgoing(msgspec.Struct, gc=False):
    """One segment on its way to a carrier; handed back with its answer."""

    message_id: int
    number: int  # 1..total
    total: int
    carrier_id: int
    sender: str
    recipient: str
    data_coding: int
    udh: bytes
    octets: bytes
    wants_receipt: bool
    expires_us: int = 0
    submitted_us: int = 0  # set when the bytes are written
    to_display: bool = False  # flash that the coding cannot say
    priority: int = 0
    wants_report: bool = False
    extras: Extras = NO_EXTRAS


class SegmentRow(msgspec.Struct, gc=False):
    """One segment that a carrier answered, as table `segment` keeps it.

    `id` is the message's id times 256 plus the segment's number, so that a message's segments
    are one range of the primary key.
    """

    id: int
    carrier_id: int
    ref: str  # the carrier's message id, exactly as it was given
    key: str  # the form under which receipts are looked up
    state: int
    status: int  # command_status of the answer
    submitted_us: int
    answered_us: int
    receipt_us: int = 0
    error: str = ""  # the receipt's error code


def segment_id(message_id: int, number: int) -> int:
    """Give the id of a segment row; numbers run from 1 to 255."""
    return message_id << 8 | number
