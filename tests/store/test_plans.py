"""Which way each statement of the hot path takes: always by an index, however large the tables."""

import re

import pytest

from dragoman.store import (
    conversations,
    hot,
    housekeeping,
    inbound,
    ledger,
    lookups,
    outbox,
    queries,
    recovery,
    repeats,
    schedule,
    work,
)
from dragoman.store.database import Database, Many
from dragoman.store.postgresql import PostgresDatabase, gathered

# Statement, as many parameters as it has, and the indexes that it must go by.
BIG = 1 << 40
STATEMENTS = {
    "claim": (hot.QUEUED, (1, BIG, 10), ["message_open"]),
    "claim what is urgent": (hot.URGENT, (1, BIG, 10), ["message_urgent"]),
    "count what is urgent": (queries.URGENT, (), ["message_urgent"]),
    "balances": (hot.BALANCES, ([1, 2],), ["account"]),
    "find segments": (hot.FIND_SEGMENTS, (1, ["a", "b"]), ["segment_key", "message"]),
    "find parked": (hot.FIND_PARKED, (1, ["a", "b"]), ["parked_receipt"]),
    "refunded": (hot.REFUNDED, ([1, 2],), ["ledger_refund"]),
    "find messages": (lookups.FIND_MESSAGES, ([1, 2],), ["message"]),
    "expiring": (housekeeping.EXPIRING, (BIG, 10), ["message_expires"]),
    "walk": (housekeeping.LOOK, (BIG, BIG, 5, 10), ["message"]),
    "without verdict": (housekeeping.WITHOUT_VERDICT, (5, 10), ["message"]),
    "ended": (housekeeping.ENDED, (5, 10, BIG), ["message"]),
    "delete segments": (housekeeping.DELETE_SEGMENTS, (5, 10, [1, 2]), ["segment"]),
    "delete events": (housekeeping.DELETE_EVENTS, ([1, 2],), ["event_message"]),
    "delete messages": (housekeeping.DELETE_MESSAGES, ([1, 2],), ["message"]),
    "forget parked": (housekeeping.FORGET_PARKED, (5, 10), ["parked_receipt_expires"]),
    "recover": (recovery.LEAVE, (1, 5, "", 1), ["message_open"]),
    "queue summary": (queries.OPEN, (), ["message_open", "message"]),
    "scheduled": (queries.SCHEDULED, (), ["message_due"]),
    "scheduled, by reason": (queries.LATER, (), ["message_due"]),
    "is due": (schedule.IS_DUE, (5,), ["message_due"]),
    "due": (schedule.DUE, (5, 10), ["message_due"]),
    "schedule": (schedule.PAGE, (10,), ["message_due"]),
    "take back": (schedule.TAKE_BACK, ([1, 2],), ["message"]),
    "put off": (schedule.PUT_OFF, (5, 5, 5, 1), ["message"]),
    "queue": (queries.QUEUE, (1, 1, 0, 10), ["message_open"]),
    "ledger": (ledger.PAGE, (1, BIG, 10), ["ledger_account"]),
    "held segments": (inbound.HELD, (["a", "b"],), ["inbound_segment"]),
    "still seen": (inbound.STILL_SEEN, (["a", "b"], 5), ["inbound_seen"]),
    "forget seen": (inbound.FORGET_SEEN, (5, 10), ["inbound_seen_expires"]),
    "oldest inbound": (inbound.OLDEST, (10,), ["inbound"]),
    "inbound page": (inbound.PAGE, (BIG, 10), ["inbound"]),
    "inbound of nobody": (inbound.PAGE_UNCLAIMED, (BIG, 10), ["inbound_unclaimed"]),
    "conversations": (conversations.FIND, ([7], ["4477"]), ["conversation"]),
    "forget conversations": (conversations.FORGET, (5, 10), ["conversation_at"]),
    "find answers": (repeats.FIND, (["a", "b"],), ["answered"]),
    "forget answers": (repeats.FORGET, (5, 10), ["answered_until"]),
    "lost answers": (repeats.LOST, (), ["answered_lost"]),
    "callbacks that wait": (outbox.TOTAL_ALIVE, (10,), ["work_due"]),
    "callbacks given up": (outbox.TOTAL_DEAD, (10,), ["work_due"]),
    "work that is due": (work.DUE, ("lane", 5, 5, 10), ["work_due"]),
}

