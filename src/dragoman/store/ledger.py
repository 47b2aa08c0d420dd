"""Money of accounts: what was paid in, and the proof that every sum adds up.

Charges of messages are no ledger rows: they stand on the messages, and those that retention
deleted are summed up in the account.  So for every account, at any instant,

    balance = sum of its ledger - charges of its messages - charges of deleted messages
"""

from typing import Literal, NamedTuple

from dragoman.store.database import Tx
from dragoman.store.hot import INSERT_LEDGER, balances, spend


class Entry(NamedTuple):
    """One row of an account's ledger."""

    id: int
    account_id: int
    at_us: int
    amount_u: int
    balance_u: int  # after it
    kind: str
    message_id: int | None
    note: str


class Discrepancy(NamedTuple):
    """An account whose sums do not add up."""

    account_id: int
    name: str
    balance_u: int
    expected_u: int


ENTRY_COLUMNS = "id, account_id, at_us, amount_u, balance_u, kind, message_id, note"

PAGE = (
    f"SELECT {ENTRY_COLUMNS} FROM ledger WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?"
)
OF_MESSAGE = f"SELECT {ENTRY_COLUMNS} FROM ledger WHERE account_id = ? AND message_id = ?"

# Sums of 64-bit numbers are wider than that on PostgreSQL; the balance itself is not.
PROOF = """
SELECT * FROM (
    SELECT a.id, a.name, a.balance_u,
        CAST(coalesce(l.paid_u, 0) - coalesce(m.charged_u, 0) - a.retired_u AS bigint)
            AS expected_u
    FROM account a
    LEFT JOIN (SELECT account_id, sum(amount_u) AS paid_u FROM ledger GROUP BY account_id) l
        ON l.account_id = a.id
    LEFT JOIN (SELECT account_id, sum(charge_u) AS charged_u FROM message GROUP BY account_id) m
        ON m.account_id = a.id
) AS sums WHERE balance_u <> expected_u ORDER BY id
"""

LATEST = (1 << 63) - 1


async def credit(  # all are what a ledger row says
    tx: Tx, account_id: int, amount_u: int, kind: Literal["topup", "adjust"], at_us: int, note: str
) -> int | None:
    """Add to an account (or take, with a negative amount); give its balance after that.

    None when there is no such account.
    """
    held = (await balances(tx, [account_id])).get(account_id)
    if held is None:
        return None
    after_u = held[0] + amount_u
    await tx.run_many(INSERT_LEDGER, [(account_id, at_us, amount_u, after_u, kind, None, note)])
    await spend(tx, [(account_id, -amount_u)])
    return after_u


async def entries(tx: Tx, account_id: int, limit: int, before: int = LATEST) -> list[Entry]:
    """Give the newest entries of an account's ledger whose id is below `before`."""
    return [Entry._make(row) for row in await tx.rows(PAGE, (account_id, before, limit))]


async def entries_of_message(tx: Tx, account_id: int, message_id: int) -> list[Entry]:
    """Give what was given back for a message."""
    return [Entry._make(row) for row in await tx.rows(OF_MESSAGE, (account_id, message_id))]


async def discrepancies(tx: Tx) -> list[Discrepancy]:
    """Give the accounts whose balance is not what their ledger and their messages say.

    Reads all messages: not for every minute.
    """
    return [Discrepancy._make(row) for row in await tx.rows(PROOF)]
