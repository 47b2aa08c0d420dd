"""What can go wrong with the store, in words that are the same on both engines.

The question that a caller must answer is whether something may have been stored, so that is how
the errors are told apart; the engine's own error is always the `__cause__`.
"""


class StoreError(Exception):
    """Any failure of the store."""


class StoreRefused(StoreError):
    """Surely nothing was stored, and the same may work later: disk full, locked, read-only."""


class StoreUnavailable(StoreRefused):
    """Surely nothing was stored: there is no connection.  The next transaction connects again."""


class StoreConflict(StoreError):
    """Surely nothing was stored: it contradicts what the store holds already."""


class StoreUncertain(StoreError):
    """The connection or the disk failed during the commit: it may be stored, or not."""


class StoreNewer(StoreError):
    """The store was written by a newer version of the program, which this one does not know."""
