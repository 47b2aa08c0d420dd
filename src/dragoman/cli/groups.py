"""`contact` and `group`: the numbers that an account knows, and what it calls several of them."""

import sys
from collections.abc import Sequence

import msgspec

from dragoman.cli.filework import FileWork, take_in
from dragoman.cli.frame import Opened, Refused, Shown
from dragoman.cli.lookup import account_called, named
from dragoman.cli.messages import CLI
from dragoman.cli.screen import Screen
from dragoman.cli.timeline import counted
from dragoman.core.lists import GROUP_MOST
from dragoman.core.numberfile import Line, Numbering
from dragoman.core.snapshot import View, compile_world
from dragoman.dialects import intellisoftware
from dragoman.model.lists import Group, fold_name, judge_name
from dragoman.sms.addresses import normalise
from dragoman.store import groups as store
from dragoman.store.database import Tx
from dragoman.store.groups import Contact
from dragoman.store.world import read_world

SPOKEN = {dialect.name: dialect for dialect in (CLI, intellisoftware.DIALECT)}


class Owner(msgspec.Struct, frozen=True):
    """Whose contacts are meant, as the command line says it, and of which group if of one."""

    account: str
    group: str = ""


async def view_of(tx: Tx, account: str) -> View:
    """Give an account as it is now, by the name that the command line says."""
    world = await read_world(tx)
    account_called(world, account)
    return compile_world(world, SPOKEN).views[account]


def numbering_of(view: View) -> Numbering:
    """Give how an account's national numbers are read: those of its home country."""
    plan = view.numbering[CLI.name]
    return Numbering(cc=plan.cc, trunk=plan.trunk)


def read_all(view: View, numbers: Sequence[str]) -> list[str]:
    """Give numbers as they are kept; Refused names all that are none."""
    plan = view.numbering[CLI.name]
    read = {text: normalise(text, plan.cc, plan.trunk, plan.nsn) for text in numbers}
    bad = [f"{text!r}" for text, number in read.items() if number is None]
    if bad:
        raise Refused("these are no numbers; write them with country code, like +447700900123", bad)
    return list(dict.fromkeys(number for number in read.values() if number is not None))


def group_called(view: View, name: str) -> Group:
    """Give the group of an account by its name, in any case."""
    known = view.directory.groups if view.directory is not None else {}
    return named("group", name, fold_name(name), known, lambda group: group.name)


async def _group_made(tx: Tx, view: View, name: str) -> int:
    """Give the id of a group, which is made if there is none of that name."""
    known = view.directory.groups if view.directory is not None else {}
    if (group := known.get(fold_name(name))) is not None:
        return group.id
    if wrong := judge_name(name):
        raise Refused(f"{name!r} cannot be a group's name: it {wrong}")
    return await store.put_group(tx, view.account.id, name.strip())


async def _join(tx: Tx, view: View, group_id: int, numbers: Sequence[str]) -> int:
    """Put contacts into a group, up to as many as may be sent to."""
    joined = await store.join(tx, group_id, numbers)
    most = int(view.settings[intellisoftware.DIALECT.name].get("group_max", GROUP_MOST))
    if (await store.sizes(tx, [group_id])).get(group_id, 0) > most:
        raise Refused(
            f"a group has at most {most:,} members; `group_max` of [dialect.intellisoftware] or of"
            " the account's own table says how many"
        )
    return joined


async def add(opened: Opened, owner: Owner, numbers: Sequence[str], name: str = "") -> Shown:
    """Make contacts, and put them into a group if one is named."""
    if name and len(numbers) > 1:
        raise Refused("one name for several numbers; add them one by one")
    async with opened.database.transaction() as tx:
        view = await view_of(tx, owner.account)
        wanted = read_all(view, numbers)
        await store.put_contacts(tx, view.account.id, [Contact(n, name) for n in wanted])
        joined = 0
        if owner.group:
            group_id = await _group_made(tx, view, owner.group)
            joined = await _join(tx, view, group_id, wanted)
    words = f"{counted(len(wanted), 'contact')} kept"
    if owner.group:
        words = f"{counted(joined, 'contact')} joined {owner.group!r}"
    return Shown(
        {"contacts": wanted, "joined": joined, "group": owner.group or None},
        lambda screen: screen.line(words),
    )


async def remove(opened: Opened, owner: Owner, numbers: Sequence[str]) -> Shown:
    """Take numbers out of a group, or delete the contacts where no group is named."""
    async with opened.database.transaction() as tx:
        view = await view_of(tx, owner.account)
        wanted = read_all(view, numbers)
        if owner.group:
            gone = await store.leave(tx, group_called(view, owner.group).id, wanted)
        else:
            gone = await store.delete_contacts(tx, view.account.id, wanted)
    others = f", {len(wanted) - gone:,} not there" if gone < len(wanted) else ""
    words = f"{counted(gone, 'contact')} removed{others}"
    data = {"removed": gone, "not_there": len(wanted) - gone}
    return Shown(data, lambda screen: screen.line(words))


async def show(opened: Opened, owner: Owner, limit: int) -> Shown:
    """Show contacts of an account, or the members of a group, in the order of their numbers."""
    async with opened.database.reading() as tx:
        view = await view_of(tx, owner.account)
        group_id = group_called(view, owner.group).id if owner.group else 0
        found = await store.contacts(tx, view.account.id, limit, group_id=group_id)

    def people(screen: Screen) -> None:
        for contact in found:
            screen.line(f"+{contact.number}  {contact.name}".rstrip())
        if len(found) == limit:
            Screen(sys.stderr).note(f"the first {counted(limit, 'contact')}; --limit shows more")

    return Shown([contact._asdict() for contact in found], people)


async def show_groups(opened: Opened, account: str) -> Shown:
    """Show the groups of an account, or of all, and how large they are."""
    async with opened.database.reading() as tx:
        world = await read_world(tx)
        names = {a.id: a.name for a in world.accounts}
        wanted = account_called(world, account).id if account else 0
        found = [group for group in world.groups if wanted in {0, group.account_id}]
        sizes = await store.sizes(tx, [group.id for group in found])

    def people(screen: Screen) -> None:
        if not found:
            screen.line("there are no groups; `dragoman group add` makes them")
            return
        cells = [(names[g.account_id], g.name, f"{sizes.get(g.id, 0):,}") for g in found]
        screen.table(("account", "group", "members"), cells, right=("members",))

    rows = [
        {"account": names[g.account_id], "name": g.name, "members": sizes.get(g.id, 0)}
        for g in found
    ]
    return Shown(rows, people)


async def delete(opened: Opened, owner: Owner) -> Shown:
    """Delete a group; its members stay contacts."""
    async with opened.database.transaction() as tx:
        view = await view_of(tx, owner.account)
        group = group_called(view, owner.group)
        await store.delete_group(tx, group.id)
    words = f"group {group.name!r} is deleted; its members are contacts still"
    return Shown({"deleted": group.name}, lambda screen: screen.line(words))


async def import_file(opened: Opened, owner: Owner, work: FileWork) -> Shown:
    """Make contacts of a file's numbers, and put them into a group if one is named."""
    async with opened.database.transaction() as tx:
        view = await view_of(tx, owner.account)
        group_id = await _group_made(tx, view, owner.group) if owner.group else 0

    async def put(lines: list[Line]) -> int:
        contacts = [Contact(str(line.number), line.beside) for line in lines]
        async with opened.database.transaction() as tx:
            kept = await store.put_contacts(tx, view.account.id, contacts)
            if not group_id:
                return kept
            return await _join(tx, view, group_id, [contact.number for contact in contacts])

    return await take_in(work, numbering_of(view), put)
