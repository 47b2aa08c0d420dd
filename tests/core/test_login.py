"""Who is calling: quick for customers, slow for guessers, and up to date."""

import asyncio
from typing import Any

import pytest

from dragoman.core.counters import Counters
from dragoman.core.login import (
    FORGIVEN,
    LINE_MOST,
    LONGEST_DELAY_S,
    REMEMBERED_S,
    STRANGERS_DELAY_S,
    Login,
)
from dragoman.core.passwords import hash_key, hash_password, verify
from dragoman.core.snapshot import Snapshot
from dragoman.model.submissions import Credentials
from tests.core.views import a_world

HASH = hash_password(b"secret")
KEY = b"0123456789abcdefghijkl"
GOOD = Credentials("alice", b"secret")


class Door:
    """A login with a clock that is moved by hand, and sleeps that take no time."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.slept_s: list[float] = []
        self.counters = Counters()
        self.snapshot: Snapshot
        self.change(password_hash=HASH)
        self.login = Login(
            lambda: self.snapshot, self.counters, lambda: self.now_s, b"k" * 32, None, self._sleep
        )

    def change(self, options: dict[str, object] | None = None, **account: Any) -> None:
        self.snapshot, _ = a_world(account, options)

    async def _sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)

    def check(self, credentials: Credentials, peer: str = "192.0.2.1") -> bool:
        return asyncio.run(self.login.check(credentials, peer)) is not None


@pytest.fixture
def door() -> Door:
    return Door()


def test_a_verified_credential_is_remembered_for_a_time(door: Door) -> None:
    assert door.login.remembered(GOOD) is None
    assert door.check(GOOD)
    view = door.login.remembered(GOOD)
    assert view is door.snapshot.views["alice"]
    door.now_s += REMEMBERED_S
    assert door.login.remembered(GOOD) is not None
    door.now_s += 0.1
    assert door.login.remembered(GOOD) is None


STRANGERS = {
    "wrong password": Credentials("alice", b"Secret"),
    "longer password": Credentials("alice", b"secret "),
    "unknown user": Credentials("bob", b"secret"),
    "user name in another case": Credentials("Alice", b"secret"),
    "no password": Credentials("alice", b""),
    "parted elsewhere": Credentials("alice\0s", b"ecret"),
    "half a pair in the name": Credentials("\ud800", b"secret"),
}


@pytest.mark.parametrize("credentials", STRANGERS.values(), ids=STRANGERS)
def test_wrong_ones_are_neither_let_in_nor_remembered(door: Door, credentials: Credentials) -> None:
    assert door.check(GOOD)
    assert not door.check(credentials)
    assert door.login.remembered(credentials) is None
    assert door.login.remembered(GOOD) is not None
    assert door.counters.login_failures == 1


def test_a_changed_password_counts_at_once(door: Door) -> None:
    assert door.check(GOOD)
    door.change(password_hash=hash_password(b"another"))
    assert door.login.remembered(GOOD) is None
    assert not door.check(GOOD)
    assert door.check(Credentials("alice", b"another"))


def test_an_account_without_a_password_lets_nobody_in(door: Door) -> None:
    assert door.check(GOOD)
    door.change(password_hash="")
    assert door.login.remembered(GOOD) is None
    assert not door.check(GOOD)


def test_a_change_of_something_else_is_seen_in_what_is_remembered(door: Door) -> None:
    assert door.check(GOOD)
    door.change({"max_parts": 3}, password_hash=HASH)
    view = door.login.remembered(GOOD)
    assert view is not None
    assert view.max_segments == 3


def test_an_api_key_and_its_secret(door: Door) -> None:
    options: dict[str, object] = {"api_key": "key-1", "api_secret_hash": hash_key(KEY)}
    door.change(options, password_hash=HASH)
    assert door.check(Credentials("key-1", KEY))
    assert not door.check(Credentials("key-1", b"secret"))
    assert not door.check(Credentials("alice", KEY))


def test_guessing_an_account_is_slowed(door: Door) -> None:
    """Some failures are forgiven; then each costs twice the wait of the last, up to a limit."""
    for _ in range(FORGIVEN + 8):
        assert not door.check(Credentials("alice", b"x"))
    assert door.slept_s[:4] == [0.2, 0.4, 0.8, 1.6]
    assert door.slept_s[-1] == LONGEST_DELAY_S
    assert len(door.slept_s) == 8
    assert door.check(GOOD)  # after its wait


def test_strangers_hardly_slow_an_accounts_owner(door: Door) -> None:
    for attempt in range(FORGIVEN + 8):
        assert not door.check(Credentials("alice", b"x"), f"192.0.2.{attempt}")
    assert door.slept_s == [0.2, 0.4, 0.8, *[STRANGERS_DELAY_S] * 5]
    assert door.check(GOOD, "198.51.100.1")
    assert door.slept_s[8:] == [STRANGERS_DELAY_S]


class Crowd:
    """Sleeps that end when a test says so, for guesses that come at the same time."""

    def __init__(self, door: Door) -> None:
        self.sleeping: list[asyncio.Event] = []
        door.login._sleep = self._sleep
        self._login = door.login
        self._some = asyncio.Event()

    async def _sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self.sleeping.append(woken)
        self._some.set()
        await woken.wait()

    def come(self, name: str, passwords: list[bytes], peer: str) -> list[asyncio.Task[bool]]:
        return [asyncio.create_task(self._one(Credentials(name, p), peer)) for p in passwords]

    async def _one(self, credentials: Credentials, peer: str) -> bool:
        return await self._login.check(credentials, peer) is not None

    async def wake(self) -> None:
        """Wait until somebody sleeps, and wake who does."""
        async with asyncio.timeout(10):
            await self._some.wait()
        self._some.clear()
        self.sleeping.pop().set()


def guesses(count: int) -> list[bytes]:
    return [b"guess %d" % number for number in range(count)]


async def test_guesses_at_the_same_time_take_turns(door: Door) -> None:
    """The delay is that of the turn; who finds the line full is refused without a look."""
    for _ in range(FORGIVEN):
        await door.login.check(Credentials("alice", b"x"), "192.0.2.1")
    crowd = Crowd(door)
    tasks = crowd.come("alice", guesses(LINE_MOST + 50), "192.0.2.1")
    refused, _ = await asyncio.wait(tasks[LINE_MOST:])
    assert not any(task.result() for task in refused)
    for task in tasks[:LINE_MOST]:
        assert len(crowd.sleeping) <= 1
        assert not task.done()
        await crowd.wake()
        assert not await task
    assert door.counters.login_failures == FORGIVEN + LINE_MOST + 50
    assert not door.login._lines
    assert not door.login._guesses


async def test_guesses_that_came_before_the_first_failed_join_the_line(door: Door) -> None:
    """Many names from one address: but for the first few they wait for each other."""
    crowd = Crowd(door)
    tasks = [crowd.come(f"user{n}", [b"x"], "192.0.2.1")[0] for n in range(FORGIVEN + 20)]
    # Two are verified at once, so one more than is forgiven may be through.
    while sum(task.done() for task in tasks) < 20 + FORGIVEN - LINE_MOST:
        await asyncio.wait([t for t in tasks if not t.done()], return_when="FIRST_COMPLETED")
    left = [task for task in tasks if not task.done()]
    for _ in left:
        assert len(crowd.sleeping) <= 1
        await crowd.wake()
    assert not any(await asyncio.gather(*left))


async def test_a_full_line_is_nobody_elses(door: Door) -> None:
    """Who guesses from elsewhere or at another account does not keep the owner out."""
    door.now_s = 1_000.0
    assert await door.login.check(GOOD, "192.0.2.1")
    for _ in range(FORGIVEN):
        await door.login.check(Credentials("bob", b"x"), "192.0.2.1")
        await door.login.check(Credentials("carol", b"x"), "192.0.2.66")
    crowd = Crowd(door)
    crowds = [
        *crowd.come("bob", guesses(20), "192.0.2.1"),
        *crowd.come("alice", guesses(20), "192.0.2.66"),
    ]
    door.now_s += REMEMBERED_S + 1
    assert await asyncio.gather(
        *crowd.come("alice", [b"secret"], "192.0.2.1"),
        *crowd.come("alice", [b"secret"], "198.51.100.1"),
    ) == [True, True]
    for task in crowds:
        task.cancel()
    for guess in list(door.login._guesses.values()):
        guess.cancel()


async def test_the_same_guess_over_many_connections_is_one(door: Door) -> None:
    """A customer's connections all come back after a restart, and none is refused."""
    crowd = Crowd(door)
    tasks = crowd.come("alice", [b"secret"] * 200, "192.0.2.1")
    await asyncio.sleep(0)
    tasks[0].cancel()  # who asked first has gone, and the others are answered all the same
    assert all(await asyncio.gather(*tasks[1:]))


