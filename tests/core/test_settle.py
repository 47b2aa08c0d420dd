"""What a carrier's answers mean for messages."""

from itertools import permutations

import pytest

from dragoman.core.dispatch import Lane
from dragoman.core.ports import Answer, Verdict
from dragoman.core.settle import Ruling, rule, unsent
from dragoman.model.messages import SegmentRow, segment_id
from dragoman.model.states import State
from tests.core.lanes import a_lane, a_segment, an_answer, segments

SENT, REJECTED, UNCERTAIN = Verdict.SENT, Verdict.REJECTED, Verdict.UNCERTAIN


def ruled(*answers: Answer, **options: object) -> Ruling:
    return rule(a_lane(**options)[0], answers)  # type: ignore[arg-type]


def test_a_segment_row() -> None:
    outgoing = a_segment(300)
    outgoing.submitted_us = 8_000
    ruling = ruled(an_answer(outgoing, ref="00AB"))
    assert ruling.segments == [
        SegmentRow(segment_id(300, 1), 1, "00AB", "ab", State.SENT, 0, 8_000, 9_000)
    ]
    assert ruling.verdicts == [(300, State.SENT, 9_000, "")]
    assert ruling.answers == 1


# One segment: answer, options of the carrier -> state of the segment, and what is decided.
LONE: dict[str, tuple[Answer, dict[str, object], int | None, dict[str, object]]] = {
    "taken": (an_answer(a_segment()), {}, State.SENT, {"verdicts": [State.SENT]}),
    "refused for good": (
        an_answer(a_segment(), REJECTED, status=11, detail="no"),
        {},
        State.REJECTED,
        {"verdicts": [State.REJECTED]},
    ),
    "refused here": (
        an_answer(a_segment(), REJECTED, elsewhere=True, detail="no"),
        {},
        State.REJECTED,
        {"elsewhere": [(1, 9_000, "no")]},
    ),
    "no answer: wait": (
        an_answer(a_segment(), UNCERTAIN),
        {},
        State.UNKNOWN,
        {"verdicts": [State.UNKNOWN], "notes": 1},
    ),
    "no answer: resend": (
        an_answer(a_segment(), UNCERTAIN),
        {"on_uncertain": "resend"},
        None,
        {"again": [1], "notes": 1},
    ),
    "no answer: fail": (
        an_answer(a_segment(), UNCERTAIN),
        {"on_uncertain": "fail"},
        State.UNKNOWN,
        {"verdicts": [State.FAILED], "notes": 1},
    ),
    "link cut: resend": (
        an_answer(a_segment(), UNCERTAIN, cut=True),
        {},
        None,
        {"again": [1], "notes": 1},
    ),
    "link cut: wait": (
        an_answer(a_segment(), UNCERTAIN, cut=True),
        {"on_cut": "wait"},
        State.UNKNOWN,
        {"verdicts": [State.UNKNOWN], "notes": 1},
    ),
    "a late answer": (
        an_answer(a_segment(), late=True),
        {},
        State.SENT,
        {"verdicts": [State.SENT], "late": [(9_000, 1)]},
    ),
    "a late refusal": (
        an_answer(a_segment(), REJECTED, late=True),
        {},
        State.REJECTED,
        {"verdicts": [State.REJECTED]},
    ),
}


@pytest.mark.parametrize(("answer", "options", "state", "decided"), LONE.values(), ids=LONE)
def test_a_lone_segment(
    answer: Answer, options: dict[str, object], state: int | None, decided: dict[str, object]
) -> None:
    ruling = ruled(answer, **options)
    assert [row.state for row in ruling.segments] == ([] if state is None else [state])
    seen = {
        "verdicts": [verdict[1] for verdict in ruling.verdicts],
        "elsewhere": ruling.elsewhere,
        "again": ruling.again,
        "late": ruling.late,
        "notes": len(ruling.notes),
        "recompute": ruling.recompute,
    }
    assert {name: value for name, value in seen.items() if value} == decided


def flying(message_id: int, total: int, **options: object) -> Lane:
    lane, _, _ = a_lane(**options)  # type: ignore[arg-type]
    lane.send(segments(message_id, total), 0)
    return lane


# Three segments: the verdicts of their answers -> the message's state, or what else is decided.
LONG: dict[str, tuple[tuple[Verdict, ...], dict[str, object], State | str]] = {
    "all taken": ((SENT, SENT, SENT), {}, State.SENT),
    "one refused": ((SENT, REJECTED, SENT), {}, State.REJECTED),
    "one in doubt: wait": ((SENT, UNCERTAIN, SENT), {}, State.UNKNOWN),
    "one in doubt: fail": ((SENT, UNCERTAIN, SENT), {"on_uncertain": "fail"}, State.FAILED),
    "one in doubt: resend": ((SENT, UNCERTAIN, SENT), {"on_uncertain": "resend"}, "again"),
    "refused and in doubt": ((REJECTED, UNCERTAIN, SENT), {}, State.REJECTED),
}


@pytest.mark.parametrize(("verdicts", "options", "decided"), LONG.values(), ids=LONG)
def test_a_long_message_in_any_order(
    verdicts: tuple[Verdict, ...], options: dict[str, object], decided: State | str
) -> None:
    """Nothing is decided before the last answer, and the order of the answers does not matter."""
    for order in permutations(range(3)):
        lane = flying(1, 3, **options)
        batch = segments(1, 3)
        for step, index in enumerate(order):
            ruling = rule(lane, [an_answer(batch[index], verdicts[index])])
            if step < 2:
                assert (ruling.verdicts, ruling.again) == ([], [])
        if decided == "again":
            assert ruling.again == [1]
        else:
            assert [verdict[1] for verdict in ruling.verdicts] == [decided]
        assert not lane.flights


def test_a_long_message_is_never_tried_elsewhere() -> None:
    """Some of it may be on the air already."""
    lane = flying(1, 2)
    answers = [an_answer(o, REJECTED, elsewhere=True) for o in segments(1, 2)]
    ruling = rule(lane, answers)
    assert ruling.elsewhere == []
    assert [verdict[1] for verdict in ruling.verdicts] == [State.REJECTED]


def test_a_late_answer_of_a_long_message_is_reckoned_anew() -> None:
    ruling = ruled(an_answer(segments(1, 3)[1], late=True))
    assert ruling.recompute == [1]
    assert [row.id & 0xFF for row in ruling.segments] == [2]
    assert ruling.verdicts == []


def a_row(number: int, state: State) -> SegmentRow:
    return SegmentRow(segment_id(9, number), 1, "", "", state, 0, 0, 0)


UNSENT = {
    "nothing taken": ([], [1, 2, 3]),
    "one taken": ([a_row(2, State.SENT)], [1, 3]),
    "one delivered": ([a_row(1, State.DELIVERED)], [2, 3]),
    "refused ones again": ([a_row(1, State.SENT), a_row(2, State.REJECTED)], [2, 3]),
    "uncertain ones again": ([a_row(1, State.UNKNOWN)], [1, 2, 3]),
    "all taken": ([a_row(n, State.SENT) for n in (1, 2, 3)], []),
}


@pytest.mark.parametrize(("rows", "numbers"), UNSENT.values(), ids=UNSENT)
def test_unsent(rows: list[SegmentRow], numbers: list[int]) -> None:
    assert unsent(9, 3, rows) == numbers
