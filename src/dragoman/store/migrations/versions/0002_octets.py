"""What a message carries that is no text: octets, and the header before them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; whatever is stored already is a text and has neither.

    Columns that may be missing are added without touching a row, however many there are.
    """
    op.add_column("message", sa.Column("udh", sa.LargeBinary(), nullable=True))
    op.add_column("message", sa.Column("octets", sa.LargeBinary(), nullable=True))
