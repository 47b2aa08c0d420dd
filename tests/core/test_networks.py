import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.networks import BadNetworks, cover, network_of, read_networks
from dragoman.core.prefixes import Prefixes

FILES = {
    "plain": ("447712,234010\n447713,234015\n", {"447712": "234010", "447713": "234015"}),
    "with heads and names": (
        "prefix,code,name\r\n+44 7712,234-10,O2\r\n\r\n",
        {"447712": "234010"},
    ),
    "a two-digit MNC": ("447712,23410", {"447712": "234010"}),
    "twice the same": ("447712,23410\n447712,234010", {"447712": "234010"}),
    "a range": (
        "447712-447731,234010",
        dict.fromkeys(
            ("447712", "447713", *(f"44771{n}" for n in range(4, 10)), "44772", "447730", "447731"),
            "234010",
        ),
    ),
    "a whole decade": ("+44 7710 - +44 7719,23410", {"44771": "234010"}),
    "a spreadsheet's semicolons": ("Range;Code\n447712;234010\n", {"447712": "234010"}),
    "nothing": ("", {}),
}


@pytest.mark.parametrize(("text", "expected"), FILES.values(), ids=FILES)
def test_read_networks(text: str, expected: dict[str, str]) -> None:
    assert read_networks(text.splitlines()) == expected


def test_every_fault_is_told_with_its_line() -> None:
    text = (
        "0771,234010\n447712,O2\n447713,234010\n447713,234015\n=cmd|x,1\n447715\n"
        "44779-44771,234010\n4477-44779,234010"
    )
    with pytest.raises(BadNetworks) as caught:
        read_networks(text.splitlines())
    assert caught.value.problems == [
        "line 1: '0771' is no prefix of international numbers",
        "line 2: 447712 needs a code such as 234010",
        "line 4: 447713 had 234010 before, now 234015",
        "line 5: '=cmd|x' is no prefix of international numbers",
        "line 6: 447715 needs a code such as 234010",
        "line 7: '44779-44771' is no prefix of international numbers",
        "line 8: '4477-44779' is no prefix of international numbers",
    ]


def test_the_longest_prefix_counts() -> None:
    networks = Prefixes({"44": "234020", "447712": "234010"})
    assert network_of(networks, "447712000000") == "234010"
    assert network_of(networks, "447700000000") == "234020"
    assert network_of(networks, "353870000000") == ""


@given(st.integers(1, 99_999), st.integers(0, 3_000), st.integers(1, 99_999))
def test_a_range_holds_what_lies_between(first: int, more: int, number: int) -> None:
    digits = len(str(first))
    last = min(first + more, 10**digits - 1)
    prefixes = cover(str(first), str(last))
    beginning = str(number)[:digits]
    if len(beginning) == digits:
        held = sum(beginning.startswith(prefix) for prefix in prefixes)
        assert held == (first <= int(beginning) <= last)
