"""What is known of customers beside their mail: by what they are known, who is the same person, fields of the desk's
own, what was said on the telephone, and the orders that conversations are about."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text

from maildesk.store.clock import Instant
from maildesk.store.tables.metadata import metadata

identity = Table(
    "identity",
    metadata,
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("customer_id", Integer, ForeignKey("customer.id"), nullable=False, index=True),
    Column("shown", String, nullable=False, default="", server_default=""),
    Column("tail", String, nullable=False, default="", server_default=""),
    Column("source", String, nullable=False, default="", server_default=""),
    Column("added_by_id", Integer, ForeignKey("agent.id")),
    Column("added_at", Instant(), nullable=False),
    Index("ix_identity_tail", "kind", "tail"),
)
"""By what else than a mail address a customer is known: ``value`` is folded for comparison (a telephone number as
``+8190…``), ``shown`` as somebody wrote it, ``tail`` a number read from its end."""
customer_merge = Table(
    "customer_merge",
    metadata,
    Column("customer_id", Integer, ForeignKey("customer.id"), primary_key=True),
    Column("into_id", Integer, ForeignKey("customer.id"), nullable=False, index=True),
    Column("by_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("at", Instant(), nullable=False),
)
"""Customers who are one person: nothing of the one merged is moved, so that taking the row away gives back exactly what
was. Nobody is merged twice, and who is merged into somebody who is merged belongs to that one."""
customer_field = Table(
    "customer_field",
    metadata,
    Column("name", String, primary_key=True),
    Column("label", String, nullable=False),
    Column("type", String, nullable=False),
    Column("choices", JSON, nullable=False, server_default="[]"),
    Column("place", Integer, nullable=False),
)
"""A field that this desk keeps of its customers."""
customer_value = Table(
    "customer_value",
    metadata,
    Column("customer_id", Integer, ForeignKey("customer.id"), primary_key=True),
    Column("field", String, ForeignKey("customer_field.name"), primary_key=True),
    Column("value", Text, nullable=False),
    Column("changed_by_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("changed_at", Instant(), nullable=False),
)
"""What such a field says of a customer: a date as ``2026-11-21``, a number in plain digits."""
phone_call = Table(
    "phone_call",
    metadata,
    Column("comment_id", Integer, ForeignKey("comment.id"), primary_key=True),
    Column("number", String, nullable=False, default="", server_default=""),
    Column("started_at", Instant()),
    Column("ended_at", Instant()),
    Column("state", String, nullable=False),
    Column("state_by_id", Integer, ForeignKey("agent.id"), nullable=False),
    Column("state_at", Instant(), nullable=False),
)
"""What a phone note has beside its text: the number, from when to when, and whether something is still to be done."""
order_ref = Table(
    "order_ref",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversation.id"), primary_key=True),
    Column("number", String, primary_key=True, index=True),
    Column("shown", String, nullable=False, default="", server_default=""),
)
"""An order that a conversation is about; ``number`` is folded for comparison, ``shown`` as it was written."""
