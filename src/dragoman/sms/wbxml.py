"""WAP binary XML read into elements, whatever the vocabulary.

Reads every token of WBXML 1.0 to 1.3; tags, attributes and values that the vocabulary lacks
are kept under their number or skipped, as a handset would.  Knows no document type, writes
nothing, and never recurses: a hostile document may nest as deep as it is long.
Source: WAP-192-WBXML sections 5 and 7.
"""

from collections.abc import Iterator, Mapping

import msgspec

SWITCH_PAGE = 0x00
END = 0x01
ENTITY = 0x02
STR_I = 0x03
LITERAL = 0x04
PI = 0x43
STR_T = 0x83
OPAQUE = 0xC3

HAS_CONTENT = 0x40
HAS_ATTRIBUTES = 0x80

# MIBenum numbers of the IANA character sets that single octets or UTF-8 write, to Python's names.
CHARSETS = {3: "latin-1", 4: "latin-1", 106: "utf-8"}

# The extension tokens, which no vocabulary here uses: what stands behind each is stepped over.
_EXT_I = frozenset({0x40, 0x41, 0x42})
_EXT_T = frozenset({0x80, 0x81, 0x82})
_EXT = frozenset({0xC0, 0xC1, 0xC2})


class BrokenWbxml(ValueError):
    """Octets that are no WBXML document, or one in a vocabulary or charset not known here."""


class Vocabulary(msgspec.Struct, frozen=True):
    """The tokens of one document type: tags, attributes with the start of a value, values."""

    tags: Mapping[int, str]
    attributes: Mapping[int, tuple[str, str]]
    values: Mapping[int, str]


class Element(msgspec.Struct, frozen=True):
    """An element: its attributes and its own text, that of its children left out.

    Opaque octets stand in an attribute as hexadecimal digits, which is how a date reads.
    """

    tag: str
    attributes: dict[str, str]
    text: str


