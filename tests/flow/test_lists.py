"""Groups and subscription lists through the whole gateway: who is sent to, and what is kept."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from dragoman.carriers.simulator.handsets import UNDELIVERABLE, Behaviour
from dragoman.core import lists
from dragoman.core.optout import opt_out
from dragoman.model.lists import Action, Source
from dragoman.model.states import FINAL, State
from dragoman.sms.receipts import ReceiptState
from dragoman.store import groups, subscriptions
from dragoman.store.errors import StoreUnavailable
from dragoman.store.subscriptions import Event
from tests.flow.house import WORLD, House, house
from tests.flow.inbound import received, utter

SEND = "/smsgateway/sendmsg.aspx"
UPDATE = "/smsgateway/updatesubscriptionlist.aspx"
LOGIN = {"username": "alice", "password": "secret"}
ONE, TWO, THREE = "447700900001", "447700900002", "447700900003"
CLOCK_US = 1_700_000_000_000_000

LISTS = (
    WORLD
    + """
[[account]]
name = "bob"
password = "secret"
balance = "10"

[[group]]
account = "alice"
name = "Staff"
members = ["+447700900001", "+447700900002"]

[[list]]
account = "alice"
name = "News"
join_words = ["JOIN", "Join News"]
stop_words = ["leave"]

[[list]]
account = "alice"
name = "Club"
kind = "premium"
platform_stop = false
join_words = ["join"]

[[list]]
account = "bob"
name = "News"
"""
)


async def ask(here: House, target: str, **fields: str) -> str:
    async with here.customer() as customer:
        query = urlencode({**LOGIN, **fields})
        return (await customer.ask("GET", f"{target}?{query}", {}, b"")).text


async def update(here: House, action: Action, number: str = ONE, name: str = "News") -> str:
    fields = {"sublistname": name, "msisdn": number, "action": str(int(action))}
    return await ask(here, UPDATE, **fields)


async def events(here: House, name: str = "alice") -> list[Event]:
    """Give what was changed in an account's lists, in order."""
    account_id = here.node.world.snapshot.views[name].account.id
    async with here.database.reading() as tx:
        return (await subscriptions.events(tx, account_id, 99))[::-1]


async def test_only_what_changes_is_an_event(engine: str) -> None:
    async with house(engine, LISTS, clock_us=lambda: CLOCK_US, is_up=False) as here:
        for action in (Action.SUBSCRIBED, Action.SUBSCRIBED, Action.UNSUBSCRIBED, Action.DELETED):
            assert await update(here, action) == "OK"
        assert await update(here, Action.DELETED) == "OK"
        assert await update(here, Action.UNSUBSCRIBED, TWO, name="NEWS") == "OK"
        alice = here.node.world.snapshot.views["alice"].account.id
        proof = "request of alice from 127.0.0.1"
        assert await events(here) == [
            Event(alice, "News", 2, number, action, Source.API, proof, CLOCK_US)
            for number, action in ((ONE, 1), (ONE, 2), (ONE, 3), (TWO, 2))
        ]


async def test_a_change_is_an_event_to_be_told(sqlite_url: str) -> None:
    world = LISTS.replace(
        'name = "alice"',
        'name = "alice"\nintellisoftware = { sub_url = "http://127.0.0.1:9/s" }',
        1,
    )
    async with house(sqlite_url, world, clock_us=lambda: CLOCK_US, is_up=False) as here:
        await update(here, Action.SUBSCRIBED)
        await update(here, Action.SUBSCRIBED)
        async with here.database.reading() as tx:
            rows = await tx.rows("SELECT ref FROM work WHERE kind = 'notice'")
        assert rows == [(f"l{ONE}",)]


async def test_requests_at_once_make_one_event(engine: str) -> None:
    async with house(engine, LISTS, is_up=False) as here:
        answers = await asyncio.gather(*(update(here, Action.SUBSCRIBED) for _ in range(20)))
        assert set(answers) == {"OK"}
        assert len(await events(here)) == 1


