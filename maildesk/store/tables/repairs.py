"""Charsets that people chose for mails whose own were wrong."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, text

from maildesk.store.clock import Instant
from maildesk.store.tables.metadata import metadata

repair = Table(
    "repair",
    metadata,
    Column("message_id", Integer, ForeignKey("message.id"), primary_key=True),
    Column("charset", String, nullable=False),
    Column("done", Boolean, nullable=False, server_default=text("false")),
    Column("chosen_by_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("chosen_at", Instant(), nullable=False),
)
"""The charset in which somebody wants a mail read ('': in its own again), and whether it was. An agent writes the wish,
whoever syncs reads the mail again."""
