"""A message's life in lines, and why an unfinished one waits; pure, so every instant is ours."""

import pytest

from dragoman.cli.timeline import Line, Names, quoted, timeline
from dragoman.cli.waiting import Carriers, limit_pdus, why, why_not_ended
from dragoman.core.ports import CarrierStatus
from dragoman.core.watch import LaneStatus, NodeStatus
from dragoman.model.extras import MOST_SWAPS, Extras, render_extras
from dragoman.model.messages import FLASH, RAW, TABLES_BIT, WANTS_RECEIPT, Message, SegmentRow
from dragoman.model.states import State
from dragoman.model.world import CarrierRow
from dragoman.sms.national import Shifts
from dragoman.sms.national_tables import Language
from dragoman.store.ledger import Entry
from dragoman.store.queries import Event, Life

NAMES = Names({1: ("alice", "EUR")}, {5: "main", 6: "spare"})


def message(state: State, segments: int = 1, **fields: object) -> Message:
    values: dict[str, object] = {
        "id": 7,
        "submission_id": 3,
        "account_id": 1,
        "dialect": "intouch",
        "state": state,
        "sender": "ACME",
        "recipient": "447700900123",
        "text": "Hello",
        "alphabet": 0,
        "flags": WANTS_RECEIPT,
        "segments": segments,
        "price_u": 57_000,
        "charge_u": 57_000 * segments,
        "carrier_id": 5,
        "accepted_us": 100,
        "changed_us": 900,
        **fields,
    }
    return Message(**values)  # type: ignore[arg-type]


def segment(number: int, *, carrier: int = 5, status: int = 0, ref: str = "A1") -> SegmentRow:
    state = State.DELIVERED if ref else State.REJECTED
    receipt_us = 400 + number if ref else 0
    return SegmentRow(
        7 << 8 | number, carrier, ref, ref, state, status, 200 + number, 300 + number, receipt_us
    )


def test_a_delivered_message_tells_all_from_request_to_receipt() -> None:
    life = Life(message(State.DELIVERED, segments=2), [segment(1), segment(2, ref="A2")], [], [])
    assert timeline(life, NAMES) == [
        Line(100, "request", 'intouch, alice to +447700900123 from ACME: "Hello"'),
        Line(100, "text", "GSM 7-bit, 5 characters, 2 segments, receipt wanted"),
        Line(100, "price", "2 × 0.057 EUR = 0.114 EUR"),
        Line(100, "route", "main"),
        Line(201, "submit_sm", "segment 1/2 to main"),
        Line(202, "submit_sm", "segment 2/2 to main"),
        Line(301, "submit_sm_resp", "segment 1/2: ESME_ROK, id A1"),
        Line(302, "submit_sm_resp", "segment 2/2: ESME_ROK, id A2"),
        Line(401, "receipt", "segment 1/2 delivered"),
        Line(402, "receipt", "segment 2/2 delivered"),
        Line(900, "end", "delivered"),
    ]


def test_a_rejected_message_tells_the_carriers_word_the_way_on_and_the_refund() -> None:
    life = Life(
        message(State.REJECTED, carrier_id=6, detail="ESME_RINVDSTADR"),
        [segment(1, carrier=6, status=0x0B, ref="")],
        [Event(250, "rerouted", "ESME_RSYSERR; next carrier")],
        [Entry(9, 1, 350, 57_000, 10_000_000, "refund", 7, "rejected")],
    )
    assert timeline(life, NAMES)[4:] == [
        Line(201, "submit_sm", "segment 1/1 to spare"),
        Line(250, "rerouted", "ESME_RSYSERR; next carrier"),
        Line(301, "submit_sm_resp", "segment 1/1: ESME_RINVDSTADR, destination address is invalid"),
        Line(350, "refund", "0.057 EUR given back, balance 10.00 EUR"),
        Line(900, "end", "rejected: ESME_RINVDSTADR"),
    ]


def test_a_segment_that_could_not_be_written_was_never_submitted() -> None:
    detail = "sender 'Ω' has characters that SMPP cannot carry"
    life = Life(message(State.REJECTED, detail=detail), [segment(1, ref="")], [], [])
    assert timeline(life, NAMES)[4:] == [
        Line(301, "unsendable", "segment 1/1 not sent to main"),
        Line(900, "end", f"rejected: {detail}"),
    ]


def test_an_hour_that_was_changed_is_told_as_it_was_first() -> None:
    changes = [
        Event(200, "reschedule", "from 2026-12-01 08:30:00.000 to 2026-12-02 08:30:00.000"),
        Event(300, "reschedule", "from 2026-12-02 08:30:00.000 to 2026-12-03 08:30:00.000"),
    ]
    lines = timeline(Life(message(State.SCHEDULED, due_us=1), [], changes, []), NAMES)
    assert [line.words for line in lines if line.what == "schedule"] == [
        "to leave at 2026-12-01 08:30:00.000"
    ]


