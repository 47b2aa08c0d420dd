"""What subscribers ask for with a word: obeyed at once, in the transaction that keeps the word.

STOP and its like opt a number out of one account, to the platform's own code out of everything;
START takes that back.  Decides whose word it is where several share a number.
"""

from collections.abc import Callable, Iterable

from dragoman.core.confirm import Reply, confirm
from dragoman.core.counters import Counters
from dragoman.core.keywords import Asked, Deed, asked, asked_about, vocabulary
from dragoman.core.optout import opt_in, opt_out
from dragoman.core.owners import Sharers
from dragoman.core.snapshot import Snapshot
from dragoman.model.inbound import GATEWAY, Inbound
from dragoman.store.database import Tx

EVERYONE = 0  # to the books of opt-outs
SAID = "sms"
SAID_TO_PLATFORM = "platform"
GENERAL = vocabulary()
# How a reply is called in an account's keys.
REPLIES = {Deed.STOP: "stop", Deed.STOP_ALL: "stop", Deed.START: "start", Deed.HELP: "help"}


class Wishes:
    """Obeys the words of one node's subscribers."""

    def __init__(self, snapshot: Callable[[], Snapshot], counters: Counters) -> None:
        """Take the current world and the counters."""
        self._snapshot = snapshot
        self._counters = counters

    async def obey(self, tx: Tx, messages: Iterable[Inbound], now_us: int) -> set[int]:
        """Do what messages ask for and note it in them; give the carriers that got a reply."""
        snapshot = self._snapshot()
        replies: list[Reply] = []
        for message in messages:
            if message.text and message.is_whole:
                replies += await self._obey(tx, snapshot, message)
        if not replies:
            return set()
        return await confirm(tx, snapshot, self._counters, replies, now_us)

    async def _obey(self, tx: Tx, snapshot: Snapshot, message: Inbound) -> list[Reply]:
        if message.recipient == snapshot.gateway.get("stop_code"):
            wish = asked(message.text, GENERAL)
            if wish is not None and wish.deed is not Deed.HELP:
                await self._obey_platform(tx, message, wish)
                return []
        sharers = snapshot.numbers.find(message.recipient) or Sharers(message.account_id)
        wish, account_ids = _whose(snapshot, sharers, message)
        if wish is None:
            return []
        replies: list[Reply] = []
        for account_id in account_ids:
            view = snapshot.views_by_id.get(account_id)
            if view is None:
                continue
            message.deed = wish.deed.value
            await self._book(tx, account_id, message, wish.deed)
            if text := view.dialogue.replies.get(REPLIES[wish.deed]):
                replies.append(Reply(view, message, text))
        if account_ids and message.account_id not in account_ids:
            message.account_id, message.context, message.message_id = account_ids[0], "", 0
        return replies

    async def _obey_platform(self, tx: Tx, message: Inbound, wish: Asked) -> None:
        """Let a number get nothing more from anybody, or something again."""
        message.account_id = message.account_id or GATEWAY
        message.deed = f"platform {wish.deed.value}"
        proof, at_us = _proof(message), message.received_us
        book = opt_in if wish.deed is Deed.START else opt_out
        await book(tx, EVERYONE, message.sender, at_us, SAID_TO_PLATFORM, proof)

    @staticmethod
    async def _book(tx: Tx, account_id: int, message: Inbound, deed: Deed) -> None:
        if deed is Deed.HELP:
            return
        book = opt_in if deed is Deed.START else opt_out
        await book(tx, account_id, message.sender, message.received_us, SAID, _proof(message))


def _whose(
    snapshot: Snapshot, sharers: Sharers, message: Inbound
) -> tuple[Asked | None, tuple[int, ...]]:
    """Give what is asked for, and of which accounts.

    Behind the word may stand the keyword of one of those that share the number.  A bare STOP is
    for the owner whom the message found; where it found none, and with STOP ALL, for all of them.
    """
    view = snapshot.views_by_id.get(message.account_id)
    words = view.dialogue.words if view is not None else GENERAL
    about = asked_about(message.text, words)
    if about is not None:
        keyword = about.about.upper()
        if keyword in sharers.keywords:
            return about, (sharers.keywords[keyword],)
    wish = asked(message.text, words)
    if wish is None:
        return None, ()
    if message.account_id and wish.deed is not Deed.STOP_ALL:
        return wish, (message.account_id,)
    return wish, sharers.accounts


def _proof(message: Inbound) -> str:
    return f"inbound {message.id}: {message.text}"
