"""What the answers of a carrier mean for messages: pure decisions about one batch.

Knows no SQL; `core.writer` makes the outcome durable.
"""

from collections.abc import Sequence

import msgspec

from dragoman.core.dispatch import FAIL, RESEND, Lane
from dragoman.core.ports import Answer, Verdict
from dragoman.model.messages import SegmentRow, segment_id
from dragoman.model.states import State
from dragoman.sms.refs import key_of


class Note(msgspec.Struct, frozen=True):
    """A line of a message's timeline that its rows do not tell."""

    message_id: int
    at_us: int
    kind: str
    text: str


class Ruling(msgspec.Struct):
    """What is to be written for one batch of answers of one carrier."""

    answers: int = 0  # how many they were
    segments: list[SegmentRow] = []
    verdicts: list[tuple[int, int, int, str]] = []  # message id, state, changed_us, detail
    again: list[int] = []  # back into the same carrier's queue
    elsewhere: list[tuple[int, int, str]] = []  # message id, at_us, why: try the next carrier
    late: list[tuple[int, int]] = []  # at_us, message id: an answer came after its time
    recompute: list[int] = []  # the message's state follows from all its segments
    notes: list[Note] = []
    statuses: dict[int, int] = {}  # command_status, by message id, of those that were rejected
    told: frozenset[int] = frozenset()  # messages whose customers wait for this
    concluded: list[tuple[int, int, int, str]] = []  # the verdicts that the books wrote
    wanting: set[int] = set()  # message ids whose customers are told


# Plain numbers: Python's sqlite3 looks for an adapter of everything else, at three times the cost.
_SENT = int(State.SENT)
_STATES = {
    Verdict.SENT: _SENT,
    Verdict.REJECTED: int(State.REJECTED),
    Verdict.UNCERTAIN: int(State.UNKNOWN),
}


def rule(lane: Lane, answers: Sequence[Answer]) -> Ruling:
    """Decide what a batch of answers changes; flights of long messages are counted down."""
    ruling = Ruling(len(answers))
    segments, verdicts = ruling.segments, ruling.verdicts
    for answer in answers:
        outgoing = answer.outgoing
        verdict = answer.verdict
        if outgoing.wants_report:
            ruling.wanting.add(outgoing.message_id)
        if verdict == Verdict.SENT or not _again(lane, answer):
            segments.append(
                SegmentRow(
                    outgoing.message_id << 8 | outgoing.number,
                    outgoing.carrier_id,
                    answer.ref,
                    key_of(answer.ref) if answer.ref else "",
                    _STATES[Verdict(verdict)] if verdict else _SENT,
                    answer.status,
                    outgoing.submitted_us,
                    answer.at_us,
                )
            )
        if verdict == Verdict.SENT and outgoing.total == 1:
            verdicts.append((outgoing.message_id, _SENT, answer.at_us, ""))
            if answer.late:
                ruling.late.append((answer.at_us, outgoing.message_id))
        elif outgoing.total == 1:
            _conclude(lane, ruling, answer)
        else:
            _count_down(lane, ruling, answer)
    return ruling


def _again(lane: Lane, answer: Answer) -> bool:
    """Tell whether an uncertain segment is sent again, at the price of a possible double."""
    if answer.verdict != Verdict.UNCERTAIN or answer.once:
        return False
    return (lane.on_cut if answer.cut else lane.on_uncertain) == RESEND


def _conclude(lane: Lane, ruling: Ruling, answer: Answer) -> None:
    """Decide about a message from the answer that says most about it."""
    message_id, at_us = answer.outgoing.message_id, answer.at_us
    if answer.verdict == Verdict.REJECTED:
        ruling.statuses[message_id] = answer.status
        if answer.elsewhere:
            ruling.elsewhere.append((message_id, at_us, answer.detail))
        else:
            ruling.verdicts.append((message_id, State.REJECTED, at_us, answer.detail))
    elif _again(lane, answer):
        ruling.again.append(message_id)
        ruling.notes.append(Note(message_id, at_us, "uncertain", f"{answer.detail}; sent again"))
    else:
        failed = (lane.on_cut if answer.cut else lane.on_uncertain) == FAIL
        state = State.FAILED if failed else State.UNKNOWN
        ruling.verdicts.append((message_id, state, at_us, answer.detail))
        ruling.notes.append(Note(message_id, at_us, "uncertain", answer.detail))


