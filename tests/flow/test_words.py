"""What subscribers ask for with a word is done: STOP, START, HELP, to whom they are meant."""

import pytest

from dragoman.model.barring import Bar
from dragoman.model.inbound import GATEWAY
from dragoman.model.states import State
from tests.flow.house import House, house
from tests.flow.inbound import HANDSET, OURS, SHARED, received, sendmsg, told, utter

BAR = int(Bar.OPTED_OUT)
STOPPABLE: dict[str, dict[str, object]] = {
    "account.alice": {
        "notify_url": "http://127.0.0.1:9/alice",
        "keyword_languages": ["de"],
        "stop_words": ["halt"],
        "stop_reply": "You will hear no more of us. START undoes it.",
        "help_reply": "We sell bread.",
    },
    "gateway": {"stop_code": "86688"},
}


async def is_refused(here: House, sender: str, recipient: str = HANDSET) -> bool:
    """Tell whether Alice can write to a number."""
    fields = {"username": "alice", "password": "secret", "text": "Hi", "from": sender}
    async with here.customer() as one:
        answer = await one.get(sendmsg(**fields, to=recipient))
    return answer.text == "ERR:INVALID_NUMBER"


async def until_refused(here: House, *, wanted: bool) -> None:
    """Wait until a word counts in the running gateway."""

    async def holds() -> bool:
        return await is_refused(here, OURS) is wanted

    await here.until(holds)


WORDS = {"STOP": "stop", "Abmelden!": "stop", "halt": "stop", "STOP ALL": "stop all"}


@pytest.mark.parametrize(("word", "deed"), WORDS.items())
async def test_a_word_stops_an_account_and_another_one_undoes_it(
    engine: str, word: str, deed: str
) -> None:
    async with house(engine, SHARED, changes=STOPPABLE) as here:
        assert not await is_refused(here, OURS)
        await utter(here, text=word)
        await until_refused(here, wanted=True)
        await utter(here, text="START")
        await until_refused(here, wanted=False)
        assert [m.deed for m in await received(here)] == [deed, "start"]
        assert [e.text for e in await told(here)] == [word, "START"]


async def test_a_stop_is_confirmed_once_an_hour_and_paid_for(engine: str) -> None:
    late_us = 0

    def clock_us() -> int:
        return 1_900_000_000_000_000 + late_us

    async with house(engine, SHARED, changes=STOPPABLE, clock_us=clock_us) as here:
        for word in ("STOP", "help", "stop!", "What?"):
            await utter(here, text=word)
        await here.until_tally({State.DELIVERED: 1})
        late_us = 3_600_000_001
        await utter(here, text="info")
        await here.until_tally({State.DELIVERED: 2})
        shown = [(s.sender, s.text) for s in here.smsc.screen(HANDSET)]
        assert shown == [
            (OURS, "You will hear no more of us. START undoes it."),
            (OURS, "We sell bread."),
        ]
        assert await here.balance_u() == (100_000 - 2) * 1_000_000
        assert await here.discrepancies() == []


async def test_who_cannot_pay_confirms_nothing_and_stops_all_the_same(engine: str) -> None:
    poor = {**STOPPABLE["account.alice"], "balance": "0.5"}
    async with house(engine, SHARED, changes={**STOPPABLE, "account.alice": poor}) as here:
        await utter(here, text="STOP")
        assert await here.messages() == []
        assert [m.deed for m in await received(here)] == ["stop"]


async def opted_out(here: House) -> set[tuple[int, int]]:
    """Give the opt-outs of the store: account, number."""
    async with here.database.reading() as tx:
        return set(await tx.rows("SELECT account_id, number FROM barred WHERE bar = ?", (BAR,)))


SHARED_STOPS = {
    "the default owner": ("60070", "STOP", {1}),
    "one by its keyword": ("60070", "stop Win", {2}),
    "all that share it": ("60070", "STOPALL", {1, 2}),
    "a number of one's own": (OURS, "STOP", {1}),
    "the platform": ("86688", "Stop", {0}),
    "nobody's number": ("60071", "STOP", set()),
    "no word to the platform": ("86688", "Hello", set()),
    "a sentence": (OURS, "stop by at five", set()),
}


@pytest.mark.parametrize(("number", "text", "accounts"), SHARED_STOPS.values(), ids=SHARED_STOPS)
async def test_whom_a_stop_is_for(
    sqlite_url: str, number: str, text: str, accounts: set[int]
) -> None:
    async with house(sqlite_url, SHARED, changes=STOPPABLE) as here:
        await utter(here, to=number, text=text)
        assert await opted_out(here) == {(account, int(HANDSET)) for account in accounts}
        unclaimed = {"60071", "86688"} if not accounts else set()
        expected = 1 if number in unclaimed else 0
        assert here.node.counters.inbound_unclaimed == expected


async def test_a_stop_on_a_shared_number_is_for_who_wrote_last(engine: str) -> None:
    fields = {"username": "bob", "password": "secret", "text": "Hi", "from": "60070"}
    async with house(engine, SHARED, changes=STOPPABLE) as here:
        async with here.customer() as one:
            answer = await one.get(sendmsg(**fields, to=HANDSET, usercontext="a"))
        assert answer.text.startswith("ERR:"), "Bob has no credit"
        await here.apply(SHARED + '[[price]]\nprefix = "44"\nprice = "0"\naccount = "bob"\n')
        async with here.customer() as one:
            answer = await one.get(sendmsg(**fields, to=HANDSET, usercontext="a"))
        assert answer.text.startswith("ID:")
        await utter(here, to="60070", text="STOP")
        assert await opted_out(here) == {(2, int(HANDSET))}
        [event] = await told(here)
        assert (event.account_id, event.context) == (2, "a")


async def test_a_stop_to_the_platform_counts_for_everybody(engine: str) -> None:
    async with house(engine, SHARED, changes=STOPPABLE) as here:
        await utter(here, to="86688", text="STOP")
        await until_refused(here, wanted=True)
        [message] = await received(here)
        assert (message.account_id, message.deed) == (GATEWAY, "platform stop")
        assert await told(here) == []
        await utter(here, to="86688", text="START")
        await until_refused(here, wanted=False)
