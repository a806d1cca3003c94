"""What goes into the intake and what comes out, and a conversation while a batch changes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from maildesk.domain.address import Address
from maildesk.domain.conversation import MessageKind
from maildesk.domain.status import Status
from maildesk.domain.trust import Authentication
from maildesk.mail.values import ParsedMail

T = TypeVar("T")
Key = tuple[int, int | None]
_CHUNK = 900
_SNIPPET = 120
NEW_SENDER, SENT = "new-sender", "sent"
"""Marks of a message beside the warnings: its sender was not on the conversation before; it lay in Sent."""


class Result(StrEnum):
    """What became of a mail, as the ledger keeps it."""

    PENDING = "pending"
    MISSING = "missing"
    STORED = "stored"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail whose bytes are stored (``raw_id``). When ``parsed`` is not readable it is kept in quarantine: visible,
    with its source."""

    raw_id: int
    location_id: int | None
    received_at: datetime
    parsed: ParsedMail
    from_sent_folder: bool = False

    @property
    def key(self) -> Key:
        """Which arrival this is: one stored mail may lie in two places."""
        return self.raw_id, self.location_id

    @property
    def surely_sent(self) -> bool:
        """Whether it left from us, if it bears our address: what lies in INBOX under that may be anybody's."""
        return self.from_sent_folder or self.location_id is None


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Where it went. ``message_id`` is the row of the message, for a duplicate that of the first copy."""

    raw_id: int
    result: Result
    conversation_id: int | None
    message_id: int | None


@dataclass(slots=True, eq=False)
class Touched:
    """A conversation in which the batch puts something: an existing one, or one to be made (``id`` 0 until then).

    ``reference`` names it to the rules of threading: its number, or a negative one while it has none.
    """

    id: int
    reference: int
    status: Status
    values: dict[str, Any]
    version_steps: int = 0
    turn_steps: int = 0
    news: bool = False
    answered_between: bool = False
    """An answer was found that is older than its newest mail: since when the customer waits is another question."""
    participants: set[str] = field(default_factory=set)
    written: frozenset[str] = frozenset()
    """Those of the participants that the store has."""
    also_in: set[int] = field(default_factory=set)
    also_written: frozenset[int] = frozenset()
    """Those of the further mailboxes that the store has."""

    def arrived_in(self, mailbox_id: int) -> None:
        """Its mail came in there, too."""
        if mailbox_id != self.values["mailbox_id"]:
            self.also_in.add(mailbox_id)


@dataclass(slots=True, eq=False)
class Decided:
    """A mail and its place."""

    arrived: Arrived
    kind: MessageKind
    customer: Address
    conversation: Touched
    joined_by: str = ""
    authentication: Authentication | None = None
    marks: tuple[str, ...] = ()
    related: Touched | None = None
    related_by: str = ""
    concerns: int | None = None
    """For a report that a mail was not delivered: the outbox item of that mail."""

    @property
    def parsed(self) -> ParsedMail:
        """What it says."""
        return self.arrived.parsed


def chunks(values: Iterable[T], size: int = _CHUNK) -> Iterable[list[T]]:
    """The values in pieces of what one statement takes."""
    items = list(values)
    return (items[i : i + size] for i in range(0, len(items), size))


def snippet_of(parsed: ParsedMail) -> str:
    """The first words of a mail, as lists show them."""
    return " ".join((parsed.reply_text or parsed.text)[:1000].split())[:_SNIPPET]
