"""What holds for every test: no network but loopback, and the same Hypothesis everywhere."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# The machine's speed is not under test: no deadlines.  On CI the examples are always the same, so
# that a red build is about its change; the search for new ones is for developers, and the long
# one is by hand: HYPOTHESIS_PROFILE=long scripts/test tests/sms
settings.register_profile(
    "dev", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, print_blob=True)
settings.register_profile("long", settings.get_profile("dev"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Fail whatever test tries to leave this machine, by address or by name.

    pytest.fail raises a BaseException, which no `except OSError` of the product takes for an
    ordinary broken connection.  Names below .invalid fail as they do everywhere (RFC 6761
    section 6.4), so that tests have a name that does not resolve.  Subprocesses and libpq are
    out of reach: they get loopback addresses from their tests.
    """
    real_getaddrinfo = socket.getaddrinfo
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}

    def getaddrinfo(host: str | bytes | None, *args: Any, **named: Any) -> Any:
        if isinstance(host, str) and host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if host and not stays_here(host):
            pytest.fail(f"a test looked up {host!r}: only loopback may be used")
        return real_getaddrinfo(host, *args, **named)

    def guarded(name: str) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6} and not stays_here(address[0]):
                pytest.fail(f"a test connected to {address[0]!r}: only loopback may be used")
            return real[name](self, address)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        for name in real:
            patch.setattr(socket.socket, name, guarded(name))
        yield


def stays_here(host: str | bytes) -> bool:
    """Say whether a host name or address is this machine: loopback, or any address to bind to."""
    text = host.decode() if isinstance(host, bytes) else host
    if text == "localhost":
        return True
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
