"""What colleagues tell each other."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

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
