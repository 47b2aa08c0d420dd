"""What is stored of a submission, or which refusal is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.accept import Prepared, afford, prepare
from dragoman.dialects import DIALECTS
from dragoman.model.barring import Bar
from dragoman.model.extras import Extras, parse_extras
from dragoman.model.messages import FLASH, RAW, WANTS_RECEIPT, Message
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.states import State
from dragoman.model.submissions import Alphabet, Content, Crediting, Outcome, Submit
from dragoman.model.world import Price, Route
from dragoman.sms.wap import PUSH_UDH
from tests.core.views import a_world

NOW_US = 1_700_000_000_000_000
HOME = "447700900123"


def a_submit(*tokens: str, text: str = "Hello", **fields: Any) -> Submit:
    content = fields.pop("content", Content(text))
    return Submit(fields.pop("sender", "ACME"), tokens or (HOME,), content, **fields)


def prepared(submit: Submit, dialect: str = "unified", **world: Any) -> Prepared:
    snapshot, view = a_world(**world)
    made = prepare(snapshot, view, DIALECTS[dialect], submit, lambda _: True, NOW_US)
    assert isinstance(made, Prepared), made
    return made


def refused(submit: Submit, dialect: str = "unified", *faults: Refusal, **world: Any) -> Refusal:
    snapshot, view = a_world(**world)
    made = prepare(snapshot, view, DIALECTS[dialect], submit, lambda _: True, NOW_US, faults)
    assert isinstance(made, Refusal), made
    return made


def test_a_text_that_no_segments_hold_is_not_searched() -> None:
    """A megabyte of it would hold up everybody; what may be sent is looked at to its end."""
    rules = {"spam_words": ["casino"], "max_parts": 255, "smart_encoding": True}
    for text, reason in (("a " * 19_000 + "casino", Reason.SPAM), ("“casino” " * 9_000, "")):
        told = refused(a_submit(text=text), options=rules)
        assert told.reason is (reason or Reason.TOO_LONG)


def test_a_message_row() -> None:
    """Every field of what one good recipient becomes."""
    made = prepared(
        a_submit(HOME, text="Grüße €", context="order-7"),
        options={"validity_s": 60},
    )
    assert made.messages == [
        Message(
            id=0,
            submission_id=0,
            account_id=7,
            dialect="unified",
            state=State.QUEUED,
            sender="ACME",
            recipient=HOME,
            text="Grüße €",
            alphabet=Alphabet.GSM7,
            flags=WANTS_RECEIPT,
            segments=1,
            price_u=1_000,
            charge_u=1_000,
            carrier_id=1,
            accepted_us=NOW_US,
            changed_us=NOW_US,
            expires_us=NOW_US + 60_000_000,
            context="order-7",
        )
    ]
    assert made.outcomes == [Outcome(HOME, HOME, cost_u=1_000, segments=1)]
    assert (made.account_id, made.cost_u, made.refusal) == (7, 1_000, None)


def test_what_few_messages_carry() -> None:
    """Registered ids, and which characters of the text are no longer the customer's."""
    submit = a_submit(HOME, text="“Hi” – ok", extras=Extras("1101", "1107"))
    [message] = prepared(submit, "itec", options={"smart_encoding": True}).messages
    assert message is not None
    assert message.text == '"Hi" - ok'
    assert parse_extras(message.extras) == Extras(
        "1101", "1107", (("“", '"'), ("”", '"'), ("–", "-"))
    )
    [message] = prepared(a_submit(HOME), "itec", options={"smart_encoding": True}).messages
    assert message is not None
    assert message.extras is None


def test_a_scheduled_message_is_charged_now_and_valid_from_its_time() -> None:
    due_us = NOW_US + 60_000_000
    made = prepared(a_submit(HOME, due_us=due_us), options={"validity_s": 5})
    [message] = made.messages
    assert message is not None
    assert (message.state, message.due_us) == (State.SCHEDULED, due_us)
    assert (message.accepted_us, message.expires_us) == (NOW_US, due_us + 5_000_000)
    assert (message.charge_u, made.cost_u) == (1_000, 1_000)


