"""What an operator may say about one SMPP carrier, and how it is read from the world file.

One field is one option key; a key that is not here is an error that names it.  Knows no
connection; what the options do is in `submits`, `deliveries`, `bind` and `smpp`.
"""

import ssl
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dragoman.model.extras import FIELDS as EXTRA_FIELDS
from dragoman.model.messages import Outgoing
from dragoman.net.tls import client_context
from dragoman.protocols.smpp.statuses import CommandStatus
from dragoman.sms.addresses import AddressForms, Npi, Ton
from dragoman.sms.national_tables import languages_called
from dragoman.sms.refs import IdForm

Octet = Annotated[int, Meta(ge=0, le=255)]
Natural = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[float, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]
Kind = tuple[Ton, Npi]

BIND_KINDS = {
    "transceiver": ("transceiver",),
    "transmitter": ("transmitter",),
    "receiver": ("receiver",),
    "transmitter+receiver": ("transmitter", "receiver"),
}


class OptionError(ValueError):
    """An option of a carrier is not known, or its value cannot be; the message names it."""


class TlvRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An optional parameter put on every submit_sm: a fixed value, or a field of the segment.

    `form` is how the value travels: `text` with a NUL, `octets` as they are (a fixed value is
    hexadecimal), `number` big-endian in `length` octets.
    """

    tag: Annotated[int, Meta(ge=0, le=0xFFFF)]
    value: str = ""
    field: str = ""
    form: Literal["text", "octets", "number"] = "text"
    length: Annotated[int, Meta(ge=1, le=8)] = 1


class SmppProfile(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The options of a carrier of kind `smpp`."""

    # Where, and as whom
    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 2775
    system_id: str = ""
    system_type: str = ""
    interface_version: Octet = 0x34
    address_range: str = ""
    bind: Literal["transceiver", "transmitter", "receiver", "transmitter+receiver"] = "transceiver"
    binds: Annotated[int, Meta(ge=1, le=100)] = 1

    # TLS
    tls: bool = False
    tls_verify: bool = True
    tls_ca: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    tls_name: str = ""

    # How much, how fast, how patient
    window: Annotated[int, Meta(ge=1, le=10_000)] = 100  # per bind
    rate: NotNegative = 0.0  # submit_sm a second over all binds; 0: no limit
    enquire_link_s: Positive = 30.0  # silence after which we ask whether the peer is there
    response_timeout_s: Positive = 60.0
    connect_timeout_s: Positive = 10.0
    bind_timeout_s: Positive = 30.0
    retry_most_s: Positive = 60.0  # longest wait between two tries that may succeed
    throttle_statuses: tuple[int, ...] = ()  # beside ESME_RTHROTTLED and ESME_RMSGQFUL
    final_statuses: tuple[int, ...] = ()  # no other carrier would take the message either
    elsewhere_statuses: tuple[int, ...] = ()  # another carrier might

    # How a message looks
    service_type: str = ""
    alphanumeric: Kind = (Ton.ALPHANUMERIC, Npi.UNKNOWN)
    international: Kind = (Ton.INTERNATIONAL, Npi.ISDN)
    shortcode: Kind = (Ton.NETWORK_SPECIFIC, Npi.UNKNOWN)
    local: Kind = (Ton.UNKNOWN, Npi.ISDN)
    shortcode_digits: Annotated[int, Meta(ge=0, le=15)] = 6
    recipient: Kind = (Ton.INTERNATIONAL, Npi.ISDN)
    address_form: Literal["international", "plus", "zeros", "national"] = "international"
    country_code: str = ""  # cut off for `national`, and put before national numbers that come
    national_prefix: str = "0"  # what stands in its place
    registered_delivery: Octet = 1  # for messages that want a receipt
    validity: Literal["absolute", "relative", "none"] = "absolute"
    # How GSM 7-bit travels: a septet an octet, packed, or as Latin-1 where the carrier's default
    # alphabet is that; characters that Latin-1 lacks are then refused, never replaced.
    gsm7: Literal["septets", "packed", "latin1"] = "septets"
    sender_charset: Literal["latin1", "gsm7", "utf8"] = "latin1"  # of senders that are names
    languages: tuple[str, ...] = ()  # national tables that the carrier lets through
    data_coding: dict[str, Octet] = {}  # the carrier's octet in place of the standard's
    protocol_id: Octet = 0
    priority: Octet = 0
    message_priority: bool = True  # a message's own, if it has one, in place of that
    tlvs: tuple[TlvRule, ...] = ()

    # How what comes back is read
    id_form: IdForm = IdForm.AUTO
    receipts: Literal["all", "first", "last", "none"] = "all"  # which segments are reported
    unmarked_receipts: bool = False  # receipts may come without their bit in esm_class

    # What to do when it is not known whether the carrier took a message
    on_uncertain: Literal["wait", "resend", "fail"] = "wait"
    on_cut: Literal["resend", "wait", "fail"] = "resend"
    in_order: bool = False  # one segment per recipient on the wire, so that none overtakes

    def forms(self) -> AddressForms:
        """Give how each kind of sender is marked."""
        return AddressForms(
            self.alphanumeric,
            self.international,
            self.shortcode,
            self.local,
            self.shortcode_digits,
        )

    def context(self) -> ssl.SSLContext | None:
        """Give the TLS context, None where the link is plain; raise OptionError."""
        if not self.tls:
            return None
        try:
            return client_context(
                verify=self.tls_verify,
                ca=self.tls_ca,
                certificate=self.tls_certificate,
                key=self.tls_key,
            )
        except OSError as error:
            files = ", ".join(filter(None, (self.tls_ca, self.tls_certificate, self.tls_key)))
            raise OptionError(f"TLS files {files} cannot be used: {error}") from error


