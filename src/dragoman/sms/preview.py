"""What a text will cost on the air, told before it is sent: alphabet, segments, what to blame.

Cuts as `segments` and `national` do, texts of any length.  Knows no price and no account.
"""

import msgspec

from dragoman.model.submissions import Alphabet
from dragoman.sms import national
from dragoman.sms.alphabets import choose, encode
from dragoman.sms.lookalikes import Stranger, explain
from dragoman.sms.segments import (
    UNIT_OCTETS,
    USER_DATA_OCTETS,
    cut,
    room_of_each,
    room_of_one,
    segment_raw,
)


class Preview(msgspec.Struct, frozen=True):
    """A text as it would travel.

    `texts` are the segments; `sizes` their lengths in septets, code units or octets, of which
    `room` fit into each.  `strangers` are why it is Unicode, empty where it is not.
    """

    alphabet: Alphabet
    shifts: national.Shifts
    texts: tuple[str, ...]
    sizes: tuple[int, ...]
    room: int
    strangers: tuple[Stranger, ...]

    @property
    def segments(self) -> int:
        """The number of segments, which is what is charged."""
        return len(self.texts)

    @property
    def left(self) -> int:
        """What still fits into the last segment."""
        return self.room - self.sizes[-1]


def preview(
    text: str,
    alphabet: Alphabet | None = None,
    *,
    shifts: national.Shifts = national.PLAIN,
    wide: bool = False,
    one: int | None = None,
    each: int | None = None,
) -> Preview:
    """Return what becomes of a text; the arguments are those of `segments` and `national`.

    Raises AlphabetError if the text does not fit the alphabet, or the tables.
    """
    if shifts != national.PLAIN:
        return _in_tables(text, shifts, wide=wide)
    unforced = alphabet is None
    alphabet = choose(text) if alphabet is None else alphabet
    texts = cut(text, alphabet, wide=wide, one=one, each=each)
    several = each or room_of_each(alphabet, wide=wide)
    return Preview(
        alphabet,
        national.PLAIN,
        tuple(texts),
        tuple(len(encode(piece, alphabet)) // UNIT_OCTETS[alphabet] for piece in texts),
        several if len(texts) > 1 else one or room_of_one(alphabet),
        tuple(explain(text)) if unforced else (),
    )


def preview_octets(udh: bytes, octets: bytes) -> Preview:
    """Return what becomes of octets behind a header; their texts are hexadecimal."""
    made = segment_raw(udh, octets)
    pieces = made.payloads()
    room = USER_DATA_OCTETS - made.udh_octets
    sizes = tuple(map(len, pieces))
    return Preview(
        Alphabet.BINARY, national.PLAIN, tuple(piece.hex() for piece in pieces), sizes, room, ()
    )


def _in_tables(text: str, shifts: national.Shifts, *, wide: bool) -> Preview:
    texts = national.cut(text, shifts, wide=wide)
    beside = len(shifts.elements())
    several = room_of_each(Alphabet.GSM7, wide=wide, beside_octets=beside)
    return Preview(
        Alphabet.GSM7,
        shifts,
        tuple(texts),
        tuple(len(national.encode(piece, shifts)) for piece in texts),
        several if len(texts) > 1 else room_of_one(Alphabet.GSM7, beside),
        (),
    )
