"""`list`: subscription lists, who joined and left them, and what proves it."""

import getpass
import sys
from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from dragoman.cli.filework import FileWork, take_in
from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.groups import numbering_of, read_all
from dragoman.cli.lookup import account_called, named
from dragoman.cli.messages import CLI
from dragoman.cli.screen import Screen, clock, iso
from dragoman.cli.timeline import counted
from dragoman.core import lists
from dragoman.core.numberfile import Line
from dragoman.core.snapshot import Snapshot, View, compile_world
from dragoman.dialects import DIALECTS
from dragoman.model.lists import (
    Action,
    ListKind,
    Source,
    SubscriptionList,
    fold_name,
    judge_name,
)
from dragoman.store import subscriptions as store
from dragoman.store.database import Tx
from dragoman.store.world import read_world

# What a change by an operator counts as, by the word of the command line.
SOURCES = {
    "support": Source.SUPPORT,
    "phone": Source.PHONE,
    "email": Source.EMAIL,
    "form": Source.WEB_FORM,
}
ACTIONS = {
    "subscribe": Action.SUBSCRIBED,
    "unsubscribe": Action.UNSUBSCRIBED,
    "delete": Action.DELETED,
}
DONE = {
    Action.SUBSCRIBED: "subscribed",
    Action.UNSUBSCRIBED: "unsubscribed",
    Action.DELETED: "deleted",
}
SOURCE_WORDS = {
    Source.INBOUND_SMS: "SMS from the handset",
    Source.INBOUND_MMS: "MMS from the handset",
    Source.OUTGOING_SMS: "SMS to the handset",
    Source.OUTGOING_MMS: "MMS to the handset",
    Source.PORTAL: "portal",
    Source.SUPPORT: "support",
    Source.API: "request",
    Source.PLATFORM: "STOP to the platform",
    Source.STATUS_REPORT: "receipt",
    Source.PHONE: "help desk, by phone",
    Source.EMAIL: "help desk, by mail",
    Source.WEB_FORM: "help desk, by web form",
}


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says about a list; what it leaves out stays."""

    kind: int | UnsetType = UNSET
    join_words: tuple[str, ...] | UnsetType = UNSET
    stop_words: tuple[str, ...] | UnsetType = UNSET
    platform_stop: bool | UnsetType = UNSET
    on_dead: Literal["keep", "delete"] | UnsetType = UNSET
    on_mt_sms: Literal["keep", "subscribe"] | UnsetType = UNSET
    join_reply: str | UnsetType = UNSET
    stop_reply: str | UnsetType = UNSET


class Word(msgspec.Struct, frozen=True):
    """What is to be done to members, and by whose word."""

    action: Action
    source: str = "support"
    proof: str = ""


class _Asked(msgspec.Struct, frozen=True):
    """The world that a command works in, and the account that it is about."""

    snapshot: Snapshot
    view: View

    def list_called(self, name: str) -> SubscriptionList:
        """Give a list of the account by its name, in any case."""
        known = self.view.directory.lists if self.view.directory is not None else {}
        return named("list", name, fold_name(name), known, lambda row: row.name)


async def _asked(tx: Tx, account: str) -> _Asked:
    world = await read_world(tx)
    account_called(world, account)
    snapshot = compile_world(world, {**DIALECTS, CLI.name: CLI})
    return _Asked(snapshot, snapshot.views[account])


async def create(opened: Opened, account: str, name: str, rules: Rules) -> Shown:
    """Make a list."""
    if wrong := judge_name(name):
        raise Refused(f"{name!r} cannot be a list's name: it {wrong}")
    async with opened.database.transaction() as tx:
        asked = await _asked(tx, account)
        if lists.find_list(asked.snapshot, asked.view.account.id, name) is not None:
            raise Refused(f"{account} has a list {name!r}; `dragoman list change` changes it")
        row = SubscriptionList(id=0, account_id=asked.view.account.id, name=name.strip())
        row = _ruled(row, rules)
        await store.put_list(tx, row)
    return Shown(_data(account, row), lambda screen: screen.line(f"list {row.name!r} is made"))


async def change(opened: Opened, account: str, name: str, rules: Rules) -> Shown:
    """Change the rules of a list."""
    async with opened.database.transaction() as tx:
        row = _ruled((await _asked(tx, account)).list_called(name), rules)
        await store.put_list(tx, row)
    return Shown(_data(account, row), lambda screen: _show_rules(screen, account, row))


def _ruled(row: SubscriptionList, rules: Rules) -> SubscriptionList:
    given = {
        key: value for key, value in msgspec.structs.asdict(rules).items() if value is not UNSET
    }
    for key in ("join_words", "stop_words"):
        if key in given:
            given[key] = tuple(" ".join(word.split()) for word in given[key] if word.strip())
    return msgspec.structs.replace(row, **given)


async def drop(opened: Opened, account: str, name: str) -> Shown:
    """Delete a list and its members; its events are kept."""
    async with opened.database.transaction() as tx:
        row = (await _asked(tx, account)).list_called(name)
        members = sum((await store.counts(tx, [row.id])).values())
        await store.delete_list(tx, row.id)
    words = f"list {row.name!r} and {counted(members, 'member')} are deleted; its events are kept"
    return Shown({"deleted": row.name, "members": members}, lambda screen: screen.line(words))


async def show_lists(opened: Opened, account: str) -> Shown:
    """Show the lists of an account, or of all, and how many are in them."""
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        names = {a.id: a.name for a in world.accounts}
        wanted = account_called(world, account).id if account else 0
        found = [row for row in world.lists if wanted in {0, row.account_id}]
        counts = await store.counts(tx, [row.id for row in found])

    def people(screen: Screen) -> None:
        if not found:
            screen.line("there are no lists; `dragoman list create` makes them")
            return
        screen.table(
            ("account", "list", "kind", "subscribed", "unsubscribed"),
            [
                (
                    names[row.account_id],
                    row.name,
                    ListKind(row.kind).name.lower(),
                    f"{counts.get((row.id, 1), 0):,}",
                    f"{counts.get((row.id, 2), 0):,}",
                )
                for row in found
            ],
            right=("subscribed", "unsubscribed"),
        )

    return Shown([_counted(names[row.account_id], row, counts) for row in found], people)


async def show_list(opened: Opened, account: str, name: str, limit: int) -> Shown:
    """Show a list: its rules and its members, in the order of their numbers."""
    async with opened.database.reading() as tx:
        row = (await _asked(tx, account)).list_called(name)
        counts = await store.counts(tx, [row.id])
        members = await store.members(tx, row.id, limit)

    def people(screen: Screen) -> None:
        _show_rules(screen, account, row)
        cells = [(f"+{m.number}", DONE[Action(m.state)], clock(m.changed_us)) for m in members]
        if cells:
            screen.table(("number", "state", "since"), cells)
        if len(members) == limit:
            Screen(sys.stderr).note(f"the first {counted(limit, 'member')}; --limit shows more")

    rows = [
        {"number": m.number, "state": DONE[Action(m.state)], "since": iso(m.changed_us)}
        for m in members
    ]
    return Shown({**_counted(account, row, counts), "members": rows}, people)


def _show_rules(screen: Screen, account: str, row: SubscriptionList) -> None:
    screen.line(f"list {row.name!r} of {account}, {ListKind(row.kind).name.lower()}")
    for words, does in ((row.join_words, "subscribes"), (row.stop_words, "unsubscribes")):
        if words:
            screen.line(f"  {', '.join(words)} from a handset {does} it")
    for reply, whoever in ((row.join_reply, "joins"), (row.stop_reply, "leaves")):
        if reply:
            screen.line(f"  whoever {whoever} by a word is answered {reply!r}")
    if not row.platform_stop:
        screen.line("  a STOP to the platform does not count here")
    if row.on_dead == "delete":
        screen.line("  a number that a receipt calls dead is deleted")
    if row.on_mt_sms == "subscribe":
        screen.line("  whoever the account sends a text to is subscribed")


def _data(account: str, row: SubscriptionList) -> dict[str, object]:
    return {
        "account": account,
        "name": row.name,
        "kind": ListKind(row.kind).name.lower(),
        "join_words": row.join_words,
        "stop_words": row.stop_words,
        "platform_stop": row.platform_stop,
        "on_dead": row.on_dead,
        "on_mt_sms": row.on_mt_sms,
        "join_reply": row.join_reply,
        "stop_reply": row.stop_reply,
    }


def _counted(
    account: str, row: SubscriptionList, counts: dict[tuple[int, int], int]
) -> dict[str, object]:
    subscribed, left = counts.get((row.id, 1), 0), counts.get((row.id, 2), 0)
    return {**_data(account, row), "subscribed": subscribed, "unsubscribed": left}


# Members.


async def change_members(
    opened: Opened, account: str, name: str, numbers: Sequence[str], word: Word
) -> Shown:
    """Change members by an operator's hand."""
    async with opened.database.transaction() as tx:
        asked = await _asked(tx, account)
        row = asked.list_called(name)
        wanted = read_all(asked.view, numbers)
        changed = await lists.change_members(
            tx,
            asked.snapshot,
            row,
            wanted,
            word.action,
            SOURCES[word.source],
            _proof(word),
            now_us(),
        )
    same = len(wanted) - len(changed)
    others = f", {same:,} were so before" if same else ""
    words = f"{counted(len(changed), 'number')} {DONE[word.action]}{others}"
    data = {"changed": changed, "unchanged": same}
    return Shown(data, lambda screen: screen.line(words))


