"""The lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from maildesk.desk.context import Context
from maildesk.domain.conversation import Counts, Key, Left, Page
from maildesk.domain.hit import Hit
from maildesk.domain.label import LabelLook
from maildesk.domain.mailbox import Mailbox
from maildesk.domain.progress import Progress
from maildesk.domain.query import Node, parse
from maildesk.domain.status import AnyTab, CustomState, Sort
from maildesk.store import (
    conversations,
    events,
    labels,
    mailboxes,
    merged,
    search_hits,
    search_index,
    states,
    targets,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Inbox:
    """One tab per state, paged by keyset, with counts."""

    def __init__(self, context: Context) -> None:
        self._desk = context

    def page(
        self,
        tab: AnyTab,
        *,
        sort: Sort = Sort.NEWEST,
        query: str = "",
        mailbox_id: int | None = None,
        mine: bool = False,
        after: str | Key | None = None,
        limit: int = 200,
        backwards: bool = False,
        skip: int = 0,
    ) -> Page:
        """A page of a tab. ``after`` is the cursor of the page before, or the key of the row before; ``query`` as in
        the filter bar. ``backwards``: the rows before ``after``, or the last ones of the tab; ``skip`` of them are left
        out first, which takes the longer the more there are.

        Raises QueryError for one that cannot be obeyed."""
        if after is None:
            self._wake()
        with self._desk.store.reading() as tx:
            return conversations.page(
                tx,
                self._desk.me.id,
                tab,
                sort=sort,
                query=self._parsed(tx, query),
                zone=self._desk.zone,
                mailbox_id=mailbox_id,
                assignee_id=self._desk.me.id if mine else None,
                after=after,
                limit=limit,
                backwards=backwards,
                skip=skip,
            )

    def found(
        self,
        tab: AnyTab,
        *,
        query: str = "",
        mailbox_id: int | None = None,
        mine: bool = False,
        most: int = 1000,
    ) -> int:
        """How many conversations such a list has, counted up to ``most``. Raises QueryError."""
        with self._desk.store.reading() as tx:
            return conversations.found(
                tx,
                self._desk.me.id,
                tab,
                query=self._parsed(tx, query),
                zone=self._desk.zone,
                mailbox_id=mailbox_id,
                assignee_id=self._desk.me.id if mine else None,
                most=most,
            )

    def found_anywhere(
        self, query: str, *, mailbox_id: int | None = None, mine: bool = False, most: int = 1000
    ) -> Counts:
        """How many conversations a query finds, whatever tab they are in, counted up to ``most``: by ``all`` (neither
        spam nor trash), ``spam`` and ``trash``. Raises QueryError."""
        with self._desk.store.reading() as tx:
            wanted = self._parsed(tx, query)
            if wanted is None:
                return Counts({})
            return conversations.found_anywhere(
                tx,
                self._desk.me.id,
                wanted,
                zone=self._desk.zone,
                mailbox_id=mailbox_id,
                assignee_id=self._desk.me.id if mine else None,
                most=most,
            )

    def overdue(self) -> int | None:
        """How many conversations are past the reply target of their shop; None where no shop has one."""
        with self._desk.store.reading() as tx:
            return targets.overdue(tx) if targets.all_targets(tx) else None

    def numbers(
        self,
        tab: AnyTab,
        *,
        query: str = "",
        mailbox_id: int | None = None,
        mine: bool = False,
        most: int = 1000,
    ) -> tuple[int, ...]:
        """The numbers of the conversations of such a list, the newest first, up to ``most``. Raises QueryError."""
        with self._desk.store.reading() as tx:
            return conversations.numbers(
                tx,
                self._desk.me.id,
                tab,
                query=self._parsed(tx, query),
                zone=self._desk.zone,
                mailbox_id=mailbox_id,
                assignee_id=self._desk.me.id if mine else None,
                most=most,
            )

    def hits(self, query: str, ids: Sequence[int]) -> Mapping[int, Hit]:
        """Where the words of a query stand in these conversations; those that were found by something else are left
        out. Meant for the rows that are seen. Raises QueryError."""
        with self._desk.store.reading() as tx:
            wanted = self._parsed(tx, query)
            return search_hits.hits(tx, wanted, ids) if wanted is not None else {}

    def indexing(self) -> Progress | None:
        """How far the index of words is; None when it is whole. Until then a search takes longer."""
        with self._desk.store.reading() as tx:
            return search_index.progress(tx)

    def counts(self, *, mailbox_id: int | None = None, reasons: bool = False) -> Counts:
        """How many conversations each tab holds; with ``reasons`` also those of each reason to wait."""
        self._wake()
        with self._desk.store.reading() as tx:
            return conversations.counts(tx, mailbox_id, reasons=reasons)

    def left(self, conversation_id: int, *, filtered: bool = False) -> Left:
        """What became of a conversation that is not in a tab any more. ``filtered``: the list showed only a part of the
        tab, so that a label or an assignee may have taken it out of there."""
        me = self._desk.me.id
        with self._desk.store.reading() as tx:
            mine = events.is_last_by(tx, conversation_id, me, moving=not filtered)
            into = merged.survivor(tx, conversation_id)
            if into != conversation_id:
                return Left(conversation_id, not mine, None, into)
            found = conversations.summaries(tx, me, [conversation_id])
        return Left(conversation_id, not mine, found[0] if found else None)

    def states(self) -> tuple[CustomState, ...]:
        """The states of this desk's own, in the order of their tabs."""
        with self._desk.store.reading() as tx:
            return states.all_states(tx)

    @staticmethod
    def _parsed(tx: Connection, query: str) -> Node | None:
        return parse(query, states.names(states.all_states(tx))) if query else None

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is asked of the desk within is read in one transaction. Raises StoreError."""
        self._wake()
        with self._desk.store.reading_together():
            yield

    def _wake(self) -> None:
        """Whoever looks first brings back what was put off until now, also where no worker runs."""
        if self._desk.store.is_reading_together:
            return
        with self._desk.store.reading() as tx:
            if not conversations.is_due(tx):
                return
        self._desk.store.run(conversations.wake)

    def labels(self) -> tuple[str, ...]:
        """Every label: those that the configuration describes first, in its order."""
        with self._desk.store.reading() as tx:
            return labels.known(tx)

    def label_looks(self) -> tuple[LabelLook, ...]:
        """How this desk shows labels, in the order of the configuration."""
        with self._desk.store.reading() as tx:
            return labels.looks(tx)

    def mailboxes(self) -> tuple[Mailbox, ...]:
        """The shops' mailboxes."""
        with self._desk.store.reading() as tx:
            return mailboxes.all_mailboxes(tx)
