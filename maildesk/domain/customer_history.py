"""Everything with one person: mails, telephone calls, comments and what happened, over all his addresses and all shops.

A channel that is added later (orders, surveys) is a kind here and one more source in the store; nothing else of the
history knows kinds apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from maildesk.domain.conversation import Event
from maildesk.domain.phone import Call
from maildesk.domain.related import Link
from maildesk.domain.status import Status


class HistoryKind(StrEnum):
    """What an entry is."""

    IN = "in"
    OUT = "out"
    PHONE = "phone"
    COMMENT = "comment"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry. ``who`` is the sender, the colleague, or who did it; ``text`` the beginning of what was written."""

    kind: HistoryKind
    id: int
    conversation_id: int
    at: datetime
    who: str
    subject: str
    text: str
    mailbox_id: int
    shop: str
    status: Status
    """How its conversation stands now; ``archived``: in no list any more."""
    event: Event | None = None
    call: Call | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which entries: all that is not said is not asked for. ``words`` must all be in the text or the subject."""

    kinds: tuple[HistoryKind, ...] = ()
    mailbox_id: int | None = None
    status: Status | None = None
    words: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything but the kind is asked for."""
        return self.mailbox_id is not None or self.status is not None or bool(self.words.strip())


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A part of a history, the newest first. ``cursor`` continues it (keyset), None at the end. ``counts`` are those of
    all kinds with the same filter, on the first page."""

    entries: tuple[HistoryEntry, ...]
    cursor: str | None
    counts: dict[HistoryKind, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many there are of all kinds."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a conversation: how many entries the history of its customer has in other conversations, the
    last few of these, the orders that it is about, and the other conversations about these."""

    customer_id: int
    name: str
    total: int = 0
    latest: tuple[HistoryEntry, ...] = ()
    phones: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    same_order: tuple[int, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    """Label and value of the fields that say something."""
    links: tuple[Link, ...] = ()
    """The conversations that its mails were linked with, and why."""