def read_profile(options: Mapping[str, object]) -> SmppProfile:
    """Give the profile of a carrier's options; raise OptionError naming what is wrong."""
    unknown = [key for key in options if key not in SmppProfile.__struct_fields__]
    if unknown:
        raise OptionError(f"a carrier of kind smpp has no option {unknown[0]!r}")
    try:
        profile = msgspec.convert(dict(options), SmppProfile)
    except msgspec.ValidationError as error:
        raise OptionError(f"carrier option: {_named(str(error))}") from error
    _check(profile)
    return profile


def _named(words: str) -> str:
    """Put msgspec's words in the operator's: `$.window` is the option `window`."""
    return words.replace("`$.", "`").replace("`$`", "the carrier's options")


def _check(profile: SmppProfile) -> None:
    """Refuse what no single field's type can tell."""
    limits = {"system_id": 64, "system_type": 12, "address_range": 40, "service_type": 5}
    for name, most in limits.items():
        value = getattr(profile, name)
        if not value.isascii() or "\0" in value or len(value) > most:
            raise OptionError(f"{name} must be at most {most} ASCII characters, not {value!r}")
    if profile.address_form == "national" and not profile.country_code.isdecimal():
        raise OptionError('address_form = "national" needs country_code, for instance "44"')
    for name in ("country_code", "national_prefix"):
        if (value := getattr(profile, name)) and not (value.isascii() and value.isdecimal()):
            raise OptionError(f"{name} must be digits, not {value!r}")
    for key in profile.data_coding:
        if not (key.isdecimal() and int(key) <= 255):
            raise OptionError(f"data_coding has keys from 0 to 255, not {key!r}")
    for rule in profile.tlvs:
        _check_tlv(rule)
    _check_languages(profile)


def _check_languages(profile: SmppProfile) -> None:
    try:
        languages = languages_called(profile.languages)
    except ValueError as error:
        raise OptionError(f"languages: {error}") from error
    if languages and profile.gsm7 == "latin1":
        raise OptionError('languages are tables of septets, and gsm7 = "latin1" sends none')


def _check_tlv(rule: TlvRule) -> None:
    where = f"tlvs: tag 0x{rule.tag:04X}"
    if bool(rule.value) == bool(rule.field):
        raise OptionError(f"{where} needs either a value or a field")
    known = [*(name for name in Outgoing.__struct_fields__ if name != "extras"), *EXTRA_FIELDS]
    if rule.field and rule.field not in known:
        fields = ", ".join(known)
        raise OptionError(f"{where}: a segment has no field {rule.field!r}; it has {fields}")
    if rule.field:
        return
    try:
        if rule.form == "octets":
            bytes.fromhex(rule.value)
        elif rule.form == "number":
            int(rule.value).to_bytes(rule.length, "big")
    except (ValueError, OverflowError) as error:
        raise OptionError(f"{where}: {rule.value!r} is not {rule.form}: {error}") from error


def statuses(extra: tuple[int, ...], standard: frozenset[CommandStatus]) -> frozenset[int]:
    """Give the standard's command_status values of a kind with the carrier's own."""
    return frozenset(map(int, standard)) | frozenset(extra)
