"""Senders whose mail is spam."""

from __future__ import annotations

from collections.abc import Sequence

from maildesk.desk.context import Context
from maildesk.domain.conversation import Blocked
from maildesk.domain.spam import blockable
from maildesk.store import blocking, events, mailboxes


class Blocks:
    """Their coming mail begins in the spam tab; nothing is closed, answered or thrown away by it."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def all(self) -> tuple[Blocked, ...]:
        """Who is blocked, the newest first."""
        with self._desk.store.reading() as tx:
            return blocking.listed(tx)

    def add(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Block addresses, or domains with their ``@``. Those that were not. Raises MaildeskError for our own, for a
        domain that many share, and for what is no address."""
        with self._desk.store.transaction() as tx:
            own = frozenset().union(*(box.own_addresses for box in mailboxes.all_mailboxes(tx)))
            added = blocking.add(tx, self._desk.actor, [blockable(address, own) for address in addresses])
            if added:
                events.record(tx, self._desk.actor, "blocked", None, detail={"addresses": list(added)})
        return added

    def remove(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Unblock. Those that were blocked; what is in the spam tab already stays there."""
        with self._desk.store.transaction() as tx:
            removed = blocking.remove(tx, [blockable(address, ()) for address in addresses])
            if removed:
                events.record(tx, self._desk.actor, "unblocked", None, detail={"addresses": list(removed)})
        return removed
