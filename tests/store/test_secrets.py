import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.store.errors import StoreError
from dragoman.store.secrets import KEY_FILE, SealBroken, load_key, seal, unseal

KEY = bytes(range(32))
GIVEN = base64.b64encode(KEY).decode()


@given(st.text())
def test_what_is_sealed_opens_with_the_key_only(secret: str) -> None:
    sealed = seal(KEY, secret)
    assert unseal(KEY, sealed) == secret
    assert sealed != seal(KEY, secret)
    assert sealed.isascii()
    with pytest.raises(SealBroken):
        unseal(bytes(32), sealed)


def test_a_sealed_secret_shows_nothing_of_it() -> None:
    assert "hunter2" not in seal(KEY, "hunter2")


BROKEN = {
    "not sealed": "hunter2",
    "nothing": "",
    "no base64": "sealed:1:*",
    "cut off": seal(KEY, "hunter2")[:-4],
    "too short for a nonce": "sealed:1:AAAA",
    "one letter changed": seal(KEY, "hunter2")[:-2] + "!!",
}


@pytest.mark.parametrize("sealed", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_opened_says_so_and_nothing_more(sealed: str) -> None:
    with pytest.raises(SealBroken) as raised:
        unseal(KEY, sealed)
    assert "hunter2" not in str(raised.value)


def test_a_key_file_is_made_once_beside_the_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dragoman.db"
    key = load_key(url)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert len(key) == 32
    assert load_key(url) == key
    assert load_key(url, GIVEN) == KEY


def test_postgresql_takes_the_key_that_is_given() -> None:
    url = "postgresql://localhost/dragoman"
    assert load_key(url, f" {GIVEN}\n") == KEY
    with pytest.raises(StoreError, match="set DRAGOMAN_STORE_KEY to 32 random octets"):
        load_key(url)


BAD_KEYS = {
    "no base64": "secret*",
    "too short": "c2VjcmV0",
    "too long": base64.b64encode(bytes(33)).decode(),
}


@pytest.mark.parametrize("text", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_that_is_none(tmp_path: Path, text: str) -> None:
    url = f"sqlite:///{tmp_path}/dragoman.db"
    path = tmp_path / KEY_FILE
    path.touch(mode=0o600)
    path.write_text(text)
    for given_key, where in (("", str(path)), (text, "the store's key")):
        with pytest.raises(StoreError, match="is not 32 octets in base64") as raised:
            load_key(url, given_key)
        assert str(raised.value).startswith(where)
        assert text not in str(raised.value)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dragoman.db"
    load_key(url)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(StoreError, match="can be read by others: chmod 600"):
        load_key(url)
