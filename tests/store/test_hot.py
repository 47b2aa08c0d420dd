import asyncio
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dragoman.model.messages import Message
from dragoman.model.states import State, climb
from dragoman.store import hot
from dragoman.store.database import Database, open_database
from dragoman.store.lookups import answered_late, count_parked, find_messages, find_purses
from tests.store.rows import a_message, a_segment, an_account, balance, states


async def test_messages_come_back_as_they_were_inserted(store: Database) -> None:
    rows = [
        a_message(1),
        a_message(
            2,
            state=State.SCHEDULED,
            due_us=5_000,
            expires_us=1 << 60,
            text="'\"\\ \n\t😀 \u202e %s $1 ? :x",
            context="a\u0001b",
            one=160,
            each=153,
        ),
        a_message(3, state=State.REJECTED, carrier_id=0, charge_u=0, detail="no route"),
        a_message((1 << 53) - 1, flags=7, segments=255),
        a_message(4, udh=b"\6\5\4\x15\x82\0\0", octets=bytes(range(256))),
        a_message(5, udh=b"", octets=b"\0"),
    ]
    async with store.transaction() as tx:
        await hot.insert_messages(tx, rows)
    async with store.reading() as tx:
        found = await find_messages(tx, [1, 2, 3, 4, 5, (1 << 53) - 1, 99])
    assert sorted(found, key=lambda m: m.id) == sorted(rows, key=lambda m: m.id)


async def test_a_nul_in_what_a_carrier_sent_spoils_nothing(store: Database) -> None:
    """PostgreSQL's text cannot hold it, and others are in the same group."""
    row = a_segment(1, ref="a\0", key="a\0b\\u0000")
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(1), a_message(2)])
        await hot.settle(tx, [row, a_segment(2)], [(2, State.SENT, 9_000, "c\0")])
        found = await hot.find_segments(tx, 1, [row.key, "2-1"])
        assert (a_segment(2).id, State.SENT) in {(one.id, one.message_state) for one in found}
        [kept] = await hot.message_segments(tx, [1])
        assert kept.key.replace("\ufffd", "\0") == row.key


async def test_nothing_to_do_is_done(store: Database) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [])
        await hot.settle(tx, [], [])
        await hot.apply_receipts(tx, [], [])
        await hot.requeue(tx, [])
        await hot.note(tx, [])
        await hot.park(tx, [])
        await hot.unpark(tx, [])
        await hot.spend(tx, [])
        assert await hot.claim(tx, 1, 10, 0) == []
        assert await hot.balances(tx, []) == {}
        assert await hot.find_segments(tx, 1, []) == []
        assert await hot.message_segments(tx, []) == []
        assert await hot.parked(tx, 1, []) == []
        assert await hot.refund(tx, []) == []


async def test_spending_adds_up_per_account(store: Database) -> None:
    async with store.transaction() as tx:
        await an_account(tx, 7, overdraft_u=5)
        await an_account(tx, 8)
    async with store.transaction() as tx:
        await hot.spend(tx, [(7, 10), (8, 1), (7, 20), (8, 0)])
    async with store.transaction() as tx:
        assert await hot.balances(tx, [8, 7, 7, 99]) == {7: (999_970, 5), 8: (999_999, 0)}
    async with store.reading() as tx:
        assert await find_purses(tx, [7, 99]) == {7: (999_970, 5)}


async def test_two_nodes_cannot_both_spend_the_last_credit(
    store: Database, other: Database
) -> None:
    async with store.transaction() as tx:
        await an_account(tx, 7, balance_u=100)

    async def buy(node: Database) -> bool:
        async with node.transaction() as tx:
            balance_u, overdraft_u = (await hot.balances(tx, [7]))[7]
            if balance_u + overdraft_u < 60:
                return False
            await hot.spend(tx, [(7, 60)])
            return True

    bought = await asyncio.gather(*(buy(node) for node in [store, other] * 5))
    assert sorted(bought) == [False] * 9 + [True]
    async with store.reading() as tx:
        assert await balance(tx) == 40


CLAIMS = {
    "oldest first, until the room is used": ([1, 1, 1, 1], 3, False, [1, 2, 3]),
    "a long message needs room for all of it": ([2, 3, 1], 4, False, [1]),
    "one that does not fit is not stepped over": ([3, 1, 1], 2, False, []),
    "unless it would never fit": ([3, 1, 1], 2, True, [1]),
    "then it goes alone": ([3, 1], 0, True, [1]),
    "no room, nothing": ([1], 0, False, []),
    "all of them": ([1, 2, 1], 100, False, [1, 2, 3]),
}


