import pytest

from dragoman.core.networks import BadNetworks, network_of, read_networks
from dragoman.core.prefixes import Prefixes

FILES = {
    "plain": ("447712,234010\n447713,234015\n", {"447712": "234010", "447713": "234015"}),
    "with heads and names": (
        "prefix,code,name\r\n+44 7712,234-10,O2\r\n\r\n",
        {"447712": "234010"},
    ),
    "a two-digit MNC": ("447712,23410", {"447712": "234010"}),
    "twice the same": ("447712,23410\n447712,234010", {"447712": "234010"}),
    "nothing": ("", {}),
}


@pytest.mark.parametrize(("text", "expected"), FILES.values(), ids=FILES)
def test_read_networks(text: str, expected: dict[str, str]) -> None:
    assert read_networks(text.splitlines()) == expected


def test_every_fault_is_told_with_its_line() -> None:
    text = "0771,234010\n447712,O2\n447713,234010\n447713,234015\n=cmd|x,1\n447715"
    with pytest.raises(BadNetworks) as caught:
        read_networks(text.splitlines())
    assert caught.value.problems == [
        "line 1: '0771' is no prefix of international numbers",
        "line 2: 447712 needs a code such as 234010",
        "line 4: 447713 had 234010 before, now 234015",
        "line 5: '=cmd|x' is no prefix of international numbers",
        "line 6: 447715 needs a code such as 234010",
    ]


def test_the_longest_prefix_counts() -> None:
    networks = Prefixes({"44": "234020", "447712": "234010"})
    assert network_of(networks, "447712000000") == "234010"
    assert network_of(networks, "447700000000") == "234020"
    assert network_of(networks, "353870000000") == ""
