"""How the mailboxes and the outbox are doing."""

from __future__ import annotations

from maildesk.desk.context import Context
from maildesk.domain.mailbox import SyncHealth
from maildesk.store import health, seats


class SyncStatus:
    """The state of sync, and a way to ask for a look."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def health(self) -> SyncHealth:
        """How mailboxes and folders stand, what waits in the outbox, and what needs a person."""
        with self._desk.store.reading() as tx:
            return health.read(tx)

    def now(self) -> None:
        """Ask whoever syncs to look at once."""
        with self._desk.store.transaction() as tx:
            seats.want(tx)
