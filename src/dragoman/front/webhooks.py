"""Tells customers what is due: calls their addresses, and writes down what came of it.

Decides nothing about when and how often (core.outbox).  Work is pulled by free room, endpoint by
endpoint, so that memory is flat however much waits, and a dead endpoint costs a look a minute.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress

from dragoman.core.counters import Counters
from dragoman.core.outbox import (
    Endpoint,
    Letter,
    Lost,
    account_of,
    endpoint_name,
    letter,
    line_of_try,
    message_of,
    next_try_us,
    signed,
)
from dragoman.core.snapshot import Snapshot
from dragoman.core.vigil import for_ever
from dragoman.core.writer import Writer
from dragoman.dialects.callback import Call, request_of
from dragoman.net.http_client import CallFailed, HttpClient
from dragoman.store import hot, outbox, work
from dragoman.store.database import Database, Tx
from dragoman.store.errors import StoreError
from dragoman.store.outbox import Due

log = logging.getLogger(__name__)

LOOK_S = 0.4  # how often what is due is looked for without being told
LOOK_SHARE = 4  # looks follow one another after so many times as long as the last one took
LINGER_S = 0.01  # how long outcomes gather before they are written
RETRY_S = 0.25  # after outcomes could not be written
COMPLAIN_S = 60.0  # at most one line of the log for each endpoint in this time
MOST_IN_ALL = 1000  # calls at a time, to all endpoints together
MOST_OF_ACCOUNT = 200  # of these: a customer may name a thousand hosts that do not answer
PAGE = 128  # jobs of one endpoint that are read at once
FEW = PAGE // 4  # of a page; where fewer can be told, the others are put aside
COUNT_S = 5.0  # how often what waits is counted, while something does
MOST_COUNTED = 100_000  # of each kind: some milliseconds
ASIDE = 2000  # jobs that are put aside at once
ASIDE_S = 60  # for how long at least
HASTENED = 5_000  # jobs that are due at once in one transaction: some milliseconds
WHY_CHARACTERS = 200
GRACE_S = 3.0  # how long a shutdown waits for calls that are under way

Tried = tuple[Letter, int, str]  # what, when, and why it failed; no word: it did not


class Webhooks:
    """The notifier of one node; it runs in the loop of the writer."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        snapshot: Callable[[], Snapshot],
        client: HttpClient,
        counters: Counters,
        clock_us: Callable[[], int],
        unseal: Callable[[str], str],
        look_s: float = LOOK_S,
    ) -> None:
        """Take the store, the one who writes, the world, the client, and who opens secrets."""
        self._database = database
        self._writer = writer
        self._snapshot = snapshot
        self._client = client
        self._counters = counters
        self._clock_us = clock_us
        self._unseal = unseal
        self._look_s = look_s
        self._endpoints: dict[str, Endpoint] = {}
        self._secrets: dict[str, str] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._callers: Counter[int] = Counter()  # by account
        self._landed: list[tuple[Endpoint, int]] = []  # jobs whose outcome is written
        self._tried: list[tuple[Endpoint, Tried]] = []
        self._lost: list[tuple[Endpoint, Lost]] = []
        self._back: set[str] = set()
        self._wake = asyncio.Event()
        self._done = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._told = ""
        self._waiting = self._given_up = 0  # as counted last
        self._counted_s = -COUNT_S

    def samples(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """Give what metrics tell of the outbox."""
        yield "dragoman_notices_waiting", {}, float(self._waiting)
        yield "dragoman_notices_given_up", {}, float(self._given_up)

    def start(self) -> None:
        """Begin; what was announced before is due already."""
        self._writer.on_notices = self._wake.set
        for name, loop in (
            ("webhooks", self._run),
            ("webhooks written", self._write_often),
            ("webhooks complaints", self._complain_often),
        ):
            self._tasks.append(asyncio.create_task(for_ever(name, loop), name=name))

    async def stop(self, grace_s: float = GRACE_S) -> None:
        """Begin no more calls, wait a moment for those under way, and write what came of them.

        Whatever is not written as done is told again after the next start.
        """
        self._writer.on_notices = lambda: None
        await _end(self._tasks)
        if self._calls:
            await asyncio.wait(self._calls, timeout=grace_s)
        await _end(self._calls)
        self._client.close()
        if self._tried or self._lost:
            with suppress(TimeoutError):
                async with asyncio.timeout(grace_s):
                    await self._write_all()

    # What is due goes out.

    async def _run(self) -> None:
        clock_s = asyncio.get_running_loop().time
        while True:
            began_s = clock_s()
            try:
                await self._look()
                self._told = ""
            except StoreError as error:
                if self._told != str(error):
                    self._told = str(error)
                    log.warning("the outbox cannot be looked at: %s", error)
            self._client.sweep()
            looked_s = clock_s()
            try:
                async with asyncio.timeout(self._look_s):
                    await self._wake.wait()
            except TimeoutError:
                continue
            self._wake.clear()
            # A busy gateway commits a thousand times a second, and a customer may name so many
            # addresses that a look at their lanes is felt by everybody else.
            await asyncio.sleep(max(LINGER_S, LOOK_SHARE * (looked_s - began_s)))

    async def _look(self) -> None:
        """Begin the calls that are due and that their endpoints have room for."""
        now_us = self._clock_us()
        # Only now: a look that had begun before it was written could have seen the job still.
        for endpoint, job_id in self._landed:
            endpoint.flying.discard(job_id)
        self._landed.clear()
        crowded: list[Endpoint] = []
        async with self._database.reading() as tx:
            lanes = await outbox.lanes(tx)
            await self._count(tx, lanes)
            for lane, first_us in lanes.items():
                if lane.startswith(outbox.DEAD) or first_us > now_us:
                    continue
                endpoint = self._endpoints.setdefault(lane, Endpoint(lane))
                room = self._room(endpoint, now_us)
                if room > 0:
                    limit = len(endpoint.flying) + PAGE
                    jobs, seen = await outbox.due(tx, lane, now_us, limit)
                    if seen == limit and len(jobs) < FEW:
                        crowded.append(endpoint)
                    self._begin(endpoint, jobs, room)
        for endpoint in crowded:
            await self._put_aside(endpoint, now_us)
        for lane in [name for name, e in self._endpoints.items() if name not in lanes]:
            if not self._endpoints[lane].flying and not self._endpoints[lane].complaints:
                del self._endpoints[lane]

    async def _count(self, tx: Tx, lanes: Mapping[str, int]) -> None:
        """Count what waits for its endpoint and what was given up, now and then or when none is."""
        counted_s = asyncio.get_running_loop().time()
        if lanes and counted_s < self._counted_s + COUNT_S:
            return
        self._counted_s = counted_s if lanes else -COUNT_S
        self._waiting, self._given_up = await outbox.totals(tx, MOST_COUNTED) if lanes else (0, 0)

    def _room(self, endpoint: Endpoint, now_us: int) -> int:
        of_account = MOST_OF_ACCOUNT - self._callers[account_of(endpoint.lane)]
        return min(endpoint.room(now_us), MOST_IN_ALL - len(self._calls), of_account)

    async def _put_aside(self, endpoint: Endpoint, now_us: int) -> None:
        """Let those wait elsewhere that stand behind others of their subject, to see the rest."""
        endpoint.has_aside = True
        until_us = now_us + ASIDE_S * 1_000_000

        async def job(tx: Tx) -> None:
            await outbox.put_aside(tx, endpoint.lane, now_us, until_us, ASIDE)

        try:
            await self._writer.job(job)
        except Exception:  # this endpoint's own trouble
            log.exception("the outbox of account %d cannot be sorted", account_of(endpoint.lane))
        self._wake.set()

    def _begin(self, endpoint: Endpoint, jobs: list[Due], room: int) -> None:
        """Start as many callers as there is room; together they make the calls of the page."""
        waiting: deque[Letter] = deque()
        snapshot = self._snapshot()
        account_id = account_of(endpoint.lane)
        for job in jobs:
            if job.id in endpoint.flying:
                continue
            written = letter(snapshot, account_id, job)
            endpoint.flying.add(job.id)
            if isinstance(written, Lost):
                self._lost.append((endpoint, written))
                self._done.set()
            else:
                waiting.append(written)
        endpoint.unmade += len(waiting)
        for _ in range(min(room, len(waiting))):
            caller = asyncio.create_task(self._call_all(endpoint, waiting))
            self._calls.add(caller)
            self._callers[account_id] += 1
            caller.add_done_callback(lambda ended: self._ended(ended, account_id))

    def _ended(self, caller: asyncio.Task[None], account_id: int) -> None:
        self._calls.discard(caller)
        self._callers[account_id] -= 1
        if not self._callers[account_id]:
            del self._callers[account_id]

    async def _call_all(self, endpoint: Endpoint, waiting: deque[Letter]) -> None:
        """Make calls until none is left, or the endpoint is not there."""
        while waiting:
            if endpoint.paused_until_us > self._clock_us():
                endpoint.flying.difference_update(left.job.id for left in waiting)
                endpoint.unmade -= len(waiting)
                waiting.clear()
                return
            try:
                await self._call(endpoint, waiting.popleft())
            finally:
                endpoint.unmade -= 1

    async def _call(self, endpoint: Endpoint, written: Letter) -> None:
        why, is_down = "", False
        try:
            call = self._signed(endpoint, written)
            status = await self._client.call(call.url, request_of(call))
            if not written.form.succeeded(status):
                why = f"status {status}"
        except CallFailed as failure:
            why, is_down = str(failure)[:WHY_CHARACTERS], failure.is_down
        # Whatever it was, the job must come back, and its endpoint not stand still for it.
        except Exception as error:  # noqa: BLE001  # it is told
            why = f"could not be called: {error}"[:WHY_CHARACTERS]
        now_us = self._clock_us()
        if why:
            endpoint.failed(now_us, why, is_down=is_down)
            self._counters.notices_failed += 1
        else:
            self._counters.notices_sent += 1
            if endpoint.took():
                self._back.add(endpoint.lane)
        self._tried.append((endpoint, (written, now_us, why)))
        self._done.set()

    def _signed(self, endpoint: Endpoint, written: Letter) -> Call:
        view = self._snapshot().views_by_id.get(account_of(endpoint.lane))
        sealed = (
            str(view.account.options.get("notify_secret_sealed", "")) if view is not None else ""
        )
        if not written.form.signs or not sealed or view is None:
            return written.call
        if sealed not in self._secrets:
            if len(self._secrets) > 1000:
                self._secrets.clear()
            self._secrets[sealed] = self._unseal(sealed)
        return signed(written.call, self._secrets[sealed], self._clock_us())

    # What came of it is written down.

    async def _write_often(self) -> None:
        while True:
            await self._done.wait()
            await asyncio.sleep(LINGER_S)
            self._done.clear()
            await self._write_all()

    async def _write_all(self) -> None:
        """Write what gathered; what the store does not take is kept until it does."""
        tried, self._tried = self._tried, []
        lost, self._lost = self._lost, []
        back, self._back = self._back, set()
        more: set[str] = set()  # lanes of which the next writing hastens the rest
        await self._write_kept(tried, lost, back, more)
        self._landed += [(endpoint, written.job.id) for endpoint, (written, _, _) in tried]
        self._landed += [(endpoint, gone.job.id) for endpoint, gone in lost]
        if more:
            self._back |= more
            self._done.set()
        self._wake.set()

    async def _write_kept(
        self,
        tried: list[tuple[Endpoint, Tried]],
        lost: list[tuple[Endpoint, Lost]],
        back: set[str],
        more: set[str],
    ) -> None:
        """Write until the store takes it; of what cannot be written, one is left out alone.

        Its job is not called again before the next start, though the store has it still.
        """

        async def job(tx: Tx) -> None:
            await self._write(tx, tried, lost, back, more)

        while True:
            try:
                if await self._writer.job(job):
                    return
            except Exception:
                if len(tried) + len(lost) <= 1:
                    log.exception("what came of a callback could not be written")
                    return
                # By kind, then in halves; those that are back were told with the first.
                middle = len(tried) if lost else len(tried) // 2
                other = 0 if tried else len(lost) // 2
                await self._write_kept(tried[:middle], lost[:other], back, more)
                await self._write_kept(tried[middle:], lost[other:], set(), more)
                return
            await asyncio.sleep(RETRY_S)

    async def _write(
        self,
        tx: Tx,
        tried: list[tuple[Endpoint, Tried]],
        lost: list[tuple[Endpoint, Lost]],
        back: set[str],
        more: set[str],
    ) -> None:
        """Forget what was told, put off what was not, give up what is too old; note each try."""
        done: list[Due] = []
        again: list[tuple[int, int, str]] = []
        stale: dict[str, tuple[int, str]] = {}
        ended: list[tuple[Endpoint, Due]] = [(endpoint, gone.job) for endpoint, gone in lost]
        dead = [(gone.job.id, gone.why) for _, gone in lost]
        notes = [
            (gone.message_id, self._clock_us(), "callback", f"given up: {gone.why}")
            for _, gone in lost
            if gone.message_id
        ]
        for endpoint, (written, at_us, why) in tried:
            due_us = next_try_us(written, at_us) if why else 0
            if due_us:
                again.append((written.job.id, due_us, why))
            elif why:
                dead.append((written.job.id, why))
                stale[endpoint.lane] = (at_us - written.max_age_s * 1_000_000, why)
            else:
                done.append(written.job)
            if not due_us:
                ended.append((endpoint, written.job))
            words = line_of_try(written, at_us, why, due_us)
            if written.message_id and words:
                notes.append((written.message_id, at_us, "callback", words))
        await outbox.done(tx, done)
        await work.retry(tx, again)
        await outbox.bury(tx, dead)
        for lane, (since_us, why) in stale.items():
            # What waits there and is as old would only be given up one by one.
            old = await outbox.old(tx, lane, since_us, PAGE)
            await outbox.bury(tx, [(job_id, why) for job_id, _ in old])
            dead += [(job_id, why) for job_id, _ in old]
            notes += [
                (message_id, self._clock_us(), "callback", f"given up: {why}")
                for _, ref in old
                if (message_id := message_of(ref))
            ]
        await outbox.go_on(tx, _followed(ended), self._clock_us())
        await hot.note(tx, notes)
        for lane in back:
            if await outbox.hasten(tx, lane, self._clock_us(), HASTENED) == HASTENED:
                more.add(lane)
        self._counters.notices_dead += len(dead)

    async def _complain_often(self) -> None:
        while True:
            await asyncio.sleep(COMPLAIN_S)
            self.complain()

    def complain(self) -> None:
        """Tell for each endpoint in one line what failed since the last look."""
        views = self._snapshot().views_by_id
        for endpoint in self._endpoints.values():
            if not endpoint.complaints:
                continue
            view = views.get(account_of(endpoint.lane))
            words = ", ".join(f"{count} x {why}" for why, count in endpoint.complaints.items())
            endpoint.complaints.clear()
            log.warning(
                "account %s, %s: callbacks failed in the last minute: %s",
                view.account.name if view is not None else "?",
                endpoint_name(endpoint.lane),
                words,
            )


def _followed(ended: list[tuple[Endpoint, Due]]) -> list[tuple[str, str]]:
    """Give the subjects, with their lanes, of which something may have been put aside."""
    return [(e.lane, job.ref) for e, job in ended if e.has_aside or job.attempts]


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    waiting = list(tasks)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