async def test_a_store_that_takes_nothing(sqlite_url: str) -> None:
    async with house(sqlite_url, LISTS, is_up=False) as here:
        here.store.instead = lambda: StoreUnavailable("gone")
        assert await update(here, Action.SUBSCRIBED) == "ERR:GATEWAY_ERROR"
        here.store.instead = None
        assert await events(here) == []
        assert await update(here, Action.SUBSCRIBED) == "OK"


async def test_a_list_that_is_deleted_meanwhile(sqlite_url: str) -> None:
    async with house(sqlite_url, LISTS, is_up=False) as here:

        async def drop() -> None:
            here.store.before = None
            async with here.database.transaction() as tx:
                await subscriptions.delete_list(tx, 1)

        here.store.before = drop
        assert await update(here, Action.SUBSCRIBED) == "OK"  # there was one when it was asked
        assert await events(here) == []


async def test_ten_thousand_members_are_one_submission(engine: str) -> None:
    async with house(engine, LISTS, is_up=False) as here:
        async with here.database.transaction() as tx:
            await groups.join(tx, 1, [f"44770{number:07}" for number in range(9_998)])
        text = await ask(here, SEND, to="staff", text="Hi")
        assert len(text.split("\n")) == 10_000
        assert len({line.partition(",")[2] for line in text.split("\n")}) == 1
        assert len(await here.messages()) == 10_000
        async with here.database.transaction() as tx:
            await groups.join(tx, 1, [THREE])
        assert await ask(here, SEND, to="staff", text="Hi") == "ERR:INVALID_REQUEST"
        assert len(await here.messages()) == 10_000
        assert await here.discrepancies() == []


async def test_a_store_that_cannot_be_read_is_told(sqlite_url: str) -> None:
    async with house(sqlite_url, LISTS, is_up=False) as here:
        here.store.unreadable = lambda: StoreUnavailable("gone")
        assert await ask(here, SEND, to="Staff", text="Hi") == "ERR:INTERNAL_ERROR"
        here.store.unreadable = None
        assert await here.messages() == []


async def test_whoever_opted_out_is_left_out_whatever_list_names_them(engine: str) -> None:
    async with house(engine, LISTS, is_up=False) as here:
        assert await update(here, Action.SUBSCRIBED, TWO) == "OK"
        async with here.database.transaction() as tx:
            await opt_out(tx, 0, TWO, 5, "test", "STOP")
        await here.until_live()
        assert await ask(here, SEND, to="News", text="Hi") == "ERR:INVALID_NUMBER"
        assert (await ask(here, SEND, to="Staff", text="Hi")).startswith("ID:")
        assert [message.recipient for message in await here.messages()] == [ONE]


async def test_a_stop_to_the_platform(engine: str) -> None:
    """Unsubscribes in every list of every account, except where the operator said otherwise."""
    async with house(engine, LISTS, is_up=False) as here:
        snapshot = here.node.world.snapshot
        async with here.database.transaction() as tx:
            for name, row in (("alice", "News"), ("alice", "Club"), ("bob", "News")):
                account_id = snapshot.views[name].account.id
                how = (ONE, Action.SUBSCRIBED, Source.PORTAL, "person", 1)
                assert await lists.subscribe(tx, snapshot, account_id, row, *how)
            left = await lists.stop_everywhere(tx, snapshot, ONE, "inbound 7", 2)
            assert [row.name for row in left] == ["News", "News"]
            assert await lists.stop_everywhere(tx, snapshot, ONE, "inbound 8", 3) == []
        bob = snapshot.views["bob"].account.id
        assert await events(here, "bob") == [
            Event(bob, "News", 2, ONE, 1, Source.PORTAL, "person", 1),
            Event(bob, "News", 2, ONE, 2, Source.PLATFORM, "inbound 7", 2),
        ]


