"""What subscription lists answer whoever joins and leaves them by a word."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns, which whatever is stored already lacks; no row is written."""
    for name in ("join_reply", "stop_reply"):
        op.add_column("subscription_list", sa.Column(name, sa.Text(), nullable=True))
