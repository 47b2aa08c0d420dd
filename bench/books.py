"""What a gateway's store says after the fact: what was taken, what waits, whether money adds up.

Reads the tables with plain SQL and the drivers themselves, so that no code under test is needed
to find that code out.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

import psycopg

WAITING = "SELECT count(*) FROM message WHERE state IN (1, 2)"  # queued, sending
UNDELIVERED = "SELECT count(*) FROM message WHERE state <> 10"
UNTOLD = "SELECT count(*) FROM work WHERE lane LIKE 'notice:%'"
STATES = "SELECT id, state FROM message"
TAKEN = "SELECT text, charge_u, price_u * segments FROM message"
MONEY = """
    SELECT (SELECT sum(balance_u) FROM account),
           (SELECT coalesce(sum(amount_u), 0) FROM ledger),
           (SELECT coalesce(sum(charge_u), 0) FROM message),
           (SELECT sum(retired_u) FROM account)
"""


class Books:
    """The store of one gateway, read from outside."""

    def __init__(self, url: str) -> None:
        self._url = url

    def waiting(self) -> int:
        """Count the messages that are accepted and have no answer from a carrier."""
        return int(self._rows(WAITING)[0][0])

    def undelivered(self) -> int:
        """Count the messages whose receipt has not been stored."""
        return int(self._rows(UNDELIVERED)[0][0])

    def untold(self) -> int:
        """Count the events that the customer has not been told of."""
        return int(self._rows(UNTOLD)[0][0])

    def states(self) -> dict[int, int]:
        """Give the state of each message."""
        return dict(self._rows(STATES))

    def taken(self) -> dict[str, bool]:
        """Give the first word of each message's text, and whether its charge is its price."""
        return {text.split(" ", 1)[0]: charge == price for text, charge, price in self._rows(TAKEN)}

    def difference(self) -> int:
        """Give what is missing between the balance and what the ledger and the charges say."""
        balance, ledger, charges, retired = (int(value) for value in self._rows(MONEY)[0])
        return balance - (ledger - charges - retired)

    def _rows(self, sql: str) -> Sequence[tuple[Any, ...]]:
        if self._url.startswith("sqlite:"):
            path = self._url.removeprefix("sqlite:///")
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30.0)
            try:
                return connection.execute(sql).fetchall()
            finally:
                connection.close()
        with psycopg.connect(self._url) as server:
            return server.execute(sql.encode()).fetchall()
