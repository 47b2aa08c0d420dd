"""How the fate of a message follows from the fates of its segments, and what is paid back.

Pure.  The policy is the account's (`verdict`): "all" waits for every segment and tells the
worst; "worst" tells the first bad news at once; "first" trusts the first receipt.  A carrier
that reports only the first or the last segment (`receipts = "first"`) is believed with that one;
of one that reports "none" a receipt that comes all the same counts as it does elsewhere.
"""

from collections.abc import Mapping, Sequence

from dragoman.model.states import FINAL, State

# From bad to worse: what the customer is told when segments ended differently.
_WORST = (
    State.DELIVERED,
    State.ACKNOWLEDGED,
    State.DECLINED,
    State.CANCELLED,
    State.EXPIRED,
    State.UNDELIVERABLE,
    State.FAILED,
    State.REJECTED,
)
_BADNESS = {state: badness for badness, state in enumerate(_WORST)}

GOOD = frozenset({State.DELIVERED, State.ACKNOWLEDGED})

REFUNDS: Mapping[str, frozenset[State]] = {
    "none": frozenset(),
    "rejected": frozenset({State.REJECTED, State.FAILED, State.CANCELLED}),
    "undelivered": FINAL - GOOD - {State.DECLINED},
}


def verdict(
    states: Mapping[int, State], total: int, policy: str = "all", reporting: str = "all"
) -> State:
    """Give the state of a message of `total` segments whose known states are by number.

    A segment that is not in `states` was not answered yet.  Gives SENDING while the carrier
    has not taken all of them, SENT while it owes a verdict.
    """
    known = list(states.values())
    final = [state for state in known if state in FINAL]
    if policy == "first" and final:
        return final[0]
    bad = [state for state in final if state not in GOOD]
    if bad and (policy == "worst" or State.REJECTED in bad):
        return worst(bad)
    wanted = _wanted(total, reporting)
    if all(states.get(number) in FINAL for number in wanted):
        return worst(final)
    if len(known) < total:
        return State.SENDING
    if any(state == State.UNKNOWN for state in known):
        return State.UNKNOWN
    return State.SENT


def _wanted(total: int, reporting: str) -> Sequence[int]:
    match reporting:
        case "first":
            return (1,)
        case "last":
            return (total,)
        case _:
            return range(1, total + 1)


def worst(states: Sequence[State]) -> State:
    """Give the worst of final states."""
    return max(states, key=_BADNESS.__getitem__)


def last_resort(states: Mapping[int, State]) -> State:
    """Give the state of a message whose time for receipts is over.

    What is known counts; where nothing is known nobody can say.
    """
    final = [state for state in states.values() if state in FINAL]
    return worst(final) if final else State.UNKNOWN


def pays_back(policy: str, state: State) -> bool:
    """Tell whether the account's refund policy gives the charge back for this ending."""
    return state in REFUNDS.get(policy, frozenset())
