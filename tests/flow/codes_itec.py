"""Every text of the dialect `itec`; see `codes.py` for what the names mean."""

from dataclasses import replace
from typing import Any

from dragoman.model.refusals import Reason
from tests.flow import codes_intouch
from tests.flow import examples_itec as examples
from tests.flow.codes import SILENT, Account, Case, Table, expired, unpriced, with_key
from tests.flow.examples import Row
from tests.flow.examples_itec import HOME, LOGIN, SAMPLE, STATUS, failed, post, refused, sends, sent

DEMO = Account("demo")
OTHER = "+250782300441"


def no(detail: str, **changed: Any) -> Row:
    return refused(changed, detail)


def told(row: Row, **changes: Any) -> Row:
    return replace(row, changes=changes)


def entries(*told: tuple[str, str], cost: str, balance: str) -> str:
    """Give a success; of each recipient number and error."""
    numbered = [
        (number, 700001 + index, "0.0" if error else "15.0", error)
        for index, (number, error) in enumerate(told)
    ]
    return sent(numbered, cost, balance)


CODES: Table = {
    (Reason.BAD_REQUEST, ""): ("13 broken JSON", "14 JSON that is no object"),
    (Reason.MISSING_PARAMETER, "username"): (
        Case(row=no("username is required", username="absent", password="absent")),
    ),
    (Reason.MISSING_PARAMETER, "password"): ("15 no password",),
    (Reason.MISSING_PARAMETER, "recipients"): (
        Case(row=no("recipients is required", recipients="absent")),
        Case(row=no("recipients is required", recipients=[])),
    ),
    (Reason.MISSING_PARAMETER, "message"): (Case(row=no("message is required", message=" ")),),
    (Reason.MISSING_PARAMETER, "sender"): ("22 no sender",),
    (Reason.MISSING_PARAMETER, "messageid"): ("25 status without id",),
    (Reason.BAD_CREDENTIALS, ""): (
        "16 wrong password",
        Case(row=no("Invalid username or password", username="nobody")),
        Case(
            row=told(
                no("Invalid username or password"), **{"account.demo": {"dialects": ["unified"]}}
            )
        ),
    ),
    (Reason.ACCOUNT_DISABLED, ""): (
        Case(row=told(no("Account disabled"), **{"account.demo": {"enabled": False}})),
        Case(row=no("Account disabled", username="late"), extra=expired("RWF")),
    ),
    (Reason.IP_BANNED, ""): (
        Case(row=told(no("IP address not allowed"), gateway={"ip_ban": ["127.0.0.1"]})),
        Case(row=told(no("IP address not allowed"), **{"account.demo": {"ip_ban": ["127.0.0.1"]}})),
    ),
    (Reason.IP_NOT_ALLOWED, ""): ("17 peer not allowed",),
    (Reason.THROTTLED, ""): (
        Case(row=told(no("Too many requests"), gateway={"drain": True})),
        DEMO.too_fast(no("Too many requests"), "1 one recipient"),
    ),
    (Reason.TOO_MANY_RECIPIENTS, ""): (
        Case(row=no("Too many recipients", recipients=",".join([HOME] * 1001))),
    ),
    (Reason.BAD_MESSAGE, ""): (
        Case(row=no("Invalid message", message="a\0b")),
        Case(
            row=Row(
                method="POST",
                target=examples.SEND,
                headers=examples.FORM,
                body=b"username=demo&password=secret&recipients=250785971082&sender=Itec"
                b"&message=%C3%28",
                status=400,
                answer=failed("Invalid message"),
                content_type="application/json",
            )
        ),
    ),
    (Reason.TOO_LONG, ""): (Case(row=no("Message too long", message="a" * 1531)),),
    (Reason.BAD_SENDER, ""): (
        Case(row=no("Invalid sender", sender="TwelveLetter")),
        Case(row=no("Invalid sender", sender="5€ off")),
        Case(row=told(no("Invalid sender"), **{"account.demo": {"senders": ["Other"]}})),
    ),
    (Reason.SPAM, ""): (
        Case(row=told(no("Message refused as spam", message="Win it"), gateway={"spam": ["win"]})),
    ),
    (Reason.TEMPLATE_MISMATCH, ""): ("18 no template matches",),
    (Reason.BAD_DESTINATION, ""): (
        Case(row=no("Invalid recipient", recipients="+1")),
        "28 strict about E.164",
    ),
    (Reason.NO_ROUTE, ""): ("11 no route",),
    (Reason.NO_PRICE, ""): (
        Case(
            row=no("Destination not supported", username="stranger"),
            extra=unpriced("USD", cc="250"),
        ),
    ),
    (Reason.OPTED_OUT, ""): ("10 opted out",),
    (Reason.DO_NOT_DISTURB, ""): (
        Case(
            row=told(
                no("Recipient on do-not-disturb list", recipients="+250788000002"),
                gateway={"dnd": ["250788000002"]},
                **{"account.demo": {"dnd": True}},
            )
        ),
    ),
    (Reason.DUPLICATE, ""): (DEMO.refuses_repeats(no("Duplicate message"), sends({}, SAMPLE)),),
    (Reason.KEY_REUSED, ""): (
        Case(
            row=with_key(no("Idempotency key was used for another request", message="Hi")),
            before=(with_key(sends({}, SAMPLE)),),
        ),
    ),
    (Reason.INSUFFICIENT_CREDIT, ""): ("12 no credit for two",),
    (Reason.TIMEOUT, ""): (
        Case(row=no("Gateway timeout, do not resend"), store="hangs"),
        DEMO.waits(no("Gateway timeout, do not resend"), SILENT),
    ),
    (Reason.INTERNAL, ""): (
        Case(row=no("Internal error"), store="refuses"),
        Case(row=no("Internal error"), store="is gone"),
        Case(row=no("Internal error"), is_faulty=True),
        Case(
            row=post(LOGIN | {"messageid": 650001}, failed("Internal error"), 400, target=STATUS),
            store="cannot be read",
        ),
    ),
    (Reason.UNKNOWN_MESSAGE, ""): ("26 status of an unknown id",),
    (Reason.CARRIER_REFUSAL, ""): (
        DEMO.waits(
            sends({}, entries((HOME, "Carrier refused: 8"), cost="0.0", balance="1000.0")), 8
        ),
    ),
}

LISTS = {
    "every reason among good ones": Case(
        row=sends(
            {"recipients": [HOME, "+1", "+254700000000", "+250788000001"]},
            entries(
                (HOME, ""),
                ("+1", "Invalid recipient"),
                ("+254700000000", "Destination not supported"),
                ("+250788000001", "Recipient opted out"),
                cost="15.0",
                balance="985.0",
            ),
        )
    ),
    "all bad: the first is told": Case(
        row=no("Destination not supported", recipients="+254700000000,+1")
    ),
    "carrier: taken and silent": DEMO.waits(
        sends(
            {"recipients": [HOME, OTHER]},
            sent(
                [
                    (HOME, 700001, "15.0", ""),
                    # It is stored, and paid for.
                    (OTHER, 700002, "15.0", "Gateway timeout, do not resend"),
                ],
                "30.0",
                "970.0",
            ),
        ),
        *(0, SILENT),
    ),
    "carrier: refused and taken": DEMO.waits(
        sends(
            {"recipients": [HOME, OTHER]},
            entries((HOME, "Carrier refused: 20"), (OTHER, ""), cost="15.0", balance="985.0"),
        ),
        *(20, 0),
    ),
}

UNMET = codes_intouch.UNMET
own_table = codes_intouch.own_table
