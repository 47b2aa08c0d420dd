"""Groups and subscription lists: who gets what is sent to a name, and who joined or left.

Numbers stand in the database and on the wire of the dialect `intellisoftware`, whose document
they come from ("Subscription List Event"), and never change.
"""

import re
from enum import IntEnum
from typing import Literal

import msgspec

NAME_CHARACTERS = 64
_LIKE_A_NUMBER = re.compile(r"[+\d\s().-]*")
_UNFIT = re.compile(r"[,\x00-\x1f\x7f-\x9f]")


class ListKind(IntEnum):
    """Whose a subscription list is."""

    PREMIUM = 1  # made by the operator, for premium rate subscriptions
    USER = 2  # made by the customer


class Action(IntEnum):
    """What was done to a member."""

    SUBSCRIBED = 1
    UNSUBSCRIBED = 2
    DELETED = 3


class Source(IntEnum):
    """What brought a change about."""

    INBOUND_SMS = 1
    INBOUND_MMS = 2
    OUTGOING_SMS = 3
    OUTGOING_MMS = 4
    PORTAL = 5
    SUPPORT = 6
    API = 7
    PLATFORM = 8
    STATUS_REPORT = 9
    PHONE = 10
    EMAIL = 11
    WEB_FORM = 12


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution list of an account; its members are contacts of that account."""

    id: int
    account_id: int
    name: str


class SubscriptionList(msgspec.Struct, frozen=True, kw_only=True):
    """A list that people join and leave, and by which rules they do."""

    id: int
    account_id: int
    name: str
    kind: int = ListKind.USER
    join_words: tuple[str, ...] = ()  # texts from a handset that subscribe it
    stop_words: tuple[str, ...] = ()  # those that unsubscribe it
    platform_stop: bool = True  # a STOP to the platform's own code counts for this list, too
    on_dead: Literal["keep", "delete"] = "keep"  # when a receipt says that there is no such number
    on_mt_sms: Literal["keep", "subscribe"] = "keep"  # when the account sends a text to a number
    join_reply: str = ""  # what a handset is answered that joined by a word
    stop_reply: str = ""  # what one is that left by a word


class ListChange(msgspec.Struct, frozen=True, array_like=True):
    """A change of one member that somebody asks for."""

    account_id: int
    list_name: str
    number: str  # international digits without `+`
    action: int
    source: int
    proof: str  # what shows that it was asked for: a message, a request, a person
    at_us: int


def fold_name(name: str) -> str:
    """Give the form in which names compare: any case, blanks around them or doubled."""
    return " ".join(name.split()).casefold()


def judge_name(name: str) -> str:
    """Say what is wrong with a name of a group or list; empty if nothing is.

    It stands where numbers stand, between commas, and must never be taken for one.
    """
    if not name.strip():
        return "must not be empty"
    if len(name) > NAME_CHARACTERS:
        return f"must have at most {NAME_CHARACTERS} characters"
    if _UNFIT.search(name):
        return "must not hold commas and control characters"
    if _LIKE_A_NUMBER.fullmatch(name):
        return "must not look like a number, in whose place it stands"
    return ""
