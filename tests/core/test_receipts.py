"""Receipts find their segments, or are refused; never somebody else's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.ports import Delivery
from dragoman.core.receipts import Habits, Matching, match
from dragoman.model.states import FINAL, State, climb
from dragoman.sms.refs import candidates, key_of
from dragoman.store.hot import FoundSegment

ANN, BEN = "447700900111", "447700900222"


def a_receipt(ref: str, state: State = State.DELIVERED, **fields: object) -> Delivery:
    delivery = Delivery(1, True, lambda _: None, 9_000, ref=ref, state=state)
    for name, value in fields.items():
        setattr(delivery, name, value)
    return delivery


def a_hit(message_id: int, ref: str, recipient: str = ANN, **fields: int) -> FoundSegment:
    row = {"state": State.SENT, "segments": 1, "message_state": State.SENT, "number": 1, **fields}
    return FoundSegment(
        key_of(ref),
        message_id << 8 | row["number"],
        ref,
        row["state"],
        message_id,
        row["segments"],
        row["message_state"],
        7,
        1_000,
        recipient,
    )


def matched(
    receipts: list[Delivery], hits: list[FoundSegment], habits: Habits | None = None
) -> Matching:
    the_habits = habits or Habits()
    found: dict[str, list[FoundSegment]] = {}
    for hit in hits:
        found.setdefault(hit.key, []).append(hit)
    keys = [candidates(receipt.ref, the_habits.id_form) for receipt in receipts]
    return match(receipts, keys, found, the_habits)


# The id in the answer, the id in the receipt, whether they are one.
SPELLINGS = {
    "the same": ("4711", "4711", True),
    "padded": ("4711", "0000004711", True),
    "padding lost": ("0000004711", "4711", True),
    "hexadecimal, then decimal": ("1267", "4711", True),
    "decimal, then hexadecimal": ("4711", "1267", True),
    "in another case": ("00AB12", "ab12", True),
    "a UUID in another case": (
        "0E992AF0-6B1C-4B0D-B4E0-8A5A4F0E3B11",
        "0e992af0-6b1c-4b0d-b4e0-8a5a4f0e3b11",
        True,
    ),
    "a name is taken to the letter": ("SMSC-4711", "smsc-4711", False),
    "a name with zeros": ("x0001", "x1", False),
    "another number": ("4711", "4712", False),
    "nothing": ("4711", "", False),
}


@pytest.mark.parametrize(("answered", "reported", "one"), SPELLINGS.values(), ids=SPELLINGS)
def test_pain_1_to_3_spellings_of_an_id(answered: str, reported: str, one: bool) -> None:
    receipt = a_receipt(reported)
    matching = matched([receipt], [a_hit(5, answered)])
    assert matching.states == ({5: (State.DELIVERED, 9_000)} if one else {})
    assert matching.unmatched == ([] if one else [receipt])
    assert matching.ambiguous == []


# "16" is decimal 16 and hexadecimal 22: the hits, what the receipt names, and whose it is.
AMBIGUITIES: dict[str, tuple[list[FoundSegment], dict[str, Any], int | str]] = {
    "spelled exactly": ([a_hit(1, "16"), a_hit(2, "22")], {}, 1),
    "spelled like neither": ([a_hit(1, "016"), a_hit(2, "22")], {}, "ambiguous"),
    "the recipient decides": ([a_hit(1, "016", BEN), a_hit(2, "22", ANN)], {"sender": ANN}, 2),
    "in the other address": ([a_hit(1, "016", BEN), a_hit(2, "22", ANN)], {"recipient": BEN}, 1),
    "by its last digits": ([a_hit(1, "016", BEN), a_hit(2, "22")], {"sender": "07700900111"}, 2),
    "one recipient, two messages": (
        [a_hit(1, "016"), a_hit(2, "22")],
        {"sender": ANN},
        "ambiguous",
    ),
    "the one that still waits": (
        [a_hit(1, "16", state=State.DELIVERED), a_hit(2, "16", state=State.SENT)],
        {},
        2,
    ),
    "nobody waits any more: the later": (
        [a_hit(1, "16", state=State.DELIVERED), a_hit(2, "16", state=State.EXPIRED)],
        {},
        "nothing",
    ),
    "ids begin anew, and an older receipt was lost": (
        [a_hit(1, "16"), a_hit(2, "16")],
        {"sender": ANN},
        2,
    ),
}


@pytest.mark.parametrize(("hits", "names", "whose"), AMBIGUITIES.values(), ids=AMBIGUITIES)
def test_pain_3_an_ambiguity_is_resolved_or_refused(
    hits: list[FoundSegment], names: dict[str, Any], whose: int | str
) -> None:
    receipt = a_receipt("16", **names)
    matching = matched([receipt], hits)
    assert list(matching.states) == ([whose] if isinstance(whose, int) else [])
    assert matching.ambiguous == ([receipt] if whose == "ambiguous" else [])
    assert matching.unmatched == []


def test_pain_3_a_pinned_form_is_the_only_one() -> None:
    hits = [a_hit(2, "22")]
    assert matched([a_receipt("16")], hits).states != {}
    assert matched([a_receipt("16")], hits, Habits(id_form="text")).states == {}


def test_once_recipients_are_named_others_are_no_match() -> None:
    """A carrier whose receipts name the recipient does not forget to."""
    habits = Habits()
    hits = [a_hit(1, "100", ANN), a_hit(2, "200", BEN)]
    assert matched([a_receipt("100", sender=ANN)], hits, habits).states.keys() == {1}
    assert habits.names_recipient
    stray = a_receipt("200", sender="33612345678")
    assert matched([stray], hits, habits).unmatched == [stray]


def test_an_id_is_read_in_another_radix_only_for_a_receipt_that_names_nobody_else() -> None:
    """While nothing is known of a carrier: 16 is its own id, and not the 10 of Ann's message."""
    hits = [a_hit(1, "10", ANN)]
    theirs = matched([a_receipt("16", sender=BEN, recipient="Dragoman")], hits)
    assert (theirs.segments, len(theirs.unmatched)) == ([], 1)
    nobodys = matched([a_receipt("16", sender="", recipient="Dragoman")], hits)
    assert [segment[0] >> 8 for segment in nobodys.segments] == [1]


