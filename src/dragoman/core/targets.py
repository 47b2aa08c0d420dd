"""Where an account is told things: compiled once per world, for the hot path to look up."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from dragoman.dialects.callback import Form
from dragoman.dialects.exchange import Settings
from dragoman.dialects.native import NAME as NATIVE
from dragoman.dialects.notices import FORMS

GENERAL = "notify_url"  # the account's address for everything

Kind: TypeAlias = Literal["report", "received", "mms", "lists"]


class Target(msgspec.Struct, frozen=True):
    """Somewhere that an account is told things: the setting that says where, in whose words."""

    slot: str
    form: str  # the dialect that words it, or NATIVE


class Targets(msgspec.Struct, frozen=True):
    """Where the facts about one account go, by kind; what nobody wants is empty."""

    reports: Mapping[str, tuple[Target, ...]] = {}  # by dialect of the message
    received: tuple[Target, ...] = ()
    mms: tuple[Target, ...] = ()
    lists: tuple[Target, ...] = ()


def targets_of(
    settings: Mapping[str, Settings], options: Mapping[str, object], allowed: tuple[str, ...]
) -> Targets:
    """Give the targets of an account that may speak the `allowed` dialects; empty: all of them."""
    spoken = [name for name in settings if name in FORMS and (not allowed or name in allowed)]
    general = FORMS.get(str(options.get("notify_dialect", NATIVE))) if _is_set(options) else None

    def every(kind: Kind) -> tuple[Target, ...]:
        found = (target for name in spoken for target in _own(kind, name, settings[name]))
        return (*found, *_general(kind, general))

    return Targets(
        reports={
            name: targets
            for name in settings
            if (targets := (*_own("report", name, settings[name]), *_general("report", general)))
        },
        received=every("received"),
        mms=every("mms"),
        lists=every("lists"),
    )


def _is_set(options: Mapping[str, object]) -> bool:
    return bool(options.get(GENERAL))


def _own(kind: Kind, name: str, settings: Settings) -> tuple[Target, ...]:
    """Give the address that a dialect's own settings name: of several the first that is set."""
    callback = getattr(FORMS[name], kind) if name in FORMS else None
    keys = [key for key in callback.keys if settings.get(key)] if callback is not None else []
    return tuple(Target(f"{name}.{key}", name) for key in keys[:1])


def _general(kind: Kind, form: Form | None) -> tuple[Target, ...]:
    """Give the account's address for everything, if its form has words for the kind."""
    if form is None or getattr(form, kind) is None:
        return ()
    return (Target(GENERAL, form.name),)
