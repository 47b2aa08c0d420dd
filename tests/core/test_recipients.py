"""How often one number may get something."""

import pytest

from dragoman.core.accept import Prepared
from dragoman.core.recipients import TOO_OFTEN, Allowance, Recent, read_allowance
from dragoman.core.worldfile.parse import WorldError, parse_world
from dragoman.model.messages import Message
from dragoman.model.submissions import Crediting, Outcome
from dragoman.store.database import open_database
from dragoman.store.recipients import find_times, forget_times, put_times
from tests.flow.worlds import KINDS
from tests.store.rows import a_message

ONE, TWO = 447700900001, 447700900002
HOUR_US = 3_600 * 1_000_000

READ = {
    "hours": ("5/1h", Allowance(5, HOUR_US)),
    "blanks": (" 3 / 10 m", Allowance(3, 600 * 1_000_000)),
    "seconds": ("1/30s", Allowance(1, 30 * 1_000_000)),
    "days": ("1000/7d", Allowance(1000, 7 * 24 * HOUR_US)),
}


@pytest.mark.parametrize(("text", "allowance"), READ.values(), ids=READ)
def test_read_allowance(text: str, allowance: Allowance) -> None:
    assert read_allowance(text) == allowance


@pytest.mark.parametrize("text", ["", "5", "0/1h", "5/0h", "1001/1h", "5/8d", "5/1w", "-1/1h"])
def test_what_is_no_allowance(text: str) -> None:
    with pytest.raises(ValueError, match=r'^must be messages and a time such as "5/1h"'):
        read_allowance(text)
    with pytest.raises(WorldError, match=r"recipient_rate must be messages and a time"):
        parse_world(f'[gateway]\nrecipient_rate = "{text}"', KINDS, {})


def prepared(at_us: int, *numbers: int, account_id: int = 7) -> Prepared:
    outcomes = [Outcome(str(n), str(n), cost_u=10, segments=1) for n in numbers]
    messages: list[Message | None] = [a_message(i) for i, _ in enumerate(numbers, 1)]
    cost_u = 10 * len(numbers)
    return Prepared(account_id, Crediting.EACH, False, outcomes, messages, at_us, cost_u)


def asked(recent: Recent, one: Prepared) -> list[bool]:
    """Judge and count a submission; give which of its recipients are refused."""
    recent.judge(one)
    recent.note(one)
    assert one.cost_u == sum(outcome.cost_u for outcome in one.outcomes)
    for outcome, message in zip(one.outcomes, one.messages, strict=True):
        assert (message is None) == (outcome.refusal is TOO_OFTEN) == (outcome.cost_u == 0)
    return [outcome.refusal is not None for outcome in one.outcomes]


def test_a_window_that_slides() -> None:
    recent = Recent({7: Allowance(2, 100)}, {})
    assert asked(recent, prepared(1_000, ONE)) == [False]
    assert asked(recent, prepared(1_050, ONE, TWO)) == [False, False]
    assert asked(recent, prepared(1_099, ONE, TWO)) == [True, False]
    assert asked(recent, prepared(1_100, ONE)) == [False]
    assert asked(recent, prepared(1_149, ONE)) == [True]


def test_twice_in_one_request_and_another_account() -> None:
    recent = Recent({7: Allowance(2, 100)}, {(7, TWO): [950, 990]})
    assert asked(recent, prepared(1_000, ONE, ONE, ONE, TWO)) == [False, False, True, True]
    assert asked(recent, prepared(1_000, ONE, ONE, ONE, account_id=8)) == [False] * 3


async def test_what_the_store_keeps(engine: str) -> None:
    database = await open_database(engine)
    async with database.transaction() as tx:
        await put_times(tx, [((7, ONE), [1, 2], 100), ((7, TWO), [3], 200)])
    async with database.transaction() as tx:
        await put_times(tx, [((7, ONE), [2, 5], 300)])
        assert await find_times(tx, [7, 8], [ONE, TWO]) == {(7, ONE): [2, 5], (7, TWO): [3]}
        assert await find_times(tx, [8], [ONE]) == {}
        assert await forget_times(tx, 200, 10) == 1
        assert await find_times(tx, [7], [ONE, TWO]) == {(7, ONE): [2, 5]}
    await database.close()
