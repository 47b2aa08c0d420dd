"""Texts in the national language tables: written, read, cut, and whether they pay.

A table takes three octets of header in every segment, so it pays where it saves a text from
UCS2, or many escapes.  Knows no account: which languages may be used is an argument.
Source: 3GPP TS 23.038 section 6.2.1.2; 3GPP TS 23.040 sections 9.2.3.24.15 and 9.2.3.24.16.
"""

import codecs
from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from functools import cache

import msgspec

from dragoman.model.submissions import Alphabet
from dragoman.sms.alphabets import BASIC, ESCAPE, EXTENSION, AlphabetError, choose
from dragoman.sms.national_tables import LOCKING, NONE, SINGLE, Language
from dragoman.sms.segments import Segments, count, cut_septets, segment_septets
from dragoman.sms.udh import LockingShift, SingleShift, Udh, encode_elements


class NotInTables(AlphabetError):
    """A character is in neither table of a pair."""


class Shifts(msgspec.Struct, frozen=True):
    """Which tables a text is written in; None is the default alphabet, or its extension table.

    Neither is plain GSM 7-bit.  Spanish has no locking table.
    """

    locking: Language | None = None
    single: Language | None = None

    def elements(self) -> bytes:
        """Return the header elements that name the tables, without a length in front."""
        locking = [] if self.locking is None else [LockingShift(self.locking)]
        single = [] if self.single is None else [SingleShift(self.single)]
        return encode_elements([*locking, *single])

    def named(self) -> dict[str, Language]:
        """Return the tables by kind, those only that are named."""
        kinds = {"locking": self.locking, "single": self.single}
        return {kind: language for kind, language in kinds.items() if language is not None}

    def octet(self) -> int:
        """Return the two languages as one octet, 0 for neither; `shifts_in` reads it."""
        return (self.locking or 0) | (self.single or 0) << 4


PLAIN = Shifts()
_ELEMENT_OCTETS = len(Shifts(single=Language.TURKISH).elements())
_DEFAULT_EXTENSION = "".join(EXTENSION.get(code, NONE) for code in range(128))


class Plan(msgspec.Struct, frozen=True):
    """The cheapest way to write a text: alphabet, tables, and segments with and without them."""

    alphabet: Alphabet
    shifts: Shifts
    segments: int
    plain_segments: int


def shifts_of(udh: Udh) -> Shifts:
    """Return the tables that a header names; a language without such a table is passed over.

    So the default table serves there, as it does on a handset that lacks a language.
    """
    single, locking = udh.single_shift, udh.locking_shift
    return Shifts(
        Language(locking.language) if locking and locking.language in LOCKING else None,
        Language(single.language) if single and single.language in SINGLE else None,
    )


def shifts_in(octet: int) -> Shifts:
    """Return the tables that an octet of `Shifts.octet` names."""
    locking, single = octet & 0xF, octet >> 4
    return Shifts(Language(locking) if locking else None, Language(single) if single else None)


def encode(text: str, shifts: Shifts) -> bytes:
    """Return the septets of a text, one in each octet; raises NotInTables."""
    octets = _septets_or_none(text, shifts)
    if octets is None:
        stranger = next(one for one in text if _septets_or_none(one, shifts) is None)
        raise NotInTables(f"{stranger!r} is in neither table of {shifts}")
    return octets


def decode(octets: bytes, shifts: Shifts) -> str:
    """Return what a handset would show for these septets, one in each octet; never fails.

    An escape before a code without a character of its own shows that of the main table
    (3GPP TS 23.038 section 6.2.1.2.2), an escape before an escape or before nothing a space.
    A place without a character, and an octet above 0x7F, become U+FFFD.
    """
    main, escaped = _readings(shifts)
    codes = iter(octets)
    return "".join(escaped[next(codes, ESCAPE)] if code == ESCAPE else main[code] for code in codes)


def segment(text: str, shifts: Shifts, reference: int = 0, *, wide: bool = False) -> Segments:
    """Return a text cut into segments that each name its tables; CR LF counts as LF.

    Raises NotInTables if the text does not fit them, TooManySegments above 255.
    """
    septets = encode(text.replace("\r\n", "\n"), shifts)
    return segment_septets(septets, reference, elements=shifts.elements(), wide=wide)


