"""Secrets that must be told on again (a carrier's password), sealed before they are stored.

A copy of the database alone tells nobody a password: the key is elsewhere, in a file beside an
SQLite store or in the setting that the operator gives every node.  What is only compared, such
as customers' passwords, is hashed and not sealed.

Source: AES-256 in Galois/Counter Mode, NIST SP 800-38D, with random 96-bit nonces.
"""

import base64
import binascii
import os
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dragoman.store.database import engine_of, sqlite_path
from dragoman.store.errors import StoreError

KEY_FILE = "dragoman.key"
KEY_OCTETS = 32
NONCE_OCTETS = 12
MARK = "sealed:1:"  # what every sealed text begins with; the number is that of this way to seal


class SealBroken(StoreError):
    """A sealed text cannot be opened: it was sealed with another key, or is damaged."""


def load_key(url: str, given: str = "") -> bytes:
    """Give the key of a store: the one given, in base64, or the file beside an SQLite store.

    The file is made when it is missing.  StoreError when there is no key, or one that others
    can read.
    """
    if given:
        return decode_key(given, "the store's key (DRAGOMAN_STORE_KEY)")
    if engine_of(url) != "sqlite":
        raise StoreError(
            "a store on PostgreSQL needs the same key on every node: set DRAGOMAN_STORE_KEY to"
            " 32 random octets in base64, for example from `openssl rand -base64 32`"
        )
    path = Path(sqlite_path(url)).with_name(KEY_FILE)
    if not path.exists():
        make_key_file(path)
    if path.stat().st_mode & 0o077:
        raise StoreError(f"{path} can be read by others: chmod 600 {path}")
    return decode_key(path.read_text(encoding="ascii"), str(path))


def decode_key(text: str, where: str) -> bytes:
    """Give a key from its base64 form; `where` it stands is for the error."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_OCTETS:
        raise StoreError(f"{where} is not {KEY_OCTETS} octets in base64")
    return key


def make_key_file(path: Path) -> None:
    """Make a key file, unless another process was quicker; a crash leaves no half of one."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_OCTETS)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):
            path.hardlink_to(draft)  # unlike a rename, it never replaces a key in use
    finally:
        draft.unlink()


def seal(key: bytes, secret: str) -> str:
    """Give a text that only the key opens; the same secret gives another text each time."""
    nonce = os.urandom(NONCE_OCTETS)
    sealed = nonce + AESGCM(key).encrypt(nonce, secret.encode(), None)
    return MARK + base64.b64encode(sealed).decode()


def unseal(key: bytes, sealed: str) -> str:
    """Open a sealed text; SealBroken, which never says what was inside, when it cannot be."""
    try:
        if not sealed.startswith(MARK):
            raise SealBroken("a secret in the store is not sealed")
        octets = base64.b64decode(sealed.removeprefix(MARK), validate=True)
        return AESGCM(key).decrypt(octets[:NONCE_OCTETS], octets[NONCE_OCTETS:], None).decode()
    except (InvalidTag, binascii.Error, ValueError):
        # without the cause: its traceback would show the key in some debuggers
        raise SealBroken("a secret in the store was sealed with another key") from None
