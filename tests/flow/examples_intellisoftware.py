"""Worked examples of the dialect `intellisoftware`; see `examples.py` for what the names mean."""

from typing import Any
from urllib.parse import quote, urlencode

from dragoman.model.submissions import Alphabet
from tests.flow.examples import NO_CARRIER, Row, Screen, at_us

# The routes leave out 447710543, which belongs to nobody.
WORLD = (
    NO_CARRIER
    + """
[[account]]
name = "MyUsername"
password = "MyPassword"
currency = "GBP"
balance = "100"
default_sender = "447700900000"

[[account]]
name = "poor"
password = "MyPassword"
currency = "GBP"
balance = "1"

[[account]]
name = "off"
password = "MyPassword"
currency = "GBP"
balance = "100"
enabled = false

[[account]]
name = "fenced"
password = "MyPassword"
currency = "GBP"
balance = "100"
ip_allow = ["198.51.100.0/24"]

[[account]]
name = "rules"
password = "MyPassword"
currency = "GBP"
balance = "100"
spam = ["win a prize"]
senders = ["Shop", "447700900000"]

[[account]]
name = "rich"
password = "MyPassword"
currency = "GBP"
balance = "12.99"

[[account]]
name = "indebted"
password = "MyPassword"
currency = "GBP"
balance = "-3"
overdraft = "10"

[[route]]
prefix = "4477101"
carrier = "main"

[[route]]
prefix = "4477100"
carrier = "main"

[[route]]
prefix = "353"
carrier = "main"

[[price]]
prefix = ""
currency = "GBP"
price = "1"

[[group]]
account = "MyUsername"
name = "Staff"
members = ["+44771012345", "+44771012346"]

[[group]]
account = "MyUsername"
name = "Gone"
members = ["+44771000001"]

[[group]]
account = "MyUsername"
name = "Mixed"
members = ["+44771000001", "+44771012346", "+44771054321"]

[[group]]
account = "MyUsername"
name = "Nobody"
members = []

[[group]]
account = "poor"
name = "Friends"
members = ["+44771012345", "+44771012346"]

[[list]]
account = "MyUsername"
name = "MySubscriptionListName"

[[list]]
account = "poor"
name = "Others"
"""
)
OPTED_OUT = ("44771000001",)
MEMBERS = (
    ("MyUsername", "MySubscriptionListName", "44771012345", 1),
    ("MyUsername", "MySubscriptionListName", "44771012347", 2),
)
CLOCK_US = at_us("2010-02-03T13:50:05Z")
NEXT_IDS = {"message": 1000000000000001}

SEND = "/smsgateway/sendmsg.aspx"
UPDATE = "/smsgateway/updatesubscriptionlist.aspx"
ALIAS = "/smsgateway/default.aspx"
BALANCE = "/smsgateway/getbalance.aspx"
OTHER_BALANCE = "/smsgateway/getbalance/default.aspx"

LOGIN = {"username": "MyUsername", "password": "MyPassword"}
ONE = {**LOGIN, "to": "44771012345"}
HI = {**ONE, "text": "Hi"}
HEX = {**ONE, "type": "2"}
BINARY = {**ONE, "type": "3"}
PUSH = {**ONE, "type": "4"}
FIRST = {**ONE, "text": "The Message"}
SENT = "ID:10011000000000000001"
JOIN = {
    **LOGIN,
    "sublistname": "MySubscriptionListName",
    "msisdn": "44771012347",
    "action": "1",
}

BOUNDARY = "AaB03x"
FILE = (
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; filename="file1.txt"\r\n'
    "Content-Type: text/plain\r\n\r\n"
    "... contents of file1.txt ...\r\n"
)


def get(fields: dict[str, str], answer: str, target: str = SEND, raw: str = "", **more: Any) -> Row:
    """Give a row that asks by GET; `raw` is put at the end of the query as it is."""
    return Row(target=f"{target}?{urlencode(fields, quote_via=quote)}{raw}", answer=answer, **more)


