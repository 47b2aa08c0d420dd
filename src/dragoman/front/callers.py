"""Whose request it is, by address: behind the world's proxies, and whether it is banned.

`http.trusted_proxies` of the settings is the listener's and was looked at before; this is the
world's `trusted_proxies`, which operators change while the gateway runs.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from dragoman.core import screen
from dragoman.core.autoban import BAN_US, FAILURES, Bans
from dragoman.core.snapshot import Network, Snapshot, View
from dragoman.dialects.exchange import Ask, Dialect
from dragoman.front.peers import TrustedProxies, parse_address
from dragoman.model.refusals import Refusal
from dragoman.protocols.http import Request

log = logging.getLogger(__name__)


class Callers:
    """The addresses of one process' callers."""

    def __init__(self, clock_us: Callable[[], int]) -> None:
        """Take the clock; the world comes with `follow`."""
        self._clock_us = clock_us
        self._bans = Bans()
        self._bans_itself = False
        self._proxies: TrustedProxies | None = None
        self.judges_all = False  # whether some address may be refused whatever the account

    def follow(self, gateway: Mapping[str, Any], bans: Collection[Network]) -> None:
        """Have the options of the world, and the networks it bans, as they are now."""
        networks = gateway.get("trusted_proxies", ())
        self._proxies = TrustedProxies(networks) if networks else None
        self._bans_itself = bool(gateway.get("autoban"))
        self.judges_all = self._bans_itself or bool(bans)

    def address(self, request: Request, dialect: Dialect, ask: Ask) -> str:
        """Give the caller's address.

        A parameter that names it counts only where the caller that we see is a proxy of ours
        itself: behind one that passes on what customers write, they would choose their address.
        """
        peer, proxies = request.peer, self._proxies
        if proxies is None or not proxies.trust(peer):
            return peer
        peer = proxies.caller(peer, request.headers.get("x-forwarded-for", ""))
        if dialect.caller is None or not proxies.trust(peer):
            return peer
        named = parse_address(dialect.caller(ask))
        return peer if named is None else str(named)

    def judge(self, snapshot: Snapshot, view: View | None, peer: str) -> Refusal | None:
        """Refuse an address that is banned, or that the account does not allow."""
        if self._bans_itself:
            address = parse_address(peer)
            if address is not None and self._bans.holds(address, self._clock_us()):
                return screen.IP_BANNED
        return screen.judge_peer(snapshot, view, peer)

    def failed(self, peer: str) -> None:
        """Note a failed log-in of an address; a proxy is never banned for its customers."""
        if not self._bans_itself or (self._proxies is not None and self._proxies.trust(peer)):
            return
        address = parse_address(peer)
        if address is not None and self._bans.failed(address, self._clock_us()):
            minutes = BAN_US // 60_000_000
            log.warning("%s is banned for %d minutes: %d failed log-ins", peer, minutes, FAILURES)
