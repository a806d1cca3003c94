"""Reading a conversation for the screen: all of it at once, and telling the colleagues now and then that it is open."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from maildesk.domain.agent import Agent
from maildesk.domain.conversation import Conversation, MessageKind
from maildesk.domain.customer_history import Beside
from maildesk.domain.outbox import OutboxItem, OutboxState
from maildesk.domain.template import Suggestion

if TYPE_CHECKING:
    from maildesk.desk import Desk

LOOK_EVERY = 60.0
"""Seconds between two notes to the colleagues that it is still open here."""


class Reading(NamedTuple):
    """A conversation and what stands beside it."""

    conversation: Conversation
    viewing: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]
    agents: tuple[Agent, ...]
    waiting: OutboxItem | None
    """The reply that waits for approval, for its author or for its time, None when nobody is kept from answering."""
    now: datetime
    """When it was begun."""
    beside: Beside

    @property
    def names(self) -> dict[int, str]:
        """The agents' names by id."""
        return {agent.id: agent.name for agent in self.agents}


class Reader:
    """Reads for one screen. Looking is a write that all others hear of: were it part of every reading, two readers
    would never rest."""

    def __init__(self) -> None:
        self._looked = (0, 0.0)
        self._unread = 0

    def leave_unread(self, conversation_id: int) -> None:
        """It is to be unread when it is left: reading it until then marks nothing."""
        self._unread = conversation_id

    def read(self, desk: Desk, conversation_id: int) -> Reading:
        """Read it, and note that it was seen. Raises what the desk raises."""
        now = desk.now()
        last, at = self._looked
        if last != conversation_id or time.monotonic() - at >= LOOK_EVERY:
            self._looked = (conversation_id, time.monotonic())
            desk.people.look(conversation_id)
        conversation = desk.conversations.get(conversation_id)
        if conversation.summary.unread and conversation_id != self._unread:
            desk.conversations.mark_seen(conversation_id)
        return Reading(
            conversation,
            desk.people.viewing(conversation_id),
            desk.templates.suggest(conversation_id),
            desk.people.agents(),
            _waiting(desk, conversation_id),
            now,
            desk.customers.beside(conversation_id),
        )


def _waiting(desk: Desk, conversation_id: int) -> OutboxItem | None:
    items = (*desk.outbox.items(OutboxState.HELD), *desk.outbox.scheduled())
    return next((item for item in items if item.conversation_id == conversation_id), None)


def news(before: Reading | None, now: Reading, me: str) -> str | None:
    """The text (its key) for what others wrote between two readings of one conversation, None for nothing. What a merge
    brought, or a split that was taken back, was there before."""
    if before is None or before.conversation.summary.id != now.conversation.summary.id:
        return None
    known = {(m.kind, m.id) for m in before.conversation.messages}  # a comment may have the number of a mail
    new = [m for m in now.conversation.messages if (m.kind, m.id) not in known]
    events = [event for event in now.conversation.events if event.at >= before.now]
    came = {event.detail.get("message") for event in events if event.what == "received"}
    if any(m.kind is MessageKind.IN and m.id in came for m in new):
        return "conversation.new_mail"
    if any(m.kind is MessageKind.COMMENT and m.author != me and m.at >= before.now for m in new):
        return "conversation.new_comment"
    return None
