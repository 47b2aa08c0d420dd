"""Repeats are told apart and long messages gathered, whatever the order."""

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.inbound import Arrival, arrive, fingerprint, gather, held, inbound_of
from dragoman.core.ports import Delivery
from dragoman.protocols.smpp.tlvs import Tag
from dragoman.sms.inbound import GAP
from dragoman.sms.segments import segment
from dragoman.store.inbound import HeldSegment

TEXT = "".join(f"{n:04} little words that are counted, " for n in range(20))
FIVE = segment(TEXT, None, 77).user_data


def nothing(_: bool) -> None:
    """Acknowledge nothing."""


def delivery(
    octets: bytes,
    *,
    sender: str = "447700900009",
    at_us: int = 1_000,
    tlvs: dict[int, bytes] | None = None,
    esm_class: int = 0x40,
) -> Delivery:
    return Delivery(
        1,
        is_receipt=False,
        acknowledge=nothing,
        at_us=at_us,
        sender=sender,
        recipient="60300",
        esm_class=esm_class,
        octets=octets,
        tlvs=tlvs or {},
    )


def rows(octets: list[bytes]) -> list[HeldSegment]:
    return [held(arrive(delivery(piece, at_us=n))) for n, piece in enumerate(octets)]


def together(batches: list[list[HeldSegment]]) -> list[str]:
    """Give the texts that came of segments in groups; the store is a dict."""
    table: dict[tuple[str, int], HeldSegment] = {}
    texts: list[str] = []
    for batch in batches:
        known = [row for row in table.values() if row.gathering in {r.gathering for r in batch}]
        gathered = gather(known, batch)
        table = {key: row for key, row in table.items() if key[0] not in gathered.gone}
        table |= {(row.gathering, row.number): row for row in gathered.held}
        texts += [inbound_of(1, whole).text for whole in gathered.wholes]
    assert not table
    return texts


def test_there_are_five() -> None:
    assert len(FIVE) == 5


def test_pain_32_five_segments_become_one_message_in_every_order() -> None:
    """All 120 orders, one segment a group, and all of them in one."""
    for order in permutations(FIVE):
        assert together([[row] for row in rows(list(order))]) == [TEXT]
        assert together([rows(list(order))]) == [TEXT]


@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 3), max_size=8))
def test_pain_32_repeats_before_the_last_change_nothing(random: Random, again: list[int]) -> None:
    """A repeat after the last is told by its fingerprint, which the store remembers."""
    order = list(FIVE)
    random.shuffle(order)
    early = order[:4]
    several = early + [early[n] for n in again]
    random.shuffle(several)
    arrived = rows([*several, order[4]])
    batches = []
    while arrived:
        size = random.randint(1, len(arrived))
        batches.append(arrived[:size])
        arrived = arrived[size:]
    assert together(batches) == [TEXT]


def test_two_senders_with_one_reference_do_not_mix() -> None:
    other = segment(TEXT.upper(), None, 77).user_data
    arrived = [
        row
        for one, two in zip(FIVE, other, strict=True)
        for row in (
            held(arrive(delivery(one))),
            held(arrive(delivery(two, sender="447700900008"))),
        )
    ]
    assert sorted(together([[row] for row in arrived])) == sorted([TEXT, TEXT.upper()])


def test_a_reference_that_is_used_again_closes_what_is_held_of_the_old_message() -> None:
    other = segment(TEXT.upper(), None, 77).user_data
    texts = together([rows([FIVE[0], FIVE[3]]), rows(list(other))])
    assert len(texts) == 2
    assert texts[0].startswith(TEXT[:100])
    assert texts[0].count(GAP) == 2
    assert texts[1] == TEXT.upper()


def test_what_came_is_counted() -> None:
    message = inbound_of(9, rows([FIVE[2], FIVE[0]]))
    assert (message.segments, message.total, message.is_whole) == (2, 5, False)
    assert (message.id, message.sender, message.recipient) == (9, "447700900009", "60300")
    assert message.received_us == 0


def sar(reference: int, total: int, number: int) -> dict[int, bytes]:
    return {
        int(Tag.sar_msg_ref_num): reference.to_bytes(2, "big"),
        int(Tag.sar_total_segments): bytes((total,)),
        int(Tag.sar_segment_seqnum): bytes((number,)),
    }


def test_segments_that_are_numbered_beside_the_text() -> None:
    pieces = [
        held(arrive(delivery(words, tlvs=sar(300, 3, n), esm_class=0)))
        for n, words in ((3, b"three"), (1, b"one "), (2, b"two "))
    ]
    assert together([[row] for row in pieces]) == ["one two three"]


NO_PLACES = {
    "no total": sar(1, 0, 1),
    "beyond the total": sar(1, 2, 3),
    "number nought": sar(1, 2, 0),
    "one of one": sar(1, 1, 1),
    "only a reference": {int(Tag.sar_msg_ref_num): b"\0\1"},
}


@pytest.mark.parametrize("tlvs", NO_PLACES.values(), ids=NO_PLACES)
def test_a_place_that_cannot_be_is_none(tlvs: dict[int, bytes]) -> None:
    assert arrive(delivery(b"Hi", tlvs=tlvs, esm_class=0)).gathering == ""


REFERENCE = int(Tag.user_message_reference)
# Two deliveries and whether the second is a repeat of the first.
PAIRS = {
    "the same": (delivery(b"Yes"), delivery(b"Yes", at_us=9), True),
    "another sender": (delivery(b"Yes"), delivery(b"Yes", sender="447700900008"), False),
    "other words": (delivery(b"Yes"), delivery(b"yes"), False),
    "another segment": (delivery(FIVE[0]), delivery(FIVE[1]), False),
    "another reference": (
        delivery(b"Yes", tlvs={REFERENCE: b"\0\1"}),
        delivery(b"Yes", tlvs={REFERENCE: b"\0\2"}),
        False,
    ),
    "other TLVs that tell nothing": (
        delivery(b"Yes", tlvs={0x1400: b"a"}),
        delivery(b"Yes", tlvs={0x1400: b"b"}),
        True,
    ),
}


@pytest.mark.parametrize(("one", "two", "is_repeat"), PAIRS.values(), ids=PAIRS)
def test_repeats_have_one_fingerprint(one: Delivery, two: Delivery, is_repeat: bool) -> None:
    assert (fingerprint(one) == fingerprint(two)) is is_repeat


@given(st.binary(max_size=140), st.integers(0, 255))
def test_anything_arrives(octets: bytes, coding: int) -> None:
    one = delivery(octets)
    one.data_coding = coding
    arrival = arrive(one)
    assert isinstance(arrival, Arrival)
    inbound_of(1, [held(arrival)]).text.encode()
