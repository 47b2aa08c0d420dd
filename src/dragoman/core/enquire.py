"""What a customer may ask: the state of a message, and the balance."""

from typing import assert_never

from dragoman.core.snapshot import View
from dragoman.dialects.exchange import BalanceAsk, StatusAsk
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import Balance, MessageStatus
from dragoman.store import lookups
from dragoman.store.database import Database

UNKNOWN_MESSAGE = Refusal(Reason.UNKNOWN_MESSAGE)


class Enquiries:
    """Answers from the store; another account's message is an unknown one."""

    def __init__(self, database: Database) -> None:
        """Take the store."""
        self._database = database

    async def answer(
        self, view: View, asked: StatusAsk | BalanceAsk
    ) -> MessageStatus | Balance | Refusal:
        """Answer a question of the account."""
        match asked:
            case StatusAsk():
                return await self._status(view, asked.message_id)
            case BalanceAsk():
                return await self._balance(view, asked.prefix)
            case _:
                assert_never(asked)

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
