"""A whole gateway in this process: store, node, listener and, at the other end, an SMSC.

Put together by hand, so that the clock is a test's own and everything can be looked at and cut.
Tests wait for conditions, which are looked at whenever the store or the SMSC did something.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random

from dragoman.carriers.bind import Surroundings
from dragoman.carriers.reconnect import BindGate
from dragoman.carriers.simulator.options import SmscOptions
from dragoman.carriers.simulator.smsc import Smsc
from dragoman.carriers.smpp import SmppCarrier
from dragoman.core.chores import Chore
from dragoman.core.enquire import Enquiries
from dragoman.core.login import Login
from dragoman.core.node import Node
from dragoman.core.ports import Answer, Carrier, Delivery, Sink
from dragoman.dialects import DIALECTS
from dragoman.front.listener import Listener
from dragoman.front.serve import Service
from dragoman.front.webhooks import Webhooks
from dragoman.model.messages import Message
from dragoman.model.states import State
from dragoman.model.world import CarrierRow
from dragoman.net.clock import LoopClock
from dragoman.net.http_client import HttpClient
from dragoman.net.tls import client_context
from dragoman.protocols.http import Request
from dragoman.store import ledger, lookups, queries
from dragoman.store.barred import barred_version
from dragoman.store.database import Database, Engine, Tx, open_database
from dragoman.store.world import world_version
from tests.flow.customer import Customer, customer
from tests.flow.worlds import Changes, apply, changed

TIMEOUT_S = 30.0
SMSC_PORT = 2775  # in a world: wherever the SMSC of the test is

# One customer of ours, one carrier, and everything costs one a segment.
WORLD = """
[[account]]
name = "alice"
password = "secret"
currency = "EUR"
balance = "100000"

[[carrier]]
name = "main"
kind = "smpp"
host = "127.0.0.1"
port = 2775
system_id = "dragoman"
password = "secret"

[[route]]
prefix = ""
carrier = "main"

[[price]]
prefix = ""
currency = "EUR"
price = "1"
"""


def wall_us() -> int:
    """Give the instant in microseconds UTC."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME) // 1000


class Witness:
    """The store as the node has it: tests wait for its transactions and can spoil them."""

    def __init__(self, database: Database) -> None:
        self.engine: Engine = database.engine
        self.url = database.url
        self.before: Callable[[], Awaitable[None]] | None = None  # awaited before each that writes
        self.instead: Callable[[], Exception] | None = None  # raised in place of each commit
        self.afterwards: Callable[[], Exception] | None = None  # raised when it is done
        self.unsynced: Callable[[], Exception] | None = None  # raised in place of each sync
        self.unreadable: Callable[[], Exception] | None = None  # raised in place of each reading
        self._database = database
        self._watchers: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def transaction(self, *, deferred: bool = False) -> AsyncIterator[Tx]:
        if self.before is not None:
            await self.before()
        async with self._database.transaction(deferred=deferred) as tx:
            yield tx
            if self.instead is not None:
                raise self.instead()
        self.notice()
        if self.afterwards is not None:
            raise self.afterwards()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        if self.unreadable is not None:
            raise self.unreadable()
        async with self._database.reading() as tx:
            yield tx
        self.notice()

    async def sync(self) -> None:
        if self.unsynced is not None:
            raise self.unsynced()
        await self._database.sync()
        self.notice()

    async def wait_at_most(self, seconds: float) -> None:
        await self._database.wait_at_most(seconds)

    async def close(self) -> None:
        await self._database.close()

    def notice(self) -> None:
        """Wake whoever waits for something to have changed."""
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)

    async def changed(self) -> None:
        """Wait until something may have changed."""
        watcher = asyncio.get_running_loop().create_future()
        self._watchers.append(watcher)
        await watcher


class Eavesdropper:
    """A lane's door for its carrier, at which tests listen, too."""

    def __init__(self, sink: Sink, notice: Callable[[], None]) -> None:
        self._sink = sink
        self._notice = notice

    def answered(self, answers: Sequence[Answer]) -> None:
        self._sink.answered(answers)
        self._notice()

    def delivered(self, deliveries: Sequence[Delivery]) -> None:
        self._sink.delivered(deliveries)
        self._notice()

    def room(self) -> None:
        self._sink.room()
        self._notice()

    def changed(self) -> None:
        self._sink.changed()
        self._notice()