class Cursor:
    """A place in octets from a peer, moved by what is read there; BrokenWbxml at their end."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    @property
    def left(self) -> int:
        """The number of octets not read yet."""
        return len(self._octets) - self._at

    def take(self, count: int) -> bytes:
        """Return the next octets, as many as asked for."""
        if count > self.left:
            raise BrokenWbxml(f"{count} octets wanted at {self._at}, {self.left} are there")
        self._at += count
        return self._octets[self._at - count : self._at]

    def octet(self) -> int:
        """Return the next octet."""
        return self.take(1)[0]

    def number(self) -> int:
        """Return a number of 7 bits an octet, the highest bit saying that more follow."""
        value = 0
        for _ in range(5):
            octet = self.octet()
            value = value << 7 | octet & 0x7F
            if octet < 0x80:
                return value
        raise BrokenWbxml(f"a number longer than 5 octets before {self._at}")

    def string(self) -> bytes:
        """Return the octets before the next NUL, and step over that."""
        end = self._octets.find(0, self._at)
        if end < 0:
            raise BrokenWbxml(f"the string at {self._at} has no end")
        return self.take(end + 1 - self._at)[:-1]


def decode_wbxml(
    octets: bytes,
    vocabularies: Mapping[int | str, Vocabulary],
    *,
    public_id: int | str = 1,
    charset: int = 106,
) -> list[Element]:
    """Return the elements of a document, in the order in which they end; raises BrokenWbxml.

    Vocabularies are found by public identifier, as number or as text.  `public_id` and
    `charset` (MIBenum) are the transport's word, for a document that leaves them open.
    """
    return list(_Reader(Cursor(octets), vocabularies, public_id, charset).elements())


class _Reader:
    """What the header of a document said, and the reading of its body."""

    def __init__(
        self,
        cursor: Cursor,
        vocabularies: Mapping[int | str, Vocabulary],
        public_id: int | str,
        charset: int,
    ) -> None:
        version = cursor.octet()
        if version > 0x0F:
            raise BrokenWbxml(f"version octet 0x{version:02X}, and 1.x are read here")
        said = cursor.number()
        index = cursor.number() if said == 0 else 0
        # WBXML 1.0 had no charset in its header.
        charset = (version and cursor.number()) or charset
        if charset not in CHARSETS:
            raise BrokenWbxml(f"charset {charset} is not read here")
        self._charset = CHARSETS[charset]
        self._table = cursor.take(cursor.number())
        self._cursor = cursor
        name: int | str = said if said > 1 else public_id
        if said == 0:
            name = self._at_index(index)
        if name not in vocabularies:
            raise BrokenWbxml(f"public identifier {name!r} is not known here")
        self._words = vocabularies[name]
        self._tag_page = self._attribute_page = 0

    def elements(self) -> Iterator[Element]:
        """Give each element of the body when it ends; what follows the root is not read."""
        still_open: list[tuple[str, dict[str, str], list[str]]] = []
        while True:
            token = self._cursor.octet()
            if token == END and still_open:
                tag, attributes, pieces = still_open.pop()
                yield Element(tag, attributes, "".join(pieces))
            elif token == SWITCH_PAGE:
                self._tag_page = self._cursor.octet()
                continue
            elif token == PI:
                self._attributes()
                continue
            elif token & 0x3F >= LITERAL:
                tag = self._tag(token)
                attributes = self._attributes() if token & HAS_ATTRIBUTES else {}
                if token & HAS_CONTENT:
                    still_open.append((tag, attributes, []))
                else:
                    yield Element(tag, attributes, "")
            elif still_open:
                still_open[-1][2].append(self._text(token))
            else:
                raise BrokenWbxml(f"token 0x{token:02X} outside of any element")
            if not still_open:
                return

    def _tag(self, token: int) -> str:
        code = token & 0x3F
        if code == LITERAL:
            return self._at_index(self._cursor.number())
        known = self._words.tags if self._tag_page == 0 else {}
        return known.get(code, f"0x{code:02X}")

    def _attributes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        name = ""
        while (token := self._cursor.octet()) != END:
            if token == SWITCH_PAGE:
                self._attribute_page = self._cursor.octet()
            elif token == LITERAL:
                name = self._at_index(self._cursor.number())
                found[name] = ""
            elif 0x04 < token < 0x80 and not 0x40 <= token <= 0x44:
                known = self._words.attributes if self._attribute_page == 0 else {}
                name, start = known.get(token, (f"0x{token:02X}", ""))
                found[name] = start
            elif name:
                found[name] += self._value(token)
            else:
                raise BrokenWbxml(f"value 0x{token:02X} of no attribute")
        return found

    def _value(self, token: int) -> str:
        if token == OPAQUE:
            return self._cursor.take(self._cursor.number()).hex()
        if token > 0x84 and not 0xC0 <= token <= 0xC4:
            known = self._words.values if self._attribute_page == 0 else {}
            return known.get(token, "")
        return self._text(token)

    def _text(self, token: int) -> str:
        """Return what a global token shows among text."""
        cursor = self._cursor
        if token == STR_I:
            return self._decode(cursor.string())
        if token == STR_T:
            return self._at_index(cursor.number())
        if token == ENTITY:
            code = cursor.number()
            return chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"
        if token == OPAQUE:
            return self._decode(cursor.take(cursor.number()))
        if token in _EXT_I:
            cursor.string()
        elif token in _EXT_T:
            cursor.number()
        elif token not in _EXT:
            raise BrokenWbxml(f"token 0x{token:02X} among text")
        return ""

    def _at_index(self, index: int) -> str:
        if index >= len(self._table):
            raise BrokenWbxml(f"index {index} in a string table of {len(self._table)} octets")
        return self._decode(self._table[index:].split(b"\0", 1)[0])

    def _decode(self, octets: bytes) -> str:
        return octets.decode(self._charset, "replace")
