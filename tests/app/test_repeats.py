"""One answer for a key, whichever front process is asked, and after all of them were killed."""

import asyncio
import json
from pathlib import Path

import pytest

from dragoman.store.database import open_database
from tests.app.process import Gateway, gateway
from tests.flow.customer import SEND, Answer, customer, itec

COPIES = 12
HOME = "447700900123"


async def ask(here: Gateway, key: str) -> Answer:
    headers = {"content-type": "application/json", "idempotency-key": key}
    async with customer(here.http_port) as one:
        return await one.ask("POST", SEND, headers, json.dumps(itec(HOME, "Hello")).encode())


@pytest.mark.parametrize("processes", [0, 2])
async def test_a_key_over_all_fronts_and_a_kill(tmp_path: Path, processes: int) -> None:
    async with gateway(tmp_path, f"processes = {processes}") as here:
        answers = await asyncio.gather(*(ask(here, "k1") for _ in range(COPIES)))
        assert {answer.status for answer in answers} == {200}
        assert len({answer.body for answer in answers}) == 1
        here.process.kill()
        await here.end()
        await here.start()
        assert (await ask(here, "k1")).body == answers[0].body
        assert (await ask(here, "k2")).body != answers[0].body
        here.process.terminate()
        assert await here.end() == 0
    database = await open_database(here.store_url)
    async with database.reading() as tx:
        assert await tx.row("SELECT count(*), sum(charge_u) FROM message") == (2, 2_000_000)
    await database.close()
