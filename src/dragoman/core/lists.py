"""Who gets what is sent to a name, and who joined or left a list: the decisions.

Names of groups and lists are found in the snapshot, members in the store.  A change of a member
that changes nothing is no change: it is not kept, and nobody is told.
"""

import logging
from asyncio import Future
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import msgspec

from dragoman.core import screen
from dragoman.core.directory import Directory, Worded
from dragoman.core.keywords import Deed, asked_about, folded
from dragoman.core.notify import announce
from dragoman.core.snapshot import Snapshot, View
from dragoman.model.events import ListChanged
from dragoman.model.lists import Action, ListChange, Source, SubscriptionList, fold_name
from dragoman.model.refusals import Reason, Refusal
from dragoman.store import groups, subscriptions
from dragoman.store.database import Tx

GROUP_MOST = 10_000  # members that the names of one request stand for together
log = logging.getLogger(__name__)

UNKNOWN_LIST = Refusal(Reason.BAD_PARAMETER, "sublistname")
DOUBTFUL = Refusal(Reason.TIMEOUT)
NOT_CHANGED = Refusal(Reason.INTERNAL, detail="store")
TOO_MANY_MEMBERS = Refusal(Reason.TOO_MANY_RECIPIENTS, "to", "members")

# What an action leaves behind.
_AFTER = {Action.SUBSCRIBED: 1, Action.UNSUBSCRIBED: 2, Action.DELETED: 0}


class Resolved(msgspec.Struct, frozen=True):
    """The recipients of a request, its names replaced by numbers."""

    tokens: tuple[str, ...]
    refusal: Refusal | None = None


# Names as recipients.


async def resolve(
    tx: Tx, snapshot: Snapshot, view: View, tokens: Sequence[str], most: int = GROUP_MOST
) -> Resolved:
    """Replace the names among recipients by their members; groups come before lists.

    Members who opted out are left out.  A name of which nobody is left stays as it is, and is
    refused like any other word that is no number.  More than `most` members in all are refused.
    """
    directory = view.directory
    if directory is None:
        return Resolved(tuple(tokens))
    found: dict[str, None] = {}
    left = most
    for token in tokens:
        numbers = await _members(tx, directory, token, left + 1)
        if numbers is None:
            found[token] = None
            continue
        left -= len(numbers)
        if left < 0:
            return Resolved(tuple(tokens), TOO_MANY_MEMBERS)
        # The plus says that nothing is to be put before them.
        members = [f"+{n}" for n in numbers if not _opted_out(snapshot, view, n)]
        found.update(dict.fromkeys(members or [token]))
    return Resolved(tuple(found))


async def _members(tx: Tx, directory: Directory, name: str, limit: int) -> list[str] | None:
    folded = fold_name(name)
    if (group := directory.groups.get(folded)) is not None:
        return await groups.members(tx, group.id, limit)
    if (row := directory.lists.get(folded)) is not None:
        return await subscriptions.subscribed(tx, row.id, limit)
    return None


def _opted_out(snapshot: Snapshot, view: View, number: str) -> bool:
    refusal = screen.judge_recipient(snapshot, view, number)
    return refusal is not None and refusal.reason is Reason.OPTED_OUT


# Changes of members.


def find_list(snapshot: Snapshot, account_id: int, name: str) -> SubscriptionList | None:
    """Give the list of an account by its name, in any case."""
    view = snapshot.views_by_id.get(account_id)
    if view is None or view.directory is None:
        return None
    return view.directory.lists.get(fold_name(name))


def spoken_of(snapshot: Snapshot, account_id: int, text: str) -> tuple[Worded, ...]:
    """Give the lists of an account that a handset's text is about, and what it does to each.

    That is a list's own word, or one that stops or starts with the name of a list behind it.
    """
    view = snapshot.views_by_id.get(account_id)
    if view is None or view.directory is None:
        return ()
    if found := view.directory.words.get(folded(text)):
        return found
    wish = asked_about(text, view.dialogue.words)
    row = view.directory.spoken.get(wish.about) if wish is not None else None
    if wish is None or row is None:
        return ()
    return ((row, Action.SUBSCRIBED if wish.deed is Deed.START else Action.UNSUBSCRIBED),)


async def subscribe(
    tx: Tx,
    snapshot: Snapshot,
    account_id: int,
    list_name: str,
    number: str,
    action: int,
    source: int,
    proof: str,
    now_us: int,
) -> bool:
    """Change one member of a list as `action` says; False when that changes nothing.

    `proof` shows that it was asked for: a message, a request, a person.  It is kept for ever.
    """
    row = find_list(snapshot, account_id, list_name)
    if row is None:
        return False
    wanted = (Action(action), Source(source))
    return bool(await change_members(tx, snapshot, row, [number], *wanted, proof, now_us))


