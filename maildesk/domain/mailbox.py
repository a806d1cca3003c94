"""A mailbox: one shop's address, where its mail comes from and goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from maildesk.domain.address import Address
from maildesk.domain.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A shop's mailbox. ``short_name`` is what lists show (at most 6 cells)."""

    id: int
    name: str
    short_name: str
    address: str
    aliases: tuple[str, ...] = ()
    folders: tuple[str, ...] = ("INBOX",)
    signature: str = ""
    order_pattern: str = ""
    history_days: int | None = None
    """On the first sync, mail older than this is stored as done; None: everything is new."""
    imap: Endpoint | None = None
    smtp: Endpoint | None = None

    @property
    def identity(self) -> Address:
        """What stands in From."""
        return Address(self.name, self.address)

    @property
    def own_addresses(self) -> frozenset[str]:
        """All addresses of this mailbox, folded for comparison."""
        return frozenset(Address("", a).key() for a in (self.address, *self.aliases))


class Health(StrEnum):
    """How the last look at a folder ended."""

    UNKNOWN = "unknown"
    OK = "ok"
    EMPTY = "empty"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FolderHealth:
    """The state of the sync of one folder, for the header and ``doctor``."""

    mailbox_id: int
    mailbox: str
    folder: str
    health: Health
    checked_at: datetime | None
    error: str = ""
    done: int = 0
    total: int = 0
    """While a first sync runs: messages stored and to be stored."""


@dataclass(frozen=True, slots=True)
class SyncHealth:
    """The state of all mailboxes, and of the outbox."""

    folders: tuple[FolderHealth, ...] = ()
    queued: int = 0
    oldest_queued_at: datetime | None = None
    attention: int = 0
    """Outbox items that need a person: failed or uncertain."""
    workers: int = 0
    """Mailboxes that somebody is syncing now."""
    extra: dict[str, object] = field(default_factory=dict)