def cut(text: str, shifts: Shifts, *, wide: bool = False) -> list[str]:
    """Return the text of each segment; joined they give the text again, CR LF as LF."""
    septets = encode(text.replace("\r\n", "\n"), shifts)
    pieces = cut_septets(septets, beside_octets=len(shifts.elements()), wide=wide)
    return [decode(piece, shifts) for piece in pieces]


def cheapest(text: str, languages: Collection[Language], *, wide: bool = False) -> Plan:
    """Return how to write a text in the fewest segments, tables of these languages allowed.

    Tables are named only where they save a segment, since not every handset knows them.  Of
    those that save as many, the ones with the shortest header; then a single shift table, of
    which a handset that lacks it shows the base letter where a locking table would be garbage;
    then the fewest septets.  Raises NotUcs2 on half a surrogate pair.
    """
    plain = count(text, wide=wide)
    best = Plan(choose(text), PLAIN, plain, plain)
    text = text.replace("\r\n", "\n")
    # No tables do better than a septet a character beside their elements: most texts end here.
    one, two = (
        (len(cut_septets(bytes(len(text)), beside_octets=octets, wide=wide)), octets)
        for octets in (_ELEMENT_OCTETS, 2 * _ELEMENT_OCTETS)
    )
    if one[0] >= plain:
        return best
    least = (plain, 0, False, 0)
    for shifts in _pairs(frozenset(text), languages):
        if (two if shifts.locking and shifts.single else one) > least[:2]:
            continue
        septets = encode(text, shifts)
        beside = len(shifts.elements())
        segments = len(cut_septets(septets, beside_octets=beside, wide=wide))
        price = (segments, beside, shifts.locking is not None, len(septets))
        if price < least:
            least = price
            best = Plan(Alphabet.GSM7, shifts, segments, plain)
    return best


def _pairs(characters: AbstractSet[str], languages: Collection[Language]) -> Iterator[Shifts]:
    """Give the pairs of tables that hold all the characters between them, and none in vain."""
    ordered = sorted(set(languages))
    for locking in (None, *filter(LOCKING.__contains__, ordered)):
        missing = characters - _held(_main(locking))
        if missing <= _held(_DEFAULT_EXTENSION):
            # The single shift table of a language holds what it takes the place of.
            if locking:
                yield Shifts(locking)
            continue
        for single in ordered:
            if missing <= _held(SINGLE[single]):
                yield Shifts(locking, single)


def _septets_or_none(text: str, shifts: Shifts) -> bytes | None:
    try:
        return codecs.charmap_encode(text, "strict", _writings(shifts))[0]
    except UnicodeEncodeError:
        return None


@cache
def _writings(shifts: Shifts) -> dict[int, int | bytes]:
    """Return the septets of each character; where it stands twice, the cheaper and lower code."""
    main, single = _main(shifts.locking), _extension(shifts.single)
    escaped: dict[int, int | bytes] = {
        ord(character): bytes((ESCAPE, code))
        for code, character in reversed([*enumerate(single)])
        if character != NONE
    }
    direct = {ord(character): code for code, character in enumerate(main) if character != NONE}
    direct.pop(ESCAPE)
    return escaped | direct


@cache
def _readings(shifts: Shifts) -> tuple[str, str]:
    """Return the character of each octet, and of each octet behind an escape."""
    main, single = _main(shifts.locking), _extension(shifts.single)
    escaped = "".join(
        " " if code == ESCAPE else main[code] if character == NONE else character
        for code, character in enumerate(single)
    )
    return main + NONE * 128, escaped + NONE * 128


def _main(language: Language | None) -> str:
    return BASIC if language is None else LOCKING[language]


def _extension(language: Language | None) -> str:
    return _DEFAULT_EXTENSION if language is None else SINGLE[language]


@cache
def _held(table: str) -> frozenset[str]:
    return frozenset(table) - {chr(ESCAPE), NONE}
