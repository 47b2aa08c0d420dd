"""What accounts have used of their quotas."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, which is small: a row for each account, day and month."""
    op.create_table(
        "quota",
        sa.Column("account_id", BIG, autoincrement=False, nullable=False),
        sa.Column("span", BIG, autoincrement=False, nullable=False),
        sa.Column("used", BIG, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "span"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
