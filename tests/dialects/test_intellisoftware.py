"""What a request in the dialect `intellisoftware` says, and what is found wrong with it."""

from collections.abc import Mapping
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.intellisoftware import DIALECT
from dragoman.dialects.intellisoftware_content import decode
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Alphabet, Content, Credentials, Submit
from dragoman.protocols.http import Request
from dragoman.sms import lookalikes
from dragoman.sms.alphabets import is_gsm7
from dragoman.sms.segments import count
from dragoman.sms.wap import encode_push

SUBMIT = DIALECT.exchanges[0]
PATH = SUBMIT.paths[0]
Fields = Mapping[str, str | bytes | None]

HI: Fields = {
    "username": "MyUsername",
    "password": "MyPassword",
    "to": "44771012345",
    "text": "Hi",
}
HEX: Fields = {**HI, "text": None, "type": "2"}
BINARY: Fields = {**HI, "text": None, "type": "3"}
PUSH: Fields = {**HI, "type": "4"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def told(request: Request, settings: Mapping[str, object] | None = None) -> Submit:
    options = {**DIALECT.defaults, **(settings or {})}
    submit = SUBMIT.parse_ask(DIALECT.read(request, options), options)
    assert isinstance(submit, Submit)
    return submit


def asked(fields: Fields, settings: Mapping[str, object] | None = None) -> Submit:
    """Read a GET; None leaves a parameter out, octets go into the query as they are."""
    query = "&".join(
        f"{name}={value.decode('latin-1') if isinstance(value, bytes) else quote(value)}"
        for name, value in fields.items()
        if value is not None
    )
    return told(Request("GET", PATH, query.encode("latin-1")), settings)


def sent(**changes: object) -> Submit:
    """Give what HI asks for, with changes."""
    fields: dict[str, object] = {
        "sender": "",
        "tokens": ("44771012345",),
        "content": Content("Hi", Alphabet.GSM7, max_segments=1),
        "kind": "1",
    }
    return Submit(**{**fields, **changes})  # type: ignore[arg-type]


READ: dict[str, tuple[Fields, dict[str, object], Submit]] = {
    "as documented": (HI, {}, sent()),
    "several recipients": (
        {**HI, "to": "0771012345, +44771012345,,abc"},
        {},
        sent(tokens=("0771012345", "+44771012345", "abc")),
    ),
    "a sender": ({**HI, "from": "+447700900123"}, {}, sent(sender="+447700900123")),
    "no sender, the account has one": (
        {**HI, "from": " "},
        {"default_sender": "447700900000"},
        sent(sender="447700900000"),
    ),
    "a sender, the account has one": (
        {**HI, "from": "Shop"},
        {"default_sender": "447700900000"},
        sent(sender="Shop"),
    ),
    "the customer's reference as it is": (
        {**HI, "usercontext": " order 77 "},
        {},
        sent(context=" order 77 "),
    ),
    "maxconcat": (
        {**HI, "maxconcat": "3"},
        {},
        sent(content=Content("Hi", Alphabet.GSM7, max_segments=3)),
    ),
    "maxconcat above the account's": (
        {**HI, "maxconcat": "000" + "9" * 5000},
        {"max_parts": 4},
        sent(content=Content("Hi", Alphabet.GSM7, max_segments=4)),
    ),
    "hexadecimal": (
        {**HEX, "hex": "00480045004C004C004F"},
        {},
        sent(content=Content("HELLO", Alphabet.UCS2), kind="2"),
    ),
    "a pair in small letters": (
        {**HEX, "hex": "d83dde00"},
        {},
        sent(content=Content("😀", Alphabet.UCS2), kind="2"),
    ),
    "the vendor's ignored fields": ({**HI, "delrpt": "1", "appid": "x"}, {}, sent()),
}


@pytest.mark.parametrize(("fields", "settings", "expected"), READ.values(), ids=READ)
def test_what_a_request_says(fields: Fields, settings: dict[str, object], expected: Submit) -> None:
    assert asked(fields, settings) == expected


def test_a_form_with_the_colon_of_the_vendors_own_library() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded; charset:utf-8"}
    body = b"USERNAME=MyUsername&PASSWORD=MyPassword&TO=44771012345&TEXT=Hi"
    request = Request("POST", PATH, headers=headers, body=body)
    assert told(request) == sent()
    ask = DIALECT.read(request, DIALECT.defaults)
    assert DIALECT.credentials(ask, DIALECT.defaults) == Credentials("MyUsername", b"MyPassword")


# octets of a form, charset declared, text
CHARSETS = {
    "UTF-8, undeclared": ("café".encode(), "", "café"),
    "Windows-1252, undeclared": ("café €".encode("cp1252"), "", "café €"),
    "Latin-1 declared": ("café €".encode("cp1252"), "iso-8859-1", "café €"),
    "UTF-8 declared and untrue": ("café".encode("cp1252"), "utf-8", "café"),
    "declared, and also UTF-8": (b"\xc3\xa9", "windows-1252", "Ã©"),
    "unknown charset": ("café".encode(), "ebcdic", "café"),
    "octets without a meaning": (b"a\x81\x8db", "", "a\x81\x8db"),
}


@pytest.mark.parametrize(("octets", "charset", "text"), CHARSETS.values(), ids=CHARSETS)
def test_charset(octets: bytes, charset: str, text: str) -> None:
    headers = {"content-type": f"{FORM['content-type']}; charset={charset}"}
    body = b"to=44771012345&text=" + octets
    assert told(Request("POST", PATH, headers=headers, body=body)).content.text == text


@given(st.binary(), st.sampled_from(["", "utf-8", "cp1252", "utf-16", "iso8859-15"]))
def test_no_octets_are_undecodable(octets: bytes, charset: str) -> None:
    assert isinstance(decode(octets, charset), str)


# fields beside recipient and login, options; text, alphabet and segments that are sent
CONTENTS: dict[str, tuple[Fields, dict[str, object], str, Alphabet, int]] = {
    "fills one": ({"text": "a" * 160}, {}, "a" * 160, Alphabet.GSM7, 1),
    "one too many is cut": ({"text": "a" * 161}, {}, "a" * 160, Alphabet.GSM7, 1),
    "an escape is not parted": ({"text": "a" * 159 + "€"}, {}, "a" * 159, Alphabet.GSM7, 1),
    "two allowed": ({"text": "a" * 161, "maxconcat": "2"}, {}, "a" * 161, Alphabet.GSM7, 2),
    "cut to two": ({"text": "a" * 400, "maxconcat": "2"}, {}, "a" * 306, Alphabet.GSM7, 2),
    "look-alikes": ({"text": "“Hi” – ok…"}, {}, '"Hi" - ok...', Alphabet.GSM7, 1),
    "Cyrillic": ({"text": "Привет"}, {}, "Привет", Alphabet.UCS2, 1),
    "Cyrillic is cut at 70": ({"text": "ж" * 71}, {}, "ж" * 70, Alphabet.UCS2, 1),
    "a pair is not parted": ({"text": "ж" * 69 + "😀"}, {}, "ж" * 69, Alphabet.UCS2, 1),
    "Cyrillic beyond the cut": (
        {"text": "a" * 70 + "ж"},
        {},
        "a" * 70,
        Alphabet.UCS2,
        1,
    ),
    "as GSM only": ({"text": "“Привет”"}, {"type1": "gsm"}, '"??????"', Alphabet.GSM7, 1),
    "70 units": ({"type": "2", "hex": "0041" * 70}, {}, "A" * 70, Alphabet.UCS2, 1),
    "71 units, two allowed": (
        {"type": "2", "hex": "0041" * 71, "maxconcat": "2"},
        {},
        "A" * 71,
        Alphabet.UCS2,
        2,
    ),
    "plain letters stay Unicode": ({"type": "2", "hex": "0048"}, {}, "H", Alphabet.UCS2, 1),
}


@pytest.mark.parametrize(
    ("fields", "settings", "text", "alphabet", "segments"), CONTENTS.values(), ids=CONTENTS
)
def test_what_will_be_sent(
    fields: Fields, settings: dict[str, object], text: str, alphabet: Alphabet, segments: int
) -> None:
    submit = asked({"to": "44771012345", **fields}, settings)
    assert submit.faults == ()
    assert (submit.content.text, submit.content.alphabet) == (text, alphabet)
    assert count(text, alphabet) == segments


SWAPPED: dict[str, tuple[dict[str, object], tuple[tuple[str, str], ...]]] = {
    "look-alikes": ({}, (("“", '"'), ("”", '"'))),
    "and what GSM lacks": ({"type1": "gsm"}, (("“", '"'), ("”", '"'), ("П", "?"))),
}


@pytest.mark.parametrize(("settings", "swaps"), SWAPPED.values(), ids=SWAPPED)
def test_what_was_replaced_is_told(
    settings: dict[str, object], swaps: tuple[tuple[str, str], ...]
) -> None:
    submit = asked({"to": "44771012345", "text": "“П”"}, settings)
    assert submit.content.replaced == swaps


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400))
def test_pain_28_a_text_is_never_longer_than_it_may_be(text: str) -> None:
    """Pain 28: whatever is typed, the segments that leave are those that were allowed."""
    submit = asked({**HI, "text": text, "maxconcat": "2"})
    if not submit.faults:
        assert count(submit.content.text, submit.content.alphabet) <= 2
    else:
        reasons = {fault.reason for fault in submit.faults}
        assert reasons <= {Reason.MISSING_PARAMETER, Reason.BAD_MESSAGE}
        assert "\0" in text or not text.strip()


