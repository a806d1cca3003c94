"""The lists."""

from __future__ import annotations

from maildesk.desk.context import Context
from maildesk.domain.conversation import Counts, Page
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.progress import Progress
from maildesk.domain.query import parse
from maildesk.domain.status import Sort, Tab
from maildesk.store import conversations, mailboxes, search_index


class Inbox:
    """One tab per state, paged by keyset, with counts."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def page(
        self,
        tab: Tab,
        *,
        sort: Sort = Sort.NEWEST,
        query: str = "",
        mailbox_id: int | None = None,
        mine: bool = False,
        after: str | None = None,
        limit: int = 200,
    ) -> Page:
        """A page of a tab. ``after`` is the cursor of the page before; ``query`` as in the filter bar.

        Raises QueryError for one that cannot be obeyed."""
        if after is None:
            self._wake()
        with self._desk.store.reading() as tx:
            return conversations.page(
                tx,
                self._desk.me.id,
                tab,
                sort=sort,
                query=parse(query),
                zone=self._desk.zone,
                mailbox_id=mailbox_id,
                assignee_id=self._desk.me.id if mine else None,
                after=after,
                limit=limit,
            )

    def found(
        self,
        tab: Tab,
        *,
        query: str = "",
        mailbox_id: int | None = None,
        mine: bool = False,
        most: int = 1000,
    ) -> int:
        """How many conversations such a list has, counted up to ``most``. Raises QueryError."""
        wanted = parse(query)
        with self._desk.store.reading() as tx:
            return conversations.found(
                tx,
                self._desk.me.id,
                tab,
                query=wanted,
                zone=self._desk.zone,
                mailbox_id=mailbox_id,
                assignee_id=self._desk.me.id if mine else None,
                most=most,
            )

    def indexing(self) -> Progress | None:
        """How far the index of words is; None when it is whole. Until then a search takes longer."""
        with self._desk.store.reading() as tx:
            return search_index.progress(tx)

    def counts(self, *, mailbox_id: int | None = None) -> Counts:
        """How many conversations each tab holds."""
        self._wake()
        with self._desk.store.reading() as tx:
            return conversations.counts(tx, mailbox_id)

    def _wake(self) -> None:
        """Whoever looks first brings back what was put off until now, also where no worker runs."""
        with self._desk.store.reading() as tx:
            if not conversations.is_due(tx):
                return
        self._desk.store.run(conversations.wake)

    def labels(self) -> tuple[str, ...]:
        """Every label in use."""
        with self._desk.store.reading() as tx:
            return conversations.known_labels(tx)

    def mailboxes(self) -> tuple[Mailbox, ...]:
        """The shops' mailboxes."""
        with self._desk.store.reading() as tx:
            return mailboxes.all_mailboxes(tx)
