"""Every text of the dialect `intouch`; see `codes.py` for what the names mean."""

from dataclasses import replace
from typing import Any

from dragoman.dialects.intouch_words import TEXTS
from dragoman.model.refusals import Reason
from tests.flow.codes import SILENT, Account, Case, Table, expired, unpriced, with_key
from tests.flow.examples import Row
from tests.flow.examples_intouch import (
    HELLO,
    HOME,
    PAIR,
    SAMPLE,
    STATUS,
    basic,
    failed,
    post,
    refused,
    sent,
)

DEMO = Account("demo")
LIVE = {"dialect.intouch": {"live_status": True}}
BALANCE = "-1599.0"  # of demo


def no(detail: str, **changed: str) -> Row:
    """Give a row that posts HELLO with a change and is refused."""
    return refused(changed, detail)


def told(row: Row, **changes: Any) -> Row:
    return replace(row, changes=changes)


def entries(*told: tuple[str, str], cost: str, balance: str) -> str:
    """Give a success of HELLO; of each recipient number and error."""
    numbered = [(number, 238254 + index, error) for index, (number, error) in enumerate(told)]
    return sent("Hello", numbered, cost, balance)


SPAM = {"account.demo": {"spam": ["win a prize"]}}
TEMPLATES = {"account.demo": {"templates": ["Your code is {#var#}"]}}

CODES: Table = {
    (Reason.BAD_REQUEST, ""): ("broken JSON", "JSON that is no object"),
    (Reason.MISSING_PARAMETER, "username"): ("13 no login",),
    (Reason.MISSING_PARAMETER, "password"): ("no password",),
    (Reason.MISSING_PARAMETER, "recipients"): ("no recipients", "only separators"),
    (Reason.MISSING_PARAMETER, "message"): ("16 blank message",),
    (Reason.MISSING_PARAMETER, "sender"): ("no sender",),
    (Reason.MISSING_PARAMETER, "messageid"): ("no messageid",),
    (Reason.BAD_CREDENTIALS, ""): ("14 wrong password", "unknown user"),
    (Reason.ACCOUNT_DISABLED, ""): (
        "15 account off",
        Case(
            row=refused({}, "Account disabled", headers=basic("late")),
            extra=expired("RWF"),
        ),
    ),
    (Reason.IP_BANNED, ""): (
        Case(row=told(no("IP address not allowed"), gateway={"ip_ban": ["127.0.0.1"]})),
        Case(row=told(no("IP address not allowed"), **{"account.demo": {"ip_ban": ["127.0.0.1"]}})),
    ),
    (Reason.IP_NOT_ALLOWED, ""): ("peer not allowed",),
    (Reason.THROTTLED, ""): (
        "draining",
        DEMO.too_fast(no("Too many requests"), "1 one recipient"),
    ),
    (Reason.TOO_MANY_RECIPIENTS, ""): ("1001 recipients",),
    (Reason.BAD_MESSAGE, ""): ("21 not UTF-8", "NUL in the message"),
    (Reason.TOO_LONG, ""): ("eleven segments",),
    (Reason.BAD_SENDER, ""): (
        *("17 sender of twelve letters", "sender not allowed"),
        Case(row=no("Invalid sender", sender="5€ off")),
    ),
    (Reason.SPAM, ""): (
        "22 spam",
        Case(row=told(no("Message refused as spam", message="win a prize"), **SPAM)),
    ),
    (Reason.TEMPLATE_MISMATCH, ""): (
        "template",
        Case(row=told(no("Message does not match a template"), **TEMPLATES)),
    ),
    (Reason.BAD_DESTINATION, ""): ("10 all bad",),
    (Reason.NO_ROUTE, ""): ("11 no route",),
    (Reason.NO_PRICE, ""): (
        Case(
            row=refused({}, "Destination not supported", headers=basic("stranger")),
            extra=unpriced("USD", cc="250"),
        ),
    ),
    (Reason.OPTED_OUT, ""): (Case(row=no("Recipient opted out", recipients="0788000001")),),
    (Reason.DO_NOT_DISTURB, ""): ("23 do not disturb",),
    (Reason.DUPLICATE, ""): (DEMO.refuses_repeats(no("Duplicate message"), post(HELLO, SAMPLE)),),
    (Reason.KEY_REUSED, ""): (
        Case(
            row=with_key(no("Idempotency key was used for another request", message="Hi")),
            before=(with_key(post(HELLO, SAMPLE)),),
        ),
    ),
    (Reason.INSUFFICIENT_CREDIT, ""): ("12 no credit",),
    (Reason.TIMEOUT, ""): (
        Case(row=no("Gateway timeout, do not resend"), store="hangs"),
        DEMO.waits(no("Gateway timeout, do not resend"), SILENT),
    ),
    (Reason.INTERNAL, ""): (
        Case(row=no("Internal error"), store="refuses"),
        Case(row=no("Internal error"), store="is gone"),
        Case(row=no("Internal error"), is_faulty=True),
        Case(
            row=post({"messageid": "223750"}, failed("Internal error"), status=400, target=STATUS),
            store="is gone",
        ),
    ),
    (Reason.UNKNOWN_MESSAGE, ""): (
        "26 status of another account's",
        "26 status of no id",
        "26 status of an unknown id",
    ),
    (Reason.CARRIER_REFUSAL, ""): (
        DEMO.waits(
            post(HELLO, entries((HOME, "Carrier refused: 69"), cost="0.0", balance=BALANCE)), 0x45
        ),
        DEMO.waits(
            post(HELLO, entries((HOME, "Carrier refused: 1024"), cost="0.0", balance=BALANCE)),
            0x400,
        ),
    ),
}

