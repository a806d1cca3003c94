"""Writing a reply: the draft, and what submitting it can come to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from maildesk.domain.address import Address
from maildesk.domain.conversation import Message
from maildesk.domain.outbox import OutboxItem
from maildesk.domain.status import Status, WaitingReason

MAX_ATTACHMENTS = 20 << 20
"""Bytes of files on one mail; most servers take no more than 25 MB, and base64 adds a third."""


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file attached to a draft; ``id`` is 0 before it is in the store."""

    name: str
    content_type: str
    size: int
    id: int = 0


class StopReason(StrEnum):
    """Why a finished reply did not leave, or does not go on."""

    LOST_CLAIM = "lost-claim"
    STALE_VIEW = "stale-view"
    ALREADY_ANSWERED = "already-answered"
    NEW_MAIL = "new-mail"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Stop:
    """What stopped a reply: ``who`` (a colleague, or the customer) did it, ``when`` (the store's clock), and ``why`` in
    his own words where he gave any."""

    reason: StopReason
    at: datetime
    who: str = ""
    when: datetime | None = None
    why: str = ""


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
    stop: Stop | None = None
    """What stopped it, until it is sent, edited under a claim, or discarded."""


def put_in(draft: Draft, text: str) -> Draft:
    """``text`` at the draft's cursor, before signature and quote; the cursor stands behind it."""
    lines = draft.body.split("\n")
    at = min(draft.cursor[0], len(lines))
    new = text.strip("\n").split("\n")
    return replace(draft, body="\n".join([*lines[:at], *new, *lines[at:]]), cursor=(at + len(new), 0))


@dataclass(frozen=True, slots=True)
class ColleaguesDraft:
    """A draft of somebody else, to read. ``live``: its author holds the claim and may be typing."""

    author_id: int
    author: str
    live: bool
    draft: Draft


@dataclass(frozen=True, slots=True)
class StoppedReply:
    """A line of the tray of stopped replies: a draft (``outbox_id`` None), or an outbox item that waits for its author
    (new mail came) or was given back to him."""

    conversation_id: int
    outbox_id: int | None
    author_id: int
    author: str
    stop: Stop
    customer_name: str
    subject: str
    text: str
    files: tuple[DraftFile, ...] = ()
    version: int = 0
    """The conversation's version now: send it with this one when what is new was shown."""


@dataclass(frozen=True, slots=True)
class ReplyText:
    """All that a customer would get of an outbox item, and the SHA-256 of it that an approval names."""

    item: OutboxItem
    from_: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    body: str
    files: tuple[DraftFile, ...]
    sha256: str


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
    """The reply is in the outbox and leaves at ``not_before``; when it is ``held``, only after it was approved."""

    outbox_id: int
    message_id: str
    not_before: datetime
    held: bool = False


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
