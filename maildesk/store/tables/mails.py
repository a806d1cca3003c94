"""Mail as it came, where it lies on servers, and what was read in it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from maildesk.store.clock import Instant
from maildesk.store.tables.metadata import metadata

folder = Table(
    "folder",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", Integer, ForeignKey("mailbox.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False, default="inbox"),
    Column("uidvalidity", BigInteger),
    Column("last_uid", BigInteger, nullable=False, default=0),
    Column("modseq", BigInteger),
    Column("health", String, nullable=False, default="unknown"),
    Column("error", Text, nullable=False, default=""),
    Column("checked_at", Instant()),
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("reconciled_at", Instant()),
    Column("unaccounted", Integer, nullable=False, default=0, server_default=text("0")),
    UniqueConstraint("mailbox_id", "name"),
)
"""A remote folder and how far it has been read."""
raw = Table(
    "raw",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("data", LargeBinary, nullable=False),
    Column("sha256", String, nullable=False, index=True, default="", server_default=""),
)
"""A mail as received, kept always, stored before anything reads it."""
raw_part = Table(
    "raw_part",
    metadata,
    Column("raw_id", Integer, ForeignKey("raw.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""A piece of a mail that is too large for one value: ``raw.data`` is empty then, and the parts are its bytes."""
location = Table(
    "location",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("folder_id", Integer, ForeignKey("folder.id"), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("raw_id", Integer, ForeignKey("raw.id"), index=True),
    Column("message_id", Integer, ForeignKey("message.id"), index=True),
    Column("result", String, nullable=False),
    Column("received_at", Instant()),
    Column("gone_at", Instant()),
    Column("tries", Integer, nullable=False, default=0, server_default=text("0")),
    Column("retry_at", Instant()),
    Column("gm_msgid", BigInteger, index=True),
    UniqueConstraint("folder_id", "uidvalidity", "uid"),
    Index(
        "ix_location_pending",
        "folder_id",
        "uid",
        sqlite_where=text("result = 'pending'"),
        postgresql_where=text("result = 'pending'"),
    ),
    Index(
        "ix_location_stub",
        "folder_id",
        "uid",
        sqlite_where=text("result = 'stub'"),
        postgresql_where=text("result = 'stub'"),
    ),
)
"""The ledger: every UID seen on a server and what became of it."""
message = Table(
    "message",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", Integer, ForeignKey("conversation.id"), nullable=False),
    Column("mailbox_id", Integer, ForeignKey("mailbox.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("raw_id", Integer, ForeignKey("raw.id")),
    Column("outbox_id", Integer, index=True),
    Column("author_id", Integer, ForeignKey("agent.id")),
    Column("at", Instant(), nullable=False),
    Column("header_date", Instant()),
    Column("from_name", String, nullable=False, default=""),
    Column("from_address", String, nullable=False, default=""),
    Column("to", JSON, nullable=False, server_default="[]"),
    Column("cc", JSON, nullable=False, server_default="[]"),
    Column("reply_to", JSON, nullable=False, server_default="[]"),
    Column("subject", Text, nullable=False, default=""),
    Column("message_id", String, nullable=False, index=True, default=""),
    Column("in_reply_to", Text, nullable=False, default=""),
    Column("refs", JSON, nullable=False, server_default="[]"),
    Column("automatic", String),
    Column("bounce", JSON),
    Column("quarantined", Boolean, nullable=False, default=False),
    Column("joined_by", String, nullable=False, default=""),
    Column("content_key", String, nullable=False, default=""),
    Column("files", JSON, nullable=False, server_default="[]"),
    Column("authentication", JSON),
    Column("related_id", Integer),
    Column("related_by", String, nullable=False, default="", server_default=""),
    Column("marks", JSON, nullable=False, server_default="[]"),
    Index("ix_message_content_key", "mailbox_id", "content_key"),
    Index("ix_message_conversation", "conversation_id", "at", "id"),
    Index(
        "ix_message_quarantined",
        "mailbox_id",
        "id",
        sqlite_where=text("quarantined"),
        postgresql_where=text("quarantined"),
    ),
    Index(
        "ix_message_related",
        "related_id",
        "conversation_id",
        sqlite_where=text("related_id IS NOT NULL"),
        postgresql_where=text("related_id IS NOT NULL"),
    ),
    Index(
        "ix_message_relates",
        "conversation_id",
        "related_id",
        sqlite_where=text("related_id IS NOT NULL"),
        postgresql_where=text("related_id IS NOT NULL"),
    ),
)
"""A mail, in or out: its headers. Bodies lie in ``message_body``, bytes in ``raw``."""
message_body = Table(
    "message_body",
    metadata,
    Column("message_id", Integer, ForeignKey("message.id"), primary_key=True),
    Column("text", Text, nullable=False, default=""),
    Column("folded", Text, nullable=False, default=""),
    Column("indexed", Boolean, nullable=False, default=False, server_default=text("false")),
)
"""The readable text of a mail, and the folded text that search looks into where its words are not indexed yet (and
clients of the version before always). ``indexed``: its writer indexes it in the same transaction."""
content = Table(
    "content",
    metadata,
    Column("content_key", String, primary_key=True),
    Column("message_id", Integer, ForeignKey("message.id"), index=True),
)
"""Which message a mail's content is: the guard that two workers who bring in the same mail make one message. The
row is inserted before the message is; ``message_id`` is NULL only inside the transaction that does both."""
alias = Table(
    "alias",
    metadata,
    Column("message_id", String, primary_key=True),
    Column("outbox_id", Integer, ForeignKey("outbox.id"), nullable=False, index=True),
    Column("source", String, nullable=False, default=""),
)
"""A Message-ID under which a mail of ours travels since a relay rewrote it."""
missing_parent = Table(
    "missing_parent",
    metadata,
    Column("message_id", String, primary_key=True),
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True),
)
"""A Message-ID that a stored mail refers to and that has not come yet: when it comes, it joins."""