def form(
    fields: dict[str, str], answer: str, target: str = SEND, kind: str = "", tail: str = ""
) -> Row:
    """Give a row that posts a form, with what a client puts behind it."""
    return Row(
        method="POST",
        target=target,
        headers={"content-type": kind or "application/x-www-form-urlencoded"},
        body=(urlencode(fields) + tail).encode(),
        answer=answer,
    )


def multipart(fields: dict[str, str], answer: str, *, files: str = "", end: bool = True) -> Row:
    """Give a row that posts to the address of MMS as the vendor's sample does."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n'
        f"Content-Type: text/plain\r\n\r\n{value}\r\n"
        for name, value in fields.items()
    ]
    return Row(
        method="POST",
        target=ALIAS,
        headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"},
        body=("".join(parts) + files + (f"--{BOUNDARY}--\r\n" if end else "")).encode(),
        answer=answer,
    )


def without(name: str, fields: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in fields.items() if key != name}


def lines(*numbers: str) -> str:
    """Give an answer to several recipients; a number ending in `!` was refused."""
    return "\n".join(
        f"{number[:-1]},ERR:INVALID_NUMBER" if number.endswith("!") else f"{number},{SENT}"
        for number in numbers
    )


def parts(
    segments: int, stored: str | None = None, alphabet: Alphabet = Alphabet.GSM7
) -> dict[str, Any]:
    """Give what an accepted message is cut into, at one credit a segment, and its text."""
    charge_u = segments * 1_000_000
    return {"segments": segments, "charge_u": charge_u, "stored": stored, "alphabet": alphabet}


def option(**options: object) -> dict[str, Any]:
    return {"changes": {"dialect.intellisoftware": options}}


HUNDRED = ",".join(f"44771012{number:03d}" for number in range(100))
COLON = "application/x-www-form-urlencoded; charset:utf-8"
LATIN = "application/x-www-form-urlencoded; charset=iso-8859-1"

GIF = "http://www.intellisoftware.co.uk/images/IntelliSMS.gif"
# The vendor's sample of a logo.
LOGO = (
    "32F40100480E01000000000000000000000000000000000000000000000000000000000001247803000000E0"
    "080120CC0640000040080120CC06C00000479E7124F0EFFADCF64448892479B6DAC6CD4448F9241DB6DACECF"
    "44488124CDB6CD96CC44488924CDB6CD96CDE446712478E66D9EC6000000000000000000000000000000000000"
)

# table: worked examples of the dialect's specification, and what they leave out
ROWS = {
    "1 as documented": get(ONE, SENT, raw="&text=The+Message", **parts(1, "The Message")),
    "2 three recipients, one of nobody": get(
        {**HI, "to": "44771012345,44771012346,44771054321"},
        lines("44771012345", "44771012346", "44771054321!"),
    ),
    "3 one number written three ways": get(
        {**HI, "to": "0771012345,+44771012345,0044771012345"}, SENT, **parts(1)
    ),
    "4 doubles are removed": get(
        {**HI, "to": "44771012345,44771012345,0771012346"}, lines("44771012345", "44771012346")
    ),
    "5 no route": get({**HI, "to": "44771054321"}, "ERR:INVALID_NUMBER"),
    "6 a malformed one first": get({**HI, "to": "abc,44771012345"}, lines("abc!", "44771012345")),
    "7 a group": get({**HI, "to": "Staff"}, lines("44771012345", "44771012346"), **parts(1)),
    "7 a group and one of its members": get(
        {**HI, "to": "staff,44771012345"}, lines("44771012345", "44771012346")
    ),
    "8 a subscription list": get({**HI, "to": "MySubscriptionListName"}, SENT, **parts(1)),
    "9 101 recipients": get({**HI, "to": f"{HUNDRED},353861234567"}, "ERR:INVALID_REQUEST"),
    "10 POST in capitals, charset with a colon": form(
        {name.upper(): value for name, value in FIRST.items()},
        SENT,
        target="/SMSGateway/SendMsg.aspx",
        kind=COLON,
    ),
    "11 no username": get(without("username", HI), "ERR:NO_USERNAME"),
    "11 no password": get(without("password", HI), "ERR:NO_PASSWORD"),
    "11 no to": get(without("to", HI), "ERR:NO_TO"),
    "11 no text": get(ONE, "ERR:NO_TEXT"),
    "12 missing before the password": get({**ONE, "password": "wrong"}, "ERR:NO_TEXT"),
    "13 wrong password": get({**HI, "password": "wrong"}, "ERR:LOGIN_INVALID"),
    "13 account off": get({**HI, "username": "off"}, "ERR:LOGIN_INVALID"),
    "14 credit for one of two": get(
        {**HI, "username": "poor", "to": "44771012345,44771012346"}, "ERR:INSUFFICIENT_CREDIT"
    ),
    "15 only good ones are priced": get(
        {**HI, "username": "poor", "to": "44771012345,44771054321"},
        lines("44771012345", "44771054321!"),
    ),
    "16 opted out": get({**HI, "to": "44771000001"}, "ERR:INVALID_NUMBER"),
    "17 161 characters are cut": get({**ONE, "text": "a" * 161}, SENT, **parts(1, "a" * 160)),
    "18 161 characters in two": get({**ONE, "text": "a" * 161, "maxconcat": "2"}, SENT, **parts(2)),
    "18 400 characters are cut to two": get(
        {**ONE, "text": "a" * 400, "maxconcat": "2"}, SENT, **parts(2, "a" * 306)
    ),
    "19 look-alikes": get({**ONE, "text": "“Hi” – ok…"}, SENT, **parts(1, '"Hi" - ok...')),
    "20 Cyrillic": get({**ONE, "text": "Привет"}, SENT, **parts(1, "Привет", Alphabet.UCS2)),
    "21 Windows-1252": get(
        ONE, SENT, raw="&text=" + quote("café", encoding="cp1252"), **parts(1, "café")
    ),
    "21 UTF-8": get(ONE, SENT, raw="&text=" + quote("café"), **parts(1, "café")),
    "22 maxconcat 0": get({**HI, "maxconcat": "0"}, "ERR:INVALID_REQUEST"),
    "22 maxconcat x": get({**HI, "maxconcat": "x"}, "ERR:INVALID_REQUEST"),
    "22 type 7": get({**HI, "type": "7"}, "ERR:INVALID_REQUEST"),
    "23 blank sender": get({**HI, "from": ""}, SENT),
    "23 sender of twelve letters": get({**HI, "from": "TwelveLetter"}, "ERR:INVALID_REQUEST"),
    "24 hexadecimal": get(
        {**HEX, "to": "44771012345,44771054321", "hex": "00480045004C004C004F"},
        lines("44771012345", "44771054321!"),
        **parts(1, "HELLO", Alphabet.UCS2),
    ),
    "25 a pair": get({**HEX, "hex": "d83dde00"}, SENT, **parts(1, "😀", Alphabet.UCS2)),
    "26 no hex": get(HEX, "ERR:PARAMETER_MISSING"),
    "26 three digits": get({**HEX, "hex": "004"}, "ERR:PARAMETER_INVALID"),
    "26 not hexadecimal": get({**HEX, "hex": "00ZZ"}, "ERR:PARAMETER_INVALID"),
    "26 284 digits": get({**HEX, "hex": "0041" * 71}, "ERR:INVALID_REQUEST"),
    "26 284 digits in two": get({**HEX, "hex": "0041" * 71, "maxconcat": "2"}, SENT, **parts(2)),
    "27 140 octets with the header": get(
        {**BINARY, "to": "44771012345,44771012346", "udh": "06050415820000", "ud": LOGO},
        lines("44771012345", "44771012346"),
        **parts(1, "", Alphabet.BINARY),
        shown=Screen(text=LOGO.lower(), port=0x1582, octets=bytes.fromhex(LOGO)),
    ),
    "28 141 octets": get(
        {**BINARY, "udh": "06050415820000", "ud": LOGO + "00"}, "ERR:INVALID_REQUEST"
    ),
    "29 header of another length": get(
        {**BINARY, "udh": "05050415820000", "ud": "00"}, "ERR:PARAMETER_INVALID"
    ),
    "29 odd digits": get({**BINARY, "ud": "ABC"}, "ERR:PARAMETER_INVALID"),
    "29 no ud": get(BINARY, "ERR:PARAMETER_MISSING"),
    "30 WAP push": get(
        {**PUSH, "text": "The message text", "href": GIF},
        SENT,
        **parts(1, f"The message text\n{GIF}", Alphabet.BINARY),
        shown=Screen(
            text=f"The message text\n{GIF}",
            port=2948,
            octets=bytes.fromhex(
                "01060403AE81EA02056A0045C60D03696E74656C6C69736F6674776172652E636F2E756B2F696D"
                "616765732F496E74656C6C69534D532E676966000103546865206D6573736167652074657874000101"
            ),
            title="The message text",
            link=GIF,
        ),
    ),
    "31 as much as fits": get(
        {**PUSH, "href": "http://www.e.uk/", "text": "a" * 107}, SENT, **parts(1)
    ),
    "31 more than the vendor's guide": get(
        {**PUSH, "href": "http://www.e.uk/", "text": "a" * 107},
        "ERR:INVALID_REQUEST",
        **option(wap_guide=True),
    ),
    "31 one octet too many": get(
        {**PUSH, "href": "http://www.e.uk/", "text": "a" * 108}, "ERR:INVALID_REQUEST"
    ),
    "32 no href": get({**PUSH, "text": "Hi"}, "ERR:PARAMETER_MISSING"),
    "32 another scheme": get({**PUSH, "text": "Hi", "href": "ftp://e.uk"}, "ERR:INVALID_REQUEST"),
    "32 no text": get({**PUSH, "href": "http://e.uk"}, "ERR:NO_TEXT"),
    "34 sender of letters": multipart(
        {**HI, "type": "5", "from": "Shop"}, "ERR:INVALID_REQUEST", files=FILE
    ),
    "34 no files": multipart({**HI, "type": "5"}, "ERR:PARAMETER_MISSING"),
    "34 files of a text": multipart({**HI, "type": "1"}, "ERR:INVALID_REQUEST", files=FILE),
    "octets without a header": get(
        {**BINARY, "ud": "00ff"},
        SENT,
        **parts(1, "", Alphabet.BINARY),
        shown=Screen(text="00ff", octets=b"\0\xff"),
    ),
    "35 a text to the address of MMS": form(FIRST, SENT, target=ALIAS),
    "37 balance": get(LOGIN, "BALANCE:100", target=BALANCE),
    "37 balance by its other path": get(LOGIN, "BALANCE:100", target=OTHER_BALANCE),
    "38 balance without password": get(
        {"username": "MyUsername"}, "ERR:NO_PASSWORD", target=BALANCE
    ),
    "50 draining": get(HI, "ERR:GATEWAY_ERROR", changes={"gateway": {"drain": True}}),
    "54 line ends after the body": form(FIRST, SENT, tail="\r\n\r\n"),
    "41 subscribed": get(JOIN, "OK", target=UPDATE),
    "42 subscribed before": get({**JOIN, "msisdn": "44771012345"}, "OK", target=UPDATE),
    "43 unknown list": get(
        {**JOIN, "sublistname": "Nope"}, "ERR:PPARAMETER_INVALID", target=UPDATE
    ),
    "43 action 4": get({**JOIN, "action": "4"}, "ERR:PPARAMETER_INVALID", target=UPDATE),
    "43 no action": get(without("action", JOIN), "ERR:PARAMETER_MISSING", target=UPDATE),
    "43 no number": get({**JOIN, "msisdn": "x"}, "ERR:INVALID_REQUEST", target=UPDATE),
    # What the examples leave out of the lists of parameters, replies and errors.
    "joined, then sent to": get(
        {**HI, "to": " mysubscriptionLISTname "},
        lines("44771012345", "44771012347"),
        after=("41 subscribed",),
    ),
    "left": get({**JOIN, "msisdn": "0771012345", "action": "2"}, "OK", target=UPDATE),
    "left, then sent to": get(
        {**HI, "to": "MySubscriptionListName"}, "ERR:INVALID_NUMBER", after=("left",)
    ),
    "deleted": get({**JOIN, "msisdn": "+44771012345", "action": "3"}, "OK", target=UPDATE),
    "deleted, then sent to": get(
        {**HI, "to": "MySubscriptionListName"}, "ERR:INVALID_NUMBER", after=("deleted",)
    ),
    "list by POST, in other capitals": form(
        {name.upper(): value for name, value in JOIN.items()}
        | {"SUBLISTNAME": "MYSUBSCRIPTIONLISTNAME"},
        "OK",
        target="/SMSGateway/UpdateSubscriptionList.aspx",
    ),
    "list of another account": get(
        {**JOIN, "sublistname": "Others"}, "ERR:PPARAMETER_INVALID", target=UPDATE
    ),
    "list, no login": get({"sublistname": "Nope", "action": "4"}, "ERR:NO_USERNAME", target=UPDATE),
    "list, no list name": get(without("sublistname", JOIN), "ERR:PARAMETER_MISSING", target=UPDATE),
    "list, nothing missing before the password": get(
        {**JOIN, "password": "wrong", "sublistname": "Nope"}, "ERR:LOGIN_INVALID", target=UPDATE
    ),
    "list, missing before the password": get(
        {**without("msisdn", JOIN), "password": "wrong"}, "ERR:PARAMETER_MISSING", target=UPDATE
    ),
    "list, account off": get({**JOIN, "username": "off"}, "ERR:LOGIN_INVALID", target=UPDATE),
    "list, the list before the number": get(
        {**JOIN, "sublistname": "Nope", "msisdn": "x"}, "ERR:PPARAMETER_INVALID", target=UPDATE
    ),
    "list, draining": get(
        {**JOIN, "action": "4"},
        "ERR:GATEWAY_ERROR",
        target=UPDATE,
        changes={"gateway": {"drain": True}},
    ),
    "a group of one who opted out": get({**HI, "to": "Gone"}, "ERR:INVALID_NUMBER"),
    "a group of nobody among numbers": get(
        {**HI, "to": "Nobody,44771012345"}, lines("Nobody!", "44771012345")
    ),
    "who opted out is left out, who has no route is told": get(
        {**HI, "to": "Mixed"}, lines("44771012346", "44771054321!")
    ),
    "who opted out and is named, too": get(
        {**HI, "to": "Mixed,44771000001"},
        lines("44771012346", "44771054321!", "44771000001!"),
    ),
    "group of another account": get(
        {**HI, "to": "Friends,44771012345"}, lines("Friends!", "44771012345")
    ),
    "a group that costs too much": get(
        {**HI, "username": "poor", "to": "Friends"}, "ERR:INSUFFICIENT_CREDIT"
    ),
    "a group that is too large": get(
        {**HI, "to": "Staff"}, "ERR:INVALID_REQUEST", **option(group_max=1)
    ),
    "groups that are too large together": get(
        {**HI, "to": "Staff,Mixed"}, "ERR:INVALID_REQUEST", **option(group_max=4)
    ),
    "a group as octets": get(
        {**BINARY, "to": "Staff", "ud": "00ff"}, lines("44771012345", "44771012346")
    ),
    "a group, no text": get({**ONE, "to": "Staff"}, "ERR:NO_TEXT"),
    "a group, sender not good": get(
        {**HI, "to": "Nobody", "from": "TwelveLetter"}, "ERR:INVALID_REQUEST"
    ),
    "100 recipients": get(
        {**HI, "to": HUNDRED}, lines(*(f"44771012{number:03d}" for number in range(100)))
    ),
    "101 times one recipient": get(
        {**HI, "to": ",".join(["44771012345"] * 101)}, "ERR:INVALID_REQUEST"
    ),
    "only commas": get({**HI, "to": " , ,"}, "ERR:NO_TO"),
    "blank text": get({**ONE, "text": "  "}, "ERR:NO_TEXT"),
    "unknown user": get({**HI, "username": "nobody"}, "ERR:LOGIN_INVALID"),
    "peer not allowed": get({**HI, "username": "fenced"}, "ERR:LOGIN_INVALID"),
    "gateway's ban": get(HI, "ERR:LOGIN_INVALID", changes={"gateway": {"ip_ban": ["127.0.0.1"]}}),
    "password before the type": get({**HI, "password": "wrong", "type": "7"}, "ERR:LOGIN_INVALID"),
    "hexadecimal before the sender": get(
        {**HEX, "hex": "00Z", "from": "TwelveLetter"}, "ERR:PARAMETER_INVALID"
    ),
    "sender before the number": get(
        {**HI, "to": "abc", "from": "TwelveLetter"}, "ERR:INVALID_REQUEST"
    ),
    "spam before the number": get(
        {**ONE, "username": "rules", "to": "abc", "text": "Win a prize", "from": "Shop"},
        "ERR:INVALID_REQUEST",
    ),
    "number before the credit": get(
        {**ONE, "username": "poor", "to": "abc", "text": "a" * 161, "maxconcat": "2"},
        "ERR:INVALID_NUMBER",
    ),
    "sender not allowed": get({**HI, "username": "rules", "from": "Other"}, "ERR:INVALID_REQUEST"),
    "sender allowed": get({**HI, "username": "rules", "from": "Shop"}, SENT),
    "sender of a plus and 15 digits": get({**HI, "from": "+" + "1" * 15}, SENT),
    "sender of 16 digits": get({**HI, "from": "1" * 16}, "ERR:INVALID_REQUEST"),
    "all of several bad": get({**HI, "to": "44771054321,abc"}, lines("44771054321!", "abc!")),
    "context of 255 characters": get({**HI, "usercontext": "é" * 255}, SENT),
    "context of 256 characters": get({**HI, "usercontext": "é" * 256}, "ERR:INVALID_REQUEST"),
    "maxconcat above the account's": get(
        {**ONE, "text": "a" * 2000, "maxconcat": "99999"},
        SENT,
        changes={"account.MyUsername": {"max_parts": 3}},
        **parts(3),
    ),
    "overflow refused": get(
        {**ONE, "text": "a" * 161}, "ERR:INVALID_REQUEST", **option(overflow="refuse")
    ),
    "type 1 as GSM only": get(
        {**ONE, "text": "Привет" * 20}, SENT, **option(type1="gsm"), **parts(1)
    ),
    "71 Cyrillic letters in two": get(
        {**ONE, "text": "ж" * 71, "maxconcat": "2"}, SENT, **parts(2)
    ),
    "declared charset": Row(
        method="POST",
        target=SEND,
        headers={"content-type": LATIN},
        body=urlencode({**ONE, "text": "café"}, encoding="latin-1").encode(),
        answer=SENT,
        **parts(1, "café"),
    ),
    "the vendor's own ignored fields": get({**HI, "delrpt": "1", "clientid": "x"}, SENT),
    "voice is not served": get({**HI, "type": "6"}, "ERR:INVALID_REQUEST"),
    "voice without text": get({**ONE, "type": "6"}, "ERR:NO_TEXT"),
    "no ending boundary": multipart(HI, "ERR:INVALID_REQUEST", end=False),
    "a text as multipart": multipart(HI, SENT),
    "draining before the type": get(
        {**HI, "type": "7"}, "ERR:GATEWAY_ERROR", changes={"gateway": {"drain": True}}
    ),
    "balance, wrong password": get(
        {**LOGIN, "password": "wrong"}, "ERR:LOGIN_INVALID", target=BALANCE
    ),
    "balance, no username": get({"password": "x"}, "ERR:NO_USERNAME", target=BALANCE),
    "balance, account off": get({**LOGIN, "username": "off"}, "ERR:LOGIN_INVALID", target=BALANCE),
    "balance is rounded down": get({**LOGIN, "username": "rich"}, "BALANCE:12", target=BALANCE),
    "balance of a debt": get({**LOGIN, "username": "indebted"}, "BALANCE:0", target=BALANCE),
    "balance after a message": get(LOGIN, "BALANCE:99", target=BALANCE, after=("1 as documented",)),
}
