"""The worked examples of intellisoftware that begin at a handset: from its keys to the customer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from dragoman.store.database import open_database
from dragoman.store.world import put_networks
from tests.flow.endpoints import Endpoint, endpoint
from tests.flow.examples_intellisoftware import WORLD
from tests.flow.house import SMSC_PORT, House, house
from tests.flow.inbound import utter
from tests.flow.notices import Hands, instant_us

OURS, HANDSET = "447700900000", "44771012345"
NUMBERS = """
[[number]]
number = "447700900000"
account = "MyUsername"

[[number]]
number = "60070"
account = "MyUsername"
"""


@asynccontextmanager
async def furnished(url: str, clock: Hands) -> AsyncIterator[tuple[House, Endpoint]]:
    """Give the fixture of the examples: its next inbound id, and where its customer listens."""
    database = await open_database(url)
    async with database.transaction() as tx:
        await tx.run("INSERT INTO counter (name, next) VALUES ('inbound', 110000000002)")
        await put_networks(tx, [("4477101", "234010")], instead=True)
    await database.close()
    async with endpoint() as far:
        account: dict[str, object] = {
            "time_zone": "Europe/London",
            "intellisoftware": {"mo_url": f"{far.url}/mo"},
        }
        changes: dict[str, dict[str, object]] = {
            "account.MyUsername": account,
            "carrier.main": {"port": SMSC_PORT},
            "gateway": {"callback_private": True, "stop_code": "86688"},
        }
        async with house(url, WORLD + NUMBERS, changes=changes, clock_us=clock) as here:
            yield here, far


async def send(here: House, **fields: str) -> str:
    """Send as rows 1 and 45 do; give the whole answer."""
    login = {"username": "MyUsername", "password": "MyPassword"}
    query = urlencode({**login, "to": HANDSET, "text": "The Message", **fields})
    async with here.customer() as one:
        return (await one.get(f"/smsgateway/sendmsg.aspx?{query}")).text


async def test_row_45_a_reply_comes_back_with_its_context(engine: str) -> None:
    clock = Hands(instant_us("2010-02-03T13:50:05+00:00"))
    async with furnished(engine, clock) as (here, far):
        assert (await send(here, usercontext="order-77")).startswith("ID:")
        await utter(here, sender=HANDSET, to=OURS, text="Yes please")
        [heard] = await far.until(1)
        assert heard.line == "POST /mo HTTP/1.1"
        assert heard.body.decode() == (
            "from=44771012345&text=Yes+please&msgid=500110000000002"
            "&sent=2010-02-03T13%3A50%3A05-00%3A00&usercontext=order-77"
        )


async def test_row_46_a_message_to_a_short_code_tells_the_network(engine: str) -> None:
    clock = Hands(instant_us("2010-06-10T13:45:12+00:00"))
    async with furnished(engine, clock) as (here, far):
        await utter(here, sender=HANDSET, to="60070", text="Hello")
        [heard] = await far.until(1)
        assert heard.body.decode() == (
            "from=44771012345&text=Hello&msgid=500110000000002"
            "&sent=2010-06-10T14%3A45%3A12%2B01%3A00&networkcode=234010"
        )


async def test_row_48_a_stop_to_the_platform_refuses_what_is_sent_then(engine: str) -> None:
    clock = Hands(instant_us("2010-02-03T13:50:05+00:00"))
    async with furnished(engine, clock) as (here, far):
        assert (await send(here)).startswith("ID:")
        await utter(here, sender=HANDSET, to="86688", text="STOP")

        async def holds() -> bool:
            return await send(here) == "ERR:INVALID_NUMBER"

        await here.until(holds)
        assert far.heard == []
