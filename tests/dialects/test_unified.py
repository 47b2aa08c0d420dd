"""What a request in the dialect `unified` says, and what is found wrong with it."""

from collections.abc import Mapping
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.exchange import Exchange
from dragoman.dialects.unified import (
    DIALECT,
    parse_submit,
)
from dragoman.dialects.unified_time import parse_instant
from dragoman.model.extras import Extras
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import (
    Alphabet,
    Content,
    Credentials,
    Submit,
)
from dragoman.protocols.http import Request
from dragoman.sms.segments import count

PLAIN, SCHEDULER, CREDITS = DIALECT.exchanges

Z = {
    "username": "demo",
    "password": "secret",
    "type": "0",
    "dlr": "1",
    "destination": "919812345678",
    "source": "DEMO",
    "message": "Hello",
}


def asked(
    changes: Mapping[str, str | bytes | None],
    settings: Mapping[str, object] | None = None,
    exchange: Exchange = PLAIN,
) -> Submit:
    """Read Z with changes; None takes a parameter away, octets go into the query as they are."""
    fields = {**Z, **changes}
    query = "&".join(
        f"{name}={value.decode('latin-1') if isinstance(value, bytes) else quote(value)}"
        for name, value in fields.items()
        if value is not None
    )
    options = {**DIALECT.defaults, **(settings or {})}
    ask = DIALECT.read(Request("GET", exchange.paths[0], query.encode("latin-1")), options)
    submit = exchange.parse_ask(ask, options)
    assert isinstance(submit, Submit)
    return submit


def sent(**changes: object) -> Submit:
    """Give what Z asks for, with changes."""
    fields: dict[str, object] = {
        "sender": "DEMO",
        "tokens": ("919812345678",),
        "content": Content("Hello", Alphabet.GSM7),
        "kind": "0",
    }
    return Submit(**{**fields, **changes})  # type: ignore[arg-type]


READ: dict[str, tuple[dict[str, str | bytes | None], dict[str, object], Submit]] = {
    "as documented": ({}, {}, sent()),
    "plus encoded": (
        {"destination": b"%2B919812345678"},
        {},
        sent(tokens=("+919812345678",)),
    ),
    "plus not encoded": ({"destination": b"+919812345678"}, {}, sent()),
    "comma encoded": (
        {"destination": b"919812345678%2C447700900123"},
        {},
        sent(tokens=("919812345678", "447700900123")),
    ),
    "empty destinations are nobody": (
        {"destination": ",919812345678, ,"},
        {},
        sent(),
    ),
    "the same number twice": (
        {"destination": "919812345678,919812345678"},
        {},
        sent(tokens=("919812345678", "919812345678")),
    ),
    "no receipt wanted": ({"dlr": "0"}, {}, sent(wants_receipt=False)),
    "lenient without dlr and type": (
        {"dlr": None, "type": None},
        {"lenient": True},
        sent(wants_receipt=False),
    ),
    "18 digits as source": ({"source": "1" * 18}, {}, sent(sender="1" * 18)),
    "plus and 18 digits as source": (
        {"source": b"%2B" + b"1" * 18},
        {},
        sent(sender="+" + "1" * 18),
    ),
    "11 characters as source": ({"source": "ElevenChars"}, {}, sent(sender="ElevenChars")),
    "a lone plus as source is a name": ({"source": b"%2BA1"}, {}, sent(sender="+A1")),
    "blanks around a message stay": (
        {"message": " Hello "},
        {},
        sent(content=Content(" Hello ", Alphabet.GSM7)),
    ),
    "address of a caller is ignored": ({"ip": "203.0.113.9"}, {}, sent()),
    "blank times are none": ({"date": "", "time": " ", "gmt": ""}, {}, sent()),
    "ids of India's registry": (
        {"entityid": "1101456700000012345", "tempid": "1107167800000098765"},
        {},
        sent(extras=Extras("1101456700000012345", "1107167800000098765")),
    ),
    "one id, in another case": ({"TempID": "1107"}, {}, sent(extras=Extras(tempid="1107"))),
    "ids that are none are ignored": (
        {"entityid": "soon", "tempid": "1" * 31},
        {},
        sent(),
    ),
    "characters that the type lacks": (
        {"message": "“ж” ж"},
        {},
        sent(
            content=Content("??? ?", Alphabet.GSM7, replaced=(("“", "?"), ("ж", "?"), ("”", "?")))
        ),
    ),
    "characters that Latin-1 lacks": (
        {"type": "5", "message": "é€"},
        {},
        sent(content=Content("é?", Alphabet.GSM7, replaced=(("€", "?"),)), kind="5"),
    ),
    "a link beside another type is ignored": ({"url": "nonsense"}, {}, sent()),
}