@pytest.mark.parametrize(("segments", "room", "whole", "ids"), CLAIMS.values(), ids=CLAIMS)
async def test_claim(
    store: Database, segments: list[int], room: int, whole: bool, ids: list[int]
) -> None:
    rows = [a_message(i, segments=n) for i, n in enumerate(segments, 1)]
    async with store.transaction() as tx:
        await hot.insert_messages(tx, rows)
        claimed = await hot.claim(tx, 1, room, 9_000, whole=whole)
        assert [message.id for message in claimed] == ids
        taken = [a_message(i, segments=segments[i - 1]) for i in ids]
        for message in taken:
            message.state, message.changed_us = State.SENDING, 9_000
        assert claimed == taken
        assert await find_messages(tx, ids) == taken
        rest = set(range(1, len(rows) + 1)) - set(ids)
        assert {i for i, state in (await states(tx)).items() if state == State.QUEUED} == rest


# Rank and segments of messages 1, 2, ...; the room, and how much of it goes by age; who is claimed.
BY_RANK: dict[str, tuple[list[tuple[int | None, int]], int, int, list[int]]] = {
    "the urgent first": ([(None, 1), (None, 1), (1, 1)], 2, 0, [3, 1]),
    "by rank, then the oldest": (
        [(3, 1), (1, 1), (2, 1), (1, 1), (None, 1)],
        9,
        0,
        [2, 4, 3, 1, 5],
    ),
    "a share goes by age": ([(None, 1), (None, 1), (1, 1), (1, 1)], 3, 1, [3, 4, 1]),
    "all goes by age": ([(None, 1), (1, 1)], 1, 1, [1]),
    "the share of nobody": ([(1, 1), (1, 1)], 2, 1, [1, 2]),
    "a long one begins": ([(None, 1), (1, 5)], 2, 0, [2]),
    "a long one is not overtaken": ([(None, 1), (1, 1), (1, 5)], 3, 0, [2]),
    "but for the share": ([(None, 1), (1, 1), (1, 5)], 3, 1, [2, 1]),
    "the share is urgent, too": ([(1, 1), (2, 1), (None, 1)], 3, 2, [1, 2, 3]),
}


@pytest.mark.parametrize(("rows", "room", "aged", "ids"), BY_RANK.values(), ids=BY_RANK)
async def test_claim_by_rank(
    store: Database, rows: list[tuple[int | None, int]], room: int, aged: int, ids: list[int]
) -> None:
    messages = [a_message(i, rank=r, segments=n) for i, (r, n) in enumerate(rows, 1)]
    async with store.transaction() as tx:
        await hot.insert_messages(tx, messages)
        claimed = await hot.claim(tx, 1, room, 9_000, whole=True, aged_segments=aged)
        assert [message.id for message in claimed] == ids
        assert {i for i, s in (await states(tx)).items() if s == State.SENDING} == set(ids)


NOT_CLAIMED = {
    "another carrier's": {"carrier_id": 2},
    "scheduled": {"state": State.SCHEDULED, "due_us": 1},
    "already on its way": {"state": State.SENDING},
    "sent": {"state": State.SENT},
    "expired this very instant": {"expires_us": 9_000},
    "urgent and expired": {"expires_us": 9_000, "rank": 1},
    "another carrier's urgent one": {"carrier_id": 2, "rank": 1},
}


@pytest.mark.parametrize("changes", NOT_CLAIMED.values(), ids=NOT_CLAIMED)
async def test_not_claimed(store: Database, changes: dict[str, object]) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(1, **changes), a_message(2, expires_us=9_001)])
        assert [message.id for message in await hot.claim(tx, 1, 9, 9_000)] == [2]


async def test_no_message_is_claimed_twice(store: Database, other: Database) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(i) for i in range(1, 301)])

    async def drain(node: Database) -> list[int]:
        got: list[int] = []
        while True:
            async with node.transaction() as tx:
                claimed = await hot.claim(tx, 1, 7, 9_000)
                await asyncio.sleep(0)
            if not claimed:
                return got
            got += [message.id for message in claimed]

    async with asyncio.timeout(60):
        if store.engine == "sqlite":  # its writers take turns; both in one thread would wait
            drained = (await drain(store), await drain(other))
        else:
            drained = await asyncio.gather(drain(store), drain(other))
    assert sorted(drained[0] + drained[1]) == list(range(1, 301))


async def test_claims_of_two_nodes_at_once_are_disjoint(postgresql_url: str) -> None:
    """The second claimer steps over what the first one holds; it does not wait for it."""
    one, two = [await open_database(postgresql_url) for _ in range(2)]
    async with one.transaction() as tx:
        await hot.insert_messages(tx, [a_message(i) for i in range(1, 9)])
    async with one.transaction() as first, two.transaction() as second:
        assert [m.id for m in await hot.claim(first, 1, 3, 9_000)] == [1, 2, 3]
        assert [m.id for m in await hot.claim(second, 1, 3, 9_000)] == [4, 5, 6]
    await one.close()
    await two.close()


