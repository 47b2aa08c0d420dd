"""Which addresses may be called on behalf of somebody else, and what a host's name stands for.

Refuses to know what is called.  An address that comes from a customer may name our own machine
or our own network; what a name stands for is looked up here and then connected to as it is, so
that a name cannot mean another machine a moment later.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], Awaitable[list[str]]]  # a host's name to addresses

KEPT_S = 30.0  # how long the addresses of a name are believed
PATIENCE_S = 2.0  # how long an answer is waited for that may be as before
# Networks that Python's tables call global, and that may lead into a network of our own: IPv4
# addresses in old wrappings (RFC 4291 2.5.5.1, RFC 2765 2.1), the local NAT64 (RFC 8215),
# site-local addresses (RFC 3879), and what IANA keeps for protocols (RFC 6890).
_INWARD = tuple(
    map(
        ipaddress.ip_network,
        ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10", "192.0.0.0/24"),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052 section 2.1


def is_public(written: str) -> bool:
    """Tell whether an address is one of the world's, whatever it is wrapped in."""
    try:
        address = ipaddress.ip_address(written.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped  # it is that host, and Python calls all of these reserved
    return all(_is_public(each) for each in (address, *_wrapped(address)))


def _is_public(address: Address) -> bool:
    is_inward = any(address in network for network in _INWARD)
    return address.is_global and not address.is_multicast and not is_inward


def _wrapped(address: Address) -> list[Address]:
    """Give the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inner: list[Address] = []
    if address.sixtofour is not None:
        inner.append(address.sixtofour)
    if address.teredo is not None:
        inner.extend(address.teredo)
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return inner


class Names:
    """Looks up names with threads of its own, each name once at a time, and remembers a while.

    So a name whose servers are silent takes one thread.  Where such names have taken all threads,
    a name that was known goes on to mean what it last meant.
    """

    def __init__(self, threads: Executor) -> None:
        """Take the threads in which the system's resolver may block."""
        self._threads = threads
        self._known: dict[str, tuple[float, list[str]]] = {}
        self._asked: dict[str, asyncio.Future[list[str]]] = {}

    async def resolve(self, host: str) -> list[str]:
        """Give the addresses of a host, the preferred first; OSError where it has none."""
        loop = asyncio.get_running_loop()
        known = self._known.get(host)
        if known is not None and known[0] > loop.time():
            return known[1]
        asked = self._asked.get(host)
        if asked is None:
            asked = loop.run_in_executor(self._threads, _look_up, host)
            self._asked[host] = asked
            asked.add_done_callback(lambda done: self._learnt(host, done))
        if known is not None:
            await asyncio.wait({asked}, timeout=PATIENCE_S)
            if not asked.done():
                return known[1]
        return await asyncio.shield(asked)

    def _learnt(self, host: str, done: asyncio.Future[list[str]]) -> None:
        del self._asked[host]
        if len(self._known) > 10_000:  # every name was somebody's; a new look costs little
            self._known.clear()
        if not done.cancelled() and done.exception() is None:
            loop = asyncio.get_running_loop()
            self._known[host] = (loop.time() + KEPT_S, done.result())


def _look_up(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