TABLES = {"parked_receipt", "inbound_segment", "inbound_seen"}  # of which the key is meant

MANY = {
    "climb, messages": (hot.CLIMB_MESSAGE, (10, 5, "", 1, 5), "message"),
    "climb, segments": (hot.CLIMB_SEGMENT, (10, 5, "", 1, 5), "segment"),
    "spend": (hot.SPEND, (5, 1), "account"),
    "take": (hot.TAKE, (5, 1), "message"),
    "release": (schedule.RELEASE, (5, 1, 1), "message"),
    "hold": (schedule.HOLD, (5, 5, 5, 1), "message"),
    "requeue": (hot.REQUEUE, (1, 1), "message"),
    "unpark": (hot.UNPARK, (1, "key", "ref", 10), "parked_receipt"),
    "retry": (work.RETRY, (5, "", 1), "work"),
}


@pytest.mark.parametrize(("sql", "params", "indexes"), STATEMENTS.values(), ids=STATEMENTS)
async def test_sqlite_goes_by_an_index(
    sqlite_store: Database, sql: str, params: tuple[object, ...], indexes: list[str]
) -> None:
    async with sqlite_store.transaction() as tx:
        plan = [row[3] for row in await tx.rows(f"EXPLAIN QUERY PLAN {sql}", params)]
    scanned = [step for step in plan if re.match(r"SCAN (?!json_each|stride|q\b|\()", step)]
    # the queue's summary and the walks read an index, or the key, in its order
    assert [step for step in scanned if "INDEX message_" not in step] == [], plan
    for index in indexes:
        is_index = "_" in index and index not in TABLES
        way = f"INDEX {index}\\b" if is_index else "PRIMARY KEY"
        assert any(re.search(way, step) for step in plan), (index, plan)


@pytest.mark.parametrize(("many", "row", "table"), MANY.values(), ids=MANY)
async def test_sqlite_writes_by_key(
    sqlite_store: Database, many: Many, row: tuple[object, ...], table: str
) -> None:
    async with sqlite_store.transaction() as tx:
        plan = [step[3] for step in await tx.rows(f"EXPLAIN QUERY PLAN {many.sqlite}", row)]
    assert len(plan) == 1
    assert plan[0].startswith(f"SEARCH {table} USING ")
    assert "PRIMARY KEY" in plan[0]


@pytest.mark.parametrize(("sql", "params", "indexes"), STATEMENTS.values(), ids=STATEMENTS)
async def test_postgresql_goes_by_an_index(
    postgresql_store: Database, sql: str, params: tuple[object, ...], indexes: list[str]
) -> None:
    async with postgresql_store.transaction() as tx:
        plan = "\n".join(row[0] for row in await tx.rows(f"EXPLAIN {sql}", params))
    assert "Seq Scan" not in plan, plan
    for index in indexes:
        assert re.search(rf"\b{index}(_pkey)?\b", plan), plan


@pytest.mark.parametrize(("many", "row", "table"), MANY.values(), ids=MANY)
async def test_postgresql_writes_by_key(
    postgresql_store: Database, many: Many, row: tuple[object, ...], table: str
) -> None:
    assert len(row) == len(many.columns)
    assert isinstance(postgresql_store, PostgresDatabase)
    async with postgresql_store.transaction() as tx:
        assert hasattr(tx, "_connection")
        explain = await tx._connection.execute(b"EXPLAIN " + gathered(many), ("[]",))
        plan = "\n".join(step[0] for step in await explain.fetchall())
    assert "Seq Scan" not in plan, plan
    assert re.search(rf"Index Scan using {table}_pkey on {table}", plan), plan
