"""What is due to be told goes to the work table: to whom it should, and to nobody else."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dragoman.core.notify import announce, errands
from dragoman.model.events import (
    Event,
    ListChanged,
    MessageReceived,
    MmsReceived,
    StatusReport,
    event_id,
)
from dragoman.model.states import State
from dragoman.store.database import Database, open_database
from tests.core.views import a_world


def a_report(**changes: Any) -> StatusReport:
    fields: dict[str, Any] = {
        "account_id": 7,
        "message_id": 9,
        "submission_id": 8,
        "dialect": "unified",
        "sender": "DEMO",
        "recipient": "447700900123",
        "state": State.DELIVERED,
        "changed_us": 2_000,
        "accepted_us": 1_000,
    }
    return StatusReport(**(fields | changes))


def a_reply(**changes: Any) -> MessageReceived:
    fields: dict[str, Any] = {
        "account_id": 7,
        "inbound_id": 5,
        "sender": "447700900123",
        "recipient": "60070",
        "received_us": 3_000,
    }
    return MessageReceived(**(fields | changes))


MMS = MmsReceived(account_id=7, inbound_id=6, sender="1", recipient="2", received_us=1)
CHANGE = ListChanged(
    account_id=7, list_name="News", list_kind=2, number="1", action=1, source=7, at_us=1
)
HERE = "http://127.0.0.1:9/in"

GOES: dict[str, tuple[dict[str, object], Event, list[tuple[str, str]]]] = {
    "nobody asked": ({}, a_report(), []),
    "another account": ({"notify_url": HERE}, a_report(account_id=8), []),
    "report to its dialect": (
        {"unified": {"dlr_url": HERE}},
        a_report(),
        [("unified.dlr_url", "unified")],
    ),
    "report of another dialect": ({"unified": {"dlr_url": HERE}}, a_report(dialect="itec"), []),
    "report where the request said": (
        {},
        a_report(dialect="intouch", url=HERE),
        [("request", "intouch")],
    ),
    "the request's address in place of the account's": (
        {"intouch": {"dlr_url": HERE}, "notify_url": HERE},
        a_report(dialect="intouch", url=HERE),
        [("request", "intouch"), ("notify_url", "json")],
    ),
    "report of a dialect without callbacks": (
        {"notify_url": HERE},
        a_report(dialect="inviosmart"),
        [("notify_url", "json")],
    ),
    "reply to every address for replies": (
        {
            "intellisoftware": {"mo_url": HERE},
            "itec": {"mo_url": HERE},
            "notify_url": HERE,
            "notify_dialect": "unified",
        },
        a_reply(),
        [("itec.mo_url", "itec"), ("intellisoftware.mo_url", "intellisoftware")],
    ),
    "reply in the dialect of the general address": (
        {"notify_url": HERE, "notify_dialect": "itec"},
        a_reply(),
        [("notify_url", "itec")],
    ),
    "MMS where replies go": (
        {"intellisoftware": {"mo_url": HERE}},
        MMS,
        [("intellisoftware.mo_url", "intellisoftware")],
    ),
    "MMS has an address": (
        {"intellisoftware": {"mo_url": HERE, "mms_url": HERE}},
        MMS,
        [("intellisoftware.mms_url", "intellisoftware")],
    ),
    "change of a list": (
        {"intellisoftware": {"sub_url": HERE}},
        CHANGE,
        [("intellisoftware.sub_url", "intellisoftware")],
    ),
    "change of a list, our own form": (
        {"notify_url": HERE},
        CHANGE,
        [("notify_url", "json")],
    ),
}


@pytest.mark.parametrize(("options", "event", "goes"), GOES.values(), ids=GOES)
def test_where_an_event_goes(
    options: dict[str, object], event: Event, goes: list[tuple[str, str]]
) -> None:
    snapshot, _ = a_world(options=options)
    assert [(e.slot, e.form) for e in errands(snapshot, event)] == goes


@pytest.fixture
def store(engine: str, runner: asyncio.Runner) -> Iterator[Database]:
    """Give an empty store that is open, on each engine in turn."""
    database = runner.run(open_database(engine))
    yield database
    runner.run(database.close())


async def test_announced_events_are_jobs_of_the_same_transaction(store: Database) -> None:
    snapshot, _ = a_world(options={"notify_url": HERE})
    url = "https://user:secret@example.com:444/dlr?key=1"
    events: list[Event] = [
        a_report(dialect="intouch", url=url),
        a_reply(octets=b"\xff", udh=b"\x00"),
    ]
    async with store.transaction() as tx:
        await announce(tx, snapshot, [a_report(account_id=99)], 10)
        assert tx.marks == set()
        await announce(tx, snapshot, events, 10)
        assert tx.marks == {"notice"}
        rows = await tx.rows("SELECT kind, lane, ref, due_us, attempts FROM work ORDER BY id")
    assert rows == [
        ("notice", "notice:7:https://example.com:444", "r9", 10, 0),
        ("notice", "notice:7:notify_url", "r9", 10, 0),
        ("notice", "notice:7:notify_url", "m447700900123", 10, 0),
    ]


IDS: dict[str, tuple[Event, Event, Callable[[str, str], bool]]] = {
    "the same report": (a_report(), a_report(changed_us=9), str.__eq__),
    "another state": (a_report(), a_report(state=State.UNKNOWN), str.__ne__),
    "that it stays sent": (
        a_report(state=State.SENT),
        a_report(state=State.SENT, was=State.SENT, ends=True),
        str.__ne__,
    ),
    "the same reply": (a_reply(), a_reply(context="late"), str.__eq__),
    "the same change": (CHANGE, CHANGE, str.__eq__),
    "a list called otherwise": (
        CHANGE,
        ListChanged(
            account_id=7, list_name="Offers", list_kind=2, number="1", action=1, source=7, at_us=1
        ),
        str.__ne__,
    ),
}


@pytest.mark.parametrize(("one", "other", "holds"), IDS.values(), ids=IDS)
def test_one_fact_has_one_id(one: Event, other: Event, holds: Callable[[str, str], bool]) -> None:
    assert holds(event_id(one), event_id(other))
