"""The tables, once for both engines.

Used by the migrations and by the test that compares both; the running gateway does not import it,
since its statements are text.  Integers are 64 bits wide, instants microseconds UTC (`_us`), money
micro-units (`_u`), JSON is kept as text because only we look into it.

What writes a row on the hot path pays for every index, so the large tables have few:
- `message` by id; what is queued or in flight, by carrier; what is queued and urgent, by carrier
  and rank; what is scheduled, by due time; what waits and can expire, by that time.  All but the
  first hold waiting messages only, and that of the urgent ones costs the others nothing.
- `segment` by id (the message's id times 256 plus its number) and by the carrier's own id.
Whatever else asks for messages walks the primary key, for ids grow with time.
"""

from sqlalchemy import Index, text

from dragoman.store.columns import (
    integer,
    key,
    key_words,
    maybe,
    maybe_octets,
    maybe_words,
    metadata,
    octets,
    serial,
    table,
    words,
)

__all__ = ["metadata"]

account = table(
    "account",
    key("id"),
    words("name", unique=True),
    words("password_hash"),
    words("currency"),
    integer("balance_u"),
    integer("overdraft_u"),
    words("country"),
    words("time_zone"),
    integer("enabled"),
    integer("expires_us"),
    words("senders"),  # JSON
    words("ip_allow"),  # JSON
    words("dialects"),  # JSON
    words("options"),  # JSON
    # Charges of messages that retention deleted: what keeps the sum of an account provable.
    integer("retired_u"),
)

carrier = table(
    "carrier",
    key("id"),
    words("name", unique=True),
    words("kind"),
    integer("enabled"),
    words("secret"),  # sealed, see secrets.py
    words("options"),  # JSON
)

route = table(
    "route",
    key("account_id"),
    key_words("prefix"),
    key("position"),
    key("carrier_id"),
    integer("weight"),
    by_key=True,
)

price = table(
    "price",
    key("account_id"),
    key_words("currency"),
    key_words("prefix"),
    integer("price_u"),
    by_key=True,
)

quota = table(
    "quota",
    key("account_id"),
    key("span"),  # a day as yyyymmdd, or a month as yyyymm, of the account's own time zone
    integer("used"),
    by_key=True,
)

number = table(
    "number",
    key_words("number"),
    key_words("keyword"),
    integer("account_id"),
    by_key=True,
)

barred = table(
    "barred",
    key("bar"),  # see model/barring.py
    key("account_id"),  # 0: for everyone
    key("number"),
    by_key=True,
)

# Kept for ever: the proof of what a subscriber said, and what tells processes of a change.
barred_event = table(
    "barred_event",
    key("id"),
    integer("bar"),
    integer("account_id"),
    integer("number"),
    integer("is_on"),  # 1: came onto the list, 0: was taken off
    integer("at_us"),
    words("source"),
    words("proof"),
)
Index("barred_event_number", barred_event.c.number)

setting = table(
    "setting",
    key_words("scope"),  # "gateway", "dialect:<name>", "store"
    key_words("key"),
    words("value"),  # JSON
    by_key=True,
)

counter = table(
    "counter",
    key_words("name"),
    integer("next"),
    by_key=True,
)

message = table(
    "message",
    key("id"),
    integer("submission_id"),
    integer("account_id"),
    words("dialect"),
    integer("state"),
    words("sender"),
    words("recipient"),
    words("text"),
    integer("alphabet"),
    integer("flags"),
    integer("segments"),
    integer("price_u"),
    integer("charge_u"),
    integer("carrier_id"),
    integer("accepted_us"),
    integer("changed_us"),
    maybe("expires_us"),
    maybe("due_us"),
    integer("one"),
    integer("each"),
    words("context"),
    words("detail"),
    maybe_octets("udh"),
    maybe_octets("octets"),
    maybe("rank"),  # 1 leaves first, then 2 and 3, then all that have none
    maybe_words("extras"),  # JSON
)

# A part of a table is indexed by the same condition on both engines; statements that want the
# index repeat the condition as it stands here.
OPEN = text("state IN (1, 2)")
SCHEDULED = text("state = 0")
URGENT = text("state = 1 AND rank IS NOT NULL")
PERISHABLE = text("state IN (0, 1) AND expires_us IS NOT NULL")

# The state comes before the id: those in flight are the oldest, and a claim would step over all
# of them to reach the first one that is queued.
Index(
    "message_open",
    message.c.carrier_id,
    message.c.state,
    message.c.id,
    sqlite_where=OPEN,
    postgresql_where=OPEN,
)
Index(
    "message_urgent",
    message.c.carrier_id,
    message.c.rank,
    message.c.id,
    sqlite_where=URGENT,
    postgresql_where=URGENT,
)
Index("message_due", message.c.due_us, sqlite_where=SCHEDULED, postgresql_where=SCHEDULED)
Index("message_expires", message.c.expires_us, sqlite_where=PERISHABLE, postgresql_where=PERISHABLE)

segment = table(
    "segment",
    key("id"),
    integer("carrier_id"),
    words("ref"),
    words("key"),
    integer("state"),
    integer("status"),
    integer("submitted_us"),
    integer("answered_us"),
    integer("receipt_us"),
    words("error"),
)
Index("segment_key", segment.c.carrier_id, segment.c.key)

event = table(
    "event",
    serial("id"),
    integer("message_id"),
    integer("at_us"),
    words("kind"),
    words("text"),
)
Index("event_message", event.c.message_id)

parked_receipt = table(
    "parked_receipt",
    key("carrier_id"),
    key_words("key"),
    key_words("ref"),
    key("state"),
    words("error"),
    integer("at_us"),
    integer("expires_us"),
    words("addresses"),
    by_key=True,
)
Index("parked_receipt_expires", parked_receipt.c.expires_us)