@pytest.mark.parametrize(
    ("word", "found"),
    {
        "join": [("News", 1), ("Club", 1)],
        " JOIN  news ": [("News", 1)],
        "Leave": [("News", 2)],
        "joined": [],
        "“Leave!”": [("News", 2)],
        "Stop news.": [("News", 2)],
        "unsubscribe CLUB": [("Club", 2)],
        "start club": [("Club", 1)],
        "stop weather": [],
        "help news": [],
    }.items(),
)
async def test_words_of_handsets(sqlite_url: str, word: str, found: list[tuple[str, int]]) -> None:
    async with house(sqlite_url, LISTS, is_up=False) as here:
        snapshot = here.node.world.snapshot
        alice = snapshot.views["alice"].account.id
        told = lists.spoken_of(snapshot, alice, word)
        assert sorted((row.name, int(action)) for row, action in told) == sorted(found)
        bob = lists.spoken_of(snapshot, snapshot.views["bob"].account.id, word)
        assert {row.account_id for row, _ in bob} <= {snapshot.views["bob"].account.id}
        assert lists.spoken_of(snapshot, 99, word) == ()


OURS = "447700900000"
SPOKEN = (
    LISTS
    + f"""
[[number]]
number = "{OURS}"
account = "alice"

[[number]]
number = "60070"
account = "alice"

[[number]]
number = "60070"
keyword = "WIN"
account = "bob"

[[list]]
account = "bob"
name = "Prizes"
stop_words = ["no luck"]

[gateway]
stop_code = "86688"
"""
)


class Said(msgspec.Struct):
    """What a handset writes, what that changes in lists, and what it did beside."""

    text: str
    changed: list[tuple[str, int, int]]  # list, action, source; of Alice's, then of Bob's
    deed: str
    to: str = OURS
    owner: str = "alice"


