"""Every refusal of every dialect, by its real cause, over a socket: the whole reply is compared."""

import asyncio
from collections.abc import Sequence
from types import ModuleType

import pytest

from dragoman.carriers.simulator.faults import Fate, Faults, Judge
from dragoman.model.states import State
from dragoman.store.database import open_database
from dragoman.store.errors import StoreRefused, StoreUnavailable
from tests.flow import (
    codes_intellisoftware,
    codes_intouch,
    codes_inviosmart,
    codes_itec,
    codes_unified,
)
from tests.flow.codes import SILENT, Case, Key
from tests.flow.house import House, house
from tests.flow.test_examples import DIALECTS as EXAMPLES
from tests.flow.test_examples import ask, check_answer, furnish

DIALECTS = {
    "intouch": codes_intouch,
    "itec": codes_itec,
    "unified": codes_unified,
    "intellisoftware": codes_intellisoftware,
    "inviosmart": codes_inviosmart,
}

CASES: dict[str, tuple[ModuleType, Case]] = {
    f"{dialect}: {reason.value}{f' ({variant})' if variant else ''} {number}": (
        EXAMPLES[dialect],
        met,
    )
    for dialect, codes in DIALECTS.items()
    for (reason, variant), cases in codes.CODES.items()
    for number, met in enumerate(cases, 1)
    if isinstance(met, Case)
}
CASES |= {
    f"{dialect}, list: {label}": (EXAMPLES[dialect], case)
    for dialect, codes in DIALECTS.items()
    for label, case in codes.LISTS.items()
}


@pytest.mark.parametrize(("examples", "case"), CASES.values(), ids=CASES)
async def test_a_code(sqlite_url: str, examples: ModuleType, case: Case) -> None:
    await check(sqlite_url, examples, case)


# What the engines do differently is how they fail.
FAILURES = {label: row for label, row in CASES.items() if row[1].store or row[1].carrier}


@pytest.mark.parametrize(
    ("examples", "case"), list(FAILURES.values())[::4], ids=list(FAILURES)[::4]
)
async def test_a_code_on_postgresql(postgresql_url: str, examples: ModuleType, case: Case) -> None:
    await check(postgresql_url, examples, case)


async def check(url: str, examples: ModuleType, case: Case) -> None:
    database = await open_database(url)
    await furnish(database, examples, case.row, case.extra)
    await database.close()
    is_up = bool(case.carrier)
    async with house(url, None, clock_us=lambda: examples.CLOCK_US, is_up=is_up) as here:
        for earlier in case.row.after:
            check_answer(await ask(here, examples.ROWS[earlier]), examples.ROWS[earlier])
        for earlier_row in case.before:
            check_answer(await ask(here, earlier_row), earlier_row)
        if is_up:
            await here.until(lambda: nothing_waits(here))
        known = len(await here.messages())
        spoil(here, case)
        answer = await ask(here, case.row)
        mend(here)
        check_answer(answer, case.row)
        if case.store or case.is_faulty:
            assert len(await here.messages()) == known
        assert await here.discrepancies() == []


async def nothing_waits(here: House) -> bool:
    """Tell whether the fixture's own messages have left."""
    return not {State.QUEUED, State.SENDING} & (await here.tally()).keys()


def spoil(here: House, case: Case) -> None:
    """Let something be the matter."""
    store = here.store
    match case.store:
        case "hangs":
            here.node.writer.timeout_s = 0.05
            store.before = forever
        case "refuses":
            store.instead = lambda: StoreRefused("full")
        case "is gone":
            store.instead = store.unreadable = lambda: StoreUnavailable("gone")
        case "cannot be read":
            store.unreadable = lambda: StoreRefused("damaged")
    if case.is_faulty:
        here.service._clock_us = stopped
    if case.carrier:
        here.smsc._judge = Script(here.smsc.faults, case.carrier)


class Script(Judge):
    """An SMSC's answers, one after the other; the last for ever."""

    def __init__(self, faults: Faults, statuses: Sequence[int]) -> None:
        super().__init__(faults)
        self._left = list(statuses)

    def judge(self, now_s: float) -> Fate:
        status = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        return Fate(is_silent=True) if status == SILENT else Fate(status)


def mend(here: House) -> None:
    store = here.store
    store.before = store.instead = store.unreadable = None
    here.node.writer.timeout_s = 5.0


async def forever() -> None:
    await asyncio.Event().wait()


def stopped() -> int:
    """Be a clock that fails: whatever goes wrong in our own code."""
    raise RuntimeError("the clock has stopped")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_reason_is_left_out(dialect: str) -> None:
    """What the dialect has words for is met here by a request, or said to be unmet, and why."""
    codes = DIALECTS[dialect]
    own = set(codes.own_table())
    assert own - set(codes.CODES) == codes.UNMET
    assert set(codes.CODES) - own == set()


SHOWN = {
    f"{dialect}: {reason.value}{f' ({variant})' if variant else ''}": (dialect, (reason, variant))
    for dialect, codes in DIALECTS.items()
    for reason, variant in codes.CODES
}


@pytest.mark.parametrize(("dialect", "key"), SHOWN.values(), ids=SHOWN)
def test_a_row_shows_the_words_that_it_stands_for(dialect: str, key: Key) -> None:
    codes, examples = DIALECTS[dialect], EXAMPLES[dialect]
    words = codes.own_table()[key]
    rows = [met.row if isinstance(met, Case) else examples.ROWS[met] for met in codes.CODES[key]]
    assert rows
    assert [row.answer for row in rows if words not in row.answer] == []
