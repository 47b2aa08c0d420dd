"""The alphabets: whole tables, round trips, and two other people's tables as oracles."""

import gsm0338
import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from dragoman.model.submissions import Alphabet
from dragoman.sms.alphabets import (
    BASIC,
    EXTENSION,
    AlphabetError,
    NotGsm7,
    NotLatin1,
    NotUcs2,
    choose,
    decode,
    decode_gsm7,
    decode_ucs2,
    encode,
    encode_gsm7,
    encode_latin1,
    encode_ucs2,
    force,
    is_gsm7,
    outsiders,
    pack_septets,
    septets,
    unpack_septets,
)

GSM7 = BASIC.replace("\x1b", "") + "".join(EXTENSION.values())
PLANE_0 = "".join(chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000)

gsm7_texts = st.text(st.sampled_from(GSM7))
texts = st.text(st.characters(exclude_categories=["Cs"]))
septet_strings = st.binary().map(lambda octets: bytes(octet & 0x7F for octet in octets))

WRITTEN = {
    "empty": ("", b""),
    "plain": ("Hello 1", b"Hello 1"),
    "not where ASCII has them": ("@$_", b"\x00\x02\x11"),
    "accents": ("àéÇ", b"\x7f\x05\x09"),
    "greek capitals": ("ΔΩ", b"\x10\x15"),
    "line breaks": ("a\r\nb", b"a\r\nb"),
    "extension": ("\f^{}\\[~]|€", b"\x1b\n\x1b\x14\x1b(\x1b)\x1b/\x1b<\x1b=\x1b>\x1b@\x1be"),
    "mixed": ("5 €!", b"5 \x1be!"),
}

READ = {
    "unknown escape pair shows the basic character": (b"\x1bA", "A"),
    "escaped carriage return": (b"\x1b\r", "\r"),
    "lone escape at the end": (b"a\x1b", "a "),
    "only an escape": (b"\x1b", " "),
    "two escapes": (b"\x1b\x1be", " e"),
    "octet that is no septet": (b"a\x80\xff", "a\ufffd\ufffd"),
    "escaped octet that is no septet": (b"\x1b\xe9", "\ufffd"),
}


@pytest.mark.parametrize(("text", "octets"), WRITTEN.values(), ids=WRITTEN)
def test_gsm7(text: str, octets: bytes) -> None:
    assert encode_gsm7(text) == octets
    assert decode_gsm7(octets) == text
    assert septets(text) == len(octets)


@pytest.mark.parametrize(("octets", "text"), READ.values(), ids=READ)
def test_gsm7_that_no_writer_makes(octets: bytes, text: str) -> None:
    assert decode_gsm7(octets) == text


def test_pain_29_the_alphabet_is_complete_both_ways() -> None:
    """Pain 29: every character of both tables goes out and comes back as itself."""
    assert len(BASIC) == 128
    assert [decode_gsm7(encode_gsm7(character)) for character in GSM7] == list(GSM7)
    assert len(set(GSM7)) == 127 + 10


def test_capital_cedilla_only() -> None:
    assert encode_gsm7("Ç") == b"\x09"
    assert not is_gsm7("ç")


def test_pain_28_exactly_these_characters_are_gsm7() -> None:
    """Pain 28: whatever is not in the tables makes the text Unicode, by our choice alone."""
    assert {character for character in PLANE_0 if choose(character) is Alphabet.GSM7} == set(GSM7)


def test_pain_28_every_character_of_plane_0_and_pairs_survive() -> None:
    """Pain 28: UTF-16 big endian without a mark, and surrogate pairs where they are due."""
    pairs = "".join(map(chr, range(0x10000, 0x110000, 0x101))) + "😀👩‍👩‍👧🇷🇼"
    for text in (PLANE_0, pairs):
        octets = encode_ucs2(text)
        assert decode_ucs2(octets) == text
        assert octets.decode("utf-16-be") == text
    assert encode_ucs2("A😀") == bytes.fromhex("0041 D83D DE00")


NO_TEXT = {
    "gsm7": ("5 ц", Alphabet.GSM7, NotGsm7, "'ц'"),
    "gsm7 escape": ("a\x1b", Alphabet.GSM7, NotGsm7, "x1b"),
    "gsm7 control": ("\x00", Alphabet.GSM7, NotGsm7, "x00"),
    "gsm7 half a pair": ("\ud83d", Alphabet.GSM7, NotGsm7, "ud83d"),
    "latin-1": ("né€", Alphabet.LATIN1, NotLatin1, "€"),
    "ucs2 high half": ("a\ud83d", Alphabet.UCS2, NotUcs2, "U\\+D83D"),
    "ucs2 low half": ("\ude00a", Alphabet.UCS2, NotUcs2, "U\\+DE00"),
    "binary": ("a", Alphabet.BINARY, AlphabetError, "BINARY"),
}


