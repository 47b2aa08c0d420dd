"""What an SMSC simulator does wrong on request, and the counting that decides when.

Every field is a fault of its own and may be changed while the simulator runs.  Knows no socket.
"""

from collections import deque
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dragoman.protocols.smpp.statuses import CommandStatus

Count = Annotated[int, Meta(ge=0)]
Span = Annotated[float, Meta(ge=0)]


class Faults(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong; `every` n means each n-th submit_sm, 0 means never."""

    # Answers
    throttle_every: Count = 0
    rate_limit: Span = 0  # submit_sm in any one second, over all binds
    throttle_status: Count = int(CommandStatus.ESME_RTHROTTLED)
    fail_every: Count = 0
    fail_status: Count = int(CommandStatus.ESME_RSYSERR)
    silent_every: Count = 0  # taken, but not answered
    response_delay_s: Span = 0.0
    # Links
    drop_every: Count = 0  # taken, and the connection is cut before it is answered
    bind_status: Count = 0  # binds are refused with this
    ghost_s: Span = 0.0  # how long a bind is remembered that left without unbind
    # Receipts
    receipt_first: bool = False  # the receipt leaves before the response
    receipt_copies: Annotated[int, Meta(ge=0, le=10)] = 1
    receipt_segments: Literal["all", "first", "last"] = "all"
    receipt_shuffle_s: Span = 0.0  # each receipt waits at random, up to this long
    receipt_unmarked: bool = False  # esm_class does not say that it is one
    receipt_coding: Annotated[int, Meta(ge=0, le=255)] = 0  # what data_coding claims
    receipt_tlvs: bool = True
    receipt_text: bool = True
    stray_every: Count = 0  # and a receipt for an id that never was


class Fate(msgspec.Struct, frozen=True):
    """What becomes of one submit_sm: a status, no answer at all, or a cut connection."""

    status: int = 0
    is_silent: bool = False
    is_cut: bool = False


FINE = Fate()
SILENT = Fate(is_silent=True)
CUT = Fate(is_cut=True)


class Judge:
    """Counts what arrives and says what becomes of it."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._seen = 0
        self._times: deque[float] = deque()

    def judge(self, now_s: float) -> Fate:
        """Give the fate of the submit_sm that arrives now."""
        faults = self.faults
        self._seen += 1
        if self._is_due(faults.drop_every):
            return CUT
        if self._is_due(faults.throttle_every) or self._is_too_fast(now_s):
            return Fate(faults.throttle_status)
        if self._is_due(faults.fail_every):
            return Fate(faults.fail_status)
        return SILENT if self._is_due(faults.silent_every) else FINE

    def is_stray_due(self) -> bool:
        """Tell whether a receipt for nothing is due beside the last submit_sm."""
        return self._is_due(self.faults.stray_every)

    def _is_due(self, every: int) -> bool:
        return every > 0 and self._seen % every == 0

    def _is_too_fast(self, now_s: float) -> bool:
        """Keep the instants of one second; a submit_sm beyond the limit is not one of them."""
        limit = self.faults.rate_limit
        if not limit:
            return False
        times = self._times
        while times and times[0] <= now_s - 1.0:
            times.popleft()
        if len(times) >= limit:
            return True
        times.append(now_s)
        return False
