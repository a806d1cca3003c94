"""What search looks into, and the views that agents keep."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from maildesk.store.clock import Instant
from maildesk.store.tables.metadata import metadata

FULL_TEXT = ("message_fts", "comment_fts")
"""The indexes of words, made by the database's own means and therefore not among the tables here; on SQLite each has
tables beside it whose names begin with its own."""

message_words = Table(
    "message_words",
    metadata,
    Column("message_id", Integer, ForeignKey("message.id"), primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("sender", Text, nullable=False, server_default=""),
    Column("recipients", Text, nullable=False, server_default=""),
    Column("files", Text, nullable=False, server_default=""),
    Column("body", Text, nullable=False, server_default=""),
    Column("attached", Text, nullable=False, server_default=""),
)
"""The words of a mail as search compares them (:func:`maildesk.domain.query_text.marked`), exactly as indexed;
``attached`` are those in its files."""
comment_words = Table(
    "comment_words",
    metadata,
    Column("comment_id", Integer, ForeignKey("comment.id"), primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False, server_default=""),
)
"""The same of a comment."""
unindexed = Table(
    "unindexed",
    metadata,
    Column("kind", String, primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
)
"""Mails and comments (``kind``) whose words are not indexed, or not as they are now: those from before there was an
index, and what a client of such a version writes, noted by triggers."""
file_text = Table(
    "file_text",
    metadata,
    Column("message_id", Integer, ForeignKey("message.id"), primary_key=True, autoincrement=False),
    Column("file", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
)
"""The text in a file of a mail (by its index in ``message.files``), as far as it is searched."""
unread_files = Table(
    "unread_files",
    metadata,
    Column("message_id", Integer, ForeignKey("message.id"), primary_key=True, autoincrement=False),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("free_at", Instant(), nullable=False, server_default=text("0")),
)
"""Mails whose files have not been read for search yet, noted by triggers. Whoever reads them has them until
``free_at``; ``tries`` is how often somebody began."""
view = Table(
    "view",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("letter", String, nullable=False, server_default=""),
    Column("query", Text, nullable=False, server_default=""),
    Column("tab", String, nullable=False, server_default="all"),
    Column("sort", String, nullable=False, server_default="newest"),
    Column("mailbox_id", Integer, ForeignKey("mailbox.id")),
    Column("owner_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("columns", String, nullable=False, server_default=""),
    Column("density", String, nullable=False, server_default=""),
    Column("changed_at", Instant(), nullable=False),
    Index("uq_view_owner_id", "owner_id", "name", unique=True),
)
"""A query that was given a name, with where and how it lists. ``letter`` opens it after ``g``."""
