"""What a customer asks for, and what the gateway answers, in no vendor's language."""

from enum import IntEnum

import msgspec

from dragoman.model.extras import NO_EXTRAS, Extras, Swap
from dragoman.model.refusals import Refusal
from dragoman.model.states import State


class Alphabet(IntEnum):
    """How the characters of a message are written.

    The numbers go to the database and never change.  The first three are bits 3 and 2 of the
    general data coding group (3GPP TS 23.038 section 4); LATIN1 exists in SMPP only.
    """

    GSM7 = 0
    BINARY = 1
    UCS2 = 2
    LATIN1 = 3


class Crediting(IntEnum):
    """What happens to a list of recipients when the credit does not reach for all."""

    WHOLE = 0  # nothing is sent
    STOP = 1  # sent in order until dry, then the list ends
    EACH = 2  # each recipient for itself


class Credentials(msgspec.Struct, frozen=True):
    """User name and password as the request carried them; never logged."""

    username: str
    password: bytes

    def __repr__(self) -> str:
        """Hide the password."""
        return f"Credentials(username={self.username!r})"

    __str__ = __repr__


class Content(msgspec.Struct, frozen=True):
    """What is to be shown to the recipient, already in the form that will be sent.

    `one` and `each` are segment sizes other than the standard's (0: the standard's), in the
    alphabet's own units; `max_segments` is the dialect's own limit (0: the account's).
    In BINARY the `octets` are sent behind the header `udh` (with its length octet; empty: none),
    cut only where they are longer than one segment, and `text` is what people are told of them.
    `replaced` tells what in the text is not as the customer typed it.
    """

    text: str
    alphabet: Alphabet | None = None  # None: GSM 7-bit if every character fits, else UCS-2
    flash: bool = False
    one: int = 0
    each: int = 0
    max_segments: int = 0
    udh: bytes = b""
    octets: bytes = b""
    replaced: tuple[Swap, ...] = ()


class Submit(msgspec.Struct, frozen=True):
    """One request to send, parsed but not yet judged.

    `tokens` are the recipients as submitted, in order, without empty ones.  `faults` are all
    that the dialect found wrong with the request's form; the dialect's `rank` says which of
    them, or of the account's and the recipients' refusals, is told.
    """

    sender: str
    tokens: tuple[str, ...]
    content: Content
    wants_receipt: bool = True
    context: str = ""  # the customer's own reference, given back with replies
    receipt_url: str = ""
    kind: str = ""  # the dialect's own type, echoed where its answer needs it
    faults: tuple[Refusal, ...] = ()
    due_us: int = 0  # when it is to leave; 0: at once
    priority: int | None = None  # 0 to 3, the highest; None: the account's
    validity_us: int | None = None  # how long it may wait from then on; None: the account's
    extras: Extras = NO_EXTRAS


class Outcome(msgspec.Struct, array_like=True):
    """What became of one recipient of a submission.

    `number` is international digits without `+` (empty when unreadable); `message_id` is 0
    when the recipient was refused before an id was given; `cost_u` is in micro-units.
    """

    token: str
    number: str
    message_id: int = 0
    cost_u: int = 0
    segments: int = 0
    refusal: Refusal | None = None


class Submitted(msgspec.Struct, array_like=True):
    """The gateway's answer to a `Submit`: outcomes in order, or a refusal of the whole.

    Beside a refusal by the store stand the outcomes as they were judged until then; of those that
    have no refusal themselves nothing is stored, or nobody knows.
    """

    outcomes: list[Outcome]
    submission_id: int = 0
    balance_u: int = 0
    accepted_us: int = 0
    refusal: Refusal | None = None


class MessageStatus(msgspec.Struct, frozen=True):
    """What a status query is told about one message of the asking account."""

    message_id: int
    state: State
    recipient: str
    accepted_us: int
    changed_us: int
    segments: int
    charge_u: int
    detail: str = ""  # e.g. "unknown subscriber", "temporary failure"


class Balance(msgspec.Struct, frozen=True):
    """What a balance query is told; `price_u` is the price to the prefix asked for, if known."""

    balance_u: int
    price_u: int | None = None
