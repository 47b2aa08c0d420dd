"""Worked examples of the dialect `itec`; see `examples.py` for what the names mean."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from dragoman.model.states import State
from tests.flow.examples import NO_CARRIER, Row, Stored, at_us

WORLD = (
    NO_CARRIER
    + """
[[account]]
name = "demo"
password = "secret"
currency = "RWF"
balance = "1000"
cc = "250"

[[account]]
name = "poor"
password = "secret"
currency = "RWF"
balance = "20"

[[account]]
name = "tmpl"
password = "secret"
currency = "RWF"
balance = "1000"
templates = ["Your code is {#var#}"]

[[account]]
name = "fenced"
password = "secret"
currency = "RWF"
balance = "1000"
ip_allow = ["192.0.2.1"]

[[route]]
prefix = "250"
carrier = "main"

[[route]]
prefix = "256"
carrier = "main"

[[price]]
prefix = "250"
currency = "RWF"
price = "15"

[[price]]
prefix = "256"
currency = "RWF"
price = "30"
"""
)
OPTED_OUT = ("250788000001",)
CLOCK_US = at_us("2026-03-02T10:15:30.250Z")
NEXT_IDS = {"message": 700001}
STORED = (
    Stored(
        id=650001,
        account="demo",
        sender="Itec",
        recipient="250785971082",
        state=State.REJECTED,
        accepted_us=at_us("2026-03-02T10:00:00Z"),
        changed_us=at_us("2026-03-02T10:00:03Z"),
        charge_u=15_000_000,
    ),
)

SEND = "/itec/api/sendsms"
STATUS = "/itec/api/getsmsstatus"
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
LOGIN = {"username": "demo", "password": "secret"}
TEST = {"recipients": "+250785971082", "sender": "Itec", "message": "test sms"}
HOME = "+250785971082"
GSM_160 = "a" * 159 + "€"


def post(fields: dict[str, Any] | bytes, answer: str, status: int = 200, **more: Any) -> Row:
    """Give a row that posts JSON, text unescaped."""
    if isinstance(fields, dict):
        fields = json.dumps(fields, ensure_ascii=False).encode()
    defaults = {"method": "POST", "target": SEND, "headers": JSON}
    return Row(
        **{**defaults, **more},
        body=fields,
        answer=answer,
        status=status,
        content_type="application/json",
    )


def sends(changed: dict[str, Any], answer: str, **more: Any) -> Row:
    fields = {name: value for name, value in (LOGIN | TEST | changed).items() if value != "absent"}
    return post(fields, answer, **more)


def sent(
    entries: Iterable[tuple[str, int, str, str]],
    cost: str,
    balance: str,
    message: str = "test sms",
) -> str:
    """Give the body of a success; entries are number, message id, cost, error of refused ones."""
    details = [
        f'{{"status":"{"U" if error else "P"}","message":"{message}","cost":{each},'
        f'"recepient":"{number}","receipient":"{number}","messageid":{message_id}'
        + (f',"error":"{error}"}}' if error else "}")
        for number, message_id, each, error in entries
    ]
    return (
        f'{{"details":[{",".join(details)}],"success":true,"summary":{{"message":"{message}",'
        f'"balance":{balance},"cost":{cost},"totalmessages":{len(details)},'
        '"time":"2026-03-02T12:15:30.250"}}'
    )


def one(message: str, cost: str = "15.0", balance: str = "985.0") -> str:
    return sent([(HOME, 700001, cost, "")], cost, balance, message)


def failed(detail: str, error: str = "") -> str:
    return (
        f'{{"success":false,"detail":"{detail}",'
        f'"response":[{{"errors":{{"error":"{error or detail}"}}}}]}}'
    )


def refused(changed: dict[str, Any], detail: str, **more: Any) -> Row:
    return sends(changed, failed(detail), status=400, **more)


SAMPLE = (
    '{"details":[{"status":"P","message":"test sms","cost":15.0,"recepient":"+250785971082",'
    '"receipient":"+250785971082","messageid":700001}],"success":true,"summary":'
    '{"message":"test sms","balance":985.0,"cost":15.0,"totalmessages":1,'
    '"time":"2026-03-02T12:15:30.250"}}'
)
REJECTED = (
    '{"results":{"status":"U","created":"02-03-2026 12:12:00:00",'
    '"time":"02-03-2026 12:12:00:03"},"success":true}'
)
ROW_1 = json.dumps(LOGIN | TEST)
NO_LOGIN = {"username": "absent", "password": "absent"}
DEMO_BASIC = {"authorization": "Basic ZGVtbzpzZWNyZXQ="}

ROWS = {
    "1 one recipient": sends({}, SAMPLE, segments=1, charge_u=15_000_000),
    "2 everything in the query": post(
        b"", SAMPLE, target=f"{SEND}?{urlencode(LOGIN | TEST)}", headers={}
    ),
    "3 form": post(urlencode(LOGIN | TEST).encode(), SAMPLE, headers=FORM),
    "4 JSON in the field data": post(urlencode({"data": ROW_1}).encode(), SAMPLE, headers=FORM),
    "4 JSON in the field json of the query": post(
        b"", SAMPLE, target=f"{SEND}?{urlencode({'json': ROW_1})}", headers={}
    ),
    "4 JSON encoded twice": post(json.dumps(ROW_1).encode(), SAMPLE),
    "5 Basic": sends(
        {"username": "absent", "password": "absent"}, SAMPLE, headers=JSON | DEMO_BASIC
    ),
    "6 login in the query": sends(
        {"username": "absent", "password": "absent"}, SAMPLE, target=f"{SEND}?{urlencode(LOGIN)}"
    ),
    "7 two countries": sends(
        {"recipients": "+250785971082,+256772000000"},
        sent([(HOME, 700001, "15.0", ""), ("+256772000000", 700002, "30.0", "")], "45.0", "955.0"),
    ),
    "8 three forms of one number": sends(
        {"recipients": ["0785971082", "785971082", "00250785971082"]},
        sent([(HOME, 700001 + i, "15.0", "") for i in range(3)], "45.0", "955.0"),
    ),
    "9 bad one among good": sends(
        {"recipients": "+250785971082,+1"},
        sent(
            [(HOME, 700001, "15.0", ""), ("+1", 700002, "0.0", "Invalid recipient")],
            "15.0",
            "985.0",
        ),
    ),
    "10 opted out": refused({"recipients": "+250788000001"}, "Recipient opted out"),
    "11 no route": refused({"recipients": "+254700000000"}, "Destination not supported"),
    "12 no credit for two": sends(
        {"username": "poor", "recipients": "+250785971082,+250785971083"},
        failed("Insufficient balance", "balance"),
        status=400,
    ),
    "13 broken JSON": post(b'{"username":"demo",', failed("Invalid request body"), 400),
    "14 JSON that is no object": post(b'["a"]', failed("Invalid request body"), 400),
    "15 no password": refused({"password": "absent"}, "password is required"),
    "16 wrong password": refused({"password": "wrong"}, "Invalid username or password"),
    "17 peer not allowed": refused({"username": "fenced"}, "IP address not allowed"),
    "18 no template matches": refused(
        {"username": "tmpl", "message": "Hello"}, "Message does not match a template"
    ),
    "18 a template matches": sends(
        {"username": "tmpl", "message": "Your code is 4711"}, one("Your code is 4711")
    ),
    "19 extension characters": sends(
        {"message": "Café €5 ^"}, one("Café €5 ^"), segments=1, charge_u=15_000_000
    ),
    "20 161 septets": sends(
        {"message": GSM_160}, one(GSM_160, "30.0", "970.0"), segments=2, charge_u=30_000_000
    ),
    "21 Arabic": sends({"message": "مرحبا"}, one("مرحبا"), segments=1, charge_u=15_000_000),
    "22 no sender": refused({"sender": "absent"}, "sender is required"),
    "23 status": post(LOGIN | {"messageid": 650001}, REJECTED, target=STATUS),
    "24 status, id as text": post(LOGIN | {"messageid": "650001"}, REJECTED, target=STATUS),
    "24 status by GET": Row(
        target=f"{STATUS}?username=demo&password=secret&messageid=650001",
        answer=REJECTED,
        content_type="application/json",
    ),
    "25 status without id": post(LOGIN, failed("messageid is required"), 400, target=STATUS),
    "26 status of an unknown id": post(
        LOGIN | {"messageid": 1}, failed("Unknown messageid"), 400, target=STATUS
    ),
    "28 strict about E.164": refused(
        {"recipients": "0785971082"},
        "Invalid recipient",
        changes={"dialect.itec": {"strict_e164": True}},
    ),
    "strict takes eleven digits": sends(
        {"recipients": "250785971082"}, SAMPLE, changes={"dialect.itec": {"strict_e164": True}}
    ),
    "parameters before Basic": sends(
        {}, SAMPLE, headers=JSON | {"authorization": "Basic bm9ib2R5Ong="}
    ),
    "path as the sister's": sends({}, SAMPLE, target=f"{SEND}/.json"),
    "path with a suffix": sends({}, SAMPLE, target=f"{SEND}.json"),
}
