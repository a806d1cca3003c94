"""What the desk shows of a conversation. All values are frozen; times are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from maildesk.domain.address import Address
from maildesk.domain.claim import ClaimView
from maildesk.domain.letter import Outside
from maildesk.domain.phone import Call
from maildesk.domain.status import Priority, Status, WaitingReason
from maildesk.domain.trust import Authentication


@dataclass(frozen=True, slots=True)
class Customer:
    """The person who wrote. ``addresses`` are all that are known of him."""

    id: int
    name: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """One row of a list."""

    id: int
    status: Status
    subject: str
    customer_name: str
    customer_address: str
    mailbox_id: int
    mailbox_name: str
    shop: str
    """The short name of the shop, at most 6 cells."""
    assignee_id: int | None
    assignee_name: str
    claim: ClaimView | None
    labels: tuple[str, ...]
    priority: Priority
    received_at: datetime
    """When the first message came."""
    last_message_at: datetime
    due_at: datetime | None
    unread: bool
    """Whether there is something that the asking agent has not seen."""
    attachments: int
    messages: int
    version: int
    turn: int
    waiting_reason: WaitingReason | None = None
    waiting_until: datetime | None = None
    automatic: bool = False
    answered: bool = False
    """Whether a reply of ours is on it."""
    bounced: bool = False
    snippet: str = ""
    also_in: tuple[str, ...] = ()
    """The short names of the further shops in whose mailboxes its mail arrived."""
    related: tuple[int, ...] = ()
    """The numbers of conversations that may be the same, in both directions, the oldest first."""
    note: str = ""
    """Why it waits or was closed, in the words of who did it."""
    no_answer: bool = False
    """It was closed because it needs no answer (対応不要)."""
    followed: bool = False
    """The asking agent wants to hear of it."""
    drafted: bool = False
    """The asking agent has an unsent reply to it."""
    outside: Outside = Outside.NOBODY
    """Whether somebody who takes no part in it was asked, and has answered."""
    substate: str = ""
    """The state of the desk's own that it is in, '' for none: ``status`` is then what that state counts as."""
    archived: bool = False
    """It has left the lists (書庫): it was done long ago."""


Key = tuple[Any, ...]
"""Where a row stands in an order of a list, as the store compares it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. ``cursor`` continues it (keyset), None at the end. ``anywhere``: its query says itself in which
    states it looks, so that it is of no tab. ``keys``: where each of the rows stands; a page may follow any of them."""

    rows: tuple[ConversationSummary, ...]
    cursor: str | None
    anywhere: bool = False
    keys: tuple[Key, ...] = ()


class MessageKind(StrEnum):
    """What stands in a conversation's timeline."""

    IN = "in"
    OUT = "out"
    COMMENT = "comment"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message; its bytes are read by (message, index)."""

    index: int
    name: str
    content_type: str
    size: int
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """Another conversation that may be the same.

    ``reason``: stranger (its mail is quoted by somebody who is not on it), authentication (quoted, but the sender is
    not who he says), own-address (quoted under an address of ours that nothing proves), bridge (the mail belongs to
    both) or copy (the mail itself came in there, too, and could not be read here at first).
    """

    conversation_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Message:
    """A mail in or out, a comment (社内コメント) or a phone note."""

    id: int
    kind: MessageKind
    at: datetime
    from_: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    message_id: str = ""
    author: str = ""
    """The agent who wrote it: for comments, and for mails out that were sent from here."""
    attachments: tuple[Attachment, ...] = ()
    automatic: str | None = None
    bounce_of: str | None = None
    """For a bounce: the status and the server's words, in short."""
    quarantined: bool = False
    """Stored as received but not readable; the raw source can be shown."""
    joined_by: str = ""
    """Why it stands in this conversation: in-reply-to, references, alias (a relay had rewritten our id), sent-copy
    (sent from elsewhere, found in Sent), or '' for the first."""
    authentication: Authentication | None = None
    """What our own mail server found out about the sender; None: nothing, or nothing that can be believed."""
    warnings: tuple[str, ...] = ()
    """Marks of :data:`maildesk.domain.trust.WARNINGS`, the gravest first."""
    new_sender: bool = False
    """Who wrote it was not on the conversation before: he answers a mail of ours that somebody passed on."""
    related: Related | None = None
    """The conversation that it may belong to, into which it was not put."""
    call: Call | None = None
    """For a phone note: the number, the times, and whether something is still to be done."""
    about: int | None = None
    """For a comment: the mail that it is about; None: the conversation."""

    @property
    def is_mail(self) -> bool:
        """Whether it came or left as a mail. A note that did is between us and an outsider, never the customer's."""
        return self.kind in (MessageKind.IN, MessageKind.OUT) or self.from_ is not None


@dataclass(frozen=True, slots=True)
class Event:
    """Who did what, when. Written by the store, never changed."""

    at: datetime
    actor: str
    what: str
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with all that is on it, in time order."""

    summary: ConversationSummary
    customer: Customer
    messages: tuple[Message, ...]
    events: tuple[Event, ...]

    @property
    def last_in(self) -> Message | None:
        """The newest mail from outside."""
        return next((m for m in reversed(self.messages) if m.kind is MessageKind.IN), None)

    def exchanged_by(self, message: Message) -> Message | None:
        """What a note was written under: the newest mail of a customer or of us up to ``message``, which may be it."""
        kinds = (MessageKind.IN, MessageKind.OUT)
        upto = self.messages[: self.messages.index(message) + 1] if message in self.messages else ()
        return next((m for m in reversed(upto) if m.kind in kinds), None)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A sender whose mail is spam: an address, or a domain with its ``@``; ``by`` and ``at`` tell who blocked it."""

    address: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What ``who`` did (the word of an event) to a conversation that somebody follows."""

    conversation_id: int
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Left:
    """A conversation that is not in a list any more."""

    id: int
    by_others: bool
    """Whether it was not I who took it out of there."""
    now: ConversationSummary | None
    """How it is now; None where it was merged into another, or where there is none any more."""
    into: int | None = None
    """The conversation into which it was merged."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations stand in each tab, keyed by the tab's name."""

    by_tab: dict[str, int]

    def __getitem__(self, tab: str) -> int:
        return self.by_tab.get(tab, 0)
