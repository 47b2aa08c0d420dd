"""Who calls: only our own proxies may say that it is somebody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.front.peers import TrustedProxies, parse_address

PROXIES = TrustedProxies(["10.0.0.0/8", "127.0.0.1", "fd00::/8"])

CALLERS = {
    "no header": ("10.0.0.1", "", "10.0.0.1"),
    "one proxy": ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
    "two of ours": ("10.0.0.1", "192.0.2.7, 10.9.9.9", "192.0.2.7"),
    "what the caller made up is not believed": ("10.0.0.1", "8.8.8.8, 192.0.2.7", "192.0.2.7"),
    "a call from our own network": ("10.0.0.1", "10.1.1.1", "10.1.1.1"),
    "garbage": ("10.0.0.1", "unknown", "10.0.0.1"),
    "garbage behind an address": ("10.0.0.1", "garbage, 10.2.2.2", "10.2.2.2"),
    "with a port": ("10.0.0.1", "192.0.2.7:4711", "192.0.2.7"),
    "IPv6 in brackets": ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
    "IPv6": ("10.0.0.1", "2001:DB8::1", "2001:db8::1"),
    "too long to be honest": ("10.0.0.1", "192.0.2.7, " * 200 + "192.0.2.8", "192.0.2.8"),
    "one word too long to be honest": ("10.0.0.1", "1" * 2000, "10.0.0.1"),
    "too long, and cut within an address": (
        "10.0.0.1",
        "8.8.8.8, 192.0.2.7," + ",".join(["10.0.0.10"] * 110),
        "10.0.0.10",
    ),
}


@pytest.mark.parametrize(("peer", "forwarded_for", "caller"), CALLERS.values(), ids=CALLERS)
def test_caller(peer: str, forwarded_for: str, caller: str) -> None:
    assert PROXIES.caller(peer, forwarded_for) == caller


TRUSTED = {
    "in a network": ("10.200.0.1", True),
    "an address": ("127.0.0.1", True),
    "IPv4 over an IPv6 socket": ("::ffff:10.0.0.1", True),
    "IPv6": ("fd00::1", True),
    "a stranger": ("192.0.2.1", False),
    "no address": ("", False),
}


@pytest.mark.parametrize(("peer", "is_trusted"), TRUSTED.values(), ids=TRUSTED)
def test_trust(peer: str, is_trusted: bool) -> None:
    assert PROXIES.trust(peer) is is_trusted


def test_a_zone_is_no_part_of_the_address() -> None:
    assert str(parse_address("fe80::1%eth0")) == "fe80::1"


def test_a_wrong_network_is_named() -> None:
    with pytest.raises(ValueError, match=r"'10\.0\.0\.0/40'"):
        TrustedProxies(["10.0.0.0/40"])


@given(st.text(max_size=60))
def test_any_header_gives_an_address(forwarded_for: str) -> None:
    assert parse_address(PROXIES.caller("10.0.0.1", forwarded_for)) is not None
