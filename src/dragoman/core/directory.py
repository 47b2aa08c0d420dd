"""What an account's groups and subscription lists are called, compiled for quick asking.

Holds no members: there may be ten thousand, and they are read when a request names the list.
"""

from collections.abc import Mapping

import msgspec

from dragoman.core.keywords import folded
from dragoman.model.lists import Action, Group, SubscriptionList, fold_name
from dragoman.model.world import World

Worded = tuple[SubscriptionList, Action]


class Directory(msgspec.Struct, frozen=True):
    """The names of one account, each in its folded form."""

    groups: Mapping[str, Group]
    lists: Mapping[str, SubscriptionList]
    spoken: Mapping[str, SubscriptionList]  # as a handset writes their names
    words: Mapping[str, tuple[Worded, ...]]  # what a handset may write, and what that does
    on_dead: tuple[SubscriptionList, ...]  # those that a dead number leaves
    on_mt_sms: tuple[SubscriptionList, ...]  # those that whoever is sent a text joins

    def knows(self, name: str) -> bool:
        """Tell whether a recipient of a request is a name."""
        folded = fold_name(name)
        return folded in self.groups or folded in self.lists


def directories(world: World) -> dict[int, Directory]:
    """Give the directory of each account that has any groups or lists."""
    groups: dict[int, list[Group]] = {}
    lists: dict[int, list[SubscriptionList]] = {}
    for group in world.groups:
        groups.setdefault(group.account_id, []).append(group)
    for row in world.lists:
        lists.setdefault(row.account_id, []).append(row)
    return {i: _directory(groups.get(i, []), lists.get(i, [])) for i in {**groups, **lists}}


def _directory(groups: list[Group], lists: list[SubscriptionList]) -> Directory:
    words: dict[str, tuple[Worded, ...]] = {}
    for row in lists:
        for action, told in (
            (Action.SUBSCRIBED, row.join_words),
            (Action.UNSUBSCRIBED, row.stop_words),
        ):
            for word in map(folded, told):
                words[word] = (*words.get(word, ()), (row, action))
    return Directory(
        groups={fold_name(group.name): group for group in groups},
        lists={fold_name(row.name): row for row in lists},
        spoken={folded(row.name): row for row in lists},
        words=words,
        on_dead=tuple(row for row in lists if row.on_dead == "delete"),
        on_mt_sms=tuple(row for row in lists if row.on_mt_sms == "subscribe"),
    )
