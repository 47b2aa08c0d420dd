"""What would become of a submission: its form, its price, its way, and why it is refused.

Decides nothing: it runs the very functions that accept and charge (`accept.prepare` and
`accept.afford`) and reads what they would have stored.  Writes nothing, and knows no store.
"""

from collections.abc import Callable

import msgspec

from dragoman.core.accept import afford, final, prepare
from dragoman.core.dispatch import shifts_of
from dragoman.core.snapshot import Snapshot, View
from dragoman.dialects.exchange import Dialect
from dragoman.model.messages import QUIET, Message
from dragoman.model.refusals import Refusal
from dragoman.model.submissions import Alphabet, Content, Outcome, Submit
from dragoman.sms import national
from dragoman.sms.alphabets import AlphabetError
from dragoman.sms.national_tables import Language
from dragoman.sms.preview import Preview as Look
from dragoman.sms.preview import preview as look
from dragoman.sms.preview import preview_octets as look_at_octets
from dragoman.sms.segments import TooManySegments


class Foreseen(msgspec.Struct, frozen=True):
    """What would become of one recipient; where it is refused nothing else is told."""

    token: str
    number: str
    refusal: Refusal | None = None
    is_reached: bool = True  # False: the list ends before it
    carrier_id: int = 0
    price_u: int = 0  # of one segment
    charge_u: int = 0
    due_us: int = 0  # when it would leave; 0: at once
    is_quiet: bool = False  # that is when the recipient's quiet hours end
    look: Look | None = None

    @property
    def segments(self) -> int:
        """The number of segments, which is what is charged."""
        return self.look.segments if self.look is not None else 0


class Preview(msgspec.Struct, frozen=True):
    """What would become of a submission.

    `look` is the text as it goes without national tables, None where it cannot go at all;
    `thrifty` are the tables that would save most segments, whoever may use them, if any would.
    """

    content: Content  # in its final characters
    look: Look | None
    recipients: tuple[Foreseen, ...] = ()
    cost_u: int = 0
    refusal: Refusal | None = None  # of the whole
    thrifty: national.Plan | None = None


def foresee(
    snapshot: Snapshot,
    view: View,
    dialect: Dialect,
    submit: Submit,
    up: Callable[[int], bool],
    now_us: int,
    purse: tuple[int, int],
) -> Preview:
    """Give what would become of a submission with so much in the purse: balance, overdraft."""
    content = final(view, dialect, submit.content)
    shown = Preview(content, _look(content), thrifty=_thrifty(content))
    prepared = prepare(snapshot, view, dialect, submit, up, now_us)
    if isinstance(prepared, Refusal):
        return msgspec.structs.replace(shown, refusal=prepared)
    outcomes, messages = list(prepared.outcomes), list(prepared.messages)
    cost_u = afford(prepared, *purse)
    reached = len(prepared.outcomes) if prepared.refusal is None else len(outcomes)
    looks = _Looks(content, shown.look)
    return msgspec.structs.replace(
        shown,
        recipients=tuple(
            _foreseen(outcome, message, looks, is_reached=index < reached)
            for index, (outcome, message) in enumerate(zip(outcomes, messages, strict=True))
        ),
        cost_u=cost_u if prepared.refusal is None else prepared.cost_u,
        refusal=prepared.refusal,
    )


class _Looks(dict[national.Shifts, Look | None]):
    """How a content goes in each pair of tables; made once for all recipients."""

    def __init__(self, content: Content, plain: Look | None) -> None:
        super().__init__({national.PLAIN: plain})
        self._text = content.text

    def __missing__(self, shifts: national.Shifts) -> Look | None:
        self[shifts] = look(self._text, shifts=shifts)
        return self[shifts]


def _foreseen(
    outcome: Outcome, message: Message | None, looks: _Looks, *, is_reached: bool
) -> Foreseen:
    refusal = outcome.refusal
    if refusal is not None or message is None or not is_reached:
        return Foreseen(outcome.token, outcome.number, refusal, is_reached)
    return Foreseen(
        outcome.token,
        outcome.number,
        carrier_id=message.carrier_id,
        price_u=message.price_u,
        charge_u=message.charge_u,
        due_us=message.due_us or 0,
        is_quiet=bool(message.flags & QUIET),
        look=looks[shifts_of(message)],
    )


def _look(content: Content) -> Look | None:
    """Give how a content goes without tables; None where it cannot go at all."""
    try:
        if content.alphabet is Alphabet.BINARY:
            return look_at_octets(content.udh, content.octets)
        return look(
            content.text, content.alphabet, one=content.one or None, each=content.each or None
        )
    except (AlphabetError, TooManySegments):
        return None


def _thrifty(content: Content) -> national.Plan | None:
    """Give the tables that would save segments if everybody allowed them."""
    if content.alphabet not in {None, Alphabet.UCS2} or content.one or content.each:
        return None
    try:
        plan = national.cheapest(content.text, tuple(Language))
    except AlphabetError:
        return None
    return None if plan.shifts == national.PLAIN else plan