def test_a_sender_that_the_carrier_cannot_show_is_refused_before_it_is_charged() -> None:
    assert refused(a_submit(HOME, sender="5€ off")) == Refusal(Reason.BAD_SENDER, "", "characters")


DAYS_US = 86_400 * 1_000_000
BAD_TIMES = {
    "now": (NOW_US, {}, "past"),
    "long ago": (-1, {}, "past"),
    "more than a year ahead": (NOW_US + 365 * DAYS_US + 1, {}, "too far ahead"),
    "further than the account may": (
        NOW_US + DAYS_US + 1,
        {"schedule_max_days": 1},
        "too far ahead",
    ),
}


@pytest.mark.parametrize(("due_us", "options", "detail"), BAD_TIMES.values(), ids=BAD_TIMES)
def test_a_time_that_cannot_be_met(due_us: int, options: dict[str, Any], detail: str) -> None:
    told = refused(a_submit(HOME, due_us=due_us), options=options)
    assert told == Refusal(Reason.BAD_SCHEDULE, detail=detail)


FLAGS = {
    "text with receipt": ({}, WANTS_RECEIPT),
    "without receipt": ({"wants_receipt": False}, 0),
    "flash": ({"content": Content("Hi", flash=True)}, WANTS_RECEIPT | FLASH),
}


@pytest.mark.parametrize(("fields", "flags"), FLAGS.values(), ids=FLAGS)
def test_flags(fields: dict[str, Any], flags: int) -> None:
    [message] = prepared(a_submit(**fields)).messages
    assert message is not None
    assert message.flags == flags


TEXTS = {
    "GSM 7-bit": ("a" * 160, Alphabet.GSM7, 1),
    "one too many": ("a" * 161, Alphabet.GSM7, 2),
    "an extension character counts twice": ("a" * 159 + "€", Alphabet.GSM7, 2),
    "UCS-2": ("ж" * 70, Alphabet.UCS2, 1),
    "one too many of these": ("ж" * 71, Alphabet.UCS2, 2),
    "as many as allowed": ("a" * 1530, Alphabet.GSM7, 10),
}


@pytest.mark.parametrize(("text", "alphabet", "segments"), TEXTS.values(), ids=TEXTS)
def test_segments_and_charge(text: str, alphabet: Alphabet, segments: int) -> None:
    made = prepared(a_submit(HOME, HOME, text=text))
    for message, outcome in zip(made.messages, made.outcomes, strict=True):
        assert message is not None
        assert (message.alphabet, message.segments) == (alphabet, segments)
        assert message.charge_u == outcome.cost_u == 1_000 * segments
    assert made.cost_u == 2_000 * segments


OCTETS = {
    "as given": (Content("", Alphabet.BINARY, udh=b"\1\0", octets=b"\0\xff"), 1),
    "as much as one segment holds": (Content("", Alphabet.BINARY, octets=bytes(140)), 1),
    "cut beside its ports": (
        Content("t", Alphabet.BINARY, udh=PUSH_UDH, octets=bytes(2 * 128 + 1)),
        3,
    ),
}


@pytest.mark.parametrize(("content", "segments"), OCTETS.values(), ids=OCTETS)
def test_octets_are_kept_as_they_are(content: Content, segments: int) -> None:
    [message] = prepared(a_submit(content=content)).messages
    assert message is not None
    assert (message.udh, message.octets, message.text) == (
        content.udh,
        content.octets,
        content.text,
    )
    assert message.flags == WANTS_RECEIPT | RAW
    assert (message.alphabet, message.segments) == (Alphabet.BINARY, segments)
    assert message.charge_u == 1_000 * segments


def test_octets_are_too_long_as_texts_are() -> None:
    content = Content("", Alphabet.BINARY, udh=PUSH_UDH, octets=bytes(128 * 10 + 1))
    assert refused(a_submit(content=content)).reason is Reason.TOO_LONG


def test_look_alikes_where_the_account_wants_it() -> None:
    text = "“Hi” – ok…"
    [plain] = prepared(a_submit(text=text)).messages
    [smart] = prepared(a_submit(text=text), options={"smart_encoding": True}).messages
    assert plain is not None
    assert smart is not None
    assert (plain.text, plain.alphabet) == (text, Alphabet.UCS2)
    assert (smart.text, smart.alphabet) == ('"Hi" - ok...', Alphabet.GSM7)


