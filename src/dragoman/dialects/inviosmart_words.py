"""The lines of `inviosmart` for each refusal, and what a code means from an upstream.

Source: Inviosmart, "HTTP API gateway", has lost its lists of errors; codes and texts, spelling
included, are those of another brand on the same platform.
"""

import re

from dragoman.dialects.exchange import Fate, UpstreamOutcome
from dragoman.model.refusals import Reason, Refusal

BAD_LOGIN = "Error: 1012 - User authendication failure. Username and/or password mismatch."
BAD_NUMBER = "Error: 1005 - Invalid destination number."
NO_SUPPORT = "Error: 1017 - Destination number(s) not supported."
UNKNOWN_NUMBER = "Error: 1004 - Unknown destination error."
NOT_VALID = "Status: 1024 - Error validating Sms."
NO_ANSWER = "Error: 1010 - Error sending SMS - Gateway call error."
NO_PARAMETERS = "Error: 1028 - No valid parameters given."
NOT_STORED = "Error: 1019 - Error inserting row on transactions table. Aborting"
FAULT = "Error: 1032 - Error submiting SMS. Please try again a bit more later."
NO_LEDGER = "Status: 1025 - Error while checking balance of user."

# By reason and, where one reason has several lines, by field or detail.
LINES = {
    (Reason.MISSING_PARAMETER, "username"): "Error: 1001 - No username given.",
    (Reason.MISSING_PARAMETER, "password"): "Error: 1002 - No password given.",
    (Reason.MISSING_PARAMETER, "destination"): "Error: 1003 - No destination number given.",
    (Reason.MISSING_PARAMETER, "sender"): "Error: 1008 - No sender name or number given.",
    (Reason.MISSING_PARAMETER, "message"): "Error: 1011 - There is no SMS text given.",
    (Reason.MISSING_PARAMETER, "SMSId"): "Error: 1027 - No SMS ID given.",
    (Reason.BAD_CREDENTIALS, ""): BAD_LOGIN,
    (Reason.IP_BANNED, ""): BAD_LOGIN,
    (Reason.IP_NOT_ALLOWED, ""): BAD_LOGIN,
    (Reason.ACCOUNT_DISABLED, ""): "Error: 1038 - User is disabled",
    (Reason.THROTTLED, ""): (
        "Error: 1031 - The SMS Service is temporary unavailable. Try again in a few minutes."
    ),
    (Reason.BAD_MESSAGE, ""): "Error: 1009 - Message contains invalid character.",
    (Reason.TOO_LONG, ""): (
        "Error: 1029 - The allowed length of sms is no more than 612 characters (4 SMS)."
    ),
    (Reason.TOO_MANY_RECIPIENTS, ""): BAD_NUMBER,
    (Reason.BAD_DESTINATION, ""): BAD_NUMBER,
    (Reason.BAD_DESTINATION, "greek"): (
        "Error: 1011 - Greek numbers must have 12 digits (including country code)."
    ),
    (Reason.NO_ROUTE, ""): NO_SUPPORT,
    (Reason.OPTED_OUT, ""): UNKNOWN_NUMBER,
    (Reason.DO_NOT_DISTURB, ""): UNKNOWN_NUMBER,
    (Reason.BAD_SENDER, "long name"): (
        "Error: 1006 - Alphanumeric sender address is longer than accepted."
    ),
    (Reason.BAD_SENDER, "long number"): (
        "Error: 1007 - Numeric sender address is longer than accepted."
    ),
    (Reason.BAD_SENDER, "digits"): (
        "Error: 1016 - Not enough alphanumeric characters on sender address. Required"
    ),
    (Reason.BAD_SENDER, "characters"): "Error: 1021 - Invalid characters on sender address.",
    (Reason.BAD_SENDER, ""): "Error: 1036 - The sender name you have provided is not allowed.",
    (Reason.SPAM, ""): NOT_VALID,
    (Reason.TEMPLATE_MISMATCH, ""): NOT_VALID,
    (Reason.DUPLICATE, ""): NOT_VALID,
    (Reason.KEY_REUSED, ""): NOT_VALID,
    (Reason.NO_PRICE, ""): "Error: 1020 - Error With sms charge on this destination.",
    (Reason.INSUFFICIENT_CREDIT, "empty"): "Error: 1013 - Not available credits for user.",
    (Reason.INSUFFICIENT_CREDIT, ""): (
        "Error: 1018 - Not enough credits when sending sms to that destination."
    ),
    (Reason.INTERNAL, "store"): NOT_STORED,
    (Reason.INTERNAL, "unreachable"): NO_LEDGER,
    (Reason.INTERNAL, ""): FAULT,
    (Reason.TIMEOUT, ""): NO_ANSWER,
    (Reason.CARRIER_REFUSAL, ""): NO_ANSWER,
    (Reason.UNKNOWN_MESSAGE, ""): NO_PARAMETERS,
    (Reason.BAD_PARAMETER, ""): NO_PARAMETERS,
    (Reason.BAD_REQUEST, ""): NO_PARAMETERS,
    # No request of this dialect can meet these; a word is owed to whoever finds one.
    (Reason.MISSING_PARAMETER, ""): NO_PARAMETERS,
    (Reason.BAD_TYPE, ""): NO_PARAMETERS,
    (Reason.BAD_SCHEDULE, ""): NO_PARAMETERS,
}

