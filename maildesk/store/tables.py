"""The tables. Rules of their layout:

- A conversation's row holds what lists show, so that a list reads one index and no body.
- Mail bodies, raw bytes, comments, outgoing MIME and references to secrets have tables of their own, so that
  PostgreSQL can grant them apart and lists and search never pay for them.
- ``author_id`` and ``actor_id`` are set by the store from the session, never by a caller's value.
- ``event`` is append-only: a trigger refuses to change or delete a row on both databases.
- Instants are seconds (:mod:`maildesk.store.clock`); words of states are those of ``domain``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from maildesk.store.clock import Instant

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Json = dict[str, Any] | list[Any]


def _column_text() -> Any:
    return Field(default="", sa_column_kwargs={"server_default": ""})


def _column_number(kind: Any = Integer) -> Any:
    return Field(default=0, sa_type=kind, sa_column_kwargs={"server_default": text("0")})


def _column_flag() -> Any:
    return Field(default=False, sa_column_kwargs={"server_default": text("false")})


def _json(default: str = "[]") -> Any:
    return Field(sa_column=Column(JSON, nullable=False, server_default=default))


class DeskRow(SQLModel, table=True):
    """One row: what the store as a whole is."""

    __tablename__: ClassVar[Any] = "desk"
    id: int = Field(primary_key=True)
    epoch: str
    min_client: int = 1
    created_at: datetime = Field(sa_type=Instant)
    held_at: datetime | None = Field(default=None, sa_type=Instant)
    held_reason: str = _column_text()


class AgentRow(SQLModel, table=True):
    """Who works here."""

    __tablename__: ClassVar[Any] = "agent"
    id: int = Field(primary_key=True)
    login: str = Field(unique=True)
    name: str
    reading: str = ""
    role: str = "agent"
    active: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    os_user: str = ""
    needs_approval: bool = _column_flag()


class MailboxRow(SQLModel, table=True):
    """A shop's mailbox and where its mail comes from and goes out; no secrets."""

    __tablename__: ClassVar[Any] = "mailbox"
    id: int = Field(primary_key=True)
    name: str = Field(unique=True)
    short_name: str
    address: str
    aliases: Json = _json()
    folders: Json = _json()
    signature: str = Field(default="", sa_type=Text)
    order_pattern: str = ""
    history_days: int | None = None
    imap: Json | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    smtp: Json | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    authserv_id: str = _column_text()
    journal: str = _column_text()
    oauth: Json | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    created_at: datetime = Field(sa_type=Instant)


class DeliveredRow(SQLModel, table=True):
    """How many mails came into a mailbox for an address (``Delivered-To``) that is not among its own: perhaps one is
    missing there. ``address`` is folded for comparison."""

    __tablename__: ClassVar[Any] = "delivered"
    mailbox_id: int = Field(primary_key=True, foreign_key="mailbox.id")
    address: str = Field(primary_key=True)
    n: int = 0


class MailboxSecretRow(SQLModel, table=True):
    """Where a worker finds a password: a reference (environment, command, file, keyring), never the password."""

    __tablename__: ClassVar[Any] = "mailbox_secret"
    mailbox_id: int = Field(primary_key=True, foreign_key="mailbox.id")
    wire: str = Field(primary_key=True)
    ref: str = Field(sa_type=Text)


class MailboxTokenRow(SQLModel, table=True):
    """The OAuth2 tokens of a mailbox, refreshed by one worker at a time under a lease. Only workers may read them."""

    __tablename__: ClassVar[Any] = "mailbox_token"
    mailbox_id: int = Field(primary_key=True, foreign_key="mailbox.id")
    access: str = Field(default="", sa_type=Text)
    refresh: str = Field(default="", sa_type=Text)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    obtained_at: datetime | None = Field(default=None, sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)
    lease_by: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    refused: str = Field(default="", sa_type=Text)


