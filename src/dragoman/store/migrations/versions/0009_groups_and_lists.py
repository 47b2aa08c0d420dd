"""Contacts and groups of accounts, and subscription lists with all that ever changed in them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": True}
BY_KEY: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Make the tables; nothing that is stored changes."""
    make_groups()
    make_lists()


def make_groups() -> None:
    """Make what a name in the place of a number stands for."""
    op.create_table(
        "contact",
        key("account_id"),
        words("number"),
        words("name"),
        sa.PrimaryKeyConstraint("account_id", "number"),
        **BY_KEY,
    )
    op.create_table(
        "contact_group",
        key("id"),
        big("account_id"),
        words("name"),
        words("folded"),
        sa.PrimaryKeyConstraint("id"),
        **STRICT,
    )
    op.create_index("contact_group_name", "contact_group", ["account_id", "folded"], unique=True)
    op.create_table(
        "group_member",
        key("group_id"),
        words("number"),
        sa.PrimaryKeyConstraint("group_id", "number"),
        **BY_KEY,
    )


def make_lists() -> None:
    """Make what people join and leave."""
    op.create_table(
        "subscription_list",
        key("id"),
        big("account_id"),
        words("name"),
        words("folded"),
        big("kind"),
        words("join_words"),
        words("stop_words"),
        big("platform_stop"),
        words("on_dead"),
        words("on_mt_sms"),
        sa.PrimaryKeyConstraint("id"),
        **STRICT,
    )
    names = ["account_id", "folded"]
    op.create_index("subscription_list_name", "subscription_list", names, unique=True)
    op.create_table(
        "list_member",
        key("list_id"),
        words("number"),
        big("state"),
        big("changed_us"),
        sa.PrimaryKeyConstraint("list_id", "number"),
        **BY_KEY,
    )
    op.create_index("list_member_number", "list_member", ["number"], unique=False)
    op.create_table(
        "list_event",
        big("id"),
        big("account_id"),
        words("list_name"),
        big("kind"),
        words("number"),
        big("action"),
        big("source"),
        words("proof"),
        big("at_us"),
        sa.PrimaryKeyConstraint("id"),
        **STRICT,
    )
    op.create_index("list_event_account", "list_event", ["account_id", "id"], unique=False)
    op.create_index("list_event_number", "list_event", ["number"], unique=False)


def key(name: str) -> sa.Column[int]:
    """Give a whole number that is a part of the key."""
    return sa.Column(name, BIG, autoincrement=False, nullable=False)


def big(name: str) -> sa.Column[int]:
    """Give a whole number."""
    return sa.Column(name, BIG, nullable=False)


def words(name: str) -> sa.Column[str]:
    """Give a text."""
    return sa.Column(name, sa.Text, nullable=False)
