"""Worked examples of the dialect `intouch`; see `examples.py` for what the names mean."""

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from dragoman.model.states import State
from tests.flow.examples import NO_CARRIER, Row, Stored, at_us

WORLD = (
    NO_CARRIER
    + """
[gateway]
dnd = ["250788000002"]

[[account]]
name = "demo"
password = "secret"
currency = "RWF"
balance = "-1599"
overdraft = "5000"
cc = "250"

[[account]]
name = "poor"
password = "secret"
currency = "RWF"
balance = "10"

[[account]]
name = "off"
password = "secret"
currency = "RWF"
enabled = false

[[account]]
name = "rules"
password = "secret"
currency = "RWF"
balance = "1000"
spam = ["win a prize"]
dnd = true

[[account]]
name = "fenced"
password = "secret"
currency = "RWF"
balance = "1000"
ip_allow = ["192.0.2.1"]

[[account]]
name = "named"
password = "secret"
currency = "RWF"
balance = "1000"
senders = ["Intouch", "8111"]

[[route]]
prefix = "250"
carrier = "main"

[[price]]
prefix = "250"
currency = "RWF"
price = "18"
"""
)
OPTED_OUT = ("250788000001",)
CLOCK_US = at_us("2015-08-27T14:19:58.398Z")
NEXT_IDS = {"message": 238254}
STORED = (
    Stored(
        id=223750,
        account="demo",
        sender="Intouch",
        recipient="250785971082",
        state=State.DELIVERED,
        accepted_us=at_us("2015-08-27T14:19:58Z"),
        changed_us=at_us("2015-08-27T14:41:47Z"),
        charge_u=18_000_000,
    ),
    Stored(
        id=200001,
        account="rules",
        sender="Intouch",
        recipient="250785971082",
        state=State.QUEUED,
        accepted_us=at_us("2015-08-27T14:00:00Z"),
        changed_us=at_us("2015-08-27T14:00:00Z"),
        charge_u=18_000_000,
    ),
)

SEND = "/api/sendsms/.json"
STATUS = "/api/getsmsstatus/.json"
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}

HELLO = {"recipients": "0785971082", "sender": "Intouch", "message": "Hello"}
PAIR = {"recipients": "0785971082,0782300441", "sender": "Intouch", "message": "Hello World"}
LOGIN = {"username": "demo", "password": "secret"}
PAIR_JSON = b'{"recipients":["0785971082",250782300441],"sender":"Intouch","message":"Hello World"}'


def basic(user: str = "demo", password: str = "secret") -> dict[str, str]:
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"authorization": f"Basic {token}"}


def post(
    fields: dict[str, str] | bytes,
    answer: str,
    *,
    headers: dict[str, str] | None = None,
    status: int = 200,
    target: str = SEND,
    **more: Any,
) -> Row:
    """Give a row that posts a form, with demo's Basic login if no other headers are given."""
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    return Row(
        method="POST",
        target=target,
        headers=FORM | (basic() if headers is None else headers),
        body=body,
        status=status,
        answer=answer,
        content_type="application/json",
        **more,
    )


def sent(
    message: str,
    entries: Iterable[tuple[str, int, str]],
    cost: str,
    balance: str,
    each: str = "18.0",
) -> str:
    """Give the body of a success; entries are number, message id, and the error of refused ones."""
    details = [
        f'{{"status":"{"U" if error else "P"}","message":"{message}",'
        f'"cost":{"0.0" if error else each},"recepient":"{number}","receipient":"{number}",'
        f'"messageid":{message_id}' + (f',"error":"{error}"}}' if error else "}")
        for number, message_id, error in entries
    ]
    return (
        f'{{"details":[{",".join(details)}],"success":true,"summary":{{"message":"{message}",'
        f'"balance":{balance},"cost":{cost},"totalmessages":{len(details)},'
        '"time":"2015-08-27T16:19:58.398"}}'
    )


def failed(detail: str, error: str = "") -> str:
    return (
        f'{{"success":false,"detail":"{detail}",'
        f'"response":[{{"errors":{{"error":"{error or detail}"}}}}]}}'
    )


def refused(changed: dict[str, str], detail: str, **more: Any) -> Row:
    """Give a row that posts HELLO with a change, and is refused."""
    fields = {name: value for name, value in (HELLO | changed).items() if value != "absent"}
    return post(fields, failed(detail), status=400, **more)


