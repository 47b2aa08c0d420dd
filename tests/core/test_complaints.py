"""What a carrier does badly is one line, whatever it was and however often."""

from collections import Counter

import pytest

from dragoman.core.complaints import (
    KINDS_MOST,
    OTHERS,
    complaint,
    count_complaints,
    render_complaints,
)
from dragoman.core.ports import Answer, Verdict
from tests.core.lanes import a_lane, a_segment, an_answer

SENT, REJECTED, BUSY, UNCERTAIN = Verdict

WORDS: dict[str, tuple[Answer, str]] = {
    "taken": (an_answer(a_segment()), ""),
    "no answer": (an_answer(a_segment(), UNCERTAIN), "not answered"),
    "link lost": (an_answer(a_segment(), UNCERTAIN, cut=True), "cut off"),
    "throttled": (an_answer(a_segment(), BUSY, status=0x58), "ESME_RTHROTTLED"),
    "did not leave": (an_answer(a_segment(), BUSY), ""),
    "system error": (an_answer(a_segment(), REJECTED, status=8), "ESME_RSYSERR"),
    "its own trouble": (
        an_answer(a_segment(), REJECTED, status=0x400, elsewhere=True),
        "0x00000400",
    ),
    "a wrong number": (an_answer(a_segment(), REJECTED, status=0x0B), ""),
    "nothing that it saw": (an_answer(a_segment(), REJECTED, elsewhere=True), ""),
}


@pytest.mark.parametrize(("answer", "words"), WORDS.values(), ids=WORDS)
def test_what_is_to_complain_of(answer: Answer, words: str) -> None:
    assert complaint(answer) == words


def test_a_lane_counts_what_its_carrier_does() -> None:
    lane, _, _ = a_lane()
    lane.answered([answer for answer, _ in WORDS.values()])
    lane.answered([an_answer(a_segment(), UNCERTAIN)])
    assert render_complaints(lane.complaints) == (
        "2 not answered, 1 cut off, 1 ESME_RTHROTTLED, 1 ESME_RSYSERR, 1 0x00000400"
    )


def test_a_carrier_that_makes_statuses_up_fills_nothing() -> None:
    counts: Counter[str] = Counter()
    answers = [an_answer(a_segment(), BUSY, status=1024 + n) for n in range(1000)]
    count_complaints(counts, answers)
    assert len(counts) == KINDS_MOST + 1
    assert counts[OTHERS] == 1000 - KINDS_MOST
    assert render_complaints(counts) == (
        "1 0x00000400, 1 0x00000401, 1 0x00000402, 1 0x00000403, 1 0x00000404,"
        " 1 0x00000405, 1 0x00000406, 1 0x00000407, 992 others"
    )
