"""Every name of the dialect `intellisoftware`; see `codes.py` for what the names mean."""

from dragoman.dialects.intellisoftware_words import NAMES
from dragoman.model.refusals import Reason
from tests.flow.codes import SILENT, Account, Case, Table, expired, unpriced, with_key
from tests.flow.examples_intellisoftware import (
    BALANCE,
    BINARY,
    FIRST,
    HI,
    JOIN,
    LOGIN,
    ONE,
    SENT,
    UPDATE,
    form,
    get,
    without,
)

USER = Account("MyUsername")
PAIR = {**HI, "to": "44771012345,44771012346"}

CODES: Table = {
    (Reason.MISSING_PARAMETER, "username"): ("11 no username", "balance, no username"),
    (Reason.MISSING_PARAMETER, "password"): ("11 no password", "38 balance without password"),
    (Reason.MISSING_PARAMETER, "to"): ("11 no to", "only commas"),
    (Reason.MISSING_PARAMETER, "text"): ("11 no text", "blank text", "32 no text"),
    (Reason.MISSING_PARAMETER, ""): ("26 no hex", "29 no ud", "32 no href", "34 no files"),
    (Reason.BAD_REQUEST, ""): ("no ending boundary",),
    (Reason.BAD_CREDENTIALS, ""): (
        "13 wrong password",
        "unknown user",
        "balance, wrong password",
        Case(
            row=get(HI, "ERR:LOGIN_INVALID", changes={"account.MyUsername": {"dialects": ["itec"]}})
        ),
    ),
    (Reason.ACCOUNT_DISABLED, ""): (
        "13 account off",
        "balance, account off",
        Case(
            row=get({**HI, "username": "late"}, "ERR:LOGIN_INVALID"),
            extra=expired("GBP", "MyPassword"),
        ),
    ),
    (Reason.IP_BANNED, ""): (
        "gateway's ban",
        Case(
            row=get(
                HI, "ERR:LOGIN_INVALID", changes={"account.MyUsername": {"ip_ban": ["127.0.0.1"]}}
            )
        ),
    ),
    (Reason.IP_NOT_ALLOWED, ""): ("peer not allowed",),
    (Reason.THROTTLED, ""): (
        "50 draining",
        USER.too_fast(get(HI, "ERR:GATEWAY_ERROR"), "1 as documented"),
    ),
    (Reason.THROTTLED, "delay"): (
        USER.too_fast(
            get(HI, "DELAY:1", changes={"dialect.intellisoftware": {"delay_reply": True}}),
            "1 as documented",
        ),
    ),
    (Reason.BAD_TYPE, ""): ("22 type 7", "34 files of a text"),
    (Reason.BAD_MESSAGE, "hex"): ("26 three digits", "26 not hexadecimal"),
    (Reason.BAD_MESSAGE, "ud"): ("29 odd digits",),
    (Reason.BAD_MESSAGE, "udh"): (
        "29 header of another length",
        Case(row=get({**BINARY, "udh": "0G", "ud": "00"}, "ERR:PARAMETER_INVALID")),
    ),
    (Reason.BAD_MESSAGE, ""): ("32 another scheme",),
    (Reason.BAD_PARAMETER, ""): (
        "22 maxconcat 0",
        "22 maxconcat x",
        "context of 256 characters",
        "voice is not served",
    ),
    (Reason.BAD_PARAMETER, "sublistname"): ("43 unknown list", "list of another account"),
    (Reason.BAD_PARAMETER, "action"): ("43 action 4",),
    (Reason.BAD_SENDER, ""): (
        *("23 sender of twelve letters", "sender not allowed"),
        Case(row=get({**HI, "from": "5€ off"}, "ERR:INVALID_REQUEST")),
    ),
    (Reason.TOO_MANY_RECIPIENTS, ""): ("9 101 recipients",),
    (Reason.TOO_LONG, ""): ("overflow refused", "26 284 digits", "28 141 octets"),
    (Reason.SPAM, ""): (
        "spam before the number",
        Case(
            row=get(
                {**ONE, "text": "Win a prize"},
                "ERR:INVALID_REQUEST",
                changes={"gateway": {"spam": ["win a prize"]}},
            )
        ),
    ),
    (Reason.TEMPLATE_MISMATCH, ""): (
        Case(
            row=get(
                HI,
                "ERR:INVALID_REQUEST",
                changes={"account.MyUsername": {"templates": ["Your code is {#var#}"]}},
            )
        ),
    ),
    (Reason.BAD_DESTINATION, ""): (Case(row=get({**HI, "to": "abc"}, "ERR:INVALID_NUMBER")),),
    (Reason.NO_ROUTE, ""): ("5 no route",),
    (Reason.NO_PRICE, ""): (
        Case(
            row=get({**HI, "username": "stranger"}, "ERR:INVALID_NUMBER"),
            extra=unpriced("USD", "MyPassword"),
        ),
    ),
    (Reason.OPTED_OUT, ""): ("16 opted out",),
    (Reason.DO_NOT_DISTURB, ""): (
        Case(
            row=get(
                HI,
                "ERR:INVALID_NUMBER",
                changes={
                    "gateway": {"dnd": ["44771012345"]},
                    "account.MyUsername": {"dnd": True},
                },
            )
        ),
    ),
    (Reason.DUPLICATE, ""): (USER.refuses_repeats(get(HI, "ERR:INVALID_REQUEST"), get(HI, SENT)),),
    (Reason.KEY_REUSED, ""): (
        Case(
            row=with_key(get({**ONE, "text": "Ho"}, "ERR:PARAMETER_INVALID")),
            before=(with_key(get(HI, SENT)),),
        ),
    ),
    (Reason.INSUFFICIENT_CREDIT, ""): ("14 credit for one of two",),
    (Reason.TIMEOUT, ""): (
        Case(row=get(HI, "ERR:GATEWAY_ERROR"), store="hangs"),
        Case(row=get(JOIN, "ERR:GATEWAY_ERROR", target=UPDATE), store="hangs"),
        Case(row=get(JOIN, "ERR:GATEWAY_ERROR", target=UPDATE), store="refuses"),
    ),
    (Reason.INTERNAL, ""): (
        Case(row=get(HI, "ERR:INTERNAL_ERROR"), store="refuses"),
        Case(row=get(HI, "ERR:INTERNAL_ERROR"), store="is gone"),
        Case(row=get(HI, "ERR:INTERNAL_ERROR"), is_faulty=True),
        Case(row=get(LOGIN, "ERR:INTERNAL_ERROR", target=BALANCE), store="is gone"),
        Case(row=get(LOGIN, "ERR:INTERNAL_ERROR", target=BALANCE), store="cannot be read"),
    ),
    (Reason.CARRIER_REFUSAL, ""): (
        USER.waits(get(FIRST, "ERR:GATEWAY_ERROR"), 8),
        USER.waits(form(FIRST, "ERR:GATEWAY_ERROR"), 0x58),
    ),
    (Reason.CARRIER_REFUSAL, "11"): (USER.waits(get(FIRST, "ERR:INVALID_NUMBER"), 11),),
}