# The first two are the vendor's own samples, written out to the last octet.
SAMPLE = (
    '{"details":[{"status":"P","message":"Hello","cost":18.0,"recepient":"+250785971082",'
    '"receipient":"+250785971082","messageid":238254}],"success":true,"summary":'
    '{"message":"Hello","balance":-1617.0,"cost":18.0,"totalmessages":1,'
    '"time":"2015-08-27T16:19:58.398"}}'
)
TWO = (
    '{"details":[{"status":"P","message":"Hello World","cost":18.0,"recepient":"+250785971082",'
    '"receipient":"+250785971082","messageid":238254},{"status":"P","message":"Hello World",'
    '"cost":18.0,"recepient":"+250782300441","receipient":"+250782300441","messageid":238255}],'
    '"success":true,"summary":{"message":"Hello World","balance":-1635.0,"cost":36.0,'
    '"totalmessages":2,"time":"2015-08-27T16:19:58.398"}}'
)
DELIVERED = (
    '{"results":{"status":"D","created":"27-08-2015 04:16:19:58",'
    '"time":"27-08-2015 04:16:41:47"},"success":true}'
)
WAITS = (
    '{"results":{"status":"Q","created":"27-08-2015 04:16:19:58",'
    '"time":"27-08-2015 04:16:19:58"},"success":true}'
)
HOME = "+250785971082"
QUERY = "username=demo&password=secret&recipients=+250785971082&sender=Intouch&message=Hello"
MIXED = {**HELLO, "recipients": "0785971082,12ab,0788000001"}
LONG, SHORT_LONG = "a" * 161, "ж" * 71

