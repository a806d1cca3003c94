"""The outbox: the states of a reply on its way out, and which step may follow which.

::

    queued ──pick──▶ sending ──mark──▶ committing ──250──▶ sent
      ▲                │  ▲                │ 4xx ──▶ queued
      │◀────reap───────┘  │                │ 5xx ──▶ failed
      │                   └── mark refused │ no answer, reaped ──▶ uncertain ──a person──▶ sent | queued | cancelled
      ├─cancel──▶ cancelled
      └──hold────▶ held ──approve | release──▶ queued

``held`` waits for a person before anything is sent: for approval, or because the customer wrote again before a
scheduled reply left. ``doubt`` is what a restored or failed-over store does to everything that may have left since
its state was saved: *uncertain*, until evidence or a person decides.

Evidence that a server took the mail (a copy, a reply or a report that quotes its random Message-ID) is *accepted* in
every state that could still send it: whatever waits for another attempt would be a second delivery.

``committing`` is written before the final dot. From there no step leads back to ``queued`` by itself but a 4xx seen
by the same attempt: after the dot a lost answer is *uncertain* and never sent again without a person (RFC 1047).
The model test walks exactly this table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from maildesk.domain.address import Address
from maildesk.domain.threading import is_message_id

SEND_LEASE = timedelta(minutes=2)
ANSWER_TIMEOUT = timedelta(minutes=10)
"""How long to wait for the answer to the final dot (RFC 5321 4.5.3.2.6)."""
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
RESEND_AFTER = timedelta(minutes=15)
"""A person may resend an uncertain item no earlier than this after ``committing``: a paused worker may still wake."""
PARTIAL_FROM = 3
"""From this attempt on a mail goes to those recipients whom the server takes, when it puts others off (4xx)."""
OVERDUE = timedelta(minutes=5)
"""A reply that should have left so long ago is shown as stuck."""
EVIDENCE_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""When to look for the copy of an uncertain mail, counted from the moment it became uncertain."""
SENT_SETTLES = timedelta(seconds=10)
"""So long a server that files copies by itself is given before its Sent folder is looked at."""
SELF_TEST = 3
"""After so many copies that were missing and had to be filed by us, a server is known not to file them."""

SHORTEST_TOKEN = 23
"""Characters of a bare word that can be the left side of a Message-ID: queue numbers are shorter."""

_BRACKETED = re.compile(r"<[^<>\s]{3,400}>")
_TOKEN = re.compile(rf"(?:^|[\s=:<])([0-9A-Za-z][0-9A-Za-z._-]{{{SHORTEST_TOKEN - 1},199}})(?=$|[\s,;)>])")


class OutboxState(StrEnum):
    """Where a reply is on its way."""

    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    COMMITTING = "committing"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"

    @property
    def needs_a_person(self) -> bool:
        """Whether it stays on screen until somebody acts."""
        return self in (OutboxState.FAILED, OutboxState.UNCERTAIN)


class HeldReason(StrEnum):
    """Why an item is held; ``returned`` stays on a cancelled one until its author takes it up or throws it away."""

    APPROVAL = "approval"
    NEW_MAIL = "new-mail"
    RETURNED = "returned"


class Step(StrEnum):
    """What can happen to an outbox item."""

    PICK = "pick"
    MARK = "mark"
    ACCEPTED = "accepted"
    TRY_LATER = "try-later"
    REFUSED = "refused"
    NO_ANSWER = "no-answer"
    REAP = "reap"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    RESEND = "resend"
    HOLD = "hold"
    APPROVE = "approve"
    RELEASE = "release"
    DOUBT = "doubt"


class EvidenceKind(StrEnum):
    """What shows that a mail was accepted: its copy in Sent, its copy at the journal address, a reply or a delivery
    report that quotes its Message-ID, or the server's own answer that came late."""

    SENT_COPY = "sent-copy"
    JOURNAL = "journal"
    REPLY = "reply"
    DSN = "dsn"
    ANSWER = "answer"


class Filer(StrEnum):
    """Who files copies in a mailbox's Sent folder, as far as that is known from the copies of mails sent before."""

    UNKNOWN = ""
    SERVER = "server"
    MAILDESK = "maildesk"