@pytest.mark.parametrize(("changes", "settings", "expected"), READ.values(), ids=READ)
def test_what_a_request_says(
    changes: dict[str, str | bytes | None], settings: dict[str, object], expected: Submit
) -> None:
    assert asked(changes, settings) == expected


def test_a_form_says_the_same_as_a_query() -> None:
    query = "&".join(f"{name}={value}" for name, value in Z.items()).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    for request in (
        Request("POST", PLAIN.paths[0], headers=form, body=query),
        Request("POST", PLAIN.paths[0], query),
    ):
        ask = DIALECT.read(request, DIALECT.defaults)
        assert PLAIN.parse_ask(ask, DIALECT.defaults) == sent()
        assert DIALECT.credentials(ask, DIALECT.defaults) == Credentials("demo", b"secret")


def test_json_is_no_parameters_here() -> None:
    ask = DIALECT.read(Request("POST", PLAIN.paths[0], body=b'{"type":"0"}'), DIALECT.defaults)
    assert {fault.field for fault in parse_submit(ask, DIALECT.defaults).faults} == {
        "type",
        "dlr",
        "destination",
        "source",
        "message",
    }
    missing = Refusal(Reason.MISSING_PARAMETER, "username")
    assert DIALECT.credentials(ask, DIALECT.defaults) == missing


TIME = {"date": "03/03/2026", "time": "03:45 am", "gmt": "+5:30"}

# Each row: what is changed in Z, options, path, and the code of what is told.
FAULTS: dict[str, tuple[dict[str, str | bytes | None], dict[str, object], Exchange, str]] = {
    **{
        f"without {name}": ({name: None}, {}, PLAIN, "1702")
        for name in ("type", "dlr", "destination", "source", "message")
    },
    "blank message": ({"message": " \t"}, {}, PLAIN, "1702"),
    "only commas as destination": ({"destination": ",,"}, {}, PLAIN, "1702"),
    "lenient without message": ({"message": None}, {"lenient": True}, PLAIN, "1702"),
    "reserved type": ({"type": "3"}, {}, PLAIN, "1704"),
    "type 8": ({"type": "8"}, {}, PLAIN, "1704"),
    "a letter as type": ({"type": "x"}, {}, PLAIN, "1704"),
    "two digits as type": ({"type": "00"}, {}, PLAIN, "1704"),
    "full-width digit as type": ({"type": "０"}, {}, PLAIN, "1704"),
    "dlr 2": ({"dlr": "2"}, {}, PLAIN, "1708"),
    "12 letters as source": ({"source": "TwelveLetter"}, {}, PLAIN, "1707"),
    "19 digits as source": ({"source": "1" * 19}, {}, PLAIN, "1707"),
    "source outside the alphabet": ({"source": "Привет"}, {}, PLAIN, "1707"),
    "source of broken octets": ({"source": b"%C3%28"}, {}, PLAIN, "1707"),
    "message not in UTF-8": ({"message": b"%C3%28"}, {}, PLAIN, "1705"),
    "NUL in the message": ({"message": b"a%00b"}, {}, PLAIN, "1705"),
    "NUL in hexadecimal": ({"type": "2", "message": "00410000"}, {}, PLAIN, "1705"),
    "half a pair": ({"type": "2", "message": "D83D"}, {}, PLAIN, "1705"),
    "not hexadecimal where only that is read": (
        {"type": "2", "message": "Hello"},
        {"unicode_input": "hex"},
        PLAIN,
        "1705",
    ),
    "too many destinations": ({"destination": "1,2,3"}, {"max_recipients": 2}, PLAIN, "1706"),
    "WAP push without url": ({"type": "4"}, {}, PLAIN, "1702"),
    "WAP push with another scheme": ({"type": "4", "url": "ftp://e.uk/a"}, {}, PLAIN, "1705"),
    "WAP push with a blank in its link": ({"type": "4", "url": "http://e uk"}, {}, PLAIN, "1705"),
    "WAP push with a link too long": (
        {"type": "4", "url": "http://e.uk/" + "a" * 989},
        {},
        PLAIN,
        "1705",
    ),
    "WAP push with a title not in UTF-8": (
        {"type": "4", "message": b"%FF", "url": "http://e.uk"},
        {},
        PLAIN,
        "1705",
    ),
    "scheduler without gmt": ({**TIME, "gmt": None}, {}, SCHEDULER, "1702"),
    "only a date": ({"date": "03/03/2026"}, {}, PLAIN, "1702"),
    "no such day": ({**TIME, "date": "02/30/2026"}, {}, SCHEDULER, "1702"),
    "no such day on the other path": ({**TIME, "date": "02/30/2026"}, {}, PLAIN, "1702"),
    "missing before everything": ({"type": "9", "dlr": None}, {}, PLAIN, "1702"),
    "type before message": ({"type": "9", "message": b"%FF"}, {}, PLAIN, "1704"),
    "message before source": ({"message": b"%FF", "source": "1" * 19}, {}, PLAIN, "1705"),
    "source before dlr": ({"source": "1" * 19, "dlr": "7"}, {}, PLAIN, "1707"),
    "dlr before time": ({**TIME, "time": "25:00", "dlr": "7"}, {}, SCHEDULER, "1708"),
}