TOO_LONG = {
    "beyond the account's limit": ("a" * 161, {"max_parts": 1}, 0),
    "beyond the default": ("a" * 1531, {}, 0),
    "beyond the dialect's": ("a" * 307, {}, 2),
    "beyond the account's, under the dialect's": ("a" * 307, {"max_parts": 2}, 4),
    "beyond what a header can count": ("a" * 153 * 256, {"max_parts": 255}, 0),
}


@pytest.mark.parametrize(("text", "options", "most"), TOO_LONG.values(), ids=TOO_LONG)
def test_too_long(text: str, options: dict[str, object], most: int) -> None:
    submit = a_submit(content=Content(text, max_segments=most))
    assert refused(submit, options=options).reason == Reason.TOO_LONG


# Of each dialect: which recipients are kept as rows when one of three is bad.
MIXED = {
    "intouch": [True, True, True],
    "itec": [True, True, True],
    "unified": [True, False, True],
    "intellisoftware": [True, False, True],
    "inviosmart": [True, False, True],
}


@pytest.mark.parametrize(("dialect", "kept"), MIXED.items(), ids=MIXED)
def test_a_bad_one_among_good(dialect: str, kept: list[bool]) -> None:
    made = prepared(a_submit(HOME, "12ab", "447700900124"), dialect)
    assert [outcome.refusal is None for outcome in made.outcomes] == [True, False, True]
    assert [message is not None for message in made.messages] == kept
    assert made.cost_u == 2_000
    if bad := made.messages[1]:
        assert (bad.state, bad.recipient, bad.detail) == (
            State.REJECTED,
            "12ab",
            "bad destination",
        )
        assert (bad.charge_u, bad.carrier_id) == (0, 0)


def test_no_rows_where_all_are_bad() -> None:
    made = prepared(a_submit("12ab", "x"), "intouch")
    assert made.messages == [None, None]


def test_a_mixed_list_is_refused_where_the_account_says_so() -> None:
    submit = a_submit(HOME, "12ab")
    options: dict[str, object] = {"intouch": {"mixed": "refuse"}}
    assert refused(submit, "intouch", options=options).reason == Reason.BAD_DESTINATION


def test_equal_recipients_are_one_where_the_dialect_says_so() -> None:
    tokens = (HOME, "+" + HOME, "00" + HOME, "x", "x")
    outcomes = prepared(a_submit(*tokens), "intellisoftware").outcomes
    assert [outcome.token for outcome in outcomes] == [HOME, "x"]
    assert len(prepared(a_submit(*tokens), "unified").outcomes) == 5


RECIPIENTS: dict[str, tuple[str, dict[str, Any], Reason | None]] = {
    "good": (HOME, {}, None),
    "no number": ("x", {}, Reason.BAD_DESTINATION),
    "no route": (HOME, {"routes": (Route(prefix="33", carrier_id=1),)}, Reason.NO_ROUTE),
    "no price": (
        HOME,
        {"prices": (Price(prefix="33", currency="EUR", price_u=1),)},
        Reason.NO_PRICE,
    ),
    "nothing has a price": (HOME, {"prices": ()}, None),
    "opted out": (HOME, {"listed": ((Bar.OPTED_OUT, 7, int(HOME)),)}, Reason.OPTED_OUT),
    "no route before opted out": (
        HOME,
        {"routes": (), "listed": ((Bar.OPTED_OUT, 7, int(HOME)),)},
        Reason.NO_ROUTE,
    ),
}


