"""What colleagues tell each other."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, text

from maildesk.store.clock import Instant
from maildesk.store.tables.metadata import metadata

mention = Table(
    "mention",
    metadata,
    Column("comment_id", Integer, ForeignKey("comment.id"), primary_key=True),
    Column("agent_id", Integer, ForeignKey("agent.id"), primary_key=True),
    Column("read_at", Instant()),
    Index("ix_mention_agent", "agent_id", "read_at"),
)
"""Whom a comment names, and when he read it. Written in the transaction that writes the comment."""
note = Table(
    "note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox_id", Integer, ForeignKey("mailbox.id")),
    Column("author_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("at", Instant(), nullable=False),
    Column("text", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("changed_at", Instant()),
    Column("withdrawn_at", Instant()),
)
"""An announcement (no mailbox) or a mailbox' hand-over note. ``version`` counts its texts."""
note_read = Table(
    "note_read",
    metadata,
    Column("note_id", Integer, ForeignKey("note.id"), primary_key=True),
    Column("agent_id", Integer, ForeignKey("agent.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("at", Instant(), nullable=False),
)
"""Who has said that he read a note, and which of its texts."""
chat_line = Table(
    "chat_line",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room", Integer, nullable=False),
    Column("author_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("at", Instant(), nullable=False),
    Column("text", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("withdrawn_at", Instant()),
    Index("ix_chat_line_room", "room", "id"),
)
"""What somebody said in a room: 0 is everybody's, every other a mailbox' number. ``folded`` is what is searched."""
chat_seen = Table(
    "chat_seen",
    metadata,
    Column("agent_id", Integer, ForeignKey("agent.id"), primary_key=True),
    Column("room", Integer, primary_key=True),
    Column("line_id", Integer, nullable=False),
)
"""Up to which line an agent has read a room."""
rules_page = Table(
    "rules_page",
    metadata,
    Column("mailbox_id", Integer, ForeignKey("mailbox.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_by_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("changed_at", Instant(), nullable=False),
)
"""The rules of a mailbox, in markdown."""
