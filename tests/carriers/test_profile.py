"""What an operator may write about an SMPP carrier, and what is said about mistakes."""

import pytest

from dragoman.carriers.profile import OptionError, SmppProfile, TlvRule, read_profile
from dragoman.sms.addresses import Npi, Ton
from dragoman.sms.refs import IdForm

GOOD = {
    "the least": ({"host": "a"}, SmppProfile(host="a")),
    "kinds of numbers": (
        {"host": "a", "alphanumeric": [5, 9], "recipient": [1, 1]},
        SmppProfile(
            host="a",
            alphanumeric=(Ton.ALPHANUMERIC, Npi.PRIVATE),
            recipient=(Ton.INTERNATIONAL, Npi.ISDN),
        ),
    ),
    "an id form": ({"host": "a", "id_form": "hex"}, SmppProfile(host="a", id_form=IdForm.HEX)),
    "a TLV": (
        {"host": "a", "tlvs": [{"tag": 0x1400, "value": "1101"}]},
        SmppProfile(host="a", tlvs=(TlvRule(tag=0x1400, value="1101"),)),
    ),
    "a TLV that few messages have": (
        {"host": "a", "tlvs": [{"tag": 0x1400, "field": "entityid"}]},
        SmppProfile(host="a", tlvs=(TlvRule(tag=0x1400, field="entityid"),)),
    ),
    "languages": (
        {"host": "a", "languages": ["tr", "Spanish"], "gsm7": "packed"},
        SmppProfile(host="a", languages=("tr", "Spanish"), gsm7="packed"),
    ),
}


@pytest.mark.parametrize(("options", "profile"), GOOD.values(), ids=GOOD)
def test_options_are_read(options: dict[str, object], profile: SmppProfile) -> None:
    assert read_profile(options) == profile


BAD: dict[str, tuple[dict[str, object], str]] = {
    "no host": ({}, "host"),
    "an unknown key": ({"host": "a", "widow": 10}, "'widow'"),
    "a number as text": ({"host": "a", "window": "ten"}, "window"),
    "a window of nothing": ({"host": "a", "window": 0}, "window"),
    "a port beyond the last": ({"host": "a", "port": 65536}, "port"),
    "a negative rate": ({"host": "a", "rate": -1}, "rate"),
    "an unknown kind of bind": ({"host": "a", "bind": "both"}, "bind"),
    "an unknown rule": ({"host": "a", "on_uncertain": "retry"}, "on_uncertain"),
    "an unknown form of ids": ({"host": "a", "id_form": "octal"}, "id_form"),
    "a TON that is none": ({"host": "a", "recipient": [9, 1]}, "recipient"),
    "a system_id that no bind can carry": ({"host": "a", "system_id": "x" * 65}, "system_id"),
    "a service_type that is too long": ({"host": "a", "service_type": "WAPPUSH"}, "service_type"),
    "national numbers of no country": ({"host": "a", "address_form": "national"}, "country_code"),
    "a data_coding that is no octet": ({"host": "a", "data_coding": {"300": 1}}, "'300'"),
    "a TLV with an unknown field": (
        {"host": "a", "tlvs": [{"tag": 0x1400, "field": "colour"}]},
        "'colour'",
    ),
    "a TLV of all that is rare": (
        {"host": "a", "tlvs": [{"tag": 0x1400, "field": "extras"}]},
        "'extras'",
    ),
    "a language without tables": ({"host": "a", "languages": ["de"]}, "'de'"),
    "tables where nothing is septets": (
        {"host": "a", "languages": ["tr"], "gsm7": "latin1"},
        "latin1",
    ),
    "a TLV without a value": ({"host": "a", "tlvs": [{"tag": 0x1400}]}, "0x1400"),
    "a TLV that is no hexadecimal": (
        {"host": "a", "tlvs": [{"tag": 0x1400, "value": "xyz", "form": "octets"}]},
        "'xyz'",
    ),
    "a TLV that does not fit": (
        {"host": "a", "tlvs": [{"tag": 0x1400, "value": "256", "form": "number"}]},
        "'256'",
    ),
    "a TLV with an unknown key": (
        {"host": "a", "tlvs": [{"tag": 1, "value": "1", "kind": "text"}]},
        "kind",
    ),
}


def test_a_file_that_cannot_be_read_is_named() -> None:
    profile = SmppProfile(host="a", tls=True, tls_ca="/nowhere/ca.pem")
    with pytest.raises(OptionError, match="/nowhere/ca"):
        profile.context()
    assert SmppProfile(host="a", tls_ca="/nowhere/ca.pem").context() is None


@pytest.mark.parametrize(("options", "words"), BAD.values(), ids=BAD)
def test_mistakes_are_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_profile(options)
    assert words in str(caught.value)
