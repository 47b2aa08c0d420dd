"""Numbers for people: percentiles, medians, ratios, tables."""

import statistics
from collections.abc import Iterable, Mapping, Sequence


def percentile(values: Iterable[float], share: float) -> float:
    """Give the smallest value that at least `share` of all values do not exceed; 0 of none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    rank = max(1, -int(-share * len(ordered) // 1))
    return ordered[rank - 1]


def median_of(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Give the median of each column."""
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def ratio(ours: float, theirs: float) -> str:
    """Give how many times theirs ours is."""
    return f"{ours / theirs:.2f}" if theirs else "-"


def render_number(value: float) -> str:
    """Write a number with about three digits that matter."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def render_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table whose columns line up; the first is of words, the others numbers."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    line = "|" + "|".join("-" * (width + 1) + ("-:"[bool(i)]) for i, width in enumerate(widths))
    lines = [_render_row(head, widths), line + "|", *(_render_row(row, widths) for row in rows)]
    return "\n".join(lines)


def _render_row(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = row
    cells = [first.ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
    return f"| {' | '.join(cells)} |"
