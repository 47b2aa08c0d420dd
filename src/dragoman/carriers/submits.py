"""A segment on its way out as the submit_sm that one carrier wants to see.

The profile decides addresses, octets and TLVs; what can be decided once for the carrier is.
Source: SMPP 3.4 section 4.4.1 (submit_sm), 5.2 (its fields).
"""

from collections.abc import Callable, Mapping

from dragoman.carriers.profile import SmppProfile, TlvRule
from dragoman.model.extras import FIELDS as EXTRA_FIELDS
from dragoman.model.messages import Outgoing
from dragoman.protocols.smpp.pdus import SubmitSm, Tlv
from dragoman.protocols.smpp.times import (
    LONGEST_RELATIVE_S,
    TimeError,
    encode_absolute,
    encode_relative,
)
from dragoman.protocols.smpp.tlvs import Tag
from dragoman.sms.addresses import UnfitSender, address_of, encode_sender
from dragoman.sms.alphabets import NotLatin1, decode_gsm7, encode_latin1, pack_septets

UDH_INDICATOR = 0x40  # esm_class, SMPP 3.4 section 5.2.12
SECOND_US = 1_000_000
# Octets of data_coding whose text is GSM 7-bit: SMPP's default, and the flash message's.
GSM7_CODINGS = frozenset({0x00, 0x10, 0xF0})
MOST_SENDERS = 10_000  # kept ready; customers have few, but anybody may send any

ON_DISPLAY: Tlv = (Tag.dest_addr_subunit, b"\x01")  # SMPP 3.4 section 5.3.2.1

WireAddress = tuple[int, int, bytes]


class Unsendable(ValueError):
    """A segment that cannot be written as this carrier's submit_sm, and why."""


class SubmitWriter:
    """Writes submit_sm for one carrier."""

    def __init__(self, profile: SmppProfile) -> None:
        self._forms = profile.forms()
        self._service_type = profile.service_type.encode()
        self._ton, self._npi = profile.recipient
        self._recipient = recipient_form(profile)
        self._registered = 0 if profile.receipts == "none" else profile.registered_delivery
        self._protocol_id = profile.protocol_id
        self._priority = profile.priority
        self._passes_priority = profile.message_priority
        self._codings = [profile.data_coding.get(str(octet), octet) for octet in range(256)]
        self._validity = {
            "absolute": _absolute,
            "relative": _relative,
            "none": _no_validity,
        }[profile.validity]
        self._tlvs = tuple(map(tlv_maker, profile.tlvs))
        self._rewrite = {"septets": None, "packed": _packed, "latin1": _latin1}[profile.gsm7]
        self._charset = profile.sender_charset
        self._senders: dict[str, WireAddress] = {"": (0, 0, b"")}
        self._expiry: tuple[int, bytes] = (0, b"")

    def submit_sm(self, outgoing: Outgoing, now_us: int) -> SubmitSm:
        """Give the PDU of a segment; raise Unsendable."""
        sender = self._senders.get(outgoing.sender)
        if sender is None:
            sender = self._add_sender(outgoing.sender)
        validity = b""
        if outgoing.expires_us:
            # Messages that are accepted together expire in the same second.
            second = outgoing.expires_us // SECOND_US
            if self._expiry[0] == second:
                validity = self._expiry[1]
            else:
                validity = self._validity(second * SECOND_US, now_us)
                self._expiry = second, validity
        priority = self._priority
        if outgoing.priority and self._passes_priority:
            priority = outgoing.priority
        udh, octets = outgoing.udh, outgoing.octets
        if self._rewrite is not None and outgoing.data_coding in GSM7_CODINGS:
            octets = self._rewrite(udh, octets)
        return SubmitSm(
            self._service_type,
            sender[0],
            sender[1],
            sender[2],
            self._ton,
            self._npi,
            self._recipient(outgoing.recipient).encode(),
            UDH_INDICATOR if udh else 0,
            self._protocol_id,
            priority,
            b"",
            validity,
            self._registered if outgoing.wants_receipt else 0,
            0,
            self._codings[outgoing.data_coding],
            0,
            udh + octets if udh else octets,
            self._optional(outgoing) if self._tlvs or outgoing.to_display else (),
        )

    def _optional(self, outgoing: Outgoing) -> tuple[Tlv, ...]:
        """Give the profile's parameters, after the one that says flash where no coding does."""
        ruled = [tlv for make in self._tlvs if (tlv := make(outgoing)) is not None]
        if outgoing.to_display and all(tag != Tag.dest_addr_subunit for tag, _ in ruled):
            ruled.insert(0, ON_DISPLAY)
        return tuple(ruled)

    def _add_sender(self, sender: str) -> WireAddress:
        address = address_of(sender, self._forms)
        try:
            octets = encode_sender(address.digits, self._charset)
        except UnfitSender as error:
            raise Unsendable(str(error)) from error
        if len(self._senders) >= MOST_SENDERS:
            self._senders.clear()
        wire = (address.ton, address.npi, octets)
        self._senders[sender] = wire
        return wire


def recipient_form(profile: SmppProfile) -> Callable[[str], str]:
    """Give the function that writes international digits as the carrier wants them."""
    code, trunk = profile.country_code, profile.national_prefix

    def national(digits: str) -> str:
        return trunk + digits[len(code) :] if digits.startswith(code) else digits

    forms: Mapping[str, Callable[[str], str]] = {
        "international": str,
        "plus": "+{}".format,
        "zeros": "00{}".format,
        "national": national,
    }
    return forms[profile.address_form]


def tlv_maker(rule: TlvRule) -> Callable[[Outgoing], Tlv | None]:
    """Give the function that makes one optional parameter of a segment.

    None of a field that few messages have, and this one has not.
    """
    name, tag = rule.field, rule.tag
    if not name:
        fixed = tag, tlv_octets(rule, rule.value)
        return lambda _: fixed
    if name in EXTRA_FIELDS:
        return lambda outgoing: (
            (tag, tlv_octets(rule, value)) if (value := getattr(outgoing.extras, name)) else None
        )
    return lambda outgoing: (tag, tlv_octets(rule, getattr(outgoing, name)))


def tlv_octets(rule: TlvRule, value: object) -> bytes:
    """Give a value as the octets of its rule's form; raise Unsendable where it has none."""
    try:
        match rule.form, value:
            case "text", _:
                return str(value).encode() + b"\0"
            case "octets", bytes():
                return value
            case "octets", _:
                return bytes.fromhex(str(value))
            case _:
                return int(str(value)).to_bytes(rule.length, "big")
    except (ValueError, OverflowError) as error:
        raise Unsendable(f"TLV 0x{rule.tag:04X}: {value!r} is not {rule.form}: {error}") from error


def _packed(udh: bytes, septets: bytes) -> bytes:
    """Pack septets, starting on a septet boundary behind the header (TS 23.040 9.2.3.24)."""
    return pack_septets(septets, -8 * len(udh) % 7)


def _latin1(udh: bytes, septets: bytes) -> bytes:
    try:
        return encode_latin1(decode_gsm7(septets))
    except NotLatin1 as error:
        raise Unsendable(f"{error}, which is this carrier's alphabet") from error


def _absolute(expires_us: int, now_us: int) -> bytes:
    try:
        return encode_absolute(expires_us)
    except TimeError:
        return b""  # a year that the format cannot write is as good as no limit


def _relative(expires_us: int, now_us: int) -> bytes:
    return encode_relative(min(max(0, expires_us - now_us) // SECOND_US, LONGEST_RELATIVE_S))


def _no_validity(expires_us: int, now_us: int) -> bytes:
    return b""
