"""Why a request or one recipient is refused, before any dialect has words for it."""

from enum import StrEnum

import msgspec


class Reason(StrEnum):
    """The closed list of refusals; every dialect has words for each that it can meet."""

    MISSING_PARAMETER = "missing parameter"
    BAD_REQUEST = "bad request"  # a body that cannot be read at all
    BAD_CREDENTIALS = "bad credentials"
    ACCOUNT_DISABLED = "account disabled"
    IP_BANNED = "ip banned"
    IP_NOT_ALLOWED = "ip not allowed"
    THROTTLED = "throttled"
    BAD_TYPE = "bad type"
    BAD_MESSAGE = "bad message"
    BAD_PARAMETER = "bad parameter"  # another parameter breaks the dialect's rules
    BAD_DESTINATION = "bad destination"
    BAD_SENDER = "bad sender"
    BAD_SCHEDULE = "bad schedule"
    TOO_MANY_RECIPIENTS = "too many recipients"
    TOO_LONG = "too long"
    SPAM = "spam"
    TEMPLATE_MISMATCH = "template mismatch"
    NO_ROUTE = "no route"
    NO_PRICE = "no price"
    OPTED_OUT = "opted out"
    DO_NOT_DISTURB = "do not disturb"
    DUPLICATE = "duplicate"
    KEY_REUSED = "key reused"  # an idempotency key that stands for another request
    INSUFFICIENT_CREDIT = "insufficient credit"
    TIMEOUT = "timeout"
    INTERNAL = "internal"  # surely nothing was stored
    CARRIER_REFUSAL = "carrier refusal"
    UNKNOWN_MESSAGE = "unknown message"


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """One refusal: its reason, and what a dialect may need to name it.

    `field` is the parameter's name in the dialect's own spelling (MISSING_PARAMETER,
    BAD_PARAMETER, BAD_SENDER ...); `detail` tells variants of one reason apart, in the dialect's
    own word or the core's (INTERNAL: "store" refused, "unreachable"; TIMEOUT: "carrier");
    `status` is the SMPP command_status of a CARRIER_REFUSAL.
    """

    reason: Reason
    field: str = ""
    detail: str = ""
    status: int = 0
