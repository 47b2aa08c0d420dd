"""What operators read of a whole gateway, however many processes it is."""

from pathlib import Path

import pytest

from tests.app.process import Gateway, gateway, until
from tests.flow.customer import customer

SHOWN = (
    "dragoman_http_connections_open",
    "dragoman_http_connections_total",
    "dragoman_http_requests_total",
    "dragoman_http_unreadable_total",
    "dragoman_requests_total",
    "dragoman_accepted_total",
    "dragoman_charged_u_total",
    "dragoman_login_failures_total",
)


async def metrics(here: Gateway) -> dict[str, float]:
    """Scrape."""
    async with customer(here.ops_port) as scraper:
        answer = await scraper.get("/metrics")
    lines = (line.rsplit(" ", 1) for line in answer.text.splitlines() if line[0] != "#")
    return {name: float(value) for name, value in lines}


@pytest.mark.parametrize("processes", [0, 2])
async def test_what_customers_do_is_counted(tmp_path: Path, processes: int) -> None:
    async with gateway(tmp_path, f"processes = {processes}") as here:
        async with customer(here.http_port) as one, customer(here.http_port) as two:
            await one.send(["447700900001", "447700900002"])
            await two.send("447700900003")
            two.write(b"garbage\r\n\r\n")
            await two.rest()
            await seen(here, [1, 2, 2, 1, 2, 3, 3_000_000, 0])
        await seen(here, [0, 2, 2, 1, 2, 3, 3_000_000, 0])


async def seen(here: Gateway, wanted: list[float]) -> None:
    """Wait until the numbers are these."""
    last: list[float] = []

    async def holds() -> bool:
        nonlocal last
        now = await metrics(here)
        last = [now.get(name, -1) for name in SHOWN]
        return last == wanted

    try:
        await until(holds)
    except TimeoutError:
        raise AssertionError(dict(zip(SHOWN, last, strict=True))) from None