def test_what_is_no_number_is_shown_as_it_was_sent() -> None:
    life = Life(message(State.REJECTED, recipient="12ab"), [], [], [])
    assert timeline(life, NAMES)[0].words == 'intouch, alice to "12ab" from ACME: "Hello"'


OCTETS = {
    "a push": (
        {"text": "Look\nhttp://e.uk", "udh": b"\6\5\4\x0b\x84\x23\xf0", "octets": bytes(9)},
        '"Look http://e.uk"',
        "8-bit, 9 octets behind header 0605040b8423f0, 1 segment",
    ),
    "octets": ({"text": "", "udh": b"", "octets": b"\0"}, "00", "8-bit, 1 octet, 1 segment"),
    "many octets": (
        {"text": "", "udh": b"", "octets": bytes(140)},
        "0" * 37 + "...",
        "8-bit, 140 octets, 1 segment",
    ),
}


@pytest.mark.parametrize(("fields", "content", "size"), OCTETS.values(), ids=OCTETS)
def test_what_is_no_text_is_told_in_its_own_way(
    fields: dict[str, object], content: str, size: str
) -> None:
    raw = message(State.QUEUED, 1, alphabet=1, flags=RAW, **fields)
    request, told, *_ = timeline(Life(raw, [], [], []), NAMES)
    assert request.words == f"intouch, alice to +447700900123 from ACME: {content}"
    assert told == Line(100, "text", size)


def test_a_waiting_message_says_why_at_its_end() -> None:
    lines = timeline(Life(message(State.QUEUED), [], [], []), NAMES, "carrier main is down")
    assert lines[-1] == Line(0, "now", "queued, carrier main is down")


def test_what_is_free_and_shown_at_once_and_sent_by_nobody() -> None:
    free = message(State.FAILED, charge_u=0, carrier_id=0, flags=FLASH, sender="", alphabet=2)
    assert timeline(Life(free, [], [], []), Names({}, {})) == [
        Line(100, "request", 'intouch, account 1 to +447700900123: "Hello"'),
        Line(100, "text", "UCS-2, 5 characters, 1 segment, flash"),
        Line(100, "price", "nothing charged"),
        Line(900, "end", "failed"),
    ]


def test_national_tables_are_named_and_the_charge_stays_when_they_go() -> None:
    shifts = Shifts(Language.TURKISH, Language.SPANISH).octet() << TABLES_BIT
    tabled = timeline(Life(message(State.QUEUED, flags=shifts), [], [], []), NAMES)
    assert tabled[1].words == (
        "GSM 7-bit with Turkish locking shift and Spanish single shift, 5 characters, 1 segment"
    )
    plain = message(State.QUEUED, segments=2, alphabet=2, flags=0, charge_u=57_000)
    lines = timeline(Life(plain, [], [Event(200, "recut", "no tables")], []), NAMES)
    assert [line.words for line in lines[1:3]] == [
        "UCS-2, 5 characters, 2 segments",
        "1 × 0.057 EUR = 0.057 EUR",
    ]
    assert lines[-2] == Line(200, "recut", "no tables")


def test_what_was_replaced_and_what_is_registered_is_told() -> None:
    swaps = (("“", '"'), ("\u200b", ""), ("ц", "?"))
    told = render_extras(Extras("1101", "1107", swaps))
    lines = timeline(Life(message(State.QUEUED, extras=told), [], [], []), NAMES)
    assert lines[2:4] == [
        Line(100, "replaced", "“ by '\"', U+200B left out, ц by '?'"),
        Line(100, "registered", "entityid 1101, tempid 1107"),
    ]
    many = render_extras(Extras(replaced=tuple((chr(0xFF21 + n), "A") for n in range(MOST_SWAPS))))
    lines = timeline(Life(message(State.QUEUED, extras=many), [], [], []), NAMES)
    assert lines[2].words.endswith(", and more")


def test_a_long_text_is_cut_and_its_line_breaks_are_blanks() -> None:
    assert quoted("one\ntwo") == '"one two"'
    assert quoted("x" * 41) == f'"{"x" * 37}..."'


def test_what_a_carrier_calls_a_message_stays_on_its_line() -> None:
    """An id with a line break would add lines to the life of the message."""
    life = Life(message(State.SENT), [segment(1, ref="A\n" + "B" * 3000)], [], [])
    answer = next(line for line in timeline(life, NAMES) if line.what == "submit_sm_resp")
    assert answer.words == f"segment 1/1: ESME_ROK, id A {'B' * 59}..."