IN_ALL = ("News", "Club")
SAID = {
    "a list's word": Said("join news", [("News", 1, 1)], "join News"),
    "a word of two lists": Said(
        "JOIN", [("Club", 1, 1), ("News", 1, 1)], "start, join Club, join News"
    ),
    "a name behind a word": Said("Stop News!", [("News", 2, 1)], "leave News"),
    "a list's own stop": Said("Leave", [("News", 2, 1)], "leave News"),
    "a STOP": Said("STOP", [("Club", 2, 1), ("News", 2, 1)], "stop, leave Club, leave News"),
    "a list of who shares the number": Said(
        "no luck", [("Prizes", 2, 1)], "leave Prizes", to="60070", owner="bob"
    ),
    "a STOP to the platform": Said(
        "STOP", [("News", 2, 8), ("News", 2, 8)], "platform stop", to="86688", owner=""
    ),
    "a sentence": Said("join us at five", [], ""),
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
async def test_a_word_from_a_handset_changes_lists(any_store: dict[str, Any], said: Said) -> None:
    """Whoever is in all of Alice's lists and one of Bob's, or in none of those to be joined."""
    async with house(world=SPOKEN, **any_store) as here:
        snapshot = here.node.world.snapshot
        joins = any(action == 1 for _, action, _ in said.changed)
        before = 0
        if not joins:
            await join(here, "News", "Club")
            await join(here, "News", account="bob")
            before = 2
        await utter(here, sender=ONE, to=said.to, text=said.text)
        [message] = await received(here)
        told = [
            *(await events(here))[0 if joins else before :],
            *(await events(here, "bob"))[0 if joins else 1 :],
        ]
        owner = snapshot.views_by_id.get(message.account_id)
    assert [(e.list_name, e.action, e.source) for e in told] == said.changed
    assert {e.proof for e in told} <= {f"inbound {message.id}: {said.text}"}
    assert {e.at_us for e in told} <= {message.received_us}
    assert message.deed == said.deed
    assert (owner.account.name if owner is not None else "") == said.owner


async def test_who_joins_again_is_written_to_again(engine: str) -> None:
    """A STOP counts for the account and for its lists; one list that is joined lifts the first."""
    async with house(engine, SPOKEN, is_up=True) as here:
        await join(here, "News", "Club")
        await utter(here, sender=ONE, to=OURS, text="STOP")

        async def is_refused() -> bool:
            return await ask(here, SEND, to=ONE, text="Hi") == "ERR:INVALID_NUMBER"

        await here.until(is_refused)
        await utter(here, sender=ONE, to=OURS, text="Join news")

        async def is_reached() -> bool:
            return (await ask(here, SEND, to="News", text="Hi")).startswith("ID:")

        await here.until(is_reached)
        assert await ask(here, SEND, to="Club", text="Hi") == "ERR:INVALID_NUMBER"


async def test_who_joins_and_leaves_is_answered_by_the_list(engine: str) -> None:
    """Once an hour; who writes STOP is answered by the account, whatever the lists would say."""
    late_us = 0

    def clock_us() -> int:
        return CLOCK_US + late_us

    replies = 'join_reply = "You get our news. STOP NEWS ends it."\nstop_reply = "No more news."\n'
    world = SPOKEN.replace('name = "News"\n', f'name = "News"\n{replies}', 1)
    alice: dict[str, dict[str, object]] = {"account.alice": {"stop_reply": "Bye."}}
    async with house(engine, world, changes=alice, clock_us=clock_us) as here:
        for hours, text in enumerate(("join news", "stop news", "start news", "stop"), 1):
            await utter(here, sender=ONE, to=OURS, text=text)
            await utter(here, sender=ONE, to=OURS, text=f"{text}!")
            await here.until_tally({State.DELIVERED: hours})
            late_us += 3_600_000_001
        shown = [(s.sender, s.text) for s in here.smsc.screen(ONE)]
    joined, left = "You get our news. STOP NEWS ends it.", "No more news."
    assert shown == [(OURS, text) for text in (joined, left, joined, "Bye.")]


RULED = (
    WORLD
    + """
[[list]]
account = "alice"
name = "Dead"
on_dead = "delete"

[[list]]
account = "alice"
name = "Kept"

[[list]]
account = "alice"
name = "Texted"
on_mt_sms = "subscribe"
"""
)


async def join(here: House, *names: str, number: str = ONE, account: str = "alice") -> int:
    snapshot = here.node.world.snapshot
    account_id = snapshot.views[account].account.id
    async with here.database.transaction() as tx:
        for name in names:
            how = (number, Action.SUBSCRIBED, Source.PORTAL, "person", 1)
            assert await lists.subscribe(tx, snapshot, account_id, name, *how)
    return account_id


async def changes(here: House, name: str) -> list[tuple[str, int, int, str]]:
    return [
        (event.number, event.action, event.source, event.proof)
        for event in await events(here)
        if event.list_name == name
    ]


BEHAVIOURS = {
    "unknown subscriber": (UNDELIVERABLE, True),
    "another reason": (Behaviour(state=ReceiptState.UNDELIVERABLE, error="027"), False),
    "delivered with that code": (Behaviour(error="001"), False),
}


@pytest.mark.parametrize(("behaviour", "leaves"), BEHAVIOURS.values(), ids=BEHAVIOURS)
async def test_a_dead_number_leaves(
    any_store: dict[str, Any], behaviour: Behaviour, leaves: bool
) -> None:
    async with house(world=RULED, **any_store) as here:
        here.smsc.handsets.behave(ONE, behaviour)
        await join(here, "Dead", "Kept")
        [message] = await here.send(ONE)

        async def holds() -> bool:
            return State((await here.message(message)).state) in FINAL

        await here.until(holds)
        left = (ONE, 3, Source.STATUS_REPORT, f"message {message}, receipt with error 001")
        joined = (ONE, 1, Source.PORTAL, "person")
        assert await changes(here, "Dead") == ([joined, left] if leaves else [joined])
        assert await changes(here, "Kept") == [joined]


async def test_who_is_sent_a_text_joins_once(engine: str) -> None:
    """And not again who left: a text is nothing that they asked for."""
    async with house(engine, RULED, is_up=False) as here:
        await join(here, "Texted", number=TWO)
        assert await update(here, Action.UNSUBSCRIBED, TWO, name="Texted") == "OK"
        sent = await here.send([ONE, TWO, ONE])
        await here.send([ONE])
        by_text = [change for change in await changes(here, "Texted") if change[2] == 3]
        assert by_text == [(ONE, 1, Source.OUTGOING_SMS, f"message {sent[0]}")]
