"""Receipts find their segments: matching carrier ids and climbing the ladder.

Pure decisions over what the store found; `core.bookkeeping` reads and writes.  An id that could
mean two different messages is refused, never guessed: a receipt on the wrong message is a lie to
two customers.
"""

from collections.abc import Mapping, Sequence

import msgspec

from dragoman.core.ports import Delivery
from dragoman.model.states import FINAL, State, climb
from dragoman.sms.refs import narrow
from dragoman.store.hot import FoundSegment

_COMPARED_DIGITS = 8  # of two addresses, from the end: what prefixes and plus signs leave alone


class Habits(msgspec.Struct):
    """What the receipts of one carrier were seen to do."""

    id_form: str = "auto"
    names_recipient: bool = False  # a receipt's addresses hold the recipient of its message


class Matching(msgspec.Struct):
    """What a batch of receipts of one carrier changes."""

    segments: list[tuple[int, int, int, str]] = []  # segment id, state, receipt_us, error
    states: dict[int, tuple[State, int]] = {}  # lone-segment messages: new state, when
    recompute: set[int] = set()  # messages of several segments
    unmatched: list[Delivery] = []
    ambiguous: list[Delivery] = []


def match(
    deliveries: Sequence[Delivery],
    keys: Sequence[Sequence[str]],
    found: Mapping[str, Sequence[FoundSegment]],
    habits: Habits,
) -> Matching:
    """Match receipts to the segments that were found under their candidate keys.

    `keys` runs parallel to the receipts.  `habits` learns: once the carrier's receipts were seen
    to name the recipient, an id that belongs to another recipient's message is no match, however
    it is spelled.
    """
    matching = Matching()
    current: dict[int, State] = {}
    for delivery, forms in zip(deliveries, keys, strict=True):
        hits = [hit for key in forms if key in found for hit in found[key]]
        likely = _likely(delivery, hits, habits, current)
        if len(likely) > 1:
            matching.ambiguous.append(delivery)
        elif not likely:
            matching.unmatched.append(delivery)
        else:
            _apply(matching, delivery, likely[0], current)
    return matching


def _likely(
    delivery: Delivery,
    hits: Sequence[FoundSegment],
    habits: Habits,
    current: Mapping[int, State],
) -> Sequence[FoundSegment]:
    """Give the segments that a receipt may mean: one, or none, or an ambiguity."""
    if not hits:
        return ()
    agreeing = [hit for hit in hits if _names(delivery, hit.recipient)]
    if agreeing:
        habits.names_recipient = True
    elif habits.names_recipient:
        return ()
    elif habits.id_form == "auto" and _names_somebody(delivery):
        # Nothing is known of this carrier yet: "16" may be 0x10 of another's message only where
        # the receipt doesn't name somebody else.
        hits = [hit for hit in hits if hit.ref == delivery.ref]
        if not hits:
            return ()
    left = agreeing or list(hits)
    if len(left) == 1 and left[0].ref == delivery.ref:
        return left
    left = [left[i] for i, _ in narrow(delivery.ref, [h.ref for h in left], habits.id_form)]
    if len(left) > 1:
        # A carrier whose ids begin anew: the message that still waits is the one meant.
        left = [h for h in left if current.get(h.id, h.state) not in FINAL] or left[-1:]
    if len(left) > 1 and agreeing and len({(h.ref, h.recipient) for h in left}) == 1:
        # And of several that wait, to one recipient under one id, the older ones' receipts were
        # lost: were they refused for ever, the next message would wait in vain, too.
        left = [max(left, key=lambda hit: hit.id)]
    return left


def _names(delivery: Delivery, recipient: str) -> bool:
    """Tell whether one of the receipt's addresses is the recipient; carriers swap the two."""
    end = recipient[-_COMPARED_DIGITS:]
    return delivery.sender.endswith(end) or delivery.recipient.endswith(end)


def _names_somebody(delivery: Delivery) -> bool:
    """Tell whether one of the receipt's addresses is a subscriber's number."""
    addresses = (delivery.sender.lstrip("+"), delivery.recipient.lstrip("+"))
    return any(len(a) >= _COMPARED_DIGITS and a.isdecimal() for a in addresses)


def _apply(
    matching: Matching, delivery: Delivery, hit: FoundSegment, current: dict[int, State]
) -> None:
    before = current.get(hit.id, State(hit.state))
    after = climb(before, State(delivery.state))
    if after == before:
        return  # repeated, late or out of order: nothing changes
    current[hit.id] = after
    matching.segments.append((hit.id, after, delivery.at_us, delivery.error))
    if hit.segments > 1:
        matching.recompute.add(hit.message_id)
        return
    told = matching.states.get(hit.message_id)
    message_before = told[0] if told else State(hit.message_state)
    message_after = climb(message_before, after)
    if message_after != message_before:
        matching.states[hit.message_id] = (message_after, delivery.at_us)