class WireRow(SQLModel, table=True):
    """How a mailbox's connection stands: in order, refused, out of quota, or to be signed in again by a person."""

    __tablename__: ClassVar[Any] = "wire"
    mailbox_id: int = Field(primary_key=True, foreign_key="mailbox.id")
    wire: str = Field(primary_key=True)
    state: str = "ok"
    error: str = Field(default="", sa_type=Text)
    hint: str = Field(default="", sa_type=Text)
    since: datetime | None = Field(default=None, sa_type=Instant)
    ok_at: datetime | None = Field(default=None, sa_type=Instant)
    retry_at: datetime | None = Field(default=None, sa_type=Instant)
    day: str = ""
    bytes: int = Field(default=0, sa_type=BigInteger)


class SeatRow(SQLModel, table=True):
    """Who syncs a mailbox: a lease, so that of all running maildesks one does."""

    __tablename__: ClassVar[Any] = "seat"
    mailbox_id: int = Field(primary_key=True, foreign_key="mailbox.id")
    holder: str | None = None
    token: int = 0
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    wanted_at: datetime | None = Field(default=None, sa_type=Instant)


class FolderRow(SQLModel, table=True):
    """A remote folder and how far it has been read."""

    __tablename__: ClassVar[Any] = "folder"
    __table_args__: ClassVar[Any] = (UniqueConstraint("mailbox_id", "name"),)
    id: int = Field(primary_key=True)
    mailbox_id: int = Field(foreign_key="mailbox.id")
    name: str
    role: str = "inbox"
    uidvalidity: int | None = Field(default=None, sa_type=BigInteger)
    last_uid: int = Field(default=0, sa_type=BigInteger)
    modseq: int | None = Field(default=None, sa_type=BigInteger)
    health: str = "unknown"
    error: str = Field(default="", sa_type=Text)
    checked_at: datetime | None = Field(default=None, sa_type=Instant)
    done: int = 0
    total: int = 0
    reconciled_at: datetime | None = Field(default=None, sa_type=Instant)
    unaccounted: int = _column_number()


class RawRow(SQLModel, table=True):
    """A mail as received, kept always, stored before anything reads it."""

    __tablename__: ClassVar[Any] = "raw"
    id: int = Field(primary_key=True)
    size: int
    attempts: int = 0
    data: bytes = Field(sa_type=LargeBinary)
    sha256: str = Field(default="", index=True, sa_column_kwargs={"server_default": ""})


class RawPartRow(SQLModel, table=True):
    """A piece of a mail that is too large for one value: ``raw.data`` is empty then, and the parts are its bytes."""

    __tablename__: ClassVar[Any] = "raw_part"
    raw_id: int = Field(primary_key=True, foreign_key="raw.id")
    n: int = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)


