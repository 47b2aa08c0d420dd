"""By what a submission is recognised when it comes again.

A fingerprint is taken of what would be sent, to whom, by whom and when; so it does not matter how
a number was spelled, by which method the request came, or to which process.  Knows no store and
no clock; what is done about a repeat is `core.repeats`'.
"""

import hashlib
from collections.abc import Container, Iterable, Sequence
from enum import StrEnum

import msgspec

from dragoman.model.messages import FLASH, RAW, Message
from dragoman.model.submissions import Outcome, Submit

DIGEST_OCTETS = 16

# What says who asks; the rest of a request's fields are the request.
_CALLER = frozenset({"username", "password", "idempotencykey"})
_pack = msgspec.msgpack.Encoder().encode


class Sort(StrEnum):
    """What a fingerprint is for; those of different sorts never meet."""

    WHOLE = "whole"  # a submission inside the account's window
    EACH = "each"  # one recipient of it
    AGAIN = "again"  # a submission whose answer was lost
    KEY = "key"  # the customer's own idempotency key


class Mark(msgspec.Struct, array_like=True):
    """What is to be remembered of a submission, and looked for before it is taken.

    Of `whole` and `each` one is set where the account's duplicate guard is on; `key` where the
    customer gave one, and `body` then tells whether it is the same request.
    """

    whole: str = ""
    each: list[str] = []  # parallel to the outcomes; empty for those that are refused anyway
    window_us: int = 0
    keeps_refused: bool = False  # a refused recipient among good ones keeps its row
    key: str = ""
    body: str = ""
    key_life_us: int = 0


def fingerprint(
    sort: Sort, sample: Message, outcomes: Iterable[Outcome], due_us: int, kind: str = ""
) -> str:
    """Give the fingerprint of what the sample says, sent to these recipients.

    Any message of the submission is a sample; `due_us` is when the customer wants it to leave, and
    `kind` the type that he named.  Whether a receipt is wanted makes no difference, nor does what
    depends on the hour or the carrier: the urgency, quiet hours, the alphabet on the air.
    """
    return _digest(
        (
            sort,
            sample.account_id,
            sample.dialect,
            [outcome.number or outcome.token for outcome in outcomes],
            sample.sender,
            kind,
            sample.flags & (FLASH | RAW),
            sample.one,
            sample.each,
            sample.text,
            sample.udh,
            sample.octets,
            due_us,
            sample.context,
        )
    )


def guard(
    messages: Sequence[Message | None],
    outcomes: Sequence[Outcome],
    submit: Submit,
    window_us: int,
    *,
    refuses: bool,
    keeps_refused: bool,
) -> Mark | None:
    """Give the mark of a submission whose account looks for repeats."""
    sample = first_of(messages)
    if sample is None:
        return None
    what = submit.due_us, submit.kind
    if not refuses:
        return Mark(fingerprint(Sort.WHOLE, sample, outcomes, *what), window_us=window_us)
    each = [
        "" if outcome.refusal is not None else fingerprint(Sort.EACH, sample, (outcome,), *what)
        for outcome in outcomes
    ]
    return Mark(each=each, window_us=window_us, keeps_refused=keeps_refused)


def lost_key(
    messages: Iterable[Message | None],
    outcomes: Iterable[Outcome],
    due_us: int,
    pool: Container[str] = (),
) -> str:
    """Give the key of a submission whose answer may be lost; nothing if it has no message.

    A sender out of the account's `pool` is none that the customer named.
    """
    sample = first_of(messages)
    if sample is None:
        return ""
    if sample.sender in pool:
        sample = msgspec.structs.replace(sample, sender="")
    return fingerprint(Sort.AGAIN, sample, outcomes, due_us)


def first_of(messages: Iterable[Message | None]) -> Message | None:
    """Give the first recipient's row, if any recipient has one."""
    return next((message for message in messages if message is not None), None)


def key_of(account_id: int, given: bytes) -> str:
    """Give the form under which a customer's idempotency key is kept.

    The header is a quoted string in the draft standard, and bare with most clients.
    """
    bare = given[1:-1] if len(given) > 1 and given[:1] == given[-1:] == b'"' else given
    return _digest((Sort.KEY, account_id, bare))


def body_of(dialect: str, path: str, fields: dict[str, bytes]) -> str:
    """Give the fingerprint of a request as it was written, but for who asks."""
    said = sorted(item for item in fields.items() if item[0] not in _CALLER)
    return _digest((dialect, path, said))


def _digest(value: object) -> str:
    return hashlib.blake2b(_pack(value), digest_size=DIGEST_OCTETS).hexdigest()