async def test_settle(store: Database) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(i, state=State.SENDING) for i in (1, 2, 3)])
        await hot.settle(
            tx,
            [a_segment(1), a_segment(2, state=State.REJECTED, ref="", key="", status=11)],
            [(1, State.SENT, 2_500, ""), (2, State.REJECTED, 2_600, "invalid destination")],
        )
    async with store.reading() as tx:
        assert await hot.message_segments(tx, [2, 1, 3]) == [
            a_segment(1),
            a_segment(2, state=State.REJECTED, ref="", key="", status=11),
        ]
        assert sorted(await find_messages(tx, [1, 2, 3]), key=lambda m: m.id) == [
            a_message(1, state=State.SENT, changed_us=2_500),
            a_message(2, state=State.REJECTED, changed_us=2_600, detail="invalid destination"),
            a_message(3, state=State.SENDING),
        ]


RESENDS = {
    "an answer that came late replaces the doubt": (
        a_segment(1, state=State.UNKNOWN, ref="", key=""),
        a_segment(1),
    ),
    "another carrier's replaces a refusal": (
        a_segment(1, state=State.REJECTED, status=11),
        a_segment(1, carrier_id=2, ref="x", key="x"),
    ),
    "an interim receipt was not the last word": (
        a_segment(1, receipt_us=5, error="000"),
        a_segment(1, ref="again", key="again"),
    ),
}


@pytest.mark.parametrize(("first", "again"), RESENDS.values(), ids=RESENDS)
async def test_a_resend_overwrites(store: Database, first: object, again: object) -> None:
    async with store.transaction() as tx:
        await hot.settle(tx, [first], [])  # type: ignore[list-item]
        await hot.settle(tx, [again], [])  # type: ignore[list-item]
        assert await hot.message_segments(tx, [1]) == [again]


async def test_a_resend_does_not_overwrite_a_verdict(store: Database) -> None:
    """Pain 8: what a receipt has told of one try is not undone by the answer to another."""
    told = a_segment(1, state=State.DELIVERED, receipt_us=3_000, error="000")
    async with store.transaction() as tx:
        await hot.settle(tx, [told], [])
        await hot.settle(tx, [a_segment(1, ref="again", key="again")], [])
        assert await hot.message_segments(tx, [1]) == [told]


async def test_of_two_answers_in_one_group_the_later_counts(store: Database) -> None:
    async with store.transaction() as tx:
        await hot.settle(tx, [a_segment(1, state=State.UNKNOWN, ref=""), a_segment(1)], [])
        assert await hot.message_segments(tx, [1]) == [a_segment(1)]


async def test_segments_are_those_of_the_message_and_in_order(store: Database) -> None:
    rows = [a_segment(2, 255), a_segment(3, 1), a_segment(2, 1), a_segment(1, 255)]
    async with store.transaction() as tx:
        await hot.settle(tx, rows, [])
        assert await hot.message_segments(tx, [2, 2]) == [rows[2], rows[0]]


async def test_the_ladder_is_climbed_and_never_stepped_down(store: Database) -> None:
    """Every state against every news, for messages and for segments, as the model has it."""
    pairs = list(enumerate(product(State, State), 1))
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(i, state=now) for i, (now, _) in pairs])
        await hot.settle(tx, [a_segment(i, state=now) for i, (now, _) in pairs], [])
        await hot.apply_receipts(
            tx,
            [(i << 8 | 1, news, 9_000, "000") for i, (_, news) in pairs],
            [(i, news, 9_000, "why") for i, (_, news) in pairs],
        )
        wanted = {i: climb(now, news) for i, (now, news) in pairs}
        assert await states(tx) == wanted
        rows = await hot.message_segments(tx, list(wanted))
        assert {row.id >> 8: row.state for row in rows} == wanted
        untouched = [i for i, (now, news) in pairs if climb(now, news) == now]
        assert all(m.changed_us == 1_000 + m.id for m in await find_messages(tx, untouched))
        assert all(row.receipt_us == 0 for row in await hot.message_segments(tx, untouched))


@given(groups=st.lists(st.lists(st.sampled_from(State), max_size=5), max_size=5))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_news_are_grouped_the_end_is_the_same(
    store: Database, runner: asyncio.Runner, groups: list[list[State]]
) -> None:
    async def story() -> None:
        async with store.transaction() as tx:
            await tx.run("DELETE FROM message")
            await hot.insert_messages(tx, [a_message(1, state=State.SCHEDULED)])
            wanted = State.SCHEDULED
            for group in groups:
                await hot.settle(tx, [], [(1, news, 9_000, "") for news in group])
                for news in group:
                    wanted = climb(wanted, news)
            assert await states(tx) == {1: wanted}

    runner.run(story())


