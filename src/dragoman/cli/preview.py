"""`preview`: what a text would become and cost, told without sending it."""

from dragoman.cli.frame import Opened, Refused, Shown, now_us
from dragoman.cli.lookup import names_of
from dragoman.cli.messages import CLI, Wish, refusal_words, rules_of, submit_of
from dragoman.cli.screen import Screen, clock, iso
from dragoman.cli.timeline import Names, alphabet_words, counted, swap_words
from dragoman.core.preview import Foreseen, Preview, foresee
from dragoman.core.worldfile.sorts import render_amount
from dragoman.model.submissions import Alphabet
from dragoman.sms.lookalikes import Stranger
from dragoman.sms.national_tables import CODES
from dragoman.sms.preview import Preview as Look
from dragoman.store.lookups import find_purses
from dragoman.store.world import read_world

UNITS = {
    Alphabet.GSM7: "septets",
    Alphabet.UCS2: "UTF-16 units",
    Alphabet.LATIN1: "characters",
    Alphabet.BINARY: "octets",
}


async def preview(opened: Opened, wish: Wish) -> Shown:
    """Show what would become of a text; nothing is sent, stored or charged."""
    submit = submit_of(wish)
    snapshot, view, is_up = await rules_of(opened, wish.account, submit.tokens)
    async with opened.database.reading() as tx:
        names = names_of(await read_world(tx))
        purses = await find_purses(tx, [view.account.id])
    if view.account.id not in purses:
        raise Refused(f"account {wish.account!r} was removed meanwhile")
    purse = purses[view.account.id]
    seen = foresee(snapshot, view, CLI, submit, is_up, now_us(), purse)
    good = seen.refusal is None and all(one.refusal is None for one in seen.recipients)
    told = _Told(seen, names, view.account.currency, sum(purse))
    return Shown(told.data(), told.show, code=0 if good else 1)


class _Told:
    """A preview in words, and as data."""

    def __init__(self, seen: Preview, names: Names, currency: str, spendable_u: int) -> None:
        self._seen = seen
        self._names = names
        self._currency = currency
        self._spendable_u = spendable_u

    def show(self, screen: Screen) -> None:
        """Show the text, then a line for each recipient, then the sum."""
        seen = self._seen
        looks = list(dict.fromkeys(one.look for one in seen.recipients if one.look is not None))
        looks = looks or [look for look in [seen.look] if look is not None]
        for look in looks:
            screen.spans(("text       ", "bold"), (look_words(look), ""))
        if seen.content.replaced:
            screen.spans(("replaced   ", "bold"), (swap_words(seen.content.replaced), ""))
        for stranger in (stranger for look in looks for stranger in look.strangers):
            screen.spans(("Unicode    ", "bold"), (stranger_words(stranger), "yellow"))
        if seen.thrifty is not None and not any(look.shifts.named() for look in looks):
            screen.note(self._thrifty())
        for one in seen.recipients:
            screen.spans(
                (f"{'+' * bool(one.number)}{one.number or one.token}  ", "bold"), self._fate(one)
            )
        if seen.refusal is not None:
            screen.line(f"refused    {refusal_words(seen.refusal)}", "red")
        if seen.recipients:
            words = f"{self._money(seen.cost_u)}, of {self._money(self._spendable_u)} to spend"
            screen.spans(("total      ", "bold"), (words, ""))

    def _fate(self, one: Foreseen) -> tuple[str, str]:
        if not one.is_reached:
            return "not sent: the list ends before it", "red"
        if one.refusal is not None:
            return f"refused: {refusal_words(one.refusal)}", "red"
        way = self._names.carrier(one.carrier_id)
        price = f"{one.segments} × {self._money(one.price_u)} = {self._money(one.charge_u)}"
        why = "quiet hours until" if one.is_quiet else "to leave at"
        waits = f", {why} {clock(one.due_us)}" if one.due_us else ""
        return f"by {way}, {price if one.charge_u else 'free'}{waits}", ""

    def _thrifty(self) -> str:
        plan = self._seen.thrifty
        assert plan is not None  # noqa: S101  # the caller has looked
        codes = ", ".join(f'"{code}"' for code in _codes(plan.shifts.locking, plan.shifts.single))
        segments = counted(plan.segments, "segment")
        return f"languages = [{codes}] of account and carrier would make it {segments}"

    def _money(self, amount_u: int) -> str:
        return f"{render_amount(amount_u)} {self._currency}"

    def data(self) -> dict[str, object]:
        """Give all of it for programs."""
        seen = self._seen
        return {
            "text": seen.content.text,
            "replaced": seen.content.replaced,
            "refusal": refusal_words(seen.refusal) or None,
            "plain": _look_data(seen.look),
            "unicode_because": [
                {"character": s.character, "replacement": s.replacement}
                for s in (seen.look.strangers if seen.look else ())
            ],
            "recipients": [
                {
                    "recipient": one.number or one.token,
                    "refusal": refusal_words(one.refusal) or None,
                    "reached": one.is_reached,
                    "carrier": self._names.carrier(one.carrier_id) if one.carrier_id else None,
                    "price": render_amount(one.price_u),
                    "charge": render_amount(one.charge_u),
                    "due": iso(one.due_us),
                    "quiet": one.is_quiet,
                    "form": _look_data(one.look),
                }
                for one in seen.recipients
            ],
            "total": render_amount(seen.cost_u),
            "currency": self._currency,
            "spendable": render_amount(self._spendable_u),
        }


def look_words(look: Look) -> str:
    """Give in one line how a text would travel."""
    units = UNITS[look.alphabet]
    used = f"{look.sizes[-1]} of {look.room} {units}"
    filled = used if look.segments == 1 else f"{used} in the last"
    alphabet = alphabet_words(look.alphabet, look.shifts)
    return f"{alphabet}, {counted(look.segments, 'segment')}, {filled}, {look.left} left"


def stranger_words(stranger: Stranger) -> str:
    """Give what forces Unicode, and what would stand for it."""
    codes = " ".join(f"U+{ord(character):04X}" for character in stranger.character)
    replacement = stranger.replacement
    if replacement is None:
        return f"{stranger.character} ({codes}), which nothing stands for"
    return f"{stranger.character} ({codes}), which smart_encoding makes {replacement!r}"


def _look_data(look: Look | None) -> dict[str, object] | None:
    if look is None:
        return None
    return {
        "alphabet": look.alphabet.name,
        "tables": {kind: language.name.lower() for kind, language in look.shifts.named().items()},
        "segments": look.segments,
        "sizes": look.sizes,
        "room": look.room,
        "left": look.left,
        "texts": look.texts,
    }


def _codes(*languages: int | None) -> list[str]:
    """Give the codes of languages, each once."""
    return [code for code, language in CODES.items() if language in languages]