LISTS = {
    "a repeat among others": USER.refuses_repeats(
        get(PAIR, "44771012345,ERR:INVALID_REQUEST\n44771012346,ID:10011000000000000002"),
        get(HI, SENT),
    ),
    "every bad one among good": Case(
        row=get(
            {**HI, "to": "44771012345,abc,44771054321,44771000001,44771012345"},
            f"44771012345,{SENT}\nabc,ERR:INVALID_NUMBER\n44771054321,ERR:INVALID_NUMBER\n"
            "44771000001,ERR:INVALID_NUMBER",
        )
    ),
    "in doubt as a whole": Case(row=get(PAIR, "ERR:GATEWAY_ERROR"), store="hangs"),
    "not stored as a whole": Case(row=get(PAIR, "ERR:INTERNAL_ERROR"), store="refuses"),
    "carrier: refused and taken": USER.waits(
        get(PAIR, f"44771012345,ERR:INVALID_NUMBER\n44771012346,{SENT}"), *(11, 0)
    ),
    "carrier: all refused": USER.waits(
        get(PAIR, "44771012345,ERR:GATEWAY_ERROR\n44771012346,ERR:INVALID_NUMBER"), *(69, 11)
    ),
    # It is stored, and its state is unknown: a client that switched hosts would send it twice.
    "carrier: silent": USER.waits(get(FIRST, SENT), SILENT),
    "carrier: silent and taken": USER.waits(
        get(PAIR, f"44771012345,{SENT}\n44771012346,{SENT}"), *(SILENT, 0)
    ),
    "parameters are missing before all else": Case(
        row=get(without("to", HI), "ERR:NO_TO"), store="is gone"
    ),
}

UNMET = {
    (Reason.MISSING_PARAMETER, "msgid"),  # only a received MMS is asked for by its id
    (Reason.UNKNOWN_MESSAGE, ""),
    (Reason.BAD_SCHEDULE, ""),  # nothing here can be scheduled
}


def own_table() -> dict[tuple[Reason, str], str]:
    """Give what the dialect says for each reason and variant."""
    return {
        **{key: f"ERR:{name}" for key, name in NAMES.items()},
        (Reason.THROTTLED, "delay"): "DELAY:1",
        (Reason.CARRIER_REFUSAL, "11"): "ERR:INVALID_NUMBER",
    }
