"""Writing a reply: the draft, and what submitting it can come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from maildesk.domain.address import Address
from maildesk.domain.conversation import Message
from maildesk.domain.status import Status, WaitingReason


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file attached to a draft; ``id`` is 0 before it is in the store."""

    name: str
    content_type: str
    size: int
    id: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """An unsent reply. One per conversation and agent; survives everything (``protocol.md`` 1.7)."""

    conversation_id: int
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    body: str
    cursor: tuple[int, int] = (0, 0)
    """Line and column of the cursor, from 0."""
    template_id: int | None = None
    template_version: int | None = None
    in_reply_to: int | None = None
    """The id of the message that is answered."""
    files: tuple[DraftFile, ...] = ()
    id: int = 0
    author_id: int = 0
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """A line of the drafts list."""

    id: int
    conversation_id: int
    subject: str
    customer_name: str
    first_line: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class AfterSend:
    """The state that the conversation gets when the reply is queued."""

    status: Status = Status.DONE
    waiting_reason: WaitingReason | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """The reply is in the outbox and leaves at ``not_before``."""

    outbox_id: int
    message_id: str
    not_before: datetime


@dataclass(frozen=True, slots=True)
class AlreadyQueued:
    """The same request was queued before (a repeated call): nothing was added."""

    outbox_id: int
    message_id: str


@dataclass(frozen=True, slots=True)
class StaleView:
    """Something that a replier must see came in since; nothing was queued."""

    version: int
    newer: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class AlreadyAnswered:
    """This turn of the customer has an answer already; nothing was queued. A second mail is a follow-up."""

    by: str
    at: datetime
    outbox_id: int


@dataclass(frozen=True, slots=True)
class Recalled:
    """The reply was taken back before it left; the draft is there again."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class TooLate:
    """It cannot be taken back: it is being sent or was sent."""

    state: str