class House:
    """The gateway; `start` and `stop` may be called again and again on the same store."""

    def __init__(
        self,
        url: str,
        smsc: Smsc,
        clock_us: Callable[[], int],
        *,
        sync_aside: bool = False,
        look_s: float = 0.02,
    ) -> None:
        self.url = url
        self.sync_aside = sync_aside  # as where several processes share the work
        self.look_s = look_s  # how often the outbox is looked at untold
        self.smsc = smsc
        self.clock_us = clock_us
        self.database: Database  # for tests to look at
        self.store: Witness
        self.node: Node
        self.service: Service
        self.listener: Listener
        self.webhooks: Webhooks
        self.names: dict[str, list[str]] = {}  # what hosts' names stand for
        self.tls = client_context()
        self.call_timeout_s = 10.0
        self.slept_s: list[float] = []  # how long failed log-ins were made to wait
        self._is_up = False

    async def start(self) -> None:
        """Come up on what the store holds."""
        self.database = await open_database(self.url)
        self.store = Witness(self.database)
        self.smsc.on_message = lambda _: self.store.notice()
        around = Surroundings(LoopClock(self.clock_us), BindGate(1000.0), Random(1))

        def build(row: CarrierRow, sink: Sink) -> Carrier:
            door = Eavesdropper(sink, self.store.notice)
            options = dict(row.options)
            if options.get("port") == SMSC_PORT:
                options["port"] = self.smsc.port
            return SmppCarrier(row.id, row.name, options, row.secret, door, around)

        async def sleep(seconds: float) -> None:
            self.slept_s.append(seconds)

        node = self.node = Node(self.store, DIALECTS, build, self.clock_us, "house")
        node.writer.sync_aside = self.sync_aside
        key = secrets.token_bytes(32)
        login = Login(node.world.current, node.counters, time.monotonic, key, sleep=sleep)
        self.service = Service(
            node.world.current,
            node.writer,
            login,
            Enquiries(self.store),
            node.counters,
            self.clock_us,
            node.is_up,
        )
        self.listener = Listener(
            self.service.handle,
            on_error=self.service.refuse_fault,
            on_gone=self._gone,
        )
        self.webhooks = self._notifier(node)
        await node.start()
        self.webhooks.start()
        await self.listener.start("127.0.0.1", 0)
        self._is_up = True

    def _notifier(self, node: Node) -> Webhooks:
        async def resolve(host: str) -> list[str]:
            return self.names.get(host, [host])

        client = HttpClient(
            resolve,
            tls=self.tls,
            allow_private=lambda: bool(node.world.snapshot.gateway.get("callback_private")),
            timeout_s=self.call_timeout_s,
        )
        return Webhooks(
            self.store,
            node.writer,
            node.world.current,
            client,
            node.counters,
            self.clock_us,
            lambda sealed: sealed,
            look_s=self.look_s,
        )

    def _gone(self, request: Request) -> None:
        self.service.gone(request)
        self.store.notice()

    async def stop(self, grace_s: float = 2.0) -> None:
        """Drain and stop in good order, as the composition root does."""
        self._is_up = False
        self.service.draining = True
        await self.listener.drain(5.0)
        await self.service.finish()
        await self.webhooks.stop()
        await self.node.stop(grace_s)
        await self.store.close()

    async def crash(self) -> None:
        """End as a killed process does: nothing more is written, nobody is told."""
        self._is_up = False
        tasks = [*self.webhooks._tasks, *self.webhooks._calls, *self.node._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.listener.drain(0)
        for lane in self.node.lanes.values():
            carrier = lane.carrier
            assert isinstance(carrier, SmppCarrier)
            for bind, task in carrier._tasks.items():
                bind.abort()
                task.cancel()
            await asyncio.gather(*carrier._tasks.values(), return_exceptions=True)
        await self.store.close()

    async def close(self) -> None:
        """Stop if it was not."""
        if self._is_up:
            await self.stop()

    # What tests do with it

    @asynccontextmanager
    async def customer(self) -> AsyncIterator[Customer]:
        """Connect as a customer."""
        async with customer(self.listener.port) as connected:
            yield connected

    async def send(
        self, recipients: str | list[str], message: str = "Hello", **fields: object
    ) -> list[int]:
        """Send from a connection of its own; give the ids of the messages."""
        async with self.customer() as one:
            return await one.send(recipients, message, **fields)

    async def apply(self, world: str) -> None:
        """Apply a world as another process does, and wait until it is live."""
        other = await open_database(self.url)
        await apply(other, world, self.clock_us)
        await other.close()
        await self.until_live()

    async def until_live(self) -> None:
        """Wait until the node has the world of the store."""
        async with self.database.reading() as tx:
            version = await world_version(tx)
            listed = await barred_version(tx)

        async def holds() -> bool:
            snapshot = self.node.world.snapshot
            return snapshot.version == version and snapshot.barred.version == listed

        await self.until(holds)

    async def do_chore(self, chore: Chore) -> None:
        """Do at once what the node does now and then, until there is no more of it."""
        while await self.node.chores._once(chore):
            pass

    # What tests ask

    async def messages(self) -> list[Message]:
        """Give all messages, oldest first."""
        async with self.database.reading() as tx:
            ids = [row[0] for row in await tx.rows("SELECT id FROM message")]
            return sorted(await lookups.find_messages(tx, ids), key=lambda m: m.id)

    async def message(self, message_id: int) -> Message:
        async with self.database.reading() as tx:
            found = await queries.find_message(tx, message_id)
        assert found is not None
        return found

    async def life(self, message_id: int) -> queries.Life:
        async with self.database.reading() as tx:
            found = await queries.find_life(tx, message_id)
        assert found is not None
        return found

    async def tally(self) -> Counter[State]:
        """Count the messages by state."""
        async with self.database.reading() as tx:
            rows = await tx.rows("SELECT state, count(*) FROM message GROUP BY state")
        return Counter({State(state): count for state, count in rows})

    async def balance_u(self, name: str = "alice") -> int:
        async with self.database.reading() as tx:
            row = await tx.row("SELECT balance_u FROM account WHERE name = ?", (name,))
        assert row is not None
        return int(row[0])

    async def discrepancies(self) -> list[ledger.Discrepancy]:
        """Give the accounts whose sums do not add up."""
        async with self.database.reading() as tx:
            return await ledger.discrepancies(tx)

    async def until(
        self, holds: Callable[[], Awaitable[bool]], timeout_s: float = TIMEOUT_S
    ) -> None:
        """Wait until something holds; looked at after each commit and each word of a carrier."""
        async with asyncio.timeout(timeout_s):
            while not await holds():
                await self.store.changed()

    async def until_tally(self, wanted: Mapping[State, int], timeout_s: float = TIMEOUT_S) -> None:
        """Wait until there are exactly so many messages in each state, and no others."""

        async def holds() -> bool:
            return await self.tally() == Counter(wanted)

        try:
            await self.until(holds, timeout_s)
        except TimeoutError:
            raise AssertionError(f"{await self.tally()} instead of {wanted}") from None

    async def until_state(self, message_id: int, state: State) -> Message:
        """Wait until a message is in a state."""

        async def holds() -> bool:
            return (await self.message(message_id)).state == state

        try:
            await self.until(holds)
        except TimeoutError:
            raise AssertionError(await self.life(message_id)) from None
        return await self.message(message_id)

    async def until_up(self) -> None:
        """Wait until every carrier is bound."""

        async def holds() -> bool:
            return all(lane.up for lane in self.node.lanes.values())

        await self.until(holds)


@asynccontextmanager
async def house(
    url: str,
    world: str | None = WORLD,
    *,
    changes: Changes | None = None,
    smsc: SmscOptions | None = None,
    clock_us: Callable[[], int] = wall_us,
    is_up: bool = True,
    sync_aside: bool = False,
    look_s: float = 0.02,
) -> AsyncIterator[House]:
    """Give a gateway that is up and bound to an SMSC, on an empty store with a world applied.

    Without a `world` the store is taken as it is.
    The carrier with the standard port is led to the SMSC's.  Without `is_up` nobody is bound
    yet, nor waited for.  The outbox is looked at far more often than the product does, for tests
    not to wait; whoever measures rest gives the product's own `look_s`.
    """
    if world is not None:
        database = await open_database(url)
        await apply(database, changed(world, changes or {}), clock_us)
        await database.close()
    the_smsc = Smsc(smsc or SmscOptions(), LoopClock(wall_us), Random(2))
    await the_smsc.start()
    if not is_up:
        await the_smsc.stop()
    here = House(url, the_smsc, clock_us, sync_aside=sync_aside, look_s=look_s)
    await here.start()
    try:
        if is_up:
            await here.until_up()
        yield here
    finally:
        await here.close()
        await the_smsc.stop()
