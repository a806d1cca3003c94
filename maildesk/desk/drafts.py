"""Unsent replies."""

from __future__ import annotations

from maildesk.desk.context import Context
from maildesk.domain.reply import Draft, DraftSummary
from maildesk.store import drafts


class Drafts:
    """My drafts. They go when they are sent, or by hand."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def mine(self) -> tuple[DraftSummary, ...]:
        """My drafts, newest first."""
        with self._desk.store.reading() as tx:
            return drafts.of_author(tx, self._desk.me.id)

    def of(self, conversation_id: int) -> Draft | None:
        """My draft for a conversation."""
        with self._desk.store.reading() as tx:
            return drafts.of(tx, conversation_id, self._desk.me.id)

    def discard(self, conversation_id: int) -> None:
        """Throw my draft away."""
        with self._desk.store.transaction() as tx:
            drafts.discard(tx, conversation_id, self._desk.me.id)
