"""Receipts that a test writes itself, for submit_sm that the SMSC has taken."""

from dragoman.carriers.simulator.reports import Parcel
from dragoman.carriers.simulator.smsc import Received, Smsc
from dragoman.protocols.smpp.pdus import DeliverSm
from dragoman.sms.receipts import ReceiptState, encode_receipt

RECEIPT = 0x04  # esm_class, SMPP 3.4 section 5.2.12


def receipt(
    received: Received, state: ReceiptState = ReceiptState.DELIVERED, ref: str | None = None
) -> DeliverSm:
    """Give the receipt of a submit_sm; `ref` is the id in it, if not the one of the answer."""
    text = encode_receipt(
        received.message_id if ref is None else ref,
        state,
        submitted_us=received.at_us,
        done_us=received.at_us,
    )
    return DeliverSm(
        source_addr=received.pdu.destination_addr,
        destination_addr=received.pdu.source_addr,
        esm_class=RECEIPT,
        short_message=text,
    )


def report(smsc: Smsc, *pdus: DeliverSm) -> None:
    """Send receipts to the gateway, or have them wait until it is bound."""
    smsc.post_later("dragoman", [Parcel(pdu) for pdu in pdus], 0.0)