@pytest.mark.parametrize(("text", "alphabet", "error", "seen"), NO_TEXT.values(), ids=NO_TEXT)
def test_what_does_not_fit_is_named(
    text: str, alphabet: Alphabet, error: type[AlphabetError], seen: str
) -> None:
    with pytest.raises(error, match=seen):
        encode(text, alphabet)


UNREADABLE = {
    "odd": b"\x00",
    "high half": b"\xd8\x3d",
    "low half": b"\xde\x00\x00A",
    "halves turned round": b"\xde\x00\xd8\x3d",
}


@pytest.mark.parametrize("octets", UNREADABLE.values(), ids=UNREADABLE)
def test_broken_ucs2(octets: bytes) -> None:
    with pytest.raises(NotUcs2):
        decode_ucs2(octets)
    assert "\ufffd" in decode(octets, Alphabet.UCS2)


@given(st.binary(), st.sampled_from(Alphabet))
def test_pain_29_any_octets_can_be_shown(octets: bytes, alphabet: Alphabet) -> None:
    """Pain 29: nothing a peer sends raises where it is only to be shown."""
    assert encode_ucs2(decode(octets, alphabet)) is not None


@given(texts)
def test_round_trip_in_the_chosen_alphabet(text: str) -> None:
    alphabet = choose(text)
    assert decode(encode(text, alphabet), alphabet) == text


@given(st.text(st.characters(max_codepoint=0xFF)))
def test_latin1_round_trip(text: str) -> None:
    assert encode_latin1(text) == encode(text, Alphabet.LATIN1)
    assert decode(encode_latin1(text), Alphabet.LATIN1) == text
    assert decode(encode_latin1(text), Alphabet.BINARY) == text


@given(st.text(st.sampled_from(GSM7 + "цçǅ€"), min_size=1))
def test_smsutil_agrees(text: str) -> None:
    assert is_gsm7(text) == smsutil.is_valid_gsm(text)
    if is_gsm7(text):
        assert encode_gsm7(text) == text.encode("gsm0338")
        assert encode_gsm7(text).decode("gsm0338") == text


@given(gsm7_texts)
def test_gsm0338_agrees(text: str) -> None:
    codec = gsm0338.Codec()
    assert encode_gsm7(text) == codec.encode(text)[0]
    assert codec.decode(encode_gsm7(text))[0] == text


PACKED = {
    "empty": (b"", 0, ""),
    "one": (b"a", 0, "61"),
    "the classic": (b"hellohello", 0, "E8329BFD4697D9EC37"),
    "seven leave spare bits": (b"aaaaaaa", 0, "E170381C0E8701"),
    "eight fill seven": (b"aaaaaaaa", 0, "E170381C0E87C3"),
    "behind a header": (b"a", 1, "C2"),
    "fill bits alone": (b"", 3, "00"),
}


@pytest.mark.parametrize(("octets", "fill_bits", "packed"), PACKED.values(), ids=PACKED)
def test_packing(octets: bytes, fill_bits: int, packed: str) -> None:
    assert pack_septets(octets, fill_bits).hex().upper() == packed
    assert unpack_septets(bytes.fromhex(packed), len(octets), fill_bits) == octets


@given(septet_strings, st.integers(0, 6))
def test_packing_round_trip(octets: bytes, fill_bits: int) -> None:
    packed = pack_septets(octets, fill_bits)
    assert len(packed) == -(-(7 * len(octets) + fill_bits) // 8)
    assert unpack_septets(packed, len(octets), fill_bits) == octets


def test_packing_refuses_what_is_no_septet() -> None:
    with pytest.raises(NotGsm7, match="0x80 at 1"):
        pack_septets(b"a\x80")
    with pytest.raises(NotGsm7, match="7 octets do not hold 9"):
        unpack_septets(bytes(7), 9)


FORCED = {
    "fits": ("naïve", Alphabet.LATIN1, [], "naïve"),
    "gsm7": ("naïve ц ï", Alphabet.GSM7, ["ï", "ц"], "na?ve ? ?"),
    "latin-1": ("5 €", Alphabet.LATIN1, ["€"], "5 ?"),
    "ucs2": ("a\ud83db", Alphabet.UCS2, ["\ud83d"], "a?b"),
}


@pytest.mark.parametrize(("text", "alphabet", "out", "forced"), FORCED.values(), ids=FORCED)
def test_outsiders(text: str, alphabet: Alphabet, out: list[str], forced: str) -> None:
    assert outsiders(text, alphabet) == out
    assert force(text, alphabet) == forced
