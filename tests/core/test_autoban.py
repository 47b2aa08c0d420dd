"""Addresses that fail too often are banned for a while."""

from ipaddress import ip_address

import pytest

from dragoman.core import autoban
from dragoman.core.autoban import BAN_US, FAILURES, WINDOW_US, Bans

STRANGER = ip_address("192.0.2.66")
OTHER = ip_address("192.0.2.67")
SECOND_US = 1_000_000


def failures(bans: Bans, address: str, count: int, every_us: int, start_us: int = 0) -> list[bool]:
    return [bans.failed(ip_address(address), start_us + i * every_us) for i in range(count)]


def test_ten_in_a_minute_are_a_quarter_of_an_hour() -> None:
    bans = Bans()
    assert not bans.holds(STRANGER, 0)
    assert failures(bans, "192.0.2.66", FAILURES, SECOND_US) == [False] * 9 + [True]
    last_us = 9 * SECOND_US
    assert bans.holds(STRANGER, last_us)
    assert not bans.holds(OTHER, last_us)
    assert bans.holds(STRANGER, last_us + BAN_US - 1)
    assert not bans.holds(STRANGER, last_us + BAN_US)
    # Afterwards it starts anew.
    assert failures(bans, "192.0.2.66", 9, 0, last_us + BAN_US) == [False] * 9


def test_slower_failures_are_none() -> None:
    bans = Bans()
    every_us = WINDOW_US // (FAILURES - 1) + 1
    assert failures(bans, "192.0.2.66", 30, every_us) == [False] * 30
    # The last ten count, whenever the first one was.
    assert failures(bans, "192.0.2.66", 2, 0, 30 * every_us) == [False, True]


def test_a_subscriber_of_ipv6_is_one_address() -> None:
    bans = Bans()
    told = [bans.failed(ip_address(f"2001:db8::{i + 1}"), 0) for i in range(FAILURES)]
    assert told[-1]
    assert bans.holds(ip_address("2001:db8::ffff"), 0)
    assert not bans.holds(ip_address("2001:db8:0:1::1"), 0)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_this_machine_is_never_banned(address: str) -> None:
    assert failures(Bans(), address, 30, 0) == [False] * 30


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autoban, "SEATS_MOST", 2)
    bans = Bans()
    for host in (1, 2, 3):
        failures(bans, f"192.0.2.{host}", FAILURES, 0)
    held = [bans.holds(ip_address(f"192.0.2.{host}"), 0) for host in (1, 2, 3)]
    assert held == [False, True, True]