def test_a_batch_counts_in_its_order() -> None:
    """Accepted, delivered, and expired afterwards: the first final word stays."""
    receipts = [
        a_receipt("1", State.SENT),
        a_receipt("1", State.DELIVERED, error="000"),
        a_receipt("1", State.EXPIRED),
        a_receipt("1", State.DELIVERED),
    ]
    matching = matched(receipts, [a_hit(5, "1")])
    assert matching.segments == [(5 << 8 | 1, State.DELIVERED, 9_000, "000")]
    assert matching.states == {5: (State.DELIVERED, 9_000)}


def test_pain_7_a_long_message_is_reckoned_from_its_segments() -> None:
    matching = matched([a_receipt("1")], [a_hit(5, "1", segments=3, number=2)])
    assert matching.segments == [(5 << 8 | 2, State.DELIVERED, 9_000, "")]
    assert matching.recompute == {5}
    assert matching.states == {}


def test_a_message_that_ended_otherwise_stays_ended() -> None:
    """A late receipt is kept with its segment; what the customer was told stays."""
    hit = a_hit(5, "1", message_state=State.EXPIRED)
    matching = matched([a_receipt("1")], [hit])
    assert matching.segments != []
    assert matching.states == {}


@given(st.lists(st.sampled_from([State.SENT, State.UNKNOWN, *sorted(FINAL)]), max_size=6))
def test_receipts_only_climb(states: list[State]) -> None:
    expected = State.SENT
    for state in states:
        expected = climb(expected, state)
    matching = matched([a_receipt("1", state) for state in states], [a_hit(5, "1")])
    told = matching.states.get(5, (State.SENT, 0))[0]
    assert told == expected


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=30, unique=True),
    st.sampled_from(["{:d}", "{:x}", "{:08X}", "{:06d}"]),
    st.sampled_from(["{:d}", "{:x}", "{:08X}", "{:06d}"]),
)
def test_pain_3_nobody_gets_another_ones_receipt(
    numbers: list[int], answered: str, reported: str
) -> None:
    """Whatever the two forms are: with recipients named each receipt finds its own message."""
    recipient = "4477009{:05d}".format
    hits = [a_hit(n, answered.format(n), recipient(n)) for n in numbers]
    for number in numbers:
        receipt = a_receipt(reported.format(number), sender=recipient(number))
        assert list(matched([receipt], hits).states) == [number]
        nameless = matched([a_receipt(reported.format(number))], hits)
        assert set(nameless.states) <= {number} or answered != reported
