"""The oldest job of a subject is found in one step, on PostgreSQL too."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Let the index of subjects be ordered by job."""
    op.drop_index("work_ref", "work")
    op.create_index("work_subject", "work", ["ref", "id"], unique=False)
