"""Worked examples of the dialect `inviosmart`; see `examples.py` for what the names mean."""

from typing import Any
from urllib.parse import quote, urlencode

from dragoman.model.states import State
from tests.flow.examples import NO_CARRIER, Row, Stored, at_us

WORLD = (
    NO_CARRIER
    + """
[gateway]
spam = ["win a prize"]

[[account]]
name = "myusername"
password = "mypass"
currency = "EUR"
balance = "112.24"

[[account]]
name = "low"
password = "mypass"
currency = "EUR"
balance = "0.05"

[[account]]
name = "zero"
password = "mypass"
currency = "EUR"
balance = "0"

[[account]]
name = "off"
password = "mypass"
currency = "EUR"
enabled = false

[[account]]
name = "fenced"
password = "mypass"
currency = "EUR"
balance = "1"
ip_allow = ["192.0.2.1"]

[[account]]
name = "list"
password = "mypass"
currency = "EUR"
balance = "1"
senders = ["MyName"]

[[route]]
prefix = "39"
carrier = "main"

[[route]]
prefix = "30"
carrier = "main"

[[route]]
prefix = "49"
carrier = "main"

[[price]]
prefix = "39"
currency = "EUR"
price = "0.039"

[[price]]
prefix = "30"
currency = "EUR"
price = "0.057"
"""
)
OPTED_OUT = ("393330000001",)
CLOCK_US = at_us("2010-12-12T14:25:14Z")
NEXT_IDS = {"message": 1234}
STORED = (
    Stored(
        id=2345,
        account="myusername",
        sender="MyName",
        recipient="306912345678",
        state=State.DELIVERED,
        accepted_us=CLOCK_US,
        changed_us=at_us("2010-12-12T14:25:19Z"),
        charge_u=57_000,
    ),
    Stored(
        id=1111,
        account="myusername",
        sender="MyName",
        recipient="393391234567",
        state=State.QUEUED,
        accepted_us=at_us("2010-12-12T14:25:10Z"),
        changed_us=at_us("2010-12-12T14:25:10Z"),
        charge_u=39_000,
    ),
    Stored(
        id=9999,
        account="low",
        sender="MyName",
        recipient="393391234567",
        state=State.QUEUED,
        accepted_us=CLOCK_US,
        changed_us=CLOCK_US,
        charge_u=39_000,
    ),
)

LOGIN = {"username": "myusername", "password": "mypass"}
HELLO = {
    **LOGIN,
    "destination": "393391234567",
    "sender": "MyName",
    "message": "Hello there.",
}
TAKEN = "OK ID:1234"
FORM = {"content-type": "application/x-www-form-urlencoded"}

# The vendor's own sample, to the last octet of its query.
SAMPLE = (
    "username=myusername&password=mypass&destination=393391234567&sender=MyName"
    "&message=Hello%20there."
)


def ask(path: str, fields: dict[str, str], answer: str, **more: Any) -> Row:
    """Give a row whose fields stand in the query, blanks as %20; one told "absent" is left out."""
    query = urlencode(
        {name: value for name, value in fields.items() if value != "absent"}, quote_via=quote
    )
    return Row(target=f"{path}?{query}", answer=answer, **more)


def send(answer: str, **changed: str) -> Row:
    return ask("/sendsms/", HELLO | changed, answer)


def raw(old: str, new: str, answer: str = TAKEN) -> Row:
    """Give a row with the sample's query, of which one value is written in another way."""
    assert old in SAMPLE
    return Row(target=f"/sendsms/?{SAMPLE.replace(old, new)}", answer=answer)


def status(answer: str, **fields: str) -> Row:
    return ask("/smsstatus/", fields | LOGIN, answer)


def balance(answer: str, **changed: str) -> Row:
    return ask("/account-balance/", LOGIN | changed, answer)


def text(message: str, answer: str = TAKEN, segments: int = 0, charge_u: int = 0) -> Row:
    fields = HELLO | {"message": message}
    return ask("/sendsms/", fields, answer, segments=segments, charge_u=charge_u)


NO_USER = "Error: 1001 - No username given."
NO_PASSWORD = "Error: 1002 - No password given."
BAD_LOGIN = "Error: 1012 - User authendication failure. Username and/or password mismatch."
BAD_NUMBER = "Error: 1005 - Invalid destination number."
TOO_LONG = "Error: 1029 - The allowed length of sms is no more than 612 characters (4 SMS)."
LONG_NAME = "Error: 1006 - Alphanumeric sender address is longer than accepted."
LONG_NUMBER = "Error: 1007 - Numeric sender address is longer than accepted."
DIGITS = "Error: 1016 - Not enough alphanumeric characters on sender address. Required"
CHARACTERS = "Error: 1021 - Invalid characters on sender address."
NOT_ALLOWED = "Error: 1036 - The sender name you have provided is not allowed."
NO_PARAMETERS = "Error: 1028 - No valid parameters given."
NO_CREDITS = "Error: 1018 - Not enough credits when sending sms to that destination."
BUSY = "Error: 1031 - The SMS Service is temporary unavailable. Try again in a few minutes."
NOT_SUPPORTED = "Error: 1017 - Destination number(s) not supported."
HELP = """\
HTTP API commands
/sendsms/?username=&password=&destination=&sender=&message=
/smsstatus/?username=&password=&SMSId=
/account-balance/?username=&password=[&countryprefix=]
/help
All values must be URL encoded."""

