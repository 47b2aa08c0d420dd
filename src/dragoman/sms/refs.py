"""Carrier message ids: one id, written in several ways, recognised and never mistaken.

A carrier answers submit_sm with an id and repeats it in the receipt, but some pad it with
zeros, change its case, or write it hexadecimal in one place and decimal in the other.  How to
use this room with one indexed column:

- at the response store the id as written, and `key_of(id)` in the indexed column;
- at the receipt look up all of `candidates(id)`, then let `narrow` see what was found;
- exactly one left is a match, several are ambiguous: refuse and log, for a receipt on the
  wrong message is a lie to two customers; none means that the response is still under way.

The key does not depend on the carrier's form, so a form can be pinned while messages are out.
Knows no carrier and no store.
"""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

# SMPP allows 64 characters; what is longer is no number to anybody.
LONGEST_NUMBER = 64
# What is indexed of an id; a carrier that breaks the rule may send thousands of characters.
LONGEST_KEY = LONGEST_NUMBER + 1


class IdForm(StrEnum):
    """How a carrier writes ids, as the operator may pin it.

    HEX and DEC name the radix of the response; the receipt then has the other one.
    """

    AUTO = "auto"
    TEXT = "text"
    PADDED = "padded"  # decimal numbers without leading zeros, UUIDs in any case, else text
    HEX = "hex"
    DEC = "dec"


class Rule(StrEnum):
    """Why an id in a receipt was taken for the id of a response."""

    TEXT = "text"
    PADDED = "zero-padded"
    UUID = "uuid-case"
    HEX = "hex-case"  # hexadecimal in both; case and leading zeros differ
    HEX_TO_DEC = "hex->dec"
    DEC_TO_HEX = "dec->hex"


_SAME = (Rule.TEXT, Rule.PADDED, Rule.UUID)
_RULES: dict[IdForm, tuple[Rule, ...]] = {
    IdForm.AUTO: tuple(Rule),
    IdForm.TEXT: (Rule.TEXT,),
    IdForm.PADDED: _SAME,
    IdForm.HEX: (Rule.HEX_TO_DEC,),
    IdForm.DEC: (Rule.DEC_TO_HEX,),
}

_HEX = re.compile(rf"[0-9A-Fa-f]{{1,{LONGEST_NUMBER}}}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def key_of(ref: str) -> str:
    """Return the form of an id under which it is stored and found.

    Digits, decimal or hexadecimal, lose leading zeros and case; a UUID loses its case; any
    other id is its own key, to the letter, up to what SMPP allows.  This is for finding only:
    what is shown or sent anywhere is the id as it came, and `narrow` compares all of it.
    """
    return _folded(ref)[:LONGEST_KEY]


def candidates(ref: str, form: str = IdForm.AUTO) -> tuple[str, ...]:
    """Return the keys under which the response to a receipt's id may be stored.

    The form is an IdForm.  The order is that of likelihood: same radix, hexadecimal response,
    decimal response.  Whoever finds the very text of the id under the first key need not look
    further.  An empty id has no candidate, for it names nothing.
    """
    if not ref:
        return ()
    if form == IdForm.AUTO and _is_decimal(ref):  # what most carriers write, on every receipt
        number = ref.lstrip("0") or "0"
        return tuple(dict.fromkeys((number, f"{int(number):x}", str(int(number, 16)))))
    rules = _rules(ref, form)
    keys = []
    if rules[0] is Rule.TEXT:
        keys.append(key_of(ref))
    if Rule.HEX_TO_DEC in rules and _is_decimal(ref):
        keys.append(f"{int(ref):x}")
    if Rule.DEC_TO_HEX in rules and _HEX.fullmatch(ref):
        keys.append(str(int(ref, 16)))
    return tuple(dict.fromkeys(keys))


def relate(response: str, receipt: str, form: str = IdForm.AUTO) -> Rule | None:
    """Return the first rule by which both are one id, or None if they are not.

    The form is an IdForm and limits the rules that count.
    """
    for rule in _rules(receipt, form):
        if _HOLDS[rule](response, receipt):
            return rule
    return None


def narrow(
    receipt: str, responses: Sequence[str], form: str = IdForm.AUTO
) -> list[tuple[int, Rule]]:
    """Return which of the stored ids a receipt may mean, as positions, each with its rule.

    One spelled exactly as the receipt's shuts out all that are related by another rule.  More
    than one position is an ambiguity for the caller to resolve by something else (the
    recipient, say) or to refuse.
    """
    found = [
        (position, rule)
        for position, response in enumerate(responses)
        if (rule := relate(response, receipt, form)) is not None
    ]
    return [hit for hit in found if hit[1] is Rule.TEXT] or found


def _folded(ref: str) -> str:
    if _HEX.fullmatch(ref):
        return ref.lstrip("0").lower() or "0"
    if _UUID.fullmatch(ref):
        return ref.lower()
    return ref


def _rules(receipt: str, form: str) -> tuple[Rule, ...]:
    """Return the rules of a form, and for an id that has no other radix those of one radix."""
    wanted = IdForm(form)
    if (wanted is IdForm.HEX and not _is_decimal(receipt)) or (
        wanted is IdForm.DEC and not _HEX.fullmatch(receipt)
    ):
        return _SAME
    return _RULES[wanted]


def _is_decimal(ref: str) -> bool:
    return ref.isdecimal() and ref.isascii() and len(ref) <= LONGEST_NUMBER


def _padded(response: str, receipt: str) -> bool:
    return _is_decimal(response) and _is_decimal(receipt) and _folded(response) == _folded(receipt)


def _uuid(response: str, receipt: str) -> bool:
    return _UUID.fullmatch(receipt) is not None and response.lower() == receipt.lower()


def _hex(response: str, receipt: str) -> bool:
    return bool(response and receipt) and _folded(response) == _folded(receipt)


def _hex_to_dec(response: str, receipt: str) -> bool:
    return (
        _is_decimal(receipt)
        and _HEX.fullmatch(response) is not None
        and int(response, 16) == int(receipt)
    )


def _dec_to_hex(response: str, receipt: str) -> bool:
    return _hex_to_dec(receipt, response)


_HOLDS: dict[Rule, Callable[[str, str], bool]] = {
    Rule.TEXT: lambda response, receipt: response == receipt != "",
    Rule.PADDED: _padded,
    Rule.UUID: _uuid,
    Rule.HEX: _hex,
    Rule.HEX_TO_DEC: _hex_to_dec,
    Rule.DEC_TO_HEX: _dec_to_hex,
}
