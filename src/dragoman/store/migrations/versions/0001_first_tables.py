"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": True}
BY_KEY: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Make all tables."""
    make_accounts()
    make_carriers()
    make_messages()
    make_segments()
    make_work()


def make_accounts() -> None:
    """Make what customers are and pay."""
    op.create_table(
        "account",
        key("id"),
        words("name"),
        words("password_hash"),
        words("currency"),
        big("balance_u"),
        big("overdraft_u"),
        words("country"),
        words("time_zone"),
        big("enabled"),
        big("expires_us"),
        words("senders"),
        words("ip_allow"),
        words("dialects"),
        words("options"),
        big("retired_u"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        **STRICT,
    )
    op.create_table(
        "ledger",
        big("id"),
        big("account_id"),
        big("at_us"),
        big("amount_u"),
        big("balance_u"),
        words("kind"),
        maybe("message_id"),
        words("note"),
        sa.PrimaryKeyConstraint("id"),
        **STRICT,
    )
    op.create_index("ledger_account", "ledger", ["account_id", "id"], unique=False)
    op.create_index(
        "ledger_refund", "ledger", ["message_id"], unique=True, **where("kind = 'refund'")
    )


def make_carriers() -> None:
    """Make the ways that messages take, and where they do not go."""
    op.create_table(
        "carrier",
        key("id"),
        words("name"),
        words("kind"),
        big("enabled"),
        words("secret"),
        words("options"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        **STRICT,
    )
    op.create_table(
        "route",
        key("account_id"),
        words("prefix"),
        key("position"),
        key("carrier_id"),
        big("weight"),
        sa.PrimaryKeyConstraint("account_id", "prefix", "position", "carrier_id"),
        **BY_KEY,
    )
    op.create_table(
        "price",
        key("account_id"),
        words("currency"),
        words("prefix"),
        big("price_u"),
        sa.PrimaryKeyConstraint("account_id", "currency", "prefix"),
        **BY_KEY,
    )
    op.create_table(
        "number",
        words("number"),
        words("keyword"),
        big("account_id"),
        sa.PrimaryKeyConstraint("number", "keyword"),
        **BY_KEY,
    )
    op.create_table(
        "opt_out",
        key("account_id"),
        words("number"),
        sa.PrimaryKeyConstraint("account_id", "number"),
        **BY_KEY,
    )


def make_messages() -> None:
    """Make what is sent."""
    op.create_table(
        "message",
        key("id"),
        big("submission_id"),
        big("account_id"),
        words("dialect"),
        big("state"),
        words("sender"),
        words("recipient"),
        words("text"),
        big("alphabet"),
        big("flags"),
        big("segments"),
        big("price_u"),
        big("charge_u"),
        big("carrier_id"),
        big("accepted_us"),
        big("changed_us"),
        maybe("expires_us"),
        maybe("due_us"),
        big("one"),
        big("each"),
        words("context"),
        words("detail"),
        sa.PrimaryKeyConstraint("id"),
        **STRICT,
    )
    op.create_index("message_due", "message", ["due_us"], unique=False, **where("state = 0"))
    op.create_index(
        "message_expires",
        "message",
        ["expires_us"],
        unique=False,
        **where("state IN (0, 1) AND expires_us IS NOT NULL"),
    )
    op.create_index(
        "message_open",
        "message",
        ["carrier_id", "state", "id"],
        unique=False,
        **where("state IN (1, 2)"),
    )


def make_segments() -> None:
    """Make what carriers said to it, and what they brought."""
    op.create_table(
        "segment",
        key("id"),
        big("carrier_id"),
        words("ref"),
        words("key"),
        big("state"),
        big("status"),
        big("submitted_us"),
        big("answered_us"),
        big("receipt_us"),
        words("error"),
        sa.PrimaryKeyConstraint("id"),
        **STRICT,
    )
    op.create_index("segment_key", "segment", ["carrier_id", "key"], unique=False)
    op.create_table(
        "event",
        big("id"),
        big("message_id"),
        big("at_us"),
        words("kind"),
        words("text"),
        sa.PrimaryKeyConstraint("id"),
        **STRICT,
    )
    op.create_index("event_message", "event", ["message_id"], unique=False)
    op.create_table(
        "parked_receipt",
        key("carrier_id"),
        words("key"),
        words("ref"),
        key("state"),
        words("error"),
        big("at_us"),
        big("expires_us"),
        words("addresses"),
        sa.PrimaryKeyConstraint("carrier_id", "key", "ref", "state"),
        **BY_KEY,
    )
    op.create_index("parked_receipt_expires", "parked_receipt", ["expires_us"], unique=False)
    op.create_table(
        "inbound",
        key("id"),
        big("carrier_id"),
        words("sender"),
        words("recipient"),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        big("data_coding"),
        big("esm_class"),
        big("received_us"),
        sa.PrimaryKeyConstraint("id"),
        **STRICT,
    )


def make_work() -> None:
    """Make what we keep for ourselves."""
    op.create_table(
        "setting",
        words("scope"),
        words("key"),
        words("value"),
        sa.PrimaryKeyConstraint("scope", "key"),
        **BY_KEY,
    )
    op.create_table(
        "counter", words("name"), big("next"), sa.PrimaryKeyConstraint("name"), **BY_KEY
    )
    op.create_table(
        "work",
        big("id"),
        words("kind"),
        words("lane"),
        words("ref"),
        big("due_us"),
        big("attempts"),
        big("lease_until_us"),
        words("node"),
        words("why"),
        words("payload"),
        sa.PrimaryKeyConstraint("id"),
        **STRICT,
    )
    op.create_index("work_due", "work", ["lane", "due_us"], unique=False)
    op.create_table(
        "node",
        big("id"),
        words("name"),
        big("seen_us"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        **STRICT,
    )


def key(name: str) -> sa.Column[int]:
    """Give a whole number that is a part of the key."""
    return sa.Column(name, BIG, autoincrement=False, nullable=False)


def big(name: str) -> sa.Column[int]:
    """Give a whole number."""
    return sa.Column(name, BIG, nullable=False)


def maybe(name: str) -> sa.Column[int]:
    """Give a whole number that may be missing."""
    return sa.Column(name, BIG, nullable=True)


def words(name: str) -> sa.Column[str]:
    """Give a text."""
    return sa.Column(name, sa.Text, nullable=False)


def where(condition: str) -> dict[str, Any]:
    """Give the condition of a partial index to both engines."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
