"""What the desk answers: the outcome of an act, and how to take it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from maildesk.domain.claim import Claim, ClaimView
from maildesk.domain.conversation import Conversation, ConversationSummary
from maildesk.domain.letter import Letter
from maildesk.domain.outbox import OutboxItem
from maildesk.domain.reply import Draft, ReplyText


@dataclass(frozen=True, slots=True)
class Before:
    """How a conversation was before an act.

    ``fields`` holds what the act changed; ``version`` and ``changed_at`` tell whether somebody touched it
    since. ``event`` is 0 where nothing was written down.
    """

    conversation_id: int
    version: int
    fields: Mapping[str, object]
    changed_at: datetime | None = None
    event: int = 0


@dataclass(frozen=True, slots=True)
class Undo:
    """Hand this back to take an act back. ``what`` is the word of the event (status, assigned, priority…)."""

    what: str
    before: tuple[Before, ...]
    blocked: tuple[str, ...] = ()
    """Senders that the act blocked."""
    unblocked: tuple[str, ...] = ()
    """Senders whose block the act forgot."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A conversation left alone.

    ``reason``: ``replying`` (``holder`` answers it now), ``gone``, ``merged`` (into the conversation ``note``),
    ``sending`` (a reply is under way), ``draft`` (``note`` has an unsent one), ``drafts`` (I have one in both),
    ``hidden`` (spam or trash), ``there`` (it is there already), ``answered`` and ``all`` (what cannot be split off).
    """

    id: int
    reason: str
    holder: ClaimView | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """The conversations as they are now, and how to take it back."""

    summaries: tuple[ConversationSummary, ...]
    undo: Undo
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """The act was taken back."""

    summaries: tuple[ConversationSummary, ...]


@dataclass(frozen=True, slots=True)
class NotUndone:
    """Nothing was taken back: ``who`` did ``what`` (the word of an event) to it since. ``can_force``: it may be taken
    back all the same."""

    who: str
    what: str
    can_force: bool = False


UndoOutcome = Undone | NotUndone


@dataclass(frozen=True, slots=True)
class Begun:
    """A reply may be written: the claim, the draft (mine, or a fresh one) and what it answers."""

    claim: Claim
    draft: Draft
    conversation: Conversation
    letter: Letter | None = None
    """What it is for where it answers nobody: a forward, or the first mail of the conversation."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody may reply now: ``item`` answers this turn of the customer and waits for approval or for its time. Its
    author pulls it back to change it, a supervisor gives it back."""

    item: OutboxItem


@dataclass(frozen=True, slots=True)
class Approved:
    """It was approved and is on its way: at once, or at the time that its author chose."""

    item: OutboxItem


@dataclass(frozen=True, slots=True)
class TextChanged:
    """It is not the text that was read, or answers a newer mail, so it was not approved: ``reply`` is what waits."""

    reply: ReplyText


@dataclass(frozen=True, slots=True)
class Released:
    """A reply that new mail had stopped goes on: ``item`` is queued, or waits for approval (anew)."""

    item: OutboxItem


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at before sending, ``text`` in the language in use. ``blocks``: it must be mended."""

    ok: bool
    blocks: bool
    text: str
