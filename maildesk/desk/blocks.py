"""Senders whose mail is spam."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.domain.conversation import Blocked
from maildesk.domain.spam import blockable
from maildesk.store import blocking, mailboxes

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Blocks:
    """Their coming mail begins in the spam tab; nothing is closed, answered or thrown away by it."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def all(self) -> tuple[Blocked, ...]:
        """Who is blocked, the newest first."""
        with self._desk.store.reading() as tx:
            return blocking.listed(tx)

    def others(self, domains: Sequence[str], senders: Sequence[str]) -> int:
        """How many other people than ``senders`` have written from ``domains`` (with their ``@``)."""
        with self._desk.store.reading() as tx:
            return blocking.others(tx, domains, senders)

    def add(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Block addresses, or domains with their ``@``. Those that were not. Raises MaildeskError for our own, for a
        domain that many share, and for what is no address."""

        def act(tx: Connection) -> tuple[str, ...]:
            own = frozenset().union(*(box.own_addresses for box in mailboxes.all_mailboxes(tx)))
            return blocking.add(tx, self._desk.actor, [blockable(address, own) for address in addresses])

        return self._desk.act(act)

    def remove(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Unblock. Those that were blocked; what is in the spam tab already stays there."""
        wanted = [blockable(address, ()) for address in addresses]
        return self._desk.act(lambda tx: blocking.remove(tx, self._desk.actor, wanted))