# What the vendor's own shop module reads; the platform's numbered list is the default.
BAD_PHRASE = "Invalid destination or Destination not covered."
FAULT_PHRASE = "Internal Error."
PHRASES = {
    BAD_NUMBER: BAD_PHRASE,
    NO_SUPPORT: BAD_PHRASE,
    NOT_STORED: FAULT_PHRASE,
    FAULT: FAULT_PHRASE,
}


def refusal_line(refusal: Refusal, *, phrases: bool = False) -> str:
    """Give the line for a refusal, or the vendor's phrase for those that have one."""
    name = refusal.field or refusal.detail
    line = LINES.get((refusal.reason, name)) or LINES[refusal.reason, ""]
    return PHRASES.get(line, line) if phrases else line


_STOPS = (Fate.STOP, Reason.BAD_CREDENTIALS)
_DRY = (Fate.STOP, Reason.INSUFFICIENT_CREDIT)
_NUMBER = (Fate.REJECTED, Reason.BAD_DESTINATION)
_SENDER = (Fate.REJECTED, Reason.BAD_SENDER)
_MESSAGE = (Fate.REJECTED, Reason.BAD_MESSAGE)
_LATER = (Fate.NOT_TAKEN, Reason.INTERNAL)

# What a code means from an upstream; it knows some that we never send.
CODES: dict[int, tuple[Fate, Reason | None]] = {
    **dict.fromkeys((1012, 1014, 1038), _STOPS),
    **dict.fromkeys((1013, 1018, 1020, 1023, 1025), _DRY),
    **dict.fromkeys((1003, 1004, 1005, 1017), _NUMBER),
    **dict.fromkeys((1006, 1007, 1008, 1015, 1016, 1021, 1036), _SENDER),
    **dict.fromkeys((1001, 1002, 1009, 1011, 1024, 1027, 1028), _MESSAGE),
    1029: (Fate.REJECTED, Reason.TOO_LONG),
    **dict.fromkeys((1019, 1031, 1032), _LATER),
    **dict.fromkeys((1010, 1022), (Fate.UNKNOWN, Reason.TIMEOUT)),
    1026: (Fate.SENT, None),  # in a batch, and never to be asked about: it has no id
}

_CODED = re.compile(r"(?:Error|Status): ?([0-9]{1,9}) ?- ?(.*)", re.ASCII | re.DOTALL)


def judge(line: str) -> UpstreamOutcome:
    """Tell what an upstream's line means, when it is not the success that was hoped for.

    A line of no known shape says nothing about whether the message was taken.
    """
    coded = _CODED.match(line)
    if coded is not None:
        code = int(coded[1])
        fate, reason = CODES.get(code, (Fate.REJECTED, Reason.CARRIER_REFUSAL))
        if code == 1011 and "greek" in coded[2].lower():
            fate, reason = _NUMBER
        return UpstreamOutcome("", fate, reason=reason, detail=line[:200])
    if line.startswith("Invalid destination"):
        fate, reason = _NUMBER
        return UpstreamOutcome("", fate, reason=reason, detail=line[:200])
    if line.startswith((FAULT_PHRASE, "System error")):
        fate, reason = _LATER
        return UpstreamOutcome("", fate, reason=reason, detail=line[:200])
    return UpstreamOutcome("", Fate.UNKNOWN, detail=f"not an answer: {line[:200]}")
