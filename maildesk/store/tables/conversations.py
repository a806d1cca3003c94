"""Customers, their conversations, and what agents put on them."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Double, ForeignKey, Index, Integer, String, Table, Text, text

from maildesk.store.clock import Instant
from maildesk.store.due_guards import DEFAULT
from maildesk.store.tables.metadata import metadata

_ONLY = "archived_at IS NULL"
LISTED = (
    ("ix_conversation_listed_newest", ("last_message_at", "id"), _ONLY),
    ("ix_conversation_listed_status_newest", ("status", "last_message_at", "id"), _ONLY),
    ("ix_conversation_listed_status_priority", ("status", "priority", "last_message_at", "id"), _ONLY),
    ("ix_conversation_due", ("due_order", "last_message_at", "id"), _ONLY),
    ("ix_conversation_status_due", ("status", "due_order", "last_message_at", "id"), _ONLY),
    ("ix_conversation_archived", ("last_message_at", "id"), "archived_at IS NOT NULL"),
    ("ix_conversation_substate", ("substate", "last_message_at", "id"), f"substate IS NOT NULL AND {_ONLY}"),
)
"""The indexes of lists: they do not have what is archived, so that lists cost the same however much that is. That
has one of its own."""

customer = Table(
    "customer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, default=""),
    Column("reading", String, nullable=False, default=""),
    Column("created_at", Instant(), nullable=False),
)
"""A person who writes to us."""
customer_address = Table(
    "customer_address",
    metadata,
    Column("address", String, primary_key=True),
    Column("customer_id", Integer, ForeignKey("customer.id"), nullable=False, index=True),
    Column("added_by_id", Integer),
    Column("added_at", Instant()),
)
"""One address of a customer; ``address`` is folded for comparison. Who added it and when is NULL where mail came."""
conversation = Table(
    "conversation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", Integer, ForeignKey("mailbox.id"), nullable=False),
    Column("customer_id", Integer, ForeignKey("customer.id"), nullable=False, index=True),
    Column("customer_name", String, nullable=False, default=""),
    Column("customer_address", String, nullable=False, default=""),
    Column("subject", String, nullable=False, default=""),
    Column("status", String, nullable=False),
    Column("waiting_reason", String),
    Column("waiting_until", Instant()),
    Column("assignee_id", Integer, ForeignKey("agent.id")),
    Column("priority", Integer, nullable=False, default=0),
    Column("version", Integer, nullable=False, default=1),
    Column("turn", Integer, nullable=False, default=0),
    Column("news_version", Integer, nullable=False, default=1),
    Column("received_at", Instant(), nullable=False),
    Column("last_message_at", Instant(), nullable=False),
    Column("due_at", Instant()),
    Column("messages", Integer, nullable=False, default=0),
    Column("attachments", Integer, nullable=False, default=0),
    Column("automatic", Boolean, nullable=False, default=False),
    Column("answered", Boolean, nullable=False, default=False),
    Column("bounced", Boolean, nullable=False, default=False),
    Column("snippet", String, nullable=False, default=""),
    Column("note", String, nullable=False, default="", server_default=""),
    Column("no_answer_turn", Integer),
    Column("before_spam", JSON),
    Column("channel", String, nullable=False, default="mail", server_default="mail"),
    Column("due_from", Instant()),
    Column("due_spent", Double, nullable=False, default=0.0, server_default=text("0")),
    Column("due_order", Double, nullable=False, default=DEFAULT, server_default=text(str(DEFAULT))),
    Column("paused_at", Instant()),
    Column("substate", String),
    Column("outside", String, nullable=False, default="", server_default=""),
    Column("archived_at", Instant()),
    Index("ix_conversation_newest", "last_message_at", "id"),
    Index("ix_conversation_status_newest", "status", "last_message_at", "id"),
    Index("ix_conversation_status_priority", "status", "priority", "last_message_at", "id"),
    *(
        Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
        for name, columns, where in LISTED
    ),
    Index(
        "ix_conversation_waiting",
        "status",
        "waiting_until",
        sqlite_where=text("waiting_until IS NOT NULL"),
        postgresql_where=text("waiting_until IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)
"""A conversation with one customer in one mailbox. Its number is its id. ``substate`` names a state of the desk's own;
``status`` beside it is what older clients go by, and a trigger clears it when that changes alone. ``archived_at``: it
has left the lists (:mod:`maildesk.store.archive_guards`)."""
counter = Table(
    "counter",
    metadata,
    Column("mailbox_id", Integer, primary_key=True),
    Column("status", String, primary_key=True),
    Column("n", Integer, nullable=False, default=0),
    Column("also", Integer, nullable=False, default=0, server_default=text("0")),
    Column("archived", Integer, nullable=False, default=0, server_default=text("0")),
    Column("archived_also", Integer, nullable=False, default=0, server_default=text("0")),
)
"""How many conversations stand in each state, kept by triggers: ``n`` in their own mailbox, ``also`` in a further
one (``also_in``), so that the sum of ``n`` counts each once; ``archived`` and ``archived_also`` are those of them that
are archived."""
claim = Table(
    "claim",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True),
    Column("owner_id", Integer, ForeignKey("agent.id")),
    Column("session", String),
    Column("token", Integer, nullable=False, default=0),
    Column("taken_at", Instant()),
    Column("expires_at", Instant()),
    Column("last_key_at", Instant()),
    Column("forced_from", Integer, ForeignKey("agent.id")),
    Column("forced_reason", String, nullable=False, default=""),
    Index(
        "ix_claim_live",
        "expires_at",
        sqlite_where=text("owner_id IS NOT NULL"),
        postgresql_where=text("owner_id IS NOT NULL"),
    ),
)
"""The claim of a conversation: one row each, made with it, so that taking it is always an UPDATE."""
participant = Table(
    "participant",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True),
    Column("address", String, primary_key=True),
)
"""Who wrote in a conversation, and to whom we wrote from elsewhere; not who was only named in Cc. ``address`` is
folded for comparison."""
also_in = Table(
    "also_in",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True),
    Column("mailbox_id", Integer, ForeignKey("mailbox.id"), primary_key=True),
)
"""A further mailbox in which a conversation's mail arrived: one mail to two of our addresses is one conversation,
listed in both."""
comment = Table(
    "comment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", Integer, ForeignKey("conversation.id"), nullable=False, index=True),
    Column("message_id", Integer, ForeignKey("message.id")),
    Column("kind", String, nullable=False, default="comment"),
    Column("author_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("at", Instant(), nullable=False),
    Column("text", Text, nullable=False),
    Column("indexed", Boolean, nullable=False, default=False, server_default=text("false")),
    Column("withdrawn_at", Instant()),
)
"""社内コメント and phone notes. A table of its own, which nothing that sends can read. ``indexed``: its writer indexes
it in the same transaction. ``withdrawn_at``: its author took it back before anybody had read it; it is not shown."""
seen = Table(
    "seen",
    metadata,
    Column("agent_id", Integer, ForeignKey("agent.id"), primary_key=True),
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True),
    Column("version", Integer, nullable=False),
)
"""Up to which version an agent has seen a conversation."""
presence = Table(
    "presence",
    metadata,
    Column("session", String, primary_key=True),
    Column("agent_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("conversation_id", Integer, ForeignKey("conversation.id"), nullable=False, index=True),
    Column("seen_at", Instant(), nullable=False),
)
"""Which conversation a session has open (閲覧中): shown, never a lock."""
label = Table(
    "label",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True),
    Column("name", String, primary_key=True, index=True),
)
"""A label on a conversation."""
watch = Table(
    "watch",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True),
    Column("agent_id", Integer, ForeignKey("agent.id"), primary_key=True),
)
"""Who wants to be told when a conversation's claim is free."""
event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant(), nullable=False),
    Column("conversation_id", Integer, ForeignKey("conversation.id")),
    Column("outbox_id", Integer, index=True),
    Column("actor_id", Integer, ForeignKey("agent.id")),
    Column("actor", String, nullable=False),
    Column("what", String, nullable=False),
    Column("detail", JSON, nullable=False, server_default="{}"),
    Index("ix_event_conversation", "conversation_id", "id"),
)
"""Who did what, when. Append-only."""