# The columns behind `received_us` are empty for what came before they were there.
inbound = table(
    "inbound",
    key("id"),
    integer("carrier_id"),
    words("sender"),
    words("recipient"),
    octets("octets"),
    integer("data_coding"),
    integer("esm_class"),
    integer("received_us"),
    maybe("account_id"),  # 0: nobody's
    maybe_words("text"),
    maybe_octets("udh"),
    maybe("segments"),
    maybe("total"),
    maybe_words("network"),
    maybe_words("context"),
    maybe("message_id"),
    maybe_words("deed"),
)
UNCLAIMED = text("account_id = 0")
Index(
    "inbound_unclaimed",
    inbound.c.id,
    sqlite_where=UNCLAIMED,
    postgresql_where=UNCLAIMED,
)

# Segments of long messages from handsets, until all are there.
inbound_segment = table(
    "inbound_segment",
    key_words("gathering"),  # carrier, addresses, reference and total
    key("number"),
    integer("carrier_id"),
    words("sender"),
    words("recipient"),
    integer("total"),
    octets("octets"),
    octets("udh"),
    integer("header_octets"),
    integer("data_coding"),
    integer("esm_class"),
    integer("received_us"),
    by_key=True,
)

# What must not happen a second time before an instant: a repeated deliver_sm, a confirmation.
inbound_seen = table(
    "inbound_seen",
    key_words("fingerprint"),
    integer("expires_us"),
    by_key=True,
)
Index("inbound_seen_expires", inbound_seen.c.expires_us)

# The latest message with a context to a handset, by the sender that it saw.
conversation = table(
    "conversation",
    key("account_id"),
    key_words("handset"),
    key_words("number"),  # empty: the account's default sender
    words("context"),
    integer("message_id"),
    integer("at_us"),
    by_key=True,
)
Index("conversation_at", conversation.c.at_us)

network = table(
    "network",
    key_words("prefix"),
    words("code"),
    by_key=True,
)

ledger = table(
    "ledger",
    serial("id"),
    integer("account_id"),
    integer("at_us"),
    integer("amount_u"),
    integer("balance_u"),  # after it
    words("kind"),  # opening, topup, adjust, refund
    maybe("message_id"),
    words("note"),
)
Index("ledger_account", ledger.c.account_id, ledger.c.id)
REFUND = text("kind = 'refund'")
# Money goes back once.
Index(
    "ledger_refund",
    ledger.c.message_id,
    unique=True,
    sqlite_where=REFUND,
    postgresql_where=REFUND,
)

work = table(
    "work",
    serial("id"),
    words("kind"),
    words("lane"),
    words("ref"),
    integer("due_us"),
    integer("attempts"),
    integer("lease_until_us"),
    words("node"),
    words("why"),
    words("payload"),  # JSON
    maybe("since_us"),  # when it was first due
)
Index("work_due", work.c.lane, work.c.due_us)
Index("work_subject", work.c.ref, work.c.id)

# Where requests wanted their status reports; most want none, and those pay nothing.
report_url = table(
    "report_url",
    key("submission_id"),
    words("url"),
    by_key=True,
)

answered = table(
    "answered",
    key_words("key"),
    integer("account_id"),  # 0: its answer was heard
    integer("message_id"),
    words("body"),
    octets("answer"),
    integer("until_us"),
    by_key=True,
)
Index("answered_until", answered.c.until_us)
LOST = text("account_id > 0")
Index("answered_lost", answered.c.account_id, sqlite_where=LOST, postgresql_where=LOST)

# How often one number gets something from one account, where that is limited.
recipient_pace = table(
    "recipient_pace",
    key("account_id"),
    key("number"),
    octets("times"),  # instants, eight octets each
    integer("until_us"),
    by_key=True,
)
Index("recipient_pace_until", recipient_pace.c.until_us)

node = table(
    "node",
    serial("id"),
    words("name", unique=True),
    integer("seen_us"),
)

contact = table(
    "contact",
    key("account_id"),
    key_words("number"),
    words("name"),
    by_key=True,
)

contact_group = table(
    "contact_group",
    key("id"),
    integer("account_id"),
    words("name"),
    words("folded"),  # as names compare
)
Index("contact_group_name", contact_group.c.account_id, contact_group.c.folded, unique=True)

group_member = table(
    "group_member",
    key("group_id"),
    key_words("number"),
    by_key=True,
)

subscription_list = table(
    "subscription_list",
    key("id"),
    integer("account_id"),
    words("name"),
    words("folded"),
    integer("kind"),
    words("join_words"),  # JSON
    words("stop_words"),  # JSON
    integer("platform_stop"),
    words("on_dead"),
    words("on_mt_sms"),
    maybe_words("join_reply"),
    maybe_words("stop_reply"),
)
Index(
    "subscription_list_name",
    subscription_list.c.account_id,
    subscription_list.c.folded,
    unique=True,
)

list_member = table(
    "list_member",
    key("list_id"),
    key_words("number"),
    integer("state"),  # 1 subscribed, 2 unsubscribed
    integer("changed_us"),
    by_key=True,
)
Index("list_member_number", list_member.c.number)

# Kept for ever, also when its list or its account is gone: proof of who wanted what.
list_event = table(
    "list_event",
    serial("id"),
    integer("account_id"),
    words("list_name"),
    integer("kind"),
    words("number"),
    integer("action"),
    integer("source"),
    words("proof"),
    integer("at_us"),
)
Index("list_event_account", list_event.c.account_id, list_event.c.id)
Index("list_event_number", list_event.c.number)
