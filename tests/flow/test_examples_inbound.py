"""The worked examples of intellisoftware that end at the customer's server: from what causes them.

A handset that writes, a receipt, a change of a list.
"""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from dragoman.store.database import open_database
from dragoman.store.world import put_networks
from tests.flow import examples_intellisoftware
from tests.flow.endpoints import Endpoint, endpoint
from tests.flow.house import SMSC_PORT, House, house
from tests.flow.inbound import utter
from tests.flow.notices import Hands, instant_us, until_told
from tests.flow.test_examples import ask, check_answer, furnish

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
    async with endpoint() as far:
        account: dict[str, object] = {
            "time_zone": "Europe/London",
            "intellisoftware": {
                "mo_url": f"{far.url}/mo",
                "sub_url": f"{far.url}/sub",
            },
        }
        changes: dict[str, dict[str, object]] = {
            "account.MyUsername": account,
            "carrier.main": {"port": SMSC_PORT},
            "gateway": {"callback_private": True, "stop_code": "86688"},
        }
        row = dataclasses.replace(examples_intellisoftware.ROWS["1 as documented"], changes=changes)
        database = await open_database(url)
        await furnish(database, examples_intellisoftware, row, NUMBERS)
        async with database.transaction() as tx:
            await tx.run("INSERT INTO counter (name, next) VALUES ('inbound', 110000000002)")
            await put_networks(tx, [("4477101", "234010")], instead=True)
            await tx.run("DELETE FROM work")  # how the list's members came there
        await database.close()
        async with house(url, None, clock_us=clock) as here:
            yield here, far


async def send(here: House, **fields: str) -> str:
    """Send as rows 1 and 45 do; give the whole answer."""
    login = {"username": "MyUsername", "password": "MyPassword"}
    query = urlencode({**login, "to": HANDSET, "text": "The Message", **fields})
    async with here.customer() as one:
        return (await one.get(f"/smsgateway/sendmsg.aspx?{query}")).text


async def heard_at(far: Endpoint, path: str) -> str:
    """Wait until the customer's server heard something at a path; give the body of that one."""
    line = f"POST {path} HTTP/1.1"
    await far.until_holds(lambda: any(heard.line == line for heard in far.heard))
    [body] = [heard.body.decode() for heard in far.heard if heard.line == line]
    return body


async def test_row_45_a_reply_comes_back_with_its_context(engine: str) -> None:
    clock = Hands(instant_us("2010-02-03T13:50:05+00:00"))
    async with furnished(engine, clock) as (here, far):
        assert (await send(here, usercontext="order-77")).startswith("ID:")
        await utter(here, sender=HANDSET, to=OURS, text="Yes please")
        heard = await heard_at(far, "/mo")
        assert heard == (
            "from=44771012345&text=Yes+please&msgid=500110000000002"
            "&sent=2010-02-03T13%3A50%3A05-00%3A00&usercontext=order-77"
        )


async def test_row_46_a_message_to_a_short_code_tells_the_network(engine: str) -> None:
    clock = Hands(instant_us("2010-06-10T13:45:12+00:00"))
    async with furnished(engine, clock) as (here, far):
        await utter(here, sender=HANDSET, to="60070", text="Hello")
        heard = await heard_at(far, "/mo")
        assert heard == (
            "from=44771012345&text=Hello&msgid=500110000000002"
            "&sent=2010-06-10T14%3A45%3A12%2B01%3A00&networkcode=234010"
        )


async def test_rows_41_and_42_a_change_is_told_and_what_is_none_is_not(engine: str) -> None:
    clock = Hands(instant_us("2010-02-03T13:50:05+00:00"))
    async with furnished(engine, clock) as (here, far):
        for label in ("42 subscribed before", "41 subscribed"):
            row = examples_intellisoftware.ROWS[label]
            check_answer(await ask(here, row), row)
        assert await heard_at(far, "/sub") == (
            "sublistname=MySubscriptionListName&sublisttype=2&msisdn=44771012347&action=1&source=7"
            "&timestamp=2010-02-03T13%3A50%3A05-00%3A00"
        )
        await until_told(here)
        assert len(far.heard) == 1


async def test_row_48_a_stop_to_the_platform_refuses_what_is_sent_then(engine: str) -> None:
    clock = Hands(instant_us("2010-02-03T13:50:05+00:00"))
    async with furnished(engine, clock) as (here, far):
        assert (await send(here)).startswith("ID:")
        await utter(here, sender=HANDSET, to="86688", text="STOP")

        async def holds() -> bool:
            return await send(here) == "ERR:INVALID_NUMBER"

        await here.until(holds)
        assert await heard_at(far, "/sub") == (
            "sublistname=MySubscriptionListName&sublisttype=2&msisdn=44771012345&action=2&source=8"
            "&timestamp=2010-02-03T13%3A50%3A05-00%3A00"
        )
