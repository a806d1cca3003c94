"""Mails that answer nobody: forwards, questions to outsiders, and the first mail of a conversation."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from maildesk.store.tables.metadata import metadata

letter = Table(
    "letter",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True, autoincrement=False),
    Column("author_id", Integer, ForeignKey("agent.id"), nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("of_id", Integer, ForeignKey("conversation.id")),
    Column("message_id", Integer, ForeignKey("message.id")),
)
"""What a conversation is for that was made to hold a draft. A new mail's becomes the customer's when it is sent. A
forward's stays in the trash, empty: the mail leaves on ``of_id``, and ``message_id`` is what it passes on."""