def status(state: str = "up", **fields: object) -> CarrierStatus:
    values: dict[str, object] = {
        "name": "main",
        "state": state,
        "binds": (),
        "why": "",
        "window": 10,
        "outstanding": 0,
        "rate_pdus": 0.0,
        "throttled_rate_pdus": 0.0,
        "sent": 0,
        "last_sent_us": 0,
        **fields,
    }
    return CarrierStatus(**values)  # type: ignore[arg-type]


def seen(*statuses: CarrierStatus) -> NodeStatus:
    return NodeStatus("node", 1, tuple(LaneStatus(s, 0, True) for s in statuses), {})


MAIN = {5: CarrierRow(id=5, name="main", kind="smpp")}
OFF = {5: CarrierRow(id=5, name="main", kind="smpp", enabled=False)}
WHYS = {
    "nothing in the way": (Carriers(MAIN, seen(status())), ""),
    "no gateway": (
        Carriers(MAIN, None),
        "the gateway is not running; start it with `dragoman serve`",
    ),
    "carrier removed": (
        Carriers({}, seen()),
        "its carrier was removed; `dragoman queue move` gives it to another one",
    ),
    "carrier disabled": (
        Carriers(OFF, seen()),
        (
            "carrier main is disabled; enable it in the world file, or `dragoman queue move main"
            " OTHER`"
        ),
    ),
    "carrier unusable": (
        Carriers(MAIN, NodeStatus("node", 1, (), {}, unusable={"main": "no file ca.pem"})),
        "the gateway cannot use carrier main: no file ca.pem",
    ),
    "carrier new": (
        Carriers(MAIN, seen()),
        "the gateway cannot use carrier main: it has not read of it yet",
    ),
    "bind down": (
        Carriers(MAIN, seen(status("down", why="refused; tried again in 2 s"))),
        "carrier main is down: refused; tried again in 2 s",
    ),
    "connecting": (
        Carriers(MAIN, seen(status("connecting"))),
        "carrier main is connecting",
    ),
    "throttled": (
        Carriers(MAIN, seen(status(rate_pdus=50.0, throttled_rate_pdus=12.4))),
        "carrier main throttles us to 12 submit_sm/s",
    ),
    "window full": (
        Carriers(MAIN, seen(status(outstanding=10))),
        "the window of main is full: 10 unanswered",
    ),
    "rate limit": (
        Carriers(MAIN, seen(status(rate_pdus=50.0))),
        "the rate limit of main: 50 submit_sm/s",
    ),
}


@pytest.mark.parametrize(("carriers", "words"), WHYS.values(), ids=WHYS)
def test_pain_19_a_waiting_message_carries_its_reason(carriers: Carriers, words: str) -> None:
    """Pain 19: "stuck in queue" with no reason anywhere; here each reason has its words."""
    assert why(carriers, 5) == words
    told = why_not_ended(message(State.QUEUED), carriers)
    assert told == (words or "its turn comes next")


STATES = {
    State.SCHEDULED: "schedule: its time has not come",
    State.SENDING: "being handed to the carrier, which has not taken it yet",
    State.SENT: "a receipt is awaited",
    State.UNKNOWN: "a late receipt still counts",
    State.DELIVERED: "",
}


@pytest.mark.parametrize(("state", "words"), STATES.items(), ids=[s.word for s in STATES])
def test_pain_19_every_state_that_is_no_end_says_what_is_awaited(state: State, words: str) -> None:
    """Pain 19, for the states that are not a carrier's queue."""
    assert why_not_ended(message(state), Carriers({}, None)) == words


SENDING = {
    "on the wire": (status(), "being handed to the carrier, which has not taken it yet"),
    "throttled": (
        status(throttled_rate_pdus=12.0),
        "being handed over; carrier main throttles us to 12 submit_sm/s",
    ),
    "a carrier that fell": (
        status("down", why="gone"),
        "being handed over; carrier main is down: gone",
    ),
}


@pytest.mark.parametrize(("carrier", "words"), SENDING.values(), ids=SENDING)
def test_what_is_sending_is_not_said_to_be_unanswered(carrier: CarrierStatus, words: str) -> None:
    assert why_not_ended(message(State.SENDING), Carriers(MAIN, seen(carrier))) == words


def test_the_limit_that_counts_is_the_lower_one() -> None:
    assert limit_pdus(status(rate_pdus=50.0, throttled_rate_pdus=12.0)) == 12.0
    assert limit_pdus(status(rate_pdus=50.0)) == 50.0
    assert limit_pdus(status("down", rate_pdus=50.0)) == 0.0
    assert limit_pdus(status()) == 0.0
    assert limit_pdus(None) == 0.0
