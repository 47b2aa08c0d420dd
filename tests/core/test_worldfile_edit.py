"""Single keys of a stored world: what a word means, and what becomes of the tables."""

import msgspec
import pytest

from dragoman.cli.kinds import KINDS
from dragoman.core.worldfile.edit import Edit, edited, read_edit
from dragoman.core.worldfile.keys import AccountKeys, UnifiedKeys
from dragoman.core.worldfile.parse import WorldError, WorldFile
from dragoman.model.lists import SubscriptionList
from dragoman.model.world import Account, World

WORDS = {
    "a number": ("rate=20", Edit(("rate",), "=", 20)),
    "a text without quotes": (
        "quiet_hours=21:00-08:00",
        Edit(("quiet_hours",), "=", "21:00-08:00"),
    ),
    "a text in quotes": ('cc="44"', Edit(("cc",), "=", "44")),
    "a switch": ("enabled=false", Edit(("enabled",), "=", False)),
    "a list": ('senders=["A", "B"]', Edit(("senders",), "=", ["A", "B"])),
    "the default": ("rate=", Edit(("rate",), "=", None)),
    "one more": ("ip_ban+=192.0.2.1", Edit(("ip_ban",), "+=", "192.0.2.1")),
    "one less": ("ip_ban-=192.0.2.1", Edit(("ip_ban",), "-=", "192.0.2.1")),
    "a dialect's": ("unified.reply_form=triple", Edit(("unified", "reply_form"), "=", "triple")),
    "a sign of equality in the value": ("spam=a=b", Edit(("spam",), "=", "a=b")),
    "a second key in the value": ("rate=1\nx = 2", Edit(("rate",), "=", "1\nx = 2")),
}


@pytest.mark.parametrize(("word", "edit"), WORDS.values(), ids=WORDS)
def test_a_word(word: str, edit: Edit) -> None:
    assert read_edit(word) == edit


WRONG_WORDS = {
    "no value": ("rate", "must be KEY=VALUE"),
    "no key": ("=1", "must be KEY=VALUE"),
    "nothing to add": ("ip_ban+=", "nothing to add"),
    "a secret": ("password=x", "password_env=NAME"),
    "another secret": ("notify_secret=x", "notify_secret_env=NAME"),
    "money": ("balance=1", "account credit"),
    "a name": ("name=bob", "stays as it is"),
}


@pytest.mark.parametrize(("word", "says"), WRONG_WORDS.values(), ids=WRONG_WORDS)
def test_a_word_that_means_nothing_here(word: str, says: str) -> None:
    with pytest.raises(WorldError, match=says):
        read_edit(word)


ALICE = Account(
    id=1,
    name="alice",
    password_hash="x",
    senders=("ACME", "DEMO"),
    options={"rate": 5.0, "unified": {"reply_form": "triple"}},
)
WORLD = World(
    version=3,
    accounts=(ALICE, Account(id=2, name="bob", password_hash="y")),
    gateway={"ip_ban": ["192.0.2.1"]},
    lists=(SubscriptionList(id=1, account_id=1, name="News"),),
)


def edit(account: str | None, *words: str) -> WorldFile:
    return edited(WORLD, account, [read_edit(word) for word in words], KINDS, {})


AccountFields = dict[str, object]
EDITS: dict[str, tuple[tuple[str, ...], AccountFields]] = {
    "nothing": ((), {}),
    "two keys": (("rate=20", "enabled=off"), {"rate": 20.0, "enabled": False}),
    "the default again": (("rate=",), {"rate": msgspec.UNSET}),
    "a list, more and less": (("senders+=X", "senders-=ACME"), {"senders": ("DEMO", "X")}),
    "what is there already": (("senders+=ACME",), {}),
    "a list that nobody wrote": (("spam_words+=casino",), {"spam_words": ("casino",)}),
    "the last key of a table": (("unified.reply_form=",), {"unified": msgspec.UNSET}),
    "a key of a table": (
        ("unified.lenient=on",),
        {"unified": UnifiedKeys(reply_form="triple", lenient=True)},
    ),
}


@pytest.mark.parametrize(("words", "changed"), EDITS.values(), ids=EDITS)
def test_edits_of_an_account(words: tuple[str, ...], changed: AccountFields) -> None:
    before: tuple[AccountKeys, ...] = edit(None).accounts
    alice, bob = edit("alice", *words).accounts
    assert alice == msgspec.structs.replace(before[0], **changed)
    assert bob == before[1]


def test_edits_of_the_gateway_and_lists_are_left_alone() -> None:
    file = edit(None, 'ip_ban+=["198.51.100.0/24"]', "drain=true")
    assert file.gateway == {"ip_ban": ["192.0.2.1", "198.51.100.0/24"], "drain": True}
    assert (file.groups, file.lists) == ((), ())


FAULTS = {
    "an unknown key": ("rat=1", "has no key 'rat'; did you mean 'rate'?"),
    "a value out of range": ("rate=-1", "rate must be a number of 0 or more, not -1"),
    "an item that is not there": ("senders-=X", "senders: 'X' is not in it"),
    "more of what is no list": ("rate+=1", "rate: is no list"),
    "a table that is none": ("rate.x=1", "rate.x: rate is no table"),
}


@pytest.mark.parametrize(("word", "says"), FAULTS.values(), ids=FAULTS)
def test_what_the_file_would_not_say_either(word: str, says: str) -> None:
    with pytest.raises(WorldError) as raised:
        edit("alice", word)
    assert says in str(raised.value)
