"""The receipts that an SMSC simulator sends, in its form of ids.

Source: SMPP 3.4 sections 4.6 (deliver_sm), 5.2.12 (esm_class), Appendix B (receipt text).
"""

import msgspec

from dragoman.carriers.simulator.faults import Faults
from dragoman.carriers.simulator.handsets import Behaviour, piece_of
from dragoman.carriers.simulator.options import ID_FORMS, SmscOptions
from dragoman.protocols.smpp.pdus import DataSm, DeliverSm, SubmitSm, Tlv
from dragoman.protocols.smpp.tlvs import Tag, number, text
from dragoman.sms.receipts import ReceiptState, encode_receipt

RECEIPT = 0x04
WANTED = 0x03  # registered_delivery, SMPP 3.4 section 5.2.17
ON_FAILURE = 0x02
TEXT_OCTETS = 20


class Parcel(msgspec.Struct):
    """A PDU on its way to whoever is bound; it is offered again until it is taken."""

    pdu: DeliverSm | DataSm
    tries: int = 0


class Reporter:
    """Writes receipts for one simulator."""

    def __init__(self, options: SmscOptions) -> None:
        self.render_id = ID_FORMS[options.id_form].format
        self._render_receipt_id = ID_FORMS[options.receipt_id_form or options.id_form].format

    def wants(self, pdu: SubmitSm, behaviour: Behaviour, faults: Faults) -> bool:
        """Tell whether a receipt is asked for, and to be had."""
        wanted = pdu.registered_delivery & WANTED
        if not wanted or not behaviour.reports:
            return False
        if wanted == ON_FAILURE and behaviour.state is ReceiptState.DELIVERED:
            return False
        if faults.receipt_segments == "all":
            return True
        place = piece_of(pdu).concatenation
        if place is None:
            return True
        reported = 1 if faults.receipt_segments == "first" else place.total
        return place.number == reported

    def receipt(
        self, pdu: SubmitSm, number_: int, behaviour: Behaviour, faults: Faults, at_us: int
    ) -> DeliverSm:
        """Give the receipt of a message whose id is `number_`."""
        ref = self._render_receipt_id(number_)
        octets = b""
        if faults.receipt_text:
            octets = encode_receipt(
                ref,
                behaviour.state,
                submitted_us=at_us,
                done_us=at_us,
                error=behaviour.error,
                text=pdu.short_message[:TEXT_OCTETS] if not pdu.esm_class else b"",
            )
        tlvs: tuple[Tlv, ...] = ()
        if faults.receipt_tlvs:
            tlvs = (
                text(Tag.receipted_message_id, ref.encode()),
                number(Tag.message_state, behaviour.state),
            )
        return DeliverSm(
            b"",
            pdu.dest_addr_ton,
            pdu.dest_addr_npi,
            pdu.destination_addr,
            pdu.source_addr_ton,
            pdu.source_addr_npi,
            pdu.source_addr,
            0 if faults.receipt_unmarked else RECEIPT,
            0,
            0,
            b"",
            b"",
            0,
            0,
            faults.receipt_coding,
            0,
            octets,
            tlvs,
        )