ROWS = {
    "1 one recipient": post(HELLO, SAMPLE, segments=1, charge_u=18_000_000),
    "2 two recipients": post(PAIR, TWO),
    "3 login as parameters": post(
        {**LOGIN, "Recipients": HOME, "sender": "Intouch", "message": "Hello"}, SAMPLE, headers={}
    ),
    "4 GET with an undecoded plus": Row(
        target=f"{SEND}?{QUERY}", answer=SAMPLE, content_type="application/json"
    ),
    "5 blanks around the colon of Basic": post(
        HELLO, SAMPLE, headers={"authorization": "Basic ZGVtbyA6IHNlY3JldA=="}
    ),
    "6 JSON": post(PAIR_JSON, TWO, headers=JSON | basic()),
    "7 JSON without Content-Type": Row(
        method="POST",
        target=SEND,
        headers=basic(),
        body=PAIR_JSON,
        answer=TWO,
        content_type="application/json",
    ),
    "8 POST with everything in the query": Row(
        method="POST",
        target=f"{SEND}?username=demo&password=secret&Recipients=%2B250785971082"
        "&sender=Intouch&message=Hello",
        answer=SAMPLE,
        content_type="application/json",
    ),
    "9 bad ones among good": post(
        MIXED,
        sent(
            "Hello",
            [
                (HOME, 238254, ""),
                ("12ab", 238255, "Invalid recipient"),
                ("+250788000001", 238256, "Recipient opted out"),
            ],
            cost="18.0",
            balance="-1617.0",
        ),
    ),
    "10 all bad": refused({"recipients": "12ab"}, "Invalid recipient"),
    "11 no route": refused({"recipients": "44771012345"}, "Destination not supported"),
    "12 no credit": post(
        HELLO, failed("Insufficient balance", "balance"), status=400, headers=basic("poor")
    ),
    "13 no login": refused({}, "username is required", headers={}),
    "14 wrong password": refused(
        {}, "Invalid username or password", headers=basic(password="wrong")
    ),
    "15 account off": refused({}, "Account disabled", headers=basic("off")),
    "16 blank message": refused({"message": "  "}, "message is required"),
    "17 sender of twelve letters": refused({"sender": "TwelveLetter"}, "Invalid sender"),
    "18 beyond plane 0": post(
        {**HELLO, "message": "Muraho 😀"},
        sent("Muraho 😀", [(HOME, 238254, "")], cost="18.0", balance="-1617.0"),
        segments=1,
        charge_u=18_000_000,
    ),
    "19 161 GSM characters": post(
        {**HELLO, "message": LONG},
        sent(LONG, [(HOME, 238254, "")], cost="36.0", balance="-1635.0", each="36.0"),
        segments=2,
        charge_u=36_000_000,
    ),
    "20 71 Cyrillic characters": post(
        {**HELLO, "message": SHORT_LONG},
        sent(SHORT_LONG, [(HOME, 238254, "")], cost="36.0", balance="-1635.0", each="36.0"),
        segments=2,
        charge_u=36_000_000,
    ),
    "21 not UTF-8": post(
        b"recipients=0785971082&sender=Intouch&message=%C3%28",
        failed("Invalid message"),
        status=400,
    ),
    "22 spam": refused(
        {"message": "Win a prize now"}, "Message refused as spam", headers=basic("rules")
    ),
    "23 do not disturb": refused(
        {"recipients": "0788000002"}, "Recipient on do-not-disturb list", headers=basic("rules")
    ),
    "24 status": post({"messageid": "223750"}, DELIVERED, target=STATUS),
    "25 status of one that waits": post(
        {"messageid": "238254"}, WAITS, target=STATUS, after=("1 one recipient",)
    ),
    "26 status of another account's": post(
        {"messageid": "200001"}, failed("Unknown messageid"), status=400, target=STATUS
    ),
    "26 status of no id": post(
        {"messageid": "abc"}, failed("Unknown messageid"), status=400, target=STATUS
    ),
    "26 status of an unknown id": post(
        {"messageid": "999999"}, failed("Unknown messageid"), status=400, target=STATUS
    ),
    "27 status by JSON": post(
        b'{"messageid":223750}', DELIVERED, headers=JSON | basic(), target=STATUS
    ),
    "29 wrong password, live status": Row(
        method="POST",
        target=SEND,
        headers=FORM | basic(password="wrong"),
        body=urlencode(HELLO).encode(),
        status=401,
        answer=failed("Invalid username or password"),
        content_type="application/json",
        answer_headers={"www-authenticate": 'Basic realm="sms"'},
        changes={"dialect.intouch": {"live_status": True}},
    ),
    "30 path in capitals, doubled slash": post(HELLO, SAMPLE, target="/API/sendsms//.json/"),
    # What the examples leave out of the list of errors.
    "no password": refused({"username": "demo"}, "password is required", headers={}),
    "no recipients": refused({"recipients": "absent"}, "recipients is required"),
    "only separators": refused({"recipients": " , ,"}, "recipients is required"),
    "no sender": refused({"sender": "absent"}, "sender is required"),
    "broken JSON": post(
        b'{"recipients":', failed("Invalid request body"), headers=JSON | basic(), status=400
    ),
    "JSON that is no object": post(
        b'["0785971082"]', failed("Invalid request body"), headers=JSON | basic(), status=400
    ),
    "NUL in the message": refused({"message": "a\0b"}, "Invalid message"),
    "1001 recipients": refused(
        {"recipients": ",".join(["0785971082"] * 1001)}, "Too many recipients"
    ),
    "eleven segments": refused({"message": "a" * 1531}, "Message too long"),
    "sender not allowed": refused({"sender": "Other"}, "Invalid sender", headers=basic("named")),
    "peer not allowed": refused({}, "IP address not allowed", headers=basic("fenced")),
    "unknown user": refused({}, "Invalid username or password", headers=basic("nobody")),
    "draining": refused({}, "Too many requests", changes={"gateway": {"drain": True}}),
    "template": refused(
        {}, "Message does not match a template", changes={"account.demo": {"templates": ["Hi"]}}
    ),
    "no messageid": post({}, failed("messageid is required"), status=400, target=STATUS),
    "mixed list refused": post(
        MIXED,
        failed("Invalid recipient"),
        status=400,
        changes={"dialect.intouch": {"mixed": "refuse"}},
    ),
    "without extra keys": post(
        MIXED,
        '{"details":[{"status":"P","message":"Hello","cost":18.0,"recepient":"+250785971082",'
        '"messageid":238254},{"status":"U","message":"Hello","cost":0.0,"recepient":"12ab",'
        '"messageid":238255},{"status":"U","message":"Hello","cost":0.0,'
        '"recepient":"+250788000001","messageid":238256}],"success":true,"summary":'
        '{"message":"Hello","balance":-1617.0,"cost":18.0,"totalmessages":3,'
        '"time":"2015-08-27T16:19:58.398"}}',
        changes={"dialect.intouch": {"extra_keys": False}},
    ),
    "quotes and line ends in the text": post(
        {**HELLO, "message": 'say "no"\r\n'},
        sent('say \\"no\\"\\r\\n', [(HOME, 238254, "")], cost="18.0", balance="-1617.0"),
    ),
    "account off, live status": post(
        HELLO,
        failed("Account disabled"),
        status=403,
        headers=basic("off"),
        changes={"dialect.intouch": {"live_status": True}},
    ),
    "no route, live status": post(
        {**HELLO, "recipients": "44771012345"},
        failed("Destination not supported"),
        changes={"dialect.intouch": {"live_status": True}},
    ),
    "other spelling of the path": Row(
        target=f"/api/sendsms?{QUERY}&dlrurl={quote('http://cb.example/r?k=1', safe='')}",
        answer=SAMPLE,
        content_type="application/json",
    ),
}
