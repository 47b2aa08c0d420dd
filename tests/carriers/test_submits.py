"""What a segment looks like on the wire of carriers that want it differently."""

import pytest

from dragoman.carriers.profile import read_profile
from dragoman.carriers.submits import SubmitWriter, Unsendable
from dragoman.model.extras import Extras
from dragoman.model.messages import Outgoing
from dragoman.protocols.smpp.codec import decode, encode
from dragoman.protocols.smpp.pdus import SubmitSm

NOW_US = 1_700_000_000_000_000  # 2023-11-14 22:13:20 UTC
HOUR_US = 3_600_000_000

OUTGOING = {
    "message_id": 5,
    "number": 1,
    "total": 1,
    "carrier_id": 7,
    "sender": "ACME",
    "recipient": "447700900123",
    "data_coding": 0,
    "udh": b"",
    "octets": b"Hello",
    "wants_receipt": True,
}
USUAL = SubmitSm(b"", 5, 0, b"ACME", 1, 1, b"447700900123", 0, 0, 0, b"", b"", 1, 0, 0, 0, b"Hello")

ROWS: dict[str, tuple[dict[str, object], dict[str, object], dict[str, object]]] = {
    "the usual": ({}, {}, {}),
    "no receipt wanted": ({}, {"wants_receipt": False}, {"registered_delivery": 0}),
    "no receipts from there": ({"receipts": "none"}, {}, {"registered_delivery": 0}),
    "receipts on failure only": ({"registered_delivery": 2}, {}, {"registered_delivery": 2}),
    "a header": (
        {},
        {"udh": b"\5\0\3\1\2\1"},
        {"esm_class": 0x40, "short_message": b"\5\0\3\1\2\1Hello"},
    ),
    "an international sender": (
        {},
        {"sender": "447700900999"},
        {"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": b"447700900999"},
    ),
    "a sender with a plus": (
        {},
        {"sender": "+12345"},
        {"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": b"12345"},
    ),
    "a short code": (
        {},
        {"sender": "12345"},
        {"source_addr_ton": 3, "source_addr_npi": 0, "source_addr": b"12345"},
    ),
    "a short code as the carrier wants it": (
        {"shortcode": [0, 1]},
        {"sender": "12345"},
        {"source_addr_ton": 0, "source_addr_npi": 1, "source_addr": b"12345"},
    ),
    "no sender": (
        {},
        {"sender": ""},
        {"source_addr_ton": 0, "source_addr_npi": 0, "source_addr": b""},
    ),
    "numbers with a plus": (
        {"address_form": "plus"},
        {},
        {"destination_addr": b"+447700900123"},
    ),
    "numbers with zeros": (
        {"address_form": "zeros", "recipient": [0, 1]},
        {},
        {"destination_addr": b"00447700900123", "dest_addr_ton": 0},
    ),
    "national numbers": (
        {"address_form": "national", "country_code": "44", "recipient": [2, 1]},
        {},
        {"destination_addr": b"07700900123", "dest_addr_ton": 2},
    ),
    "a foreign number at a national carrier": (
        {"address_form": "national", "country_code": "49"},
        {},
        {"destination_addr": b"447700900123"},
    ),
    "an absolute validity": (
        {},
        {"expires_us": NOW_US + HOUR_US},
        {"validity_period": b"231114231320000+"},
    ),
    "a relative validity": (
        {"validity": "relative"},
        {"expires_us": NOW_US + 26 * HOUR_US},
        {"validity_period": b"000001020000000R"},
    ),
    "no validity": (
        {"validity": "none"},
        {"expires_us": NOW_US + HOUR_US},
        {"validity_period": b""},
    ),
    "the carrier's own coding": (
        {"data_coding": {"0": 0xF1, "8": 0x18}},
        {"data_coding": 8},
        {"data_coding": 0x18},
    ),
    "a name in Latin-1": ({}, {"sender": "Léo"}, {"source_addr": b"L\xe9o"}),
    "a name in septets": (
        {"sender_charset": "gsm7"},
        {"sender": "5€ ΔΛΨ"},
        {"source_addr": b"5\x1be \x10\x14\x17"},
    ),
    "a name in UTF-8": (
        {"sender_charset": "utf8"},
        {"sender": "5€"},
        {"source_addr": b"5\xe2\x82\xac"},
    ),
    "packed": (
        {"gsm7": "packed"},
        {"octets": b"hellohello"},
        {"short_message": bytes.fromhex("e8329bfd4697d9ec37")},
    ),
    "packed behind a header": (
        {"gsm7": "packed"},
        {"udh": b"\5\0\3\1\2\1", "octets": b"AB"},
        {"esm_class": 0x40, "short_message": b"\5\0\3\1\2\1\x82\x42"},
    ),
    "a default alphabet that is Latin-1": (
        {"gsm7": "latin1"},
        {"octets": b"\0 \x05\x7f\x1b("},
        {"short_message": b"@ \xe9\xe0{"},
    ),
    "UCS-2 is not touched by that": (
        {"gsm7": "latin1"},
        {"data_coding": 8, "octets": b"\x20\xac"},
        {"data_coding": 8, "short_message": b"\x20\xac"},
    ),
    "an expiry that no year of the format has": (
        {},
        {"expires_us": 5_000_000_000_000_000},
        {"validity_period": b""},
    ),
    "service type, protocol and priority": (
        {"service_type": "CMT", "protocol_id": 64, "priority": 1},
        {},
        {"service_type": b"CMT", "protocol_id": 64, "priority_flag": 1},
    ),
    "the priority of a message": (
        {"priority": 1},
        {"priority": 3},
        {"priority_flag": 3},
    ),
    "the priority of a message where the carrier wants none": (
        {"message_priority": False},
        {"priority": 3},
        {"priority_flag": 0},
    ),
    "flash in Latin-1": (
        {},
        {"data_coding": 3, "to_display": True},
        {"data_coding": 3, "tlvs": ((0x0005, b"\x01"),)},
    ),
    "flash in Latin-1 beside a TLV": (
        {"tlvs": [{"tag": 0x1401, "field": "sender"}]},
        {"data_coding": 3, "to_display": True},
        {"data_coding": 3, "tlvs": ((0x0005, b"\x01"), (0x1401, b"ACME\0"))},
    ),
    "flash in Latin-1 where the carrier has a subunit of its own": (
        {"tlvs": [{"tag": 0x0005, "value": "2", "form": "number", "length": 1}]},
        {"data_coding": 3, "to_display": True},
        {"data_coding": 3, "tlvs": ((0x0005, b"\x02"),)},
    ),
    "TLVs of what the customer registered": (
        {
            "tlvs": [
                {"tag": 0x1400, "field": "entityid"},
                {"tag": 0x1401, "field": "tempid", "form": "number", "length": 8},
            ]
        },
        {"extras": Extras("1101", "1107")},
        {"tlvs": ((0x1400, b"1101\0"), (0x1401, bytes(6) + b"\x04\x53"))},
    ),
    "TLVs of what the customer did not register": (
        {
            "tlvs": [
                {"tag": 0x1400, "field": "entityid"},
                {"tag": 0x1401, "field": "tempid"},
                {"tag": 0x1402, "value": "x"},
            ]
        },
        {"extras": Extras(tempid="1107")},
        {"tlvs": ((0x1401, b"1107\0"), (0x1402, b"x\0"))},
    ),
    "fixed and mapped TLVs": (
        {
            "tlvs": [
                {"tag": 0x1400, "value": "1101234"},
                {"tag": 0x1401, "field": "sender"},
                {"tag": 0x1402, "value": "0aff", "form": "octets"},
                {"tag": 0x1403, "field": "message_id", "form": "number", "length": 4},
            ]
        },
        {},
        {
            "tlvs": (
                (0x1400, b"1101234\0"),
                (0x1401, b"ACME\0"),
                (0x1402, b"\x0a\xff"),
                (0x1403, b"\0\0\0\5"),
            )
        },
    ),
}


