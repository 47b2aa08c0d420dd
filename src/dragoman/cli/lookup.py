"""Names to rows: accounts and carriers as people call them, with a hint where none is meant."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from dragoman.cli.frame import Refused
from dragoman.cli.timeline import Names
from dragoman.model.world import Account, CarrierRow, World

T = TypeVar("T")


def account_called(world: World, name: str) -> Account:
    """Give the account of a name."""
    found = next((account for account in world.accounts if account.name == name), None)
    if found is None:
        raise Refused(_nobody("account", name, (account.name for account in world.accounts)))
    return found


def carrier_called(world: World, name: str) -> CarrierRow:
    """Give the carrier of a name."""
    found = next((carrier for carrier in world.carriers if carrier.name == name), None)
    if found is None:
        raise Refused(_nobody("carrier", name, (carrier.name for carrier in world.carriers)))
    return found


def named(kind: str, name: str, key: str, known: Mapping[str, T], spelled: Callable[[T], str]) -> T:
    """Give what is known under a key, for which a person wrote a name."""
    if (found := known.get(key)) is None:
        raise Refused(_nobody(kind, name, map(spelled, known.values())))
    return found


def names_of(world: World) -> Names:
    """Give what ids are called."""
    return Names(
        {account.id: (account.name, account.currency) for account in world.accounts},
        {carrier.id: carrier.name for carrier in world.carriers},
    )


def _nobody(kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"there is no {kind} {name!r}; did you mean {near[0]!r}?"
    if names:
        return f"there is no {kind} {name!r}; there are {', '.join(sorted(names)[:10])}"
    makes = {"group": "group add", "list": "list create"}.get(kind, "apply")
    return f"there is no {kind} {name!r}, nor any other; `dragoman {makes}` makes them"
