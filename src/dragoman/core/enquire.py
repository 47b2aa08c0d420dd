"""What a customer may ask: the state of a message, the balance, and whom a name stands for."""

import logging
from typing import assert_never

import msgspec

from dragoman.core import lists
from dragoman.core.repeats import KEY_REUSED, decode_answer
from dragoman.core.snapshot import Snapshot, View
from dragoman.dialects.exchange import BalanceAsk, StatusAsk
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import Balance, MessageStatus, Submit, Submitted
from dragoman.store import lookups, repeats
from dragoman.store.database import Database
from dragoman.store.errors import StoreError, StoreUnavailable

UNKNOWN_MESSAGE = Refusal(Reason.UNKNOWN_MESSAGE)
UNREACHABLE = Refusal(Reason.INTERNAL, detail="unreachable")
UNREADABLE = Refusal(Reason.INTERNAL, detail="store")
log = logging.getLogger(__name__)


class Enquiries:
    """Answers from the store; another account's message is an unknown one."""

    def __init__(self, database: Database) -> None:
        """Take the store."""
        self._database = database

    async def answer(
        self, view: View, asked: StatusAsk | BalanceAsk
    ) -> MessageStatus | Balance | Refusal:
        """Answer a question of the account."""
        try:
            match asked:
                case StatusAsk():
                    return await self._status(view, asked.message_id)
                case BalanceAsk():
                    return await self._balance(view, asked.prefix)
                case _:
                    assert_never(asked)
        except StoreError as error:
            log.warning("a question could not be answered: %s", error)
            return UNREACHABLE if isinstance(error, StoreUnavailable) else UNREADABLE

    async def first_answer(self, key: str, body: str, now_us: int) -> Submitted | None:
        """Give the answer that an idempotency key had first, if it had one."""
        async with self._database.reading() as tx:
            known = (await repeats.find(tx, [key])).get(key)
        if known is None or known.until_us <= now_us:
            return None
        if known.body != body:
            return Submitted([], accepted_us=now_us, refusal=KEY_REUSED)
        return decode_answer(known.answer)

    async def expand(self, snapshot: Snapshot, view: View, submit: Submit, most: int) -> Submit:
        """Replace the names among the recipients of a submission by the numbers behind them."""
        async with self._database.reading() as tx:
            found = await lists.resolve(tx, snapshot, view, submit.tokens, most)
        faults = submit.faults if found.refusal is None else (*submit.faults, found.refusal)
        return msgspec.structs.replace(submit, tokens=found.tokens, faults=faults)

    async def _status(self, view: View, message_id: int) -> MessageStatus | Refusal:
        async with self._database.reading() as tx:
            found = await lookups.find_messages(tx, [message_id])
        if not found or found[0].account_id != view.account.id:
            return UNKNOWN_MESSAGE
        message = found[0]
        return MessageStatus(
            message.id,
            State(message.state),
            message.recipient,
            message.accepted_us,
            message.changed_us,
            message.charged,
            message.charge_u,
            message.detail,
        )

    async def _balance(self, view: View, prefix: str) -> Balance:
        async with self._database.reading() as tx:
            purses = await lookups.find_purses(tx, [view.account.id])
        balance_u, _ = purses.get(view.account.id, (0, 0))
        price = view.tariff.find(prefix) if prefix and view.tariff is not None else None
        return Balance(balance_u, price.price_u if price is not None else None)
