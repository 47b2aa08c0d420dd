"""Who is spoken of by messages, ledgers and lists, and giving one carrier's queue to another.

For operators: `used_accounts` may read the whole table of messages.
"""

from collections.abc import Sequence

from dragoman.store.database import Tx

# An opening that nothing followed is no reason to keep an account.
USED_ACCOUNTS = (
    "SELECT id FROM account a WHERE id IN (?ids) AND (retired_u <> 0"
    " OR EXISTS (SELECT 1 FROM ledger WHERE account_id = a.id AND kind <> 'opening')"
    " OR EXISTS (SELECT 1 FROM list_event WHERE account_id = a.id)"
    " OR EXISTS (SELECT 1 FROM message WHERE account_id = a.id))"
)
USED_CARRIERS = (
    "SELECT id FROM carrier c WHERE id IN (?ids) AND ("
    " EXISTS (SELECT 1 FROM segment WHERE carrier_id = c.id)"
    " OR EXISTS (SELECT 1 FROM message WHERE carrier_id = c.id AND state IN (1, 2))"
    " OR EXISTS (SELECT 1 FROM message WHERE carrier_id = c.id AND state = 0))"
)

MOVES = (
    "UPDATE message SET carrier_id = ? WHERE carrier_id = ? AND state IN (1, 2) AND state = 1",
    "UPDATE message SET carrier_id = ? WHERE carrier_id = ? AND state = 0",
)


async def used_accounts(tx: Tx, account_ids: Sequence[int]) -> list[int]:
    """Give those of the accounts that have messages, proof of who joined a list, or a ledger."""
    if not account_ids:
        return []
    return [row[0] for row in await tx.rows(USED_ACCOUNTS, (list(account_ids),))]


async def used_carriers(tx: Tx, carrier_ids: Sequence[int]) -> list[int]:
    """Give those of the carriers that messages went over, or wait for."""
    if not carrier_ids:
        return []
    return [row[0] for row in await tx.rows(USED_CARRIERS, (list(carrier_ids),))]


async def move_waiting(tx: Tx, carrier_id: int, other_id: int) -> int:
    """Give what waits for one carrier to another; gives how many messages that were."""
    return sum([await tx.run(move, (other_id, carrier_id)) for move in MOVES])
