"""What a lane lets out, what it holds, and what it gives back."""

import pytest

from dragoman.core.dispatch import segments_of
from dragoman.core.ports import Verdict
from dragoman.model.messages import FLASH, RAW, WANTS_RECEIPT, Message
from dragoman.model.submissions import Alphabet
from tests.core.lanes import a_lane, a_segment, an_answer, segments

HOLDS = {
    "room": ({}, True),
    "exactly the room": ({"segments": 10}, True),
    "no room": ({"segments": 11}, False),
    "messages wait on disk": ({"backlog": True}, False),
    "room was promised to others": ({"reserved": 10}, False),
    "answers are not stored yet": ({"unsettled": 10}, False),
    "stopping": ({"stopping": True}, False),
}


@pytest.mark.parametrize(("state", "promised"), HOLDS.values(), ids=HOLDS)
def test_reserve(state: dict[str, int], promised: bool) -> None:
    lane, _, _ = a_lane(room=10)
    wanted = state.pop("segments", 1) if "segments" in state else 1
    for name, value in state.items():
        setattr(lane, name, value)
    before = lane.reserved
    assert lane.reserve(wanted) == promised
    assert lane.reserved == before + (wanted if promised else 0)


def test_nobody_overtakes_what_waits_in_memory() -> None:
    lane, rail, _ = a_lane(room=1)
    lane.send(segments(1, 2), 0)
    rail.room = 5
    assert not lane.reserve(1)
    lane.room()
    assert [outgoing.number for outgoing in rail.sent] == [1, 2]
    assert lane.reserve(1)


def test_sending_keeps_within_the_room() -> None:
    lane, rail, _ = a_lane(room=2)
    lane.reserved = 3
    lane.send([a_segment(i) for i in (1, 2, 3)], 3)
    assert [outgoing.message_id for outgoing in rail.sent] == [1, 2]
    assert (lane.waiting_here(), lane.reserved) == (1, 0)


def test_answers_go_to_the_books_and_make_room() -> None:
    lane, rail, notebook = a_lane(room=0)
    lane.backlog = True
    rail.room = 1
    answer = an_answer(a_segment())
    lane.answered([answer])
    assert notebook.settled == [answer]
    assert lane.unsettled == 1
    assert notebook.claims == 1


def test_busy_ones_come_first_and_in_their_order() -> None:
    lane, rail, notebook = a_lane(room=3)
    batch = [a_segment(i) for i in (1, 2, 3, 4)]
    lane.send(batch, 0)
    lane.answered([an_answer(batch[1], Verdict.BUSY), an_answer(batch[2], Verdict.BUSY)])
    rail.room = 3
    lane.room()
    assert [outgoing.message_id for outgoing in rail.sent] == [1, 2, 3, 2, 3, 4]
    assert notebook.settled == []
    assert lane.unsettled == 0


def test_a_carrier_that_goes_down_holds_nothing() -> None:
    lane, rail, notebook = a_lane(room=1)
    lane.send([a_segment(i) for i in (1, 2, 3)], 0)
    rail.is_up = False
    rail.room = 0
    lane.changed()
    assert [outgoing.message_id for outgoing in notebook.requeued] == [2, 3]
    assert lane.waiting_here() == 0
    lane.answered([an_answer(rail.sent[0], Verdict.BUSY)])
    assert [outgoing.message_id for outgoing in notebook.requeued] == [2, 3, 1]
    assert lane.down_since_us == 5_000
    assert lane.backlog


def test_a_long_message_is_given_back_when_its_last_answer_is_in() -> None:
    """Of three segments one is on the wire and two are not: the queue gets it back, once."""
    lane, _, notebook = a_lane(room=1)
    batch = segments(1, 3)
    lane.send(batch, 0)
    lane.give_up()
    assert notebook.requeued == []
    assert lane.flights[1].left == 1
    assert lane.flights[1].again
    lane.answered([an_answer(batch[0], Verdict.BUSY)])
    assert [outgoing.message_id for outgoing in notebook.requeued] == [1]
    assert not lane.flights


def test_pain_25_one_segment_of_a_recipient_at_a_time() -> None:
    lane, rail, _ = a_lane(room=10, in_order=True)
    ours, theirs = segments(1, 2, "44770"), segments(2, 2, "33612")
    lane.send([*ours, *theirs, a_segment(3, recipient="44770")], 0)
    assert [(o.message_id, o.number) for o in rail.sent] == [(1, 1), (2, 1)]
    lane.answered([an_answer(ours[0], Verdict.BUSY)])
    assert [(o.message_id, o.number) for o in rail.sent[2:]] == [(1, 1)]
    lane.answered([an_answer(theirs[0])])
    assert [(o.message_id, o.number) for o in rail.sent[3:]] == [(2, 2)]
    lane.answered([an_answer(ours[0])])
    lane.answered([an_answer(ours[1])])
    assert [(o.message_id, o.number) for o in rail.sent[4:]] == [(1, 2), (3, 1)]


