"""Where an account is told things: compiled once per world, for the hot path to look up."""

from collections.abc import Mapping

import msgspec

from dragoman.dialects.exchange import Settings

NATIVE = "json"  # the form of notifications that is our own


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


# The settings of each dialect that name an address; of several the first that is set counts.
REPORTS = {
    "intouch": ("dlr_url",),
    "itec": ("dlr_url",),
    "unified": ("dlr_url",),
    "intellisoftware": ("dlr_url",),
}
RECEIVED = {"itec": ("mo_url",), "intellisoftware": ("mo_url",)}
MMS = {"intellisoftware": ("mms_url", "mo_url")}
LISTS = {"intellisoftware": ("sub_url",)}


def targets_of(
    settings: Mapping[str, Settings], options: Mapping[str, object], allowed: tuple[str, ...]
) -> Targets:
    """Give the targets of an account that may speak the `allowed` dialects; empty: all of them."""
    spoken = [name for name in settings if not allowed or name in allowed]
    form = str(options.get("notify_dialect", NATIVE))
    is_set = bool(options.get("notify_url"))

    def general(kinds: Mapping[str, tuple[str, ...]]) -> tuple[Target, ...]:
        return (Target("notify_url", form),) if is_set and (form == NATIVE or form in kinds) else ()

    def own(name: str, kinds: Mapping[str, tuple[str, ...]]) -> tuple[Target, ...]:
        named = (key for key in kinds.get(name, ()) if settings[name].get(key))
        return tuple(Target(f"{name}.{key}", name) for key in list(named)[:1])

    def every(kinds: Mapping[str, tuple[str, ...]]) -> tuple[Target, ...]:
        return (*(t for name in spoken for t in own(name, kinds)), *general(kinds))

    return Targets(
        reports={n: t for n in spoken if (t := (*own(n, REPORTS), *general(REPORTS)))},
        received=every(RECEIVED),
        mms=every(MMS),
        lists=every(LISTS),
    )
