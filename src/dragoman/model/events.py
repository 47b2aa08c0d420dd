"""What a customer is told without having asked: the facts, in no vendor's language.

Each is written to the store as it stands here, as JSON, so a field may be added but not change
its meaning.  Instants are microseconds UTC, money micro-units of the account's currency.
"""

from hashlib import blake2b
from typing import TypeAlias, assert_never

import msgspec

from dragoman.model.states import State


class StatusReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="report"):
    """A message reached another state.

    `was` is the state before, `ends` tells that nothing more is expected: a verdict, or the last
    that a route without receipts will ever say.  `url` is where the request wanted its reports.
    """

    account_id: int
    message_id: int
    submission_id: int
    dialect: str
    sender: str
    recipient: str
    state: State
    changed_us: int
    accepted_us: int
    segments: int = 1
    price_u: int = 0
    charge_u: int = 0
    error: str = ""  # of the carrier, as it was written
    context: str = ""
    was: State = State.QUEUED
    ends: bool = False
    url: str = ""


class MessageReceived(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="received"
):
    """A handset sent a message to a number of the account.

    `octets` are 8-bit data, for which `text` is empty; `udh` is the header that came with it,
    from its length octet on.  `sent_us` is the carrier's time stamp, 0 if it gave none; `network`
    the sender's, `context` that of the message which this one answers.  `segments` is how many
    the handset sent, `missing` how many of them never came.
    """

    account_id: int
    inbound_id: int
    sender: str
    recipient: str
    text: str = ""
    octets: bytes = b""
    udh: bytes = b""
    received_us: int
    sent_us: int = 0
    network: str = ""
    context: str = ""
    segments: int = 1
    missing: int = 0


class MmsReceived(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="mms"):
    """A handset sent an MMS; `files` are the names of its parts, in order."""

    account_id: int
    inbound_id: int
    sender: str
    recipient: str
    subject: str = ""
    files: tuple[str, ...] = ()
    received_us: int
    context: str = ""


class ListChanged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="list"):
    """A number joined or left a subscription list.

    `list_kind`: 1 premium rate, 2 made by the customer.  `action`: 1 subscribed, 2 unsubscribed,
    3 deleted.  `source` is 1 to 12 as in the IntelliSoftware document.
    """

    account_id: int
    list_name: str
    list_kind: int
    number: str
    action: int
    source: int
    at_us: int


Event: TypeAlias = StatusReport | MessageReceived | MmsReceived | ListChanged


def event_id(event: Event) -> str:
    """Give the name of a fact: the same however often it is told, and for no other fact."""
    match event:
        case StatusReport():
            # That it stays sent is another fact than that it was sent.
            stays = "-last" if event.was is event.state else ""
            return f"r{event.message_id}-{int(event.state)}{stays}"
        case MessageReceived() | MmsReceived():
            return f"m{event.inbound_id}"
        case ListChanged():
            fact = (event.account_id, event.list_name, event.number, event.action, event.at_us)
            return f"l{blake2b(msgspec.json.encode(fact), digest_size=10).hexdigest()}"
        case _:
            assert_never(event)


def subject(event: Event) -> str:
    """Give what an event is about: events of one subject are told in the order they happened."""
    match event:
        case StatusReport():
            return f"r{event.message_id}"
        case MessageReceived() | MmsReceived():
            return f"m{event.sender}"
        case ListChanged():
            return f"l{event.number}"
        case _:
            assert_never(event)
