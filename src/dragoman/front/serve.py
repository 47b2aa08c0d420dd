"""Where the dialects meet HTTP as servers: one request in, one answer out.

Joins a dialect's pure functions with the core's decisions.  Holds no rule of its own: which
refusal is told is the dialect's `rank`, what is refused is the core's.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Protocol

import msgspec

from dragoman.core import lists, screen
from dragoman.core.accept import Prepared, prepare
from dragoman.core.counters import Counters
from dragoman.core.enquire import Enquiries
from dragoman.core.fingerprints import Mark, body_of, key_of, lost_key
from dragoman.core.login import Login
from dragoman.core.pace import Paces
from dragoman.core.repeats import Gone
from dragoman.core.snapshot import Snapshot, View
from dragoman.dialects.exchange import (
    Ask,
    BalanceAsk,
    Dialect,
    Exchange,
    Kind,
    ListAsk,
    Settings,
    StatusAsk,
)
from dragoman.dialects.registry import paths
from dragoman.front.callers import Callers
from dragoman.front.paths import fold
from dragoman.model.lists import ListChange, Source
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Credentials, Submit, Submitted
from dragoman.protocols.http import Request, Response
from dragoman.sms.addresses import normalise

log = logging.getLogger(__name__)

Respond = Callable[[Response], bool | None]  # False: nobody is there any more

IDEMPOTENCY_S = 86_400
BAD_CREDENTIALS = Refusal(Reason.BAD_CREDENTIALS)
THROTTLED = Refusal(Reason.THROTTLED)
DRAINING = Refusal(Reason.THROTTLED, detail="draining")
INTERNAL = Refusal(Reason.INTERNAL)
BAD_MSISDN = Refusal(Reason.BAD_PARAMETER, "msisdn")
NOT_FOUND = Response(404, b"Not Found", "text/plain; charset=utf-8")


class Call(msgspec.Struct):
    """One request while it is being answered."""

    dialect: Dialect
    exchange: Exchange
    ask: Ask
    peer: str
    request: Request
    respond: Respond


class Intake(Protocol):
    """Who stores submissions: the writer of this process, or the one behind a relay."""

    def accept(self, prepared: Prepared) -> None:
        """Store and charge a submission; its `answer` is called after the commit."""

    def gone(self, gone: Gone) -> None:
        """Learn that a client left without its answer, and may ask again."""

    def change_list(self, change: ListChange, answer: Callable[[Refusal | None], None]) -> None:
        """Change a member of a subscription list; `answer` is called after the commit."""


class Service:
    """The vendor routes of this node."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        intake: Intake,
        login: Login,
        enquiries: Enquiries,
        counters: Counters,
        clock_us: Callable[[], int],
        is_served: Callable[[int], bool],
    ) -> None:
        """Take the core's parts and the clock."""
        self.draining = False
        self._snapshot = snapshot
        self._intake = intake
        self._login = login
        self._enquiries = enquiries
        self._counters = counters
        self._clock_us = clock_us
        self._up = is_served
        self._paces = Paces()
        self._callers = Callers(clock_us)
        self._table: Mapping[str, tuple[Dialect, Exchange]] = {}
        self._seen: Snapshot | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def handle(self, request: Request, respond: Respond) -> None:
        """Answer one request, now or when the store has spoken."""
        self._counters.requests += 1
        snapshot = self._snapshot()
        if snapshot is not self._seen:
            self._seen = snapshot
            self._table = paths(snapshot.dialects)
            self._callers.follow(snapshot.gateway, snapshot.ip_ban)
        entry = self._table.get(fold(request.path))
        if entry is None:
            respond(NOT_FOUND)
            return
        dialect, exchange = entry
        settings = snapshot.dialects[dialect.name]
        if exchange.kind == Kind.HELP:
            respond(exchange.render_answer(None, None, settings))
            return
        ask = dialect.read(request, settings)
        peer = self._callers.address(request, dialect, ask)
        call = Call(dialect, exchange, ask, peer, request, respond)
        credentials = dialect.credentials(ask, settings)
        if isinstance(credentials, Refusal):
            self._refuse_login(call, snapshot, credentials)
            return
        view = self._login.remembered(credentials)
        if view is not None:
            self._logged_in(call, snapshot, view)
            return
        self._start(call, self._slow(call, credentials))

    def refuse_fault(self, request: Request, error: Exception) -> Response:
        """Word an unexpected fault in the dialect of the request's path."""
        log.error("a request to %s failed", request.path, exc_info=error)
        entry = self._table.get(fold(request.path))
        if entry is None:
            return Response(500, b"Internal Server Error")
        dialect, exchange = entry
        return exchange.refuse(INTERNAL, self._snapshot().dialects[dialect.name])

    async def finish(self) -> None:
        """Wait for the requests that are being looked up."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _slow(self, call: Call, credentials: Credentials) -> None:
        if (banned := self._callers.judge(self._snapshot(), None, call.peer)) is not None:
            self._refuse_login(call, self._snapshot(), banned)  # its guess is not looked at
            return
        view = await self._login.check(credentials, call.peer)
        if view is None:
            self._callers.failed(call.peer)
            self._refuse_login(call, self._snapshot(), BAD_CREDENTIALS)
        else:
            self._logged_in(call, self._snapshot(), view)

    def _refuse_login(self, call: Call, snapshot: Snapshot, refusal: Refusal) -> None:
        """Refuse a caller who is not known; the dialect's order may put another fault first."""
        settings = snapshot.dialects[call.dialect.name]
        asked = call.exchange.parse_ask(call.ask, settings)
        faults = [*asked.faults, refusal]
        if (banned := self._callers.judge(snapshot, None, call.peer)) is not None:
            faults.append(banned)
        self._refuse(call, faults, settings, single=_is_single(asked))

    def _logged_in(self, call: Call, snapshot: Snapshot, view: View) -> None:
        settings = view.settings[call.dialect.name]
        allowed = view.account.dialects
        faults: list[Refusal] = []
        if allowed and call.dialect.name not in allowed:
            faults.append(BAD_CREDENTIALS)
        if self._callers.judges_all or view.ip_ban or view.ip_allow:
            refusal = self._callers.judge(snapshot, view, call.peer)
            if refusal is not None:
                faults.append(refusal)
        asked = call.exchange.parse_ask(call.ask, settings)
        if isinstance(asked, Submit):
            if view.directory is not None and _names_any(call.dialect, view, asked, faults):
                self._start(call, self._expand(call, snapshot, view, asked))
            else:
                self._submit(call, snapshot, view, asked, faults)
            return
        faults += asked.faults
        if (refusal := screen.judge_account(view, self._clock_us())) is not None:
            faults.append(refusal)
        change = None
        if isinstance(asked, ListAsk):
            change = self._list_change(call, snapshot, view, asked, faults)
        if faults:
            self._refuse(call, faults, settings, single=True)
        elif change is not None:
            self._intake.change_list(change, partial(self._answer_change, call, settings, asked))
        else:
            self._start(call, self._enquire(call, view, settings, asked))

    async def _expand(self, call: Call, snapshot: Snapshot, view: View, submit: Submit) -> None:
        """Read whom the names among the recipients stand for, then go on as with any other."""
        most = int(view.settings[call.dialect.name].get("group_max", lists.GROUP_MOST))
        expanded = await self._enquiries.expand(snapshot, view, submit, most)
        self._submit(call, self._snapshot(), view, expanded, [])

    def _list_change(
        self, call: Call, snapshot: Snapshot, view: View, asked: ListAsk, faults: list[Refusal]
    ) -> ListChange:
        """Give the change that is asked for, and find what is wrong with it."""
        if self.draining or snapshot.gateway.get("drain"):
            faults.append(DRAINING)
        row = lists.find_list(snapshot, view.account.id, asked.name)
        if row is None and asked.name:
            faults.append(lists.UNKNOWN_LIST)
        plan = view.numbering[call.dialect.name]
        number = normalise(asked.msisdn, plan.cc, plan.trunk, plan.nsn)
        if number is None and asked.msisdn:
            faults.append(BAD_MSISDN)
        return ListChange(
            view.account.id,
            asked.name,
            number or "",
            asked.action,
            Source.API,
            f"request of {view.account.name} from {call.peer}",
            self._clock_us(),
        )

    def _answer_change(
        self, call: Call, settings: Settings, asked: ListAsk, refusal: Refusal | None
    ) -> None:
        if refusal is None:
            call.respond(call.exchange.render_answer(asked, None, settings))
        else:
            self._refuse(call, [refusal], settings, single=True)

    def _submit(
        self, call: Call, snapshot: Snapshot, view: View, submit: Submit, faults: list[Refusal]
    ) -> None:
        now_us = self._clock_us()
        settings = view.settings[call.dialect.name]
        if self.draining or snapshot.gateway.get("drain"):
            faults.append(DRAINING)
        elif view.rate and not self._paces.take(view, len(submit.tokens), now_us):
            faults.append(THROTTLED)
        prepared = prepare(snapshot, view, call.dialect, submit, self._up, now_us, tuple(faults))
        key = call.ask.fields.get("idempotencykey")
        answer = partial(self._answer, call, settings, submit)
        if isinstance(prepared, Refusal):
            refused = Submitted([], accepted_us=now_us, refusal=prepared)
        elif not prepared.cost_u and all(o.refusal is not None for o in prepared.outcomes):
            refused = Submitted(prepared.outcomes, accepted_us=now_us)
        else:
            if key is not None:
                prepared.mark = _keyed(prepared.mark or Mark(), call, snapshot, view, key)
            prepared.answer = answer
            self._intake.accept(prepared)
            return
        self._counters.refused += 1
        if key is None or faults:
            answer(refused)
        else:
            # It was good once, perhaps: its time has come since, or the number opted out.
            mark = _keyed(Mark(), call, snapshot, view, key)
            self._start(call, self._answer_first(mark, refused, answer))

    async def _answer_first(
        self, mark: Mark, refused: Submitted, answer: Callable[[Submitted], None]
    ) -> None:
        """Answer what cannot be taken now as it was answered under the same key before."""
        first = await self._enquiries.first_answer(mark.key, mark.body, refused.accepted_us)
        answer(first or refused)

    def _answer(self, call: Call, settings: Settings, submit: Submit, submitted: Submitted) -> None:
        """Word what the store said; a fault here must not reach the writer."""
        try:
            response = call.exchange.render_answer(submit, submitted, settings)
        # The message is stored: whatever the fault, the customer gets an answer.
        except Exception:
            log.exception("an answer in dialect %s could not be worded", call.dialect.name)
            response = call.exchange.refuse(INTERNAL, settings)
        waits = settings.get("submit_mode") == "carrier" and call.dialect.tells_doubt
        if waits and submitted.submission_id and _is_in_doubt(submitted):
            self.gone(call.request, submitted, submit)
        if call.respond(response) is False and submitted.submission_id:
            self.gone(call.request, submitted, submit)

    def gone(
        self, request: Request, submitted: Submitted | None = None, submit: Submit | None = None
    ) -> None:
        """Learn that the client of a request left before its answer was written.

        What it asked for is read anew: so nothing need be kept of those who wait.  Only what names
        of groups stood for when it was taken cannot be, and is known where it is answered.
        """
        try:
            gone = self._recognise(request, submitted, submit)
        # Called from a connection that is being closed, which must get to its end.
        except Exception:
            log.exception("a request whose client left could not be recognised")
            return
        if gone is not None:
            self._intake.gone(gone)

    def _recognise(
        self, request: Request, submitted: Submitted | None, submit: Submit | None
    ) -> Gone | None:
        entry = self._table.get(fold(request.path))
        if entry is None or entry[1].kind != Kind.SUBMIT:
            return None
        dialect, exchange = entry
        snapshot = self._snapshot()
        ask = dialect.read(request, snapshot.dialects[dialect.name])
        credentials = dialect.credentials(ask, snapshot.dialects[dialect.name])
        view = None if isinstance(credentials, Refusal) else self._login.remembered(credentials)
        if view is None:
            return None
        if submit is None:
            submit = exchange.parse_ask(ask, view.settings[dialect.name])
        prepared = prepare(snapshot, view, dialect, submit, self._up, self._clock_us())
        if isinstance(prepared, Refusal):
            return None
        key = lost_key(prepared.messages, prepared.outcomes, prepared.due_us)
        return Gone(view.account.id, key, submitted) if key else None

    async def _enquire(
        self, call: Call, view: View, settings: Settings, asked: StatusAsk | BalanceAsk
    ) -> None:
        answered = await self._enquiries.answer(view, asked)
        if isinstance(answered, Refusal):
            call.respond(call.exchange.refuse(answered, settings))
        else:
            call.respond(call.exchange.render_answer(asked, answered, settings))

    def _refuse(
        self, call: Call, faults: list[Refusal], settings: Settings, *, single: bool
    ) -> None:
        self._counters.refused += 1
        told = min(faults, key=lambda refusal: call.dialect.rank(refusal, single))
        call.respond(call.exchange.refuse(told, settings))

    def _start(self, call: Call, work: Coroutine[None, None, None]) -> None:
        """Run what waits for the store or a thread."""
        task = asyncio.create_task(self._guarded(call, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, call: Call, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        # Whatever the fault, the customer gets an answer in his own dialect.
        except Exception:
            log.exception("a request in dialect %s failed", call.dialect.name)
            settings = self._snapshot().dialects[call.dialect.name]
            call.respond(call.exchange.refuse(INTERNAL, settings))


def _keyed(mark: Mark, call: Call, snapshot: Snapshot, view: View, key: bytes) -> Mark:
    """Add the customer's own key to a mark."""
    mark.key = key_of(view.account.id, key)
    mark.body = body_of(call.dialect.name, call.exchange.paths[0], call.ask.fields)
    mark.key_life_us = int(snapshot.gateway.get("idempotency_s", IDEMPOTENCY_S)) * 1_000_000
    return mark


def _is_in_doubt(submitted: Submitted) -> bool:
    """Tell whether a stored message's customer is told that nobody knows what became of it."""
    return any(
        outcome.refusal is not None and outcome.refusal.reason is Reason.TIMEOUT
        for outcome in submitted.outcomes
    )


def _is_single(asked: object) -> bool:
    return not isinstance(asked, Submit) or len(asked.tokens) == 1


def _names_any(dialect: Dialect, view: View, submit: Submit, faults: list[Refusal]) -> bool:
    """Tell whether recipients are names; a request that is refused anyway need not be read on."""
    directory = view.directory
    if directory is None or faults or submit.faults or not dialect.takes_names:
        return False
    return any(not token.isdecimal() and directory.knows(token) for token in submit.tokens)
