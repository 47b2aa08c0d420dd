"""The words of `intouch` and `itec` for each refusal, and what such words mean from an upstream.

Source: IntouchSMS' document names no texts; these are ours, but for the words that its clients
look for ("balance", "recipient", "credentials").
"""

from dragoman.dialects.exchange import Fate
from dragoman.model.refusals import Reason, Refusal

TEXTS = {
    Reason.BAD_REQUEST: "Invalid request body",
    Reason.BAD_CREDENTIALS: "Invalid username or password",
    Reason.ACCOUNT_DISABLED: "Account disabled",
    Reason.IP_BANNED: "IP address not allowed",
    Reason.IP_NOT_ALLOWED: "IP address not allowed",
    Reason.THROTTLED: "Too many requests",
    Reason.TOO_MANY_RECIPIENTS: "Too many recipients",
    Reason.BAD_MESSAGE: "Invalid message",
    Reason.TOO_LONG: "Message too long",
    Reason.BAD_SENDER: "Invalid sender",
    Reason.SPAM: "Message refused as spam",
    Reason.TEMPLATE_MISMATCH: "Message does not match a template",
    Reason.BAD_DESTINATION: "Invalid recipient",
    Reason.NO_ROUTE: "Destination not supported",
    Reason.NO_PRICE: "Destination not supported",
    Reason.OPTED_OUT: "Recipient opted out",
    Reason.DO_NOT_DISTURB: "Recipient on do-not-disturb list",
    Reason.DUPLICATE: "Duplicate message",
    Reason.KEY_REUSED: "Idempotency key was used for another request",
    Reason.INSUFFICIENT_CREDIT: "Insufficient balance",
    Reason.TIMEOUT: "Gateway timeout, do not resend",
    Reason.INTERNAL: "Internal error",
    Reason.UNKNOWN_MESSAGE: "Unknown messageid",
    # No request of this dialect can meet these two; a word is owed to whoever finds one.
    Reason.BAD_TYPE: "Invalid type",
    Reason.BAD_SCHEDULE: "Invalid schedule",
}


def refusal_text(refusal: Refusal) -> str:
    """Give the words for a refusal; they need no escape in JSON."""
    match refusal.reason:
        case Reason.MISSING_PARAMETER:
            return f"{refusal.field} is required"
        case Reason.BAD_PARAMETER:
            return f"Invalid {refusal.field}"
        case Reason.CARRIER_REFUSAL:
            return f"Carrier refused: {refusal.status}"
        case reason:
            return TEXTS[reason]


# What an exact text of ours means from a gateway like ours, where the words below would err.
_EXACT = {
    "account disabled": (Fate.STOP, Reason.ACCOUNT_DISABLED),
    "ip address not allowed": (Fate.STOP, Reason.IP_NOT_ALLOWED),
    "too many requests": (Fate.NOT_TAKEN, Reason.THROTTLED),
    "gateway timeout, do not resend": (Fate.UNKNOWN, Reason.TIMEOUT),
    # Ours stores nothing then; of another's we cannot be sure.
    "internal error": (Fate.UNKNOWN, Reason.INTERNAL),
} | {
    TEXTS[reason].lower(): (Fate.REJECTED, reason)
    for reason in (
        *(Reason.BAD_REQUEST, Reason.TOO_MANY_RECIPIENTS, Reason.BAD_MESSAGE, Reason.TOO_LONG),
        *(Reason.BAD_SENDER, Reason.SPAM, Reason.TEMPLATE_MISMATCH, Reason.BAD_DESTINATION),
        *(Reason.NO_ROUTE, Reason.OPTED_OUT, Reason.DO_NOT_DISTURB, Reason.DUPLICATE),
        Reason.KEY_REUSED,
    )
}

# The first word that the lower-cased text holds decides.
_WORDS = (
    ("balance", Fate.STOP, Reason.INSUFFICIENT_CREDIT),
    ("recipient", Fate.REJECTED, Reason.BAD_DESTINATION),
    ("number", Fate.REJECTED, Reason.BAD_DESTINATION),
    ("credential", Fate.STOP, Reason.BAD_CREDENTIALS),
    ("password", Fate.STOP, Reason.BAD_CREDENTIALS),
    ("authent", Fate.STOP, Reason.BAD_CREDENTIALS),
    ("permission", Fate.STOP, Reason.BAD_CREDENTIALS),
)


def judge(written: str) -> tuple[Fate, Reason]:
    """Tell what an upstream's words mean: whose fault it is, and which."""
    folded = written.strip().lower()
    if folded in _EXACT:
        return _EXACT[folded]
    for word, fate, reason in _WORDS:
        if word in folded:
            return fate, reason
    return Fate.REJECTED, Reason.CARRIER_REFUSAL