TRANSITIONS: dict[tuple[OutboxState, Step], OutboxState] = {
    (OutboxState.HELD, Step.APPROVE): OutboxState.QUEUED,
    (OutboxState.HELD, Step.RELEASE): OutboxState.QUEUED,
    (OutboxState.HELD, Step.CANCEL): OutboxState.CANCELLED,
    (OutboxState.QUEUED, Step.HOLD): OutboxState.HELD,
    (OutboxState.HELD, Step.DOUBT): OutboxState.UNCERTAIN,
    (OutboxState.QUEUED, Step.DOUBT): OutboxState.UNCERTAIN,
    (OutboxState.SENDING, Step.DOUBT): OutboxState.UNCERTAIN,
    (OutboxState.COMMITTING, Step.DOUBT): OutboxState.UNCERTAIN,
    (OutboxState.QUEUED, Step.PICK): OutboxState.SENDING,
    (OutboxState.QUEUED, Step.CANCEL): OutboxState.CANCELLED,
    (OutboxState.SENDING, Step.MARK): OutboxState.COMMITTING,
    (OutboxState.SENDING, Step.TRY_LATER): OutboxState.QUEUED,
    (OutboxState.SENDING, Step.REFUSED): OutboxState.FAILED,
    (OutboxState.SENDING, Step.REAP): OutboxState.QUEUED,
    (OutboxState.HELD, Step.ACCEPTED): OutboxState.SENT,
    (OutboxState.QUEUED, Step.ACCEPTED): OutboxState.SENT,
    (OutboxState.SENDING, Step.ACCEPTED): OutboxState.SENT,
    (OutboxState.COMMITTING, Step.ACCEPTED): OutboxState.SENT,
    (OutboxState.COMMITTING, Step.TRY_LATER): OutboxState.QUEUED,
    (OutboxState.COMMITTING, Step.REFUSED): OutboxState.FAILED,
    (OutboxState.COMMITTING, Step.NO_ANSWER): OutboxState.UNCERTAIN,
    (OutboxState.COMMITTING, Step.REAP): OutboxState.UNCERTAIN,
    (OutboxState.UNCERTAIN, Step.ACCEPTED): OutboxState.SENT,
    (OutboxState.UNCERTAIN, Step.CONFIRM): OutboxState.SENT,
    (OutboxState.UNCERTAIN, Step.RESEND): OutboxState.QUEUED,
    (OutboxState.UNCERTAIN, Step.CANCEL): OutboxState.CANCELLED,
    (OutboxState.FAILED, Step.RESEND): OutboxState.QUEUED,
    (OutboxState.FAILED, Step.CANCEL): OutboxState.CANCELLED,
}


def backoff(attempt: int) -> timedelta:
    """How long to wait after the ``attempt``-th try (from 1) failed before the final dot."""
    return BACKOFF[min(max(attempt, 1), len(BACKOFF)) - 1]


def ids_in_answer(reply: str) -> tuple[str, ...]:
    """The ids under which a relay says that it sends a mail on, from its answer to the final dot: whole Message-IDs,
    else bare words that are too long for a queue number (Amazon SES names its id without the domain)."""
    whole = tuple(i for i in _BRACKETED.findall(reply) if is_message_id(i))
    if whole:
        return tuple(dict.fromkeys(whole))
    words = (m.group(1) for m in _TOKEN.finditer(reply))
    return tuple(dict.fromkeys(w for w in words if any(c.isdigit() for c in w) and "-" in w))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One look for proof that a mail was accepted. ``counts``: whether not having found it speaks against delivery;
    it does where the server files every copy by itself. ``detail`` is the folder, or the id that was quoted."""

    at: datetime
    kind: EvidenceKind
    found: bool
    counts: bool = True
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A reply on its way, as the outbox screen and ``maildesk outbox`` show it."""

    id: int
    conversation_id: int
    kind: str
    state: OutboxState
    attempt: int
    author: str
    subject: str
    recipients: tuple[Address, ...]
    message_id: str
    not_before: datetime
    queued_at: datetime
    sent_at: datetime | None = None
    committing_at: datetime | None = None
    last_reply: str = ""
    refused: tuple[str, ...] = field(default=())
    filed: bool = False
    author_id: int = 0
    scheduled: bool = False
    """Whether its author chose the time ``not_before``; new mail holds it then."""
    approval: bool = False
    """Whether it leaves only after an approval."""
    held_reason: HeldReason | None = None
    approved_by: str = ""
    approved_at: datetime | None = None
    bounced: bool = False
    evidence: tuple[Evidence, ...] = ()
