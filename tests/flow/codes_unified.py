"""Every code of the dialect `unified`; see `codes.py` for what the names mean."""

from dragoman.dialects.unified_codes import CODES as TABLE
from dragoman.dialects.unified_codes import UNREACHABLE
from dragoman.model.refusals import Reason
from tests.flow import examples_unified as examples
from tests.flow.codes import SILENT, Account, Case, Table, expired, unpriced, with_key
from tests.flow.examples import Row
from tests.flow.examples_unified import ANY_ORIGIN, DEST, FOUR, SEND, SENT, A, B, Z, z

DEMO = Account("demo")
TWO = Account("two")
PAIR = f"{DEST},447700900123"
TRIPLE = {"dialect.unified": {"reply_form": "triple"}}
BROKEN = Row(
    method="POST",
    target=f"{SEND}?" + "&".join(f"{name}={value}" for name, value in Z.items()),
    headers={"content-type": "multipart/form-data; boundary=x"},
    body=b"--x\r\nnothing",
    answer="1702",
    answer_headers=ANY_ORIGIN,
)

CODES: Table = {
    (Reason.MISSING_PARAMETER, ""): (
        *("no username", "no password", "12 no dlr", "13 blank message", "32 WAP push without url"),
        *("missing before the password", "only commas", "48 only a date"),
        Case(row=z("1702", type="absent")),
        Case(row=z("1702", source=" ")),
    ),
    (Reason.BAD_REQUEST, ""): (Case(row=BROKEN),),
    (Reason.BAD_SCHEDULE, ""): ("47 past", "47 no such day", "48 schedule without gmt"),
    (Reason.BAD_CREDENTIALS, ""): ("14 wrong password", "14 unknown user", "dialect not allowed"),
    (Reason.BAD_TYPE, ""): ("15 type 3", "15 type 8", "15 type x"),
    (Reason.BAD_MESSAGE, ""): ("31 not UTF-8", "NUL in the message", "25 half a pair"),
    (Reason.TOO_LONG, ""): ("too long",),
    (Reason.BAD_DESTINATION, ""): ("6 malformed",),
    (Reason.TOO_MANY_RECIPIENTS, ""): ("1001 destinations",),
    (Reason.NO_ROUTE, ""): ("7 no route",),
    (Reason.NO_PRICE, ""): (
        Case(
            row=z("1706", username="stranger"),
            extra=unpriced("USD"),
        ),
    ),
    (Reason.BAD_SENDER, ""): (
        *("17 source of twelve letters", "source not allowed"),
        Case(row=z("1707", source="5€ off")),
    ),
    (Reason.BAD_PARAMETER, ""): ("16 dlr 2",),
    (Reason.ACCOUNT_DISABLED, ""): (
        "19 account off",
        Case(row=z("1709", username="late"), extra=expired("EUR")),
    ),
    (Reason.THROTTLED, ""): ("draining", DEMO.too_fast(z("1709"), "1 as documented")),
    (Reason.INTERNAL, "unreachable"): (
        Case(row=z("1709"), store="is gone"),
        Case(
            row=examples.credits_of("1709", "username=demo&password=secret", **examples.CHECKED),
            store="is gone",
        ),
    ),
    (Reason.INTERNAL, ""): (
        Case(row=z("1710"), store="refuses"),
        Case(row=z("1710"), is_faulty=True),
    ),
    (Reason.TIMEOUT, ""): (
        Case(row=z("1715"), store="hangs"),
        DEMO.waits(z(f"1715|{DEST}|{A}"), SILENT),
    ),
    (Reason.INSUFFICIENT_CREDIT, ""): ("39 no credit", "credit for none of two"),
    (Reason.INSUFFICIENT_CREDIT, "1025"): ("the other code of credit",),
    (Reason.DUPLICATE, ""): (
        "9 the same number twice, which the account refuses",
        "10 the second",
        DEMO.refuses_repeats(z("1041"), z(SENT)),
    ),
    (Reason.KEY_REUSED, ""): (
        Case(row=with_key(z("1041", message="Hi")), before=(with_key(z(SENT)),)),
    ),
    (Reason.DO_NOT_DISTURB, ""): ("37 do not disturb",),
    (Reason.SPAM, ""): ("34 spam", "WAP push is spam"),
    (Reason.TEMPLATE_MISMATCH, ""): ("35 no template",),
    (Reason.OPTED_OUT, ""): ("36 opted out",),
    (Reason.IP_BANNED, ""): ("20 peer barred", "gateway's ban before the password"),
    (Reason.IP_NOT_ALLOWED, ""): ("20 peer not allowed",),
    (Reason.CARRIER_REFUSAL, ""): tuple(
        DEMO.waits(z(f"{code}|{DEST}|{A}"), status)
        for status, code in (
            *((0x08, 8), (0x45, 69), (0x0B, 11), (0x0A, 10), (0x14, 20), (0x58, 88)),
            # What would read as a code of the vendor's own.
            *((0x10, 69), (0x12, 69), (0x404, 69), (0x411, 69), (0x412, 69), (0x6A5, 69)),
            # What the standard leaves to vendors, and does not collide.
            (0x3FF, 1023),
        )
    ),
}

LISTS: dict[str, Case] = {
    "the store stops a list": Case(
        row=z(f"1706|12ab,1710|{DEST}", destination=f"12ab,{PAIR}"), store="refuses"
    ),
    "doubt stops a list": Case(
        row=z(f"1042|919800000001,1715|{DEST}", destination=f"919800000001,{PAIR}"), store="hangs"
    ),
    "no store stops a list": Case(
        row=z(f"1706|12ab,1709|{DEST}", destination=f"12ab,{PAIR}"), store="is gone"
    ),
    "first of a list": Case(row=z("1715", destination=PAIR), store="hangs"),
    "triple, first of a list": Case(
        row=z(f"1715|{DEST}|", destination=PAIR, more={"changes": TRIPLE}), store="hangs"
    ),
    "triple, in doubt": Case(row=z(f"1715|{DEST}|", more={"changes": TRIPLE}), store="hangs"),
    "triple, not stored": Case(row=z(f"1710|{DEST}|", more={"changes": TRIPLE}), store="refuses"),
    "a carrier's answers stop no list": DEMO.waits(
        z(
            f"{SENT},1706|12ab,8|447700900123|{B},1042|919800000001",
            destination=f"{DEST},12ab,447700900123,919800000001",
        ),
        *(0, 8),
    ),
    "a silent carrier stops no list": DEMO.waits(
        z(f"{SENT},1715|447700900123|{B}", destination=PAIR), 0, SILENT
    ),
    "triple, a carrier's refusal": DEMO.waits(z(f"8|{DEST}|{A}", more={"changes": TRIPLE}), 8),
    "dry, and refused by the carrier": TWO.waits(
        z(
            f"1701|919000000001|{A},11|919000000002|{B},1725|919000000003",
            username="two",
            destination=FOUR,
        ),
        *(0, 11),
    ),
}

UNMET = {
    (Reason.UNKNOWN_MESSAGE, ""),  # nothing here asks for a message by its id
}


def own_table() -> dict[tuple[Reason, str], str]:
    """Give what the dialect says for each reason and variant."""
    return {
        **{(reason, ""): str(code) for reason, code in TABLE.items()},
        (UNREACHABLE.reason, UNREACHABLE.detail): "1709",
        (Reason.INSUFFICIENT_CREDIT, "1025"): "1025",
        (Reason.CARRIER_REFUSAL, ""): "",  # the status
    }
