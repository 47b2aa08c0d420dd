"""Worked examples of the dialect `unified`; see `examples.py` for what the names mean."""

from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from dragoman.model.submissions import Alphabet
from tests.flow.examples import NO_CARRIER, Row, Screen, at_us

WORLD = (
    NO_CARRIER
    + """
[gateway]
dnd = ["919800000002"]
spam = ["win a free"]

[[account]]
name = "demo"
password = "secret"
currency = "EUR"
balance = "100"

[[account]]
name = "two"
password = "secret"
currency = "EUR"
balance = "2"

[[account]]
name = "off"
password = "secret"
currency = "EUR"
balance = "100"
enabled = false

[[account]]
name = "barred"
password = "secret"
currency = "EUR"
balance = "100"
ip_ban = ["127.0.0.1"]

[[account]]
name = "fenced"
password = "secret"
currency = "EUR"
balance = "100"
ip_allow = ["198.51.100.0/24"]

[[account]]
name = "tmpl"
password = "secret"
currency = "EUR"
balance = "100"
templates = ["Your code is {#var#}"]

[[account]]
name = "dnd"
password = "secret"
currency = "EUR"
balance = "100"
dnd = true

[[account]]
name = "dup"
password = "secret"
currency = "EUR"
balance = "100"
duplicate_window_s = 300

[[account]]
name = "named"
password = "secret"
currency = "EUR"
balance = "100"
senders = ["DEMO"]

[[account]]
name = "foreign"
password = "secret"
currency = "EUR"
balance = "100"
dialects = ["intouch"]

[[route]]
prefix = "91"
carrier = "main"

[[route]]
prefix = "44"
carrier = "main"

[[route]]
prefix = "250"
carrier = "main"

[[price]]
prefix = ""
currency = "EUR"
price = "1"
"""
)
OPTED_OUT = ("919800000001",)
CLOCK_US = at_us("2026-03-02T10:15:30.250Z")
NEXT_IDS = {"message": 1001}

SEND = "/bulksms/bulksms"
SCHEDULE = "/bulksms/schedulemsg"
CREDITS = "/CreditCheck/checkcredits"
ANY_ORIGIN = {"access-control-allow-origin": "*"}

# The messages that are accepted first, second, third.
A = "97d9d676-d7a6-8000-8000-0000000003e9"
B = "0ed087cc-d7a6-8000-8000-0000000003ea"
C = "79d7b75a-d7a6-8000-8000-0000000003eb"
DEST = "919812345678"
SENT = f"1701|{DEST}|{A}"

Z = {
    "username": "demo",
    "password": "secret",
    "type": "0",
    "dlr": "1",
    "destination": DEST,
    "source": "DEMO",
    "message": "Hello",
}
PUSH = {"type": "4", "message": "Look"}
TIME = {"date": "03/03/2026", "time": "03:45 am", "gmt": "GMT +5:30"}


def z(answer: str, target: str = SEND, raw: str = "", more: Any = None, **changes: str) -> Row:
    """Give a row that asks for Z with changes.

    "absent" takes a parameter away; `raw` is put at the end of the query as it is; `more` are
    the row's other fields.
    """
    fields = {name: value for name, value in (Z | changes).items() if value != "absent"}
    return Row(
        target=f"{target}?{urlencode(fields, quote_via=quote)}{raw}",
        answer=answer,
        **{"answer_headers": ANY_ORIGIN, **(more or {})},
    )


def parts(
    segments: int, stored: str | None = None, alphabet: Alphabet = Alphabet.GSM7
) -> dict[str, Any]:
    """Give what an accepted message is cut into, at one credit a segment, and its text."""
    charge_u = segments * 1_000_000
    return {"segments": segments, "charge_u": charge_u, "stored": stored, "alphabet": alphabet}


def push(title: str, link: str, octets: str) -> Screen:
    return Screen(
        text=f"{title}\n{link}",
        port=2948,
        octets=bytes.fromhex(octets),
        title=title,
        link=link,
    )


