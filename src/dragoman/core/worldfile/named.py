"""What a world file says about groups and subscription lists, beside what the store has.

They are customers' data as much as configuration: a file makes and changes those that it names,
and leaves all others alone.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import UnsetType

from dragoman.core.worldfile.diff import Change, Rows
from dragoman.core.worldfile.parse import WorldFile
from dragoman.core.worldfile.tables import show
from dragoman.model.lists import ListKind, SubscriptionList, fold_name
from dragoman.model.world import World

KINDS = {"user": ListKind.USER, "premium": ListKind.PREMIUM}


class GroupRow(msgspec.Struct, frozen=True):
    """A group as a file wants it; `members` None: as they are."""

    account_id: int
    name: str
    members: tuple[str, ...] | None


def plan_groups(
    file: WorldFile,
    world: World,
    members: Mapping[int, Sequence[str]],
    ids: Mapping[str, int],
    names: Mapping[int, str],
) -> Rows[GroupRow]:
    """Compare the groups of a file with those that there are."""
    known = {(group.account_id, fold_name(group.name)): group for group in world.groups}
    put: list[GroupRow] = []
    changes: list[Change] = []
    for keys in file.groups:
        told = None
        if not isinstance(keys.members, UnsetType):
            told = tuple(sorted({str(number) for number in keys.members}))
        row = GroupRow(ids[keys.account], str(keys.name), told)
        label = f"{show(row.name)} of {names[row.account_id]}"
        before = known.get((row.account_id, fold_name(row.name)))
        if before is None:
            changes.append(Change("created", "group", label))
        elif details := tuple(_group_details(before.name, members.get(before.id, ()), row)):
            changes.append(Change("changed", "group", label, details))
        else:
            continue
        put.append(row)
    return Rows(put=tuple(put), changes=tuple(changes))


def _group_details(name: str, members: Sequence[str], wanted: GroupRow) -> Iterator[str]:
    if name != wanted.name:
        yield f"name: {show(name)} → {show(wanted.name)}"
    if wanted.members is None:
        return
    before, after = set(members), set(wanted.members)
    if before != after:
        yield f"members: {len(after - before):,} more, {len(before - after):,} fewer"


def plan_lists(
    file: WorldFile, world: World, ids: Mapping[str, int], names: Mapping[int, str]
) -> Rows[SubscriptionList]:
    """Compare the subscription lists of a file with those that there are."""
    known = {(row.account_id, fold_name(row.name)): row for row in world.lists}
    put: list[SubscriptionList] = []
    changes: list[Change] = []
    for keys in file.lists:
        account_id = ids[keys.account]
        before = known.get((account_id, fold_name(keys.name)))
        row = SubscriptionList(
            id=before.id if before else 0,
            account_id=account_id,
            name=str(keys.name),
            kind=int(KINDS[keys.kind]),
            join_words=tuple(map(str, keys.join_words)),
            stop_words=tuple(map(str, keys.stop_words)),
            platform_stop=keys.platform_stop,
            on_dead=keys.on_dead,
            on_mt_sms=keys.on_mt_sms,
            join_reply=keys.join_reply,
            stop_reply=keys.stop_reply,
        )
        label = f"{show(row.name)} of {names[account_id]}"
        if before is None:
            changes.append(Change("created", "list", label))
        elif row != before:
            changes.append(Change("changed", "list", label, tuple(_list_details(before, row))))
        else:
            continue
        put.append(row)
    return Rows(put=tuple(put), changes=tuple(changes))


def _list_details(before: SubscriptionList, after: SubscriptionList) -> Iterator[str]:
    for field in SubscriptionList.__struct_fields__:
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            yield f"{field}: {_shown(old)} → {_shown(new)}"


def _shown(value: object) -> str:
    return show(list(value) if isinstance(value, tuple) else value)
