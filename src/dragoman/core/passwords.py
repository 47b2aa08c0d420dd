"""Passwords and keys at rest: argon2id for what people choose, SHA-256 for what is random.

Nothing here logs, and nothing gives a secret back.
"""

import hashlib
import hmac

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's minimum for argon2id (19 MiB, two passes, one lane): about 22 ms of one core, which a
# gateway spends once for each client and cache life, and an attacker for each guess.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Somebody's password that nobody knows: an unknown user costs as much as a wrong password.
_NOBODY = _HASHER.hash(hashlib.sha256(b"nobody").hexdigest())


def hash_password(password: bytes) -> str:
    """Give the argon2id form of a password, salt and costs included."""
    return _HASHER.hash(password)


def hash_key(secret: bytes) -> str:
    """Give the stored form of a random secret of at least 128 bits."""
    return "sha256$" + hashlib.sha256(secret).hexdigest()


def verify(stored: str, password: bytes) -> bool:
    """Tell whether a password is the stored one; takes as long when nothing is stored."""
    if stored.startswith("sha256$"):
        return hmac.compare_digest(stored, hash_key(password))
    try:
        _HASHER.verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored)
