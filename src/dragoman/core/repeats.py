"""One answer for each request: what is done about a submission that was asked for before.

Three rules share one table.  The account's duplicate guard: the same content within its window.
The customer's idempotency key: the same key, for a day.  And the lost answer: whoever was told
*timeout*, or left before the answer was written, may ask again for ten minutes.

All of it happens in the transaction that accepts, after that has locked the accounts: two repeats
cannot pass each other, whichever process or node they came to.  Submissions of accounts that use
none of it, and whose answers all arrived, are not even looked at.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from dragoman.core.accept import Prepared
from dragoman.core.fingerprints import Mark, first_of, lost_key
from dragoman.model.messages import Message
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import Outcome, Submitted
from dragoman.store import hot, lookups, repeats
from dragoman.store.database import Tx
from dragoman.store.repeats import Answered

AGAIN_US = 600 * 1_000_000  # how long a lost answer may be asked for again
NOTED_MOST = 10_000
LEFT_MOST = 50_000  # clients that left; who makes more of them loses the oldest
DOUBTS_MOST = 20_000  # submissions in doubt while the store hangs
PRUNE_US = 1_000_000

DUPLICATE = Refusal(Reason.DUPLICATE)
KEY_REUSED = Refusal(Reason.KEY_REUSED)
ANSWERED_AGAIN = "asked for again and answered as before; nothing was charged"
REFUSED_AGAIN = "asked for again and refused as a duplicate"

encode_answer = msgspec.msgpack.Encoder().encode
decode_answer = msgspec.msgpack.Decoder(Submitted).decode


class Gone(msgspec.Struct, array_like=True):
    """A client that left before its answer was written; with the answer, where there is one."""

    account_id: int
    key: str
    submitted: Submitted | None = None


class Doubt(msgspec.Struct):
    """A submission of which nobody knows whether it was stored."""

    key: str
    message: Message  # its first
    submitted: Submitted


class Recall:
    """What one group's submissions are held against, and what will be remembered of them."""

    def __init__(self, found: dict[str, Answered], suspects: dict[int, str]) -> None:
        """Take what the store remembers, and the fingerprints of suspects by their identity."""
        self.rows: dict[str, Answered] = {}
        self.notes: dict[int, tuple[int, int, str, str]] = {}
        self.repeated = 0
        self._found = found
        self._suspects = suspects

    def answer(self, prepared: Prepared) -> Submitted | None:
        """Give the answer of a submission that is not to be taken; None for one that is new.

        Recipients that are duplicates are refused here; the others of the list go on.
        """
        mark = prepared.mark or _NONE
        if mark.key and (known := self._known(mark.key, prepared)) is not None:
            if known.body == mark.body:
                return self._again(prepared, known)
            _drop(prepared)
            return Submitted([], accepted_us=prepared.accepted_us, refusal=KEY_REUSED)
        for key in (mark.whole, self._suspects.get(id(prepared), "")):
            if key and (known := self._known(key, prepared)) is not None:
                if mark.key:
                    self._keep_key(mark, known, prepared.accepted_us)
                return self._again(prepared, known)
        return self._refuse(prepared, mark) if mark.each else None

    def keep(self, prepared: Prepared, submitted: Submitted, lost: Mapping[str, int]) -> None:
        """Remember a submission that was taken just now; `lost` are those nobody waits for."""
        first = _first_stored(submitted.outcomes)
        if not first:
            return
        mark = prepared.mark or _NONE
        at_us = prepared.accepted_us
        again = self._suspects.get(id(prepared), "")
        answer = encode_answer(submitted) if mark.key or mark.whole or again in lost else b""
        if mark.whole:
            self._put(Answered(mark.whole, 0, first, "", answer, at_us + mark.window_us))
        if again in lost:
            self._put(Answered(again, prepared.account_id, first, "", answer, at_us + AGAIN_US))
        if mark.key:
            self._put(Answered(mark.key, 0, first, mark.body, answer, at_us + mark.key_life_us))
        for key, outcome in zip(mark.each, submitted.outcomes, strict=False):
            if key and outcome.refusal is None:
                row = Answered(key, 0, outcome.message_id, "", b"", at_us + mark.window_us)
                self._put(row)

    def _known(self, key: str, prepared: Prepared) -> Answered | None:
        known = self._found.get(key)
        return known if known is not None and known.until_us > prepared.accepted_us else None

    def _put(self, row: Answered) -> None:
        self._found[row.key] = self.rows[row.key] = row

    def _keep_key(self, mark: Mark, known: Answered, at_us: int) -> None:
        """Remember a new key of a repeat, so that it means the same when the window is over."""
        until_us = at_us + mark.key_life_us
        self._put(Answered(mark.key, 0, known.message_id, mark.body, known.answer, until_us))

    def _again(self, prepared: Prepared, known: Answered) -> Submitted:
        prepared.remember()
        prepared.messages = []  # a carrier's word that the first waits for, this one waits for, too
        self._note(known.message_id, prepared.accepted_us, ANSWERED_AGAIN)
        return decode_answer(known.answer)

    def _refuse(self, prepared: Prepared, mark: Mark) -> Submitted | None:
        """Refuse the recipients that had the same before, also within the list itself."""
        seen: set[str] = set()
        refused: list[int] = []
        for index, (key, outcome) in enumerate(zip(mark.each, prepared.outcomes, strict=True)):
            if not key:
                continue
            known = self._known(key, prepared)
            if known is None and key not in seen:
                seen.add(key)
                continue
            if known is not None:
                self._note(known.message_id, prepared.accepted_us, REFUSED_AGAIN)
            prepared.remember()
            prepared.cost_u -= outcome.cost_u
            outcome.refusal, outcome.cost_u, outcome.segments = DUPLICATE, 0, 0
            refused.append(index)
        if refused and not seen:
            _drop(prepared)
            return Submitted(prepared.outcomes, accepted_us=prepared.accepted_us)
        for index in refused:
            _strike(prepared.messages, index, keeps=mark.keeps_refused)
        return None

    def _note(self, message_id: int, at_us: int, words: str) -> None:
        self.repeated += 1
        self.notes[message_id] = (message_id, at_us, "repeat", words)


