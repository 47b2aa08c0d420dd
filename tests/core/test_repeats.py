"""However a customer's repeats and the store's faults follow each other: one message."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copyfile
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.core.accept import Prepared, prepare
from dragoman.core.bookkeeping import Books
from dragoman.core.counters import Counters
from dragoman.core.fingerprints import Mark, lost_key
from dragoman.core.repeats import Gone
from dragoman.core.writer import Writer
from dragoman.dialects import DIALECTS
from dragoman.model.submissions import Content, Submit, Submitted
from dragoman.store.database import Database, Tx, open_database
from dragoman.store.errors import StoreRefused, StoreUncertain
from tests.core.views import a_world
from tests.store.rows import an_account

FAULTS: dict[str, tuple[str, type[Exception]]] = {
    "refused": ("before", StoreRefused),
    "lost before the commit": ("before", StoreUncertain),
    "lost after the commit": ("after", StoreUncertain),
}
START_U = 1_000_000
NONE, LEFT = "none", "the client leaves"
MODES: dict[str, dict[str, object]] = {
    "guard": {"duplicate_window_s": 3_600},
    "guard that refuses": {"duplicate_window_s": 3_600, "duplicate_action": "refuse"},
    "key": {},
    "lost answer": {},
}


class Faulty:
    """A store whose transactions end as a test says."""

    def __init__(self, database: Database) -> None:
        self.engine = database.engine
        self.fault = NONE
        self._database = database

    @asynccontextmanager
    async def transaction(self, *, deferred: bool = False) -> AsyncIterator[Tx]:
        when, error = FAULTS.get(self.fault, ("", StoreRefused))
        self.fault = NONE
        async with self._database.transaction(deferred=deferred) as tx:
            yield tx
            if when == "before":
                raise error("a fault")
        if when == "after":
            raise error("a fault")


class Customer:
    """Asks for the same until he is told that it is done; restarts of the gateway included."""

    def __init__(self, database: Database, mode: str) -> None:
        self.mode = mode
        self.now_us = 1_700_000_000_000_000
        self.snapshot, self.view = a_world(options=MODES[mode])
        self.store = Faulty(database)
        self.answers: list[Submitted] = []
        self._database = database

    async def start(self) -> None:
        """Start a writer on what the store holds."""
        books = Books(lambda: self.snapshot, Counters())
        store = cast("Database", self.store)
        self.writer = Writer(store, books, Counters(), lambda: self.now_us)
        async with self._database.transaction() as tx:
            await self.writer.repeats.load(tx)
        self._running = asyncio.create_task(self.writer.run())

    async def stop(self) -> None:
        await self.writer.flushed()
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    def prepare(self) -> Prepared:
        submit = Submit("ACME", ("447700900123",), Content("Hello"))
        made = prepare(
            self.snapshot, self.view, DIALECTS["itec"], submit, lambda _: True, self.now_us
        )
        assert isinstance(made, Prepared)
        if self.mode == "key":
            made.mark = Mark(key="k", body="b", key_life_us=3_600_000_000)
        return made

    async def ask(self, copies: int, fault: str) -> list[Submitted]:
        """Ask so many times at once, and give what is heard of the answers."""
        self.now_us += 1_000_000
        told: list[Submitted] = []
        for _ in range(1 if self.mode == "lost answer" else copies):
            made = self.prepare()
            made.answer = told.append
            self.writer.accept(made)
            if fault == LEFT:
                key = lost_key(made.messages, made.outcomes, made.due_us)
                self.writer.gone(Gone(made.account_id, key))
        self.store.fault = fault
        await self.writer.flushed()
        return [] if fault == LEFT else told

    async def count(self) -> tuple[int, int]:
        """Give how many messages there are, and what they cost the account."""
        async with self._database.reading() as tx:
            [(messages,)] = await tx.rows("SELECT count(*) FROM message")
            [(balance_u,)] = await tx.rows("SELECT balance_u FROM account WHERE id = 7")
        return messages, START_U - balance_u


def is_done(submitted: Submitted) -> bool:
    """Tell whether an answer means that the message was taken, now or before."""
    if submitted.refusal is not None:
        return False
    return all(o.refusal is None or o.refusal.reason == "duplicate" for o in submitted.outcomes)


STEPS = st.tuples(
    st.integers(1, 3), st.sampled_from([*FAULTS, LEFT]), st.sampled_from([False, True])
)


@given(mode=st.sampled_from(list(MODES)), steps=st.lists(STEPS, max_size=6))
@settings(max_examples=25, deadline=None)
def test_any_order_of_repeats_and_faults_gives_one_message(
    migrated: Path, mode: str, steps: list[tuple[int, str, bool]]
) -> None:
    """He asks again after every fault, is heard at last, and has one message and one charge."""

    async def story(url: str) -> None:
        database = await open_database(url)
        async with database.transaction() as tx:
            await an_account(tx, 7, balance_u=START_U)
        customer = Customer(database, mode)
        await customer.start()
        for copies, fault, restarts in steps:
            heard = await customer.ask(copies, fault)
            assert not any(map(is_done, heard))
            if restarts and fault != LEFT:
                await customer.stop()
                await customer.start()
        heard = await customer.ask(2, NONE)
        assert all(map(is_done, heard))
        assert await customer.count() == (1, 1_000)
        await customer.stop()
        await database.close()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dragoman.db"
        copyfile(migrated, path)
        asyncio.run(story(f"sqlite:///{path}"))
