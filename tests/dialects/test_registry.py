"""Which path belongs to which exchange."""

import pytest

from dragoman.dialects import DIALECTS
from dragoman.dialects.registry import paths

KNOWN = {
    "/api/sendsms/.json": ("intouch", "submit"),
    "/api/sendsms.json": ("intouch", "submit"),
    "/api/sendsms": ("intouch", "submit"),
    "/api/getsmsstatus/.json": ("intouch", "status"),
    "/itec/api/sendsms": ("itec", "submit"),
    "/itec/api/sendsms/.json": ("itec", "submit"),
    "/itec/api/getsmsstatus.json": ("itec", "status"),
    "/sendsms": ("inviosmart", "submit"),
    "/smsstatus": ("inviosmart", "status"),
    "/account-balance": ("inviosmart", "balance"),
    "/help": ("inviosmart", "help"),
    "/webservice/sms/getaccountbalance.php": ("inviosmart", "balance"),
}


@pytest.mark.parametrize("path", KNOWN)
def test_path(path: str) -> None:
    dialect, exchange = paths()[path]
    assert (dialect.name, exchange.kind) == KNOWN[path]


def test_paths_are_folded_and_nobody_s_twice() -> None:
    listed = [path for d in DIALECTS.values() for e in d.exchanges for path in e.paths]
    assert len(listed) == len(set(listed))
    for path in listed:
        assert path == path.lower().rstrip("/")
        assert path.startswith("/")
        assert "//" not in path


MOVED = {
    "elsewhere": ("/V2/sms/", "/v2/sms/sendsms"),
    "without slashes": ("gateway", "/gateway/sendsms"),
    "to the root": ("/", "/sendsms"),
}


@pytest.mark.parametrize(("base", "path"), MOVED.values(), ids=MOVED)
def test_the_operator_moves_what_the_vendor_never_published(base: str, path: str) -> None:
    table = paths({"itec": {"base_path": base}})
    assert "/itec/api/sendsms" not in table
    # At the root another vendor's path is met; the later dialect keeps it.
    assert table[path][0].name in {"itec", "inviosmart"}
    assert table["/api/sendsms/.json"][0].name == "intouch"


def test_names_are_those_of_the_mapping() -> None:
    assert {name: dialect.name for name, dialect in DIALECTS.items()} == {n: n for n in DIALECTS}