LISTS = {
    "a repeat among others": DEMO.refuses_repeats(
        post(
            {**HELLO, "recipients": "0785971082,0782300441"},
            sent(
                "Hello",
                [(HOME, 238255, "Duplicate message"), ("+250782300441", 238256, "")],
                "18.0",
                "-1635.0",
            ),
        ),
        post(HELLO, SAMPLE),
    ),
    "every reason among good ones": Case(
        row=post(
            {**HELLO, "recipients": "12ab,0785971082,44771012345,0788000001,0788000002"},
            entries(
                ("12ab", "Invalid recipient"),
                (HOME, ""),
                ("+44771012345", "Destination not supported"),
                ("+250788000001", "Recipient opted out"),
                ("+250788000002", "Recipient on do-not-disturb list"),
                cost="18.0",
                balance="-1617.0",
            ),
            changes={"account.demo": {"dnd": True}},
        )
    ),
    "all bad: the first is told": Case(row=no("Recipient opted out", recipients="0788000001,12ab")),
    "credit for one of two": Case(
        row=post(
            {**PAIR},
            failed("Insufficient balance", "balance"),
            status=400,
            changes={"account.demo": {"overdraft": "1620"}},
        )
    ),
    "nothing is stored of a list in doubt": Case(
        row=no("Gateway timeout, do not resend", recipients="12ab,0785971082"), store="hangs"
    ),
    "carrier: taken, refused, refused here": DEMO.waits(
        post(
            {**HELLO, "recipients": "0785971082,0782300441,12ab"},
            entries(
                (HOME, ""),
                ("+250782300441", "Carrier refused: 11"),
                ("12ab", "Invalid recipient"),
                cost="18.0",
                balance="-1617.0",
            ),
        ),
        *(0, 11),
    ),
    "carrier: refused, and one refused here": DEMO.waits(
        post(
            {**HELLO, "recipients": "12ab,0785971082"},
            entries(
                ("12ab", "Invalid recipient"),
                (HOME, "Carrier refused: 11"),
                cost="0.0",
                balance=BALANCE,
            ),
        ),
        11,
    ),
    "carrier: doubt goes before what is refused": DEMO.waits(
        no("Gateway timeout, do not resend", recipients="12ab,0785971082"), SILENT
    ),
    "live status: doubt": Case(
        row=post(HELLO, failed("Gateway timeout, do not resend"), status=200, changes=LIVE),
        store="hangs",
    ),
}

UNMET = {
    # No request of this dialect has a type or a schedule.
    (Reason.BAD_TYPE, ""),
    (Reason.BAD_SCHEDULE, ""),
}
FIELDS = ("username", "password", "recipients", "message", "sender", "messageid")


def own_table() -> dict[tuple[Reason, str], str]:
    """Give what the dialect says for each reason and variant."""
    return {
        **{(reason, ""): text for reason, text in TEXTS.items()},
        **{(Reason.MISSING_PARAMETER, field): f"{field} is required" for field in FIELDS},
        (Reason.CARRIER_REFUSAL, ""): "Carrier refused: ",
    }