@given(st.text(max_size=60).filter(is_gsm7))
def test_a_gsm_text_has_no_look_alikes_to_replace(text: str) -> None:
    """The dialect asks for the alphabet first, since this is cheaper; so this must hold."""
    assert lookalikes.replace(text) == text


# Each row: the request's fields, options, and what is told.
FAULTS: dict[str, tuple[Fields, dict[str, object], str]] = {
    "no to": ({**HI, "to": None}, {}, "ERR:NO_TO"),
    "only commas": ({**HI, "to": ",,"}, {}, "ERR:NO_TO"),
    "no text": ({**HI, "text": None}, {}, "ERR:NO_TEXT"),
    "no to before no text": ({**HI, "to": "", "text": None}, {}, "ERR:NO_TO"),
    "101 recipients": ({**HI, "to": ",".join(["1"] * 101)}, {}, "ERR:INVALID_REQUEST"),
    "type 7": ({**HI, "type": "7"}, {}, "ERR:INVALID_REQUEST"),
    "type 7 without text": ({**HI, "type": "7", "text": None}, {}, "ERR:INVALID_REQUEST"),
    "two digits as type": ({**HI, "type": "01"}, {}, "ERR:INVALID_REQUEST"),
    "maxconcat 0": ({**HI, "maxconcat": "00"}, {}, "ERR:INVALID_REQUEST"),
    "maxconcat -1": ({**HI, "maxconcat": "-1"}, {}, "ERR:INVALID_REQUEST"),
    "maxconcat x": ({**HI, "maxconcat": "x"}, {}, "ERR:INVALID_REQUEST"),
    "maxconcat of type 2": ({**HEX, "hex": "0041", "maxconcat": "x"}, {}, "ERR:INVALID_REQUEST"),
    "sender of twelve": ({**HI, "from": "TwelveLetter"}, {}, "ERR:INVALID_REQUEST"),
    "sender of 16 digits": ({**HI, "from": "1" * 16}, {}, "ERR:INVALID_REQUEST"),
    "sender beyond GSM": ({**HI, "from": "Привет"}, {}, "ERR:INVALID_REQUEST"),
    "reference of 256": ({**HI, "usercontext": "a" * 256}, {}, "ERR:INVALID_REQUEST"),
    "NUL in the reference": ({**HI, "usercontext": "a\0"}, {}, "ERR:INVALID_REQUEST"),
    "NUL in the text": ({**HI, "text": "a\0"}, {}, "ERR:INVALID_REQUEST"),
    "too long and not to be cut": (
        {**HI, "text": "a" * 161},
        {"overflow": "refuse"},
        "ERR:INVALID_REQUEST",
    ),
    "no hex": (HEX, {}, "ERR:PARAMETER_MISSING"),
    "three digits": ({**HEX, "hex": "004"}, {}, "ERR:PARAMETER_INVALID"),
    "not hexadecimal": ({**HEX, "hex": "00ZZ"}, {}, "ERR:PARAMETER_INVALID"),
    "half a pair": ({**HEX, "hex": "D83D"}, {}, "ERR:PARAMETER_INVALID"),
    "NUL in hexadecimal": ({**HEX, "hex": "0000"}, {}, "ERR:PARAMETER_INVALID"),
    "71 units": ({**HEX, "hex": "0041" * 71}, {}, "ERR:INVALID_REQUEST"),
    "pairs that do not fit two": (
        {**HEX, "hex": "0041" * 66 + "D83DDE00" * 34, "maxconcat": "2"},
        {},
        "ERR:INVALID_REQUEST",
    ),
    "no ud": (BINARY, {}, "ERR:PARAMETER_MISSING"),
    "odd ud": ({**BINARY, "ud": "ABC"}, {}, "ERR:PARAMETER_INVALID"),
    "header of another length": (
        {**BINARY, "udh": "05050415820000", "ud": "00"},
        {},
        "ERR:PARAMETER_INVALID",
    ),
    "header that is no header": (
        {**BINARY, "udh": "x", "ud": "00"},
        {},
        "ERR:PARAMETER_INVALID",
    ),
    "header with half an element": (
        {**BINARY, "udh": "0505041582", "ud": "00"},
        {},
        "ERR:PARAMETER_INVALID",
    ),
    "header without octets": ({**BINARY, "udh": "06050415820000"}, {}, "ERR:PARAMETER_MISSING"),
    "141 octets": ({**BINARY, "ud": "00" * 141}, {}, "ERR:INVALID_REQUEST"),
    "141 octets with the header": (
        {**BINARY, "udh": "06050415820000", "ud": "00" * 134},
        {},
        "ERR:INVALID_REQUEST",
    ),
    "WAP push without text": ({**PUSH, "text": None, "href": "http://e"}, {}, "ERR:NO_TEXT"),
    "WAP push without link": (PUSH, {}, "ERR:PARAMETER_MISSING"),
    "WAP push with another scheme": ({**PUSH, "href": "ftp://e.uk"}, {}, "ERR:INVALID_REQUEST"),
    "WAP push with NUL": (
        {**PUSH, "text": "a\0", "href": "http://e.uk"},
        {},
        "ERR:INVALID_REQUEST",
    ),
    "WAP push of 141 octets": (
        {**PUSH, "text": "a" * 108, "href": "http://www.e.uk/"},
        {},
        "ERR:INVALID_REQUEST",
    ),
    "WAP push beyond the vendor's guide": (
        {**PUSH, "text": "a" * 99, "href": "http://www.e.uk/"},
        {"wap_guide": True},
        "ERR:INVALID_REQUEST",
    ),
    "MMS without text": ({**HI, "text": None, "type": "5"}, {}, "ERR:NO_TEXT"),
    "MMS without files": ({**HI, "type": "5"}, {}, "ERR:PARAMETER_MISSING"),
    "voice without text": ({**HI, "text": None, "type": "6"}, {}, "ERR:NO_TEXT"),
    "voice is not served": ({**HI, "type": "6"}, {}, "ERR:INVALID_REQUEST"),
}


