"""Who is calling: the TCP peer, or the address that a trusted proxy vouches for.

Knows no account and no list of allowed addresses.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from ipaddress import IPv4Network as _IPv4Network

Network = _IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


LONGEST = 1_024  # characters of a header of which more is not believed to be proxies' work


class TrustedProxies:
    """The networks whose `X-Forwarded-For` is believed; anybody else's is ignored."""

    __slots__ = ("_networks", "_read")

    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._networks = tuple(ip_network(network, strict=False) for network in networks)
        self._read = lru_cache(1024)(self._nearest_stranger)

    def trust(self, peer: str) -> bool:
        """Tell whether the TCP peer is one of our proxies."""
        address = parse_address(peer)
        return address is not None and self._holds(address)

    def caller(self, peer: str, forwarded_for: str) -> str:
        """Give the caller's address behind the trusted `peer`.

        Each proxy appends the address that it saw, so the list is read from its right end, and
        the first address that is not a proxy of ours counts: what stands left of it is whatever
        the caller chose to write, also where that is too much to be looked at.
        """
        if not forwarded_for:
            return peer
        if len(forwarded_for) > LONGEST:
            forwarded_for = forwarded_for[-LONGEST:].partition(",")[2]
        return self._read(peer, forwarded_for)

    def _nearest_stranger(self, peer: str, forwarded_for: str) -> str:
        nearest = peer
        for entry in reversed(forwarded_for.split(",")):
            address = parse_address(entry)
            if address is None:
                break
            nearest = str(address)
            if not self._holds(address):
                break
        return nearest

    def _holds(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def seat_of(address: Address) -> bytes:
    """Give what counts as one address: of IPv6 the network that one subscriber gets, a /64."""
    return address.packed[:8] if address.version == 6 else address.packed


def parse_address(text: str) -> Address | None:
    """Read an address with or without port, brackets and zone; None if it is none.

    An IPv4 address that came over an IPv6 socket is given as IPv4, so that lists of IPv4
    networks hold it.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
