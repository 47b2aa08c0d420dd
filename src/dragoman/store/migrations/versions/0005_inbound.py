"""What handsets write: whose it is, what it says, and what it answers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def table(name: str, *columns: sa.Column[Any]) -> None:
    """Make a table that is kept by its key."""
    op.create_table(name, *columns, sqlite_strict=True, sqlite_with_rowid=False)


def key_words(name: str) -> sa.Column[str]:
    """Give a text that is the key or a part of it."""
    return sa.Column(name, sa.Text(), primary_key=True)


def upgrade() -> None:
    """Add columns and tables; messages from before keep the octets that they came as.

    Columns that may be missing are added without touching a row, however many there are.
    """
    for name in ("account_id", "segments", "total", "message_id"):
        op.add_column("inbound", sa.Column(name, BIG, nullable=True))
    for name in ("text", "network", "context", "deed"):
        op.add_column("inbound", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("inbound", sa.Column("udh", sa.LargeBinary(), nullable=True))
    nobodys = sa.text("account_id = 0")
    op.create_index(
        "inbound_unclaimed", "inbound", ["id"], sqlite_where=nobodys, postgresql_where=nobodys
    )
    table(
        "inbound_segment",
        key_words("gathering"),
        sa.Column("number", BIG, primary_key=True, autoincrement=False),
        sa.Column("carrier_id", BIG, nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("total", BIG, nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("udh", sa.LargeBinary(), nullable=False),
        sa.Column("header_octets", BIG, nullable=False),
        sa.Column("data_coding", BIG, nullable=False),
        sa.Column("esm_class", BIG, nullable=False),
        sa.Column("received_us", BIG, nullable=False),
    )
    table(
        "inbound_seen",
        key_words("fingerprint"),
        sa.Column("expires_us", BIG, nullable=False),
    )
    op.create_index("inbound_seen_expires", "inbound_seen", ["expires_us"])
    table(
        "conversation",
        sa.Column("account_id", BIG, primary_key=True, autoincrement=False),
        key_words("handset"),
        key_words("number"),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("at_us", BIG, nullable=False),
    )
    op.create_index("conversation_at", "conversation", ["at_us"])
    table(
        "network",
        key_words("prefix"),
        sa.Column("code", sa.Text(), nullable=False),
    )
