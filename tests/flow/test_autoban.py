"""Who guesses passwords is banned by itself, and nobody else is."""

import logging

import pytest

from dragoman.core.autoban import BAN_US, FAILURES
from tests.flow.customer import Customer
from tests.flow.house import WORLD, house
from tests.flow.worlds import changed

GUESSER, OWNER = "192.0.2.66", "192.0.2.67"
SUBMIT = "/bulksms/bulksms?username=alice&type=0&dlr=0&destination=447700900001&source=A&message=Hi"


class Clock:
    """A clock that stands until it is told otherwise."""

    now_us = 1_700_000_000_000_000

    def __call__(self) -> int:
        return self.now_us


async def code(one: Customer, password: str, peer: str) -> str:
    """Give the code that a caller behind our proxy is answered."""
    header = {"x-forwarded-for": peer} if peer else {}
    answer = await one.ask("GET", f"{SUBMIT}&password={password}", headers=header)
    return answer.text.partition("|")[0]


async def test_a_guesser_is_banned_and_comes_back(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    options = {"gateway": {"autoban": True, "trusted_proxies": ["127.0.0.1"]}}
    async with house(sqlite_url, changes=options, clock_us=clock) as here, here.customer() as one:
        with caplog.at_level(logging.WARNING, "dragoman.front.callers"):
            told = [await code(one, f"wrong{i}", GUESSER) for i in range(FAILURES)]
        assert told == ["1703"] * (FAILURES - 1) + ["16"]
        assert caplog.messages == [f"{GUESSER} is banned for 15 minutes: 10 failed log-ins"]
        # The right password is as good as a wrong one, so that nothing can be learnt.
        assert await code(one, "wrong", GUESSER) == "16"
        assert await code(one, "secret", GUESSER) == "16"
        assert await code(one, "secret", OWNER) == "1701"
        assert await code(one, "secret", GUESSER) == "16"  # though it is remembered now
        clock.now_us += BAN_US
        assert await code(one, "secret", GUESSER) == "1701"


async def test_nobody_is_banned_where_it_is_off_or_for_a_proxy(sqlite_url: str) -> None:
    async with house(sqlite_url) as here, here.customer() as one:
        for i in range(FAILURES + 1):
            assert await code(one, f"wrong{i}", "") == "1703"
        on = {"autoban": True, "trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]}
        await here.apply(changed(WORLD, {"gateway": on}))
        for i in range(FAILURES + 1):
            assert await code(one, f"wrong{i}", "10.0.0.1") == "1703"
        assert await code(one, "secret", "10.0.0.1") == "1701"


async def test_a_header_that_is_too_long_hides_nobody(sqlite_url: str) -> None:
    """What our proxy appended counts: neither the ban nor the allow list is passed by."""
    options: dict[str, dict[str, object]] = {
        "gateway": {"autoban": True, "trusted_proxies": ["127.0.0.1"]},
        "account.alice": {"ip_allow": [OWNER]},
    }
    junk = f"{OWNER}, " * 200
    async with house(sqlite_url, changes=options) as here, here.customer() as one:
        assert await code(one, "secret", f"{junk}{OWNER}") == "1701"
        assert await code(one, "secret", f"{junk}{GUESSER}") == "18"
        named = await one.ask(
            "GET",
            f"{SUBMIT}&password=secret&ip={OWNER}",
            headers={"x-forwarded-for": f"{junk}{GUESSER}"},
        )
        assert named.text.partition("|")[0] == "18"
        told = [await code(one, f"wrong{i}", f"{junk}{GUESSER}") for i in range(FAILURES + 1)]
        assert told[-2:] == ["16", "16"]
