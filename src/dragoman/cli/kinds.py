"""What each kind of carrier may be told in the world file."""

import functools
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from dragoman.carriers.boxed import read_boxed
from dragoman.carriers.kinds import check
from dragoman.carriers.profile import OptionError, SmppProfile
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.core.worldfile.parse import CarrierKind


def _boxed_keys() -> Iterator[tuple[str, Any, Any]]:
    """Give the options of a carrier with a network of its own: the network's, then the link's.

    Whether a key belongs to it is the carrier's own word; where both have one, the network's.
    """
    seen: set[str] = set()
    for table in (SmscOptions, SmppProfile):
        for field in msgspec.structs.fields(table):
            if field.name not in seen and _is_known(field.name):
                yield field.name, field.type | UnsetType, UNSET
            seen.add(field.name)


def _is_known(key: str) -> bool:
    try:
        read_boxed({key: None})
    except OptionError as error:
        return "has no option" not in str(error)
    return True


KINDS = {
    "smpp": CarrierKind(SmppProfile, functools.partial(check, "smpp")),
    "simulator": CarrierKind(
        msgspec.defstruct("SimulatorOptions", _boxed_keys(), kw_only=True),
        functools.partial(check, "simulator"),
    ),
}
