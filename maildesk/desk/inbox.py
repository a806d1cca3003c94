"""The lists."""

from __future__ import annotations

from maildesk.desk.context import Context
from maildesk.domain.conversation import Counts, Page
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.status import Sort, Tab
from maildesk.store import conversations, mailboxes, search


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
        """A page of a tab. ``after`` is the cursor of the page before; ``query`` as in the filter bar."""
        with self._desk.store.reading() as tx:
            return conversations.page(
                tx,
                self._desk.me.id,
                tab,
                sort=sort,
                query=search.parse(query),
                mailbox_id=mailbox_id,
                assignee_id=self._desk.me.id if mine else None,
                after=after,
                limit=limit,
            )

    def counts(self, *, mailbox_id: int | None = None) -> Counts:
        """How many conversations each tab holds."""
        with self._desk.store.reading() as tx:
            return conversations.counts(tx, mailbox_id)

    def labels(self) -> tuple[str, ...]:
        """Every label in use."""
        with self._desk.store.reading() as tx:
            return conversations.known_labels(tx)

    def mailboxes(self) -> tuple[Mailbox, ...]:
        """The shops' mailboxes."""
        with self._desk.store.reading() as tx:
            return mailboxes.all_mailboxes(tx)
