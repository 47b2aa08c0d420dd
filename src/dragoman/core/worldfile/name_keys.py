"""The tables of the world file for what stands in the place of numbers: groups and lists."""

from typing import Annotated, Literal

from msgspec import UNSET

from dragoman.core.worldfile.keys import Keys, Maybe, doc
from dragoman.core.worldfile.sorts import ListName, ListWord, Recipient


class GroupKeys(Keys, frozen=True, kw_only=True):
    """`[[group]]`: a distribution list of an account, whose name may stand for its members.

    A group that is not in the file stays as it is; `dragoman group delete` deletes it.
    """

    account: Annotated[str, doc("Whose it is.")]
    name: Annotated[ListName, doc("What stands in the place of a number; in any case.")]
    members: Annotated[
        Maybe[tuple[Recipient, ...]],
        doc("Its members, and no others. Left out: they are changed by commands only."),
    ] = UNSET


class ListKeys(Keys, frozen=True, kw_only=True):
    """`[[list]]`: a subscription list of an account, and by which rules people join and leave it.

    Who is subscribed is no configuration: handsets, requests and commands change that, each with
    its proof. A list that is not in the file stays as it is; `dragoman list drop` deletes it.
    """

    account: Annotated[str, doc("Whose it is.")]
    name: Annotated[ListName, doc("What requests call it; in any case.")]
    kind: Annotated[
        Literal["user", "premium"],
        doc("Made by the customer, or by the operator."),
    ] = "user"
    join_words: Annotated[tuple[ListWord, ...], doc("Texts from a handset that subscribe it.")] = ()
    stop_words: Annotated[
        tuple[ListWord, ...], doc("Texts from a handset that unsubscribe it.")
    ] = ()
    platform_stop: Annotated[
        bool, doc("A STOP to the platform's own code counts for this list, too.")
    ] = True
    on_dead: Annotated[
        Literal["keep", "delete"], doc("What a receipt does that says: no such number.")
    ] = "keep"
    on_mt_sms: Annotated[
        Literal["keep", "subscribe"], doc("What a text does that the account sends to a number.")
    ] = "keep"
    join_reply: Annotated[
        str,
        doc("Confirms that a word subscribed; at the account's price, at most one answer an hour."),
    ] = ""
    stop_reply: Annotated[str, doc("Confirms that a word unsubscribed.")] = ""