async def test_requeue_touches_only_what_is_being_sent(store: Database) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(i, state=s) for i, s in enumerate(State, 1)])
        await hot.requeue(tx, [(i, 2) for i in range(1, len(State) + 1)])
        wanted = dict(enumerate(State, 1))
        wanted[State.SENDING + 1] = State.QUEUED
        assert await states(tx) == wanted
        moved = await tx.rows("SELECT id FROM message WHERE carrier_id = 2")
        assert moved == [(State.SENDING + 1,)]


async def test_receipts_find_segments_of_their_carrier_only(store: Database) -> None:
    """Pain 10: by carrier, on whichever connection the receipt came."""
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(1, segments=2), a_message(2)])
        await hot.settle(
            tx,
            [a_segment(1, 1), a_segment(1, 2, key="2-1"), a_segment(2), a_segment(3, carrier_id=2)],
            [],
        )
        found = await hot.find_segments(tx, 1, ["1-1", "2-1", "3-1", "nobody"])
        assert sorted(found) == [
            ("1-1", 257, "01-1", State.SENT, 1, 2, State.QUEUED, 7, 57_000, "447700900123", 1),
            ("2-1", 258, "01-2", State.SENT, 1, 2, State.QUEUED, 7, 57_000, "447700900123", 1),
            ("2-1", 513, "02-1", State.SENT, 2, 1, State.QUEUED, 7, 57_000, "447700900123", 1),
        ]
        assert found[0].message_id == 1


async def test_receipts_are_applied(store: Database) -> None:
    async with store.transaction() as tx:
        await hot.insert_messages(tx, [a_message(1, state=State.SENT)])
        await hot.settle(tx, [a_segment(1)], [])
        await hot.apply_receipts(
            tx,
            [(257, State.UNDELIVERABLE, 8_000, "027")],
            [(1, State.UNDELIVERABLE, 8_000, "absent subscriber")],
        )
        assert await hot.message_segments(tx, [1]) == [
            a_segment(1, state=State.UNDELIVERABLE, receipt_us=8_000, error="027")
        ]
        assert await find_messages(tx, [1]) == [
            a_message(1, state=State.UNDELIVERABLE, changed_us=8_000, detail="absent subscriber")
        ]


async def test_pain_4_receipts_that_overtake_their_answer_are_kept(store: Database) -> None:
    """Durably, once each, until they are matched."""
    early = hot.Parked(1, "10", "0A", State.DELIVERED, "000", 1_000, 9_000, "447700 4477")
    same = early._replace(at_us=1_500)
    later = hot.Parked(1, "10", "0A", State.EXPIRED, "", 2_000, 9_000, "")
    elsewhere = early._replace(carrier_id=2)
    async with store.transaction() as tx:
        await hot.park(tx, [later, early, elsewhere])
        await hot.park(tx, [same])
        assert await hot.parked(tx, 1, ["10", "11"]) == [early, later]
        assert await count_parked(tx) == {1: 2, 2: 1}
        await hot.unpark(tx, [early])
        assert await hot.parked(tx, 1, ["10"]) == [later]
        assert await hot.parked(tx, 2, ["10"]) == [elsewhere]


async def test_a_message_is_refunded_once(store: Database) -> None:
    async with store.transaction() as tx:
        await an_account(tx, 7, balance_u=100)
        await an_account(tx, 8, balance_u=0)
        first = (1, 7, 30, 5_000, "rejected")
        assert await hot.refund(tx, [first, (2, 8, 5, 5_000, "failed"), first]) == [1, 2]
    async with store.transaction() as tx:
        assert await hot.refund(tx, [first, (3, 7, 1, 6_000, ""), (4, 99, 1, 6_000, "")]) == [3]
        assert await balance(tx, 7) == 131
        assert await balance(tx, 8) == 5
        assert await tx.rows(
            "SELECT account_id, at_us, amount_u, balance_u, kind, message_id, note FROM ledger"
            " WHERE kind = 'refund' ORDER BY message_id"
        ) == [
            (7, 5_000, 30, 130, "refund", 1, "rejected"),
            (8, 5_000, 5, 5, "refund", 2, "failed"),
            (7, 6_000, 1, 131, "refund", 3, ""),
        ]


async def test_an_answer_that_comes_late_takes_back_the_doubt(store: Database) -> None:
    """Only from unknown to sent: what a receipt told meanwhile stays."""
    async with store.transaction() as tx:
        await hot.insert_messages(
            tx, [a_message(1, state=State.UNKNOWN), a_message(2, state=State.DELIVERED)]
        )
        await answered_late(tx, [(9_000, 1), (9_000, 2)])
        assert await states(tx) == {1: State.SENT, 2: State.DELIVERED}


def test_the_columns_are_the_fields() -> None:
    assert list(hot.MESSAGE) == list(Message.__struct_fields__)
