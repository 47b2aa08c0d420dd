"""The world compiled: which option counts where."""

from typing import Any

import pytest

from dragoman.core.snapshot import compile_world, country
from dragoman.dialects import DIALECTS
from dragoman.model.world import Account, World
from tests.core.views import a_world

COUNTRIES = {
    "GB": {"cc": "44", "trunk": "0"},
    "gb": {"cc": "44", "trunk": "0"},
    "RW": {"cc": "250", "trunk": "0"},
    "US": {"cc": "1", "trunk": "1"},
    "IT": {"cc": "39", "trunk": ""},
    "XX": {},
    "": {},
}


@pytest.mark.parametrize(("region", "options"), COUNTRIES.items(), ids=COUNTRIES)
def test_country(region: str, options: dict[str, str]) -> None:
    assert country(region) == options


# Account, its options, the world's options of itec, and what itec has under a key.
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, object], dict[str, object], str, object]] = {
    "the dialect's own": ({}, {}, {}, "cc", "250"),
    "the operator's": ({}, {}, {"cc": "33"}, "cc", "33"),
    "the account's country": ({"country": "GB"}, {}, {"cc": "33"}, "cc", "44"),
    "the account's option": ({"country": "GB"}, {"cc": "1"}, {"cc": "33"}, "cc", "1"),
    "the account's for this dialect": (
        {"country": "GB"},
        {"cc": "1", "itec": {"cc": "7"}},
        {"cc": "33"},
        "cc",
        "7",
    ),
    "for another dialect": ({}, {"unified": {"cc": "7"}}, {}, "cc", "250"),
    "time zone": ({"time_zone": "Europe/Rome"}, {}, {}, "zone", "Europe/Rome"),
    "zone overrules it": (
        {"time_zone": "Europe/Rome"},
        {"zone": "UTC"},
        {},
        "zone",
        "UTC",
    ),
}


@pytest.mark.parametrize(
    ("account", "options", "general", "key", "value"), SETTINGS.values(), ids=SETTINGS
)
def test_settings(
    account: dict[str, Any],
    options: dict[str, object],
    general: dict[str, object],
    key: str,
    value: object,
) -> None:
    _, view = a_world(account, options, dialects={"itec": general})
    assert view.settings["itec"][key] == value


def test_general_settings_hold_before_anybody_logged_in() -> None:
    snapshot, _ = a_world({}, {"lenient": True}, dialects={"unified": {"reply_form": "triple"}})
    assert snapshot.dialects["unified"]["reply_form"] == "triple"
    assert snapshot.dialects["unified"]["lenient"] is False
    assert snapshot.dialects.keys() == DIALECTS.keys()


NUMBERS: dict[str, tuple[dict[str, object], tuple[str, str, tuple[int, ...]]]] = {
    "the dialect's": ({}, ("250", "0", (9,))),
    "the account's": ({"cc": "44", "trunk": "", "nsn": [10, 9]}, ("44", "", (10, 9))),
    "no lengths": ({"nsn": []}, ("250", "0", ())),
}


@pytest.mark.parametrize(("options", "numbering"), NUMBERS.values(), ids=NUMBERS)
def test_numbering(options: dict[str, object], numbering: tuple[str, str, tuple[int, ...]]) -> None:
    plan = a_world(options=options)[1].numbering["itec"]
    assert (plan.cc, plan.trunk, plan.nsn) == numbering


LIMITS: dict[str, tuple[dict[str, object], dict[str, object], tuple[int, int, float, bool]]] = {
    "defaults": ({}, {}, (10, 0, 0.0, False)),
    "the account's": (
        {"max_parts": 3, "validity_s": 60, "rate": 2.5, "dnd": True},
        {"validity_s": 99},
        (3, 60_000_000, 2.5, True),
    ),
    "the gateway's validity": ({}, {"validity_s": 99}, (10, 99_000_000, 0.0, False)),
    "none though the gateway has one": ({"validity_s": 0}, {"validity_s": 99}, (10, 0, 0.0, False)),
}


@pytest.mark.parametrize(("options", "gateway", "limits"), LIMITS.values(), ids=LIMITS)
def test_limits(
    options: dict[str, object],
    gateway: dict[str, object],
    limits: tuple[int, int, float, bool],
) -> None:
    view = a_world(options=options, gateway=gateway)[1]
    assert (view.max_segments, view.validity_us, view.rate, view.has_dnd) == limits


def test_accounts_are_found_by_name_id_and_key() -> None:
    snapshot, view = a_world({}, {"api_key": "k-1"})
    assert snapshot.views["alice"] is snapshot.views_by_id[7] is snapshot.keys["k-1"] is view
    assert snapshot.carriers.keys() == {1, 2}
    assert "" not in snapshot.keys


BROKEN: dict[str, dict[str, object]] = {
    "a pattern": {"spam": ["("]},
    "a network": {"ip_ban": ["999.1.1.1"]},
}


@pytest.mark.parametrize("options", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_compiled_is_an_error(options: dict[str, object]) -> None:
    """The node keeps the world that it has; see `Worldview`."""
    world = World(version=2, accounts=(Account(id=1, name="a", options=options),))
    with pytest.raises(ValueError):
        compile_world(world, DIALECTS)
