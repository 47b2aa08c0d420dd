"""The shape of the worked examples: what a vendor's customer sends, and the whole answer.

Each `examples_<dialect>.py` holds:

- `WORLD`: the fixture as the text of a world file; no carrier in it can be reached, so that what
  is accepted waits.
- `OPTED_OUT`: numbers that want nothing from anybody.
- `CLOCK_US`: the time of every request.
- `NEXT_IDS`: the id that is handed out next, by kind ("message").
- `MEMBERS`: who is in subscription lists: account, list, number, action.
- `STORED`: messages that exist before the first request.
- `ROWS`: the examples by label.  Each starts from a fresh fixture.

The same rows are read twice: without a network by the tests of the dialect, and over a socket by
the flow's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dragoman.model.states import State
from dragoman.model.submissions import Alphabet

NO_CARRIER = """
[[carrier]]
name = "main"
kind = "smpp"
host = "127.0.0.1"
port = 1
system_id = "dragoman"
password = "secret"
"""


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What a handset shows of a message."""

    text: str
    is_flash: bool = False
    port: int | None = None
    octets: bytes = b""  # where there is a port, or no text
    title: str = ""  # of a push
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One request and its answer.

    `target` stands on the request line as it is.  `changes` are tables of the world with the
    keys that this row alone adds or replaces: {"dialect.intouch": {"live_status": True}}; an
    account is named by its name: {"account.demo": {"templates": ["Hi"]}}.
    `after` are rows that were answered before, on the same fixture and in this order; `settled`
    says, by message id, which state a carrier then brought about, and when.
    """

    target: str
    answer: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    answer_headers: Mapping[str, str] = field(default_factory=dict)  # beside Content-Type
    changes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    segments: int = 0  # of each accepted message, where the example tells it
    charge_u: int = 0  # the same
    due_us: int = 0  # when each accepted message leaves; 0: at once
    stored: str | None = None  # the text as it is sent, where the example tells it
    alphabet: Alphabet = Alphabet.GSM7  # in which that is
    shown: Screen | None = None  # what each handset shows, where a test looks at it
    settled: Mapping[int, tuple[State, int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A message that exists before the first request."""

    id: int
    account: str
    sender: str
    recipient: str
    state: State
    accepted_us: int
    changed_us: int
    text: str = "Hello"
    segments: int = 1
    charge_u: int = 0


def at_us(instant: str) -> int:
    """Give an instant written `2015-08-27T14:19:58.398Z` in microseconds since the epoch."""
    moment = datetime.fromisoformat(instant)
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
