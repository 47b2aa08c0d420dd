"""What somebody types into a handset, as the deliver_sm (or data_sm) that it becomes.

Every alphabet, and every way in which carriers deliver what is too long for one short message.
Source: SMPP 3.4 sections 4.6 (deliver_sm), 4.7 (data_sm), 5.3.2.22 to 24 (SAR), 5.3.2.32.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dragoman.model.submissions import Alphabet
from dragoman.protocols.smpp.pdus import DataSm, DeliverSm, Tlv
from dragoman.protocols.smpp.tlvs import Tag, number
from dragoman.sms import national
from dragoman.sms.addresses import Npi, Ton, address_of
from dragoman.sms.alphabets import encode
from dragoman.sms.coding import encode_data_coding
from dragoman.sms.national import Shifts
from dragoman.sms.national_tables import LOCKING, Language
from dragoman.sms.segments import Segments, cut, segment, segment_raw

UDH_INDICATOR = 0x40
ALPHABETS = {"gsm7": Alphabet.GSM7, "ucs2": Alphabet.UCS2, "latin1": Alphabet.LATIN1}
LANGUAGES = {language.name.lower(): language for language in Language}


class Unspeakable(ValueError):
    """Words that cannot be written as they are wished."""


class Utterance(
    msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}, forbid_unknown_fields=True
):
    """What is typed, and how it travels.

    `long` says how a long text does: numbered in the header with a reference of 8 bits or of 16
    (`wide`), numbered beside it (`sar`), or whole in one PDU (`payload`).  `order` are the numbers
    of the segments in the order in which they arrive, repeats included; empty: all, in order.
    """

    sender: str
    to: str
    text: str = ""
    alphabet: Literal["auto", "gsm7", "ucs2", "latin1", "binary"] = "auto"
    language: str = ""  # of the national tables
    octets: str = ""  # of binary, hexadecimal
    udh: str = ""  # of binary, hexadecimal, with its length octet
    long: Literal["udh", "wide", "sar", "payload"] = "udh"
    order: tuple[Annotated[int, Meta(ge=1, le=255)], ...] = ()
    by: Literal["deliver_sm", "data_sm"] = "deliver_sm"


def typed(utterance: Utterance, reference: int = 0) -> list[DeliverSm | DataSm]:
    """Give the PDUs of what somebody typed; raises Unspeakable."""
    try:
        pieces = _pieces(utterance, reference)
    except ValueError as error:
        raise Unspeakable(str(error)) from error
    wrong = [n for n in utterance.order if n > len(pieces)]
    if wrong:
        raise Unspeakable(f"there is no segment {wrong[0]}; there are {len(pieces)}")
    order = utterance.order or range(1, len(pieces) + 1)
    return [pieces[n - 1] for n in order]


def _pieces(utterance: Utterance, reference: int) -> list[DeliverSm | DataSm]:
    if utterance.long in {"udh", "wide"} or utterance.alphabet == "binary":
        segments = _segments(utterance, reference)
        return [
            _pdu(utterance, segments.alphabet, octets, has_header=bool(segments.udh_octets))
            for octets in segments.user_data
        ]
    alphabet = ALPHABETS.get(utterance.alphabet)
    if utterance.long == "payload":
        whole = segment(utterance.text, alphabet, one=len(utterance.text) * 2 + 1)
        payload = (Tag.message_payload, whole.user_data[0])
        return [_pdu(utterance, whole.alphabet, b"", (payload,))]
    texts = cut(utterance.text, alphabet)
    alphabet = segment(utterance.text, alphabet).alphabet
    return [
        _pdu(
            utterance,
            alphabet,
            encode(text, alphabet),
            (
                number(Tag.sar_msg_ref_num, reference & 0xFFFF),
                number(Tag.sar_total_segments, len(texts)),
                number(Tag.sar_segment_seqnum, n),
            ),
        )
        for n, text in enumerate(texts, 1)
    ]


def _segments(utterance: Utterance, reference: int) -> Segments:
    is_wide = utterance.long == "wide"
    if utterance.alphabet == "binary":
        udh, octets = bytes.fromhex(utterance.udh), bytes.fromhex(utterance.octets)
        return segment_raw(udh, octets, reference)
    if utterance.language:
        language = LANGUAGES.get(utterance.language.lower())
        if language is None:
            raise Unspeakable(f"language is one of {', '.join(LANGUAGES)}")
        shifts = Shifts(language if language in LOCKING else None, language)
        return national.segment(utterance.text, shifts, reference, wide=is_wide)
    alphabet = ALPHABETS.get(utterance.alphabet)
    return segment(utterance.text, alphabet, reference, wide=is_wide)


def _pdu(
    utterance: Utterance,
    alphabet: Alphabet,
    octets: bytes,
    tlvs: Sequence[Tlv] = (),
    *,
    has_header: bool = False,
) -> DeliverSm | DataSm:
    to = address_of(utterance.to)
    pdu = DeliverSm(
        source_addr_ton=Ton.INTERNATIONAL,
        source_addr_npi=Npi.ISDN,
        source_addr=utterance.sender.removeprefix("+").encode(),
        dest_addr_ton=to.ton,
        dest_addr_npi=to.npi,
        destination_addr=to.digits.encode("latin-1"),
        esm_class=UDH_INDICATOR if has_header else 0,
        data_coding=encode_data_coding(alphabet),
        short_message=octets,
        tlvs=tuple(tlvs),
    )
    if utterance.by == "deliver_sm":
        return pdu
    shared = {
        name: getattr(pdu, name)
        for name in DataSm.__struct_fields__
        if name in DeliverSm.__struct_fields__
    }
    payload = () if not octets else ((int(Tag.message_payload), octets),)
    return DataSm(**{**shared, "tlvs": (*payload, *tlvs)})
