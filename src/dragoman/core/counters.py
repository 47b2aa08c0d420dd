"""Plain integers that the hot path counts with; `/metrics` reads them when it is asked."""

from collections.abc import Iterable


class Counters:
    """What this process has done since it started."""

    __slots__ = (
        "accepted",
        "answered_busy",
        "answered_rejected",
        "answered_sent",
        "answered_uncertain",
        "charged_u",
        "commits",
        "commits_failed",
        "committed_rows",
        "inbound",
        "inbound_repeated",
        "inbound_unclaimed",
        "login_failures",
        "notices_dead",
        "notices_failed",
        "notices_sent",
        "receipts",
        "receipts_ambiguous",
        "receipts_parked",
        "refunded_u",
        "refused",
        "repeated",
        "requests",
        "submitted",
    )

    def __init__(self) -> None:
        """Start at nought."""
        for name in self.__slots__:
            setattr(self, name, 0)

    def move_to(self, other: "Counters", names: Iterable[str]) -> None:
        """Add what was counted under some names to another's, and begin anew with these."""
        for name in names:
            if more := getattr(self, name):
                setattr(other, name, getattr(other, name) + more)
                setattr(self, name, 0)

    accepted: int
    answered_busy: int
    answered_rejected: int
    answered_sent: int
    answered_uncertain: int
    charged_u: int
    commits: int
    commits_failed: int
    committed_rows: int
    inbound: int
    inbound_repeated: int
    inbound_unclaimed: int
    login_failures: int
    notices_dead: int
    notices_failed: int
    notices_sent: int
    receipts: int
    receipts_ambiguous: int
    receipts_parked: int
    refunded_u: int
    refused: int
    repeated: int
    requests: int
    submitted: int