def _count_down(lane: Lane, ruling: Ruling, answer: Answer) -> None:
    """Count a segment of a long message; with the last one the message's fate is decided."""
    message_id = answer.outgoing.message_id
    flight = lane.flights.get(message_id)
    if flight is None:  # the answer came after its time
        ruling.recompute.append(message_id)
        return
    flight.left -= 1
    if answer.verdict == Verdict.REJECTED:
        flight.rejected = answer
    elif answer.verdict == Verdict.UNCERTAIN:
        flight.uncertain = answer
        flight.again = flight.again or _again(lane, answer)
    if flight.left:
        return
    del lane.flights[message_id]
    if flight.rejected is not None:
        # Other segments may be on the air already: the whole is not tried elsewhere.
        rejected = flight.rejected
        ruling.statuses[message_id] = rejected.status
        ruling.verdicts.append((message_id, State.REJECTED, rejected.at_us, rejected.detail))
    elif flight.again and not flight.is_doubted_once():
        ruling.again.append(message_id)
        ruling.notes.append(
            Note(message_id, answer.at_us, "uncertain", "unanswered segments are sent again")
        )
    elif flight.uncertain is not None:
        _conclude(lane, ruling, flight.uncertain)
    else:
        ruling.verdicts.append((message_id, State.SENT, answer.at_us, ""))
        if answer.late:
            ruling.late.append((answer.at_us, message_id))


def messages_of(ruling: Ruling) -> list[int]:
    """Give the messages that a ruling is about."""
    about = [
        *(row.id >> 8 for row in ruling.segments),
        *(verdict[0] for verdict in ruling.verdicts),
        *ruling.again,
        *(moved[0] for moved in ruling.elsewhere),
        *(message_id for _, message_id in ruling.late),
        *ruling.recompute,
        *(note.message_id for note in ruling.notes),
    ]
    return list(dict.fromkeys(about))


def halved(ruling: Ruling) -> list[Ruling]:
    """Give two rulings that together are this one; nothing where it is about one message."""
    about = messages_of(ruling)
    middle = len(about) // 2
    if not middle:
        return []
    first, second = _part(ruling, set(about[:middle])), _part(ruling, set(about[middle:]))
    first.answers = ruling.answers // 2
    second.answers = ruling.answers - first.answers
    return [first, second]


def _part(ruling: Ruling, ids: set[int]) -> Ruling:
    return Ruling(
        segments=[row for row in ruling.segments if row.id >> 8 in ids],
        verdicts=[verdict for verdict in ruling.verdicts if verdict[0] in ids],
        again=[message_id for message_id in ruling.again if message_id in ids],
        elsewhere=[moved for moved in ruling.elsewhere if moved[0] in ids],
        late=[late for late in ruling.late if late[1] in ids],
        recompute=[message_id for message_id in ruling.recompute if message_id in ids],
        notes=[note for note in ruling.notes if note.message_id in ids],
        statuses={i: status for i, status in ruling.statuses.items() if i in ids},
        told=ruling.told & ids,
        wanting=ruling.wanting & ids,
    )


def unsent(message_id: int, total: int, rows: Sequence[SegmentRow]) -> list[int]:
    """Give the numbers of the segments that no carrier took yet, in order."""
    taken = {row.id for row in rows if row.state not in (State.REJECTED, State.UNKNOWN)}
    return [n for n in range(1, total + 1) if segment_id(message_id, n) not in taken]