@pytest.mark.parametrize(("options", "outgoing", "changed"), ROWS.values(), ids=ROWS)
def test_submit_sm(
    options: dict[str, object], outgoing: dict[str, object], changed: dict[str, object]
) -> None:
    writer = SubmitWriter(read_profile({"host": "a", **options}))
    segment = Outgoing(**OUTGOING | outgoing)  # type: ignore[arg-type]
    fields = {name: getattr(USUAL, name) for name in SubmitSm.__struct_fields__}
    pdu = writer.submit_sm(segment, NOW_US)
    assert pdu == SubmitSm(**fields | changed)
    assert decode(encode(pdu, 1)).pdu == pdu  # type: ignore[union-attr]


def test_validity_is_worked_out_once_a_second_and_right_for_each() -> None:
    writer = SubmitWriter(read_profile({"host": "a"}))
    seen = [
        writer.submit_sm(Outgoing(**OUTGOING, expires_us=NOW_US + at), NOW_US).validity_period  # type: ignore[arg-type]
        for at in (0, 999_999, 1_000_000, 0)
    ]
    assert seen == [
        b"231114221320000+",
        b"231114221320000+",
        b"231114221321000+",
        b"231114221320000+",
    ]


def test_a_character_that_the_carrier_lacks_is_refused_and_not_replaced() -> None:
    writer = SubmitWriter(read_profile({"host": "a", "gsm7": "latin1"}))
    euro = Outgoing(**OUTGOING | {"octets": b"5 \x1be"})  # type: ignore[arg-type]
    with pytest.raises(Unsendable, match="'€'"):
        writer.submit_sm(euro, NOW_US)


UNSENDABLE = {
    "a name that is no Latin-1": ("ΔΕΗ", "ΔΕΗ"),
    "a name that is too long": ("A" * 21, "longer"),
    "a name that would end the field": ("A\0B", "ends an address"),
}


@pytest.mark.parametrize(("sender", "words"), UNSENDABLE.values(), ids=UNSENDABLE)
def test_what_cannot_be_written_is_refused_in_words(sender: str, words: str) -> None:
    writer = SubmitWriter(read_profile({"host": "a"}))
    with pytest.raises(Unsendable, match=words):
        writer.submit_sm(Outgoing(**OUTGOING | {"sender": sender}), NOW_US)  # type: ignore[arg-type]
