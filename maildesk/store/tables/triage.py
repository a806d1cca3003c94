"""What became one conversation, whose mail is unwanted, and who follows what."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table

from maildesk.store.clock import Instant
from maildesk.store.tables.metadata import metadata

conversation_merge = Table(
    "conversation_merge",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True),
    Column("into_id", Integer, ForeignKey("conversation.id"), nullable=False, index=True),
    Column("by_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("at", Instant(), nullable=False),
)
"""A conversation that was merged into another: its row stays, in the trash and out of every list, so that its events
and replies stay readable and it can be split off again. ``into_id`` is never itself merged."""
blocked = Table(
    "blocked",
    metadata,
    Column("address", String, primary_key=True),
    Column("by_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("at", Instant(), nullable=False),
)
"""A sender whose mail is spam: an address folded for comparison, or a domain with its ``@``."""
follow = Table(
    "follow",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True),
    Column("agent_id", Integer, ForeignKey("agent.id"), primary_key=True, index=True),
    Column("heard", Integer, nullable=False),
)
"""Who wants to hear of a conversation, and the number of the newest event that he has been told of."""
label_look = Table(
    "label_look",
    metadata,
    Column("name", String, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("key", String, nullable=False),
    Column("colour", String, nullable=False),
)
"""How this desk shows a label, in the order of the configuration. Labels need no row here."""
custom_state = Table(
    "custom_state",
    metadata,
    Column("name", String, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("key", String, nullable=False),
    Column("colour", String, nullable=False),
    Column("label_ja", String, nullable=False),
    Column("label_en", String, nullable=False),
    Column("is_open", Boolean, nullable=False),
)
"""The states of this desk's own, in the order of their tabs."""
