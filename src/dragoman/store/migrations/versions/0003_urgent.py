"""What leaves before others, and how it is found beside a backlog."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
URGENT = sa.text("state = 1 AND rank IS NOT NULL")


def upgrade() -> None:
    """Add the column, which whatever is stored already lacks, and an index of those that have it.

    No row is written; the index is empty, though the engines read the table once to know that.
    """
    op.add_column("message", sa.Column("rank", BIG, nullable=True))
    op.create_index(
        "message_urgent",
        "message",
        ["carrier_id", "rank", "id"],
        sqlite_where=URGENT,
        postgresql_where=URGENT,
    )