def test_guessing_from_an_address_is_slowed(door: Door) -> None:
    for attempt in range(FORGIVEN + 2):
        assert not door.check(Credentials(f"user{attempt}", b"x"))
    assert door.slept_s == [0.2, 0.4]
    # Others are not: neither from elsewhere, nor who is known already.
    assert door.check(GOOD, "198.51.100.1")
    assert door.slept_s == [0.2, 0.4]
    assert door.login.remembered(GOOD) is not None


def test_success_forgives_the_account(door: Door) -> None:
    for attempt in range(FORGIVEN):
        door.check(Credentials("alice", b"x"), f"192.0.2.{attempt}")
    assert door.check(GOOD, "198.51.100.1")
    assert door.slept_s == [0.2]
    assert not door.check(Credentials("alice", b"x"), "198.51.100.2")
    assert door.slept_s == [0.2]


def test_failures_are_forgotten(door: Door) -> None:
    for _ in range(FORGIVEN + 1):
        door.check(Credentials("alice", b"x"))
    assert door.slept_s == [0.2]
    door.now_s += 901
    door.check(Credentials("alice", b"x"))
    assert door.slept_s == [0.2]


def test_many_at_once_are_all_answered(door: Door) -> None:
    async def crowd() -> list[bool]:
        checks = (door.login.check(GOOD, f"192.0.2.{i}") for i in range(12))
        return [view is not None for view in await asyncio.gather(*checks)]

    assert asyncio.run(crowd()) == [True] * 12


HASHES = {
    "a password": (HASH, b"secret", True),
    "another": (HASH, b"secre", False),
    "a key": (hash_key(KEY), KEY, True),
    "another key": (hash_key(KEY), KEY + b"x", False),
    "nothing stored": ("", b"", False),
    "nothing stored, nobody's password": ("", b"nobody", False),
    "something unreadable": ("plain", b"plain", False),
    "octets beyond UTF-8": (HASH, b"\xff\x00", False),
}


@pytest.mark.parametrize(("stored", "password", "good"), HASHES.values(), ids=HASHES)
def test_verify(stored: str, password: bytes, good: bool) -> None:
    assert verify(stored, password) == good


def test_hashes_tell_nothing() -> None:
    assert HASH.startswith("$argon2id$")
    assert hash_password(b"secret") != HASH
    assert "secret" not in HASH
    assert repr(GOOD) == "Credentials(username='alice')"
