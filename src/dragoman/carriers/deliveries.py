"""What a carrier sends us as deliver_sm or data_sm: receipts and messages from handsets.

Reads tolerantly: a receipt is known by its bit, by its TLV or, where the profile says so, by its
text.  Refuses to know who waits for it.
Source: SMPP 3.4 sections 4.6.1 (deliver_sm), 4.7.1 (data_sm), 5.2.12 (esm_class).
"""

from collections.abc import Callable

import msgspec

from dragoman.core.ports import Delivery
from dragoman.model.inbound import ASIDE
from dragoman.model.states import State
from dragoman.protocols.smpp.pdus import DataSm, DeliverSm
from dragoman.protocols.smpp.tlvs import Tag, find, find_number, find_text
from dragoman.sms.addresses import Ton
from dragoman.sms.receipts import NotAReceipt, Receipt, ReceiptState, decode_receipt

MESSAGE_TYPE = 0x3C  # the bits of esm_class that say what kind of message it is
# Delivery receipt, delivery acknowledgement, user acknowledgement, intermediate notification.
RECEIPT_TYPES = frozenset({0x04, 0x08, 0x10, 0x20})
UDH_INDICATOR = 0x40

# A carrier that has taken a message and one that tries to deliver it tell nothing new.
STATES = {
    ReceiptState.ENROUTE: State.SENT,
    ReceiptState.ACCEPTED: State.SENT,
    ReceiptState.DELIVERED: State.DELIVERED,
    ReceiptState.EXPIRED: State.EXPIRED,
    ReceiptState.DELETED: State.UNDELIVERABLE,
    ReceiptState.UNDELIVERABLE: State.UNDELIVERABLE,
    ReceiptState.UNKNOWN: State.UNKNOWN,
    ReceiptState.REJECTED: State.REJECTED,
}


class DeliveryReader:
    """Reads what one carrier delivers."""

    def __init__(
        self, carrier_id: int, *, unmarked_receipts: bool, plan: "Plan | None" = None
    ) -> None:
        self._carrier_id = carrier_id
        self._address = (plan or Plan()).read
        self._unmarked_receipts = unmarked_receipts

    def read(
        self, pdu: DeliverSm | DataSm, acknowledge: Callable[[bool], None], at_us: int
    ) -> Delivery:
        """Give what a PDU delivers."""
        octets = pdu.short_message if isinstance(pdu, DeliverSm) else b""
        if pdu.tlvs and not octets:
            octets = find(pdu.tlvs, Tag.message_payload) or b""
        receipt = self._receipt(pdu, octets)
        delivery = Delivery(
            self._carrier_id,
            receipt is not None,
            acknowledge,
            at_us,
            "",
            0,
            "",
            self._address(pdu.source_addr_ton, pdu.source_addr),
            self._address(pdu.dest_addr_ton, pdu.destination_addr),
            pdu.data_coding,
            pdu.esm_class,
            octets,
            dict(pdu.tlvs) if pdu.tlvs else {},
        )
        if receipt is not None:
            delivery.ref = receipt.id
            delivery.state = STATES[receipt.state]
            delivery.error = receipt.error
        return delivery

    def unread(
        self, pdu: DeliverSm | DataSm, acknowledge: Callable[[bool], None], at_us: int
    ) -> Delivery:
        """Give a PDU just as it came, to be kept and looked at by people."""
        tlvs = dict(pdu.tlvs) if pdu.tlvs else {}
        octets = pdu.short_message if isinstance(pdu, DeliverSm) else b""
        return Delivery(
            self._carrier_id,
            False,
            acknowledge,
            at_us,
            sender=pdu.source_addr.decode("latin-1"),
            recipient=pdu.destination_addr.decode("latin-1"),
            data_coding=pdu.data_coding,
            esm_class=pdu.esm_class,
            octets=octets or tlvs.get(Tag.message_payload, b""),
            tlvs=tlvs,
            fault=ASIDE,
        )

    def _receipt(self, pdu: DeliverSm | DataSm, octets: bytes) -> Receipt | None:
        tlvs = pdu.tlvs
        marked = pdu.esm_class & MESSAGE_TYPE in RECEIPT_TYPES
        receipted = find_text(tlvs, Tag.receipted_message_id) if tlvs else None
        if not (marked or receipted or self._unmarked_receipts):
            return None
        if pdu.esm_class & UDH_INDICATOR and octets:
            octets = octets[1 + octets[0] :]
        try:
            receipt = decode_receipt(
                octets,
                receipted_message_id=receipted,
                message_state=find_number(tlvs, Tag.message_state) if tlvs else None,
                network_error_code=find(tlvs, Tag.network_error_code) if tlvs else None,
            )
        except NotAReceipt:
            # Marked as a receipt and yet without a word of one: it says nothing about anything.
            return Receipt("", ReceiptState.UNKNOWN) if marked else None
        if not (marked or receipted or (receipt.id and receipt.word)):
            return None  # a person may well write "id:" to us
        return receipt


class Plan(msgspec.Struct, frozen=True):
    """How a carrier writes numbers: its country, and what stands for that in national ones.

    Without a country code national numbers stay as they are: nobody knows whose they are.
    """

    country_code: str = ""
    national_prefix: str = "0"
    shortcode_digits: int = 6

    def read(self, ton: int, octets: bytes) -> str:
        """Give an address as our rooms write it: international digits, a short code, or a name."""
        text = octets.decode("latin-1")
        if ton == Ton.ALPHANUMERIC or (text[:1] not in {"0", "+"} and ton != Ton.NATIONAL):
            return text
        if text[:1] == "+":
            return text[1:]
        if len(text) <= self.shortcode_digits or not text.isdecimal():
            return text
        if text.startswith("00"):
            return text[2:]
        code, prefix = self.country_code, self.national_prefix
        if code and prefix and text.startswith(prefix):
            return code + text[len(prefix) :]
        # Some mark numbers as national that are not.
        return code + text if ton == Ton.NATIONAL and not text.startswith(code) else text
