import asyncio

import pytest

from dragoman.store.database import Database
from dragoman.store.ids import LIMIT, reserve


async def test_ids_begin_with_one_and_blocks_follow_each_other(store: Database) -> None:
    async with store.transaction() as tx:
        assert await reserve(tx, "message", 1_000) == 1
        assert await reserve(tx, "message", 1) == 1_001
        assert await reserve(tx, "message", 10) == 1_002
        assert await reserve(tx, "submission", 10) == 1


async def test_no_id_is_given_twice(store: Database, other: Database) -> None:
    async def fetch(node: Database) -> list[int]:
        async with node.transaction() as tx:
            first = await reserve(tx, "message", 10)
        return list(range(first, first + 10))

    blocks = await asyncio.gather(*(fetch(node) for node in [store, other] * 10))
    ids = [i for block in blocks for i in block]
    assert sorted(ids) == list(range(1, 201))


async def test_a_block_of_a_transaction_that_failed_is_given_again(store: Database) -> None:
    async def fetch_and_fail() -> None:
        async with store.transaction() as tx:
            assert await reserve(tx, "message", 10) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fetch_and_fail()
    async with store.transaction() as tx:
        assert await reserve(tx, "message", 10) == 1


async def test_ids_stay_exact_in_a_double(store: Database) -> None:
    async with store.transaction() as tx:
        await tx.run("INSERT INTO counter VALUES ('message', ?)", (LIMIT - 10,))
        assert await reserve(tx, "message", 10) == LIMIT - 10
        with pytest.raises(OverflowError, match="'message' are used up"):
            await reserve(tx, "message", 1)