async def change_members(
    tx: Tx,
    snapshot: Snapshot,
    row: SubscriptionList,
    numbers: Iterable[str],
    action: Action,
    source: Source,
    proof: str | Mapping[str, str],
    now_us: int,
    *,
    only_new: bool = False,
) -> list[str]:
    """Change members of a list, keep each change and announce it; give those that changed.

    `proof` is one for all, or that of each number.  With `only_new` whoever the list knows stays
    as they are: who unsubscribed is not subscribed by what they did not ask for.
    """
    wanted = list(dict.fromkeys(numbers))
    if not wanted or not await subscriptions.hold(tx, row.id):
        return []
    before = await subscriptions.states(tx, row.id, wanted)
    after = _AFTER[action]
    if only_new:
        changed = [number for number in wanted if number not in before]
    else:
        changed = [number for number in wanted if before.get(number, 0) != after]
    if not changed:
        return []
    if after:
        await subscriptions.put_members(tx, row.id, changed, after, now_us)
    else:
        await subscriptions.delete_members(tx, row.id, changed)
    events = _events(row, changed, action, source, now_us)
    proofs = dict.fromkeys(changed, proof) if isinstance(proof, str) else proof
    await subscriptions.keep(tx, [_kept(event, proofs[event.number]) for event in events])
    await announce(tx, snapshot, events, now_us)
    return changed


def _events(
    row: SubscriptionList, numbers: Iterable[str], action: Action, source: Source, at_us: int
) -> list[ListChanged]:
    return [
        ListChanged(
            account_id=row.account_id,
            list_name=row.name,
            list_kind=int(row.kind),
            number=number,
            action=int(action),
            source=int(source),
            at_us=at_us,
        )
        for number in numbers
    ]


def _kept(event: ListChanged, proof: str) -> subscriptions.Event:
    return subscriptions.Event(
        event.account_id,
        event.list_name,
        event.list_kind,
        event.number,
        event.action,
        event.source,
        proof,
        event.at_us,
    )


async def change_list(tx: Tx, snapshot: Snapshot, change: ListChange) -> Refusal | None:
    """Do what somebody asked for; the refusal when there is no such list (any more)."""
    row = find_list(snapshot, change.account_id, change.list_name)
    if row is None:
        return UNKNOWN_LIST
    await change_members(
        tx,
        snapshot,
        row,
        [change.number],
        Action(change.action),
        Source(change.source),
        change.proof,
        change.at_us,
    )
    return None


def keep_change(
    take: Callable[[Callable[[Tx], Awaitable[None]]], Future[bool]],
    write: Callable[[Tx, ListChange], Awaitable[Refusal | None]],
    change: ListChange,
    answer: Callable[[Refusal | None], None],
) -> None:
    """Have a change written with the next group, and answer when that is durable or has failed."""
    found: list[Refusal | None] = []

    async def job(tx: Tx) -> None:
        found.append(await write(tx, change))

    def told(written: Future[bool]) -> None:
        # Asking again changes nothing more, so nobody needs to know more than that.
        if (fault := written.exception()) is not None:
            log.error("a list could not be changed", exc_info=fault)
            answer(NOT_CHANGED)
            return
        answer(found[-1] if written.result() else DOUBTFUL)

    take(job).add_done_callback(told)


async def stop_everywhere(
    tx: Tx, snapshot: Snapshot, number: str, proof: str, now_us: int
) -> list[SubscriptionList]:
    """Unsubscribe a number from the lists of all accounts; give the lists that it left.

    For a STOP to the platform's own code.  Lists with `platform_stop` off stay as they are.
    """
    rows = [row for row in _all_lists(snapshot) if row.platform_stop]
    return await leave_all(tx, snapshot, rows, number, Source.PLATFORM, proof, now_us)


async def leave_all(
    tx: Tx,
    snapshot: Snapshot,
    rows: Iterable[SubscriptionList],
    number: str,
    source: Source,
    proof: str,
    now_us: int,
) -> list[SubscriptionList]:
    """Unsubscribe a number from those of the lists that it is subscribed to; give these."""
    theirs = set(await subscriptions.lists_of(tx, number))
    how = (Action.UNSUBSCRIBED, source, proof, now_us)
    return [
        row
        for row in rows
        if row.id in theirs and await change_members(tx, snapshot, row, [number], *how)
    ]


def _all_lists(snapshot: Snapshot) -> list[SubscriptionList]:
    directories = (view.directory for view in snapshot.views_by_id.values())
    return [row for found in directories if found is not None for row in found.lists.values()]