ROWS = {
    "1 the vendor's sample": Row(target=f"/sendsms/?{SAMPLE}", answer=TAKEN),
    "2 without the last slash": Row(target=f"/sendsms?{SAMPLE}", answer=TAKEN),
    "2 POST": Row(
        method="POST", target="/sendsms/", headers=FORM, body=SAMPLE.encode(), answer=TAKEN
    ),
    "2 GET with a body": Row(target="/sendsms/", headers=FORM, body=SAMPLE.encode(), answer=TAKEN),
    "3 old path": Row(target=f"/webservice/sms/sendSMSHTTP.php?{SAMPLE}", answer=TAKEN),
    "3 old path for UTF-8": Row(
        target=f"/webservice/sms/sendSMSHTTPUTF8.php?{SAMPLE}", answer=TAKEN
    ),
    "4 plus": raw("393391234567", "%2B393391234567"),
    "4 undecoded plus": raw("393391234567", "+393391234567"),
    "4 two zeros": raw("393391234567", "00393391234567"),
    "5 two numbers": send("OK ID:1234|OK ID:1235", destination="393391234567.306912345678"),
    "6 bad one among good": raw(
        "393391234567",
        "393391234567%2Cabc%3B393391234568",
        f"OK ID:1234|{BAD_NUMBER}|OK ID:1235",
    ),
    "7 the same number twice": send(
        "OK ID:1234|OK ID:1235", destination="393391234567^393391234567"
    ),
    "8 no username": send(NO_USER, username="absent"),
    "8 no password": send(NO_PASSWORD, password="absent"),
    "8 no destination": send("Error: 1003 - No destination number given.", destination="absent"),
    "8 no sender": send("Error: 1008 - No sender name or number given.", sender="absent"),
    "8 no message": send("Error: 1011 - There is no SMS text given.", message="absent"),
    "9 wrong password": send(BAD_LOGIN, password="wrong"),
    "9 peer not allowed": send(BAD_LOGIN, username="fenced"),
    "10 account off": send("Error: 1038 - User is disabled", username="off"),
    "11 no number": send(BAD_NUMBER, destination="12ab"),
    "12 Greek number too short": send(
        "Error: 1011 - Greek numbers must have 12 digits (including country code).",
        destination="30691234567",
    ),
    "13 no route": send(NOT_SUPPORTED, destination="33612345678"),
    "14 opted out": send("Error: 1004 - Unknown destination error.", destination="393330000001"),
    "15 no price": send(
        "Error: 1020 - Error With sms charge on this destination.", destination="4915112345678"
    ),
    "16 sender of twelve letters": send(LONG_NAME, sender="TwelveLetter"),
    "16 sender of seventeen digits": send(LONG_NUMBER, sender="39333111222233334"),
    "16 sender of digits": send(DIGITS, sender="393331112222"),
    "16 sender with a star": send(CHARACTERS, sender="My*Name"),
    "17 sender not allowed": send(NOT_ALLOWED, username="list", sender="Other"),
    "18 one number: destination before sender": send(
        BAD_NUMBER, destination="12ab", sender="My*Name"
    ),
    "19 several: sender before destination": send(
        CHARACTERS, destination="12ab.393391234567", sender="My*Name"
    ),
    "20 accent in GSM": Row(
        target=f"/sendsms/?{SAMPLE.replace('Hello%20there.', 'Perch%C3%A9%20no%3F')}",
        answer=TAKEN,
        segments=1,
        charge_u=39_000,
    ),
    "21 Greek text": text("Καλημέρα", segments=1, charge_u=39_000),
    "22 160 characters": text("a" * 160, segments=1, charge_u=39_000),
    "22 161 characters": text("a" * 161, segments=2, charge_u=78_000),
    "22 612 characters": text("a" * 612, segments=4, charge_u=156_000),
    "22 613 characters": text("a" * 613, TOO_LONG),
    "23 268 Cyrillic characters": text("ж" * 268, segments=4, charge_u=156_000),
    "23 269 Cyrillic characters": text("ж" * 269, TOO_LONG),
    "24 not UTF-8": raw(
        "Hello%20there.", "%C3%28", "Error: 1009 - Message contains invalid character."
    ),
    "25 spam": text("Win a prize", "Status: 1024 - Error validating Sms."),
    "26 nothing left": send("Error: 1013 - Not available credits for user.", username="zero"),
    "27 too little left": send(NO_CREDITS, username="low", destination="306912345678"),
    "28 enough for the first": send(
        f"OK ID:1234|{NO_CREDITS}", username="low", destination="393391234567.393391234568"
    ),
    "29 status": status(
        "2345:20101212152514:306912345678:20101212152519:2048:1:0.057", SMSId="2345"
    ),
    "30 status of one that waits": status(
        "1111:20101212152510:393391234567:20101212152510:1:1:0.039", SMSId="1111"
    ),
    "30 name in lower case": status(
        "1111:20101212152510:393391234567:20101212152510:1:1:0.039", smsid="1111"
    ),
    "31 status of two segments": ask(
        "/smsstatus/",
        {"SMSId": "1234"} | LOGIN,
        "1234:20101212152514:393391234567:20101212152516:2:2:0.078",
        after=("22 161 characters",),
        settled={1234: (State.SENT, at_us("2010-12-12T14:25:16Z"))},
    ),
    "32 status without id": status("Error: 1027 - No SMS ID given."),
    "32 status of no id": status(NO_PARAMETERS, SMSId="x"),
    "32 status of an unknown id": status(NO_PARAMETERS, SMSId="7"),
    "32 status of another account's": status(NO_PARAMETERS, SMSId="9999"),
    "33 balance": balance("Status: 1000 - Balance:112.24|SmsRemainCount:-9999"),
    "34 balance for Italy": balance(
        "Status: 1000 - Balance:112.24|SmsRemainCount:2877", countryprefix="39"
    ),
    "34 balance for Greece": balance(
        "Status: 1000 - Balance:112.24|SmsRemainCount:1969", countryprefix="30"
    ),
    "34 prefix with zeros": balance(
        "Status: 1000 - Balance:112.24|SmsRemainCount:2877", countryprefix="0039"
    ),
    "34 prefix with plus": balance(
        "Status: 1000 - Balance:112.24|SmsRemainCount:2877", countryprefix="+39"
    ),
    "34 unknown prefix": balance(
        "Status: 1000 - Balance:112.24|SmsRemainCount:0", countryprefix="7"
    ),
    "34 blank prefix": balance(
        "Status: 1000 - Balance:112.24|SmsRemainCount:-9999", countryprefix=" "
    ),
    "34 letters as prefix": balance(NO_PARAMETERS, countryprefix="IT"),
    "35 balance without username": balance(NO_USER, username="absent"),
    "35 balance without password": balance(NO_PASSWORD, password="absent"),
    "36 balance, wrong password": balance(BAD_LOGIN, password="wrong"),
    "37 help": Row(target="/help", answer=HELP),
    "38 draining": ask("/sendsms/", HELLO, BUSY, changes={"gateway": {"drain": True}}),
    "39 phrases": ask(
        "/sendsms/",
        HELLO | {"destination": "33612345678"},
        "Invalid destination or Destination not covered.",
        changes={"dialect.inviosmart": {"errors": "phrases"}},
    ),
    "40 accepted and ignored": send(TAKEN, pricecat="1", batchuserinfo="x"),
    # What the examples leave out.
    "old path of status": ask(
        "/webservice/sms/getSMSStatus.php",
        {"SMSId": "2345"} | LOGIN,
        "2345:20101212152514:306912345678:20101212152519:2048:1:0.057",
    ),
    "old path of balance": ask(
        "/webservice/sms/getAccountBalance.php",
        LOGIN,
        "Status: 1000 - Balance:112.24|SmsRemainCount:-9999",
    ),
    "only separators": send("Error: 1003 - No destination number given.", destination=".;^,"),
    "101 numbers": send(BAD_NUMBER, destination=".".join(["393391234567"] * 101)),
    "all of several refused": send(f"{BAD_NUMBER}|{NOT_SUPPORTED}", destination="12ab.33612345678"),
    "lists switched off": ask(
        "/sendsms/",
        HELLO | {"destination": "393391234567.306912345678"},
        BAD_NUMBER,
        changes={"dialect.inviosmart": {"multi": False}},
    ),
    "digits allowed as sender": ask(
        "/sendsms/",
        HELLO | {"sender": "393331112222"},
        TAKEN,
        changes={"dialect.inviosmart": {"numeric_sender": True}},
    ),
    "Basic": Row(
        target="/account-balance/",
        headers={"authorization": "Basic bXl1c2VybmFtZTpteXBhc3M="},
        answer="Status: 1000 - Balance:112.24|SmsRemainCount:-9999",
    ),
    "JSON is no parameters": Row(
        method="POST",
        target="/sendsms/",
        headers={"content-type": "application/json"},
        body=b'{"username":"myusername","password":"mypass"}',
        answer=NO_USER,
    ),
}
