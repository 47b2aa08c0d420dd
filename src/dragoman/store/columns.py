"""How columns of the tables are written: a few kinds, each the same on both engines.

Integers are 64 bits wide on both; a key is handed out by us unless it is a `serial`.  What tables
there are, and why, is told in `schema`.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

# SQLite gives its row number only to a key that is spelled INTEGER; it is 64 bits wide there.
BIG = BigInteger().with_variant(Integer(), "sqlite")


def table(name: str, *columns: Column[Any], by_key: bool = False) -> Table:
    """Give a table; on SQLite one that holds to its types, and is kept `by_key` if so wished."""
    options: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": not by_key}
    return Table(name, metadata, *columns, **options)


def key(name: str) -> Column[int]:
    """Give a whole number that is the key or a part of it, and that we hand out."""
    return Column(name, BIG, primary_key=True, autoincrement=False)


def key_words(name: str) -> Column[str]:
    """Give a text that is the key or a part of it."""
    return Column(name, Text, primary_key=True)


def serial(name: str) -> Column[int]:
    """Give a key that the engine hands out."""
    return Column(name, BIG, primary_key=True)


def integer(name: str) -> Column[int]:
    """Give a whole number."""
    return Column(name, BIG, nullable=False)


def maybe(name: str) -> Column[int]:
    """Give a whole number that may be missing."""
    return Column(name, BIG, nullable=True)


def maybe_octets(name: str) -> Column[bytes]:
    """Give octets that may be missing."""
    return Column(name, LargeBinary, nullable=True)


def maybe_words(name: str) -> Column[str]:
    """Give a text that may be missing."""
    return Column(name, Text, nullable=True)


def octets(name: str) -> Column[bytes]:
    """Give octets."""
    return Column(name, LargeBinary, nullable=False)


def words(name: str, *, unique: bool = False) -> Column[str]:
    """Give a text."""
    return Column(name, Text, nullable=False, unique=unique or None)
