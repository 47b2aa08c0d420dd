"""What few messages carry: ids of templates, and which of their characters were replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column, which whatever is stored already lacks; no row is written."""
    op.add_column("message", sa.Column("extras", sa.Text(), nullable=True))
