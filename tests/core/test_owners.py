import pytest

from dragoman.core.owners import Owners
from dragoman.model.world import Number

ALICE, BOB, CAROL = 1, 2, 3
OWNERS = Owners(
    [
        Number(number="447700900123", account_id=ALICE),
        Number(number="60300", account_id=CAROL),
        Number(number="60300", account_id=ALICE, keyword="NEWS"),
        Number(number="60300", account_id=BOB, keyword="NEWS UK"),
        Number(number="60300", account_id=BOB, keyword="WIN"),
        Number(number="60301", account_id=BOB, keyword="WIN"),
        Number(number="447700900100-447700900199", account_id=BOB),
        Number(number="447700900000-447700900999", account_id=CAROL),
        Number(number="447700900150-447700900150", account_id=ALICE),
    ]
)

OWNED = {
    "an exact number": ("447700900123", "Hi", (ALICE, "")),
    "the narrowest range": ("447700900150", "Hi", (ALICE, "")),
    "a narrow range": ("447700900100", "Hi", (BOB, "")),
    "its last": ("447700900199", "Hi", (BOB, "")),
    "a wide range": ("447700900200", "Hi", (CAROL, "")),
    "a keyword": ("60300", "News please", (ALICE, "NEWS")),
    "the keyword alone": ("60300", "news", (ALICE, "NEWS")),
    "the longest keyword": ("60300", " News  uk today", (BOB, "NEWS UK")),
    "a keyword with a mark behind": ("60300", "Win!", (BOB, "WIN")),
    "only the beginning of a word": ("60300", "Winter is coming", (CAROL, "")),
    "no keyword": ("60300", "Hello", (CAROL, "")),
    "no text": ("60300", "", (CAROL, "")),
    "no keyword and no default": ("60301", "Hello", (0, "")),
}


@pytest.mark.parametrize(("number", "text", "owner"), OWNED.values(), ids=OWNED)
def test_who_a_text_is_for(number: str, text: str, owner: tuple[int, str]) -> None:
    sharers = OWNERS.find(number)
    assert sharers is not None
    assert sharers.owner(text) == owner


@pytest.mark.parametrize("number", ["447700901000", "4477009001234", "60302", "Shop", ""])
def test_nobodys_number(number: str) -> None:
    assert OWNERS.find(number) is None


def test_all_that_share_a_number() -> None:
    sharers = OWNERS.find("60300")
    assert sharers is not None
    assert set(sharers.accounts) == {ALICE, BOB, CAROL}