@pytest.mark.parametrize(("token", "world", "reason"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_a_recipient(token: str, world: dict[str, Any], reason: Reason | None) -> None:
    [outcome] = prepared(a_submit(token), **world).outcomes
    assert (outcome.refusal.reason if outcome.refusal else None) == reason


NATIONAL = {
    "trunk prefix": ({"country": "GB"}, "07700900123"),
    "international with plus": ({"country": "GB"}, "+44 7700 900123"),
    "with zeros": ({"country": "GB"}, "00447700900123"),
    "as it is": ({}, HOME),
}


@pytest.mark.parametrize(("account", "token"), NATIONAL.values(), ids=NATIONAL)
def test_numbers_are_normalised(account: dict[str, Any], token: str) -> None:
    [message] = prepared(a_submit(token), account=account).messages
    assert message is not None
    assert message.recipient == HOME


SPAM = {"spam": ["Hello"]}
FAULT = Refusal(Reason.BAD_SENDER, "source")
RANKS: dict[str, tuple[str, Submit, dict[str, Any], tuple[Refusal, ...], Reason]] = {
    "unified: form before policy": (
        "unified",
        a_submit(faults=(FAULT,)),
        {"options": SPAM},
        (),
        Reason.BAD_SENDER,
    ),
    "unified: a lone bad number before its sender": (
        "unified",
        a_submit("x", faults=(FAULT,)),
        {},
        (),
        Reason.BAD_DESTINATION,
    ),
    "unified: not so in a list": (
        "unified",
        a_submit("x", HOME, faults=(FAULT,)),
        {},
        (),
        Reason.BAD_SENDER,
    ),
    "intouch: throttled before spam": (
        "intouch",
        a_submit(),
        {"options": SPAM},
        (Refusal(Reason.THROTTLED),),
        Reason.THROTTLED,
    ),
    "intouch: disabled before throttled": (
        "intouch",
        a_submit(),
        {"account": {"enabled": False}},
        (Refusal(Reason.THROTTLED),),
        Reason.ACCOUNT_DISABLED,
    ),
    "intouch: spam before a bad number": (
        "intouch",
        a_submit("x"),
        {"options": SPAM},
        (),
        Reason.SPAM,
    ),
    "intouch: too long before spam": (
        "intouch",
        a_submit(text="Hello" * 400),
        {"options": SPAM},
        (),
        Reason.TOO_LONG,
    ),
}


@pytest.mark.parametrize(
    ("dialect", "submit", "world", "faults", "reason"), RANKS.values(), ids=RANKS
)
def test_which_of_several_is_told(
    dialect: str, submit: Submit, world: dict[str, Any], faults: tuple[Refusal, ...], reason: Reason
) -> None:
    assert refused(submit, dialect, *faults, **world).reason == reason


def test_a_carrier_that_is_down_is_left_out() -> None:
    routes = (
        Route(prefix="", carrier_id=1, position=0),
        Route(prefix="", carrier_id=2, position=1),
    )
    snapshot, view = a_world(routes=routes)
    for up, carrier_id in (({1, 2}, 1), ({2}, 2), (set(), 1)):
        made = prepare(snapshot, view, DIALECTS["unified"], a_submit(), up.__contains__, NOW_US)
        assert isinstance(made, Prepared)
        [message] = made.messages
        assert message is not None
        assert message.carrier_id == carrier_id


# Money.

DRY, EMPTY = "dry", "empty"


def a_list(crediting: Crediting, *costs_u: int | None, stop_on_error: bool = False) -> Prepared:
    """Give a submission whose recipients cost so much; None is one that was refused."""
    bad = Refusal(Reason.OPTED_OUT)
    [message] = prepared(a_submit()).messages
    return Prepared(
        7,
        crediting,
        stop_on_error,
        [
            Outcome(str(i), str(i), cost_u=cost_u or 0, refusal=None if cost_u is not None else bad)
            for i, cost_u in enumerate(costs_u)
        ],
        [message if cost_u is not None else None for cost_u in costs_u],
        NOW_US,
        cost_u=sum(cost_u or 0 for cost_u in costs_u),
    )


def told(made: Prepared) -> list[str]:
    """Give what each recipient is told."""
    words = []
    for outcome, message in zip(made.outcomes, made.messages, strict=True):
        assert (outcome.refusal is None) == (message is not None)
        if outcome.refusal is None:
            words.append("ok")
        elif outcome.refusal.reason == Reason.INSUFFICIENT_CREDIT:
            words.append(outcome.refusal.detail or DRY)
        else:
            words.append("bad")
    return words


W, S, E = Crediting.WHOLE, Crediting.STOP, Crediting.EACH
CREDITS: dict[str, tuple[Crediting, tuple[int | None, ...], int, int, list[str], int]] = {
    "whole: enough": (W, (10, 20), 30, 0, ["ok", "ok"], 30),
    "whole: with the overdraft": (W, (10, 20), 5, 25, ["ok", "ok"], 30),
    "whole: in debt, with the overdraft": (W, (10,), -15, 25, ["ok"], 10),
    "whole: costs nothing": (W, (0, 0), -99, 0, ["ok", "ok"], 0),
    "whole: a bad one costs nothing": (W, (10, None), 10, 0, ["ok", "bad"], 10),
    "stop: enough": (S, (10, 20), 30, 0, ["ok", "ok"], 30),
    "stop: dry at the second": (S, (10, 20, 5), 25, 0, ["ok", DRY], 10),
    "stop: nothing left at all": (S, (10, 20, 5), 10, 0, ["ok", EMPTY], 10),
    "stop: dry at the first": (S, (10, 5), 5, 0, [DRY], 0),
    "stop: free ones go on": (S, (10, 0, 5), 10, 0, ["ok", "ok", EMPTY], 10),
    "stop: bad ones stop nothing": (S, (None, 10, None), 10, 0, ["bad", "ok", "bad"], 10),
    "each: dry ones are left out": (E, (10, 20, 5), 15, 0, ["ok", DRY, "ok"], 15),
    "each: nothing left": (E, (10, 20), 10, 0, ["ok", EMPTY], 10),
    "each: in debt": (E, (10,), -1, 0, [EMPTY], 0),
}


@pytest.mark.parametrize(
    ("crediting", "costs_u", "balance_u", "overdraft_u", "words", "spent_u"),
    CREDITS.values(),
    ids=CREDITS,
)
def test_afford(
    crediting: Crediting,
    costs_u: tuple[int | None, ...],
    balance_u: int,
    overdraft_u: int,
    words: list[str],
    spent_u: int,
) -> None:
    made = a_list(crediting, *costs_u)
    assert afford(made, balance_u, overdraft_u) == spent_u
    assert told(made) == words
    assert made.refusal is None


NOTHING = {"some": (29, ""), "nothing": (0, "empty"), "debt": (-5, "empty")}


@pytest.mark.parametrize(("balance_u", "detail"), NOTHING.values(), ids=NOTHING)
def test_all_or_none(balance_u: int, detail: str) -> None:
    made = a_list(Crediting.WHOLE, 10, 20)
    assert afford(made, balance_u, 0) == 0
    assert made.refusal == Refusal(Reason.INSUFFICIENT_CREDIT, detail=detail)
    assert (made.outcomes, made.messages) == ([], [])


STOPS = {
    "switched off": (False, Reason.OPTED_OUT, ["bad", "ok"]),
    "an error stops": (True, Reason.OPTED_OUT, ["bad"]),
    "a malformed number does not": (True, Reason.BAD_DESTINATION, ["bad", "ok"]),
    "no route does not": (True, Reason.NO_ROUTE, ["bad", "ok"]),
}


@pytest.mark.parametrize(("stop_on_error", "reason", "words"), STOPS.values(), ids=STOPS)
def test_errors_stop_a_list_where_wanted(
    stop_on_error: bool, reason: Reason, words: list[str]
) -> None:
    made = a_list(Crediting.STOP, None, 10, stop_on_error=stop_on_error)
    made.outcomes[0].refusal = Refusal(reason)
    afford(made, 100, 0)
    assert told(made) == words


@given(
    st.sampled_from(Crediting),
    st.lists(st.one_of(st.none(), st.integers(0, 50)), min_size=1, max_size=8),
    st.integers(-100, 200),
    st.integers(0, 100),
)
def test_nobody_spends_what_he_does_not_have(
    crediting: Crediting, costs_u: list[int | None], balance_u: int, overdraft_u: int
) -> None:
    made = a_list(crediting, *costs_u)
    spent_u = afford(made, balance_u, overdraft_u)
    assert spent_u == sum(
        outcome.cost_u
        for outcome, message in zip(made.outcomes, made.messages, strict=True)
        if message is not None
    )
    assert 0 <= spent_u <= max(0, balance_u + overdraft_u)