@pytest.mark.parametrize(
    ("changes", "settings", "exchange", "expected"), FAULTS.values(), ids=FAULTS
)
def test_faults_of_form(
    changes: dict[str, str | bytes | None],
    settings: dict[str, object],
    exchange: Exchange,
    expected: str,
) -> None:
    submit = asked(changes, settings, exchange)
    told = min(submit.faults, key=lambda fault: DIALECT.rank(fault, len(submit.tokens) == 1))
    assert exchange.refuse(told, {**DIALECT.defaults, **settings}).body == expected.encode()


def test_faults_are_all_told_to_the_core() -> None:
    submit = asked({"type": "9", "dlr": "7", "source": "1" * 19, "message": None})
    assert {fault.reason for fault in submit.faults} == {
        Reason.BAD_TYPE,
        Reason.BAD_PARAMETER,
        Reason.BAD_SENDER,
        Reason.MISSING_PARAMETER,
    }


def test_a_time_is_read_on_both_paths_in_both_spellings() -> None:
    due_us = parse_instant(TIME["date"], TIME["time"], TIME["gmt"])
    spelled = {"scheduledate": TIME["date"], "scheduletime": TIME["time"], "gmt": TIME["gmt"]}
    for submit in (asked(TIME), asked(TIME, exchange=SCHEDULER), asked(spelled)):
        assert (submit.due_us, submit.faults) == (due_us, ())
    assert asked({}).due_us == 0
    unreadable = asked({**TIME, "date": "02/30/2026"}, exchange=SCHEDULER)
    assert [fault.detail for fault in unreadable.faults] == ["unreadable"]


def test_a_time_long_past_does_not_mean_at_once() -> None:
    """The first instant that we count from is an instant, too."""
    epoch = {"date": "01/01/1970", "time": "12:00 am", "gmt": "+0"}
    assert asked(epoch).due_us == 1
    assert asked({**epoch, "date": "12/31/1969"}).due_us < 0