@pytest.mark.parametrize(("fields", "settings", "expected"), FAULTS.values(), ids=FAULTS)
def test_faults_of_form(fields: Fields, settings: dict[str, object], expected: str) -> None:
    submit = asked(fields, settings)
    fault = min(submit.faults, key=lambda refusal: DIALECT.rank(refusal, True))
    assert SUBMIT.refuse(fault, DIALECT.defaults).body == expected.encode()


PUSH_HEADER = bytes.fromhex("0605040B8423F0")
OCTETS: dict[str, tuple[Fields, dict[str, object], Content]] = {
    "octets alone": (
        {**BINARY, "ud": "00fF"},
        {},
        Content("", Alphabet.BINARY, octets=b"\0\xff", max_segments=1),
    ),
    "140 octets": (
        {**BINARY, "ud": "00" * 140, "maxconcat": "x"},
        {},
        Content("", Alphabet.BINARY, octets=bytes(140), max_segments=1),
    ),
    "behind a header of 7, 133": (
        {**BINARY, "udh": "06050415820000", "ud": "00" * 133},
        {},
        Content(
            "",
            Alphabet.BINARY,
            udh=bytes.fromhex("06050415820000"),
            octets=bytes(133),
            max_segments=1,
        ),
    ),
    "WAP push as large as the vendor's guide": (
        {**PUSH, "text": "a" * 98, "href": "http://www.e.uk/"},
        {"wap_guide": "on"},
        Content(
            "a" * 98 + "\nhttp://www.e.uk/",
            Alphabet.BINARY,
            udh=PUSH_HEADER,
            octets=encode_push("a" * 98, "http://www.e.uk/"),
            max_segments=1,
        ),
    ),
    "WAP push of 140 octets, in a charset of its own": (
        {**PUSH, "text": b"%E9" + b"a" * 105, "href": "http://www.e.uk/"},
        {},
        Content(
            "é" + "a" * 105 + "\nhttp://www.e.uk/",
            Alphabet.BINARY,
            udh=PUSH_HEADER,
            octets=encode_push("é" + "a" * 105, "http://www.e.uk/"),
            max_segments=1,
        ),
    ),
}


