"""How often one number gets something from one account, over a restart, too."""

from tests.flow.customer import Customer
from tests.flow.house import house
from tests.flow.test_autoban import Clock

HOUR_US = 3_600 * 1_000_000
TO, OTHER = "447700900001", "447700900002"
UNIFIED = "/bulksms/bulksms?username=alice&password=secret&type=0&dlr=0&source=A&message=Hi"


async def codes(one: Customer, *numbers: str) -> list[str]:
    answer = await one.ask("GET", f"{UNIFIED}&destination={','.join(numbers)}")
    return [item.split("|")[0] for item in answer.text.split(",")]


async def test_enough_is_enough(engine: str) -> None:
    clock = Clock()
    clock.now_us = 1_700_000_000_000_000
    limit = {"account.alice": {"recipient_rate": "2/1h"}}
    async with house(engine, changes=limit, clock_us=clock) as here:
        async with here.customer() as one:
            assert await codes(one, TO, OTHER) == ["1701", "1701"]
            clock.now_us += HOUR_US - 1
            assert await codes(one, TO) == ["1701"]
            assert await codes(one, TO) == ["1028"]
            before_u = await here.balance_u()
            assert await codes(one, TO, OTHER) == ["1028", "1701"]
            assert before_u - await here.balance_u() == 1_000_000
        await here.stop()
        await here.start()
        async with here.customer() as one:
            assert await codes(one, TO) == ["1028"]
            clock.now_us += 1
            assert await codes(one, TO) == ["1701"]
        assert await here.discrepancies() == []


async def test_the_gateway_has_a_limit_for_all(sqlite_url: str) -> None:
    limit = {"gateway": {"recipient_rate": "1/1d"}}
    async with house(sqlite_url, changes=limit) as here, here.customer() as one:
        assert await codes(one, TO, TO) == ["1701", "1028"]
        assert await here.discrepancies() == []