_NONE = Mark()
_OF_CARRIERS = frozenset({Reason.TIMEOUT, Reason.CARRIER_REFUSAL})


class Repeats:
    """What the writer knows of requests that may come again."""

    def __init__(self) -> None:
        """Know nothing yet; what the store knows is read by `load`."""
        self._lost: dict[int, int] = {}  # accounts with lost answers, and until when
        self._left: dict[str, int] = {}  # submissions whose client has left, and until when
        self._waiting: dict[str, Submitted] = {}  # stored, and not answered before a carrier was
        self._doubts: list[Doubt] = []
        self._owed: list[Answered] = []
        self._settled = (0, 0)
        self._prune_us = 0
        self._noted: set[int] = set()  # so that a client in a loop fills no timeline

    @property
    def suspects(self) -> bool:
        """Whether submissions without a mark are to be looked at, too."""
        return bool(self._lost)

    @property
    def owes(self) -> bool:
        """Whether something was learnt that the next group is to write."""
        return bool(self._doubts or self._owed)

    def forget(self) -> None:
        """Give up what was to be written: it cannot be."""
        self._doubts.clear()
        self._owed.clear()

    async def load(self, tx: Tx) -> None:
        """Learn whose answers were lost before this start."""
        self._lost |= await repeats.lost(tx)

    def gone(self, gone: Gone, now_us: int) -> None:
        """Learn that a client has left without its answer."""
        until_us = now_us + AGAIN_US
        self._lost[gone.account_id] = until_us
        submitted = gone.submitted or self._waiting.get(gone.key)
        if submitted is None:
            self._left[gone.key] = until_us
            if len(self._left) > LEFT_MOST:
                del self._left[next(iter(self._left))]
        else:
            self._owe(gone.key, gone.account_id, submitted, until_us)

    def doubt(self, answers: Iterable[tuple[Prepared, Submitted]]) -> None:
        """Learn that these were answered *timeout*: the next group sees what became of them."""
        for prepared, submitted in answers:
            message = first_of(prepared.messages)
            if message is not None and _first_stored(submitted.outcomes):
                key = _lost_key(prepared)
                self._lost[prepared.account_id] = prepared.accepted_us + AGAIN_US
                self._doubts.append(Doubt(key, message, submitted))
        del self._doubts[:-DOUBTS_MOST]

    async def settle(self, tx: Tx) -> None:
        """Write what was learnt since the last group; before that group's own submissions."""
        doubts, owed = self._doubts, self._owed
        self._settled = len(doubts), len(owed)
        rows = {row.key: row for row in owed}
        if doubts:
            # Whatever server process still commits one of these holds its account until it ends.
            await hot.balances(tx, {doubt.message.account_id for doubt in doubts})
            stored = await lookups.find_messages(tx, [doubt.message.id for doubt in doubts])
            known = {_identity(message) for message in stored}
            for doubt in doubts:
                if _identity(doubt.message) in known:
                    until_us = doubt.message.accepted_us + AGAIN_US
                    row = _lost_answer(
                        doubt.key, doubt.message.account_id, doubt.submitted, until_us
                    )
                    rows[row.key] = row
        await repeats.put(tx, list(rows.values()))

    async def recall(self, tx: Tx, accepts: Sequence[Prepared]) -> Recall:
        """Look up, in one statement, whatever a group's submissions may repeat."""
        keys: set[str] = set()
        suspects: dict[int, str] = {}
        for prepared in accepts:
            mark = prepared.mark
            if mark is not None:
                keys.update((mark.key, mark.whole, *mark.each))
            if self._lost.get(prepared.account_id, 0) > prepared.accepted_us:
                again = _lost_key(prepared)
                suspects[id(prepared)] = again
                keys.add(again)
        keys.discard("")
        return Recall(await repeats.find(tx, keys) if keys else {}, suspects)

    def keep(self, recall: Recall, prepared: Prepared, submitted: Submitted) -> None:
        """Remember a submission that was taken, as far as anybody may ask for it again."""
        recall.keep(prepared, submitted, self._left)

    async def write(self, tx: Tx, recall: Recall) -> None:
        """Write what a group's submissions will be recognised by, in one statement."""
        await repeats.put(tx, list(recall.rows.values()))
        notes = [note for note in recall.notes.values() if note[0] not in self._noted]
        if notes:
            if len(self._noted) > NOTED_MOST:
                self._noted.clear()
            self._noted.update(note[0] for note in notes)
            await hot.note(tx, notes)

    def follow(self, prepared: Prepared, submitted: Submitted, rouse: Callable[[], None]) -> None:
        """Remember the answer of a submission again when its carriers have had their word."""
        answer = prepared.answer
        if answer is None or not prepared.messages:
            return
        key = _lost_key(prepared)
        at_us, mark = prepared.accepted_us, prepared.mark or _NONE

        self._waiting[key] = submitted

        def told(submitted: Submitted) -> None:
            self._waiting.pop(key, None)
            self._reword(mark, submitted, at_us)
            if self._owed:
                rouse()
            answer(submitted)

        prepared.answer = told

    def _reword(self, mark: Mark, submitted: Submitted, at_us: int) -> None:
        """Owe the store another answer than the one that was kept at the commit."""
        first = _first_stored(submitted.outcomes)
        answer = encode_answer(submitted) if first and (mark.whole or mark.key) else b""
        if answer and mark.whole:
            until_us = at_us + mark.window_us
            self._owed.append(Answered(mark.whole, 0, first, "", answer, until_us))
        if answer and mark.key:
            until_us = at_us + mark.key_life_us
            self._owed.append(Answered(mark.key, 0, first, mark.body, answer, until_us))
        for key, outcome in zip(mark.each, submitted.outcomes, strict=False):
            refusal = outcome.refusal
            if key and refusal is not None and refusal.reason is Reason.CARRIER_REFUSAL:
                # He did not get it, so the next one is no duplicate.
                self._owed.append(Answered(key, 0, outcome.message_id, "", b"", 0))

    def committed(self, answers: Sequence[tuple[Prepared, Submitted]], now_us: int) -> None:
        """Learn that the group is durable; call it before its submissions are answered."""
        doubts, owed = self._settled
        del self._doubts[:doubts], self._owed[:owed]
        self._settled = (0, 0)
        if not self._lost:
            return
        if now_us >= self._prune_us:
            self._prune_us = now_us + PRUNE_US
            self._prune(now_us)
        if self._left:
            self._learn(answers, now_us)

    def _prune(self, now_us: int) -> None:
        """Forget what nobody may ask for again."""
        for account_id in [a for a, until_us in self._lost.items() if until_us <= now_us]:
            del self._lost[account_id]
        self._left = {key: until_us for key, until_us in self._left.items() if until_us > now_us}

    def _learn(self, answers: Sequence[tuple[Prepared, Submitted]], now_us: int) -> None:
        """Remember those whose client left while their group was being written."""
        for prepared, submitted in answers:
            if prepared.account_id in self._lost:
                key = _lost_key(prepared)
                if key in self._left:
                    self._owe(key, prepared.account_id, submitted, now_us + AGAIN_US)

    def _owe(self, key: str, account_id: int, submitted: Submitted, until_us: int) -> None:
        if _first_stored(submitted.outcomes):
            self._owed.append(_lost_answer(key, account_id, submitted, until_us))


