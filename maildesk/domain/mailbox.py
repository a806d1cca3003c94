"""A mailbox: one shop's address, where its mail comes from and goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maildesk.domain.address import Address
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.oauth import OAuthApp
from maildesk.domain.reply_target import REOPENS, ReopenPolicy, ReplyTarget


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
    journal: str = ""
    """An address of ours that gets a copy of everything sent, in the same delivery: its arrival proves it. '': none."""
    oauth: OAuthApp | None = None
    """How its servers are signed in to where they have no password of their own."""
    authserv_id: str = ""
    """Whose ``Authentication-Results`` are believed (RFC 8601): the name by which its own mail server signs them; '':
    nobody's."""
    reply_target: ReplyTarget | None = None
    """Until when customers are to be answered; None: there is no target."""
    reopen: ReopenPolicy = REOPENS
    """What their mail does to a conversation that is done."""
    order_url: str = ""
    """Where an order of this shop is looked up: an address with ``{order}`` in it; '': nowhere."""

    @property
    def identity(self) -> Address:
        """What stands in From."""
        return Address(self.name, self.address)

    @property
    def own_addresses(self) -> frozenset[str]:
        """All addresses of this mailbox, folded for comparison."""
        return frozenset(Address("", a).key() for a in (self.address, *self.aliases))


class Health(StrEnum):
    """How the last look at a folder or a mailbox ended. The last two only mailboxes have: a person must sign in
    again; the server has had enough of us for today."""

    UNKNOWN = "unknown"
    OK = "ok"
    EMPTY = "empty"
    FAILED = "failed"
    LOGIN = "login"
    QUOTA = "quota"

    @property
    def is_trouble(self) -> bool:
        """Whether mail does not come in, or does not leave."""
        return self in (Health.FAILED, Health.LOGIN, Health.QUOTA)


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
class MailboxHealth:
    """How a mailbox stands: what its connections and its folders say, in one word. ``error`` is what is wrong and
    ``hint`` what to do, both for people and '' where nothing is wrong."""

    mailbox_id: int
    mailbox: str
    state: Health
    checked_at: datetime | None
    """The last look that the server answered."""
    age: float | None
    """Seconds since then, by the store's clock."""
    error: str = ""
    hint: str = ""
    retry_at: datetime | None = None
    """When it is tried again, where that is known."""


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
    mailboxes: tuple[MailboxHealth, ...] = ()
    overdue: int = 0
    """Replies that should have left more than five minutes ago."""
    overdue_age: float = 0.0
    """Seconds since the oldest of them should have left."""
    uncertain: int = 0
    failed: int = 0
    held: str = ""
    """Why nothing leaves from this store at all (``restored``, ``rolled-back``); '' where replies leave."""
    held_since: datetime | None = None
    quarantined: int = 0
    """Mails that could not be read, here with their source."""
    unaccounted: int = 0
    """Mails that the last comparison found on a server and not in the store."""
    stubs: int = 0
    """Mails of which the server hands out a stand-in instead of the mail."""
