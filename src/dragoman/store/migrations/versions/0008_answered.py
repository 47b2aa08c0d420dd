"""What was answered and may be asked again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LOST = sa.text("account_id > 0")


def upgrade() -> None:
    """Make the table; what was answered before is not recognised."""
    op.create_table(
        "answered",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("until_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("answered_until", "answered", ["until_us"])
    op.create_index(
        "answered_lost",
        "answered",
        ["account_id"],
        sqlite_where=LOST,
        postgresql_where=LOST,
    )
