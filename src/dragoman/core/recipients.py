"""How often one number may get something from one account: the last of the rules about recipients.

Asked within the group's transaction, so that it holds for all processes and after a restart; a
constant number of statements for a group, and none where no account has such a limit.  What is
accepted counts, when it is accepted: a refusal and a repeat do not.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from dragoman.model.refusals import Reason, Refusal
from dragoman.store.database import Tx
from dragoman.store.recipients import Key, find_times, put_times

if TYPE_CHECKING:
    from dragoman.core.accept import Prepared

TOO_OFTEN = Refusal(Reason.SPAM, detail="too many messages to this number")

UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
MOST = 1_000
LONGEST_S = 7 * 86_400
_FORM = re.compile(r"(\d{1,4})/(\d{1,6})([smhd])")


class Allowance(msgspec.Struct, frozen=True):
    """So many messages to one number within so long."""

    most: int
    window_us: int


def read_allowance(text: str) -> Allowance:
    """Give an allowance written like `5/1h`; ValueError in words that follow a key's name."""
    found = _FORM.fullmatch(text.replace(" ", ""))
    most, window_s = (int(found[1]), int(found[2]) * UNITS_S[found[3]]) if found else (0, 0)
    if not (1 <= most <= MOST and 1 <= window_s <= LONGEST_S):
        raise ValueError(
            'must be messages and a time such as "5/1h", "3/10m" or "20/1d"'
            f" ({MOST:,} and 7 days at most)"
        )
    return Allowance(most, window_s * 1_000_000)


class Recent:
    """What some numbers got lately from the accounts of one group."""

    def __init__(self, allowances: Mapping[int, Allowance], times: dict[Key, list[int]]) -> None:
        self._allowances = allowances
        self._times = times
        self._changed: dict[Key, int] = {}  # until when they count

    def judge(self, prepared: "Prepared") -> None:
        """Refuse the recipients of a submission that had enough."""
        allowance = self._allowances.get(prepared.account_id)
        if allowance is None:
            return
        here: Counter[Key] = Counter()
        for index, (outcome, message) in enumerate(
            zip(prepared.outcomes, prepared.messages, strict=True)
        ):
            if message is None or outcome.refusal is not None:
                continue
            key = (prepared.account_id, int(outcome.number))
            since_us = prepared.accepted_us - allowance.window_us
            lately = sum(1 for at_us in self._times.get(key, ()) if at_us > since_us)
            if lately + here[key] < allowance.most:
                here[key] += 1
                continue
            prepared.remember()
            outcome.refusal = TOO_OFTEN
            prepared.cost_u -= outcome.cost_u
            outcome.cost_u = outcome.segments = 0
            prepared.messages[index] = None

    def note(self, prepared: "Prepared") -> None:
        """Count what was accepted of a submission."""
        allowance = self._allowances.get(prepared.account_id)
        if allowance is None:
            return
        for outcome, message in zip(prepared.outcomes, prepared.messages, strict=True):
            if message is not None and outcome.refusal is None:
                key = (prepared.account_id, int(outcome.number))
                times = [*self._times.get(key, ()), prepared.accepted_us]
                self._times[key] = times[-allowance.most :]
                self._changed[key] = prepared.accepted_us + allowance.window_us

    async def write(self, tx: Tx) -> None:
        """Keep what was counted."""
        changed = self._changed.items()
        if changed:
            await put_times(tx, [(key, self._times[key], until_us) for key, until_us in changed])


async def recall(
    tx: Tx, allowances: Mapping[int, Allowance], accepts: "Sequence[Prepared]"
) -> Recent:
    """Give what the numbers of a group got lately, of accounts that have an allowance."""
    counted = [p for p in accepts if p.account_id in allowances]
    if not counted:
        return Recent({}, {})
    numbers = {int(o.number) for p in counted for o in p.outcomes if o.number}
    return Recent(allowances, await find_times(tx, {p.account_id for p in counted}, numbers))
