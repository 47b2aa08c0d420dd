"""Whatever is sent, lost, late or slow: every request ends once, and the window holds."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dragoman.protocols.smpp.events import LateResponse, Request, Response, TimedOut
from dragoman.protocols.smpp.pdus import SubmitSm, SubmitSmResp
from tests.protocols.smpp.wire import bound

WINDOW = 5
STEPS = st.lists(
    st.sampled_from(["send", "send", "answer first", "answer last", "forget", "wait 1", "wait 3"]),
    max_size=60,
)


@given(STEPS)
def test_every_request_is_told_exactly_once(steps: list[str]) -> None:
    """Pain 24: an answer, or a timeout and perhaps a late answer; never two, never none."""
    wire = bound(window=WINDOW)
    sent = 0
    owed: list[int] = []
    for step in steps:
        match step.split():
            case ["send"] if wire.esme.window_free:
                wire.esme.request(SubmitSm(), wire.now, sent)
                sent += 1
            case ["answer", which] if owed:
                wire.smsc.respond(owed.pop(0 if which == "first" else -1), SubmitSmResp(b"1"))
            case ["forget"] if owed:
                owed.pop()
            case ["wait", seconds]:
                wire.wait(float(seconds))
        owed += [event.sequence for event in wire.told_smsc() if isinstance(event, Request)]
        assert 0 <= len(wire.esme.outstanding()) <= WINDOW
    wire.wait(5)

    told = Counter(
        (event.context, isinstance(event, LateResponse))
        for event in wire.to_esme
        if isinstance(event, Response | LateResponse | TimedOut)
    )
    assert {context for context, is_late in told if not is_late} == set(range(sent))
    assert set(told.values()) <= {1}
    timed_out = {event.context for event in wire.to_esme if isinstance(event, TimedOut)}
    assert {context for context, is_late in told if is_late} <= timed_out
    assert wire.esme.outstanding() == []