def gateway(**options: object) -> dict[str, object]:
    return {"changes": {"gateway": options}}


PROXIED = gateway(trusted_proxies=["127.0.0.1"])


def behind(caller: str) -> dict[str, object]:
    """Give what makes a request come from a proxy of ours that saw this caller."""
    return {**PROXIED, "headers": {"x-forwarded-for": caller}}


def option(**options: object) -> dict[str, object]:
    return {"changes": {"dialect.unified": options}}


def due(instant: str) -> dict[str, Any]:
    return {"due_us": at_us(instant), **parts(1, "Hello")}


def credits_of(answer: str, query: str, **more: Any) -> Row:
    return Row(target=f"{CREDITS}?{query}", answer=answer, **more)


CHECKED = {**option(credit_check=True), "answer_headers": ANY_ORIGIN}
FOUR = "919000000001,919000000002,919000000003,919000000004"

ROWS = {
    "1 as documented": z(SENT, more=parts(1, "Hello")),
    "2 plus encoded": z(SENT, destination="absent", raw=f"&destination=%2B{DEST}"),
    "3 plus not encoded": z(SENT, destination="absent", raw=f"&destination=+{DEST}"),
    "4 two destinations": z(
        f"{SENT},1701|447700900123|{B}",
        destination="absent",
        raw=f"&destination={DEST}%2C447700900123",
    ),
    "5 a bad one among good": z(
        f"{SENT},1706|12ab,1701|447700900123|{B}", destination=f"{DEST},12ab,447700900123"
    ),
    "6 malformed": z("1706", destination="12ab"),
    "7 no route": z("1706", destination="33612345678"),
    "8 the same number twice": z(f"{SENT},1701|{DEST}|{B}", destination=f"{DEST},{DEST}"),
    "9 the same number twice, which the account refuses": z(
        f"{SENT},1041|{DEST}", username="dup", destination=f"{DEST},{DEST}"
    ),
    "10 the first": z(SENT, username="dup", more=parts(1)),
    "10 the second": z("1041", username="dup", more={"after": ("10 the first",)}),
    "10 another text": z(
        f"1701|{DEST}|{B}", username="dup", message="Hi", more={"after": ("10 the first",)}
    ),
    "10 answered as before": z(
        SENT,
        username="dup",
        more={"after": ("10 the first",), **option(duplicate_action="replay")},
    ),
    "11 a form": Row(
        method="POST",
        target=SEND,
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode(Z).encode(),
        answer=SENT,
        answer_headers=ANY_ORIGIN,
    ),
    "11 POST with everything in the query": z(SENT, more={"method": "POST"}),
    "12 no dlr": z("1702", dlr="absent"),
    "12 no dlr, lenient": z(SENT, dlr="absent", more=option(lenient=True)),
    "13 blank message": z("1702", message=" "),
    "14 wrong password": z("1703", password="wrong"),
    "14 unknown user": z("1703", username="nobody"),
    "15 type 3": z("1704", type="3"),
    "15 type 8": z("1704", type="8"),
    "15 type x": z("1704", type="x"),
    "16 dlr 2": z("1708", dlr="2"),
    "17 source of twelve letters": z("1707", source="TwelveLetter"),
    "17 source of 19 digits": z("1707", source="1" * 19),
    "18 source of 18 digits": z(SENT, source="1" * 18),
    "18 source of a plus and 18 digits": z(SENT, source="+" + "1" * 18),
    "18 source of eleven characters": z(SENT, source="ElevenChars"),
    "19 account off": z("1709", username="off"),
    "20 peer barred": z("16", username="barred"),
    "20 peer not allowed": z("18", username="fenced"),
    "21 wrong password before the allow list": z("1703", username="fenced", password="wrong"),
    "22 hexadecimal": z(
        SENT, type="2", message="041F04400438043204350442", more=parts(1, "Привет", Alphabet.UCS2)
    ),
    "23 hexadecimal in small letters": z(
        SENT, type="2", message="041f04400438043204350442", more=parts(1, "Привет", Alphabet.UCS2)
    ),
    "23 Unicode as UTF-8": z(
        SENT, type="2", message="Привет", more=parts(1, "Привет", Alphabet.UCS2)
    ),
    "24 a pair, flash": z(
        SENT,
        type="6",
        message="D83DDE00",
        more={**parts(1, "😀", Alphabet.UCS2), "shown": Screen(text="😀", is_flash=True)},
    ),
    "25 half a pair": z("1705", type="2", message="D83D"),
    "26 280 digits": z(SENT, type="2", message="0041" * 70, more=parts(1)),
    "26 284 digits": z(SENT, type="2", message="0041" * 71, more=parts(2)),
    "27 160 characters": z(SENT, message="a" * 160, more=parts(1)),
    "27 161 characters": z(SENT, message="a" * 161, more=parts(2)),
    "27 306 characters": z(SENT, message="a" * 306, more=parts(2)),
    "27 307 characters": z(SENT, message="a" * 307, more=parts(3)),
    "28 140 characters of flash": z(SENT, type="1", message="a" * 140, more=parts(1)),
    "28 141 characters of flash": z(
        SENT,
        type="1",
        message="a" * 141,
        more={**parts(2), "shown": Screen(text="a" * 141, is_flash=True)},
    ),
    "29 characters outside GSM": z(SENT, message="Привет €", more=parts(1, "?????? €")),
    "30 characters outside Latin-1": z(
        SENT,
        type="5",
        message="Ça va €",
        more={**parts(1, "Ça va ?"), "shown": Screen(text="Ça va ?")},
    ),
    "31 not UTF-8": z("1705", message="absent", raw="&message=%C3%28"),
    "32 WAP push without url": z("1702", **PUSH),
    "33 WAP push": z(
        SENT,
        **PUSH,
        url="http://example.com/a",
        more={
            **parts(1, "Look\nhttp://example.com/a", Alphabet.BINARY),
            "shown": push(
                "Look",
                "http://example.com/a",
                "01060403AE81EA02056A0045C60C036578616D706C652E636F6D2F610001034C6F6F6B000101",
            ),
        },
    ),
    "34 spam": z("1028", message="Win a FREE car"),
    "35 no template": z("1033", username="tmpl"),
    "35 template": z(SENT, username="tmpl", message="Your code is 4711"),
    "36 opted out": z("1042", destination="919800000001"),
    "37 do not disturb": z(
        f"1732|919800000002,{SENT}", username="dnd", destination=f"919800000002,{DEST}"
    ),
    "38 credit for two of four": z(
        f"1701|919000000001|{A},1701|919000000002|{B},1725|919000000003",
        username="two",
        destination=FOUR,
    ),
    "39 no credit": z("1725", username="two", message="a" * 307),
    "43 schedule": z(SENT, SCHEDULE, **TIME, more=due("2026-03-02T22:15:00Z")),
    "44 schedule on the other path": z(SENT, **TIME, more=due("2026-03-02T22:15:00Z")),
    "45 plus not encoded": z(
        SENT,
        SCHEDULE,
        date="3/3/26",
        time="03:45 PM",
        raw="&gmt=GMT+3",
        more=due("2026-03-03T12:45:00Z"),
    ),
    "46 the other spelling": z(
        SENT,
        SCHEDULE,
        scheduledate="03/03/2026",
        scheduletime="00:15 pm",
        gmt="-10:00",
        more=due("2026-03-03T22:15:00Z"),
    ),
    **{
        f"47 {what}": z("1702", SCHEDULE, **(TIME | wrong))
        for what, wrong in {
            "past": {"date": "03/01/2026"},
            "no such day": {"date": "02/30/2026"},
            "ISO date": {"date": "2026-03-03"},
            "hour 13": {"time": "13:00 pm"},
            "neither am nor pm": {"time": "03:45"},
            "a quarter of an hour": {"gmt": "+5:45"},
        }.items()
    },
    "48 schedule without gmt": z("1702", SCHEDULE, **(TIME | {"gmt": "absent"})),
    "48 only a date": z("1702", date="03/03/2026"),
    "schedule, answered as such": z(
        f"Scheduled|{A}",
        SCHEDULE,
        **TIME,
        more={**due("2026-03-02T22:15:00Z"), **option(schedule_reply="scheduled")},
    ),
    "at once is not answered as scheduled": z(SENT, more=option(schedule_reply="scheduled")),
    "schedule for a year": z(
        SENT, SCHEDULE, **(TIME | {"date": "03/01/2027"}), more=due("2027-02-28T22:15:00Z")
    ),
    "schedule for more than a year": z("1702", SCHEDULE, **(TIME | {"date": "03/04/2027"})),
    "schedule beyond the account's days": z(
        "1702",
        SCHEDULE,
        **(TIME | {"date": "03/05/2026"}),
        more={"changes": {"account.demo": {"schedule_max_days": 2}}},
    ),
    "schedule without credit": z("1725", SCHEDULE, username="two", message="a" * 307, **TIME),
    "49 address of a caller": z(SENT, ip="203.0.113.9"),
    "49 from a proxy of ours": z(SENT, username="fenced", ip="198.51.100.7", more=PROXIED),
    "49 from a proxy that names another": z(
        "18", username="fenced", ip="203.0.113.9", more=PROXIED
    ),
    "49 from a proxy, unreadable": z("18", username="fenced", ip="x", more=PROXIED),
    "49 from nobody that we trust": z("18", username="fenced", ip="198.51.100.7"),
    "a proxy's header": z(SENT, username="fenced", more=behind("198.51.100.7")),
    "a proxy's header before what its customer writes": z(
        "18", username="fenced", ip="198.51.100.7", more=behind("203.0.113.9")
    ),
    "a proxy's customer is not barred with it": z(
        SENT, username="barred", more=behind("203.0.113.9")
    ),
    # What the examples leave out of the lists of parameters, replies and errors.
    "path in capitals, doubled slash": z(SENT, target="/BulkSMS//bulksms/"),
    "login as Basic": z(
        SENT,
        username="absent",
        password="absent",
        more={"headers": {"authorization": "Basic ZGVtbzpzZWNyZXQ="}},
    ),
    "no username": z("1702", username="absent"),
    "no password": z("1702", password="absent"),
    "missing before the password": z("1702", password="wrong", source="absent"),
    "gateway's ban before the password": z(
        "16", password="wrong", more=gateway(ip_ban=["127.0.0.0/8"])
    ),
    "missing before the ban": z("1702", dlr="absent", more=gateway(ip_ban=["127.0.0.0/8"])),
    "password before the type": z("1703", password="wrong", type="9"),
    "type before the message": z("1704", type="9", message="a" * 2000),
    "message before the destination": z("1705", message="a" * 2000, destination="12ab"),
    "destination before the source": z("1706", destination="12ab", source="1" * 19),
    "source before a destination in a list": z("1707", destination=f"12ab,{DEST}", source="1" * 19),
    "source before dlr": z("1707", source="1" * 19, dlr="2"),
    "dlr before the account": z("1708", username="off", dlr="2"),
    "account before spam": z("1709", username="off", message="Win a free car"),
    "spam before the destinations": z("1028", message="Win a free car", destination=f"12ab,{DEST}"),
    "dialect not allowed": z("1703", username="foreign"),
    "source not allowed": z("1707", username="named", source="Other"),
    "too long": z("1705", message="a" * 1531),
    "NUL in the message": z("1705", message="a\0b"),
    "draining": z("1709", more=gateway(drain=True)),
    "1001 destinations": z("1706", destination=",".join([DEST] * 1001)),
    "empty destinations are nobody": z(SENT, destination=f",{DEST}, ,"),
    "only commas": z("1702", destination=",,"),
    "all refused": z("1706|12ab,1042|919800000001", destination="12ab,919800000001"),
    "opted out among good": z(
        f"{SENT},1042|919800000001,1701|447700900123|{B}",
        destination=f"{DEST},919800000001,447700900123",
    ),
    "any failure stops the list": z(
        f"{SENT},1042|919800000001",
        destination=f"{DEST},919800000001,447700900123",
        more=option(stop_on_error=True),
    ),
    "a malformed one stops no list": z(
        f"1706|12ab,{SENT}", destination=f"12ab,{DEST}", more=option(stop_on_error=True)
    ),
    "credit for none of two": z("1725", username="two", destination=FOUR[:25], message="a" * 307),
    "a bad one, then no credit": z(
        f"1706|12ab,1725|{DEST}", username="two", destination=f"12ab,{DEST}", message="a" * 307
    ),
    "the other code of credit": z(
        "1025", username="two", message="a" * 307, more=option(credit_code=1025)
    ),
    "triple, password": z("1703||", password="wrong", more=option(reply_form="triple")),
    "triple, destination": z("1706|12ab|", destination="12ab", more=option(reply_form="triple")),
    "triple, one of two": z(
        f"{SENT},1706|12ab|", destination=f"{DEST},12ab", more=option(reply_form="triple")
    ),
    "flash of 160": z(
        SENT, type="1", message="a" * 160, more={**parts(1), **option(flash_limit=160)}
    ),
    "digits as text": z(
        SENT,
        type="2",
        message="20" * 71,
        more={**parts(3, "20" * 71, Alphabet.UCS2), **option(unicode_input="text")},
    ),
    "only hexadecimal": z("1705", type="2", message="Привет", more=option(unicode_input="hex")),
    "Latin-1 of 160": z(
        SENT, type="5", message="ç" * 160, more=parts(1, "ç" * 160, Alphabet.LATIN1)
    ),
    "Latin-1 beyond GSM": z(
        SENT,
        type="5",
        message="çà et là",
        more={**parts(1, "çà et là", Alphabet.LATIN1), "shown": Screen(text="çà et là")},
    ),
    "Latin-1 flash of 141": z(
        SENT,
        type="7",
        message="ç" * 141,
        more={**parts(2), "shown": Screen(text="ç" * 141, is_flash=True)},
    ),
    "Latin-1 flash that fits GSM": z(
        SENT,
        type="7",
        message="Ça va",
        more={**parts(1, "Ça va"), "shown": Screen(text="Ça va", is_flash=True)},
    ),
    "WAP push of two segments": z(
        SENT,
        **(PUSH | {"message": "é" * 60}),
        url="https://www.e.uk/",
        more={
            **parts(2, "é" * 60 + "\nhttps://www.e.uk/", Alphabet.BINARY),
            "shown": push(
                "é" * 60,
                "https://www.e.uk/",
                f"01060403AE81EA02056A0045C60F03652E756B2F000103{'C3A9' * 60}000101",
            ),
        },
    ),
    "WAP push to another scheme": z("1705", **PUSH, url="ftp://e.uk"),
    "WAP push is spam": z("1028", **(PUSH | {"message": "Win a free car"}), url="http://e.uk"),
    "credits": credits_of("BALANCE:100", "username=demo&password=secret", **CHECKED),
    "credits, wrong password": credits_of("1703", "username=demo&password=wrong", **CHECKED),
    "credits, no password": credits_of("1702", "username=demo", **CHECKED),
    "credits are switched off": credits_of("", "username=demo&password=secret", status=404),
    "blanks as plus, signs encoded": z(
        SENT,
        message="absent",
        raw="&message=" + quote_plus('say "no" & go'),
        more=parts(1, 'say "no" & go'),
    ),
}
