"""Addresses that are banned by themselves: too many failed log-ins in a short time.

Kept in the memory of one process: a ban is a matter of minutes, and each process that answers
customers counts what it sees.  Knows no socket; the clock is an argument.
"""

from collections import OrderedDict, deque
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

FAILURES = 10
WINDOW_US = 60 * 1_000_000
BAN_US = 15 * 60 * 1_000_000
SEATS_MOST = 50_000  # addresses that are remembered; the oldest are forgotten first

Address = IPv4Address | IPv6Address
T = TypeVar("T")


class Bans:
    """Counts failures and knows who is banned, each until its time is over."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._failures: OrderedDict[bytes, deque[int]] = OrderedDict()
        self._until_us: OrderedDict[bytes, int] = OrderedDict()

    def failed(self, address: Address, now_us: int) -> bool:
        """Note a failed log-in; tell whether the address is banned for it from now on.

        Never an address of this machine: it would be a proxy's that nobody declared, and with it
        all customers'.
        """
        if address.is_loopback:
            return False
        seat = _seat(address)
        times = self._failures.pop(seat, None)
        if times is None:
            times = deque(maxlen=FAILURES)
        times.append(now_us)
        if len(times) == FAILURES and now_us - times[0] <= WINDOW_US:
            _remember(self._until_us, seat, now_us + BAN_US)
            return True
        _remember(self._failures, seat, times)
        return False

    def holds(self, address: Address, now_us: int) -> bool:
        """Tell whether an address is banned now."""
        if not self._until_us:
            return False
        seat = _seat(address)
        until_us = self._until_us.get(seat)
        if until_us is None:
            return False
        if until_us <= now_us:
            del self._until_us[seat]
            return False
        return True


def _seat(address: Address) -> bytes:
    """Give what counts as one address: of IPv6 the network that one subscriber gets, a /64."""
    return address.packed[:8] if address.version == 6 else address.packed


def _remember(table: "OrderedDict[bytes, T]", seat: bytes, value: T) -> None:
    table[seat] = value
    if len(table) > SEATS_MOST:
        table.popitem(last=False)
