"""What a carrier does to segments that is not the segments' fault: counted, and told in one line.

A line for each segment would fill the log in the hour when somebody reads it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from dragoman.core.ports import Answer, Verdict
from dragoman.protocols.smpp.statuses import SYSTEM_ERRORS, status_name

SHOWN = 8  # kinds of complaint in a line, the most frequent first
KINDS_MOST = 100  # that are counted apart: a carrier may make up any status
OTHERS = "others"


def count_complaints(counts: Counter[str], answers: Sequence[Answer]) -> None:
    """Add what is to complain of in answers that were not good."""
    for answer in answers:
        kind = complaint(answer)
        if kind:
            counts[kind if kind in counts or len(counts) < KINDS_MOST else OTHERS] += 1


def complaint(answer: Answer) -> str:
    """Give what the carrier did in a word; empty where the segment was at fault, or nobody."""
    match Verdict(answer.verdict):
        case Verdict.UNCERTAIN:
            return "cut off" if answer.cut else "not answered"
        case Verdict.REJECTED:
            is_theirs = answer.elsewhere or answer.status in SYSTEM_ERRORS
            return status_name(answer.status) if answer.status and is_theirs else ""
        case Verdict.BUSY:
            return status_name(answer.status) if answer.status else ""
        case Verdict.SENT:
            return ""


def render_complaints(counts: Mapping[str, int]) -> str:
    """Give counts in words: `340 not answered, 12 ESME_RSYSERR`."""
    ranked = Counter({kind: n for kind, n in counts.items() if kind != OTHERS}).most_common(SHOWN)
    words = [f"{count} {kind}" for kind, count in ranked]
    if left := sum(counts.values()) - sum(count for _, count in ranked):
        words.append(f"{left} {OTHERS}")
    return ", ".join(words)