def test_a_share_of_what_is_claimed_goes_by_age() -> None:
    lane, _, _ = a_lane()
    assert [lane.aged_share(1) for _ in range(17)] == [*[0] * 7, 1, *[0] * 7, 1, 0]
    assert [lane.aged_share(100), lane.aged_share(3)] == [12, 1]


CLAIMABLE = {
    "all": ({}, 10),
    "less what is promised": ({"reserved": 4}, 6),
    "never below nothing": ({"reserved": 99}, 0),
    "nothing while stopping": ({"stopping": True}, 0),
}


@pytest.mark.parametrize(("state", "expected"), CLAIMABLE.values(), ids=CLAIMABLE)
def test_claimable(state: dict[str, int], expected: int) -> None:
    lane, _, _ = a_lane(room=10)
    for name, value in state.items():
        setattr(lane, name, value)
    assert lane.claimable() == expected


def a_message(text: str, alphabet: Alphabet, segments_: int = 1, flags: int = 0) -> Message:
    return Message(
        id=0x1234,
        submission_id=1,
        account_id=7,
        dialect="itec",
        state=2,
        sender="ACME",
        recipient="447700900123",
        text=text,
        alphabet=alphabet,
        flags=flags,
        segments=segments_,
        price_u=0,
        charge_u=0,
        carrier_id=1,
        accepted_us=1,
        changed_us=1,
        expires_us=77,
    )


CODINGS = {
    "GSM 7-bit": (Alphabet.GSM7, 0, 0x00, False),
    "UCS-2": (Alphabet.UCS2, 0, 0x08, False),
    "Latin-1": (Alphabet.LATIN1, 0, 0x03, False),
    "flash": (Alphabet.GSM7, FLASH, 0xF0, False),
    "flash in UCS-2": (Alphabet.UCS2, FLASH, 0x18, False),
    "flash in Latin-1, which no coding says": (Alphabet.LATIN1, FLASH, 0x03, True),
}


@pytest.mark.parametrize(
    ("alphabet", "flags", "data_coding", "to_display"), CODINGS.values(), ids=CODINGS
)
def test_data_coding(alphabet: Alphabet, flags: int, data_coding: int, to_display: bool) -> None:
    [outgoing] = segments_of(a_message("Hi", alphabet, flags=flags | WANTS_RECEIPT))
    assert (outgoing.data_coding, outgoing.to_display) == (data_coding, to_display)
    assert (outgoing.udh, outgoing.wants_receipt, outgoing.expires_us) == (b"", True, 77)


def test_a_segment_sent_again_is_the_same_segment() -> None:
    """The reference comes from the message's id, so a handset knows the segment again."""
    message = a_message("a" * 400, Alphabet.GSM7, 3)
    first, again = segments_of(message), segments_of(message)
    assert first == again
    assert [o.udh.hex() for o in first] == ["050003340301", "050003340302", "050003340303"]
    assert b"".join(o.octets for o in first) == b"a" * 400
    assert [(o.message_id, o.number, o.total) for o in first] == [
        (0x1234, 1, 3),
        (0x1234, 2, 3),
        (0x1234, 3, 3),
    ]


# Header, octets; the headers of the segments and their octets, after the message's id 0x1234.
RAWS = {
    "no header": (b"", b"\0\xff", [("", b"\0\xff")]),
    "the customer's own numbering": (
        bytes.fromhex("0B0504158200000003AB0201"),
        b"x",
        [("0b0504158200000003ab0201", b"x")],
    ),
    "cut beside its ports": (
        bytes.fromhex("0605040B8423F0"),
        bytes(134),
        [("0b05040b8423f00003340201", bytes(128)), ("0b05040b8423f00003340202", bytes(6))],
    ),
}


@pytest.mark.parametrize(("udh", "octets", "expected"), RAWS.values(), ids=RAWS)
def test_octets_travel_as_given(
    udh: bytes, octets: bytes, expected: list[tuple[str, bytes]]
) -> None:
    message = a_message("Look", Alphabet.BINARY, len(expected), RAW)
    message.udh, message.octets = udh, octets
    outgoings = segments_of(message)
    assert [(o.udh.hex(), o.octets) for o in outgoings] == expected
    assert {(o.data_coding, o.total) for o in outgoings} == {(0x04, len(expected))}
