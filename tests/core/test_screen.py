"""Who may send what to whom."""

from typing import Any

import pytest

from dragoman.core.screen import (
    BLOCKED,
    DO_NOT_DISTURB,
    OPTED_OUT,
    judge_account,
    judge_name,
    judge_peer,
    judge_recipient,
    judge_sender,
    judge_text,
)
from dragoman.model.barring import Bar
from dragoman.model.refusals import Reason, Refusal
from dragoman.model.world import CarrierRow, Route
from tests.core.views import a_world

ACCOUNTS = {
    "on": ({}, None),
    "off": ({"enabled": False}, Reason.ACCOUNT_DISABLED),
    "a microsecond before its end": ({"expires_us": 1_001}, None),
    "at its end": ({"expires_us": 1_000}, Reason.ACCOUNT_DISABLED),
    "without an end": ({"expires_us": 0}, None),
}


@pytest.mark.parametrize(("account", "reason"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_judge_account(account: dict[str, Any], reason: Reason | None) -> None:
    refusal = judge_account(a_world(account)[1], 1_000)
    assert (refusal.reason if refusal else None) == reason


ALLOW: dict[str, Any] = {"ip_allow": ("192.0.2.0/24", "2001:db8::/32")}
BAN: dict[str, object] = {"ip_ban": ["192.0.2.7"]}
PEERS: dict[str, tuple[dict[str, Any], dict[str, object], list[str], str, Reason | None]] = {
    "no rules": ({}, {}, [], "198.51.100.1", None),
    "on the allow list": (ALLOW, {}, [], "192.0.2.1", None),
    "on it by IPv6": (ALLOW, {}, [], "2001:db8::1", None),
    "not on it": (ALLOW, {}, [], "198.51.100.1", Reason.IP_NOT_ALLOWED),
    "no address, and a list": (ALLOW, {}, [], "", Reason.IP_NOT_ALLOWED),
    "no address, no list": ({}, {}, ["192.0.2.0/24"], "unix", None),
    "banned by the account": ({}, BAN, [], "192.0.2.7", Reason.IP_BANNED),
    "a neighbour of the banned": ({}, BAN, [], "192.0.2.8", None),
    "banned before allowed": (ALLOW, BAN, [], "192.0.2.7", Reason.IP_BANNED),
    "banned by the gateway": ({}, {}, ["198.51.0.0/16"], "198.51.100.1", Reason.IP_BANNED),
    "a network with host bits": ({}, {}, ["198.51.100.9/16"], "198.51.1.1", Reason.IP_BANNED),
}


@pytest.mark.parametrize(
    ("account", "options", "banned", "peer", "reason"), PEERS.values(), ids=PEERS
)
def test_judge_peer(
    account: dict[str, Any],
    options: dict[str, object],
    banned: list[str],
    peer: str,
    reason: Reason | None,
) -> None:
    snapshot, view = a_world(account, options, gateway={"ip_ban": banned})
    refusal = judge_peer(snapshot, view, peer)
    assert (refusal.reason if refusal else None) == reason


def test_a_stranger_is_judged_by_the_gateway_only() -> None:
    snapshot, _ = a_world(ALLOW, BAN, gateway={"ip_ban": ["198.51.100.1"]})
    assert judge_peer(snapshot, None, "192.0.2.7") is None
    refusal = judge_peer(snapshot, None, "198.51.100.1")
    assert refusal is not None
    assert refusal.reason == Reason.IP_BANNED


SENDERS = {
    "any": (("*",), "Whoever", True),
    "any among others": (("ACME", "*"), "Whoever", True),
    "exact": (("ACME",), "ACME", True),
    "in another case": (("ACME",), "acme", True),
    "a number": (("447700900001",), "447700900001", True),
    "another": (("ACME",), "ACME2", False),
    "none is any": ((), "ACME", True),
}


@pytest.mark.parametrize(("senders", "sender", "allowed"), SENDERS.values(), ids=SENDERS)
def test_judge_sender(senders: tuple[str, ...], sender: str, allowed: bool) -> None:
    refusal = judge_sender(a_world({"senders": senders})[1], sender)
    assert (refusal is None) == allowed
    assert refusal is None or (refusal.reason, refusal.detail) == (
        Reason.BAD_SENDER,
        "not allowed",
    )


CODE: dict[str, object] = {"templates": ["Your code is {#var#}", "Hi"]}
TEXTS: dict[str, tuple[dict[str, object], dict[str, object], str, Reason | None]] = {
    "no rules": ({}, {}, "Win a prize", None),
    "spam in any case, anywhere": ({"spam": ["win a"]}, {}, "Now WIN a car", Reason.SPAM),
    "the gateway's spam": ({}, {"spam": ["prize$"]}, "a prize", Reason.SPAM),
    "a line that is not the end": ({}, {"spam": ["^prize$"]}, "a prize", None),
    "a template": (CODE, {}, "Your code is 4711", None),
    "the other template": (CODE, {}, "Hi", None),
    "a field of 30 characters": (CODE, {}, "Your code is " + "x" * 30, None),
    "a field of 31": (CODE, {}, "Your code is " + "x" * 31, Reason.TEMPLATE_MISMATCH),
    "an empty field": (CODE, {}, "Your code is ", Reason.TEMPLATE_MISMATCH),
    "more behind it": (CODE, {}, "Hi there", Reason.TEMPLATE_MISMATCH),
    "a field over two lines": (CODE, {}, "Your code is a\nb", None),
    "literal, not a pattern": ({"templates": ["a.c"]}, {}, "abc", Reason.TEMPLATE_MISMATCH),
    "spam before templates": ({**CODE, "spam": ["code"]}, {}, "Your code is 1", Reason.SPAM),
}


@pytest.mark.parametrize(("options", "gateway", "text", "reason"), TEXTS.values(), ids=TEXTS)
def test_judge_text(
    options: dict[str, object], gateway: dict[str, object], text: str, reason: Reason | None
) -> None:
    refusal = judge_text(a_world(options=options, gateway=gateway)[1], text)
    assert (refusal.reason if refusal else None) == reason


LISTED = (
    (Bar.OPTED_OUT, 0, 102),
    (Bar.OPTED_OUT, 7, 103),
    (Bar.OPTED_OUT, 8, 104),
    (Bar.OPTED_OUT, 0, 106),
    (Bar.DO_NOT_DISTURB, 0, 107),
    (Bar.BLOCKED, 7, 108),
    (Bar.BLOCKED, 8, 109),
    (Bar.BLOCKED, 0, 110),
)
RECIPIENTS: dict[str, tuple[dict[str, object], str, Refusal | None]] = {
    "nobody minds": ({}, "101", None),
    "opted out from everyone": ({}, "102", OPTED_OUT),
    "opted out from this account": ({}, "103", OPTED_OUT),
    "opted out from another": ({}, "104", None),
    "on the registry of the file, not honoured": ({}, "105", None),
    "on the registry of the file": ({"dnd": True}, "105", DO_NOT_DISTURB),
    "on the registry of the store, not honoured": ({}, "107", None),
    "on the registry of the store": ({"dnd": True}, "107", DO_NOT_DISTURB),
    "both: opted out is told": ({"dnd": True}, "106", OPTED_OUT),
    "blocked by the account": ({}, "108", BLOCKED),
    "blocked by another": ({}, "109", None),
    "blocked by the operator for all": ({}, "110", BLOCKED),
    "blocked by the file": ({"blocked": ["111"]}, "111", BLOCKED),
    "blocked before the registry": ({"dnd": True, "blocked": ["107"]}, "107", BLOCKED),
    "opted out before blocked": ({"blocked": ["102"]}, "102", OPTED_OUT),
}


@pytest.mark.parametrize(("options", "number", "refusal"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_judge_recipient(options: dict[str, object], number: str, refusal: Refusal | None) -> None:
    snapshot, view = a_world(options=options, listed=LISTED, gateway={"dnd": ["105", "106"]})
    assert judge_recipient(snapshot, view, number) == refusal


def test_lists_of_the_world_file_count_without_any_of_the_store() -> None:
    snapshot, view = a_world(options={"dnd": True}, gateway={"dnd": ["105"]})
    assert judge_recipient(snapshot, view, "105") == DO_NOT_DISTURB
    assert judge_recipient(snapshot, view, "101") is None


def by_carriers(**charsets: str) -> dict[str, Any]:
    """Give a world with a carrier for each charset, each taking over from the one before."""
    rows = enumerate(charsets.items(), 1)
    carriers = [
        CarrierRow(id=i, name=name, kind="smpp", options={"sender_charset": charset})
        for i, (name, charset) in rows
    ]
    routes = [Route(prefix="", carrier_id=row.id, position=row.id) for row in carriers]
    return {"carriers": tuple(carriers), "routes": tuple(routes)}


VENDOR = {"carriers": (CarrierRow(id=1, name="vendor", kind="itec"),)}
# sender, the world with its carriers, whether all of them can show it
NAMES: dict[str, tuple[str, dict[str, Any], bool]] = {
    "Latin-1 has it": ("Léo@24", {}, True),
    "Latin-1 lacks it": ("5€ off", {}, False),
    "GSM 7-bit has it": ("5€ ΔΛΨ", by_carriers(a="gsm7"), True),
    "a septet that ends the field": ("a@b", by_carriers(a="gsm7"), False),
    "an ASCII character that is no septet": ("a`b", by_carriers(a="gsm7"), False),
    "two septets each, and too many": ("[[[[[[[[[[[", by_carriers(a="gsm7"), False),
    "a number with its plus": ("+447700900000", by_carriers(a="gsm7"), True),
    "both have it": ("5€ off", by_carriers(a="gsm7", b="utf8"), True),
    "the second lacks it": ("5€ off", by_carriers(a="utf8", b="latin1"), False),
    "no SMPP": ("5€ off", VENDOR, True),
}


@pytest.mark.parametrize(("sender", "world", "is_shown"), NAMES.values(), ids=NAMES)
def test_names_that_carriers_can_show(sender: str, world: dict[str, Any], is_shown: bool) -> None:
    snapshot, view = a_world(**world)
    told = judge_name(snapshot, sender, [view.ways.find("447700900123"), None])
    assert told == (None if is_shown else Refusal(Reason.BAD_SENDER, detail="characters"))
