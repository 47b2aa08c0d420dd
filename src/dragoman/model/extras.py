"""What few messages carry beside what all of them have; kept as JSON in one column of the row.

Knows no column, and no reason for any of it.
"""

import msgspec

Swap = tuple[str, str]  # a character that the customer typed, and what was put in its place
MOST_SWAPS = 20  # of one text that are remembered; a text in the wrong alphabet has hundreds


class Extras(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rare fields of a message; without any of them it has no `Extras`."""

    entityid: str = ""  # who sends, as registered with India's carriers
    tempid: str = ""  # and the template that they approved
    replaced: tuple[Swap, ...] = ()


NO_EXTRAS = Extras()
# What a carrier's TLV may be filled with.
FIELDS = ("entityid", "tempid")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Extras).decode


def render_extras(extras: Extras) -> str | None:
    """Give extras as they are stored; None where there are none."""
    return None if extras == NO_EXTRAS else _encode(extras).decode()


def parse_extras(stored: str | None) -> Extras:
    """Give the extras of a message's row."""
    return NO_EXTRAS if stored is None else _decode(stored)
