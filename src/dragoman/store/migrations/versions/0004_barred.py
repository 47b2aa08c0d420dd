"""Numbers that get nothing: one table for all lists, and how each number came onto them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": True}
BY_KEY: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Make both tables; whoever stood in the older list of opt-outs stands in the new one."""
    op.create_table(
        "barred",
        big("bar"),
        big("account_id"),
        big("number"),
        sa.PrimaryKeyConstraint("bar", "account_id", "number"),
        **BY_KEY,
    )
    op.create_table(
        "barred_event",
        big("id"),
        big("bar"),
        big("account_id"),
        big("number"),
        big("is_on"),
        big("at_us"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **STRICT,
    )
    op.create_index("barred_event_number", "barred_event", ["number"])
    op.execute(
        "INSERT INTO barred (bar, account_id, number)"
        " SELECT 2, account_id, CAST(number AS BIGINT) FROM opt_out"
    )
    op.drop_table("opt_out")


def big(name: str) -> sa.Column[int]:
    """Give a whole number of 64 bits."""
    return sa.Column(name, BIG, nullable=False, autoincrement=False)