async def import_file(opened: Opened, account: str, name: str, word: Word, work: FileWork) -> Shown:
    """Change the members that a file names, each an event of its own."""
    async with opened.database.reading() as tx:
        asked = await _asked(tx, account)
        row = asked.list_called(name)
    source, proof = SOURCES[word.source], _proof(word)

    async def put(lines: list[Line]) -> int:
        numbers = [str(line.number) for line in lines]
        proofs = f"{proof}, {work.file.name}"
        async with opened.database.transaction() as tx:
            changed = await lists.change_members(
                tx, asked.snapshot, row, numbers, word.action, source, proofs, now_us()
            )
        return len(changed)

    return await take_in(work, numbering_of(asked.view), put)


def _proof(word: Word) -> str:
    """Give what is kept: what the operator says, and who that is."""
    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        person = "an operator"
    return f"{word.proof} (by {person})" if word.proof else f"by {person}"


async def show_events(opened: Opened, account: str, number: str, limit: int) -> Shown:
    """Show what was changed in an account's lists, the newest first."""
    async with opened.database.reading() as tx:
        view = (await _asked(tx, account)).view
        wanted = read_all(view, [number])[0] if number else ""
        found = await store.events(tx, view.account.id, limit, wanted)

    def people(screen: Screen) -> None:
        if not found:
            screen.line("nothing was changed yet")
            return
        screen.table(
            ("when", "list", "number", "what", "by", "proof"),
            [
                (
                    clock(event.at_us),
                    event.list_name,
                    f"+{event.number}",
                    DONE[Action(event.action)],
                    SOURCE_WORDS[Source(event.source)],
                    event.proof,
                )
                for event in found
            ],
        )

    rows = [
        {
            "at": iso(event.at_us),
            "list": event.list_name,
            "kind": event.kind,
            "number": event.number,
            "action": event.action,
            "source": event.source,
            "proof": event.proof,
        }
        for event in found
    ]
    return Shown(rows, people)
