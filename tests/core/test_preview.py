"""A preview is what acceptance would do, and says why where it would not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.accept import EMPTY, NO_PRICE, NO_ROUTE, Prepared, afford, prepare
from dragoman.core.preview import Preview, foresee
from dragoman.dialects import DIALECTS
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.submissions import Alphabet, Content, Submit
from dragoman.model.world import CarrierRow, Price, Route
from dragoman.sms.lookalikes import Stranger
from dragoman.sms.national import Shifts
from dragoman.sms.national_tables import Language
from tests.core.views import a_world

NOW_US = 1_700_000_000_000_000
HOME, AWAY, FREE = "447700900123", "905321234567", "33612345678"
TURKISH = "Kargonuz yarın şubemize ulaşıyor, lütfen kimliğinizle geliniz. Teşekkürler."

WORLD: dict[str, Any] = {
    "carriers": (
        CarrierRow(id=1, name="plain", kind="smpp"),
        CarrierRow(id=2, name="tables", kind="smpp", options={"languages": ["tr", "es"]}),
    ),
    "routes": (
        Route(prefix="44", carrier_id=1),
        Route(prefix="90", carrier_id=2),
        Route(prefix="336", carrier_id=1),
        Route(prefix="7", carrier_id=1),
    ),
    "prices": (
        Price(prefix="44", currency="EUR", price_u=1_000),
        Price(prefix="90", currency="EUR", price_u=3_000),
        Price(prefix="336", currency="EUR", price_u=0),
    ),
}


def foreseen(
    *tokens: str,
    text: str = "Hello",
    dialect: str = "unified",
    purse_u: int = 1_000_000,
    content: Content | None = None,
    **options: object,
) -> Preview:
    snapshot, view = a_world(options={"languages": ["tr"], **options}, **WORLD)
    submit = Submit("ACME", tokens or (HOME,), content or Content(text))
    return foresee(snapshot, view, DIALECTS[dialect], submit, lambda _: True, NOW_US, (purse_u, 0))


def test_each_recipient_has_its_own_form_way_and_price() -> None:
    seen = foreseen(HOME, AWAY, FREE, text=TURKISH)
    home, away, free = seen.recipients
    assert (home.carrier_id, home.segments, home.price_u, home.charge_u) == (1, 2, 1_000, 2_000)
    assert (away.carrier_id, away.segments, away.price_u, away.charge_u) == (2, 1, 3_000, 3_000)
    assert (free.carrier_id, free.segments, free.charge_u) == (1, 2, 0)
    assert home.look is not None
    assert away.look is not None
    assert (home.look.alphabet, home.look.sizes, home.look.left) == (Alphabet.UCS2, (67, 8), 59)
    assert home.look.strangers == (Stranger("ı", None), Stranger("ş", None), Stranger("ğ", None))
    assert away.look.shifts == Shifts(single=Language.TURKISH)
    assert (away.look.alphabet, away.look.sizes, away.look.left) == (Alphabet.GSM7, (81,), 74)
    assert (seen.cost_u, seen.refusal) == (5_000, None)


def test_tables_that_nobody_allows_are_told_as_what_they_would_save() -> None:
    seen = foreseen(HOME, text=TURKISH, languages=[])
    assert seen.thrifty is not None
    assert (seen.thrifty.segments, seen.thrifty.plain_segments) == (1, 2)
    assert foreseen(HOME, text="Hello").thrifty is None


def test_look_alikes_are_told_or_replaced() -> None:
    left = foreseen(HOME, text="“Hi”", dialect="itec").recipients[0].look
    assert left is not None
    assert left.strangers == (Stranger("“", '"'), Stranger("”", '"'))
    seen = foreseen(HOME, text="“Hi”", dialect="itec", smart_encoding=True)
    assert seen.content.text == '"Hi"'
    assert seen.recipients[0].look is not None
    assert seen.recipients[0].look.alphabet is Alphabet.GSM7


def test_what_would_wait_says_until_when() -> None:
    [seen] = foreseen(HOME, quiet_hours="20:00-08:00", quiet_zone="UTC").recipients
    morning_us = NOW_US - NOW_US % (86_400 * 1_000_000) + 32 * 3_600 * 1_000_000
    assert (seen.due_us, seen.is_quiet, seen.charge_u) == (morning_us, True, 1_000)


REFUSED: dict[str, tuple[str, Refusal]] = {
    "no route": ("8612345678", NO_ROUTE),
    "no price": ("79161234567", NO_PRICE),
    "no number": ("12ab", Refusal(Reason.BAD_DESTINATION)),
}


@pytest.mark.parametrize(("token", "refusal"), REFUSED.values(), ids=REFUSED)
def test_why_a_recipient_is_refused(token: str, refusal: Refusal) -> None:
    good, bad = foreseen(HOME, token).recipients
    assert (good.refusal, bad.refusal, bad.look, bad.charge_u) == (None, refusal, None, 0)


WHOLE: dict[str, tuple[dict[str, Any], Reason]] = {
    "too long": ({"text": "a" * 1600}, Reason.TOO_LONG),
    "longer than can be numbered": ({"text": "a" * 153 * 256}, Reason.TOO_LONG),
    "spam": ({"text": "Win a car", "spam": ["win a"]}, Reason.SPAM),
    "no octets fit": (
        {"content": Content("", Alphabet.BINARY, udh=bytes(140), octets=bytes(9))},
        Reason.TOO_LONG,
    ),
}


@pytest.mark.parametrize(("what", "reason"), WHOLE.values(), ids=WHOLE)
def test_why_the_whole_is_refused(what: dict[str, Any], reason: Reason) -> None:
    seen = foreseen(HOME, **what)
    assert seen.refusal is not None
    assert (seen.refusal.reason, seen.recipients, seen.cost_u) == (reason, (), 0)


def test_what_the_whole_would_have_cost() -> None:
    seen = foreseen(HOME, HOME, dialect="itec", purse_u=1_500)
    assert seen.refusal is not None
    assert (seen.refusal.reason, seen.cost_u) == (Reason.INSUFFICIENT_CREDIT, 2_000)
    assert [one.charge_u for one in seen.recipients] == [1_000, 1_000]


def test_a_list_that_ends_where_the_credit_does() -> None:
    seen = foreseen(HOME, HOME, HOME, HOME, purse_u=2_000)
    assert [one.is_reached for one in seen.recipients] == [True, True, True, False]
    assert [one.refusal for one in seen.recipients] == [None, None, EMPTY, None]
    assert (seen.refusal, seen.cost_u) == (None, 2_000)


@given(
    st.text(st.sampled_from("aşığ€é“\r\n😀\ud83d "), max_size=500),
    st.lists(st.sampled_from([HOME, AWAY, FREE, "12ab", "8612345678"]), min_size=1, max_size=5),
    st.sampled_from([*DIALECTS]),
    st.sampled_from([0, 2_000, 7_000, 1_000_000]),
    st.booleans(),
    st.sampled_from([None, *(a for a in Alphabet if a is not Alphabet.BINARY)]),
)
def test_it_is_what_acceptance_charges(
    text: str,
    tokens: list[str],
    dialect: str,
    purse_u: int,
    smart_encoding: bool,
    alphabet: Alphabet | None,
) -> None:
    """Whatever the text: the refusal, the charge and the segments are those of acceptance."""
    options: dict[str, object] = {"languages": ["tr"], "smart_encoding": smart_encoding}
    snapshot, view = a_world(options=options, **WORLD)
    asked = (
        snapshot,
        view,
        DIALECTS[dialect],
        Submit("ACME", tuple(tokens), Content(text, alphabet)),
    )
    seen = foresee(*asked, lambda _: True, NOW_US, (purse_u, 0))
    made = prepare(*asked, lambda _: True, NOW_US)
    if not isinstance(made, Prepared):
        assert (seen.refusal, seen.recipients) == (made, ())
        return
    cost_u = afford(made, purse_u, 0)
    assert seen.refusal == made.refusal
    if made.refusal is not None:
        return
    assert seen.cost_u == cost_u
    assert [one.refusal for one in seen.recipients if one.is_reached] == [
        outcome.refusal for outcome in made.outcomes
    ]
    stored = [m for m, o in zip(made.messages, made.outcomes, strict=True) if m and not o.refusal]
    told = [one for one in seen.recipients if one.look is not None]
    for message, one in zip(stored, told, strict=True):
        assert one.look is not None
        assert (one.segments, one.charge_u) == (message.segments, message.charge_u)
        assert (one.look.alphabet, one.carrier_id) == (message.alphabet, message.carrier_id)
        assert "".join(one.look.texts) == message.text.replace("\r\n", "\n")
        assert message.text == seen.content.text
