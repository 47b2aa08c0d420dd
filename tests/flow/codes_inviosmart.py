"""Every line of the dialect `inviosmart`; see `codes.py` for what the names mean."""

from typing import Any
from urllib.parse import urlencode

from dragoman.dialects.inviosmart_words import LINES
from dragoman.model.refusals import Reason
from tests.flow.codes import SILENT, Account, Case, Table, expired, unpriced, with_key
from tests.flow.examples import Row
from tests.flow.examples_inviosmart import (
    BAD_LOGIN,
    BAD_NUMBER,
    BUSY,
    HELLO,
    NO_CREDITS,
    NO_PARAMETERS,
    NOT_SUPPORTED,
    TAKEN,
    ask,
    balance,
    send,
    status,
)

USER = Account("myusername")
DISABLED = "Error: 1038 - User is disabled"
NOT_VALID = "Status: 1024 - Error validating Sms."
NOT_STORED = "Error: 1019 - Error inserting row on transactions table. Aborting"
FAULT = "Error: 1032 - Error submiting SMS. Please try again a bit more later."
NO_PRICE = "Error: 1020 - Error With sms charge on this destination."
NO_LEDGER = "Status: 1025 - Error while checking balance of user."
NO_ANSWER = "Error: 1010 - Error sending SMS - Gateway call error."
UNKNOWN_NUMBER = "Error: 1004 - Unknown destination error."
PHRASES = {"dialect.inviosmart": {"errors": "phrases"}}


def sends(answer: str, changes: Any, **changed: str) -> Row:
    """Give a row that sends with a change, in a changed world."""
    return ask("/sendsms/", HELLO | changed, answer, changes=changes)


CODES: Table = {
    (Reason.MISSING_PARAMETER, "username"): ("8 no username", "35 balance without username"),
    (Reason.MISSING_PARAMETER, "password"): ("8 no password", "35 balance without password"),
    (Reason.MISSING_PARAMETER, "destination"): ("8 no destination", "only separators"),
    (Reason.MISSING_PARAMETER, "sender"): ("8 no sender",),
    (Reason.MISSING_PARAMETER, "message"): ("8 no message",),
    (Reason.MISSING_PARAMETER, "SMSId"): ("32 status without id",),
    (Reason.BAD_CREDENTIALS, ""): (
        "9 wrong password",
        "36 balance, wrong password",
        Case(row=send(BAD_LOGIN, username="nobody")),
        Case(row=sends(BAD_LOGIN, {"account.myusername": {"dialects": ["itec"]}})),
    ),
    (Reason.IP_BANNED, ""): (
        Case(row=sends(BAD_LOGIN, {"gateway": {"ip_ban": ["127.0.0.1"]}})),
        Case(row=sends(BAD_LOGIN, {"account.myusername": {"ip_ban": ["127.0.0.1"]}})),
    ),
    (Reason.IP_NOT_ALLOWED, ""): ("9 peer not allowed",),
    (Reason.ACCOUNT_DISABLED, ""): (
        "10 account off",
        Case(row=send(DISABLED, username="late"), extra=expired("EUR", "mypass")),
        Case(row=balance(DISABLED, username="off")),
    ),
    (Reason.THROTTLED, ""): (
        "38 draining",
        USER.too_fast(send(BUSY), "1 the vendor's sample"),
    ),
    (Reason.BAD_MESSAGE, ""): (
        "24 not UTF-8",
        Case(row=send("Error: 1009 - Message contains invalid character.", message="a\0b")),
    ),
    (Reason.TOO_LONG, ""): ("22 613 characters", "23 269 Cyrillic characters"),
    (Reason.TOO_MANY_RECIPIENTS, ""): ("101 numbers",),
    (Reason.BAD_DESTINATION, ""): ("11 no number",),
    (Reason.BAD_DESTINATION, "greek"): ("12 Greek number too short",),
    (Reason.NO_ROUTE, ""): ("13 no route",),
    (Reason.OPTED_OUT, ""): ("14 opted out",),
    (Reason.DO_NOT_DISTURB, ""): (
        Case(
            row=sends(
                UNKNOWN_NUMBER,
                {"gateway": {"dnd": ["393391234567"]}, "account.myusername": {"dnd": True}},
            )
        ),
    ),
    (Reason.BAD_SENDER, "long name"): ("16 sender of twelve letters",),
    (Reason.BAD_SENDER, "long number"): ("16 sender of seventeen digits",),
    (Reason.BAD_SENDER, "digits"): ("16 sender of digits",),
    (Reason.BAD_SENDER, "characters"): ("16 sender with a star",),
    (Reason.BAD_SENDER, ""): ("17 sender not allowed",),
    (Reason.SPAM, ""): ("25 spam",),
    (Reason.TEMPLATE_MISMATCH, ""): (
        Case(row=sends(NOT_VALID, {"account.myusername": {"templates": ["Your code is {#var#}"]}})),
    ),
    (Reason.DUPLICATE, ""): (USER.refuses_repeats(send(NOT_VALID), send(TAKEN)),),
    (Reason.KEY_REUSED, ""): (
        Case(row=with_key(send(NOT_VALID, message="Hi")), before=(with_key(send(TAKEN)),)),
    ),
    (Reason.NO_PRICE, ""): (
        "15 no price",
        Case(
            row=send(NO_PRICE, username="stranger"),
            extra=unpriced("USD", "mypass"),
        ),
    ),
    (Reason.INSUFFICIENT_CREDIT, "empty"): ("26 nothing left",),
    (Reason.INSUFFICIENT_CREDIT, ""): ("27 too little left",),
    (Reason.INTERNAL, "store"): (
        Case(row=send(NOT_STORED), store="refuses"),
        Case(row=status(NOT_STORED, SMSId="2345"), store="is gone"),
        Case(row=status(NOT_STORED, SMSId="2345"), store="cannot be read"),
    ),
    (Reason.INTERNAL, "unreachable"): (
        Case(row=send(NO_LEDGER), store="is gone"),
        Case(row=balance(NO_LEDGER), store="is gone"),
        Case(row=balance(NO_LEDGER), store="cannot be read"),
    ),
    (Reason.INTERNAL, ""): (Case(row=send(FAULT), is_faulty=True),),
    (Reason.TIMEOUT, ""): (
        Case(row=send(NO_ANSWER), store="hangs"),
        USER.waits(send(NO_ANSWER), SILENT),
    ),
    (Reason.CARRIER_REFUSAL, ""): (
        USER.waits(send(NO_ANSWER), 8),
        USER.waits(send(NO_ANSWER), 11),
        USER.waits(send(NO_ANSWER), 0x58),
    ),
    (Reason.UNKNOWN_MESSAGE, ""): (
        "32 status of no id",
        "32 status of an unknown id",
        "32 status of another account's",
    ),
    (Reason.BAD_PARAMETER, ""): ("34 letters as prefix",),
    (Reason.BAD_REQUEST, ""): (
        Case(
            row=Row(
                method="POST",
                target=f"/sendsms/?{urlencode(HELLO)}",
                headers={"content-type": "multipart/form-data; boundary=x"},
                body=b"--x\r\nnothing",
                answer=NO_PARAMETERS,
            )
        ),
    ),
}

