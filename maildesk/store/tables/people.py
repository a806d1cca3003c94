"""Who works here, and the mailboxes of the shops with their connections."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text, text

from maildesk.store.clock import Instant
from maildesk.store.tables.metadata import metadata

desk = Table(
    "desk",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("epoch", String, nullable=False),
    Column("min_client", Integer, nullable=False, default=1),
    Column("created_at", Instant(), nullable=False),
    Column("held_at", Instant()),
    Column("held_reason", String, nullable=False, default="", server_default=""),
    Column("orders_below", Integer),
    Column("archive_after", Integer),
    Column("focus_hours", String, nullable=False, default="", server_default=""),
)
"""One row: what the store as a whole is. ``orders_below``: no message below it was searched for order numbers yet;
``archive_after``: after so many months what is done is archived, NULL for never; ``focus_hours``: in which the team
keeps to the mail, as ``10:00-11:30,14:00-15:00``."""
agent = Table(
    "agent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("reading", String, nullable=False, default=""),
    Column("role", String, nullable=False, default="agent"),
    Column("active", Boolean, nullable=False, default=True, server_default=text("true")),
    Column("os_user", String, nullable=False, default=""),
    Column("needs_approval", Boolean, nullable=False, default=False, server_default=text("false")),
)
"""Who works here."""
mailbox = Table(
    "mailbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("short_name", String, nullable=False),
    Column("address", String, nullable=False),
    Column("aliases", JSON, nullable=False, server_default="[]"),
    Column("folders", JSON, nullable=False, server_default="[]"),
    Column("signature", Text, nullable=False, default=""),
    Column("order_pattern", String, nullable=False, default=""),
    Column("history_days", Integer),
    Column("imap", JSON),
    Column("smtp", JSON),
    Column("authserv_id", String, nullable=False, default="", server_default=""),
    Column("journal", String, nullable=False, default="", server_default=""),
    Column("oauth", JSON),
    Column("reply_target", JSON),
    Column("runs_while", String, nullable=False, default="", server_default=""),
    Column("reopen", JSON),
    Column("order_url", String, nullable=False, default="", server_default=""),
    Column("created_at", Instant(), nullable=False),
)
"""A shop's mailbox and where its mail comes from and goes out; no secrets. ``runs_while`` is of the target what a
trigger needs: in which waits the clock runs."""
delivered = Table(
    "delivered",
    metadata,
    Column("mailbox_id", Integer, ForeignKey("mailbox.id"), primary_key=True),
    Column("address", String, primary_key=True),
    Column("n", Integer, nullable=False, default=0),
)
"""How many mails came into a mailbox for an address (``Delivered-To``) that is not among its own: perhaps one is
missing there. ``address`` is folded for comparison."""
mailbox_secret = Table(
    "mailbox_secret",
    metadata,
    Column("mailbox_id", Integer, ForeignKey("mailbox.id"), primary_key=True),
    Column("wire", String, primary_key=True),
    Column("ref", Text, nullable=False),
)
"""Where a worker finds a password: a reference (environment, command, file, keyring), never the password."""
mailbox_token = Table(
    "mailbox_token",
    metadata,
    Column("mailbox_id", Integer, ForeignKey("mailbox.id"), primary_key=True),
    Column("access", Text, nullable=False, default=""),
    Column("refresh", Text, nullable=False, default=""),
    Column("expires_at", Instant()),
    Column("obtained_at", Instant()),
    Column("used_at", Instant()),
    Column("lease_by", String),
    Column("lease_until", Instant()),
    Column("refused", Text, nullable=False, default=""),
)
"""The OAuth2 tokens of a mailbox, refreshed by one worker at a time under a lease. Only workers may read them."""
wire = Table(
    "wire",
    metadata,
    Column("mailbox_id", Integer, ForeignKey("mailbox.id"), primary_key=True),
    Column("wire", String, primary_key=True),
    Column("state", String, nullable=False, default="ok"),
    Column("error", Text, nullable=False, default=""),
    Column("hint", Text, nullable=False, default=""),
    Column("since", Instant()),
    Column("ok_at", Instant()),
    Column("retry_at", Instant()),
    Column("day", String, nullable=False, default=""),
    Column("bytes", BigInteger, nullable=False, default=0),
)
"""How a mailbox's connection stands: in order, refused, out of quota, or to be signed in again by a person."""
seat = Table(
    "seat",
    metadata,
    Column("mailbox_id", Integer, ForeignKey("mailbox.id"), primary_key=True),
    Column("holder", String),
    Column("token", Integer, nullable=False, default=0),
    Column("expires_at", Instant()),
    Column("wanted_at", Instant()),
)
"""Who syncs a mailbox: a lease, so that of all running maildesks one does."""
