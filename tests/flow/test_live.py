"""What an operator applies is live without a restart, and disturbs nobody it does not concern."""

import pytest

from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.core.optout import opt_in, opt_out
from dragoman.core.watch import Watch
from dragoman.model.states import State
from dragoman.net.clock import LoopClock
from dragoman.store.database import open_database
from dragoman.store.errors import StoreUnavailable
from tests.flow.customer import SEND, itec
from tests.flow.house import WORLD, House, house, wall_us
from tests.flow.worlds import changed

UNIT = 1_000_000
TO = "447700900001"

SECOND_CARRIER = """
[[carrier]]
name = "second"
kind = "smpp"
host = "127.0.0.1"
port = {port}
system_id = "dragoman"
password = "secret"
"""


async def detail(here: House, **fields: object) -> str:
    """Send and give what was refused, or nothing."""
    async with here.customer() as one:
        answer = await one.post_json(SEND, itec(TO, "Hello", **fields))
    return "" if answer.status == 200 else answer.text.split('"detail":"')[1].split('"')[0]


async def test_a_price(engine: str) -> None:
    async with house(engine) as here:
        before_u = await here.balance_u()
        await here.send(TO)
        await here.apply(WORLD.replace('price = "1"', 'price = "2.5"'))
        await here.send(TO)
        assert before_u - await here.balance_u() == 3_500_000
        assert await here.discrepancies() == []


async def test_a_password(engine: str) -> None:
    """The new one counts at once, also for a client whose old one was just verified."""
    async with house(engine) as here, here.customer() as one:
        await one.send(TO)
        await here.apply(changed(WORLD, {"account.alice": {"password": "another"}}))
        answer = await one.post_json(SEND, itec(TO, "Hello"))
        assert b"Invalid username or password" in answer.body
        await one.send(TO, password="another")


async def test_an_account_that_is_switched_off(sqlite_url: str) -> None:
    async with house(sqlite_url) as here:
        assert await detail(here) == ""
        await here.apply(changed(WORLD, {"account.alice": {"enabled": False}}))
        assert await detail(here) == "Account disabled"
        await here.apply(WORLD)
        assert await detail(here) == ""


async def test_a_new_account(sqlite_url: str) -> None:
    bob = '[[account]]\nname = "bob"\npassword = "b0b"\nbalance = "1"\n'
    async with house(sqlite_url) as here:
        assert await detail(here, username="bob", password="b0b") == "Invalid username or password"
        await here.apply(WORLD + bob)
        assert await detail(here, username="bob", password="b0b") == ""
        assert await here.balance_u("bob") == 0


async def test_a_route_and_its_carrier(sqlite_url: str) -> None:
    """A longer prefix leads elsewhere as soon as it is applied, to a carrier that is new, too."""
    other = Smsc(SmscOptions(), LoopClock(wall_us))
    await other.start()
    async with house(sqlite_url) as here:
        route = '[[route]]\nprefix = "44"\ncarrier = "second"\n'
        await here.apply(WORLD + SECOND_CARRIER.format(port=other.port) + route)
        await here.until_up()
        here.smsc.on_message = None
        [there, elsewhere] = await here.send([TO, "250788123456"])
        await here.until_state(there, State.DELIVERED)
        await here.until_state(elsewhere, State.DELIVERED)
        assert (other.submitted, here.smsc.submitted) == (1, 1)
        assert len(here.smsc.binds) == 1  # the other carrier was left alone
    await other.stop()


async def test_a_carrier_applied_while_the_store_is_gone(sqlite_url: str) -> None:
    """What could not be done at once is done when the store is back; nobody need restart."""
    other = Smsc(SmscOptions(), LoopClock(wall_us))
    await other.start()
    async with house(sqlite_url) as here:
        here.store.instead = lambda: StoreUnavailable("gone")
        await here.apply(WORLD + SECOND_CARRIER.format(port=other.port))
        assert len(here.node.lanes) == 1
        here.store.instead = None
        await here.until(lambda: has_two(here))
        await here.until_up()
    await other.stop()


async def has_two(here: House) -> bool:
    return len(here.node.lanes) == 2


async def test_a_route_that_goes(sqlite_url: str) -> None:
    async with house(sqlite_url) as here:
        await here.apply(WORLD.replace('prefix = ""\ncarrier', 'prefix = "250"\ncarrier'))
        assert await detail(here) == "Destination not supported"


async def test_a_carrier_is_switched_off_and_on(sqlite_url: str) -> None:
    """What waits for it waits, and leaves when it is back."""
    async with house(sqlite_url) as here:
        await here.send(TO)
        await here.until_tally({State.DELIVERED: 1})
        await here.apply(changed(WORLD, {"carrier.main": {"enabled": False}}))
        await here.smsc.wait_until(lambda: not here.smsc.connections)
        await here.send([TO] * 10)
        assert await here.tally() == {State.DELIVERED: 1, State.QUEUED: 10}
        await here.apply(WORLD)
        await here.until_tally({State.DELIVERED: 11})


async def test_a_carrier_changes_under_load(sqlite_url: str) -> None:
    """Bound anew with other options: what was on the wire is answered first, nothing is lost."""
    async with house(sqlite_url, changes={"carrier.main": {"window": 20}}) as here:
        here.smsc.faults.response_delay_s = 0.02
        await here.send([TO] * 300)
        await here.smsc.wait_for(100)
        await here.apply(changed(WORLD, {"carrier.main": {"window": 10}}))
        await here.until_tally({State.DELIVERED: 300})
        assert here.smsc.submitted == 300
        assert len(here.smsc.binds) == 2