@pytest.mark.parametrize(("fields", "settings", "content"), OCTETS.values(), ids=OCTETS)
def test_what_octets_will_be_sent(
    fields: Fields, settings: dict[str, object], content: Content
) -> None:
    submit = asked(fields, settings)
    assert submit.faults == ()
    assert submit.content == content


FILE = (
    b'--AaB03x\r\nContent-Disposition: form-data; filename="file1.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nhello\r\n"
)


def multipart(kind: bytes, *, end: bytes = b"--AaB03x--\r\n") -> Submit:
    fields = {b"to": b"0771012345", b"type": kind, b"text": b"Subject"}
    body = b"".join(
        b'--AaB03x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % field
        for field in fields.items()
    )
    headers = {"content-type": "multipart/form-data; boundary=AaB03x"}
    return told(Request("POST", PATH, headers=headers, body=body + FILE + end))


def test_pictures_are_never_lost_without_a_word() -> None:
    assert multipart(b"1").faults == (Refusal(Reason.BAD_TYPE, "type"),)
    assert multipart(b"5").faults == (
        Refusal(Reason.BAD_PARAMETER, "type", detail="MMS is not served"),
    )


def test_a_body_that_was_cut_on_its_way_is_not_half_believed() -> None:
    faults = multipart(b"1", end=b"").faults
    told_first = min(faults, key=lambda fault: DIALECT.rank(fault, True))
    assert told_first == Refusal(Reason.BAD_REQUEST, detail="multipart")