def _lost_key(prepared: Prepared) -> str:
    return lost_key(prepared.messages, prepared.outcomes, prepared.due_us, prepared.pool)


def _lost_answer(key: str, account_id: int, submitted: Submitted, until_us: int) -> Answered:
    first = _first_stored(submitted.outcomes)
    return Answered(key, account_id, first, "", encode_answer(submitted), until_us)


def _first_stored(outcomes: Sequence[Outcome]) -> int:
    """Give the id of the first message that was accepted, 0 if none was.

    Whatever a carrier then said of it; what is kept as refused at once has an id, too.
    """
    return next(
        (
            outcome.message_id
            for outcome in outcomes
            if outcome.message_id
            and (outcome.refusal is None or outcome.refusal.reason in _OF_CARRIERS)
        ),
        0,
    )


def _identity(message: Message) -> tuple[object, ...]:
    """Give what tells a message from another one that got its id after a lost transaction."""
    return message.id, message.account_id, message.accepted_us, message.recipient, message.text


def _drop(prepared: Prepared) -> None:
    """Let nothing come of a submission, nor its answer wait for anybody."""
    prepared.remember()
    prepared.messages = []
    prepared.carrier_wait_s = 0.0


def _strike(messages: list[Message | None], index: int, *, keeps: bool) -> None:
    """Take a refused recipient's row away, or keep it as refused."""
    message = messages[index]
    if message is None or not keeps:
        messages[index] = None
        return
    message.state = int(State.REJECTED)
    message.price_u = message.charge_u = 0
    message.due_us = message.expires_us = None
    message.detail = DUPLICATE.reason.value
