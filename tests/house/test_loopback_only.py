"""The guard in conftest.py stops what leaves the machine, and nothing else."""

import asyncio
import socket

import pytest

# 192.0.2.0/24 and 2001:db8::/32 are for documentation (RFC 5737, RFC 3849): nobody is there.
ELSEWHERE = {
    "an IPv4 address": ("192.0.2.1", socket.AF_INET),
    "an IPv6 address": ("2001:db8::1", socket.AF_INET6),
}


@pytest.mark.parametrize(("address", "family"), ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize("how", ["connect", "connect_ex"])
def test_an_address_elsewhere_fails_the_test(
    address: str, family: socket.AddressFamily, how: str
) -> None:
    with (
        socket.socket(family) as sock,
        pytest.raises(pytest.fail.Exception, match="only loopback"),
    ):
        getattr(sock, how)((address, 80))


def test_a_name_elsewhere_fails_the_test() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"looked up 'example\.com'"):
        socket.create_connection(("example.com", 80))


def test_asyncio_is_guarded_too() -> None:
    with pytest.raises(pytest.fail.Exception, match="only loopback"):
        asyncio.run(asyncio.open_connection("192.0.2.1", 80))


def test_a_name_that_never_resolves_does_not() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("smsc.invalid", 2775)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection((host, server.getsockname()[1])) as client,
    ):
        assert client.getpeername() == server.getsockname()