# type, message, settings; text, alphabet, flash, and the segments that are charged
CONTENTS: dict[str, tuple[str, str | bytes, dict[str, object], str, Alphabet, bool, int]] = {
    "hexadecimal": ("2", "041F04400438043204350442", {}, "Привет", Alphabet.UCS2, False, 1),
    "small digits": ("2", "041f04400438043204350442", {}, "Привет", Alphabet.UCS2, False, 1),
    "UTF-8": ("2", "Привет", {}, "Привет", Alphabet.UCS2, False, 1),
    "a byte order mark": ("2", "FEFF0041", {}, "A", Alphabet.UCS2, False, 1),
    "a pair, flash": ("6", "D83DDE00", {}, "😀", Alphabet.UCS2, True, 1),
    "a year by its shape": ("2", "2024", {}, "\u2024", Alphabet.UCS2, False, 1),
    "a year as text": ("2", "2024", {"unicode_input": "text"}, "2024", Alphabet.UCS2, False, 1),
    "not a multiple of four": ("2", "20245", {}, "20245", Alphabet.UCS2, False, 1),
    "280 digits": ("2", "0041" * 70, {}, "A" * 70, Alphabet.UCS2, False, 1),
    "284 digits": ("2", "0041" * 71, {}, "A" * 71, Alphabet.UCS2, False, 2),
    "160 characters": ("0", "a" * 160, {}, "a" * 160, Alphabet.GSM7, False, 1),
    "161 characters": ("0", "a" * 161, {}, "a" * 161, Alphabet.GSM7, False, 2),
    "306 characters": ("0", "a" * 306, {}, "a" * 306, Alphabet.GSM7, False, 2),
    "307 characters": ("0", "a" * 307, {}, "a" * 307, Alphabet.GSM7, False, 3),
    "140 of flash": ("1", "a" * 140, {}, "a" * 140, Alphabet.GSM7, True, 1),
    "141 of flash": ("1", "a" * 141, {}, "a" * 141, Alphabet.GSM7, True, 2),
    "269 of flash": ("1", "a" * 269, {}, "a" * 269, Alphabet.GSM7, True, 3),
    "160 of flash": ("1", "a" * 160, {"flash_limit": 160}, "a" * 160, Alphabet.GSM7, True, 1),
    "outside GSM": ("0", "Привет €", {}, "?????? €", Alphabet.GSM7, False, 1),
    "outside Latin-1": ("5", "Ça va €", {}, "Ça va ?", Alphabet.GSM7, False, 1),
    "Latin-1 beyond GSM": ("5", "çà et là", {}, "çà et là", Alphabet.LATIN1, False, 1),
    "160 of Latin-1": ("5", "ç" * 160, {}, "ç" * 160, Alphabet.LATIN1, False, 1),
    "161 of Latin-1": ("5", "ç" * 161, {}, "ç" * 161, Alphabet.LATIN1, False, 2),
    "307 of Latin-1": ("5", "ç" * 307, {}, "ç" * 307, Alphabet.LATIN1, False, 3),
    "140 of Latin-1 flash": ("7", "ç" * 140, {}, "ç" * 140, Alphabet.LATIN1, True, 1),
    "141 of Latin-1 flash": ("7", "ç" * 141, {}, "ç" * 141, Alphabet.LATIN1, True, 2),
    "160 of Latin-1 flash": (
        "7",
        "ç" * 160,
        {"flash_limit": "160"},
        "ç" * 160,
        Alphabet.LATIN1,
        True,
        1,
    ),
    "blank encoded as plus": ("0", b"a+b", {}, "a b", Alphabet.GSM7, False, 1),
}


@pytest.mark.parametrize(
    ("kind", "message", "settings", "text", "alphabet", "flash", "segments"),
    CONTENTS.values(),
    ids=CONTENTS,
)
def test_what_will_be_sent(
    kind: str,
    message: str | bytes,
    settings: dict[str, object],
    text: str,
    alphabet: Alphabet,
    flash: bool,
    segments: int,
) -> None:
    submit = asked({"type": kind, "message": message}, settings)
    content = submit.content
    assert submit.faults == ()
    assert (content.text, content.alphabet, content.flash) == (text, alphabet, flash)
    one, each = content.one or None, content.each or None
    assert count(text, alphabet, one=one, each=each) == segments


PUSHES = {
    "as documented": (
        ("Look", "http://example.com/a"),
        "01060403AE81EA02056A0045C60C036578616D706C652E636F6D2F610001034C6F6F6B000101",
    ),
    "https and www": (
        ("Привет", "HTTPS://www.e.uk"),
        "01060403AE81EA02056A0045C60F03652E756B000103D09FD180D0B8D0B2D0B5D182000101",
    ),
}


@pytest.mark.parametrize(("said", "octets"), PUSHES.values(), ids=PUSHES)
def test_a_wap_push_is_octets_for_its_port(said: tuple[str, str], octets: str) -> None:
    title, link = said
    assert asked({"type": "4", "message": title, "url": link}) == sent(
        content=Content(
            f"{title}\n{link}",
            Alphabet.BINARY,
            udh=bytes.fromhex("0605040B8423F0"),
            octets=bytes.fromhex(octets),
        ),
        kind="4",
    )


def test_the_link_of_another_type_is_nothing() -> None:
    assert asked({"url": "ftp://e.uk"}) == sent()


@given(st.text(min_size=1, max_size=40), st.sampled_from("0125679"))
def test_pain_28_whatever_is_typed_is_sent_or_refused_in_words(text: str, kind: str) -> None:
    """Pain 28: text in, the right characters out; nothing typed raises past its request."""
    try:
        message: bytes = quote(text).encode()
    except UnicodeEncodeError:
        message = quote(text, errors="surrogatepass").encode()
    submit = asked({"type": kind, "message": message})
    if submit.faults:
        codes = {fault.reason for fault in submit.faults}
        assert codes <= {Reason.MISSING_PARAMETER, Reason.BAD_MESSAGE, Reason.BAD_TYPE}
    else:
        content = submit.content
        assert count(content.text, content.alphabet) >= 1
