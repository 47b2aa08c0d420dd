"""The five scenes of the demo: what a vendor's customer asks, and what the vendor would answer.

Written against the vendors' documents by hand and not with our own dialects' client side, so that
both cannot be wrong in the same way.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

import msgspec

FORM = "application/x-www-form-urlencoded"
# Of every account; nobody but this machine can reach them.
PASSWORD = "demo"  # noqa: S105


class Unexpected(Exception):
    """An answer is not what the vendor's document says."""


class Question(msgspec.Struct, frozen=True):
    """One HTTP request, and how it is shown."""

    method: str
    target: str
    body: bytes = b""
    headers: dict[str, str] = {}
    shown: str = ""


class Scene(msgspec.Struct, frozen=True):
    """One dialect's customer, the text that is sent, and how to read what comes back."""

    dialect: str
    account: str
    country: str
    currency: str
    price: str  # of a segment
    sender: str
    number: str  # as the carrier must see it
    text: str
    segments: int
    ask: Question
    read_id: Callable[[str], str]  # the id in the reply; Unexpected if there is none
    poll: Callable[[str], Question] | None = None  # for an id, where the vendor has a query
    is_delivered: Callable[[str], bool] = bool  # of the query's answer


def _form(path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> Question:
    shown = " ".join(f"{key}={value}" for key, value in _visible(fields).items())
    body = urlencode(fields).encode()
    return Question("POST", path, body, {"Content-Type": FORM, **(headers or {})}, shown)


def _json(path: str, fields: dict[str, str]) -> Question:
    shown = json.dumps(_visible(fields), ensure_ascii=False)
    body = json.dumps(fields).encode()
    return Question("POST", path, body, {"Content-Type": "application/json"}, shown)


def _query(path: str, fields: dict[str, str]) -> Question:
    shown = " ".join(f"{key}={value}" for key, value in _visible(fields).items())
    return Question("GET", f"{path}?{urlencode(fields)}", shown=shown)


def _visible(fields: dict[str, str]) -> dict[str, str]:
    return {key: "***" if key == "password" else value for key, value in fields.items()}


def _basic(user: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{PASSWORD}'.encode()).decode()}"}


def _login(user: str) -> dict[str, str]:
    return {"username": user, "password": PASSWORD}


def _json_id(reply: str) -> str:
    answer = json.loads(reply)
    if answer["success"] is not True or [d["status"] for d in answer["details"]] != ["P"]:
        raise Unexpected('one entry of "details" with status "P" was expected')
    return str(answer["details"][0]["messageid"])


def _unified_id(reply: str) -> str:
    code, _, rest = reply.partition("|")
    if code != "1701" or rest.count("|") != 1:
        raise Unexpected("1701|destination|id was expected")
    return rest.split("|")[1]


def _intellisoftware_id(reply: str) -> str:
    if not reply.startswith("ID:"):
        raise Unexpected("ID:... was expected")
    return reply.removeprefix("ID:")


def _inviosmart_id(reply: str) -> str:
    if not reply.startswith("OK ID:"):
        raise Unexpected("OK ID:... was expected")
    return reply.removeprefix("OK ID:")


def _is_letter_d(reply: str) -> bool:
    return bool(json.loads(reply)["results"]["status"] == "D")


def _is_2048(reply: str) -> bool:
    return reply.split(":")[4:5] == ["2048"]


LONG = (
    "Murakoze! Order 250-118 left Kigali and will be with you tomorrow between nine and eleven."
    " Please have 12,500 RWF ready; the driver can give change for a 20,000 note."
)
NAMASTE = "नमस्ते! आपका कोड 4821 है"

SCENES = (
    Scene(
        "intouch", "kigali", "RW", "RWF", "18", "Kigali", "250785971082",
        "Muraho! Your code is 4821.", 1,
        _form(
            "/api/sendsms/.json",
            {
                "recipients": "0785971082",
                "sender": "Kigali",
                "message": "Muraho! Your code is 4821.",
            },
            _basic("kigali"),
        ),
        _json_id,
        lambda ref: _form("/api/getsmsstatus/.json", {"messageid": ref}, _basic("kigali")),
        _is_letter_d,
    ),
    Scene(
        "itec", "musanze", "RW", "RWF", "15", "Musanze", "250782300441", LONG, 2,
        _json(
            "/itec/api/sendsms",
            {
                **_login("musanze"),
                "recipients": "+250782300441",
                "sender": "Musanze",
                "message": LONG,
            },
        ),
        _json_id,
        lambda ref: _json("/itec/api/getsmsstatus", {**_login("musanze"), "messageid": ref}),
        _is_letter_d,
    ),
    Scene(
        "unified", "pune", "", "INR", "0.25", "PUNEBK", "919812345678", NAMASTE, 1,
        _query(
            "/bulksms/bulksms",
            {
                **_login("pune"),
                "type": "2",
                "dlr": "1",
                "destination": "919812345678",
                "source": "PUNEBK",
                "message": NAMASTE.encode("utf-16-be").hex().upper(),
            },
        ),
        _unified_id,
    ),
    Scene(
        "intellisoftware", "london", "GB", "GBP", "0.04", "447700900001", "447700900123",
        "Your £12.50 (€14) refund is on its way 🚂", 1,
        _form(
            "/smsgateway/sendmsg.aspx",
            {
                **_login("london"),
                "to": "447700900123",
                "from": "447700900001",
                "text": "Your £12.50 (€14) refund is on its way 🚂",
            },
        ),
        _intellisoftware_id,
    ),
    Scene(
        "inviosmart", "roma", "IT", "EUR", "0.057", "Farmacia", "393391234567",
        "Ciao! La ricetta è pronta: {9-12}, €4", 1,
        _query(
            "/sendsms/",
            {
                **_login("roma"),
                "destination": "393391234567",
                "sender": "Farmacia",
                "message": "Ciao! La ricetta è pronta: {9-12}, €4",
            },
        ),
        _inviosmart_id,
        lambda ref: _query("/smsstatus/", {**_login("roma"), "SMSId": ref}),
        _is_2048,
    ),
)  # fmt: skip


def world_text(
    smsc_port: int, scenes: Sequence[Scene] = SCENES, more: Mapping[str, str] | None = None
) -> str:
    """Give the world file of the demo: an account for each dialect, one network for all.

    `more` are further lines of accounts, by name.
    """
    lines = more or {}
    accounts = "".join(
        f"""
[[account]]
name = "{scene.account}"
password = "{PASSWORD}"
currency = "{scene.currency}"
balance = "1000"
country = "{scene.country}"
dialects = ["{scene.dialect}"]
{lines.get(scene.account, "")}
[[price]]
prefix = ""
account = "{scene.account}"
price = "{scene.price}"
"""
        for scene in {scene.account: scene for scene in scenes}.values()
    )
    return f"""\
{accounts}
[[carrier]]
name = "network"
kind = "smpp"
host = "127.0.0.1"
port = {smsc_port}
system_id = "dragoman"
password = "{PASSWORD}"

[[route]]
prefix = ""
carrier = "network"
"""
