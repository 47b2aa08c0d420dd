"""What subscribers ask for with a word: obeyed at once, in the transaction that keeps the word.

STOP and its like opt a number out of one account and its lists, to the platform's own code out of
everything; START takes back that it gets nothing.  Words and names of lists subscribe a number and
unsubscribe it.  Decides whose word it is where several share a number.
"""

from collections.abc import Callable, Iterable

from dragoman.core.confirm import Reply, confirm
from dragoman.core.counters import Counters
from dragoman.core.directory import Worded
from dragoman.core.keywords import Asked, Deed, asked, asked_about, vocabulary
from dragoman.core.lists import change_members, leave_all, spoken_of, stop_everywhere
from dragoman.core.optout import opt_in, opt_out
from dragoman.core.owners import Sharers
from dragoman.core.snapshot import Snapshot, View
from dragoman.model.barring import parse_barred
from dragoman.model.inbound import GATEWAY, Inbound
from dragoman.model.lists import Action, Source
from dragoman.store.database import Tx

EVERYONE = 0  # to the books of opt-outs
SAID = "sms"
SAID_TO_PLATFORM = "platform"
GENERAL = vocabulary()
STOPS = frozenset({Deed.STOP, Deed.STOP_ALL})
DONE = {Action.SUBSCRIBED: "join", Action.UNSUBSCRIBED: "leave"}
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
                await self._obey_platform(tx, snapshot, message, wish)
                return []
        sharers = snapshot.numbers.find(message.recipient) or Sharers(message.account_id)
        deed, account_ids = _whose(snapshot, sharers, message)
        replies: list[Reply] = []
        done: list[str] = []
        for account_id in account_ids:
            view = snapshot.views_by_id.get(account_id)
            if view is None:
                continue
            done += await self._book(tx, snapshot, view, message, deed)
            wanted = _listed(snapshot, account_id, message, deed)
            if text := _answer(view, deed, wanted):
                replies.append(Reply(view, message, text))
        message.deed = ", ".join(dict.fromkeys(done))
        if account_ids and message.account_id not in account_ids:
            message.account_id, message.context, message.message_id = account_ids[0], "", 0
        return replies

    @staticmethod
    async def _obey_platform(tx: Tx, snapshot: Snapshot, message: Inbound, wish: Asked) -> None:
        """Let a number get nothing more from anybody, or something again."""
        message.account_id = message.account_id or GATEWAY
        message.deed = f"platform {wish.deed.value}"
        proof, at_us = _proof(message), message.received_us
        if wish.deed is Deed.START:
            await opt_in(tx, EVERYONE, message.sender, at_us, SAID_TO_PLATFORM, proof)
            return
        await opt_out(tx, EVERYONE, message.sender, at_us, SAID_TO_PLATFORM, proof)
        await stop_everywhere(tx, snapshot, message.sender, proof, at_us)

    @staticmethod
    async def _book(
        tx: Tx, snapshot: Snapshot, view: View, message: Inbound, deed: Deed | None
    ) -> list[str]:
        """Do what a message asks of one account; give what was done, in words."""
        account_id, number = view.account.id, message.sender
        proof, at_us = _proof(message), message.received_us
        wanted = _listed(snapshot, account_id, message, deed)
        done = [deed.value] if deed is not None else []
        for row, action in wanted:
            await change_members(
                tx, snapshot, row, [number], action, Source.INBOUND_SMS, proof, at_us
            )
            done.append(f"{DONE[action]} {row.name}")
        joins = any(action is Action.SUBSCRIBED for _, action in wanted)
        if deed in STOPS:
            await opt_out(tx, account_id, number, at_us, SAID, proof)
            if view.directory is not None:
                rows = view.directory.lists.values()
                how = (number, Source.INBOUND_SMS, proof, at_us)
                left = await leave_all(tx, snapshot, rows, *how)
                done += [f"leave {row.name}" for row in left]
        elif deed is Deed.START or joins:
            await opt_in(tx, account_id, number, at_us, SAID, proof)
        return done


def _whose(
    snapshot: Snapshot, sharers: Sharers, message: Inbound
) -> tuple[Deed | None, tuple[int, ...]]:
    """Give what is asked for, and of which accounts; no deed and an account: about its lists.

    Behind the word may stand the keyword of one of those that share the number.  A bare STOP is
    for the owner whom the message found; where it found none, and with STOP ALL, for all of them.
    A list that the owner does not have may be that of another one.
    """
    view = snapshot.views_by_id.get(message.account_id)
    words = view.dialogue.words if view is not None else GENERAL
    about = asked_about(message.text, words)
    if about is not None:
        keyword = about.about.upper()
        if keyword in sharers.keywords:
            return about.deed, (sharers.keywords[keyword],)
    wish = asked(message.text, words)
    owners = (message.account_id,) if message.account_id else ()
    if wish is None:
        for account_id in (*owners, *sharers.accounts):
            if _listed(snapshot, account_id, message, None):
                return None, (account_id,)
        return None, ()
    if owners and wish.deed is not Deed.STOP_ALL:
        return wish.deed, owners
    return wish.deed, sharers.accounts


def _listed(
    snapshot: Snapshot, account_id: int, message: Inbound, deed: Deed | None
) -> tuple[Worded, ...]:
    """Give what a message does to an account's lists; a STOP lets nobody join anything."""
    if parse_barred(message.sender) is None:
        return ()
    found = spoken_of(snapshot, account_id, message.text)
    return tuple(one for one in found if one[1] is not Action.SUBSCRIBED or deed not in STOPS)


def _answer(view: View, deed: Deed | None, wanted: tuple[Worded, ...]) -> str:
    """Give what a handset is told: by the list that it named, else by the account."""
    for row, action in wanted if deed not in STOPS else ():
        if text := row.join_reply if action is Action.SUBSCRIBED else row.stop_reply:
            return text
    return view.dialogue.replies.get(REPLIES[deed], "") if deed is not None else ""


def _proof(message: Inbound) -> str:
    return f"inbound {message.id}: {message.text}"