class LocationRow(SQLModel, table=True):
    """The ledger: every UID seen on a server and what became of it."""

    __tablename__: ClassVar[Any] = "location"
    __table_args__: ClassVar[Any] = (
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
    id: int = Field(primary_key=True)
    folder_id: int = Field(foreign_key="folder.id")
    uidvalidity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    raw_id: int | None = Field(default=None, foreign_key="raw.id", index=True)
    message_id: int | None = Field(default=None, foreign_key="message.id", index=True)
    result: str
    received_at: datetime | None = Field(default=None, sa_type=Instant)
    gone_at: datetime | None = Field(default=None, sa_type=Instant)
    tries: int = _column_number()
    retry_at: datetime | None = Field(default=None, sa_type=Instant)
    gm_msgid: int | None = Field(default=None, sa_type=BigInteger, index=True)


class CustomerRow(SQLModel, table=True):
    """A person who writes to us."""

    __tablename__: ClassVar[Any] = "customer"
    id: int = Field(primary_key=True)
    name: str = ""
    reading: str = ""
    created_at: datetime = Field(sa_type=Instant)


class CustomerAddressRow(SQLModel, table=True):
    """One address of a customer; ``address`` is folded for comparison."""

    __tablename__: ClassVar[Any] = "customer_address"
    address: str = Field(primary_key=True)
    customer_id: int = Field(foreign_key="customer.id", index=True)


class ConversationRow(SQLModel, table=True):
    """A conversation with one customer in one mailbox. Its number is its id."""

    __tablename__: ClassVar[Any] = "conversation"
    __table_args__: ClassVar[Any] = (
        Index("ix_conversation_status_newest", "status", "last_message_at", "id"),
        Index("ix_conversation_newest", "last_message_at", "id"),
        Index("ix_conversation_status_priority", "status", "priority", "last_message_at", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int = Field(primary_key=True)
    mailbox_id: int = Field(foreign_key="mailbox.id")
    customer_id: int = Field(foreign_key="customer.id", index=True)
    customer_name: str = ""
    customer_address: str = ""
    subject: str = ""
    status: str
    waiting_reason: str | None = None
    waiting_until: datetime | None = Field(default=None, sa_type=Instant)
    assignee_id: int | None = Field(default=None, foreign_key="agent.id")
    priority: int = 0
    version: int = 1
    turn: int = 0
    news_version: int = 1
    received_at: datetime = Field(sa_type=Instant)
    last_message_at: datetime = Field(sa_type=Instant)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    messages: int = 0
    attachments: int = 0
    automatic: bool = False
    answered: bool = False
    bounced: bool = False
    snippet: str = ""


class CounterRow(SQLModel, table=True):
    """How many conversations stand in each state, kept by triggers: ``n`` in their own mailbox, ``also`` in a further
    one (``also_in``), so that the sum of ``n`` counts each once."""

    __tablename__: ClassVar[Any] = "counter"
    mailbox_id: int = Field(primary_key=True)
    status: str = Field(primary_key=True)
    n: int = 0
    also: int = _column_number()


class ClaimRow(SQLModel, table=True):
    """The claim of a conversation: one row each, made with it, so that taking it is always an UPDATE."""

    __tablename__: ClassVar[Any] = "claim"
    __table_args__: ClassVar[Any] = (
        Index(
            "ix_claim_live",
            "expires_at",
            sqlite_where=text("owner_id IS NOT NULL"),
            postgresql_where=text("owner_id IS NOT NULL"),
        ),
    )
    conversation_id: int = Field(primary_key=True, foreign_key="conversation.id")
    owner_id: int | None = Field(default=None, foreign_key="agent.id")
    session: str | None = None
    token: int = 0
    taken_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    last_key_at: datetime | None = Field(default=None, sa_type=Instant)
    forced_from: int | None = Field(default=None, foreign_key="agent.id")
    forced_reason: str = ""


class ParticipantRow(SQLModel, table=True):
    """Who wrote in a conversation, and to whom we wrote from elsewhere; not who was only named in Cc. ``address`` is
    folded for comparison."""

    __tablename__: ClassVar[Any] = "participant"
    conversation_id: int = Field(primary_key=True, foreign_key="conversation.id")
    address: str = Field(primary_key=True)


class AlsoInRow(SQLModel, table=True):
    """A further mailbox in which a conversation's mail arrived: one mail to two of our addresses is one conversation,
    listed in both."""

    __tablename__: ClassVar[Any] = "also_in"
    conversation_id: int = Field(primary_key=True, foreign_key="conversation.id")
    mailbox_id: int = Field(primary_key=True, foreign_key="mailbox.id")


class MessageRow(SQLModel, table=True):
    """A mail, in or out: its headers. Bodies lie in ``message_body``, bytes in ``raw``."""

    __tablename__: ClassVar[Any] = "message"
    __table_args__: ClassVar[Any] = (
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
            "ix_message_relates",
            "conversation_id",
            "related_id",
            sqlite_where=text("related_id IS NOT NULL"),
            postgresql_where=text("related_id IS NOT NULL"),
        ),
        Index(
            "ix_message_related",
            "related_id",
            "conversation_id",
            sqlite_where=text("related_id IS NOT NULL"),
            postgresql_where=text("related_id IS NOT NULL"),
        ),
    )
    id: int = Field(primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id")
    mailbox_id: int = Field(foreign_key="mailbox.id")
    kind: str
    raw_id: int | None = Field(default=None, foreign_key="raw.id")
    outbox_id: int | None = Field(default=None, index=True)
    author_id: int | None = Field(default=None, foreign_key="agent.id")
    at: datetime = Field(sa_type=Instant)
    header_date: datetime | None = Field(default=None, sa_type=Instant)
    from_name: str = ""
    from_address: str = ""
    to: Json = _json()
    cc: Json = _json()
    reply_to: Json = _json()
    subject: str = Field(default="", sa_type=Text)
    message_id: str = Field(default="", index=True)
    in_reply_to: str = Field(default="", sa_type=Text)
    refs: Json = _json()
    automatic: str | None = None
    bounce: Json | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    quarantined: bool = False
    joined_by: str = ""
    content_key: str = ""
    files: Json = _json()
    authentication: Json | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    related_id: int | None = None
    related_by: str = _column_text()
    marks: Json = _json()


class MessageBodyRow(SQLModel, table=True):
    """The readable text of a mail, and the folded text that search looks into."""

    __tablename__: ClassVar[Any] = "message_body"
    message_id: int = Field(primary_key=True, foreign_key="message.id")
    text: str = Field(default="", sa_type=Text)
    folded: str = Field(default="", sa_type=Text)


class ContentRow(SQLModel, table=True):
    """Which message a mail's content is: the guard that two workers who bring in the same mail make one message. The
    row is inserted before the message is; ``message_id`` is NULL only inside the transaction that does both."""

    __tablename__: ClassVar[Any] = "content"
    content_key: str = Field(primary_key=True)
    message_id: int | None = Field(default=None, foreign_key="message.id", index=True)


class AliasRow(SQLModel, table=True):
    """A Message-ID under which a mail of ours travels since a relay rewrote it."""

    __tablename__: ClassVar[Any] = "alias"
    message_id: str = Field(primary_key=True)
    outbox_id: int = Field(foreign_key="outbox.id", index=True)
    source: str = ""


class MissingParentRow(SQLModel, table=True):
    """A Message-ID that a stored mail refers to and that has not come yet: when it comes, it joins."""

    __tablename__: ClassVar[Any] = "missing_parent"
    message_id: str = Field(primary_key=True)
    conversation_id: int = Field(primary_key=True, foreign_key="conversation.id")


class CommentRow(SQLModel, table=True):
    """社内コメント and phone notes. A table of its own, which nothing that sends can read."""

    __tablename__: ClassVar[Any] = "comment"
    id: int = Field(primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id", index=True)
    message_id: int | None = Field(default=None, foreign_key="message.id")
    kind: str = "comment"
    author_id: int = Field(foreign_key="agent.id")
    at: datetime = Field(sa_type=Instant)
    text: str = Field(sa_type=Text)


class SeenRow(SQLModel, table=True):
    """Up to which version an agent has seen a conversation."""

    __tablename__: ClassVar[Any] = "seen"
    agent_id: int = Field(primary_key=True, foreign_key="agent.id")
    conversation_id: int = Field(primary_key=True, foreign_key="conversation.id")
    version: int


class PresenceRow(SQLModel, table=True):
    """Which conversation a session has open (閲覧中): shown, never a lock."""

    __tablename__: ClassVar[Any] = "presence"
    session: str = Field(primary_key=True)
    agent_id: int = Field(foreign_key="agent.id")
    conversation_id: int = Field(foreign_key="conversation.id", index=True)
    seen_at: datetime = Field(sa_type=Instant)


class LabelRow(SQLModel, table=True):
    """A label on a conversation."""

    __tablename__: ClassVar[Any] = "label"
    conversation_id: int = Field(primary_key=True, foreign_key="conversation.id")
    name: str = Field(primary_key=True, index=True)


class DraftRow(SQLModel, table=True):
    """An unsent reply: one per conversation and agent."""

    __tablename__: ClassVar[Any] = "draft"
    __table_args__: ClassVar[Any] = (UniqueConstraint("conversation_id", "author_id"),)
    id: int = Field(primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id")
    author_id: int = Field(foreign_key="agent.id")
    to: Json = _json()
    cc: Json = _json()
    subject: str = Field(default="", sa_type=Text)
    body: str = Field(default="", sa_type=Text)
    cursor_line: int = 0
    cursor_column: int = 0
    template_id: int | None = Field(default=None, foreign_key="template.id")
    template_version: int | None = None
    in_reply_to: int | None = Field(default=None, foreign_key="message.id")
    saved_at: datetime = Field(sa_type=Instant)
    stopped: str = _column_text()
    stopped_at: datetime | None = Field(default=None, sa_type=Instant)
    stopped_detail: Json = _json("{}")
    discarded_at: datetime | None = Field(default=None, sa_type=Instant)


class FileRow(SQLModel, table=True):
    """A file attached to a draft or to an outbox item."""

    __tablename__: ClassVar[Any] = "file"
    id: int = Field(primary_key=True)
    draft_id: int | None = Field(default=None, foreign_key="draft.id", index=True)
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", index=True)
    name: str
    content_type: str
    size: int
    data: bytes = Field(sa_type=LargeBinary)


class OutboxRow(SQLModel, table=True):
    """A reply on its way out. ``one_answer`` is the guarantee that no turn of a customer gets two replies."""

    __tablename__: ClassVar[Any] = "outbox"
    __table_args__: ClassVar[Any] = (
        Index(
            "one_answer",
            "conversation_id",
            "turn",
            "kind",
            "seq",
            unique=True,
            sqlite_where=text("state NOT IN ('cancelled', 'failed')"),
            postgresql_where=text("state NOT IN ('cancelled', 'failed')"),
        ),
        Index("ix_outbox_state", "state", "not_before", "id"),
    )
    id: int = Field(primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id")
    mailbox_id: int = Field(foreign_key="mailbox.id")
    turn: int
    kind: str = "reply"
    seq: int = 0
    author_id: int = Field(foreign_key="agent.id")
    request_id: str = Field(unique=True)
    token: int
    message_id: str = Field(unique=True)
    epoch: str
    state: str
    attempt: int = 0
    not_before: datetime = Field(sa_type=Instant)
    lease_by: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    committing_at: datetime | None = Field(default=None, sa_type=Instant)
    queued_at: datetime = Field(sa_type=Instant)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    filed_at: datetime | None = Field(default=None, sa_type=Instant)
    filed_by: str = _column_text()
    filing_tries: int = 0
    filing_after: datetime | None = Field(default=None, sa_type=Instant)
    last_reply: str = Field(default="", sa_type=Text)
    reply_key: str = _column_text()
    """What went wrong, as the key of a text; ``last_reply`` has it in the language of whoever sent."""
    reply_values: Json = _json("{}")
    refused: Json = _json()
    from_name: str
    from_address: str
    to: Json = _json()
    cc: Json = _json()
    subject: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    in_reply_to: str = Field(default="", sa_type=Text)
    refs: Json = _json()
    answers: int | None = Field(default=None, foreign_key="message.id")
    template_id: int | None = Field(default=None, foreign_key="template.id")
    template_version: int | None = None
    before_status: str = "new"
    before_reason: str | None = None
    cursor_line: int = 0
    cursor_column: int = 0
    scheduled: bool = _column_flag()
    approval: bool = _column_flag()
    after_status: str = _column_text()
    after_reason: str | None = None
    held_reason: str = _column_text()
    held_detail: Json = _json("{}")
    approved_by: int | None = None
    approved_at: datetime | None = Field(default=None, sa_type=Instant)
    approved_sha256: str = _column_text()
    evidence: Json = _json()
    evidence_tries: int = _column_number()
    evidence_after: datetime | None = Field(default=None, sa_type=Instant)
    bounced: bool = _column_flag()


class OutboxMimeRow(SQLModel, table=True):
    """The bytes that a worker built once for an outbox item, and their SHA-256."""

    __tablename__: ClassVar[Any] = "outbox_mime"
    outbox_id: int = Field(primary_key=True, foreign_key="outbox.id")
    sha256: str
    data: bytes = Field(sa_type=LargeBinary)


class TemplateRow(SQLModel, table=True):
    """A reply template, shared by all."""

    __tablename__: ClassVar[Any] = "template"
    id: int = Field(primary_key=True)
    name: str = Field(unique=True)
    category: str = ""
    reading: str = ""
    subject: str = Field(default="", sa_type=Text)
    body: str = Field(sa_type=Text)
    keywords: Json = _json()
    version: int = 1
    updated_at: datetime = Field(sa_type=Instant)
    updated_by: int | None = Field(default=None, foreign_key="agent.id")
    used: int = 0


class TemplateVersionRow(SQLModel, table=True):
    """Every text that a template ever had."""

    __tablename__: ClassVar[Any] = "template_version"
    template_id: int = Field(primary_key=True, foreign_key="template.id")
    version: int = Field(primary_key=True)
    subject: str = Field(default="", sa_type=Text)
    body: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=Instant)
    updated_by: int | None = Field(default=None, foreign_key="agent.id")


class WatchRow(SQLModel, table=True):
    """Who wants to be told when a conversation's claim is free."""

    __tablename__: ClassVar[Any] = "watch"
    conversation_id: int = Field(primary_key=True, foreign_key="conversation.id")
    agent_id: int = Field(primary_key=True, foreign_key="agent.id")


class EventRow(SQLModel, table=True):
    """Who did what, when. Append-only."""

    __tablename__: ClassVar[Any] = "event"
    __table_args__: ClassVar[Any] = (Index("ix_event_conversation", "conversation_id", "id"),)
    id: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    conversation_id: int | None = Field(default=None, foreign_key="conversation.id")
    outbox_id: int | None = Field(default=None, index=True)
    actor_id: int | None = Field(default=None, foreign_key="agent.id")
    actor: str
    what: str
    detail: Json = _json("{}")


def _table(row: type[SQLModel]) -> Table:
    found = SQLModel.metadata.tables[getattr(row, "__tablename__")]  # noqa: B009 - mypy does not see it on the class
    assert isinstance(found, Table)
    return found


desk = _table(DeskRow)
agent = _table(AgentRow)
mailbox = _table(MailboxRow)
delivered = _table(DeliveredRow)
mailbox_secret = _table(MailboxSecretRow)
mailbox_token = _table(MailboxTokenRow)
wire = _table(WireRow)
seat = _table(SeatRow)
folder = _table(FolderRow)
raw = _table(RawRow)
raw_part = _table(RawPartRow)
location = _table(LocationRow)
customer = _table(CustomerRow)
customer_address = _table(CustomerAddressRow)
conversation = _table(ConversationRow)
counter = _table(CounterRow)
claim = _table(ClaimRow)
participant = _table(ParticipantRow)
also_in = _table(AlsoInRow)
message = _table(MessageRow)
message_body = _table(MessageBodyRow)
content = _table(ContentRow)
alias = _table(AliasRow)
missing_parent = _table(MissingParentRow)
comment = _table(CommentRow)
seen = _table(SeenRow)
presence = _table(PresenceRow)
label = _table(LabelRow)
draft = _table(DraftRow)
file = _table(FileRow)
outbox = _table(OutboxRow)
outbox_mime = _table(OutboxMimeRow)
template = _table(TemplateRow)
template_version = _table(TemplateVersionRow)
watch = _table(WatchRow)
event = _table(EventRow)
metadata = SQLModel.metadata
