"""The kinds of carriers, and what is built for each.

A kind is one row here; `app` hands in what all carriers of the process share.
"""

from collections.abc import Callable, Mapping

from dragoman.carriers.bind import Surroundings
from dragoman.carriers.boxed import BoxedCarrier, read_boxed
from dragoman.carriers.profile import OptionError, read_profile
from dragoman.carriers.smpp import SmppCarrier
from dragoman.core.ports import Carrier, Sink
from dragoman.model.world import CarrierRow

Make = Callable[[CarrierRow, str, Sink, Surroundings], Carrier]


def _smpp(row: CarrierRow, password: str, sink: Sink, around: Surroundings) -> Carrier:
    return SmppCarrier(row.id, row.name, row.options, password, sink, around)


def _simulator(row: CarrierRow, password: str, sink: Sink, around: Surroundings) -> Carrier:
    return BoxedCarrier(row.id, row.name, row.options, sink, around)


KINDS: Mapping[str, Make] = {"smpp": _smpp, "simulator": _simulator}
_CHECKS: Mapping[str, Callable[[Mapping[str, object]], object]] = {
    "smpp": read_profile,
    "simulator": read_boxed,
}


def build(row: CarrierRow, password: str, sink: Sink, around: Surroundings) -> Carrier:
    """Build a carrier; raise OptionError (a ValueError) saying what is wrong with its row."""
    make = KINDS.get(row.kind)
    if make is None:
        raise OptionError(_unknown(row.kind))
    return make(row, password, sink, around)


def check(kind: str, options: Mapping[str, object]) -> None:
    """Raise OptionError where a carrier of this kind cannot have these options."""
    if kind not in _CHECKS:
        raise OptionError(_unknown(kind))
    _CHECKS[kind](options)


def _unknown(kind: str) -> str:
    return f"kind {kind!r} is not known; it is one of {', '.join(KINDS)}"
