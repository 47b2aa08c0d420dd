"""Which addresses are the world's, and how names are looked up."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.net import reach
from dragoman.net.reach import Names, is_public

ADDRESSES = {
    "8.8.8.8": True,
    "2606:4700::1111": True,
    "127.0.0.1": False,
    "127.8.9.10": False,
    "0.0.0.0": False,
    "10.1.2.3": False,
    "172.16.0.1": False,
    "172.32.0.1": True,
    "192.168.1.1": False,
    "100.64.0.1": False,
    "169.254.169.254": False,
    "224.0.0.1": False,
    "255.255.255.255": False,
    "::": False,
    "::1": False,
    "fe80::1": False,
    "fe80::1%eth0": False,
    "fd00::1": False,
    "ff02::1": False,
    "::ffff:127.0.0.1": False,
    "::ffff:8.8.8.8": True,
    "::ffff:10.0.0.1": False,
    "2002:7f00:0001::1": False,
    "2002:0a00:0001::1": False,
    "64:ff9b::7f00:1": False,
    "64:ff9b::a00:1": False,
    "64:ff9b::808:808": True,
    "64:ff9b:1::7f00:1": False,
    "::127.0.0.1": False,
    "::10.0.0.1": False,
    "::ffff:0:127.0.0.1": False,
    "fec0::1": False,
    "192.0.0.8": False,
    "localhost": False,
    "": False,
}


@pytest.mark.parametrize(("address", "public"), ADDRESSES.items(), ids=ADDRESSES)
def test_whose_an_address_is(address: str, public: bool) -> None:
    assert is_public(address) is public


@given(inner=st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_no_wrapping_hides_a_private_address(inner: object) -> None:
    assert not is_public(str(inner))
    assert not is_public(f"::ffff:{inner}")
    assert not is_public(f"64:ff9b::{inner}")


def test_a_name_is_looked_up_once_at_a_time() -> None:
    async def done() -> None:
        with ThreadPoolExecutor(1) as threads:
            names = Names(threads)
            found = await asyncio.gather(*(names.resolve("localhost") for _ in range(5)))
            assert all(addresses == found[0] for addresses in found)
            assert "127.0.0.1" in found[0] or "::1" in found[0]

    asyncio.run(done())


def test_a_name_that_does_not_exist() -> None:
    async def done() -> None:
        with ThreadPoolExecutor(1) as threads, pytest.raises(OSError):
            await Names(threads).resolve("no such name.invalid")

    asyncio.run(done())


def test_a_known_name_does_not_wait_for_silent_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every thread waits for somebody's silent servers: what was known goes on to count."""
    monkeypatch.setattr(reach, "KEPT_S", 0.0)
    monkeypatch.setattr(reach, "PATIENCE_S", 0.01)

    async def done() -> None:
        silence = threading.Event()
        with ThreadPoolExecutor(1) as threads:
            names = Names(threads)
            first = await names.resolve("localhost")
            threads.submit(silence.wait)
            try:
                async with asyncio.timeout(5):
                    assert await names.resolve("localhost") == first
            finally:
                silence.set()

    asyncio.run(done())
