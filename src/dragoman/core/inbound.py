"""From what a carrier delivers to messages that somebody wrote: the pure decisions.

Tells repeats by their content, gathers segments in any order, and closes a gathering that another
message has taken the reference of.  Knows no store.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from dragoman.core.ports import Delivery
from dragoman.model.inbound import Inbound
from dragoman.protocols.smpp.tlvs import Tag
from dragoman.sms.inbound import Segment, Septets, put_together, take_apart
from dragoman.sms.udh import Concatenation
from dragoman.store.inbound import HeldSegment

UDH_INDICATOR = 0x40
FINGERPRINT_OCTETS = 16
MOST_SEGMENTS, MOST_REFERENCE = 0xFF, 0xFFFF  # SMPP 3.4 sections 5.3.2.22 to 5.3.2.24
SAR = (Tag.sar_msg_ref_num, Tag.sar_total_segments, Tag.sar_segment_seqnum)


class Arrival(msgspec.Struct):
    """One deliver_sm from a handset, taken apart."""

    delivery: Delivery
    segment: Segment
    fingerprint: str
    gathering: str  # which long message it belongs to; empty: it is a whole one


class Gathered(msgspec.Struct):
    """What arrivals make of the segments that are held."""

    wholes: list[list[HeldSegment]] = []  # as much as came of each
    gone: list[str] = []  # gatherings whose held segments are needed no more
    held: list[HeldSegment] = []  # new ones that go on waiting


def arrive(delivery: Delivery) -> Arrival:
    """Take a delivery apart."""
    segment = take_apart(
        delivery.octets,
        delivery.data_coding,
        has_header=bool(delivery.esm_class & UDH_INDICATOR),
        place=_told_beside(delivery.tlvs) if delivery.tlvs else None,
    )
    return Arrival(delivery, segment, fingerprint(delivery), _gathering(delivery, segment))


def fingerprint(delivery: Delivery) -> str:
    """Give what is the same for a delivery and its repeat, and for hardly anything else."""
    told = delivery.tlvs
    parts = (
        delivery.carrier_id,
        delivery.sender,
        delivery.recipient,
        delivery.data_coding,
        delivery.octets,
        [told.get(tag) for tag in (*SAR, Tag.user_message_reference)] if told else None,
    )
    return hashlib.blake2b(repr(parts).encode(), digest_size=FINGERPRINT_OCTETS).hexdigest()


def _told_beside(tlvs: Mapping[int, bytes]) -> Concatenation | None:
    """Give the place that the TLVs tell; a place that cannot be is none.

    However many octets the peer took for it: more than their types hold is no number of them.
    """
    values = [int.from_bytes(tlvs.get(tag, b""), "big") for tag in SAR]
    reference, total, number = values
    if not 0 < number <= total <= MOST_SEGMENTS or reference > MOST_REFERENCE:
        return None
    return Concatenation(reference, total, number, wide=True)


def _gathering(delivery: Delivery, segment: Segment) -> str:
    place = segment.place
    if place is None:
        return ""
    return "\t".join(
        (
            f"{delivery.carrier_id} {place.reference} {place.total}",
            delivery.sender,
            delivery.recipient,
        )
    )


def held(arrival: Arrival) -> HeldSegment:
    """Give the row of a segment that waits for the others, or that is all there is."""
    delivery, segment = arrival.delivery, arrival.segment
    place = segment.place
    return HeldSegment(
        arrival.gathering,
        place.number if place else 1,
        delivery.carrier_id,
        delivery.sender,
        delivery.recipient,
        place.total if place else 1,
        segment.octets,
        segment.udh,
        segment.header_octets,
        segment.data_coding,
        delivery.esm_class,
        delivery.at_us,
    )


def gather(known: Iterable[HeldSegment], arrived: Sequence[HeldSegment]) -> Gathered:
    """Put segments that arrived to those that are held, in any order.

    A segment that is there already is a repeat; with other octets it belongs to a new message
    under an old reference, and what is held of the old one will not become more.
    """
    books: dict[str, dict[int, HeldSegment]] = {}
    stored: set[str] = set()
    for row in known:
        books.setdefault(row.gathering, {})[row.number] = row
        stored.add(row.gathering)
    result = Gathered()
    for row in arrived:
        book = books.setdefault(row.gathering, {})
        there = book.get(row.number)
        if there is not None and there.octets == row.octets:
            continue
        if there is not None:
            result.wholes.append(list(book.values()))
            result.gone.append(row.gathering)
            book.clear()
        book[row.number] = row
        if len(book) == row.total:
            result.wholes.append(list(book.values()))
            result.gone.append(row.gathering)
            book.clear()
    gone = set(result.gone)
    result.gone = sorted(gone & stored)
    before = {(row.gathering, row.number) for row in known if row.gathering not in gone}
    result.held = [
        row
        for book in books.values()
        for row in book.values()
        if (row.gathering, row.number) not in before
    ]
    return result


def inbound_of(inbound_id: int, rows: Sequence[HeldSegment], gsm7: Septets = "septets") -> Inbound:
    """Give the message that segments are, with gaps marked where some are missing."""
    first = min(rows, key=lambda row: row.number)
    segments = {
        row.number: Segment(None, row.udh, row.octets, row.data_coding, row.header_octets)
        for row in rows
    }
    whole = put_together(segments, first.total, gsm7)
    return Inbound(
        inbound_id,
        first.carrier_id,
        first.sender,
        first.recipient,
        whole.octets or b"".join(segments[number].octets for number in sorted(segments)),
        first.data_coding,
        first.esm_class,
        min(row.received_us for row in rows),
        text=whole.text,
        udh=whole.udh,
        segments=len(rows),
        total=first.total,
    )
