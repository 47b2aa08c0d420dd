"""World files for tests, and a small kind of carrier beside the real ones."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from dragoman.core.worldfile.parse import CarrierKind, WorldFile, parse_world
from dragoman.core.worldfile.plan import Sealing

WHOLE = """
[gateway]
ip_ban = ["203.0.113.0/24"]
retention_days = 30

[dialect.unified]
reply_form = "triple"

[[account]]
name = "alice"
password = "s3cret"
api_key = "alice-key"
api_secret = "short"
currency = "EUR"
balance = "100.00"
overdraft = "2.5"
country = "gb"
time_zone = "Europe/London"
expires = 2030-01-31T12:00:00+01:00
senders = ["ACME", "447700900001"]
ip_allow = ["192.0.2.0/24"]
dialects = ["intouch", "unified"]
max_parts = 4
rate = 2.5
spam = ["\\\\bviagra\\\\b"]
[account.unified]
lenient = "on"
nsn = []

[[account]]
name = "bob"
password = "b0b"
enabled = false

[[carrier]]
name = "main"
kind = "wire"
host = "127.0.0.1"
window = 10
password = "secret"

[[carrier]]
name = "spare"
kind = "wire"
host = "127.0.0.2"
enabled = false

[[route]]
prefix = ""
carrier = "main"

[[route]]
prefix = ""
carrier = "spare"
weight = 3

[[route]]
prefix = "+44"
carrier = "spare"
account = "alice"

[[price]]
prefix = "44"
currency = "EUR"
price = 0.057

[[price]]
prefix = ""
account = "alice"
price = "1"

[[number]]
number = "+447700900123"
account = "alice"

[[number]]
number = "60300"
keyword = "win"
account = "bob"

[[group]]
account = "alice"
name = "All staff"
members = ["+44 7700 900001", "447700900002"]

[[group]]
account = "bob"
name = "all Staff"

[[list]]
account = "alice"
name = "News"
join_words = ["join  news"]
on_dead = "delete"

[[list]]
account = "bob"
name = "Club"
kind = "premium"
platform_stop = false
stop_words = ["leave"]
on_mt_sms = "subscribe"
"""


class WireOptions(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The options of a carrier that exists in these tests only."""

    host: str
    window: Annotated[int, Meta(ge=1, le=100)] = 10
    pace: float = 0.0


def check_wire(options: Mapping[str, object]) -> None:
    if options["host"] == "nowhere":
        raise ValueError('host must be somewhere, not "nowhere"')


KINDS = {"wire": CarrierKind(WireOptions, check_wire)}

# As the real ones, but readable: what was sealed can be seen in an assertion.
SEALING = Sealing(seal=lambda secret: f"sealed({secret})", unseal=lambda sealed: sealed[7:-1])


def parsed(text: str, environment: Mapping[str, str] | None = None) -> WorldFile:
    return parse_world(text, KINDS, environment or {})
