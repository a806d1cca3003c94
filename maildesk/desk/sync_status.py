"""How the mailboxes and the outbox are doing."""

from __future__ import annotations

from maildesk.desk.context import Context
from maildesk.domain.mailbox import SyncHealth
from maildesk.store import folders, outbox, seats


class SyncStatus:
    """The state of sync, and a way to ask for a look."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def health(self) -> SyncHealth:
        """Every folder's state, what waits in the outbox, and how many mailboxes somebody syncs."""
        with self._desk.store.reading() as tx:
            waiting = outbox.waiting(tx)
            return SyncHealth(
                folders.health(tx),
                waiting.queued,
                waiting.oldest_queued_at,
                waiting.attention,
                seats.occupied(tx),
            )

    def now(self) -> None:
        """Ask whoever syncs to look at once."""
        with self._desk.store.transaction() as tx:
            seats.want(tx)
