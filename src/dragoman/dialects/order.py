"""The order of checks: which of several refusals a dialect tells.

Knows no dialect; each brings its own table of steps, first check first.
"""

from collections.abc import Callable, Mapping

from dragoman.model.refusals import Reason, Refusal

# A reason, or a reason with the field or the detail that sets it apart.
Check = Reason | tuple[Reason, str]
Ranks = Mapping[tuple[Reason, str], int]


def ranks(*steps: Check | frozenset[Check]) -> Ranks:
    """Give each check its place, from 0; those of one frozenset share theirs."""
    return {
        (check, "") if isinstance(check, Reason) else check: place
        for place, step in enumerate(steps)
        for check in (step if isinstance(step, frozenset) else (step,))
    }


def in_order(single: Ranks, several: Ranks | None = None) -> Callable[[Refusal, bool], int]:
    """Give a dialect's `rank`: by one table, or by another when there are several recipients."""
    return lambda refusal, is_single: _place(
        refusal, single if is_single or several is None else several
    )


def _place(refusal: Refusal, table: Ranks) -> int:
    """Look a refusal up by its field or detail, else by its reason; unlisted ones are last."""
    last = len(table)
    general = table.get((refusal.reason, ""), last)
    return table.get((refusal.reason, refusal.field or refusal.detail), general)
