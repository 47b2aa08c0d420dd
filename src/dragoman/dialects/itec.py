"""The dialect `itec`: `intouch` under another brand, with JSON first and paths of its own.

Source: ItecSMS, "Concepts", "Send SMS", "Send SMS Status Request"; the document shows no host,
path or body, so these are ours or the sister's.
"""

import re

import msgspec

from dragoman.dialects import intouch
from dragoman.dialects import intouch_client as client
from dragoman.dialects.ask import is_on, parameters_first
from dragoman.dialects.exchange import Ask, Dialect, Exchange, Kind, Settings, StatusAsk
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Credentials, Crediting, Submit
from dragoman.protocols.http import Request

BASE = "/itec/api"
DEFAULTS = {**intouch.DEFAULTS, "base_path": BASE, "strict_e164": False}

_E164 = re.compile(r"\+.*|[0-9]{11,15}", re.ASCII | re.DOTALL)
_BAD_DESTINATION = Refusal(Reason.BAD_DESTINATION)


def credentials(ask: Ask, settings: Settings) -> Credentials | Refusal:
    """Give the login: parameters before Basic, whose halves are the API key and secret."""
    return parameters_first(ask)


def check_number(token: str, number: str, settings: Settings) -> Refusal | None:
    """Refuse a national number where the operator holds customers to the E.164 form."""
    if is_on(settings, "strict_e164") and not _E164.fullmatch(token):
        return _BAD_DESTINATION
    return None


def render_submit(submit: Submit, settings: Settings) -> Request:
    """Ask the provider to send."""
    return _request("/sendsms", client.submit_pairs(submit, settings), settings)


def render_status_ask(asked: StatusAsk, settings: Settings) -> Request:
    """Ask the provider for a message's state."""
    return _request("/getsmsstatus", client.status_pairs(asked), settings)


def _request(tail: str, pairs: dict[str, str], settings: Settings) -> Request:
    """Give a POST as this upstream wants it: JSON or a form, login inside or as Basic."""
    path = str(settings.get("path", BASE)).rstrip("/") + tail
    by_basic = settings.get("auth") == "basic"
    if not by_basic:
        login = {"username": str(settings["username"]), "password": str(settings["password"])}
        pairs = {**login, **pairs}
    request = client.form_request(path, pairs, settings)
    headers = {**request.headers}
    body = request.body
    if not by_basic:
        del headers["authorization"]
    if settings.get("body") != "form":
        headers["content-type"] = "application/json"
        body = msgspec.json.encode(pairs)
    return Request("POST", path, headers=headers, body=body)


def _paths(name: str) -> tuple[str, ...]:
    return (f"{BASE}/{name}", f"{BASE}/{name}.json", f"{BASE}/{name}/.json")


DIALECT = Dialect(
    name="itec",
    exchanges=(
        Exchange(
            Kind.SUBMIT,
            _paths("sendsms"),
            intouch.parse_submit,
            intouch.render_submitted,
            intouch.refuse,
            render_submit,
            client.parse_submitted,
        ),
        Exchange(
            Kind.STATUS,
            _paths("getsmsstatus"),
            intouch.parse_status,
            intouch.render_status,
            intouch.refuse,
            render_status_ask,
            client.parse_status,
        ),
    ),
    read=intouch.read_ask,
    credentials=credentials,
    rank=intouch.DIALECT.rank,
    crediting=Crediting.WHOLE,
    check_number=check_number,
    keeps_refused=True,
    defaults=DEFAULTS,
)
