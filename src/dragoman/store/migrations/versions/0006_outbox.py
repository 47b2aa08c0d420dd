"""What customers are told: since when, in which order, and where a request wanted it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BY_KEY: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Add to the table of work, which nothing used before, and make a small one."""
    op.add_column("work", sa.Column("since_us", BIG, nullable=True))
    op.create_index("work_ref", "work", ["ref"], unique=False)
    op.create_table(
        "report_url",
        sa.Column("submission_id", BIG, autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("submission_id"),
        **BY_KEY,
    )