LISTS = {
    "a repeat among others": USER.refuses_repeats(
        send(f"{NOT_VALID}|OK ID:1235", destination="393391234567.393391234568"), send(TAKEN)
    ),
    "every reason among good ones": Case(
        row=send(
            f"{TAKEN}|{BAD_NUMBER}|{NOT_SUPPORTED}|{UNKNOWN_NUMBER}|{NO_PRICE}|OK ID:1235",
            destination="393391234567.12ab;33612345678^393330000001,4915112345678.306912345678",
        )
    ),
    "dry in the middle, and cheap enough again": Case(
        row=send(f"{NO_CREDITS}|{TAKEN}", username="low", destination="306912345678.393391234567")
    ),
    "in doubt as a whole": Case(
        row=send(NO_ANSWER, destination="393391234567.306912345678"), store="hangs"
    ),
    "carrier: taken, refused, silent": USER.waits(
        send(
            f"{TAKEN}|{NO_ANSWER}|{NO_ANSWER}|{BAD_NUMBER}",
            destination="393391234567.393391234568.306912345678.12ab",
        ),
        *(0, 69, SILENT),
    ),
    "phrases: not stored": Case(row=sends("Internal Error.", PHRASES), store="refuses"),
    "phrases: fault": Case(row=sends("Internal Error.", PHRASES), is_faulty=True),
}

UNMET = {
    # No request of this dialect can meet these: all that may be missing has its own line.
    (Reason.MISSING_PARAMETER, ""),
    (Reason.BAD_TYPE, ""),
    (Reason.BAD_SCHEDULE, ""),
}


def own_table() -> dict[tuple[Reason, str], str]:
    """Give what the dialect says for each reason and variant."""
    return dict(LINES)