OPTIONS = {
    "senders": ({"senders": ["Other"]}, "Invalid sender"),
    "address": ({"ip_allow": ["192.0.2.1"]}, "IP address not allowed"),
    "expiry": ({"templates": ["Hi {#var#}"]}, "Message does not match a template"),
    "spam": ({"spam": ["hel+o"]}, "Message refused as spam"),
    "dialects": ({"dialects": ["unified"]}, "Invalid username or password"),
}


@pytest.mark.parametrize(("options", "words"), OPTIONS.values(), ids=OPTIONS)
async def test_an_option_of_an_account(
    sqlite_url: str, options: dict[str, object], words: str
) -> None:
    async with house(sqlite_url) as here:
        assert await detail(here) == ""
        await here.apply(changed(WORLD, {"account.alice": options}))
        assert await detail(here) == words


async def test_failover_and_back(sqlite_url: str) -> None:
    """With the first carrier down messages take the second; with both up, the first again."""
    other = Smsc(SmscOptions(), LoopClock(wall_us))
    await other.start()
    world = WORLD.replace("[[price]]", '[[route]]\nprefix = ""\ncarrier = "second"\n\n[[price]]')
    async with house(sqlite_url, world + SECOND_CARRIER.format(port=other.port)) as here:
        [first] = await here.send(TO)
        await here.until_state(first, State.DELIVERED)
        await here.smsc.stop()
        await here.until(lambda: only_second(here))
        [second] = await here.send(TO)
        await here.until_state(second, State.DELIVERED)
        assert (here.smsc.submitted, other.submitted) == (1, 1)
        await here.smsc.start()
        await here.until_up()
        [third] = await here.send(TO)
        await here.until_state(third, State.DELIVERED)
        assert (here.smsc.submitted, other.submitted) == (2, 1)
    await other.stop()


async def only_second(here: House) -> bool:
    return [lane.up for lane in here.node.lanes.values()] == [False, True]


async def test_a_refusal_leads_to_the_next_carrier(sqlite_url: str) -> None:
    """What one carrier refuses for its own reasons, the next one may take; charged once."""
    other = Smsc(SmscOptions(), LoopClock(wall_us))
    await other.start()
    world = WORLD.replace("[[price]]", '[[route]]\nprefix = ""\ncarrier = "second"\n\n[[price]]')
    async with house(sqlite_url, world + SECOND_CARRIER.format(port=other.port)) as here:
        here.smsc.faults.fail_every = 1
        before_u = await here.balance_u()
        [message_id] = await here.send(TO)
        await here.until_state(message_id, State.DELIVERED)
        assert (here.smsc.refused, other.accepted) == (1, 1)
        assert [event.kind for event in (await here.life(message_id)).events] == ["rerouted"]
        assert before_u - await here.balance_u() == UNIT
        # With nobody left to ask, it is over.
        other.faults.fail_every = 1
        [message_id] = await here.send(TO)
        await here.until_state(message_id, State.REJECTED)
    await other.stop()


async def test_guessing_is_slowed_and_customers_are_not(sqlite_url: str) -> None:
    """Each wrong password costs more waiting; who was let in before waits for nothing."""
    async with house(sqlite_url) as here, here.customer() as good:
        await good.send(TO)
        for _ in range(6):
            assert await detail(here, password="guess") == "Invalid username or password"
        assert here.slept_s == [0.2, 0.4, 0.8]
        await good.send(TO)
        assert len(here.slept_s) == 3


async def test_a_word_of_a_subscriber(engine: str) -> None:
    """Written by another process; the world is not compiled anew for it."""
    async with house(engine) as here:
        assert await detail(here) == ""
        version = here.node.world.snapshot.version
        other = await open_database(here.url)
        async with other.transaction() as tx:
            assert await opt_out(tx, 0, TO, wall_us(), "sms", "STOP")
        await here.until_live()
        assert await detail(here) == "Recipient opted out"
        async with other.transaction() as tx:
            assert await opt_in(tx, 0, TO, wall_us(), "sms", "START")
        await here.until_live()
        assert await detail(here) == ""
        assert here.node.world.snapshot.version == version
        await other.close()


async def test_a_carrier_that_cannot_be_tried_says_why(sqlite_url: str) -> None:
    """It is down for whoever watches, too, and costs the other carriers nothing."""
    wrong = SECOND_CARRIER.format(port=1) + 'tls = true\ntls_ca = "no-such.pem"\n'
    async with house(sqlite_url) as here:
        watch = Watch(here.node)

        async def tells() -> bool:
            return bool(watch.status().unusable)

        async def forgot() -> bool:
            return not await tells()

        await here.apply(WORLD + wrong)
        await here.until(tells)
        words = "TLS files no-such.pem cannot be used: [Errno 2] No such file or directory"
        assert watch.status().unusable == {"second": words}
        ups = {s[1]["carrier"]: s[2] for s in watch.samples() if s[0] == "dragoman_carrier_up"}
        assert ups == {"main": 1.0, "second": 0.0}
        [message_id] = await here.send(TO)
        await here.until_state(message_id, State.DELIVERED)
        await here.apply(WORLD)
        await here.until(forgot)
